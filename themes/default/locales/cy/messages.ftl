# Negeseuon a anfonir.
mail-code-subject = Eich cod diogelwch ar gyfer { $service }
mail-code-body = Eich cod diogelwch yw { $code }

    Rhowch ef ar y dudalen a ofynnodd amdano. Mae’n gweithio unwaith, o fewn { $minutes ->
        [one] 1 funud
        [two] 2 funud
       *[other] { $minutes } munud
    }.

    Os na wnaethoch chi geisio mewngofnodi i { $service }, peidiwch â rhoi’r cod hwn i neb. Efallai fod rhywun yn gwybod eich cyfrinair: newidiwch ef.

    { $council }

# Diwedd yr hyn a ddywedir wrth bobl am eu cyfrif.
notice-contact = { $council }: gallwch gysylltu â ni yma: { $contact }

# Y blwch derbyn datblygu.
inbox-title = Blwch derbyn
inbox-text = Ni anfonwyd y negeseuon hyn. Fe’u cedwir yma am mai arddangosiad yw hwn.
inbox-empty = Nid oes unrhyw negeseuon.
inbox-to = At
inbox-channel = Sianel
inbox-sent = Anfonwyd
inbox-body = Neges
