# R1 to R4.
sign-in-title = Sign in to { $service }
email-label = Email address
continue-with-provider = Continue with { $provider }
no-account-heading = If you do not have an account
create-account = Create an account
continue-as-guest = Continue without an account
account-title = Choose an account
use-different-account = Use a different account
password-title = Enter your password
password-label = Password
password-show = Show
password-hide = Hide
password-show-label = Show password
password-hide-label = Hide password
password-shown = Your password is visible
password-hidden = Your password is hidden
change-email-hidden = email address
sign-in-button = Continue
forgotten-password = I have forgotten my password
use-passkey = Use a passkey instead
confirm-title = Confirm it is you
confirm-why = To protect your account, prove again that it is you.
signed-in-as = Signed in as
sign-in-as-someone-else = Sign in as someone else
new-password-label = Create a password
new-password-hint = Use at least { $length } characters. Three random words make a good password.

# R25: a provider that failed.
federation-not-linked-title = We could not link your sign-in with { $provider }
federation-failed-title = We could not sign you in with { $provider }
federation-failed-cancelled = You stopped signing in at { $provider }. You can try again.
federation-failed-no-email = { $provider } did not share your email address with us, and we need one. Try again and allow it, or sign in another way.
federation-failed-down = { $provider } does not answer as it should at the moment. Try again later, or sign in another way.
sign-in-another-way = Sign in another way

# R28: guests.
guest-title = Continue without an account
guest-text = You can use { $service } now. Without an account you cannot:
guest-not-resume = come back later to something that you have not finished
guest-not-see = see what you sent before
guest-not-prefill = have your details filled in for you
sign-in-instead = Sign in instead
