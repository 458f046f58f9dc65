# R29: sharing.
consent-title = Share your details with { $service }
consent-why = { $service } asks for these details of yours. They are shared only if you agree.
consent-details-heading = What will be shared
consent-optional-legend = You can choose whether to share these
consent-shared = Shared
consent-offline = { $service } can look these details up again when you are not signed in, until you stop sharing them.
consent-policy = Privacy notice of { $service }
consent-terms = Terms of { $service }
consent-allow = Agree and continue
consent-refuse = Do not share
scope-openid = That it is you, each time you come back
scope-profile = Your name and the rest of your profile
scope-email = Your email address
scope-phone = Your phone number
scope-address = Your address

# R53: the terms.
terms-title = We have updated our terms
terms-title-first = Agree to our terms
terms-text = To go on, you need to agree to the terms of { $council }.
terms-changes-heading = What has changed
terms-link = Read the terms
terms-agree = Agree and continue

# R46: signing out.
sign-out-title = Sign out of { $council }?
sign-out-text = You will be signed out of every service of { $council } in this browser.
sign-out-button = Sign out
stay-signed-in = Stay signed in
signed-out-title = You have signed out
signed-out-text = You are signed out of { $council } in this browser.
signed-out-everywhere = You are signed out of { $council } on every device. Services that you use will ask you to sign in again.
signed-out-shared = If you used Google or another provider to sign in on a shared computer, sign out there too.
signing-out-frame = Signing you out
sign-in-again = Sign in again

# R47: cannot go on.
expired-title-idle = Your session has ended
expired-title-passed = You cannot go back to that page
expired-text-idle = This page was open for too long, or it belongs to an earlier sign-in. To protect your details, we have not saved what you entered.
expired-text-passed = You have already finished that step.
expired-no-link = Go to the service that you wanted to use and start again from there.
start-again = Start again at { $service }

# R47b: a link from a message or a letter that leads nowhere any more.
dead-link-title-used = This link has been used
dead-link-title-expired = This link has expired
dead-link-title-unknown = This link does not work
dead-link-invitation-used = An administrator account was made with this invitation, which works once. If that was you, sign in to your account. If it was somebody else, tell whoever invited you.
dead-link-invitation-expired = An invitation works for a limited time. Ask whoever invited you for a new one.
dead-link-invitation-unknown = It is not one of our invitations, or it expired some time ago. If you copied it, check that you copied all of it. If it still does not work, ask whoever invited you for a new one.
dead-link-undo-used = The change that it was about has been undone. Sign in to see the contact details of your account, and change your password if somebody else may know it.
dead-link-undo-expired = It worked for 7 days, or until the contact was changed back. If somebody else changed the contact details of your account, contact us now.
dead-link-undo-unknown = It is not one of our links. If you copied it, check that you copied all of it.
dead-link-title-closed = This service is not available
dead-link-service-closed = The address that you used is right, but the service that it leads to cannot be used at the moment. Try again later.
dead-link-account = Go to your account

# R48: a wrong request.
request-problem-title = There is a problem with this request
request-problem-text = The service that you came from sent us something that we cannot use. You have done nothing wrong.
request-problem-back = Go back to the service you came from and try again. If it happens again, tell them.
request-problem-developer = Details for the developer
request-problem-code = Error
request-problem-detail = Reason

# R49: common problems.
problem-not-found-title = Page not found
problem-not-found-text = If you typed the web address, check it is correct. If you pasted it, check you copied all of it.
problem-forbidden-title = You cannot use this page
problem-forbidden-text = This page is not for the account that you are signed in with.
problem-method-title = There is a problem with this page
problem-method-text = This page cannot be opened like this. Go back and start again from the service that you wanted to use.
problem-too-large-title = You sent too much
problem-too-large-text = What you sent is larger than this page accepts. Go back and try again with less.
problem-unreadable-title = There is a problem with what you sent
problem-unreadable-text = We could not read what your browser sent. Go back and try again.
problem-too-many-title = Too many attempts
problem-too-many-text = To protect the service, we do not accept any more attempts for now. Wait a few minutes, then try again.
problem-again-at = You can try again at { $time }.
unavailable-broken-title = There is a problem with the service
unavailable-broken-text = Try again later. We have not saved what you entered on the last page.
unavailable-down-title = The service is unavailable
unavailable-down-text = You will be able to use the service later. We have not saved what you entered on the last page.

# R50: cookies are off.
turn-on-cookies-title = Turn on cookies to sign in
turn-on-cookies-text = Your browser does not keep the cookies that we need to know that it is you from one page to the next. Turn on cookies in its settings, then try again.
turn-on-cookies-which = Which cookies we use

# R51: handing over.
form-post-title = Returning you to { $service }
form-post-text = If nothing happens, select Continue.
