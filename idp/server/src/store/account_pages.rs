//! What the account pages list of one account: where it is signed in, how it was signed in to, and whom it shares with.

use chrono::{DateTime, Utc};
use idp_core::account::Device;
use idp_core::oidc::scope::Scopes;
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    CLIENTS = "SELECT known.client_id FROM (SELECT client_id, created_at AS last_at FROM grants WHERE account_id = $1 \
               UNION ALL SELECT client_id, last_at FROM account_clients WHERE account_id = $1 \
               UNION ALL SELECT client_id, agreed_at AS last_at FROM consents WHERE account_id = $1 \
               UNION ALL SELECT client_id, first_at AS last_at FROM factor_uses WHERE account_id = $1 \
               UNION ALL SELECT client_id, created_at AS last_at FROM external_ids WHERE account_id = $1) AS known \
               GROUP BY known.client_id ORDER BY MAX(known.last_at) DESC, known.client_id";
    REMEMBER_CLIENTS = "INSERT INTO account_clients (account_id, client_id, last_at) \
                        SELECT g.account_id, g.client_id, MAX(g.created_at) FROM grants g WHERE g.created_at < $1 \
                        AND NOT EXISTS (SELECT 1 FROM access_tokens k WHERE k.grant_id = g.id) GROUP BY g.account_id, g.client_id \
                        ON CONFLICT (account_id, client_id) DO UPDATE SET last_at = excluded.last_at";
    FACTS = "SELECT w.changed_at AS password_changed_at, t.enabled_at AS totp_enabled_at, \
             e.external_owner AS email_owner, p.external_owner AS phone_owner FROM accounts a \
             LEFT JOIN passwords w ON w.account_id = a.id LEFT JOIN authenticators t ON t.account_id = a.id \
             LEFT JOIN contacts e ON e.account_id = a.id AND e.kind = 'email' AND e.is_default \
             LEFT JOIN contacts p ON p.account_id = a.id AND p.kind = 'phone' AND p.is_default WHERE a.id = $1";
    SESSIONS = "SELECT id, device, created_at, last_seen_at FROM sessions WHERE account_id = $1 AND ended_at IS NULL \
                AND last_seen_at > $2 AND created_at > $3 ORDER BY last_seen_at DESC LIMIT 100";
    END_OWN = "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at IS NULL";
    END_OTHERS = "UPDATE sessions SET ended_at = $3 WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL";
    REVOKE_OTHERS = "UPDATE grants SET revoked_at = $3 WHERE account_id = $1 AND session_id <> $2 AND revoked_at IS NULL";
    SIGN_INS = "SELECT at, kind, client, details FROM audit WHERE account = $1 AND at > $2 \
                AND kind IN ('sign_in.succeeded', 'sign_in.stepped_up', 'sign_in.password_wrong', 'factor.wrong') \
                ORDER BY seq DESC LIMIT $3 OFFSET $4";
    CONSENTS = "SELECT client_id, scopes, agreed_at FROM consents WHERE account_id = $1 ORDER BY agreed_at DESC LIMIT 200";
    WITHDRAW = "DELETE FROM consents WHERE account_id = $1 AND client_id = $2";
    REVOKE_AT = "UPDATE grants SET revoked_at = $3 WHERE account_id = $1 AND client_id = $2 AND revoked_at IS NULL";
}

/// The clients that an account is known at, by id, the last used first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn clients_of(conn: &mut Conn, account: Uuid) -> Result<Vec<String>, StoreError> {
    conn.query_scalar(CLIENTS).bind(account).fetch_all().await
}

/// Remembers the clients of the grants that [`super::grants::purge`] is about to delete.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remember_clients(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(REMEMBER_CLIENTS).bind(Micros(before)).execute().await
}

/// Facts that only the account pages show.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// When the password was set; none where there is none.
    pub password_changed_at: Option<DateTime<Utc>>,
    /// When the authenticator was enabled.
    pub totp_enabled_at: Option<DateTime<Utc>>,
    /// Which back office owns the email address.
    pub email_owner: Option<String>,
    /// Which back office owns the phone number.
    pub phone_owner: Option<String>,
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    password_changed_at: Option<Micros>,
    totp_enabled_at: Option<Micros>,
    email_owner: Option<String>,
    phone_owner: Option<String>,
}

