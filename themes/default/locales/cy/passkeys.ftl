# R11: defnyddio un.
passkey-title = Defnyddiwch eich cyfrinallwedd
passkey-text = Dewiswch “Parhau”, yna dilynwch y camau ar eich dyfais. Gall ofyn am eich ôl bys, eich wyneb, eich PIN neu allwedd ddiogelwch.
passkey-other-way = Mewngofnodi mewn ffordd arall

# R12: nid oedd modd ei defnyddio.
passkey-failed-title = Ni allem ddefnyddio eich cyfrinallwedd
passkey-failed-text = Efallai eich bod wedi canslo, wedi cymryd gormod o amser, neu wedi defnyddio dyfais nad yw eich cyfrinallwedd arni. Mae angen JavaScript ar gyfrinallweddi.
passkey-failed-legend = Beth ydych chi am ei wneud?
passkey-way-again = Rhoi cynnig arall ar eich cyfrinallwedd
passkey-way-other = Dewis ffordd arall o gadarnhau mai chi sydd yno
passkey-way-password = Mewngofnodi gyda’ch cyfeiriad e-bost a’ch cyfrinair
error-passkey-way-none = Dewiswch beth rydych am ei wneud

# R20: creu un.
setup-passkey-title = Mewngofnodi’n gyflymach gyda chyfrinallwedd
setup-passkey-title-required = Gosod cyfrinallwedd fel eich ail gam
setup-passkey-required = Mae { $service } yn gofyn am ail gam yn ogystal â’ch cyfrinair. O hyn ymlaen, y gyfrinallwedd hon fydd yr ail gam.
setup-passkey-text = Cedwir cyfrinallwedd ar eich dyfais. Rydych yn ei defnyddio gyda’ch ôl bys, eich wyneb neu eich PIN, ac ni all gwefan ffug ei dyfalu na’i dwyn.
setup-passkey-shared = Peidiwch â chreu cyfrinallwedd ar ddyfais rydych yn ei rhannu ag eraill.
setup-passkey-no-script = Mae angen JavaScript ar gyfrinallweddi. Trowch ef ymlaen a llwytho’r dudalen hon eto, neu dewiswch ffordd arall.
setup-passkey-name-label = Rhowch enw i’r gyfrinallwedd hon
setup-passkey-name-hint = Er enghraifft “Fy ffôn”. Os gadewch hwn yn wag, byddwn yn ei galw’n “Cyfrinallwedd { $number }”
setup-passkey-button = Creu cyfrinallwedd
setup-passkey-default-name = Cyfrinallwedd { $number }
error-passkey-setup = Ni allem greu cyfrinallwedd. Rhowch gynnig arall arni neu dewiswch ffordd arall

# R21: wedi’i chreu.
setup-passkey-done-title = Rydych wedi gosod cyfrinallwedd
setup-passkey-done-text = Y tro nesaf, defnyddiwch hi i gadarnhau mai chi sydd yno.
