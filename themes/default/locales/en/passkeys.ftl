# R11: use one.
passkey-title = Use your passkey
passkey-text = Select “Continue”, then follow the steps on your device. It may ask for your fingerprint, face, PIN or security key.
passkey-other-way = Sign in another way

# R12: it could not be used.
passkey-failed-title = We could not use your passkey
passkey-failed-text = You may have cancelled, taken too long, or used a device that does not have your passkey. Passkeys need JavaScript.
passkey-failed-legend = What do you want to do?
passkey-way-again = Try your passkey again
passkey-way-other = Choose another way to confirm it is you
passkey-way-password = Sign in with your email address and password
error-passkey-way-none = Select what you want to do

# R20: make one.
setup-passkey-title = Sign in faster with a passkey
setup-passkey-title-required = Set up a passkey as your second step
setup-passkey-required = { $service } asks for a second step besides your password. From now on it is this passkey.
setup-passkey-text = A passkey is kept on your device. You use it with your fingerprint, face or PIN, and it cannot be guessed or stolen by a false website.
setup-passkey-shared = Do not create a passkey on a device that you share with others.
setup-passkey-no-script = Passkeys need JavaScript. Switch it on and load this page again, or choose another way.
setup-passkey-name-label = Name this passkey
setup-passkey-name-hint = For example “My phone”. If you leave this empty we call it “Passkey { $number }”
setup-passkey-button = Create a passkey
setup-passkey-default-name = Passkey { $number }
error-passkey-setup = We could not create a passkey. Try again or choose another way

# R21: made.
setup-passkey-done-title = You have set up a passkey
setup-passkey-done-text = Next time, use it to confirm it is you.
