# R5: pa ffordd.
method-title = Sut ydych chi am gael cod diogelwch?
method-title--always-on = Dewis Dull Dilysu
method-email = E-bost i { $destination }
method-email--always-on = Anfon i E-bost { $destination }
method-sms = Neges destun i’r rhif sy’n gorffen gyda { $destination }
method-sms--always-on = Anfon drwy SMS, rhif sy’n gorffen gyda { $destination }
method-voice = Galwad ffôn i’r rhif sy’n gorffen gyda { $destination }
method-totp = Ap dilysu
method-totp-hint = Cael cod o’r ap ar eich ffôn neu eich cyfrifiadur
method-passkey = Cyfrinallwedd
method-passkey-hint = Defnyddiwch eich ôl bys, eich wyneb, eich PIN neu allwedd ddiogelwch
method-backup = Cod wrth gefn
method-backup-hint = Un o’r codau y gwnaethoch eu cadw wrth osod eich ail gam
method-remote = { $name }
method-to-set-up = Byddwch yn gosod hwn yn gyntaf
cannot-use-any = Ni allaf ddefnyddio unrhyw un o’r rhain
notice-sms-down = Ni allwn anfon negeseuon testun ar hyn o bryd. Dewiswch ffordd arall neu rhowch gynnig arall arni yn nes ymlaen.
notice-email-down = Ni allwn anfon e-byst ar hyn o bryd. Dewiswch ffordd arall neu rhowch gynnig arall arni yn nes ymlaen.
notice-voice-down = Ni allwn wneud galwadau ffôn ar hyn o bryd. Dewiswch ffordd arall neu rhowch gynnig arall arni yn nes ymlaen.

# R6 i R9: y cod.
code-title-email = Gwiriwch eich e-bost
code-title-sms = Gwiriwch eich ffôn
code-title-voice = Atebwch eich ffôn
code-title-totp = Rhowch y cod o’ch ap dilysu
code-title-remote = Rhowch eich cod
code-sent-email = Rydym wedi anfon cod diogelwch i { $destination }. Gallai fod yn eich ffolder sbam neu sothach.
code-sent-sms = Rydym wedi anfon cod diogelwch i’ch rhif sy’n gorffen gyda { $destination }.
code-sent-voice = Rydym yn ffonio eich rhif sy’n gorffen gyda { $destination }. Mae’r alwad yn dweud y cod ddwywaith.
code-sent-totp = Agorwch yr ap y gwnaethoch ei osod ar gyfer y cyfrif hwn. Mae’n dangos cod newydd bob 30 eiliad.
code-sent-remote = Rhowch y cod o’ch gwasanaeth arall.
code-life = { $minutes ->
    [one] Defnyddiwch ef o fewn 1 funud.
    [two] Defnyddiwch ef o fewn { $minutes } funud. Ar ôl hynny bydd yn peidio â gweithio.
    [few] Defnyddiwch ef o fewn { $minutes } munud. Ar ôl hynny bydd yn peidio â gweithio.
    [many] Defnyddiwch ef o fewn { $minutes } munud. Ar ôl hynny bydd yn peidio â gweithio.
   *[other] Defnyddiwch ef o fewn { $minutes } munud. Ar ôl hynny bydd yn peidio â gweithio.
}
code-label-digits = Cod { $length } digid
code-label-alnum = Cod { $length } nod
code-button-email = Parhau
code-button-email--sms-first = Dilysu’r Cod
code-button-sms = Parhau
code-button-sms--sms-first = Dilysu’r Cod
code-button-voice = Parhau
code-button-voice--sms-first = Dilysu’r Cod
code-button-totp = Parhau
code-button-totp--authenticator = Dilysu
code-button-remote = Parhau
code-problems = Problemau gyda’r cod?
code-problems-email = Gall gymryd ychydig funudau i gyrraedd. Gwiriwch eich ffolder sbam neu sothach cyn gofyn eto.
code-problems-sms = Gall gymryd ychydig funudau i gyrraedd. Gwiriwch fod gan eich ffôn signal cyn gofyn eto.
code-problems-voice = Os gwnaethoch golli’r alwad, gallwn eich ffonio eto.
code-problems-remote = Gallwch ofyn am y cod eto.
resend-email = Anfon eto
resend-sms = Anfon eto
resend-voice = Ffoniwch fi eto
resend-remote = Anfon eto
call-me-instead = Ffoniwch fi yn lle hynny
send-code-to-email = Anfon y cod i’r e-bost
code-change-email = Newid y cyfeiriad e-bost
code-change-sms = Newid y rhif
code-change-voice = Newid y rhif
notice-sent-again = Rydym wedi anfon y cod eto.
notice-code-expired = Daeth eich cod i ben. Rydym wedi anfon un newydd atoch.

# R13: cod arall.
resend-title = Cael cod newydd
resend-what-email = Byddwn yn anfon cod diogelwch i { $destination }.
resend-what-sms = Byddwn yn anfon cod diogelwch i’ch rhif sy’n gorffen gyda { $destination }.
resend-what-voice = Byddwn yn ffonio eich rhif sy’n gorffen gyda { $destination }.
resend-what-remote = Byddwn yn gofyn i’ch gwasanaeth arall am god newydd.
resend-wait = Gallwch ofyn am god arall am { $time }.
resend-button = Anfon cod newydd
resend-button--sms-first = Anfon Cod Dilysu

# R14: aros.
locked-title-codes = Rydych wedi rhoi’r cod anghywir ormod o weithiau
locked-title-sends = Rydych wedi gofyn am ormod o godau
locked-title-passwords = Rydych wedi rhoi cynnig arni ormod o weithiau
locked-why-codes = I ddiogelu eich cyfrif, nid ydym yn derbyn rhagor o godau am y tro.
locked-why-sends = I ddiogelu eich cyfrif, nid ydym yn anfon rhagor o godau am y tro.
locked-why-passwords = I ddiogelu eich cyfrif, nid ydym yn derbyn rhagor o gyfrineiriau am y tro.
locked-until = Gallwch roi cynnig arall arni am { $time }.
locked-contact = Os bydd angen help arnoch cyn hynny, cysylltwch â ni: { $contact }
locked-other-codes = Dewis ffordd arall o gael cod
locked-other-sends = Dewis ffordd arall o gael cod
locked-other-passwords = Ailosod eich cyfrinair

# R10: cod wrth gefn.
backup-title = Rhowch god wrth gefn
backup-text = Defnyddiwch un o’r codau wrth gefn a gadwyd gennych. Mae pob cod yn gweithio unwaith.
backup-label = Cod wrth gefn
notice-backup-left = { $count ->
    [0] Nid oes gennych godau wrth gefn ar ôl
    [one] Mae gennych 1 cod wrth gefn ar ôl
    [two] Mae gennych 2 god wrth gefn ar ôl
    [few] Mae gennych { $count } chod wrth gefn ar ôl
    [many] Mae gennych { $count } chod wrth gefn ar ôl
   *[other] Mae gennych { $count } cod wrth gefn ar ôl
}

# Ar ôl y cynnig olaf.
notice-not-sent = Ni allem anfon y cod nawr. Rhowch gynnig arall arni ymhen ychydig, neu dewiswch ffordd arall.
error-code-spent = Nid yw’r cod a roddwyd gennych yn gywir. Rydych wedi defnyddio pob cynnig: gofynnwch am god newydd
