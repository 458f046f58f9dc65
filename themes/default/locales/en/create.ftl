# R26 and R30 to R34: making an account.
create-title = Create an account
create-text = We will send a code to your email address, to make sure that it is yours.
create-terms = By creating an account you agree to our terms.
create-code-title = Check your email
create-code-sent = We have sent a message to { $email }. It may be in your spam or junk folder. If it has a code, enter it here.
create-password-title = Create a password
create-password-text = You sign in with your email address and this password from now on.
create-passkey-instead = Create a passkey instead
create-passkey-title = Create a passkey
create-passkey-text = You sign in with this passkey and need no password. It is kept on your device, and you use it with your fingerprint, face or PIN.
create-passkey-elsewhere = Other devices can use it too, for example by scanning a code with your phone. If you want a password later, select “I have forgotten my password” when you sign in: we send a code to { $email } and ask for your passkey.
create-passkey-no-script = Passkeys need JavaScript. Switch it on and load this page again, or create a password instead.
create-password-instead = Create a password instead
error-create-passkey = We could not create a passkey. Try again or create a password instead
create-details-title = What is your name?
given-name-label = First name
family-name-label = Last name
error-given-name = Enter your first name
error-family-name = Enter your last name
error-name-long = Name must be 100 characters or less
create-done-title = You have created your account
create-done-button = Continue to { $service }
check-details-title = Check your details
check-details-text = { $provider } did not tell us everything that we need.
check-details-address = We need to check that the email address that { $provider } told us is yours.
check-details-email-hint = We will send a code to it, to make sure that it is yours
notice-account-taken = There is an account with this email address already. Sign in to it.

# R27: linking.
link-title = You already have an account
link-text = There is an account with the email address { $email }. You have signed in with { $provider }, which is not linked to it.
link-how = If it is your account, sign in to it once. After that you can use { $provider } too.
link-no-password = This account has no password. Sign in to it in the way that you have used before.
link-no-way-chosen = Nobody has chosen a password for this account yet.
link-choose-password = Choose a password for it
link-button = Link and sign in
link-leave = Do not link
link-disown-summary = This account is not mine
link-disown-text = Nobody has confirmed the email address { $email } for this account. If you did not ask for it, we close it, and you get an account of your own.
link-disown-button = Close it and create my own account
federation-failed-taken = This sign-in with { $provider } is linked to an account here already. Sign in to that account to remove the link, or close that account if you do not need it.

# R42: linked sign-ins.
account-identities-title = Other ways to sign in
account-identities-why = You can sign in with these too.
account-identities-none = You have not linked another sign-in.
account-identity-link-title = Link a sign-in with { $provider }
account-identity-link-text = You will sign in there next. After that, whoever can sign in there can sign in to your account.
account-done-identity = You have linked a sign-in. You can use it from now on.
account-done-unlinked = You have removed the link
account-ask-unlink-title = Do you want to remove this link?
account-ask-unlink-text = You will not be able to sign in with it any more. You are signed out everywhere else.
account-ask-unlink-button = Remove the link
account-passkey-last = You could not sign in to your account without this passkey. Create a password or another passkey first.
account-identity-last = You could not sign in to your account without it. Create a password or a passkey first.
notice-identity-unlinked-subject = You cannot sign in with { $provider } any more
notice-identity-unlinked-body = The link between your account at { $council } and a sign-in with { $provider } was removed.

    If this was you, there is nothing to do. If it was not you, somebody has signed in to your account: change your password and contact { $council } now.
notice-identity-unlinked-text = { $council }: the link between your account and { $provider } was removed. If this was not you, contact us now.
federation-failed-nobody = We do not know an account that belongs to this sign-in with { $provider }. Sign in another way, or ask { $council } for an account.
federation-failed-refused = The answer from { $provider } was not right, so we did not sign you in. Try again, or sign in another way.

# Messages.
mail-create-subject = Your code to create an account
mail-create-body = Your code is { $code }

    Enter it on the page that asked for it. It works once, within { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }.

    If you did not ask for it, do not give this code to anyone. No account is created without it.

    { $council }
mail-create-taken-subject = You already have an account
mail-create-taken-body = Somebody, perhaps you, has asked to create an account at { $council } with this email address.

    You already have one: sign in with this address. If you do not know your password, choose “I have forgotten my password” on the page where you sign in. If no code comes, contact { $council }.

    If this was not you, there is nothing to do.

    { $council }
notice-identity-linked-subject = You can sign in with { $provider }
notice-identity-linked-body = Your account at { $council } is now linked to a sign-in with { $provider }: whoever can sign in there can sign in to your account.

    If this was you, there is nothing to do. If it was not you, somebody has signed in to your account: change your password and contact { $council } now.
notice-identity-linked-text = { $council }: your account is now linked to a sign-in with { $provider }. If this was not you, contact us now.
cookie-purpose-guest = Remembers that you have used a service without an account, so that you can go on with an account of your own

# R38: data, and closing the account.
account-data-title = Your data
account-data-text = Download a copy of what we keep about you, as a file that other programs can read (JSON).
account-data-download = Download your data
account-close-title = Close your account
account-close-text = Services that you have used keep what you gave them. Ask them if you want that to be deleted too.
account-ask-close-account-title = Do you want to close your account?
account-ask-close-account-text = You will not be able to sign in with it any more, and we delete what we know about you. This cannot be undone.
account-ask-close-account-button = Close my account
account-close-managed = { $portal } manages your account. Ask them to close it.
account-close-administrator = You are an administrator. Another administrator has to take your role away first.
notice-account-closed-subject = Your account is closed
notice-account-closed-body = You have closed your account at { $council }. This is the last message about it.

    If this was not you, contact { $council } now.
notice-account-closed-text = { $council }: your account is closed. If this was not you, contact us now.

# What became of a request that Facebook passed on.
deletion-title = Your request to delete your data
deletion-erased = We have closed your account and deleted what we knew about you.
deletion-unlinked = We have removed the link to your sign-in and what came with it. Your account goes on, because you can sign in to it in another way. You can close it on the page “Your account”.
deletion-nothing = There is nothing that we have to delete for this request.
deletion-unknown = We do not know this request. It may be too long ago.
deletion-code = The code of the request:
