//! What somebody changes about their own account: contacts, with the way back, and second factors.

use chrono::{DateTime, Utc};
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use idp_core::policy::UserClass;
use uuid::Uuid;

use super::accounts::class_name;
use super::contacts::{self, Proven};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    BEGIN = "INSERT INTO contact_changes (account_id, kind, id, value, factor, taken, old_proven, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_id, kind) DO UPDATE SET id = excluded.id, \
             value = excluded.value, factor = excluded.factor, taken = excluded.taken, old_proven = excluded.old_proven, \
             created_at = excluded.created_at, expires_at = excluded.expires_at";
    // The codes of the change before are dead, and their sends count: another address is no way around the limits.
    MOVE_CODES = "UPDATE proofs SET transaction_id = $3, expires_at = $5, send_due_at = NULL \
                  WHERE given_at IS NULL AND transaction_id = (SELECT c.id || $4 FROM contact_changes c \
                  WHERE c.account_id = $1 AND c.kind = $2 AND c.id <> $6 AND c.expires_at > $5)";
    PENDING = "SELECT id, value, factor, taken, old_proven FROM contact_changes \
               WHERE account_id = $1 AND kind = $2 AND expires_at > $3";
    PROVE_OLD = "UPDATE contact_changes SET old_proven = TRUE WHERE account_id = $1 AND kind = $2 AND id = $3";
    FINISH = "DELETE FROM contact_changes WHERE account_id = $1 AND kind = $2 AND id = $3 AND old_proven AND NOT taken \
              AND expires_at > $4";
    FORGET = "DELETE FROM contact_changes WHERE account_id = $1";
    NAME_OWNER = "SELECT account_id FROM sign_in_names WHERE class = $1 AND name = $2";
    TAKE_NAME = "INSERT INTO sign_in_names (class, name, account_id) VALUES ($1, $2, $3) ON CONFLICT (class, name) \
                 DO UPDATE SET joined = FALSE WHERE sign_in_names.account_id = excluded.account_id";
    DROP_OTHER_NAMES = "DELETE FROM sign_in_names WHERE account_id = $1 AND class = $2 AND name <> $3 AND NOT joined";
    DROP_CONTACTS = "DELETE FROM contacts WHERE account_id = $1 AND kind = $2 AND external_owner IS NULL \
                     AND (is_default OR value = $3)";
    ADD_CONTACT = "INSERT INTO contacts (id, account_id, kind, value, state, is_default, external_owner, created_at, state_at) \
                   VALUES ($1, $2, $3, $4, $5, TRUE, NULL, $6, $6)";
    HOLD = "UPDATE accounts SET status = status WHERE id = $1";
    TOUCH = "UPDATE accounts SET updated_at = $2 WHERE id = $1";
    LEAVE_WAY_BACK = "INSERT INTO contact_reverts (id, account_id, kind, old_value, old_state, new_value, created_at, expires_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    WAY_BACK = "SELECT r.account_id, r.kind, r.old_value, r.old_state, r.new_value, r.created_at, a.class \
                FROM contact_reverts r JOIN accounts a ON a.id = r.account_id \
                WHERE r.id = $1 AND r.used_at IS NULL AND r.expires_at > $2 AND a.status <> 'ended'";
    HAS_WAY_BACK = "SELECT COUNT(*) FROM contact_reverts WHERE account_id = $1 AND used_at IS NULL AND expires_at > $2";
    WAS_UNDONE = "SELECT used_at FROM contact_reverts WHERE id = $1";
    USE_WAYS_BACK = "UPDATE contact_reverts SET used_at = $4 WHERE account_id = $1 AND kind = $2 AND created_at >= $3 \
                     AND used_at IS NULL";
    USE_WAY_BACK = "UPDATE contact_reverts SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2";
    REMOVE_APP = "DELETE FROM authenticators WHERE account_id = $1";
    REMOVE_PHONE = "DELETE FROM contacts WHERE account_id = $1 AND kind = 'phone' AND is_default AND external_owner IS NULL";
    FORGET_USE = "DELETE FROM factor_uses WHERE account_id = $1 AND factor = $2";
    PURGE_CHANGES = "DELETE FROM contact_changes WHERE expires_at <= $1";
    PURGE_WAYS_BACK = "DELETE FROM contact_reverts WHERE expires_at <= $1";
}

/// What kind of contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An email address.
    Email,
    /// A phone number.
    Phone,
}

impl Kind {
    /// As it is stored, and as texts call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

/// A contact that its owner wants to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The transaction under which its codes are asked for.
    pub id: String,
    /// The new address or number.
    pub value: String,
    /// The channel of the code that proves it.
    pub factor: FactorId,
    /// Whether somebody else signs in with it.
    pub taken: bool,
    /// Whether the old contact was proven, or need not be.
    pub old_proven: bool,
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    id: String,
    value: String,
    factor: String,
    taken: bool,
    old_proven: bool,
}

