# R10: cod wrth gefn.
error-backup-empty = Rhowch god wrth gefn
use-backup-code = Defnyddio cod wrth gefn
banner-title = Pwysig

# R22 ac R23: codau wrth gefn newydd.
backup-codes-title = Cadwch eich codau wrth gefn
backup-codes-text = Os byddwch yn colli eich ffôn neu eich allwedd, gallwch fewngofnodi gydag un o’r codau hyn. Cadwch nhw yn rhywle diogel, nid ar yr un ffôn.
backup-codes-once = Mae pob cod yn gweithio unwaith. Dim ond nawr rydym yn eu dangos.
backup-codes-download = Lawrlwytho fel ffeil testun
backup-codes-download--authenticator = Lawrlwytho
backup-codes-print = Argraffu
backup-codes-copy = Copïo
backup-codes-saved = Rwyf wedi cadw’r codau hyn
backup-codes-continue = Parhau
backup-codes-continue--authenticator = Parhau i Fewngofnodi
backup-codes-generate = Gwneud codau wrth gefn newydd
backup-codes-generate--authenticator = Cynhyrchu Codau Wrth Gefn
backup-codes-why = Mae codau wrth gefn yn gadael i chi fewngofnodi os byddwch yn colli eich ffôn neu eich allwedd.
backup-codes-offer = Gwnewch godau wrth gefn newydd nawr, fel y gallwch fewngofnodi o hyd os byddwch yn colli eich ffôn neu eich allwedd. Bydd yr hen rai yn peidio â gweithio.
backup-codes-file-title = Codau wrth gefn ar gyfer mewngofnodi: { $council }
error-backup-saved = Dewiswch eich bod wedi cadw’r codau hyn
setup-enabled-title = Rydych wedi ychwanegu ail gam
setup-enabled-title--authenticator = Mae MFA wedi’i alluogi ar gyfer eich cyfrif
setup-enabled-text = O hyn ymlaen byddwn yn gofyn am god o’ch ap pan fyddwch yn mewngofnodi.

# Dyfeisiau a gofir.
remember-device = { $days ->
    [one] Peidio â gofyn eto ar y ddyfais hon am 1 diwrnod
    [two] Peidio â gofyn eto ar y ddyfais hon am { $days } ddiwrnod
    [few] Peidio â gofyn eto ar y ddyfais hon am { $days } diwrnod
    [many] Peidio â gofyn eto ar y ddyfais hon am { $days } diwrnod
   *[other] Peidio â gofyn eto ar y ddyfais hon am { $days } diwrnod
}
remember-device-hint = Peidiwch â dewis hyn ar ddyfais y mae pobl eraill yn ei defnyddio

# Yr hyn a ddywedir wrth bobl am eu cyfrif.
notice-backup-used-subject = Defnyddiwyd cod wrth gefn i fewngofnodi
notice-backup-used-body = Defnyddiwyd cod wrth gefn i fewngofnodi i’ch cyfrif { $council }. { $left ->
        [0] Nid oes gennych godau wrth gefn ar ôl.
        [one] Mae gennych 1 cod wrth gefn ar ôl.
        [two] Mae gennych { $left } god wrth gefn ar ôl.
        [few] Mae gennych { $left } chod wrth gefn ar ôl.
        [many] Mae gennych { $left } chod wrth gefn ar ôl.
       *[other] Mae gennych { $left } cod wrth gefn ar ôl.
    }

    Os chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi wnaeth hyn, mae rhywun yn gwybod eich cyfrinair a’ch codau wrth gefn: newidiwch eich cyfrinair, a chysylltwch â ni.
notice-backup-used-text = { $council }: defnyddiwyd cod wrth gefn i fewngofnodi. Codau sydd heb eu defnyddio: { $left }. Os nad chi wnaeth hyn, rhowch wybod i ni.
notice-backup-made-subject = Gwnaed codau wrth gefn ar gyfer eich cyfrif
notice-backup-made-body = { $before ->
        [0] Gwnaed codau wrth gefn ar gyfer eich cyfrif { $council }. Mae pob un yn gweithio unwaith, yn lle cod o’ch ap neu eich cyfrinallwedd.
       *[other] Gwnaed codau wrth gefn newydd ar gyfer eich cyfrif { $council }. Mae’r hen rai wedi peidio â gweithio.
    }

    Os chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi wnaeth hyn, efallai fod rhywun yn gwybod eich cyfrinair: newidiwch ef, a chysylltwch â ni.
notice-backup-made-text = { $council }: gwnaed codau wrth gefn. Os nad chi wnaeth hyn, rhowch wybod i ni.
