# R54: cwcis.
cookies-title = Cwcis
cookies-text = Ffeiliau bach y mae eich porwr yn eu cadw yw cwcis. Dim ond y rhai na allech fewngofnodi hebddynt rydym yn eu defnyddio, felly nid ydym yn gofyn am eich caniatâd ar eu cyfer.
cookies-caption = Y cwcis rydym yn eu gosod
cookies-name = Enw
cookies-purpose = Diben
cookies-expires = Yn dod i ben
cookie-purpose-session = Yn eich cadw wedi mewngofnodi
cookie-purpose-step = Yn cofio pa sesiwn fewngofnodi rydych ar ei chanol
cookie-purpose-device = Yn cofio eich bod wedi defnyddio eich ail gam ar y ddyfais hon, lle gwnaethoch ofyn am hynny
cookie-purpose-lang = Yn cofio’r iaith a ddewiswyd gennych
cookie-purpose-entry = Yn cofio eich bod wedi dod drwy gyfeiriad gwe byr, fel un mewn llythyr, nes i chi ddechrau mewngofnodi
cookie-expires-minutes = { $minutes ->
    [one] Ar ôl 1 munud
    [two] Ar ôl 2 funud
   *[other] Ar ôl { $minutes } munud
}
cookie-expires-hours = { $hours ->
    [one] Ar ôl 1 awr
   *[other] Ar ôl { $hours } awr
}
cookie-expires-days = { $days ->
    [one] Ar ôl 1 diwrnod
    [two] Ar ôl 2 ddiwrnod
   *[other] Ar ôl { $days } diwrnod
}
cookie-expires-browser = Pan fyddwch yn cau eich porwr

# R54: preifatrwydd.
privacy-title = Preifatrwydd
privacy-1-heading = Beth rydym yn ei gadw
privacy-1-text = Rydym yn cadw’r hyn sydd ei angen i’ch mewngofnodi: eich cyfeiriad e-bost, eich rhif ffôn os gwnaethoch roi un, eich cyfrinair mewn ffurf na ellir ei darllen yn ôl, a phryd a sut y gwnaethoch fewngofnodi. Os byddwch yn mewngofnodi gyda sefydliad arall, fel Google, rydym yn cadw’r rhif y mae’n eich adnabod wrtho, a’r enw a’r cyfeiriad e-bost a gawsom ganddo.
privacy-2-heading = Beth rydym yn ei rannu
privacy-2-text = Dim ond gyda’r gwasanaethau rydych yn mewngofnodi iddynt y mae { $council } yn rhannu eich manylion. Os ydych yn cael codau drwy neges destun neu alwad ffôn, daw’r cwmni sy’n eu hanfon i wybod eich rhif.
privacy-3-heading = Am ba hyd rydym yn ei gadw
privacy-3-text = Rydym yn cadw eich cyfrif cyhyd ag y byddwch yn ei ddefnyddio. Caiff cofnodion mewngofnodi eu dileu ar ôl yr amser y mae { $council } wedi’i bennu ar eu cyfer.
privacy-4-heading = Eich hawliau
privacy-4-text = Pan fyddwch wedi mewngofnodi, gallwch lawrlwytho copi o’ch manylion a chau eich cyfrif o dan “Eich data”. Gallwch ofyn i { $council } gywiro neu ddileu manylion. Gallwch hefyd gwyno i Swyddfa’r Comisiynydd Gwybodaeth.
contact-text-privacy = Gofynnwch i swyddog diogelu data { $council }.

# R54: hygyrchedd.
accessibility-title = Datganiad hygyrchedd
accessibility-1-text = Mae’r datganiad hwn yn ymwneud â thudalennau mewngofnodi { $council }. Rydym am i gynifer o bobl â phosibl allu eu defnyddio.
accessibility-2-heading = Pa mor hygyrch yw’r tudalennau hyn
accessibility-2-text = Mae’r tudalennau wedi’u gwneud i fodloni fersiwn 2.2 y Canllawiau Hygyrchedd Cynnwys Gwe ar lefel AA. Gallwch chwyddo hyd at 400%, defnyddio bysellfwrdd yn unig, defnyddio darllenydd sgrin, a mewngofnodi heb sgriptiau.
accessibility-3-heading = Codau
accessibility-3-text = Gallwch ludo codau a chyfrineiriau, a gall eich porwr neu eich rheolwr cyfrineiriau eu llenwi. Mae cod yn dweud wrthych am ba hyd y bydd yn gweithio cyn i’r amser hwnnw ddechrau.
accessibility-4-heading = Gorfodi
accessibility-4-text = Y Comisiwn Cydraddoldeb a Hawliau Dynol sy’n gorfodi Rheoliadau Hygyrchedd Cyrff Sector Cyhoeddus (Gwefannau a Rhaglenni Symudol) (Rhif 2) 2018. Os nad ydych yn fodlon ar sut rydym yn ateb eich cwyn, cysylltwch â’r Gwasanaeth Cynghori a Chymorth Cydraddoldeb.
contact-text-accessibility = Rhowch wybod os oes gennych broblem nad yw wedi’i rhestru yma, neu os oes angen gwybodaeth arnoch mewn fformat gwahanol: bydd { $council } yn ateb.

# R54: help.
help-title = Help i fewngofnodi
help-1-heading = Nid yw eich cod wedi cyrraedd
help-1-text = Gwiriwch eich ffolder sbam neu sothach, neu fod gan eich ffôn signal. Yna defnyddiwch “Problemau gyda’r cod?” ar y dudalen sy’n gofyn amdano.
help-2-heading = Mae gennych rif ffôn neu gyfeiriad e-bost newydd
help-2-text = Mewngofnodwch mewn ffordd arall rydych wedi’i gosod, yna newidiwch eich manylion yn eich cyfrif.
help-3-heading = Rydych wedi anghofio eich cyfrinair
help-3-text = Dewiswch “Rwyf wedi anghofio fy nghyfrinair” ar y dudalen sy’n gofyn amdano.
help-4-heading = Cadw’n ddiogel
help-4-text = Ni fyddwn byth yn gofyn i chi ddweud cod na’ch cyfrinair wrth neb, hyd yn oed mewn galwad neu neges sy’n ymddangos fel petai { $council } wedi’i hanfon.
contact-text-help = Os na allwch fewngofnodi o hyd, gall { $council } helpu.
