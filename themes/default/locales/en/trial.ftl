# A message that an operator sends to try the senders.
trial-subject = Test message from { $council }
trial-body = This is a test message from the sign-in service of { $council }. Nobody is signing in. Test code: { $code }.
trial-call-body = This is a test call from the sign-in service of { $council }. The test code is: { $code }.

    Again, the test code is: { $code }.
trial-key-prompt = This is a test call from the sign-in service of { $council }. To hear the test code, press any key.
