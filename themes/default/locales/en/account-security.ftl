# R42: passkeys.
account-passkeys-title = Passkeys
account-passkeys-why = A passkey is kept on your device. You use it with your fingerprint, face or PIN, in place of a code.
account-passkeys-none = You have no passkeys.
account-passkeys-unused = The services that you use do not take a passkey as a second step. You can use one to sign in to your account.
account-passkeys-no-script = Adding a passkey needs JavaScript. You can rename and remove passkeys without it.
account-passkey-add = Add a passkey
account-passkey-suspect = There may be a copy
account-column-name = Name
account-column-added = Added
account-never-used = Not used yet
account-action-rename = Rename
account-passkey-name-title = Rename your passkey
account-passkey-name-label = Name of this passkey
account-passkey-name-hint = For example “My phone”
error-passkey-name-empty = Enter a name for this passkey
account-done-passkey = You have added a passkey
account-done-passkey-name = You have renamed your passkey
account-ask-remove-passkey-title = Remove this passkey?
account-ask-remove-passkey-text = You will not be able to sign in with it any more. It stays on your device until you delete it there.
account-ask-remove-passkey-button = Remove
account-codes-go-too = Your backup codes will stop working too.

# R42: backup codes.
account-codes-title = Backup codes
account-ask-new-codes-title = Make new backup codes?
account-ask-new-codes-text = The ones you have will stop working.
account-ask-new-codes-button = Make new backup codes
account-ask-first-codes-title = Make backup codes?
account-ask-first-codes-text = You get a list of codes. Each of them lets you sign in once if you lose your phone or your key.
account-ask-first-codes-button = Make backup codes
account-done-codes = You have made backup codes

# R42: remembered devices.
account-devices-title = Remembered devices
account-devices-why = On these devices we do not ask for a second step.
account-column-until = Remembered until
account-action-forget = Forget
account-devices-forget = Forget all remembered devices
account-ask-forget-device-title = Forget this device?
account-ask-forget-device-text = The next time you sign in on it, we will ask for a second step.
account-ask-forget-device-button = Forget
account-ask-forget-devices-title = Forget all remembered devices?
account-ask-forget-devices-text = The next time you sign in on any device, we will ask for a second step.
account-ask-forget-devices-button = Forget all
account-done-device = We will ask for a second step on that device
account-done-devices = We will ask for a second step on every device

# What people are told about their account.
notice-passkey-copied-subject = There may be a copy of your passkey
notice-passkey-copied-body = Somebody tried to sign in to your account at { $council } with a passkey that may be a copy of yours. We did not let them in.

    Sign in, remove that passkey in your security settings, and add a new one. If you need help, contact { $council }.
notice-passkey-copied-text = { $council }: there may be a copy of your passkey. Remove it in your security settings.
