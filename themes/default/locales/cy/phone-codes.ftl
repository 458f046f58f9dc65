# Codau i ffonau. Mae neges destun yn 160 nod ar y mwyaf o’r wyddor GSM; mae’r llinell olaf yn gadael i borwyr lenwi’r cod.
sms-code-body = { $code } yw eich cod diogelwch ar gyfer { $service }. Defnyddiwch ef o fewn { $minutes ->
        [one] 1 funud
        [two] 2 funud
       *[other] { $minutes } munud
    }. Peidiwch rhoi hwn i neb.

    @{ $domain } #{ $code }
voice-code-body = Eich cod diogelwch yw: { $code }. Unwaith eto, eich cod diogelwch yw: { $code }.
voice-key-prompt = { $council } sydd yma, gyda’ch cod diogelwch. Pwyswch unrhyw fysell i’w glywed.

# R17 ac R19: y cod sy’n profi cyswllt.
code-sent-set-up-sms = Rydym wedi anfon cod diogelwch i { $destination }.
code-sent-set-up-voice = Rydym yn ffonio { $destination }. Mae’r alwad yn dweud y cod ddwywaith.
code-sent-set-up-email = Rydym wedi anfon cod diogelwch i { $destination }. Gallai fod yn eich ffolder sbam neu sothach.
notice-set-up = Rydych wedi gosod eich ail gam. Mewngofnodwch eto i’w ddefnyddio.
error-phone-shared = Rhowch rif arall, mae’r rhif hwn eisoes yn cael ei ddefnyddio gan gynifer o bobl ag a all rannu rhif

# Yr hyn a ddywedir wrth bobl am eu cyfrif.
notice-factor-added-subject = Ychwanegwyd ail gam at eich cyfrif
notice-factor-added-body = { $factor ->
        [totp] Gosodwyd ap dilysu ar gyfer eich cyfrif { $council }.
        [sms] Ychwanegwyd rhif ffôn at eich cyfrif { $council } ar gyfer codau diogelwch drwy neges destun.
        [voice] Ychwanegwyd rhif ffôn at eich cyfrif { $council } ar gyfer codau diogelwch drwy alwad ffôn.
        [email] Cadarnhawyd eich cyfeiriad e-bost ar gyfer codau diogelwch ar eich cyfrif { $council }.
        [passkey] Ychwanegwyd cyfrinallwedd at eich cyfrif { $council }.
       *[other] Ychwanegwyd ail gam at eich cyfrif { $council }.
    }

    Os chi wnaeth hyn, nid oes angen gwneud dim. Os nad chi wnaeth hyn, efallai fod rhywun yn gwybod eich cyfrinair: newidiwch ef, a chysylltwch â ni.
notice-factor-added-text = { $council }: ychwanegwyd ail gam at eich cyfrif. Os nad chi wnaeth hyn, rhowch wybod i ni.
