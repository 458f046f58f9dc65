# R9a: a question that a service outside asks.
question-title = Cadarnhewch pwy ydych chi gyda { $name }
question-label = Eich ateb
question-problems = Problemau gyda’r cam hwn?
question-again = Gofyn eto
question-expired = Cymerodd hynny ormod o amser, felly rydym wedi gofyn eto. Atebwch y cwestiwn newydd.
question-pending = Nid yw { $name } wedi cael eich cadarnhad eto. Cadarnhewch yno, yna dewiswch Parhau.
question-unanswered = Ni allem wirio eich ateb, oherwydd nid yw { $name } yn ymateb. Rhowch gynnig arall arni mewn munud, neu dewiswch ffordd arall.
question-too-soon = Gallwch ofyn eto am { $time }.
error-question-empty = Rhowch eich ateb
error-question-wrong = Nid yw’r ateb a roesoch yn gywir
error-question-spent = Nid yw’r ateb a roesoch yn gywir. Rydych wedi defnyddio pob cynnig: gofynnwch eto
error-question-replaced = Rydym wedi gofyn eto ers hynny. Atebwch y cwestiwn newydd

# R9b: there is no question.
not-asked-title-unknown = Ni allwch ddefnyddio { $name }
not-asked-title-unanswered = Nid yw { $name } ar gael
not-asked-text-unknown = Dywed { $name } nad yw’n eich adnabod, felly ni allwch ei ddefnyddio i fewngofnodi. Os dylech allu, gofynnwch i bwy bynnag a’i rhoddodd i chi.
not-asked-text-unanswered = Nid yw { $name } yn ymateb ar hyn o bryd. Nid oes dim o’i le ar eich cyfrif.
not-asked-when = Rhowch gynnig arall arni ymhen ychydig funudau.

# The account's recent activity.
how-remote = Cadarnhad gan wasanaeth arall
