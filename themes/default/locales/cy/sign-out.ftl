# R46: aros wedi’r cyfan.
still-signed-in-title = Rydych wedi mewngofnodi o hyd
still-signed-in-text = Nid oes dim wedi newid. Ewch yn ôl i’r gwasanaeth roeddech yn ei ddefnyddio, neu caewch y dudalen hon.
