# R42: joining two accounts of one person.
account-join-heading = Another account of yours
account-join-why = If you have more than one account with us, you can join them.
account-join-link = Join another account to this one
account-join-title = Join another account to this one
account-join-text = If you have two accounts with us, for example one that you made with Google, you can make one of them.
account-join-stays = The account that you are signed in to now stays.
account-join-moves = The email addresses, phone numbers, passkeys and linked sign-ins of the other account move to it. You can go on signing in with them.
account-join-password = Your password stays the one of this account. That of the other account stops working, unless this account has none.
account-join-services = Services that know the other account are told that it is this one now.
account-join-ends = The other account ends. It is signed out everywhere.
account-join-undo = This cannot be undone.
account-join-next = You sign in to the other account next, to show that it is yours. You will see both accounts before anything happens.
account-join-button = Sign in to the other account
notice-join = Sign in to the other account: the one that you want to join to yours.
account-join-check-title = Do you want to join these accounts?
account-join-card-stays = This account stays
account-join-card-ends = This account ends
account-join-row-services = Services that know it
account-join-passkeys = { $count ->
    [one] 1 passkey
   *[other] { $count } passkeys
}
account-join-check-text = What you sign in with and what services know moves from the one that ends to the one that stays.
account-join-manager = { $portal } manages the contact details of the account that ends. From now on it manages those of the one that stays, and may replace them.
account-join-check-button = Join these accounts
account-join-leave = Do not join them
account-join-refused-title = These accounts cannot be joined
account-join-same = You have signed in to the same account twice. Sign in to the other one.
account-join-session = You are not signed in any more to the account that stays. Begin again.
account-join-stale = It is too long ago that you confirmed that it is you. Begin again.
account-join-staff = Accounts of staff are not joined. Ask an administrator.
account-join-administrator = One of these is an administrator’s account. Another administrator has to take the role away first.
account-join-managed = Both accounts are managed by the council already: { $portals }. Ask there which of your records is the right one.
account-join-changed = An email address or phone number of the other account was changed a few days ago, and whoever had the old one can still undo that. Try again a week after the change.
account-join-again = Begin again
account-done-joined = You have joined your accounts
account-names-why = You also sign in with the email addresses of accounts that you joined:
account-done-name = You do not sign in with that address any more
account-ask-remove-name-title = Do you want to stop signing in with this address?
account-ask-remove-name-text = You will not be able to sign in to your account with it any more. You are signed out everywhere else.
account-ask-remove-name-button = Stop signing in with it

# Messages.
notice-account-joined-subject = Another account was joined to yours
notice-account-joined-body = The account of { $other } was joined to your account at { $council }. What that one signed in with, but for its password, signs in to yours now.

    If this was you, there is nothing to do. If it was not you, somebody has signed in to your account: change your password and contact { $council } now.
notice-account-joined-text = { $council }: another account was joined to yours. If this was not you, contact us now.
notice-account-joined-away-subject = Your account was joined to another one
notice-account-joined-away-body = Your account at { $council } was joined to the account of { $other } and has ended. Sign in to that one from now on.

    If this was not you, somebody has signed in to your account: contact { $council } now.
notice-account-joined-away-text = { $council }: your account was joined to another one and has ended. If this was not you, contact us now.
notice-name-removed-subject = You do not sign in with { $name } any more
notice-name-removed-body = The address { $name } does not sign in to your account at { $council } any more.

    If this was you, there is nothing to do. If it was not you, somebody has signed in to your account: change your password and contact { $council } now.
notice-name-removed-text = { $council }: an address does not sign in to your account any more. If this was not you, contact us now.
