# Codes to phones. A text is at most 160 characters of the GSM alphabet; its last line lets browsers fill the code in.
sms-code-body = { $code } is your security code for { $service }. It works for { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }. Do not give it to anyone.

    @{ $domain } #{ $code }
voice-code-body = Your security code is: { $code }. Again, your security code is: { $code }.
voice-key-prompt = This is { $council } with your security code. Press any key to hear it.

# R17 and R19: the code that proves a contact.
code-sent-set-up-sms = We have sent a security code to { $destination }.
code-sent-set-up-voice = We are calling { $destination }. The call says the code twice.
code-sent-set-up-email = We have sent a security code to { $destination }. It may be in your spam or junk folder.
notice-set-up = You have set up your second step. Sign in again to use it.
error-phone-shared = Enter another number, this one is already used by as many people as can share a number

# What people are told about their account.
notice-factor-added-subject = A second step was added to your account
notice-factor-added-body = { $factor ->
        [totp] An authenticator app was set up for your account at { $council }.
        [sms] A phone number was added to your account at { $council } for security codes by text message.
        [voice] A phone number was added to your account at { $council } for security codes by phone call.
        [email] Your email address was confirmed for security codes at { $council }.
        [passkey] A passkey was added to your account at { $council }.
       *[other] A second step was added to your account at { $council }.
    }

    If this was you, there is nothing to do. If it was not you, somebody may know your password: change it, and contact { $council }.
notice-factor-added-text = { $council }: a second step was added to your account. If this was not you, contact us.
