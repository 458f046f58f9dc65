//! What an operator does to an account as a whole: locks and unlocks it, takes its second factors away, ends it.

use chrono::{DateTime, Utc};
use idp_core::journey::AccountStatus;
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx, backup_codes, devices, identities, passkeys};

statements! {
    OF_SUBJECT = "SELECT n.id FROM (SELECT account_id AS id, 0 AS place FROM client_subjects WHERE sub = $1 \
                  UNION ALL SELECT account_id, 1 FROM previous_subjects WHERE sub = $1 \
                  UNION ALL SELECT id, 2 FROM accounts WHERE sub = $1) n ORDER BY n.place LIMIT 1";
    REMOVE_AUTHENTICATOR = "DELETE FROM authenticators WHERE account_id = $1";
    FORGET_USES = "DELETE FROM factor_uses WHERE account_id = $1";
    SWITCH_MFA_OFF = "UPDATE accounts SET mfa_on = FALSE, mfa_reset = TRUE, updated_at = $2 WHERE id = $1";
    SET_STATUS = "UPDATE accounts SET status = $2, updated_at = $3 WHERE id = $1 AND status <> 'ended'";
    RELEASE_NAMES = "DELETE FROM sign_in_names WHERE account_id = $1";
    RELEASE_CONTACTS = "DELETE FROM contacts WHERE account_id = $1";
    FORGET_WAYS_BACK = "DELETE FROM contact_reverts WHERE account_id = $1";
    FORGET_PASSWORD = "DELETE FROM passwords WHERE account_id = $1";
    FORGET_CONSENTS = "DELETE FROM consents WHERE account_id = $1";
    TAKE_ROLES = "DELETE FROM roles WHERE account_id = $1";
}

/// The account that a client knows by that subject, the one that its own was joined to, or the one with it, ended or not. A guest
/// that signed in left its subject to whom it became.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn of_subject(conn: &mut Conn, sub: &str) -> Result<Option<Uuid>, StoreError> {
    conn.query_scalar(OF_SUBJECT).bind(sub).fetch_optional().await
}

/// Locks, unlocks or ends an account; `false` where it has ended.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn set_status(tx: &mut Tx, id: Uuid, status: AccountStatus, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(SET_STATUS).bind(id).bind(status.as_str()).bind(Micros(at)).execute().await? == 1)
}

/// Takes away every second factor, the backup codes and the remembered devices, as an administrator's reset does.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn reset_factors(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(REMOVE_AUTHENTICATOR).bind(id).execute().await?;
    backup_codes::forget(tx, id).await?;
    devices::forget_devices(tx, id).await?;
    passkeys::remove_all(tx, id).await?;
    tx.query(SWITCH_MFA_OFF).bind(id).bind(Micros(at)).execute().await?;
    tx.query(FORGET_USES).bind(id).execute().await.map(drop)
}

/// Releases what an account that has ended signed in with and was reached by, so that somebody else may have it. Its row
/// stays: its subject is never given to anybody else.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn release(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    reset_factors(tx, id, at).await?;
    let all = [RELEASE_NAMES, RELEASE_CONTACTS, FORGET_WAYS_BACK, FORGET_PASSWORD, FORGET_CONSENTS, TAKE_ROLES];
    for statement in all {
        tx.query(statement).bind(id).execute().await?;
    }
    identities::unlink_all(tx, id).await?;
    Ok(())
}
