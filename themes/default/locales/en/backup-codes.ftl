# R10: a backup code.
error-backup-empty = Enter a backup code
use-backup-code = Use a backup code
banner-title = Important

# R22 and R23: new backup codes.
backup-codes-title = Save your backup codes
backup-codes-text = If you lose your phone or your key, you can sign in with one of these codes. Keep them somewhere safe, not on the same phone.
backup-codes-once = Each code works once. We show them only now.
backup-codes-download = Download as a text file
backup-codes-download--authenticator = Download
backup-codes-print = Print
backup-codes-copy = Copy
backup-codes-saved = I have saved these codes
backup-codes-continue = Continue
backup-codes-continue--authenticator = Continue to Sign In
backup-codes-generate = Make new backup codes
backup-codes-generate--authenticator = Generate Backup Codes
backup-codes-why = Backup codes let you sign in if you lose your phone or your key.
backup-codes-offer = Make new backup codes now, so that you can still sign in if you lose your phone or your key. The old ones stop working.
backup-codes-file-title = Backup codes for signing in with { $council }
error-backup-saved = Select that you have saved these codes
setup-enabled-title = You have added a second step
setup-enabled-title--authenticator = MFA is enabled for your account
setup-enabled-text = From now on we ask for a code from your app when you sign in.

# Remembered devices.
remember-device = { $days ->
    [one] Do not ask again on this device for 1 day
   *[other] Do not ask again on this device for { $days } days
}
remember-device-hint = Do not select this on a device that other people use

# What people are told about their account.
notice-backup-used-subject = A backup code was used to sign in
notice-backup-used-body = A backup code was used to sign in to your account at { $council }. { $left ->
        [0] You have no backup codes left.
        [one] You have 1 backup code left.
       *[other] You have { $left } backup codes left.
    }

    If this was you, there is nothing to do. If it was not you, somebody knows your password and your backup codes: change your password, and contact { $council }.
notice-backup-used-text = { $council }: a backup code was used to sign in. Codes left: { $left }. If this was not you, contact us.
notice-backup-made-subject = Backup codes were made for your account
notice-backup-made-body = { $before ->
        [0] Backup codes were made for your account at { $council }. Each of them works once, in place of a code from your app or your passkey.
       *[other] New backup codes were made for your account at { $council }. The old ones have stopped working.
    }

    If this was you, there is nothing to do. If it was not you, somebody may know your password: change it, and contact { $council }.
notice-backup-made-text = { $council }: backup codes were made for your account. If this was not you, contact us.
