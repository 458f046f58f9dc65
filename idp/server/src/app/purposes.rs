//! One key for each purpose, all made from the master key.

use crate::keys::seal::{MacKey, MasterKey, Sealer};
use crate::store::Chain;

/// Keys for the values that travel or are stored under a tag, one a purpose.
#[derive(Clone, Debug)]
pub struct Purposes {
    /// Seals transactions.
    pub transactions: Sealer,
    /// Seals authenticator secrets.
    pub authenticators: Sealer,
    /// Seals what a known device's cookie holds.
    pub devices: Sealer,
    /// Seals signing keys.
    pub signing_keys: Sealer,
    /// Seals what factors keep of a challenge.
    pub challenges: Sealer,
    /// Tags client secrets.
    pub client_secrets: MacKey,
    /// Tags the addresses that guesses are counted by.
    pub addresses: MacKey,
    /// Derives one-time codes.
    pub codes: MacKey,
    /// Derives backup codes, and tags those that are stored.
    pub backup_codes: MacKey,
    /// Derives form tokens.
    pub forms: MacKey,
    /// Derives the pseudonyms that services of second factors know accounts by.
    pub pseudonyms: MacKey,
    /// Seals the senders' settings.
    pub sender_settings: Sealer,
    /// Seals what a call says once a key was pressed.
    pub calls: Sealer,
    /// Seals the audit trail.
    pub audit: Chain,
}

impl Purposes {
    /// The keys that are made from this master key.
    #[must_use]
    pub fn of(master: &MasterKey) -> Self {
        Self {
            transactions: master.sealer("transactions"),
            authenticators: master.sealer("authenticators"),
            devices: master.sealer("devices"),
            signing_keys: master.sealer("signing-keys"),
            challenges: master.sealer("challenges"),
            client_secrets: master.mac("client-secrets"),
            addresses: master.mac("addresses"),
            codes: master.mac("codes"),
            backup_codes: master.mac("backup-codes"),
            forms: master.mac("forms"),
            pseudonyms: master.mac("factor-pseudonyms"),
            sender_settings: master.sealer("sender-settings"),
            calls: master.sealer("calls"),
            audit: Chain::new(&master.mac("audit-chain").tag(&[])),
        }
    }
}
