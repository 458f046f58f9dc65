# What became of a message, on the page that asks for its code.
notice-delivered-email = Your email was delivered at { $time }.
notice-delivered-sms = Your text message was delivered at { $time }.
notice-delivered-voice = Your call was answered at { $time }.
notice-not-delivered-email = Your email could not be delivered. Choose another way to get a code.
notice-not-delivered-sms = Your text message could not be delivered. Choose another way to get a code.
notice-not-delivered-voice = Your call was not answered. Choose another way to get a code, or have us call again.
notice-unheard-of-sms = We do not know yet if your text message has arrived. It can take a few minutes.
notice-unheard-of-voice = We do not know yet if your call was answered. If your phone has not rung in a minute, have us call again.
code-check-again-sms = Check if the text message has arrived
code-check-again-voice = Check if the call was answered
code-others-failed = Get a code another way
code-others-sms = If the text message does not arrive
code-others-voice = If we cannot reach you by phone

# Another way is used because the sender of this one fails.
notice-sms-down-instead = We cannot send text messages at the moment, so your code comes another way.
notice-voice-down-instead = We cannot make phone calls at the moment, so your code comes another way.
notice-email-down-instead = We cannot send emails at the moment, so your code comes another way.

# A number that only the portal can change.
error-phone-on-file = Enter the phone number that we have for you, to change it contact us
