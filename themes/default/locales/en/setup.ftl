# R15: which second step.
setup-title = Add a second step to protect your account
setup-title--authenticator = Enable MFA for your account
setup-why = A second step keeps your details safe even if somebody learns your password.
setup-optional = You do not have to. If you set one up, we ask for it each time you sign in. If you skip this, you sign in with your password alone, and we ask you again in { $days ->
    [one] 1 day
   *[other] { $days } days
}.
setup-legend = Which second step do you want to add?
setup-button-one = Continue
setup-button-one--authenticator = Configure
skip-for-now = Skip for now
setup-email = Code by email
setup-email-hint = We send a code to your email address each time. No phone needed
setup-sms = Code by text message
setup-sms-hint = You need a mobile phone with you when you sign in
setup-voice = Code by phone call
setup-voice-hint = Works with mobiles and landlines
setup-totp = Authenticator app
setup-totp-hint = An app on your phone or computer makes the codes. No signal needed
setup-totp-hint--staff-app = Use Microsoft Authenticator, Google Authenticator or Authy
setup-passkey = Passkey
setup-passkey-hint = Use your fingerprint, face, PIN or security key. No code and no phone needed
setup-backup = Backup codes
setup-backup-hint = Codes that you print or save

# R18: the app.
setup-app-title = Set up an authenticator app
setup-app-code-title = Enter the code from your app
setup-app-step-open = Open your authenticator app, or install one: for example Google Authenticator, Microsoft Authenticator or Authy.
setup-app-step-open--staff-app = Open Microsoft Authenticator, add an account, choose “Work or school account”, then the camera. Google Authenticator and Authy work too.
setup-app-step-open--authenticator = Open your authenticator app, or install one: for example OneAuth, Google Authenticator or Microsoft Authenticator.
setup-app-step-scan = Use it to scan this picture.
setup-app-step-code = Enter the code that the app shows.
setup-app-qr-label = QR code that holds the key for your authenticator app. The key is also there as text below.
setup-app-same-phone = Open the app on this phone
setup-app-no-scan = I cannot scan the code
setup-app-no-scan-text = Choose to enter a key by hand in your app, and type this key. Spaces do not matter.
setup-app-no-app = I do not have an app
setup-app-no-app-text = Authenticator apps are free. Look for “authenticator” in the app store of your phone, or use a password manager that can make codes.
setup-app-code-hint = The code is from your app. It changes every 30 seconds.
setup-app-button = Continue
setup-app-button--authenticator = Verify
setup-app-next = Next
copy-key = Copy the key

# R23: done.
setup-done-title = You have protected your account
setup-done-title--authenticator = Enable MFA
setup-done-text = From now on we ask for your second step when you sign in.
setup-done-text--authenticator = Your app is ready. Enable MFA to ask for its code each time you sign in.
setup-done-button = Continue to { $service }
setup-done-button--authenticator = Enable MFA

# The first administrator.
admin-invite-title = Set up your administrator account
admin-invite-text = This account manages the sign-in service. Your invitation works once.
admin-invite-app-title = Protect your administrator account
admin-invite-app-text = Administrators always sign in with an authenticator app. Scan this picture with yours, then enter the code that it shows.
admin-invite-done-title = Your administrator account is ready
admin-invite-done-text = Sign in with { $email }, your password and a code from your authenticator app.
admin-invite-done-keep = Your invitation has been used up. You can close this page.

# R16: the number.
phone-title = Enter your phone number
phone-title--sms-first = Update Phone Number
phone-why = We use your number only for security codes.
phone-label = Phone number
phone-hint = For a number from outside the UK, include the country code
phone-hint--sms-first = You can use the international format, like +447546000000
phone-legend = How should we send the code?
phone-by-sms = By text message
phone-by-voice = By phone call
phone-button = Send a code
phone-button--sms-first = Send Verification Code

# Nothing that can be used.
no-way-title = You cannot sign in to { $service } yet
no-way-text = { $service } asks for a second step, for example a security code. Your account has none that can be used here.
no-way-contact = To have one set up, contact us: { $contact }
