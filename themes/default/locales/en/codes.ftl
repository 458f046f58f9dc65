# R5: which way.
method-title = How do you want to get a security code?
method-title--always-on = Choose Verification Method
method-email = Email to { $destination }
method-email--always-on = Send to Email { $destination }
method-sms = Text message to number ending { $destination }
method-sms--always-on = Send to SMS, number ending { $destination }
method-voice = Phone call to number ending { $destination }
method-totp = Authenticator app
method-totp-hint = Get a code from the app on your phone or computer
method-passkey = Passkey
method-passkey-hint = Use your fingerprint, face, PIN or security key
method-backup = Backup code
method-backup-hint = One of the codes you saved when you set up your second step
method-remote = { $name }
method-to-set-up = You will set this up first
cannot-use-any = I cannot use any of these
notice-sms-down = We cannot send text messages at the moment. Choose another way or try again later.
notice-email-down = We cannot send emails at the moment. Choose another way or try again later.
notice-voice-down = We cannot make phone calls at the moment. Choose another way or try again later.

# R6 to R9: the code.
code-title-email = Check your email
code-title-sms = Check your phone
code-title-voice = Answer your phone
code-title-totp = Enter the code from your authenticator app
code-title-remote = Enter your code
code-sent-email = We have sent a security code to { $destination }. It may be in your spam or junk folder.
code-sent-sms = We have sent a security code to your number ending { $destination }.
code-sent-voice = We are calling your number ending { $destination }. The call says the code twice.
code-sent-totp = Open the app that you set up for this account. It shows a new code every 30 seconds.
code-sent-remote = Enter the code from your other service.
code-life = { $minutes ->
    [one] Use it within 1 minute.
   *[other] Use it within { $minutes } minutes. After that it stops working.
}
code-label-digits = { $length } digit code
code-label-alnum = { $length } character code
code-button-email = Continue
code-button-email--sms-first = Verify Code
code-button-sms = Continue
code-button-sms--sms-first = Verify Code
code-button-voice = Continue
code-button-voice--sms-first = Verify Code
code-button-totp = Continue
code-button-totp--authenticator = Verify
code-button-remote = Continue
code-problems = Problems with the code?
code-problems-email = It can take a few minutes to arrive. Check your spam or junk folder before you ask again.
code-problems-sms = It can take a few minutes to arrive. Check that your phone has signal before you ask again.
code-problems-voice = If you missed the call we can call you again.
code-problems-remote = You can ask for the code again.
resend-email = Send it again
resend-sms = Send it again
resend-voice = Call me again
resend-remote = Send it again
call-me-instead = Call me instead
send-code-to-email = Send code to email
code-change-email = Change the email address
code-change-sms = Change the number
code-change-voice = Change the number
notice-sent-again = We have sent the code again.
notice-code-expired = Your code stopped working. We have sent you a new one.

# R13: another code.
resend-title = Get a new code
resend-what-email = We will send a security code to { $destination }.
resend-what-sms = We will send a security code to your number ending { $destination }.
resend-what-voice = We will call your number ending { $destination }.
resend-what-remote = We will ask your other service for a new code.
resend-wait = You can ask for another code at { $time }.
resend-button = Send a new code
resend-button--sms-first = Send Verification Code

# R14: wait.
locked-title-codes = You entered the wrong code too many times
locked-title-sends = You asked for too many codes
locked-title-passwords = You have tried too many times
locked-why-codes = To protect your account, we do not accept any more codes for now.
locked-why-sends = To protect your account, we do not send any more codes for now.
locked-why-passwords = To protect your account, we do not accept any more passwords for now.
locked-until = You can try again at { $time }.
locked-contact = If you need help before then, contact us: { $contact }
locked-other-codes = Choose another way to get a code
locked-other-sends = Choose another way to get a code
locked-other-passwords = Reset your password

# R10: a backup code.
backup-title = Enter a backup code
backup-text = Use one of the backup codes that you saved. Each code works once.
backup-label = Backup code
notice-backup-left = { $count ->
    [0] You have no backup codes left
    [one] You have 1 backup code left
   *[other] You have { $count } backup codes left
}

# After the last try.
notice-not-sent = We could not send the code just now. Try again in a moment, or choose another way.
error-code-spent = The code you entered is not correct. You have used every try: ask for a new code
