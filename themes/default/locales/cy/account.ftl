# R38: y cyfrif.
account-pages-title = Eich cyfrif
account-success = Llwyddiant
account-row-name = Enw
account-row-email = Cyfeiriad e-bost
account-row-phone = Rhif ffôn
account-row-password = Cyfrinair
account-row-empty = Heb ei roi
account-change-email = eich cyfeiriad e-bost
account-change-phone = eich rhif ffôn
account-change-password = eich cyfrinair
account-managed = Rheolir gan { $portal }
account-contact-doubtful = Efallai nad eich un chi yw hwn bellach. Newidiwch ef, neu cadarnhewch ef gyda chod.
account-contact-unproven = Heb ei gadarnhau
account-password-changed = Newidiwyd ddiwethaf { $time }
account-password-none = Nid ydych yn mewngofnodi gyda chyfrinair
account-time = { $time }
account-done-email = Rydych wedi newid eich cyfeiriad e-bost
account-done-phone = Rydych wedi newid eich rhif ffôn
account-done-password = Rydych wedi newid eich cyfrinair
account-done-first-password = Rydych wedi creu cyfrinair
account-done-app = Rydych wedi gosod ap dilysu
account-done-removed-totp = Rydych wedi tynnu eich ap dilysu
account-done-removed-sms = Rydych wedi tynnu eich rhif ffôn
account-done-removed-passkey = Rydych wedi tynnu cyfrinallwedd
account-done-session = Rydych wedi allgofnodi o’r ddyfais honno
account-done-sharing = Rydych wedi rhoi’r gorau i rannu eich manylion

# R39 ac R40: cyfeiriad neu rif newydd.
account-email-title = Newid eich cyfeiriad e-bost
account-phone-title = Newid eich rhif ffôn
account-current-email = Cyfeiriad e-bost presennol
account-current-phone = Rhif ffôn presennol
account-how-email = Byddwn yn anfon cod i’r cyfeiriad newydd. Bydd eich cyfeiriad presennol yn dal i gael ei ddefnyddio nes i chi ei roi.
account-how-phone = Byddwn yn anfon cod i’r rhif newydd. Bydd eich rhif presennol yn dal i gael ei ddefnyddio nes i chi ei roi.
account-old-first-email = Yn gyntaf byddwn yn anfon cod i’ch cyfeiriad presennol.
account-old-first-phone = Yn gyntaf byddwn yn anfon cod i’ch rhif presennol.
account-new-email = Cyfeiriad e-bost newydd
account-new-phone = Rhif ffôn newydd
error-email-same = Rhowch gyfeiriad e-bost nad yw’r un presennol
error-phone-same = Rhowch rif ffôn nad yw’r un presennol

# R41: cyfrinair newydd.
account-password-title = Newid eich cyfrinair
account-password-why = Pan fyddwch yn cadw cyfrinair newydd, caiff pob dyfais arall ei hallgofnodi.
account-first-password-title = Creu cyfrinair
account-first-password-why = Yna gallwch hefyd fewngofnodi gyda’ch cyfeiriad e-bost a’r cyfrinair hwn. Caiff pob dyfais arall ei hallgofnodi.
account-disowned-elsewhere = Rydym wedi allgofnodi pob dyfais arall. Tynnwch unrhyw beth nad yw’n eiddo i chi o’ch gosodiadau diogelwch. Os gall rhywun ddefnyddio eich ffordd o fewngofnodi gyda sefydliad arall, fel Google, newidiwch eich cyfrinair yno.
account-current-password = Cyfrinair presennol
account-new-password = Cyfrinair newydd
account-password-hint = O leiaf { $length } nod. Mae tri gair nad ydynt yn perthyn i’w gilydd yn hawdd eu cofio ac yn anodd eu dyfalu.
account-show-current = Dangos y cyfrinair presennol
account-hide-current = Cuddio’r cyfrinair presennol
account-show-new = Dangos y cyfrinair newydd
account-hide-new = Cuddio’r cyfrinair newydd
account-save = Cadw
account-disowned = Rydym wedi allgofnodi pob dyfais arall. Nawr dewiswch gyfrinair newydd, fel na all neb arall fewngofnodi.
error-current-password-empty = Rhowch eich cyfrinair presennol
error-current-password = Nid yw’r cyfrinair presennol a roddwyd gennych yn gywir
error-new-password-empty = Rhowch gyfrinair newydd

