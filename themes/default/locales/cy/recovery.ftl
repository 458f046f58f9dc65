# R35 i R37: cyfrinair wedi’i anghofio.
forgot-title = Ailosod eich cyfrinair
forgot-text = Byddwn yn anfon cod i’ch cyfeiriad e-bost. Gyda’r cod gallwch greu cyfrinair newydd.
invited-title = Eich gwahoddiad
first-password-title = Dewiswch gyfrinair
invited-text = Rhowch y cyfeiriad e-bost sydd yn eich gwahoddiad. Byddwn yn anfon cod atoch, i wneud yn siŵr mai chi sydd yno.
forgot-button = Anfon cod
forgot-code-title = Gwiriwch eich e-bost
forgot-code-sent = Os oes cyfrif ar gyfer { $email }, rydym wedi anfon cod i’r cyfeiriad e-bost sydd gennym ar ei gyfer. Gallai fod yn eich ffolder sbam neu sothach.
forgot-code-change = Newid y cyfeiriad e-bost
new-password-title = Crëwch gyfrinair newydd
new-password-text = Pan fyddwch yn ei gadw, cewch eich allgofnodi ym mhobman arall.
new-password-button = Cadw a pharhau
error-password-long = Rhaid i’r cyfrinair fod yn 1,024 nod neu lai
error-mailed-code-gone = Nid yw’r cod hwn yn gweithio mwyach, gofynnwch am un newydd

# R52: cyfrif wedi’i gloi.
account-locked-title = Ni allwch ddefnyddio eich cyfrif ar hyn o bryd
account-locked-text = Mae { $council } wedi cloi eich cyfrif. Gall hyn fod i’ch diogelu.
account-locked-contact = I gael gwybod pam, ac i ddefnyddio eich cyfrif eto, cysylltwch â ni: { $contact }

# R56: ni ellir defnyddio dim.
cannot-use-title = Ni allwch ddefnyddio unrhyw un o’r rhain
cannot-use-legend = Beth hoffech chi ei wneud?
way-other = Rhoi cynnig ar ffordd arall o gael cod diogelwch
way-backup = Rhoi cod wrth gefn
way-recovery = Gofyn i ni dynnu’r ail gam rydych wedi’i golli
way-recovery-hint = Rydym yn anfon cod i’ch cyfeiriad e-bost. Yna rydych yn aros { $hours ->
        [one] 1 awr
        [two] 2 awr
       *[other] { $hours } awr
    }, fel na all neb arall wneud hyn yn eich enw.
way-recovered = Tynnu’r ail gam rydych wedi’i golli
way-recovered-hint = Mae’r aros drosodd. Rydym yn anfon cod i’ch cyfeiriad e-bost.
error-way-none = Dewiswch beth hoffech chi ei wneud
recovery-waits = Rydych wedi gofyn i ni dynnu’r ail gam rydych wedi’i golli. Gallwch wneud hyn o { $time }: mewngofnodwch eto bryd hynny a dewch yn ôl i’r dudalen hon.
cannot-use-contact = Os bydd angen help arnoch, cysylltwch â ni: { $contact }
cannot-use-none = Nid oes ffordd arall o fewngofnodi ar eich pen eich hun.
recovery-code-title = Gwiriwch eich e-bost am god
recovery-code-sent = Rydym wedi anfon cod i { $email }. Gallai fod yn eich ffolder sbam neu sothach.
recovery-code-begins = Pan fyddwch wedi’i roi, rydych yn aros { $hours ->
        [one] 1 awr
        [two] 2 awr
       *[other] { $hours } awr
    }. Rydym yn dweud wrth eich holl gysylltiadau, a gall unrhyw un ohonynt ei atal.
