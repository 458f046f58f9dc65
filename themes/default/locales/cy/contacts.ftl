# Yr hyn a ddywedir wrth bobl pan fydd swyddfa gefn yn newid eu manylion cyswllt.
notice-email-pushed-subject = Newidiwyd eich cyfeiriad e-bost
notice-email-pushed-body = Newidiodd { $council } gyfeiriad e-bost eich cyfrif. Nid yw’r cyfeiriad hwn yn cael ei ddefnyddio ar ei gyfer mwyach.

    Os dywedoch wrth { $council } am gyfeiriad newydd, nid oes angen gwneud dim. Os na wnaethoch, cysylltwch â { $council } nawr.
notice-email-pushed-text = { $council }: rydym wedi newid cyfeiriad e-bost eich cyfrif. Os na ofynnoch am hyn, cysylltwch nawr.
notice-phone-pushed-subject = Newidiwyd eich rhif ffôn
notice-phone-pushed-body = Newidiodd { $council } rif ffôn eich cyfrif. Nid yw’r rhif blaenorol yn cael ei ddefnyddio ar ei gyfer mwyach.

    Os dywedoch wrth { $council } am rif newydd, nid oes angen gwneud dim. Os na wnaethoch, cysylltwch â { $council } nawr.
notice-phone-pushed-text = { $council }: rydym wedi newid rhif eich cyfrif. Os na ofynnoch am hyn, cysylltwch nawr.
notice-record-joined-subject = Cysylltwyd eich cyfrif â’ch cofnod
notice-record-joined-body = Cysylltodd { $council } eich cyfrif â’r cofnod sydd ganddo amdanoch. O hyn ymlaen { $council } sy’n rheoli cyfeiriad e-bost a rhif ffôn eich cyfrif: i’w newid, cysylltwch â { $council }.

    Os nad oes gennych gofnod gyda { $council }, neu os nad oeddech yn disgwyl hyn, cysylltwch â { $council } nawr.
notice-record-joined-text = { $council }: mae cofnod a chyfrif yn eich enw wedi cael eu cysylltu. Os yw hyn yn anghywir, cysylltwch nawr.
notice-invited-subject = Eich cyfrif gan { $council }
notice-invited-body = Gallwch ddewis cyfrinair ar gyfer eich cyfrif { $council }. Ewch i

    { $link }

    Rhowch { $name } yno. Byddwn yn anfon cod i’r cyfeiriad e-bost hwn, i wneud yn siŵr mai chi sydd yno.

    Os nad oes a wnelo { $council } ddim â chi, nid oes angen gwneud dim.