# R42: beth sy’n diogelu’r cyfrif.
account-security-title = Gosodiadau diogelwch
account-security-why = Mae’r rhain yn diogelu eich cyfrif yn ogystal â’ch cyfrinair.
account-card-totp = Ap dilysu
account-card-sms = Rhif ffôn ar gyfer codau
account-card-email = Cyfeiriad e-bost ar gyfer codau
account-factor-none = Heb ei osod
account-factor-unused = Heb ei osod. Nid oes unrhyw wasanaeth rydych yn ei ddefnyddio yn ei dderbyn.
account-stays = Mae { $portal } yn gofyn am ail gam, a dyma’r unig un sydd gennych y mae’n ei dderbyn. Gallwch ei dynnu ar ôl i chi osod un arall.
account-factor-since = Gosodwyd { $time }
account-factor-ready = Yn barod i’w ddefnyddio
account-action-add = Gosod
account-action-replace = Disodli
account-action-change = Newid
account-action-remove = Tynnu
account-action-on-totp = eich ap dilysu
account-action-on-sms = eich rhif ffôn
account-action-on-email = eich cyfeiriad e-bost
account-ask-remove-app-title = Tynnu eich ap dilysu?
account-ask-remove-app-text = Ni fydd ei godau yn gweithio mwyach.
account-ask-remove-app-button = Tynnu
account-ask-remove-phone-title = Tynnu eich rhif ffôn?
account-ask-remove-phone-text = Ni fyddwch yn cael codau ar y rhif hwn mwyach.
account-ask-remove-phone-button = Tynnu
account-refused-needed = Ni allwch dynnu hwn. Mae { $portal } yn gofyn am ail gam pan fyddwch yn mewngofnodi, a dyma’r unig un sydd gennych y mae’n ei dderbyn. Gosodwch un arall yn gyntaf.
account-refused-codes-again = Rydych newydd wneud codau wrth gefn newydd. Os na wnaethoch eu cadw, arhoswch 30 eiliad a gwnewch rai newydd.

# R43: ble mae rhywun wedi mewngofnodi.
account-sessions-title = Ble rydych wedi mewngofnodi
account-sessions-why = Os nad ydych yn adnabod un o’r dyfeisiau hyn, allgofnodwch ohoni a newidiwch eich cyfrinair.
account-column-device = Dyfais
account-column-started = Mewngofnodwyd
account-column-used = Defnyddiwyd ddiwethaf
account-column-action = Beth allwch chi ei wneud
account-this-device = Y ddyfais hon
account-of-this = o
account-everywhere = Allgofnodi ym mhobman
account-ask-end-session-title = Allgofnodi o’r ddyfais hon?
account-ask-end-session-text = Bydd yn rhaid i bwy bynnag sy’n ei defnyddio fewngofnodi eto.
account-ask-end-session-button = Allgofnodi
account-ask-everywhere-title = Allgofnodi ym mhobman?
account-ask-everywhere-text = Caiff pob dyfais ei hallgofnodi, gan gynnwys hon. Bydd y gwasanaethau rydych yn eu defnyddio yn gofyn i chi fewngofnodi eto.
account-ask-everywhere-button = Allgofnodi ym mhobman
device-on = { $browser } ar { $system }
device-named = { $name }
device-unknown = Dyfais anhysbys

