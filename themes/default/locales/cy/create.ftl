# R26 ac R30 i R34: creu cyfrif.
create-title = Creu cyfrif
create-text = Byddwn yn anfon cod i’ch cyfeiriad e-bost, i wneud yn siŵr mai eich un chi ydyw.
create-terms = Drwy greu cyfrif, rydych yn cytuno i’n telerau.
create-code-title = Gwiriwch eich e-bost
create-code-sent = Rydym wedi anfon neges i { $email }. Gallai fod yn eich ffolder sbam neu sothach. Os oes cod ynddi, rhowch ef yma.
create-password-title = Crëwch gyfrinair
create-password-text = Byddwch yn mewngofnodi gyda’ch cyfeiriad e-bost a’r cyfrinair hwn o hyn ymlaen.
create-passkey-instead = Crëwch gyfrinallwedd yn lle hynny
create-passkey-title = Crëwch gyfrinallwedd
create-passkey-text = Byddwch yn mewngofnodi gyda’r gyfrinallwedd hon ac nid oes angen cyfrinair arnoch. Fe’i cedwir ar eich dyfais, ac rydych yn ei defnyddio gyda’ch ôl bys, eich wyneb neu eich PIN.
create-passkey-elsewhere = Gall dyfeisiau eraill ei defnyddio hefyd, er enghraifft drwy sganio cod gyda’ch ffôn. Os ydych eisiau cyfrinair yn nes ymlaen, dewiswch “Rwyf wedi anghofio fy nghyfrinair” pan fyddwch yn mewngofnodi: byddwn yn anfon cod i { $email } ac yn gofyn am eich cyfrinallwedd.
create-passkey-no-script = Mae angen JavaScript ar gyfrinallweddi. Trowch ef ymlaen a llwytho’r dudalen hon eto, neu crëwch gyfrinair yn lle hynny.
create-password-instead = Crëwch gyfrinair yn lle hynny
error-create-passkey = Ni allem greu cyfrinallwedd. Rhowch gynnig arall arni neu crëwch gyfrinair yn lle hynny
create-details-title = Beth yw eich enw?
given-name-label = Enw cyntaf
family-name-label = Cyfenw
error-given-name = Rhowch eich enw cyntaf
error-family-name = Rhowch eich cyfenw
error-name-long = Rhaid i’r enw fod yn 100 nod neu lai
create-done-title = Rydych wedi creu eich cyfrif
create-done-button = Parhau i { $service }
check-details-title = Gwiriwch eich manylion
check-details-text = Ni ddywedodd { $provider } bopeth sydd ei angen arnom.
check-details-address = Mae angen i ni wirio mai eich un chi yw’r cyfeiriad e-bost a gawsom gan { $provider }.
check-details-email-hint = Byddwn yn anfon cod iddo, i wneud yn siŵr mai eich un chi ydyw
notice-account-taken = Mae cyfrif gyda’r cyfeiriad e-bost hwn eisoes. Mewngofnodwch iddo.

# R27: cysylltu.
link-title = Mae gennych gyfrif eisoes
link-text = Mae cyfrif gyda’r cyfeiriad e-bost { $email }. Rydych wedi mewngofnodi gyda { $provider }, nad yw wedi’i gysylltu ag ef.
link-how = Os mai eich cyfrif chi ydyw, mewngofnodwch iddo unwaith. Wedi hynny gallwch ddefnyddio { $provider } hefyd.
link-no-password = Nid oes cyfrinair gan y cyfrif hwn. Mewngofnodwch iddo yn y ffordd yr ydych wedi’i defnyddio o’r blaen.
link-no-way-chosen = Nid oes neb wedi dewis cyfrinair ar gyfer y cyfrif hwn eto.
link-choose-password = Dewis cyfrinair ar ei gyfer
link-button = Cysylltu a mewngofnodi
link-leave = Peidio â chysylltu
link-disown-summary = Nid fy nghyfrif i yw hwn
link-disown-text = Nid oes neb wedi cadarnhau’r cyfeiriad e-bost { $email } ar gyfer y cyfrif hwn. Os na wnaethoch ofyn amdano, byddwn yn ei gau, a chewch eich cyfrif eich hun.
link-disown-button = Ei gau a chreu fy nghyfrif fy hun
federation-failed-taken = Mae’r mewngofnodiad hwn gyda { $provider } wedi’i gysylltu â chyfrif yma eisoes. Mewngofnodwch i’r cyfrif hwnnw i ddileu’r cysylltiad, neu caewch y cyfrif hwnnw os nad oes ei angen arnoch.

