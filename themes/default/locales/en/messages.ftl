# Messages that are sent.
mail-code-subject = Your security code for { $service }
mail-code-body = Your security code is { $code }

    Enter it on the page that asked for it. It works once, within { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }.

    If you did not try to sign in to { $service }, do not give this code to anyone. Somebody may know your password: change it.

    { $council }

# The end of what people are told about their account.
notice-contact = You can contact { $council } here: { $contact }

# The development inbox.
inbox-title = Inbox
inbox-text = These messages were not sent. They are kept here because this is a demonstration.
inbox-empty = There are no messages.
inbox-to = To
inbox-channel = Channel
inbox-sent = Sent
inbox-body = Message