/// The facts of one account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn facts(conn: &mut Conn, account: Uuid) -> Result<Facts, StoreError> {
    let row = conn.query_as::<FactsRow>(FACTS).bind(account).fetch_optional().await?;
    Ok(row.map_or_else(Facts::default, |row| Facts {
        password_changed_at: row.password_changed_at.map(Into::into),
        totp_enabled_at: row.totp_enabled_at.map(Into::into),
        email_owner: row.email_owner,
        phone_owner: row.phone_owner,
    }))
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    device: Option<String>,
    created_at: Micros,
    last_seen_at: Micros,
}

/// A browser that somebody is signed in with.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// Its row.
    pub id: Uuid,
    /// The browser.
    pub device: Device,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
}

/// The sessions of an account that have not ended and were used after `used_after`, the last used first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn sessions(
    conn: &mut Conn,
    account: Uuid,
    used_after: DateTime<Utc>,
    begun_after: DateTime<Utc>,
) -> Result<Vec<LiveSession>, StoreError> {
    let rows = conn.query_as::<SessionRow>(SESSIONS).bind(account).bind(Micros(used_after)).bind(Micros(begun_after));
    let live = |row: SessionRow| LiveSession {
        id: row.id,
        device: Device::from_text(row.device.as_deref().unwrap_or_default()),
        created_at: row.created_at.into(),
        last_seen_at: row.last_seen_at.into(),
    };
    Ok(rows.fetch_all().await?.into_iter().map(live).collect())
}

/// Ends a session of this account; `false` if it has none of that id, or it had ended already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_own(tx: &mut Tx, account: Uuid, session: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(END_OWN).bind(session).bind(account).bind(Micros(at)).execute().await? == 1)
}

/// Ends every session of an account but one, and revokes what came from them.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_others(tx: &mut Tx, account: Uuid, keep: Uuid, at: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(REVOKE_OTHERS).bind(account).bind(keep).bind(Micros(at)).execute().await?;
    tx.query(END_OTHERS).bind(account).bind(keep).bind(Micros(at)).execute().await
}

#[derive(sqlx::FromRow)]
struct SignInRow {
    at: Micros,
    kind: String,
    client: Option<String>,
    details: String,
}

/// A sign-in, or a try at one, as the audit trail has it.
#[derive(Clone, Debug)]
pub struct PastSignIn {
    /// When.
    pub at: DateTime<Utc>,
    /// The event's kind.
    pub kind: String,
    /// At which client.
    pub client: Option<String>,
    /// Further facts.
    pub details: serde_json::Value,
}

/// Sign-ins of an account after `since`, the latest first: at most `limit` of them, from the one at `offset` on.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn sign_ins(
    conn: &mut Conn,
    account: Uuid,
    since: DateTime<Utc>,
    limit: i64,
    offset: i64,
) -> Result<Vec<PastSignIn>, StoreError> {
    let rows = conn.query_as::<SignInRow>(SIGN_INS).bind(account).bind(Micros(since)).bind(limit).bind(offset);
    let past = |row: SignInRow| PastSignIn {
        at: row.at.into(),
        kind: row.kind,
        client: row.client,
        details: serde_json::from_str(&row.details).unwrap_or_default(),
    };
    Ok(rows.fetch_all().await?.into_iter().map(past).collect())
}

#[derive(sqlx::FromRow)]
struct ConsentRow {
    client_id: String,
    scopes: String,
    agreed_at: Micros,
}

/// What an account agreed to share with a client.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The client.
    pub client_id: String,
    /// What.
    pub scopes: Scopes,
    /// Since when.
    pub agreed_at: DateTime<Utc>,
}

/// Everything that an account agreed to share, the latest first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn shared(conn: &mut Conn, account: Uuid) -> Result<Vec<Shared>, StoreError> {
    let rows = conn.query_as::<ConsentRow>(CONSENTS).bind(account).fetch_all().await?;
    let shared = |row: ConsentRow| Shared {
        client_id: row.client_id,
        scopes: Scopes::from(row.scopes),
        agreed_at: row.agreed_at.into(),
    };
    Ok(rows.into_iter().map(shared).collect())
}

/// Forgets that an account agreed to share with a client, and revokes every grant there with its tokens; `false` if there
/// was nothing to forget.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn stop_sharing(tx: &mut Tx, account: Uuid, client_id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
    tx.query(REVOKE_AT).bind(account).bind(client_id).bind(Micros(at)).execute().await?;
    Ok(tx.query(WITHDRAW).bind(account).bind(client_id).execute().await? == 1)
}