/// What the code that proves the old contact is asked for under, after the change's id.
pub const OLD: &str = ".old";

/// Notes what is to be changed, in place of what was to be changed before. What was sent for that counts for this one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn begin(
    tx: &mut Tx,
    account: Uuid,
    kind: Kind,
    change: Change,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    hold(tx, account).await?;
    for suffix in ["", OLD] {
        let moved = tx.query(MOVE_CODES).bind(account).bind(kind.as_str()).bind(format!("{}{suffix}", change.id));
        moved.bind(suffix).bind(Micros(at)).bind(change.id.as_str()).execute().await?;
    }
    let insert = tx.query(BEGIN).bind(account).bind(kind.as_str()).bind(change.id).bind(change.value);
    let insert = insert.bind(change.factor.to_string()).bind(change.taken).bind(change.old_proven);
    insert.bind(Micros(at)).bind(Micros(expires_at)).execute().await.map(drop)
}

/// What is to be changed.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn pending(
    conn: &mut Conn,
    account: Uuid,
    kind: Kind,
    at: DateTime<Utc>,
) -> Result<Option<Change>, StoreError> {
    let row = conn.query_as::<ChangeRow>(PENDING).bind(account).bind(kind.as_str()).bind(Micros(at));
    let Some(row) = row.fetch_optional().await? else { return Ok(None) };
    let factor = row.factor.parse();
    let factor = factor.map_err(|_| StoreError::inconsistent("contact_changes", "factor", account))?;
    Ok(Some(Change { id: row.id, value: row.value, factor, taken: row.taken, old_proven: row.old_proven }))
}

/// Notes that the old contact was proven.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn prove_old(tx: &mut Tx, account: Uuid, kind: Kind, id: &str) -> Result<bool, StoreError> {
    Ok(tx.query(PROVE_OLD).bind(account).bind(kind.as_str()).bind(id).execute().await? == 1)
}

/// Takes a change out, once; `false` where it is not the one that is waiting, or may not be made.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn finish(tx: &mut Tx, account: Uuid, kind: Kind, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let delete = tx.query(FINISH).bind(account).bind(kind.as_str()).bind(id).bind(Micros(at));
    Ok(delete.execute().await? == 1)
}

/// Forgets what was to be changed.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(FORGET).bind(account).execute().await.map(drop)
}

/// Who signs in by that name.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn name_owner(conn: &mut Conn, class: UserClass, name: &str) -> Result<Option<Uuid>, StoreError> {
    conn.query_scalar(NAME_OWNER).bind(class_name(class)).bind(name).fetch_optional().await
}

/// A contact that takes the place of the account's default one.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// Whose.
    pub account: Uuid,
    /// The account's class, in which a sign-in name is unique.
    pub class: UserClass,
    /// What kind.
    pub kind: Kind,
    /// The address or number.
    pub value: String,
    /// How far it is proven.
    pub state: ContactState,
    /// An id for it.
    pub id: Uuid,
    /// As in [`contacts::Proven`], for a number.
    pub hold: [u8; 32],
    /// Now.
    pub at: DateTime<Utc>,
}

/// Replaces a contact, and with an address every sign-in name but those of accounts that were joined: the account may have
/// had others since the one that a way back leads to. `false` where somebody else signs in with the address, or as
/// many people as may share a number have it: the write must then be rolled back.
///
/// # Errors
/// As [`StoreError`] says; [`StoreError::Conflict`] where a back office owns the contact.
pub async fn replace(tx: &mut Tx, new: Replacement) -> Result<bool, StoreError> {
    let (kind, proves) = (new.kind.as_str(), new.kind == Kind::Phone && new.state == ContactState::Verified);
    if proves {
        contacts::hold_sharers(tx, new.hold, new.at).await?;
    }
    // The account before its contacts, as where a factor is removed: two orders would wait for each other.
    tx.query(TOUCH).bind(new.account).bind(Micros(new.at)).execute().await?;
    tx.query(DROP_CONTACTS).bind(new.account).bind(kind).bind(new.value.as_str()).execute().await?;
    if proves {
        let Replacement { account, value, id, hold, at, .. } = new;
        return contacts::prove(tx, Proven { account, factor: FactorId::Sms, value, id, hold, at }).await;
    }
    let add = tx.query(ADD_CONTACT).bind(new.id).bind(new.account).bind(kind).bind(new.value.as_str());
    add.bind(new.state.as_str()).bind(Micros(new.at)).execute().await?;
    if new.kind == Kind::Phone {
        return Ok(true);
    }
    let class = class_name(new.class);
    if tx.query(TAKE_NAME).bind(class).bind(new.value.as_str()).bind(new.account).execute().await? != 1 {
        return Ok(false);
    }
    tx.query(DROP_OTHER_NAMES).bind(new.account).bind(class).bind(new.value).execute().await?;
    Ok(true)
}