recovery-code-ends = Pan fyddwch wedi’i roi, rydym yn tynnu eich ail gam. Cewch eich allgofnodi ym mhobman, a gallwch osod un newydd.
recovery-opened-title = Rydych wedi gofyn i ni dynnu eich ail gam
recovery-opened-text = Gallwch fewngofnodi hebddo o { $time }. Rhowch eich cyfrinair bryd hynny, dewiswch “Ni allaf ddefnyddio unrhyw un o’r rhain” a dilynwch y camau.
recovery-opened-told = Rydym wedi dweud wrth eich holl gysylltiadau. Os dewch o hyd i’r hyn roeddech wedi’i golli, mewngofnodwch ag ef: mae hynny’n rhoi diwedd ar hyn.
stop-recovery-title = A ydych am atal hyn?
stop-recovery-text = Mae rhywun sy’n gwybod eich cyfrinair wedi gofyn i ni dynnu ail gam eich cyfrif. Bydd hyn yn digwydd o { $time }.
stop-recovery-if = Os nad chi wnaeth hyn, ataliwch ef nawr, ac yna newidiwch eich cyfrinair.
stop-recovery-button = Ei atal
recovery-stopped-title = Rydych wedi’i atal
recovery-stopped-text = Mae eich ail gam yn aros fel y mae. Mae rhywun yn gwybod eich cyfrinair: newidiwch ef nawr.
recovery-gone-title = Nid yw’r ddolen hon yn gweithio mwyach
recovery-gone-text = Fe’i defnyddiwyd o’r blaen, neu mae’r hyn roedd yn ei gylch ar ben.

# Negeseuon.
mail-reset-subject = Eich cod ar gyfer cyfrinair newydd
mail-reset-body = Eich cod ar gyfer cyfrinair newydd yw { $code }

    Rhowch ef ar y dudalen a ofynnodd amdano. Mae’n gweithio unwaith, o fewn { $minutes ->
        [one] 1 funud
        [two] 2 funud
       *[other] { $minutes } munud
    }.

    Os na wnaethoch ofyn amdano, peidiwch â rhoi’r cod hwn i neb. Nid oes dim yn newid hebddo.

    { $council }
mail-reset-no-password-subject = Sut rydych yn mewngofnodi
mail-reset-no-password-body = Mae rhywun, chi efallai, wedi gofyn am ailosod cyfrinair eich cyfrif { $council }.

    Nid oes cyfrinair ar eich cyfrif. Rydych yn mewngofnodi gyda sefydliad arall, fel Google, neu gyda chyfrinallwedd: dewiswch hynny ar y dudalen lle rydych yn mewngofnodi.

    { $council }
mail-reset-unproven-subject = Rydych wedi gofyn am ailosod eich cyfrinair
mail-reset-unproven-body = Mae rhywun, chi efallai, wedi gofyn am ailosod cyfrinair eich cyfrif { $council }.

    Ni allwch ei ailosod eto, oherwydd nid ydych wedi defnyddio cod a anfonwyd gennym i’r cyfeiriad hwn. Cysylltwch â ni am help.

    { $council }
mail-recovery-subject = Eich cod i dynnu eich ail gam
mail-recovery-body = Eich cod yw { $code }

    Rydych chi, neu rywun sy’n gwybod eich cyfrinair, wedi dweud bod ail gam eich cyfrif { $council } ar goll. I’w dynnu, rhowch y cod ar y dudalen a ofynnodd amdano. Mae’n gweithio unwaith, o fewn { $minutes ->
        [one] 1 funud
        [two] 2 funud
       *[other] { $minutes } munud
    }.

    Os na wnaethoch ofyn amdano, peidiwch â rhoi’r cod hwn i neb. Mae rhywun yn gwybod eich cyfrinair. Newidiwch ef yma:

    { $page }

    { $council }
notice-password-reset-subject = Mae gan eich cyfrif gyfrinair newydd
notice-password-reset-body = Gosodwyd cyfrinair newydd ar gyfer eich cyfrif { $council }, a chawsoch eich allgofnodi ym mhobman arall.

    Os chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi wnaeth hyn, gall rhywun ddarllen eich e-bost: cysylltwch â ni nawr.