# R42: mewngofnodi cysylltiedig.
account-identities-title = Ffyrdd eraill o fewngofnodi
account-identities-why = Gallwch fewngofnodi gyda’r rhain hefyd.
account-identities-none = Nid ydych wedi cysylltu mewngofnodiad arall.
account-identity-link-title = Cysylltu mewngofnodiad gyda { $provider }
account-identity-link-text = Byddwch yn mewngofnodi yno nesaf. Ar ôl hynny, gall pwy bynnag sy’n gallu mewngofnodi yno fewngofnodi i’ch cyfrif.
account-done-identity = Rydych wedi cysylltu ffordd arall o fewngofnodi. Gallwch ei defnyddio o hyn ymlaen.
account-done-unlinked = Rydych wedi dileu’r cysylltiad
account-ask-unlink-title = Ydych chi eisiau dileu’r cysylltiad hwn?
account-ask-unlink-text = Ni fyddwch yn gallu mewngofnodi gydag ef mwyach. Cewch eich allgofnodi ym mhobman arall.
account-ask-unlink-button = Dileu’r cysylltiad
account-passkey-last = Ni allech fewngofnodi i’ch cyfrif heb y gyfrinallwedd hon. Crëwch gyfrinair neu gyfrinallwedd arall yn gyntaf.
account-identity-last = Ni allech fewngofnodi i’ch cyfrif hebddo. Crëwch gyfrinair neu gyfrinallwedd yn gyntaf.
notice-identity-unlinked-subject = Ni allwch fewngofnodi gyda { $provider } mwyach
notice-identity-unlinked-body = Cafodd y cysylltiad rhwng eich cyfrif gan { $council } a mewngofnodiad gyda { $provider } ei ddileu.

    Os mai chi oedd hyn, nid oes dim i’w wneud. Os nad chi oedd hyn, mae rhywun wedi mewngofnodi i’ch cyfrif: newidiwch eich cyfrinair a chysylltwch â ni ({ $council }) nawr.
notice-identity-unlinked-text = { $council }: cafodd y cysylltiad rhwng eich cyfrif a { $provider } ei ddileu. Os nad chi oedd hyn, cysylltwch nawr.
federation-failed-nobody = Nid ydym yn gwybod am gyfrif sy’n perthyn i’r mewngofnodiad hwn gyda { $provider }. Mewngofnodwch mewn ffordd arall, neu gofynnwch i { $council } am gyfrif.
federation-failed-refused = Nid oedd yr ateb gan { $provider } yn iawn, felly ni wnaethom eich mewngofnodi. Rhowch gynnig arall arni, neu mewngofnodwch mewn ffordd arall.

# Negeseuon.
mail-create-subject = Eich cod i greu cyfrif
mail-create-body = Eich cod yw { $code }

    Rhowch ef ar y dudalen a ofynnodd amdano. Mae’n gweithio unwaith, o fewn { $minutes ->
        [one] 1 funud
        [two] 2 funud
       *[other] { $minutes } munud
    }.

    Os na wnaethoch ofyn amdano, peidiwch â rhoi’r cod hwn i neb. Ni chaiff cyfrif ei greu hebddo.

    { $council }
