# R1 i R4.
sign-in-title = Mewngofnodi i { $service }
email-label = Cyfeiriad e-bost
continue-with-provider = Parhau gyda { $provider }
no-account-heading = Os nad oes gennych gyfrif
create-account = Creu cyfrif
continue-as-guest = Parhau heb gyfrif
account-title = Dewis cyfrif
use-different-account = Defnyddio cyfrif gwahanol
password-title = Rhowch eich cyfrinair
password-label = Cyfrinair
password-show = Dangos
password-hide = Cuddio
password-show-label = Dangos y cyfrinair
password-hide-label = Cuddio’r cyfrinair
password-shown = Mae eich cyfrinair yn weladwy
password-hidden = Mae eich cyfrinair wedi’i guddio
change-email-hidden = y cyfeiriad e-bost
sign-in-button = Parhau
forgotten-password = Rwyf wedi anghofio fy nghyfrinair
use-passkey = Defnyddio cyfrinallwedd yn lle hynny
confirm-title = Cadarnhewch mai chi sydd yno
confirm-why = I ddiogelu eich cyfrif, profwch eto mai chi sydd yno.
signed-in-as = Wedi mewngofnodi fel
sign-in-as-someone-else = Mewngofnodi fel rhywun arall
new-password-label = Crëwch gyfrinair
new-password-hint = Defnyddiwch o leiaf { $length } nod. Mae tri gair ar hap yn gwneud cyfrinair da.

# R25: darparwr a fethodd.
federation-not-linked-title = Ni allem gysylltu eich ffordd o fewngofnodi gyda { $provider }
federation-failed-title = Ni allem eich mewngofnodi gyda { $provider }
federation-failed-cancelled = Rhoesoch y gorau i fewngofnodi yn { $provider }. Gallwch roi cynnig arall arni.
federation-failed-no-email = Ni rannodd { $provider } eich cyfeiriad e-bost â ni, ac mae angen un arnom. Rhowch gynnig arall arni a’i ganiatáu, neu mewngofnodwch mewn ffordd arall.
federation-failed-down = Nid yw { $provider } yn ateb fel y dylai ar hyn o bryd. Rhowch gynnig arall arni yn nes ymlaen, neu mewngofnodwch mewn ffordd arall.
sign-in-another-way = Mewngofnodi mewn ffordd arall

# R28: gwesteion.
guest-title = Parhau heb gyfrif
guest-text = Gallwch ddefnyddio { $service } nawr. Heb gyfrif ni allwch:
guest-not-resume = dod yn ôl yn nes ymlaen at rywbeth nad ydych wedi’i orffen
guest-not-see = gweld yr hyn a anfonwyd gennych o’r blaen
guest-not-prefill = cael eich manylion wedi’u llenwi ar eich rhan
sign-in-instead = Mewngofnodi yn lle hynny
