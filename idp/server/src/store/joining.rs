//! Joining two accounts of one person: what one has moves to the other, but for what the other has already.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

/// The clients that the account `$2` is known at, each time that it was seen there.
macro_rules! known {
    () => {
        "(SELECT client_id, created_at AS last_at FROM grants WHERE account_id = $2 \
         UNION ALL SELECT client_id, last_at FROM account_clients WHERE account_id = $2 \
         UNION ALL SELECT client_id, agreed_at AS last_at FROM consents WHERE account_id = $2 \
         UNION ALL SELECT client_id, first_at AS last_at FROM factor_uses WHERE account_id = $2 \
         UNION ALL SELECT client_id, created_at AS last_at FROM external_ids WHERE account_id = $2) AS known"
    };
}

statements! {
    // At each client the subject that it knew the other account by, which may be that of a guest.
    NOTE_SUBJECTS = concat!(
        "INSERT INTO previous_subjects (client_id, sub, account_id, joined_at) SELECT DISTINCT known.client_id, \
         COALESCE((SELECT x.sub FROM client_subjects x WHERE x.account_id = a.id AND x.client_id = known.client_id), a.sub), \
         s.id, CAST($3 AS TIMESTAMPTZ) FROM ", known!(), " JOIN accounts a ON a.id = $2 JOIN accounts s ON s.id = $1 \
         WHERE known.client_id IS NOT NULL ON CONFLICT (client_id, sub) DO NOTHING"
    );
    SUBJECTS = "UPDATE previous_subjects SET account_id = $1 WHERE account_id = $2";
    CLIENTS = concat!(
        "INSERT INTO account_clients (account_id, client_id, last_at) SELECT s.id, known.client_id, MAX(known.last_at) FROM ",
        known!(), " JOIN accounts s ON s.id = $1 WHERE known.client_id IS NOT NULL GROUP BY s.id, known.client_id \
         ON CONFLICT (account_id, client_id) DO UPDATE SET last_at = excluded.last_at \
         WHERE excluded.last_at > account_clients.last_at"
    );
    OF_ACCOUNT = "SELECT client_id, sub FROM previous_subjects WHERE account_id = $1 ORDER BY joined_at, client_id, sub";
    NAMES = "UPDATE sign_in_names SET account_id = $1, joined = TRUE WHERE account_id = $2";
    IDENTITIES = "UPDATE identities SET account_id = $1 WHERE account_id = $2";
    // An authenticator goes on calling the account what it was called when the passkey was made.
    PASSKEYS = "UPDATE passkeys SET account_id = $1, handle = COALESCE(handle, \
                (SELECT u.handle FROM passkey_users u WHERE u.account_id = $2)) WHERE account_id = $2";
    CONTACTS = "UPDATE contacts SET account_id = $1, is_default = (is_default AND NOT EXISTS \
                (SELECT 1 FROM contacts c WHERE c.account_id = $1 AND c.kind = contacts.kind AND c.is_default)) \
                WHERE account_id = $2 AND NOT EXISTS \
                (SELECT 1 FROM contacts c WHERE c.account_id = $1 AND c.kind = contacts.kind AND c.value = contacts.value)";
    PASSWORD = "UPDATE passwords SET account_id = $1 WHERE account_id = $2 \
                AND NOT EXISTS (SELECT 1 FROM passwords w WHERE w.account_id = $1)";
    CONSENTS = "UPDATE consents SET account_id = $1 WHERE account_id = $2 AND NOT EXISTS \
                (SELECT 1 FROM consents c WHERE c.account_id = $1 AND c.client_id = consents.client_id)";
    // What a service of the council knows is the other account, not this one; backup codes do not move.
    USES = "UPDATE factor_uses SET account_id = $1 WHERE account_id = $2 AND factor NOT LIKE 'remote:%' AND factor <> 'backup' \
            AND NOT EXISTS (SELECT 1 FROM factor_uses u WHERE u.account_id = $1 AND u.client_id = factor_uses.client_id \
            AND u.factor = factor_uses.factor)";
    EXTERNAL_IDS = "UPDATE external_ids SET account_id = $1 WHERE account_id = $2";
    CONFLICTS = "UPDATE contact_conflicts SET holder_id = $1 WHERE holder_id = $2 AND NOT EXISTS \
                 (SELECT 1 FROM contact_conflicts c WHERE c.holder_id = $1 AND c.client_id = contact_conflicts.client_id \
                 AND c.external_id = contact_conflicts.external_id AND c.wanted = contact_conflicts.wanted)";
    SETTLE_CONFLICTS = "UPDATE contact_conflicts SET decision = 'same_person', decided_at = $2 WHERE decision IS NULL \
                        AND holder_id = $1 AND EXISTS (SELECT 1 FROM external_ids x WHERE x.account_id = $1 \
                        AND x.client_id = contact_conflicts.client_id AND x.external_id = contact_conflicts.external_id)";
    // A code of the app that was used at the other account is used here.
    APP_STEP = "INSERT INTO factor_budgets (account_id, wrong, wrong_in_row, totp_step, sends_unanswered) \
                SELECT a.id, 0, 0, f.totp_step, 0 FROM factor_budgets f JOIN accounts a ON a.id = $1 WHERE f.account_id = $2 \
                ON CONFLICT (account_id) DO UPDATE SET totp_step = excluded.totp_step \
                WHERE excluded.totp_step > factor_budgets.totp_step";
}

/// Moves what `other` has to `survivor`, where that does not have it: names, passkeys, sign-ins elsewhere, contacts, a
/// password, what was agreed to, and what clients and back offices know of it. What was under way is not moved: it ends
/// with the other account, as do backup codes, which are bound to it. The authenticator app is the caller's, whose secret is sealed.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn move_all(tx: &mut Tx, survivor: Uuid, other: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    // What the other account was told to have been before comes before what it is itself.
    tx.query(SUBJECTS).bind(survivor).bind(other).execute().await?;
    tx.query(NOTE_SUBJECTS).bind(survivor).bind(other).bind(Micros(at)).execute().await?;
    let all = [CLIENTS, NAMES, IDENTITIES, PASSKEYS, CONTACTS, PASSWORD, CONSENTS, USES, EXTERNAL_IDS, CONFLICTS];
    for statement in all {
        tx.query(statement).bind(survivor).bind(other).execute().await?;
    }
    tx.query(SETTLE_CONFLICTS).bind(survivor).bind(Micros(at)).execute().await.map(drop)
}

/// Counts the codes of an app that moves as used where they were.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn move_app_step(tx: &mut Tx, survivor: Uuid, other: Uuid) -> Result<(), StoreError> {
    tx.query(APP_STEP).bind(survivor).bind(other).execute().await.map(drop)
}

#[derive(sqlx::FromRow)]
struct Row {
    client_id: String,
    sub: String,
}

/// The subjects that clients knew accounts by which were joined to this one, each after its client's id; the latest last.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn previous_of(conn: &mut Conn, account: Uuid) -> Result<Vec<(String, String)>, StoreError> {
    let rows = conn.query_as::<Row>(OF_ACCOUNT).bind(account).fetch_all().await?;
    Ok(rows.into_iter().map(|row| (row.client_id, row.sub)).collect())
}
