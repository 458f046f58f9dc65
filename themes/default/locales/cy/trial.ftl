# Neges y mae gweithredwr yn ei hanfon i roi cynnig ar yr anfonwyr.
trial-subject = Neges brawf: { $council }
trial-body = Neges brawf yw hon gan wasanaeth mewngofnodi { $council }. Nid oes neb yn mewngofnodi. Cod prawf: { $code }.
trial-call-body = Galwad brawf yw hon gan wasanaeth mewngofnodi { $council }. Y cod prawf yw: { $code }.

    Eto, y cod prawf yw: { $code }.
trial-key-prompt = Galwad brawf yw hon gan wasanaeth mewngofnodi { $council }. I glywed y cod prawf, pwyswch unrhyw fysell.