# R44: mewngofnodi diweddar.
account-activity-title = Mewngofnodi diweddar
account-activity-why = Dyma bob tro y mewngofnodwyd i’ch cyfrif yn y 90 diwrnod diwethaf, a’r ymdrechion a fethodd.
account-activity-none = Nid oes neb wedi mewngofnodi i’ch cyfrif yn y 90 diwrnod diwethaf.
account-column-when = Pryd
account-column-how = Sut
account-column-service = Gwasanaeth
account-column-result = Canlyniad
account-led-in = Mewngofnodwyd
account-failed = Methodd
account-pages = Tudalennau
account-newer = Mewngofnodi mwy diweddar
account-older = Mewngofnodi cynharach
account-not-me = Nid fi oedd un o’r rhain
account-ask-not-me-title = Ai rhywun arall oedd un o’r rhain?
account-ask-not-me-text = Byddwn yn allgofnodi pob dyfais arall nawr, ac yna’n gofyn i chi ddewis cyfrinair newydd.
account-ask-not-me-button = Nid fi oedd hwn
how-pwd = Cyfrinair
how-email = Cod drwy e-bost
how-sms = Cod drwy neges destun
how-voice = Cod drwy alwad ffôn
how-totp = Ap dilysu
how-backup = Cod wrth gefn
how-passkey = Cyfrinallwedd
how-fed = Darparwr arall

# R45: gyda phwy y rhennir manylion.
account-apps-title = Gwasanaethau rydych wedi rhannu manylion â nhw
account-apps-why = Gall y gwasanaethau hyn weld manylion eich cyfrif oherwydd eich bod wedi cytuno i hynny.
account-apps-none = Nid ydych wedi cytuno i rannu manylion ag unrhyw wasanaeth.
account-column-shared = Beth rydych yn ei rannu
account-column-since = Ers
account-stop = Rhoi’r gorau i rannu
account-with = gyda
account-ask-stop-sharing-title = Rhoi’r gorau i rannu eich manylion?
account-ask-stop-sharing-text = Ni fydd y gwasanaeth yn gallu edrych ar eich manylion mwyach. Gall gadw’r hyn y mae eisoes wedi’i weld. Bydd yn gofyn i chi eto os byddwch yn mewngofnodi yno.
account-ask-stop-sharing-button = Rhoi’r gorau i rannu

# Ble mae dolen “nid fi oedd hwn” yn arwain.
account-undo-email-title = Rhoi eich hen gyfeiriad e-bost yn ôl?
account-undo-phone-title = Rhoi eich hen rif ffôn yn ôl?
account-undo-email-done-title = Mae eich hen gyfeiriad e-bost yn ôl
account-undo-phone-done-title = Mae eich hen rif ffôn yn ôl
account-undo-email-text = Newidiwyd cyfeiriad e-bost eich cyfrif. Os nad chi wnaeth hyn, rhowch { $old } yn ôl.
account-undo-phone-text = Newidiwyd rhif ffôn eich cyfrif. Os nad chi wnaeth hyn, rhowch y rhif sy’n gorffen gyda { $old } yn ôl.
account-undo-sessions = Caiff pob dyfais ei hallgofnodi.
account-undo-email-button = Rhoi fy nghyfeiriad e-bost yn ôl
account-undo-phone-button = Rhoi fy rhif ffôn yn ôl
account-undo-done-text = Rydym wedi rhoi { $old } yn ôl, ac wedi allgofnodi pob dyfais.
account-undo-done-next = Efallai fod rhywun yn gwybod eich cyfrinair. Mewngofnodwch a newidiwch ef nawr.

# Beth a ddywedir wrth bobl am eu cyfrif.
notice-email-changed-subject = Newidiwyd eich cyfeiriad e-bost
notice-email-changed-body = Newidiwyd cyfeiriad e-bost eich cyfrif { $council }.

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, cysylltwch â ni ar unwaith.
notice-email-changed-text = { $council }: newidiwyd cyfeiriad e-bost eich cyfrif. Os nad chi wnaeth hyn, cysylltwch.
notice-email-changed-undo-subject = Newidiwyd eich cyfeiriad e-bost
notice-email-changed-undo-body = Newidiwyd cyfeiriad e-bost eich cyfrif { $council }. Nid yw’r cyfeiriad hwn yn cael ei ddefnyddio ar ei gyfer mwyach.

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, rhowch y cyfeiriad hwn yn ôl o fewn 7 diwrnod:

    { $link }
notice-phone-changed-subject = Newidiwyd eich rhif ffôn
notice-phone-changed-body = Newidiwyd rhif ffôn eich cyfrif { $council }.

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, cysylltwch â ni ar unwaith.
notice-phone-changed-text = { $council }: newidiwyd rhif eich cyfrif. Os nad chi wnaeth hyn, cysylltwch.
notice-phone-changed-undo-subject = Newidiwyd eich rhif ffôn
notice-phone-changed-undo-body = Newidiwyd rhif ffôn eich cyfrif { $council }.

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, rhowch yr hen rif yn ôl o fewn 7 diwrnod:

    { $link }
notice-email-restored-subject = Dadwnaed newid i’ch cyfeiriad e-bost
notice-email-restored-body = Dadwnaed newid i gyfeiriad e-bost eich cyfrif { $council }. Mae’r cyfeiriad blaenorol yn cael ei ddefnyddio eto, ac allgofnodwyd pob dyfais.

    Os mai chi wnaeth hyn, mewngofnodwch a newidiwch eich cyfrinair. Os nad chi, cysylltwch â ni ar unwaith.
notice-email-restored-text = { $council }: dadwnaed newid i gyfeiriad e-bost eich cyfrif. Os nad chi wnaeth hyn, cysylltwch.
notice-phone-restored-subject = Dadwnaed newid i’ch rhif ffôn
notice-phone-restored-body = Dadwnaed newid i rif ffôn eich cyfrif { $council }. Mae’r rhif blaenorol yn cael ei ddefnyddio eto, ac allgofnodwyd pob dyfais.

    Os mai chi wnaeth hyn, mewngofnodwch a newidiwch eich cyfrinair. Os nad chi, cysylltwch â ni ar unwaith.
notice-phone-restored-text = { $council }: dadwnaed newid i rif eich cyfrif. Os nad chi wnaeth hyn, cysylltwch.
notice-address-in-use-subject = Mae gennych gyfrif yn barod
notice-address-in-use-body = Roedd rhywun am ddefnyddio’r cyfeiriad e-bost hwn ar gyfer cyfrif { $council }. Mae gennych gyfrif ag ef yn barod, felly ni newidiwyd dim.

    Os mai chi oedd yno, mewngofnodwch gyda’r cyfrif sydd gennych. Os nad chi, nid oes angen gwneud dim.
notice-password-changed-subject = Newidiwyd eich cyfrinair
notice-password-changed-body = Newidiwyd cyfrinair eich cyfrif { $council }, ac allgofnodwyd pob dyfais arall.

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, cysylltwch â ni ar unwaith.
notice-password-changed-text = { $council }: newidiwyd cyfrinair eich cyfrif. Os nad chi wnaeth hyn, cysylltwch.
notice-password-created-subject = Mae cyfrinair wedi’i greu ar gyfer eich cyfrif
notice-password-created-body = Crëwyd cyfrinair ar gyfer eich cyfrif { $council }, ac allgofnodwyd pob dyfais arall.

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, cysylltwch â ni ar unwaith.
notice-password-created-text = { $council }: crëwyd cyfrinair ar gyfer eich cyfrif. Os nad chi wnaeth hyn, cysylltwch.
notice-factor-removed-subject = Tynnwyd ail gam o’ch cyfrif
notice-factor-removed-body = { $factor ->
        [totp] Tynnwyd ap dilysu eich cyfrif { $council }.
        [sms] Tynnwyd rhif ffôn eich cyfrif { $council }.
        [passkey] Tynnwyd un o gyfrinallweddi eich cyfrif { $council }.
       *[other] Tynnwyd ail gam o’ch cyfrif { $council }.
    }

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, efallai fod rhywun yn gwybod eich cyfrinair: newidiwch ef, a chysylltwch â ni.
notice-factor-removed-text = { $council }: tynnwyd ail gam eich cyfrif. Os nad chi wnaeth hyn, cysylltwch.
notice-signed-out-subject = Cawsoch eich allgofnodi ym mhobman
notice-signed-out-body = Allgofnodwyd pob dyfais o’ch cyfrif { $council }.

    Os mai chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi, efallai fod rhywun yn gwybod eich cyfrinair: newidiwch ef, a chysylltwch â ni.
notice-signed-out-text = { $council }: allgofnodwyd pob dyfais. Os nad chi wnaeth hyn, cysylltwch.
