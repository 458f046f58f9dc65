# R35 to R37: a forgotten password.
forgot-title = Reset your password
forgot-text = We will send a code to your email address. With the code you can create a new password.
invited-title = Your invitation
first-password-title = Choose a password
invited-text = Enter the email address that your invitation names. We will send you a code, to make sure that it is you.
forgot-button = Send a code
forgot-code-title = Check your email
forgot-code-sent = If there is an account for { $email }, we have sent a code to the email address that we have for it. It may be in your spam or junk folder.
forgot-code-change = Change the email address
new-password-title = Create a new password
new-password-text = When you save it, you are signed out everywhere else.
new-password-button = Save and continue
error-password-long = Password must be 1,024 characters or less
error-mailed-code-gone = This code does not work any more, ask for a new one

# R52: a locked account.
account-locked-title = You cannot use your account at the moment
account-locked-text = { $council } has locked your account. This can be to protect you.
account-locked-contact = To find out why, and to use your account again, contact us: { $contact }

# R56: nothing can be used.
cannot-use-title = You cannot use any of these
cannot-use-legend = What do you want to do?
way-other = Try another way to get a security code
way-backup = Enter a backup code
way-recovery = Ask us to remove the second step that you have lost
way-recovery-hint = We send a code to your email address. Then you wait { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    }, so that nobody else can do this in your name.
way-recovered = Remove the second step that you have lost
way-recovered-hint = The wait is over. We send a code to your email address.
error-way-none = Select what you want to do
recovery-waits = You have asked us to remove the second step that you have lost. You can do it from { $time }: sign in again then and come back to this page.
cannot-use-contact = If you need help, contact us: { $contact }
cannot-use-none = There is no other way to sign in by yourself.
recovery-code-title = Check your email for a code
recovery-code-sent = We have sent a code to { $email }. It may be in your spam or junk folder.
recovery-code-begins = When you have entered it, you wait { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    }. We tell all your contacts, and any of them can stop it.
recovery-code-ends = When you have entered it, we remove your second step. You are signed out everywhere, and can set up a new one.
recovery-opened-title = You have asked us to remove your second step
recovery-opened-text = You can sign in without it from { $time }. Enter your password then, choose “I cannot use any of these” and follow the steps.
recovery-opened-told = We have told all your contacts. If you find what you had lost, sign in with it: that ends this.
stop-recovery-title = Do you want to stop this?
stop-recovery-text = Somebody who knows your password has asked us to remove the second step of your account. This happens from { $time }.
stop-recovery-if = If it was not you, stop it now, and then change your password.
stop-recovery-button = Stop it
recovery-stopped-title = You have stopped it
recovery-stopped-text = Your second step stays as it is. Somebody knows your password: change it now.
recovery-gone-title = This link does not work any more
recovery-gone-text = It was used before, or what it was about is over.

# Messages.
mail-reset-subject = Your code for a new password
mail-reset-body = Your code for a new password is { $code }

    Enter it on the page that asked for it. It works once, within { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }.

    If you did not ask for it, do not give this code to anyone. Nothing changes without it.

    { $council }
mail-reset-no-password-subject = How you sign in
mail-reset-no-password-body = Somebody, perhaps you, has asked to reset the password of your account at { $council }.

    Your account has no password. You sign in with another organisation, such as Google, or with a passkey: choose it on the page where you sign in.

    { $council }
mail-reset-unproven-subject = You asked to reset your password
mail-reset-unproven-body = Somebody, perhaps you, has asked to reset the password of your account at { $council }.

    You cannot reset it yet, because you have not used a code that we sent to this address. Contact { $council } for help.

    { $council }
mail-recovery-subject = Your code to remove your second step
mail-recovery-body = Your code is { $code }

    You, or somebody who knows your password, said that the second step of your account at { $council } is lost. To have it removed, enter the code on the page that asked for it. It works once, within { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }.

    If you did not ask for it, do not give this code to anyone. Somebody knows your password. Change it here:

    { $page }

    { $council }
notice-password-reset-subject = Your account has a new password
notice-password-reset-body = A new password was set for your account at { $council }, and you were signed out everywhere else.

    If this was you, there is nothing to do. If it was not you, somebody can read your email: contact { $council } now.
notice-password-reset-text = { $council }: a new password was set for your account. If this was not you, contact us now.
notice-recovery-opened-subject = Somebody has asked to remove your second step
notice-recovery-opened-body = Somebody has asked us to remove the second step of your account at { $council }, because it is lost. They entered your password and a code that we sent to your email address. We remove it from { $time }, { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    } after they asked.

    If this was you, wait until then. We will send an email that says what to do.

    If it was not you, stop it here:

    { $link }

    Then change your password, because somebody knows it:

    { $page }
notice-recovery-opened-text = { $council }: your second step will be removed in { $hours } hours. Not you? Stop it: { $link }
notice-recovery-ready-subject = You can sign in again
notice-recovery-ready-body = You asked us to remove the second step that you have lost from your account at { $council }. The wait is over.

    Sign in with your password, choose “I cannot use any of these” and follow the steps. You have 14 days.

    If you did not ask for this, somebody knows your password. Stop it with the link in our earlier email, or contact { $council } now.
notice-recovery-stopped-subject = Your second step will not be removed
notice-recovery-stopped-body = Somebody had asked us to remove the second step of your account at { $council }. It was stopped with the link that we sent to you. Your second step stays as it is.

    If you did not ask to have it removed, somebody knows your password. Change it now:

    { $page }

    If you did ask, you can ask again the next time you sign in.
notice-recovery-stopped-text = { $council }: your second step will not be removed. If you did not ask for that, change your password.
notice-recovery-done-subject = Your second step was removed
notice-recovery-done-body = We removed the second step of your account at { $council }, because somebody told us that it was lost. You were signed out everywhere.

    If this was you, sign in with your password. We ask you to set up a new one where it is needed.

    If it was not you, somebody knows your password and can read your email: contact { $council } now.
notice-recovery-done-text = { $council }: your second step was removed. If this was not you, contact us now.
notice-factors-reset-subject = We removed your second step
notice-factors-reset-body = We removed the second step of your account at { $council } because somebody asked us to, and signed you out everywhere. Your phone number has to be confirmed again.

    If you asked for this, sign in and set up a new one. If you did not ask for this, contact { $council } now.
notice-factors-reset-text = { $council }: we removed the second step of your account. If you did not ask for this, contact us now.
cookie-purpose-known-device = Remembers that you have signed in on this device, so that nobody elsewhere can lock you out by guessing your password
