# Yr hyn a ddigwyddodd i neges, ar y dudalen sy’n gofyn am ei chod.
notice-delivered-email = Cafodd eich e-bost ei ddanfon am { $time }.
notice-delivered-sms = Cafodd eich neges destun ei danfon am { $time }.
notice-delivered-voice = Cafodd eich galwad ei hateb am { $time }.
notice-not-delivered-email = Nid oedd modd danfon eich e-bost. Dewiswch ffordd arall o gael cod.
notice-not-delivered-sms = Nid oedd modd danfon eich neges destun. Dewiswch ffordd arall o gael cod.
notice-not-delivered-voice = Ni chafodd eich galwad ei hateb. Dewiswch ffordd arall o gael cod, neu gadewch i ni ffonio eto.
notice-unheard-of-sms = Nid ydym yn gwybod eto a yw eich neges destun wedi cyrraedd. Gall gymryd ychydig funudau.
notice-unheard-of-voice = Nid ydym yn gwybod eto a gafodd eich galwad ei hateb. Os na fydd eich ffôn wedi canu ymhen munud, gadewch i ni ffonio eto.
code-check-again-sms = Gweld a yw’r neges destun wedi cyrraedd
code-check-again-voice = Gweld a gafodd yr alwad ei hateb
code-others-failed = Cael cod ffordd arall
code-others-sms = Os nad yw’r neges destun yn cyrraedd
code-others-voice = Os na allwn eich cyrraedd dros y ffôn

# Defnyddir ffordd arall am fod anfonwr hon yn methu.
notice-sms-down-instead = Ni allwn anfon negeseuon testun ar hyn o bryd, felly daw eich cod ffordd arall.
notice-voice-down-instead = Ni allwn wneud galwadau ffôn ar hyn o bryd, felly daw eich cod ffordd arall.
notice-email-down-instead = Ni allwn anfon e-byst ar hyn o bryd, felly daw eich cod ffordd arall.

# Rhif na all neb ond y porth ei newid.
error-phone-on-file = Rhowch y rhif ffôn sydd gennym ar eich cyfer, i’w newid cysylltwch â ni
