# What people are told when a back office changes their contacts.
notice-email-pushed-subject = Your email address was changed
notice-email-pushed-body = { $council } changed the email address of your account. This address is not used for it any more.

    If you told { $council } about a new address, there is nothing to do. If you did not, contact { $council } now.
notice-email-pushed-text = { $council }: we changed the email address of your account. If you did not tell us to, contact us now.
notice-phone-pushed-subject = Your phone number was changed
notice-phone-pushed-body = { $council } changed the phone number of your account. The number from before is not used for it any more.

    If you told { $council } about a new number, there is nothing to do. If you did not, contact { $council } now.
notice-phone-pushed-text = { $council }: we changed the phone number of your account. If you did not tell us to, contact us now.
notice-record-joined-subject = Your account was joined to your record
notice-record-joined-body = { $council } joined your account to the record that it holds about you. From now on { $council } manages the email address and phone number of your account: to change them, contact { $council }.

    If you have no record at { $council }, or did not expect this, contact { $council } now.
notice-record-joined-text = { $council }: we joined your account to the record we hold about you. If this is wrong, contact us now.
notice-invited-subject = Your account at { $council }
notice-invited-body = You can choose a password for your account at { $council }. Go to

    { $link }

    Enter { $name } there. We will send a code to this email address, to make sure that it is you.

    If you have nothing to do with { $council }, there is nothing to do.
