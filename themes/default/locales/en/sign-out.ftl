# R46: staying after all.
still-signed-in-title = You are still signed in
still-signed-in-text = Nothing has changed. Go back to the service that you were using, or close this page.
