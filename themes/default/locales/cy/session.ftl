# R29: rhannu.
consent-title = Rhannu eich manylion â’r gwasanaeth { $service }
consent-why = Mae { $service } yn gofyn am y manylion hyn amdanoch. Dim ond os byddwch yn cytuno y cânt eu rhannu.
consent-details-heading = Beth fydd yn cael ei rannu
consent-optional-legend = Gallwch ddewis a ydych am rannu’r rhain
consent-shared = Caiff ei rannu
consent-offline = Gall { $service } edrych ar y manylion hyn eto pan na fyddwch wedi mewngofnodi, nes i chi roi’r gorau i’w rhannu.
consent-policy = Hysbysiad preifatrwydd { $service }
consent-terms = Telerau { $service }
consent-allow = Cytuno a pharhau
consent-refuse = Peidio â rhannu
scope-openid = Mai chi sydd yno, bob tro y dewch yn ôl
scope-profile = Eich enw a gweddill eich proffil
scope-email = Eich cyfeiriad e-bost
scope-phone = Eich rhif ffôn
scope-address = Eich cyfeiriad

# R53: y telerau.
terms-title = Rydym wedi diweddaru ein telerau
terms-title-first = Cytunwch i’n telerau
terms-text = I barhau, mae angen i chi gytuno i delerau { $council }.
terms-changes-heading = Beth sydd wedi newid
terms-link = Darllen y telerau
terms-agree = Cytuno a pharhau

# R46: allgofnodi.
sign-out-title = Allgofnodi o’ch cyfrif { $council }?
sign-out-text = Byddwch yn cael eich allgofnodi o bob un o wasanaethau { $council } yn y porwr hwn.
sign-out-button = Allgofnodi
stay-signed-in = Aros wedi mewngofnodi
signed-out-title = Rydych wedi allgofnodi
signed-out-text = Rydych wedi allgofnodi o’ch cyfrif { $council } yn y porwr hwn.
signed-out-everywhere = Rydych wedi allgofnodi o’ch cyfrif { $council } ar bob dyfais. Bydd y gwasanaethau rydych yn eu defnyddio yn gofyn i chi fewngofnodi eto.
signed-out-shared = Os gwnaethoch ddefnyddio Google neu ddarparwr arall i fewngofnodi ar gyfrifiadur a rennir, allgofnodwch yno hefyd.
signing-out-frame = Wrthi’n eich allgofnodi
sign-in-again = Mewngofnodi eto

# R47: ni ellir parhau.
expired-title-idle = Mae eich sesiwn wedi dod i ben
expired-title-passed = Ni allwch fynd yn ôl i’r dudalen honno
expired-text-idle = Bu’r dudalen hon ar agor am ormod o amser, neu mae’n perthyn i sesiwn fewngofnodi gynharach. I ddiogelu eich manylion, nid ydym wedi cadw’r hyn a roddwyd gennych.
expired-text-passed = Rydych eisoes wedi gorffen y cam hwnnw.
expired-no-link = Ewch i’r gwasanaeth roeddech am ei ddefnyddio a dechreuwch eto oddi yno.
start-again = Dechrau eto: { $service }

# R47b: dolen o neges neu lythyr nad yw’n arwain i unman mwyach.
dead-link-title-used = Mae’r ddolen hon wedi’i defnyddio
dead-link-title-expired = Mae’r ddolen hon wedi dod i ben
dead-link-title-unknown = Nid yw’r ddolen hon yn gweithio
dead-link-invitation-used = Crëwyd cyfrif gweinyddwr gyda’r gwahoddiad hwn, sy’n gweithio unwaith. Os chi wnaeth hynny, mewngofnodwch i’ch cyfrif. Os mai rhywun arall wnaeth hynny, rhowch wybod i bwy bynnag a’ch gwahoddodd.
dead-link-invitation-expired = Mae gwahoddiad yn gweithio am gyfnod penodol. Gofynnwch i bwy bynnag a’ch gwahoddodd am un newydd.
dead-link-invitation-unknown = Nid yw’n un o’n gwahoddiadau ni, neu daeth i ben beth amser yn ôl. Os gwnaethoch ei chopïo, gwiriwch eich bod wedi copïo’r cyfan ohoni. Os nad yw’n gweithio o hyd, gofynnwch i bwy bynnag a’ch gwahoddodd am un newydd.
dead-link-undo-used = Mae’r newid dan sylw wedi’i ddadwneud. Mewngofnodwch i weld manylion cyswllt eich cyfrif, a newidiwch eich cyfrinair os gall rhywun arall fod yn ei wybod.
dead-link-undo-expired = Roedd yn gweithio am 7 diwrnod, neu nes i’r manylion cyswllt gael eu newid yn ôl. Os newidiodd rhywun arall fanylion cyswllt eich cyfrif, cysylltwch â ni nawr.
dead-link-undo-unknown = Nid yw’n un o’n dolenni ni. Os gwnaethoch ei chopïo, gwiriwch eich bod wedi copïo’r cyfan ohoni.
dead-link-title-closed = Nid yw’r gwasanaeth hwn ar gael
dead-link-service-closed = Mae’r cyfeiriad a ddefnyddiwyd gennych yn gywir, ond ni ellir defnyddio’r gwasanaeth y mae’n arwain ato ar hyn o bryd. Rhowch gynnig arall arni yn nes ymlaen.
dead-link-account = Mynd i’ch cyfrif

