# R42: uno dau gyfrif yr un person.
account-join-heading = Cyfrif arall sydd gennych
account-join-why = Os oes gennych fwy nag un cyfrif gyda ni, gallwch eu huno.
account-join-link = Uno cyfrif arall â’r cyfrif hwn
account-join-title = Uno cyfrif arall â’r cyfrif hwn
account-join-text = Os oes gennych ddau gyfrif gyda ni, er enghraifft un a grëwyd gyda Google, gallwch wneud un ohonynt.
account-join-stays = Mae’r cyfrif rydych wedi mewngofnodi iddo nawr yn aros.
account-join-moves = Mae cyfeiriadau e-bost, rhifau ffôn, cyfrinallweddi a mewngofnodiadau cysylltiedig y cyfrif arall yn symud iddo. Gallwch barhau i fewngofnodi gyda nhw.
account-join-password = Cyfrinair y cyfrif hwn fydd eich cyfrinair o hyd. Bydd cyfrinair y cyfrif arall yn peidio â gweithio, oni bai nad oes gan y cyfrif hwn un.
account-join-services = Dywedir wrth wasanaethau sy’n adnabod y cyfrif arall mai’r cyfrif hwn ydyw bellach.
account-join-ends = Mae’r cyfrif arall yn dod i ben. Caiff ei allgofnodi ym mhobman.
account-join-undo = Ni ellir dadwneud hyn.
account-join-next = Nesaf byddwch yn mewngofnodi i’r cyfrif arall, i ddangos mai eich cyfrif chi ydyw. Byddwch yn gweld y ddau gyfrif cyn i unrhyw beth ddigwydd.
account-join-button = Mewngofnodi i’r cyfrif arall
notice-join = Mewngofnodwch i’r cyfrif arall: yr un rydych am ei uno â’ch cyfrif.
account-join-check-title = Ydych chi eisiau uno’r cyfrifon hyn?
account-join-card-stays = Mae’r cyfrif hwn yn aros
account-join-card-ends = Mae’r cyfrif hwn yn dod i ben
account-join-row-services = Gwasanaethau sy’n ei adnabod
account-join-passkeys = { $count ->
    [one] 1 cyfrinallwedd
    [two] 2 cyfrinallwedd
   *[other] { $count } cyfrinallwedd
}
account-join-check-text = Mae’r hyn rydych yn mewngofnodi gydag ef, a’r hyn y mae gwasanaethau’n ei wybod, yn symud o’r un sy’n dod i ben i’r un sy’n aros.
account-join-manager = Mae { $portal } yn rheoli manylion cyswllt y cyfrif sy’n dod i ben. O hyn ymlaen bydd yn rheoli manylion y cyfrif sy’n aros, a gall eu newid.
account-join-check-button = Uno’r cyfrifon hyn
account-join-leave = Peidio â’u huno
account-join-refused-title = Ni ellir uno’r cyfrifon hyn
account-join-same = Rydych wedi mewngofnodi i’r un cyfrif ddwywaith. Mewngofnodwch i’r un arall.
account-join-session = Nid ydych wedi mewngofnodi mwyach i’r cyfrif sy’n aros. Dechreuwch eto.
account-join-stale = Mae gormod o amser ers i chi gadarnhau mai chi sydd yno. Dechreuwch eto.
account-join-staff = Nid yw cyfrifon staff yn cael eu huno. Gofynnwch i weinyddwr.
account-join-administrator = Cyfrif gweinyddwr yw un o’r rhain. Rhaid i weinyddwr arall ddileu’r rôl yn gyntaf.
account-join-managed = Mae’r cyngor yn rheoli’r ddau gyfrif eisoes: { $portals }. Gofynnwch yno pa un o’ch cofnodion sy’n gywir.
account-join-changed = Newidiwyd cyfeiriad e-bost neu rif ffôn y cyfrif arall ychydig ddyddiau yn ôl, a gall pwy bynnag oedd â’r hen un ddadwneud hynny o hyd. Rhowch gynnig arall arni wythnos ar ôl y newid.
account-join-again = Dechrau eto
account-done-joined = Rydych wedi uno eich cyfrifon
account-names-why = Rydych hefyd yn mewngofnodi gyda chyfeiriadau e-bost cyfrifon a unwyd gennych:
account-done-name = Nid ydych yn mewngofnodi gyda’r cyfeiriad hwnnw mwyach
account-ask-remove-name-title = Ydych chi eisiau rhoi’r gorau i fewngofnodi gyda’r cyfeiriad hwn?
account-ask-remove-name-text = Ni fyddwch yn gallu mewngofnodi i’ch cyfrif gydag ef mwyach. Cewch eich allgofnodi ym mhobman arall.
account-ask-remove-name-button = Peidio â mewngofnodi gydag ef

# Negeseuon.
notice-account-joined-subject = Unwyd cyfrif arall â’ch cyfrif
notice-account-joined-body = Unwyd cyfrif { $other } â’ch cyfrif gan { $council }. Mae’r hyn yr oedd y cyfrif hwnnw’n mewngofnodi gydag ef, heblaw ei gyfrinair, yn mewngofnodi i’ch cyfrif chi nawr.

    Os mai chi oedd hyn, nid oes dim i’w wneud. Os nad chi oedd hyn, mae rhywun wedi mewngofnodi i’ch cyfrif: newidiwch eich cyfrinair a chysylltwch â ni ({ $council }) nawr.
notice-account-joined-text = { $council }: mae cyfrif arall yn rhan o gyfrif yn eich enw. Os nad chi oedd hyn, cysylltwch nawr.
notice-account-joined-away-subject = Unwyd eich cyfrif â chyfrif arall
notice-account-joined-away-body = Unwyd eich cyfrif gan { $council } â chyfrif { $other } ac mae wedi dod i ben. Mewngofnodwch i’r cyfrif hwnnw o hyn ymlaen.

    Os nad chi oedd hyn, mae rhywun wedi mewngofnodi i’ch cyfrif: cysylltwch â ni ({ $council }) nawr.
notice-account-joined-away-text = { $council }: daeth eich cyfrif i ben, gan iddo gael ei uno. Os nad chi oedd hyn, cysylltwch nawr.
notice-name-removed-subject = Nid ydych yn mewngofnodi gyda { $name } mwyach
notice-name-removed-body = Nid yw’r cyfeiriad { $name } yn mewngofnodi i’ch cyfrif gan { $council } mwyach.

    Os mai chi oedd hyn, nid oes dim i’w wneud. Os nad chi oedd hyn, mae rhywun wedi mewngofnodi i’ch cyfrif: newidiwch eich cyfrinair a chysylltwch â ni ({ $council }) nawr.
notice-name-removed-text = { $council }: nid oes modd defnyddio un cyfeiriad i fewngofnodi mwyach. Os nad chi oedd hyn, cysylltwch nawr.
