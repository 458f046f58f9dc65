# R9a: a question that a service outside asks.
question-title = Confirm who you are with { $name }
question-label = Your answer
question-problems = Problems with this step?
question-again = Ask again
question-expired = That took too long, so we have asked again. Answer the new question.
question-pending = { $name } has not had your confirmation yet. Confirm there, then select Continue.
question-unanswered = We could not check your answer, because { $name } does not respond. Try again in a moment, or choose another way.
question-too-soon = You can ask again at { $time }.
error-question-empty = Enter your answer
error-question-wrong = The answer you entered is not correct
error-question-spent = The answer you entered is not correct. You have used every try: ask again
error-question-replaced = We have asked again since. Answer the new question

# R9b: there is no question.
not-asked-title-unknown = You cannot use { $name }
not-asked-title-unanswered = { $name } is not available
not-asked-text-unknown = { $name } says that it does not know you, so you cannot use it to sign in. If you should be able to, ask whoever gave it to you.
not-asked-text-unanswered = { $name } does not respond at the moment. Nothing is wrong with your account.
not-asked-when = Try again in a few minutes.

# The account's recent activity.
how-remote = Confirmation by another service