/// A way back to the contact before.
#[derive(Clone, Debug)]
pub struct WayBack {
    /// Its id, which its link is made from.
    pub id: Uuid,
    /// Whose contact.
    pub account: Uuid,
    /// What kind.
    pub kind: Kind,
    /// The contact before, with its state.
    pub old: (String, ContactState),
    /// The contact that took its place.
    pub new: String,
    /// When it did.
    pub at: DateTime<Utc>,
}

/// Keeps a way back until `expires_at`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn leave_way_back(tx: &mut Tx, way: WayBack, expires_at: DateTime<Utc>) -> Result<(), StoreError> {
    let insert = tx.query(LEAVE_WAY_BACK).bind(way.id).bind(way.account).bind(way.kind.as_str()).bind(way.old.0);
    let insert = insert.bind(way.old.1.as_str()).bind(way.new).bind(Micros(way.at)).bind(Micros(expires_at));
    insert.execute().await.map(drop)
}

#[derive(sqlx::FromRow)]
struct UsedRow {
    used_at: Option<Micros>,
}

/// Whether a way back that leads nowhere any more was used; otherwise it has expired.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn was_undone(conn: &mut Conn, id: Uuid) -> Result<bool, StoreError> {
    let row = conn.query_as::<UsedRow>(WAS_UNDONE).bind(id).fetch_optional().await?;
    Ok(row.is_some_and(|row| row.used_at.is_some()))
}

#[derive(sqlx::FromRow)]
struct WayBackRow {
    account_id: Uuid,
    kind: String,
    old_value: String,
    old_state: String,
    new_value: String,
    created_at: Micros,
    class: String,
}

/// The way back with that id, while it leads anywhere, and the class of its account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn way_back(
    conn: &mut Conn,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<Option<(WayBack, UserClass)>, StoreError> {
    let row = conn.query_as::<WayBackRow>(WAY_BACK).bind(id).bind(Micros(at)).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    let bad = |column: &'static str| StoreError::inconsistent("contact_reverts", column, id);
    let class = [UserClass::Resident, UserClass::Staff].into_iter().find(|class| class_name(*class) == row.class);
    let way = WayBack {
        id,
        account: row.account_id,
        kind: if row.kind == Kind::Email.as_str() { Kind::Email } else { Kind::Phone },
        old: (row.old_value, ContactState::named(&row.old_state).ok_or_else(|| bad("old_state"))?),
        new: row.new_value,
        at: row.created_at.into(),
    };
    Ok(Some((way, class.ok_or_else(|| bad("class"))?)))
}

/// Whether a contact of an account was changed so lately that whoever had the old one may still undo it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn has_way_back(conn: &mut Conn, account: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(conn.query_scalar::<i64>(HAS_WAY_BACK).bind(account).bind(Micros(at)).fetch_one().await? > 0)
}

/// Uses a way back, once, and closes those that were left after it: they lead to what is undone now. `false` if it was
/// used before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn use_way_back(tx: &mut Tx, way: &WayBack, at: DateTime<Utc>) -> Result<bool, StoreError> {
    if tx.query(USE_WAY_BACK).bind(way.id).bind(Micros(at)).execute().await? != 1 {
        return Ok(false);
    }
    let close = tx.query(USE_WAYS_BACK).bind(way.account).bind(way.kind.as_str()).bind(Micros(way.at));
    close.bind(Micros(at)).execute().await?;
    Ok(true)
}

/// Holds an account until this write ends: of several that remove something on condition of what is left, on whichever
/// node, each sees what the one before it left.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn hold(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(HOLD).bind(account).execute().await.map(drop)
}

/// Removes the authenticator app; `false` if there was none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remove_app(tx: &mut Tx, account: Uuid) -> Result<bool, StoreError> {
    forget_use(tx, account, &FactorId::Totp).await?;
    Ok(tx.query(REMOVE_APP).bind(account).execute().await? == 1)
}

/// Forgets at which clients a factor was used: the account has it no more.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget_use(tx: &mut Tx, account: Uuid, factor: &FactorId) -> Result<(), StoreError> {
    tx.query(FORGET_USE).bind(account).bind(factor.to_string()).execute().await.map(drop)
}

/// Removes the default phone number; `false` if there was none of the account's own.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remove_phone(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    for factor in [FactorId::Sms, FactorId::Voice] {
        forget_use(tx, account, &factor).await?;
    }
    tx.query(TOUCH).bind(account).bind(Micros(at)).execute().await?;
    Ok(tx.query(REMOVE_PHONE).bind(account).execute().await? == 1)
}

/// Deletes changes and ways back that lead nowhere any more.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, at: DateTime<Utc>) -> Result<u64, StoreError> {
    let changes = tx.query(PURGE_CHANGES).bind(Micros(at)).execute().await?;
    Ok(changes + tx.query(PURGE_WAYS_BACK).bind(Micros(at)).execute().await?)
}
