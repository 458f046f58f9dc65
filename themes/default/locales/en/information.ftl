# R54: cookies.
cookies-title = Cookies
cookies-text = Cookies are small files that your browser keeps. We use only those without which you could not sign in, so we do not ask for your consent to them.
cookies-caption = Cookies that we set
cookies-name = Name
cookies-purpose = Purpose
cookies-expires = Expires
cookie-purpose-session = Keeps you signed in
cookie-purpose-step = Remembers which sign-in you are in the middle of
cookie-purpose-device = Remembers that you used your second step on this device, where you asked for that
cookie-purpose-lang = Remembers the language that you chose
cookie-purpose-entry = Remembers that you came by a short web address, such as one in a letter, until you start to sign in
cookie-expires-minutes = { $minutes ->
    [one] After 1 minute
   *[other] After { $minutes } minutes
}
cookie-expires-hours = { $hours ->
    [one] After 1 hour
   *[other] After { $hours } hours
}
cookie-expires-days = { $days ->
    [one] After 1 day
   *[other] After { $days } days
}
cookie-expires-browser = When you close your browser

# R54: privacy.
privacy-title = Privacy
privacy-1-heading = What we keep
privacy-1-text = We keep what is needed to sign you in: your email address, your phone number if you gave one, your password in a form that cannot be read back, and when and how you signed in. If you sign in with another organisation, such as Google, we keep the number by which it knows you, and the name and email address that it told us.
privacy-2-heading = What we share
privacy-2-text = { $council } shares your details only with the services that you sign in to. If you get codes by text message or phone call, the company that delivers them learns your number.
privacy-3-heading = How long we keep it
privacy-3-text = We keep your account for as long as you use it. Records of sign-ins are deleted after the time that { $council } has set for them.
privacy-4-heading = Your rights
privacy-4-text = When you are signed in, you can download a copy of your details and close your account under “Your data”. You can ask { $council } to correct or delete details. You can also complain to the Information Commissioner’s Office.
contact-text-privacy = Ask the data protection officer of { $council }.

# R54: accessibility.
accessibility-title = Accessibility statement
accessibility-1-text = This statement is about the sign-in pages of { $council }. We want as many people as possible to be able to use them.
accessibility-2-heading = How accessible these pages are
accessibility-2-text = The pages are made to meet the Web Content Accessibility Guidelines version 2.2 at level AA. You can zoom in up to 400%, use only a keyboard, use a screen reader, and sign in without scripts.
accessibility-3-heading = Codes
accessibility-3-text = You can paste codes and passwords, and your browser or password manager can fill them in. A code tells you how long it works before that time starts.
accessibility-4-heading = Enforcement
accessibility-4-text = The Equality and Human Rights Commission enforces the Public Sector Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations 2018. If you are not happy with how we answer your complaint, contact the Equality Advisory and Support Service.
contact-text-accessibility = Tell { $council } if you have a problem that is not listed here, or if you need information in a different format.

# R54: help.
help-title = Help with signing in
help-1-heading = Your code has not arrived
help-1-text = Check your spam or junk folder, or that your phone has signal. Then use “Problems with the code?” on the page that asks for it.
help-2-heading = You have a new phone number or email address
help-2-text = Sign in with another way that you set up, then change your details in your account.
help-3-heading = You have forgotten your password
help-3-text = Select “I have forgotten my password” on the page that asks for it.
help-4-heading = Staying safe
help-4-text = We never ask you to tell anybody a code or your password, not even in a call or a message that seems to come from { $council }.
contact-text-help = Contact { $council } if you still cannot sign in.