mail-create-taken-subject = Mae gennych gyfrif eisoes
mail-create-taken-body = Mae rhywun, chi o bosibl, wedi gofyn am greu cyfrif gan { $council } gyda’r cyfeiriad e-bost hwn.

    Mae gennych un eisoes: mewngofnodwch gyda’r cyfeiriad hwn. Os nad ydych yn gwybod eich cyfrinair, dewiswch “Rwyf wedi anghofio fy nghyfrinair” ar y dudalen lle rydych yn mewngofnodi. Os na ddaw cod, cysylltwch â ni.

    Os nad chi oedd hyn, nid oes dim i’w wneud.

    { $council }
notice-identity-linked-subject = Gallwch fewngofnodi gyda { $provider }
notice-identity-linked-body = Mae eich cyfrif gan { $council } bellach wedi’i gysylltu â mewngofnodiad gyda { $provider }: gall pwy bynnag sy’n gallu mewngofnodi yno fewngofnodi i’ch cyfrif.

    Os mai chi oedd hyn, nid oes dim i’w wneud. Os nad chi oedd hyn, mae rhywun wedi mewngofnodi i’ch cyfrif: newidiwch eich cyfrinair a chysylltwch â ni ({ $council }) nawr.
notice-identity-linked-text = { $council }: gellir agor eich cyfrif nawr gyda { $provider }. Os nad chi oedd hyn, cysylltwch nawr.
cookie-purpose-guest = Yn cofio eich bod wedi defnyddio gwasanaeth heb gyfrif, fel y gallwch barhau gyda’ch cyfrif eich hun

# R38: data, a chau’r cyfrif.
account-data-title = Eich data
account-data-text = Lawrlwythwch gopi o’r hyn rydym yn ei gadw amdanoch, fel ffeil y gall rhaglenni eraill ei darllen (JSON).
account-data-download = Lawrlwytho eich data
account-close-title = Cau eich cyfrif
account-close-text = Mae’r gwasanaethau rydych wedi’u defnyddio yn cadw’r hyn a roesoch iddynt. Gofynnwch iddynt os ydych am i hynny gael ei ddileu hefyd.
account-ask-close-account-title = Ydych chi eisiau cau eich cyfrif?
account-ask-close-account-text = Ni fyddwch yn gallu mewngofnodi gydag ef mwyach, a byddwn yn dileu’r hyn rydym yn ei wybod amdanoch. Ni ellir dadwneud hyn.
account-ask-close-account-button = Cau fy nghyfrif
account-close-managed = Mae { $portal } yn rheoli eich cyfrif. Gofynnwch iddynt ei gau.
account-close-administrator = Rydych yn weinyddwr. Rhaid i weinyddwr arall ddileu eich rôl yn gyntaf.
notice-account-closed-subject = Mae eich cyfrif wedi’i gau
notice-account-closed-body = Rydych wedi cau eich cyfrif gan { $council }. Dyma’r neges olaf amdano.

    Os nad chi oedd hyn, cysylltwch â ni ({ $council }) nawr.
notice-account-closed-text = { $council }: caewyd eich cyfrif. Os nad chi oedd hyn, cysylltwch nawr.

# Beth ddigwyddodd i gais a anfonwyd ymlaen gan Facebook.
deletion-title = Eich cais i ddileu eich data
deletion-erased = Rydym wedi cau eich cyfrif ac wedi dileu’r hyn yr oeddem yn ei wybod amdanoch.
deletion-unlinked = Rydym wedi dileu’r cysylltiad â’ch mewngofnodiad a’r hyn a ddaeth gydag ef. Mae eich cyfrif yn parhau, oherwydd gallwch fewngofnodi iddo mewn ffordd arall. Gallwch ei gau ar y dudalen “Eich cyfrif”.
deletion-nothing = Nid oes dim y mae’n rhaid i ni ei ddileu ar gyfer y cais hwn.
deletion-unknown = Nid ydym yn gwybod am y cais hwn. Efallai ei fod yn rhy bell yn ôl.
deletion-code = Cod y cais:
