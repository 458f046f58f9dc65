# R38: the account.
account-pages-title = Your account
account-success = Success
account-row-name = Name
account-row-email = Email address
account-row-phone = Phone number
account-row-password = Password
account-row-empty = Not given
account-change-email = your email address
account-change-phone = your phone number
account-change-password = your password
account-managed = Managed by { $portal }
account-contact-doubtful = This may not be yours any more. Change it, or confirm it with a code.
account-contact-unproven = Not confirmed
account-password-changed = Last changed { $time }
account-password-none = You do not sign in with a password
account-time = { $time }
account-done-email = You have changed your email address
account-done-phone = You have changed your phone number
account-done-password = You have changed your password
account-done-first-password = You have created a password
account-done-app = You have set up an authenticator app
account-done-removed-totp = You have removed your authenticator app
account-done-removed-sms = You have removed your phone number
account-done-removed-passkey = You have removed a passkey
account-done-session = You have signed out of that device
account-done-sharing = You have stopped sharing your details

# R39 and R40: a new address or number.
account-email-title = Change your email address
account-phone-title = Change your phone number
account-current-email = Current email address
account-current-phone = Current phone number
account-how-email = We will send a code to the new address. Your current address stays in use until you enter it.
account-how-phone = We will send a code to the new number. Your current number stays in use until you enter it.
account-old-first-email = First we will send a code to your current address.
account-old-first-phone = First we will send a code to your current number.
account-new-email = New email address
account-new-phone = New phone number
error-email-same = Enter an email address that is not your current one
error-phone-same = Enter a phone number that is not your current one

# R41: a new password.
account-password-title = Change your password
account-password-why = When you save a new password, every other device is signed out.
account-first-password-title = Create a password
account-first-password-why = You can then sign in with your email address and this password as well. Every other device is signed out.
account-disowned-elsewhere = We have signed out every other device. Remove what is not yours in your security settings. If somebody can use your sign-in with another organisation, such as Google, change your password there.
account-current-password = Current password
account-new-password = New password
account-password-hint = At least { $length } characters. Three words that do not belong together are easy to remember and hard to guess.
account-show-current = Show current password
account-hide-current = Hide current password
account-show-new = Show new password
account-hide-new = Hide new password
account-save = Save
account-disowned = We have signed out every other device. Now choose a new password, so that nobody else can sign in.
error-current-password-empty = Enter your current password
error-current-password = The current password you entered is not correct
error-new-password-empty = Enter a new password

# R42: what protects the account.
account-security-title = Security settings
account-security-why = These protect your account besides your password.
account-card-totp = Authenticator app
account-card-sms = Phone number for codes
account-card-email = Email address for codes
account-factor-none = Not set up
account-factor-unused = Not set up. No service that you use takes it.
account-stays = { $portal } asks for a second step, and this is the only one you have that it takes. You can remove it when you have set up another one.
account-factor-since = Set up { $time }
account-factor-ready = Ready to use
account-action-add = Set up
account-action-replace = Replace
account-action-change = Change
account-action-remove = Remove
account-action-on-totp = your authenticator app
account-action-on-sms = your phone number
account-action-on-email = your email address
account-ask-remove-app-title = Remove your authenticator app?
account-ask-remove-app-text = Its codes will not work any more.
account-ask-remove-app-button = Remove
account-ask-remove-phone-title = Remove your phone number?
account-ask-remove-phone-text = You will not get codes on this number any more.
account-ask-remove-phone-button = Remove
account-refused-needed = You cannot remove this. { $portal } asks for a second step when you sign in, and this is the only one you have that it takes. Set up another one first.
account-refused-codes-again = You made new backup codes a moment ago. If you did not save them, wait 30 seconds and make new ones.

# R43: where somebody is signed in.
account-sessions-title = Where you are signed in
account-sessions-why = If you do not know one of these devices, sign out of it and change your password.
account-column-device = Device
account-column-started = Signed in
account-column-used = Last used
account-column-action = What you can do
account-this-device = This device
account-of-this = of
account-everywhere = Sign out everywhere
account-ask-end-session-title = Sign out of this device?
account-ask-end-session-text = Whoever uses it will have to sign in again.
account-ask-end-session-button = Sign out
account-ask-everywhere-title = Sign out everywhere?
account-ask-everywhere-text = Every device is signed out, this one too. Services you use will ask you to sign in again.
account-ask-everywhere-button = Sign out everywhere
device-on = { $browser } on { $system }
device-named = { $name }
device-unknown = Unknown device

# R44: recent sign-ins.
account-activity-title = Recent sign-ins
account-activity-why = These are the sign-ins to your account in the last 90 days, and the tries that failed.
account-activity-none = Nobody has signed in to your account in the last 90 days.
account-column-when = When
account-column-how = How
account-column-service = Service
account-column-result = Result
account-led-in = Signed in
account-failed = Failed
account-pages = Pages
account-newer = Newer sign-ins
account-older = Older sign-ins
account-not-me = One of these was not me
account-ask-not-me-title = Was one of these sign-ins not you?
account-ask-not-me-text = We will sign out every other device now, and then ask you to choose a new password.
account-ask-not-me-button = This was not me
how-pwd = Password
how-email = Code by email
how-sms = Code by text message
how-voice = Code by phone call
how-totp = Authenticator app
how-backup = Backup code
how-passkey = Passkey
how-fed = Another provider

# R45: whom details are shared with.
account-apps-title = Services you have shared details with
account-apps-why = These services can see details of your account because you agreed to it.
account-apps-none = You have not agreed to share details with any service.
account-column-shared = What you share
account-column-since = Since
account-stop = Stop sharing
account-with = with
account-ask-stop-sharing-title = Stop sharing your details?
account-ask-stop-sharing-text = The service cannot look up your details any more. What it has already seen, it may keep. It will ask you again if you sign in there.
account-ask-stop-sharing-button = Stop sharing

# What a “this was not me” link leads to.
account-undo-email-title = Put back your old email address?
account-undo-phone-title = Put back your old phone number?
account-undo-email-done-title = Your old email address is back
account-undo-phone-done-title = Your old phone number is back
account-undo-email-text = The email address of your account was changed. If this was not you, put back { $old }.
account-undo-phone-text = The phone number of your account was changed. If this was not you, put back the number ending { $old }.
account-undo-sessions = Every device will be signed out.
account-undo-email-button = Put back my email address
account-undo-phone-button = Put back my phone number
account-undo-done-text = We have put back { $old }, and signed out every device.
account-undo-done-next = Somebody may know your password. Sign in and change it now.

# What people are told about their account.
notice-email-changed-subject = Your email address was changed
notice-email-changed-body = The email address of your account at { $council } was changed.

    If this was you, there is nothing to do. If it was not you, contact { $council } at once.
notice-email-changed-text = { $council }: the email address of your account was changed. If this was not you, contact us.
notice-email-changed-undo-subject = Your email address was changed
notice-email-changed-undo-body = The email address of your account at { $council } was changed. This address is not used for it any more.

    If this was you, there is nothing to do. If it was not you, put this address back within 7 days:

    { $link }
notice-phone-changed-subject = Your phone number was changed
notice-phone-changed-body = The phone number of your account at { $council } was changed.

    If this was you, there is nothing to do. If it was not you, contact { $council } at once.
notice-phone-changed-text = { $council }: the phone number of your account was changed. If this was not you, contact us.
notice-phone-changed-undo-subject = Your phone number was changed
notice-phone-changed-undo-body = The phone number of your account at { $council } was changed.

    If this was you, there is nothing to do. If it was not you, put the old number back within 7 days:

    { $link }
notice-email-restored-subject = A change of your email address was undone
notice-email-restored-body = A change of the email address of your account at { $council } was undone. The address from before is used again, and every device was signed out.

    If this was you, sign in and change your password. If it was not you, contact { $council } at once.
notice-email-restored-text = { $council }: a change of the email address of your account was undone. If this was not you, contact us.
notice-phone-restored-subject = A change of your phone number was undone
notice-phone-restored-body = A change of the phone number of your account at { $council } was undone. The number from before is used again, and every device was signed out.

    If this was you, sign in and change your password. If it was not you, contact { $council } at once.
notice-phone-restored-text = { $council }: a change of the phone number of your account was undone. If this was not you, contact us.
notice-address-in-use-subject = You already have an account
notice-address-in-use-body = Somebody wanted to use this email address for an account at { $council }. You already have an account with it, so nothing was changed.

    If this was you, sign in with the account you have. If it was not you, there is nothing to do.
notice-password-changed-subject = Your password was changed
notice-password-changed-body = The password of your account at { $council } was changed, and every other device was signed out.

    If this was you, there is nothing to do. If it was not you, contact { $council } at once.
notice-password-changed-text = { $council }: the password of your account was changed. If this was not you, contact us.
notice-password-created-subject = Your account has a password now
notice-password-created-body = A password was created for your account at { $council }, and every other device was signed out.

    If this was you, there is nothing to do. If it was not you, contact { $council } at once.
notice-password-created-text = { $council }: a password was created for your account. If this was not you, contact us.
notice-factor-removed-subject = A second step was removed from your account
notice-factor-removed-body = { $factor ->
        [totp] The authenticator app of your account at { $council } was removed.
        [sms] The phone number of your account at { $council } was removed.
        [passkey] A passkey of your account at { $council } was removed.
       *[other] A second step of your account at { $council } was removed.
    }

    If this was you, there is nothing to do. If it was not you, somebody may know your password: change it, and contact { $council }.
notice-factor-removed-text = { $council }: a second step was removed from your account. If this was not you, contact us.
notice-signed-out-subject = You were signed out everywhere
notice-signed-out-body = Every device was signed out of your account at { $council }.

    If this was you, there is nothing to do. If it was not you, somebody may know your password: change it, and contact { $council }.
notice-signed-out-text = { $council }: every device was signed out of your account. If this was not you, contact us.
