# R15: pa ail gam.
setup-title = Ychwanegu ail gam i ddiogelu eich cyfrif
setup-title--authenticator = Galluogi MFA ar gyfer eich cyfrif
setup-why = Mae ail gam yn cadw eich manylion yn ddiogel hyd yn oed os daw rhywun i wybod eich cyfrinair.
setup-optional = Nid oes rhaid i chi. Os byddwch yn gosod un, byddwn yn gofyn amdano bob tro y byddwch yn mewngofnodi. Os byddwch yn hepgor hyn, byddwch yn mewngofnodi gyda’ch cyfrinair yn unig, a byddwn yn gofyn i chi eto ymhen { $days ->
    [one] 1 diwrnod
    [two] 2 ddiwrnod
   *[other] { $days } diwrnod
}.
setup-legend = Pa ail gam ydych chi am ei ychwanegu?
setup-button-one = Parhau
setup-button-one--authenticator = Ffurfweddu
skip-for-now = Hepgor am y tro
setup-email = Cod drwy e-bost
setup-email-hint = Rydym yn anfon cod i’ch cyfeiriad e-bost bob tro. Nid oes angen ffôn
setup-sms = Cod drwy neges destun
setup-sms-hint = Mae angen ffôn symudol gyda chi pan fyddwch yn mewngofnodi
setup-voice = Cod drwy alwad ffôn
setup-voice-hint = Mae’n gweithio gyda ffonau symudol a llinellau tir
setup-totp = Ap dilysu
setup-totp-hint = Mae ap ar eich ffôn neu eich cyfrifiadur yn gwneud y codau. Nid oes angen signal
setup-totp-hint--staff-app = Defnyddiwch Microsoft Authenticator, Google Authenticator neu Authy
setup-passkey = Cyfrinallwedd
setup-passkey-hint = Defnyddiwch eich ôl bys, eich wyneb, eich PIN neu allwedd ddiogelwch. Nid oes angen cod na ffôn
setup-backup = Codau wrth gefn
setup-backup-hint = Codau rydych yn eu hargraffu neu eu cadw

# R18: yr ap.
setup-app-title = Gosod ap dilysu
setup-app-code-title = Rhowch y cod o’ch ap
setup-app-step-open = Agorwch eich ap dilysu, neu gosodwch un: er enghraifft Google Authenticator, Microsoft Authenticator neu Authy.
setup-app-step-open--staff-app = Agorwch Microsoft Authenticator, ychwanegwch gyfrif, dewiswch “Work or school account”, yna’r camera. Mae Google Authenticator ac Authy yn gweithio hefyd.
setup-app-step-open--authenticator = Agorwch eich ap dilysu, neu gosodwch un: er enghraifft OneAuth, Google Authenticator neu Microsoft Authenticator.
setup-app-step-scan = Defnyddiwch ef i sganio’r llun hwn.
setup-app-step-code = Rhowch y cod y mae’r ap yn ei ddangos.
setup-app-qr-label = Cod QR sy’n cynnwys yr allwedd ar gyfer eich ap dilysu. Mae’r allwedd hefyd ar gael fel testun isod.
setup-app-same-phone = Agor yr ap ar y ffôn hwn
setup-app-no-scan = Ni allaf sganio’r cod
setup-app-no-scan-text = Dewiswch roi allwedd â llaw yn eich ap, a theipiwch yr allwedd hon. Nid yw bylchau o bwys.
setup-app-no-app = Nid oes gennyf ap
setup-app-no-app-text = Mae apiau dilysu am ddim. Chwiliwch am “authenticator” yn siop apiau eich ffôn, neu defnyddiwch reolwr cyfrineiriau sy’n gallu gwneud codau.
setup-app-code-hint = Daw’r cod o’ch ap. Mae’n newid bob 30 eiliad.
setup-app-button = Parhau
setup-app-button--authenticator = Dilysu
setup-app-next = Nesaf
copy-key = Copïo’r allwedd

# R23: wedi gorffen.
setup-done-title = Rydych wedi diogelu eich cyfrif
setup-done-title--authenticator = Galluogi MFA
setup-done-text = O hyn ymlaen byddwn yn gofyn am eich ail gam pan fyddwch yn mewngofnodi.
setup-done-text--authenticator = Mae eich ap yn barod. Galluogwch MFA i ofyn am ei god bob tro y byddwch yn mewngofnodi.
setup-done-button = Parhau i { $service }
setup-done-button--authenticator = Galluogi MFA

# Y gweinyddwr cyntaf.
admin-invite-title = Creu eich cyfrif gweinyddwr
admin-invite-text = Mae’r cyfrif hwn yn rheoli’r gwasanaeth mewngofnodi. Mae eich gwahoddiad yn gweithio unwaith.
admin-invite-app-title = Diogelu eich cyfrif gweinyddwr
admin-invite-app-text = Mae gweinyddwyr bob amser yn mewngofnodi gydag ap dilysu. Sganiwch y llun hwn gyda’ch un chi, yna rhowch y cod y mae’n ei ddangos.
admin-invite-done-title = Mae eich cyfrif gweinyddwr yn barod
admin-invite-done-text = Mewngofnodwch gyda { $email }, eich cyfrinair a chod o’ch ap dilysu.
admin-invite-done-keep = Mae eich gwahoddiad wedi’i ddefnyddio. Gallwch gau’r dudalen hon.

# R16: y rhif.
phone-title = Rhowch eich rhif ffôn
phone-title--sms-first = Diweddaru Rhif Ffôn
phone-why = Dim ond ar gyfer codau diogelwch rydym yn defnyddio eich rhif.
phone-label = Rhif ffôn
phone-hint = Ar gyfer rhif o’r tu allan i’r DU, rhowch god y wlad hefyd
phone-hint--sms-first = Gallwch ddefnyddio’r fformat rhyngwladol, fel +447546000000
phone-legend = Sut ddylem ni anfon y cod?
phone-by-sms = Drwy neges destun
phone-by-voice = Drwy alwad ffôn
phone-button = Anfon cod
phone-button--sms-first = Anfon Cod Dilysu

# Dim byd y gellir ei ddefnyddio.
no-way-title = Ni allwch fewngofnodi i { $service } eto
no-way-text = Mae { $service } yn gofyn am ail gam, er enghraifft cod diogelwch. Nid oes gan eich cyfrif un y gellir ei ddefnyddio yma.
no-way-contact = I gael un wedi’i osod, cysylltwch â ni: { $contact }
