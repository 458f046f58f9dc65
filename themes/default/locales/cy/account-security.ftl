# R42: cyfrinallweddi.
account-passkeys-title = Cyfrinallweddi
account-passkeys-why = Cedwir cyfrinallwedd ar eich dyfais. Rydych yn ei defnyddio gyda’ch ôl bys, eich wyneb neu eich PIN, yn lle cod.
account-passkeys-none = Nid oes gennych gyfrinallweddi.
account-passkeys-unused = Nid yw’r gwasanaethau rydych yn eu defnyddio yn derbyn cyfrinallwedd fel ail gam. Gallwch ddefnyddio un i fewngofnodi i’ch cyfrif.
account-passkeys-no-script = Mae angen JavaScript i ychwanegu cyfrinallwedd. Gallwch ailenwi a thynnu cyfrinallweddi hebddo.
account-passkey-add = Ychwanegu cyfrinallwedd
account-passkey-suspect = Efallai fod copi
account-column-name = Enw
account-column-added = Ychwanegwyd
account-never-used = Heb ei defnyddio eto
account-action-rename = Ailenwi
account-passkey-name-title = Ailenwi eich cyfrinallwedd
account-passkey-name-label = Enw’r gyfrinallwedd hon
account-passkey-name-hint = Er enghraifft “Fy ffôn”
error-passkey-name-empty = Rhowch enw i’r gyfrinallwedd hon
account-done-passkey = Rydych wedi ychwanegu cyfrinallwedd
account-done-passkey-name = Rydych wedi ailenwi eich cyfrinallwedd
account-ask-remove-passkey-title = Tynnu’r gyfrinallwedd hon?
account-ask-remove-passkey-text = Ni fyddwch yn gallu mewngofnodi gyda hi mwyach. Bydd yn aros ar eich dyfais nes i chi ei dileu yno.
account-ask-remove-passkey-button = Tynnu
account-codes-go-too = Bydd eich codau wrth gefn yn peidio â gweithio hefyd.

# R42: codau wrth gefn.
account-codes-title = Codau wrth gefn
account-ask-new-codes-title = Gwneud codau wrth gefn newydd?
account-ask-new-codes-text = Bydd y rhai sydd gennych yn peidio â gweithio.
account-ask-new-codes-button = Gwneud codau wrth gefn newydd
account-ask-first-codes-title = Gwneud codau wrth gefn?
account-ask-first-codes-text = Cewch restr o godau. Mae pob un yn gadael i chi fewngofnodi unwaith os byddwch yn colli eich ffôn neu eich allwedd.
account-ask-first-codes-button = Gwneud codau wrth gefn
account-done-codes = Rydych wedi gwneud codau wrth gefn

# R42: dyfeisiau a gofir.
account-devices-title = Dyfeisiau a gofir
account-devices-why = Ar y dyfeisiau hyn nid ydym yn gofyn am ail gam.
account-column-until = Cofir tan
account-action-forget = Anghofio
account-devices-forget = Anghofio pob dyfais a gofir
account-ask-forget-device-title = Anghofio’r ddyfais hon?
account-ask-forget-device-text = Y tro nesaf y byddwch yn mewngofnodi arni, byddwn yn gofyn am ail gam.
account-ask-forget-device-button = Anghofio
account-ask-forget-devices-title = Anghofio pob dyfais a gofir?
account-ask-forget-devices-text = Y tro nesaf y byddwch yn mewngofnodi ar unrhyw ddyfais, byddwn yn gofyn am ail gam.
account-ask-forget-devices-button = Anghofio pob un
account-done-device = Byddwn yn gofyn am ail gam ar y ddyfais honno
account-done-devices = Byddwn yn gofyn am ail gam ar bob dyfais

# Beth a ddywedir wrth bobl am eu cyfrif.
notice-passkey-copied-subject = Efallai fod copi o’ch cyfrinallwedd
notice-passkey-copied-body = Ceisiodd rhywun fewngofnodi i’ch cyfrif { $council } gyda chyfrinallwedd a all fod yn gopi o’ch un chi. Ni adawsom iddynt ddod i mewn.

    Mewngofnodwch, tynnwch y gyfrinallwedd honno yn eich gosodiadau diogelwch, ac ychwanegwch un newydd. Os oes angen help arnoch, cysylltwch â ni.
notice-passkey-copied-text = { $council }: efallai fod copi o gyfrinallwedd eich cyfrif. Tynnwch hi yn eich gosodiadau diogelwch.