notice-password-reset-text = { $council }: gosodwyd cyfrinair newydd. Os nad chi wnaeth hyn, cysylltwch nawr.
notice-recovery-opened-subject = Mae rhywun wedi gofyn am dynnu eich ail gam
notice-recovery-opened-body = Mae rhywun wedi gofyn i ni dynnu ail gam eich cyfrif { $council }, am ei fod ar goll. Rhoesant eich cyfrinair a chod a anfonwyd gennym i’ch cyfeiriad e-bost. Byddwn yn ei dynnu o { $time }, { $hours ->
        [one] 1 awr
        [two] 2 awr
       *[other] { $hours } awr
    } ar ôl iddynt ofyn.

    Os chi wnaeth hyn, arhoswch tan hynny. Byddwn yn anfon e-bost sy’n dweud beth i’w wneud.

    Os nad chi wnaeth hyn, ataliwch ef yma:

    { $link }

    Yna newidiwch eich cyfrinair, am fod rhywun yn ei wybod:

    { $page }
notice-recovery-opened-text = { $council }: tynnir eich ail gam ymhen { $hours } awr. Nid chi? I atal: { $link }
notice-recovery-ready-subject = Gallwch fewngofnodi eto
notice-recovery-ready-body = Gofynnoch i ni dynnu’r ail gam rydych wedi’i golli o’ch cyfrif { $council }. Mae’r aros drosodd.

    Mewngofnodwch gyda’ch cyfrinair, dewiswch “Ni allaf ddefnyddio unrhyw un o’r rhain” a dilynwch y camau. Mae gennych 14 diwrnod.

    Os na wnaethoch ofyn am hyn, mae rhywun yn gwybod eich cyfrinair. Ataliwch ef gyda’r ddolen yn ein he-bost blaenorol, neu cysylltwch â ni nawr.
notice-recovery-stopped-subject = Ni chaiff eich ail gam ei dynnu
notice-recovery-stopped-body = Roedd rhywun wedi gofyn i ni dynnu ail gam eich cyfrif { $council }. Ataliwyd hynny gyda’r ddolen a anfonwyd gennym atoch. Mae eich ail gam yn aros fel y mae.

    Os na wnaethoch ofyn am ei dynnu, mae rhywun yn gwybod eich cyfrinair. Newidiwch ef nawr:

    { $page }

    Os gwnaethoch ofyn, gallwch ofyn eto y tro nesaf y byddwch yn mewngofnodi.
notice-recovery-stopped-text = { $council }: ni chaiff eich ail gam ei dynnu. Os na wnaethoch ofyn am hynny, newidiwch eich cyfrinair.
notice-recovery-done-subject = Tynnwyd eich ail gam
notice-recovery-done-body = Rydym wedi tynnu ail gam eich cyfrif { $council }, am fod rhywun wedi dweud wrthym ei fod ar goll. Cawsoch eich allgofnodi ym mhobman.

    Os chi wnaeth hyn, mewngofnodwch gyda’ch cyfrinair. Byddwn yn gofyn i chi osod un newydd lle mae ei angen.

    Os nad chi wnaeth hyn, mae rhywun yn gwybod eich cyfrinair ac yn gallu darllen eich e-bost: cysylltwch â ni nawr.
notice-recovery-done-text = { $council }: tynnwyd eich ail gam. Os nad chi wnaeth hyn, cysylltwch nawr.
notice-factors-reset-subject = Rydym wedi tynnu eich ail gam
notice-factors-reset-body = Rydym wedi tynnu ail gam eich cyfrif { $council } am fod rhywun wedi gofyn i ni, a’ch allgofnodi ym mhobman. Rhaid cadarnhau eich rhif ffôn eto.

    Os gofynnoch am hyn, mewngofnodwch a gosodwch un newydd. Os na ofynnoch am hyn, cysylltwch â ni nawr.
notice-factors-reset-text = { $council }: rydym wedi tynnu ail gam eich cyfrif. Os na ofynnoch am hyn, cysylltwch nawr.
cookie-purpose-known-device = Yn cofio eich bod wedi mewngofnodi ar y ddyfais hon, fel na all neb yn rhywle arall eich cloi allan drwy ddyfalu eich cyfrinair