# R48: cais anghywir.
request-problem-title = Mae problem gyda’r cais hwn
request-problem-text = Anfonodd y gwasanaeth y daethoch ohono rywbeth na allwn ei ddefnyddio. Nid ydych wedi gwneud dim o’i le.
request-problem-back = Ewch yn ôl i’r gwasanaeth y daethoch ohono a rhowch gynnig arall arni. Os bydd yn digwydd eto, rhowch wybod iddynt.
request-problem-developer = Manylion ar gyfer y datblygwr
request-problem-code = Gwall
request-problem-detail = Rheswm

# R49: problemau cyffredin.
problem-not-found-title = Heb ddod o hyd i’r dudalen
problem-not-found-text = Os gwnaethoch deipio’r cyfeiriad gwe, gwiriwch ei fod yn gywir. Os gwnaethoch ei ludo, gwiriwch eich bod wedi copïo’r cyfan ohono.
problem-forbidden-title = Ni allwch ddefnyddio’r dudalen hon
problem-forbidden-text = Nid yw’r dudalen hon ar gyfer y cyfrif rydych wedi mewngofnodi ag ef.
problem-method-title = Mae problem gyda’r dudalen hon
problem-method-text = Ni ellir agor y dudalen hon fel hyn. Ewch yn ôl a dechreuwch eto o’r gwasanaeth roeddech am ei ddefnyddio.
problem-too-large-title = Rydych wedi anfon gormod
problem-too-large-text = Mae’r hyn a anfonwyd gennych yn fwy nag y mae’r dudalen hon yn ei dderbyn. Ewch yn ôl a rhowch gynnig arall arni gyda llai.
problem-unreadable-title = Mae problem gyda’r hyn a anfonwyd gennych
problem-unreadable-text = Ni allem ddarllen yr hyn a anfonodd eich porwr. Ewch yn ôl a rhowch gynnig arall arni.
problem-too-many-title = Gormod o ymdrechion
problem-too-many-text = I ddiogelu’r gwasanaeth, nid ydym yn derbyn rhagor o ymdrechion am y tro. Arhoswch ychydig funudau, yna rhowch gynnig arall arni.
problem-again-at = Gallwch roi cynnig arall arni am { $time }.
unavailable-broken-title = Mae problem gyda’r gwasanaeth
unavailable-broken-text = Rhowch gynnig arall arni yn nes ymlaen. Nid ydym wedi cadw’r hyn a roddwyd gennych ar y dudalen ddiwethaf.
unavailable-down-title = Nid yw’r gwasanaeth ar gael
unavailable-down-text = Byddwch yn gallu defnyddio’r gwasanaeth yn nes ymlaen. Nid ydym wedi cadw’r hyn a roddwyd gennych ar y dudalen ddiwethaf.

# R50: mae cwcis wedi’u diffodd.
turn-on-cookies-title = Trowch gwcis ymlaen i fewngofnodi
turn-on-cookies-text = Nid yw eich porwr yn cadw’r cwcis sydd eu hangen arnom i wybod mai chi sydd yno o un dudalen i’r llall. Trowch gwcis ymlaen yn ei osodiadau, yna rhowch gynnig arall arni.
turn-on-cookies-which = Pa gwcis rydym yn eu defnyddio

# R51: trosglwyddo.
form-post-title = Mynd â chi yn ôl i { $service }
form-post-text = Os na fydd dim yn digwydd, dewiswch Parhau.
