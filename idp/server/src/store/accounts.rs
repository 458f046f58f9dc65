//! Accounts with everything that a sign-in has to know about them, read in one statement.

pub(super) mod credentials;
pub(super) mod wishes;

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::factor::FactorId;
use idp_core::journey::AccountStatus;
use idp_core::oidc::claims::Claims;
use idp_core::oidc::scope::Scopes;
use idp_core::policy::UserClass;
use sqlx::types::Json;
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError};

pub use credentials::{
    names_of, password_of, rehash, set_authenticator, set_password, start_mfa, switch_mfa_on, use_factor,
};
pub use wishes::{agree, agree_to_terms, put_invitation_off, set_profile};

/// The columns of [`AccountRow`]; the argument is an SQL expression for the client's id.
macro_rules! account_columns {
    ($client:literal) => {
        concat!(
            "a.id AS account_id, COALESCE((SELECT x.sub FROM client_subjects x WHERE x.account_id = a.id \
         AND x.client_id = ",
            $client,
            "), a.sub) AS sub, a.guest_of, a.guest_until, a.class, a.status, a.profile, a.locale, a.mfa_on, a.mfa_reset, a.mfa_since, a.invite_after, a.invited_until, a.terms_version, a.terms_agreed_at, a.updated_at, \
         e.value AS email, e.state AS email_state, e.state_at AS email_state_at, e.external_owner AS email_owner, \
         p.value AS phone, p.state AS phone_state, p.state_at AS phone_state_at, p.external_owner AS phone_owner, \
         t.secret AS totp_secret, f.wrong, f.wrong_in_row, f.last_wrong_at, f.sends_blocked_until, \
         (SELECT string_agg(u.factor, ' ') FROM factor_uses u WHERE u.account_id = a.id \
         AND u.client_id = ",
            $client,
            ") AS used_here, \
         (SELECT c.scopes FROM consents c WHERE c.account_id = a.id AND c.client_id = ",
            $client,
            ") AS consented, \
         (SELECT string_agg(v.sub, ' ' ORDER BY v.joined_at, v.sub) FROM previous_subjects v WHERE v.account_id = a.id \
         AND v.client_id = ",
            $client,
            ") AS previous_subs, \
         (SELECT string_agg(u.factor, ' ') FROM factor_uses u WHERE u.account_id = a.id \
         AND u.factor LIKE 'remote:%') AS remotes_used, \
         (SELECT string_agg(CASE WHEN b.used_at IS NULL THEN b.tag ELSE '-' || b.tag END, ' ') FROM backup_codes b \
         WHERE b.account_id = a.id) AS backup_codes, \
         (SELECT r.ready_at FROM recoveries r WHERE r.account_id = a.id AND r.closed_at IS NULL) AS recovery_ready_at, \
         (SELECT COUNT(*) FROM passkeys k WHERE k.account_id = a.id) AS passkeys"
        )
    };
}

/// The tables of [`account_columns!`] but for `accounts a` itself.
macro_rules! account_joins {
    () => {
        " LEFT JOIN contacts e ON e.account_id = a.id AND e.kind = 'email' AND e.is_default \
          LEFT JOIN contacts p ON p.account_id = a.id AND p.kind = 'phone' AND p.is_default \
          LEFT JOIN authenticators t ON t.account_id = a.id \
          LEFT JOIN factor_budgets f ON f.account_id = a.id "
    };
}
pub(super) use account_columns;
pub(super) use account_joins;

statements! {
    BY_NAME = concat!(
        "SELECT ", account_columns!("$2"), ", w.phc, w.changed_at AS password_changed_at, \
         COALESCE((SELECT MIN(m.name) FROM sign_in_names m WHERE m.account_id = n.account_id AND NOT m.joined), n.name) AS counted_as \
         FROM sign_in_names n JOIN accounts a ON a.id = n.account_id", account_joins!(),
        "LEFT JOIN passwords w ON w.account_id = a.id WHERE n.name = $1 AND n.class = $3"
    );
    BY_ID = concat!("SELECT ", account_columns!("$2"), " FROM accounts a", account_joins!(), "WHERE a.id = $1");
}

/// A contact with its state as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The address or number, canonical.
    pub value: String,
    /// How far it is proven.
    pub state: ContactState,
    /// Since when, or when it was last proven again.
    pub state_at: DateTime<Utc>,
    /// The back office that owns it.
    pub owner: Option<String>,
}

/// The row behind [`Account`].
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    account_id: Uuid,
    sub: String,
    guest_of: Option<String>,
    guest_until: Option<Micros>,
    class: String,
    status: String,
    profile: Json<Claims>,
    locale: Option<String>,
    mfa_on: bool,
    mfa_reset: bool,
    mfa_since: Option<Micros>,
    invite_after: Option<Micros>,
    invited_until: Option<Micros>,
    terms_version: Option<String>,
    terms_agreed_at: Option<Micros>,
    updated_at: Micros,
    email: Option<String>,
    email_state: Option<String>,
    email_state_at: Option<Micros>,
    email_owner: Option<String>,
    phone: Option<String>,
    phone_state: Option<String>,
    phone_state_at: Option<Micros>,
    phone_owner: Option<String>,
    totp_secret: Option<Vec<u8>>,
    wrong: Option<i64>,
    wrong_in_row: Option<i64>,
    last_wrong_at: Option<Micros>,
    sends_blocked_until: Option<Micros>,
    used_here: Option<String>,
    remotes_used: Option<String>,
    consented: Option<String>,
    previous_subs: Option<String>,
    backup_codes: Option<String>,
    recovery_ready_at: Option<Micros>,
    passkeys: i64,
}

/// A person as a sign-in at one client sees them.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// Its subject at this client.
    pub sub: String,
    /// The subjects that this client knew accounts by which were joined to it since, the latest last.
    pub previous_subs: Vec<String>,
    /// Whether it is a guest, and what that limits.
    pub guest: Option<Guest>,
    /// Resident or staff.
    pub class: UserClass,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Its standard claims but for email and phone.
    pub profile: Claims,
    /// The language it chose for messages.
    pub locale: Option<String>,
    /// Whether its holder switched the second factor on where that is optional.
    pub mfa_on: bool,
    /// Whether a help desk took its second factors away, and none was set up since.
    pub mfa_reset: bool,
    /// When a second factor was first required of it.
    pub mfa_since: Option<DateTime<Utc>>,
    /// Before this time it is not invited again to set a second factor up.
    pub invite_after: Option<DateTime<Utc>>,
    /// Until then its holder, who was invited and has no password, may choose one.
    pub invited_until: Option<DateTime<Utc>>,
    /// The version of the council's terms that its holder last agreed to, and when.
    pub terms: Option<(String, DateTime<Utc>)>,
    /// When its details last changed.
    pub updated_at: DateTime<Utc>,
    /// Its default email address.
    pub email: Option<Contact>,
    /// Its default phone number.
    pub phone: Option<Contact>,
    /// The sealed secret of its authenticator.
    pub totp_secret: Option<Vec<u8>>,
    /// Wrong codes within the hour, and in a row, with the time of the last.
    pub wrong_codes: WrongCodes,
    /// Until when no code is sent to it.
    pub sends_blocked_until: Option<DateTime<Utc>>,
    /// The second factors set up or used at this client.
    pub used_here: Vec<FactorId>,
    /// The names of the remote factors that it has used at any client.
    pub remotes: Vec<String>,
    /// The scopes it agreed to share with this client.
    pub consented: Scopes,
    /// How many passkeys it has.
    pub passkeys: u32,
    /// When the wait is over after which its lost second factors may be taken away, if its owner has asked for that.
    pub recovery_ready_at: Option<DateTime<Utc>>,
    /// Its backup codes.
    pub backup_codes: Vec<BackupCode>,
}

/// What being a guest limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The only client that the account exists for.
    pub client: String,
    /// When it is over; never for the one that all guests of the client share.
    pub until: Option<DateTime<Utc>>,
}

/// A backup code as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupCode {
    /// The HMAC of the code.
    pub tag: String,
    /// Whether it was used.
    pub used: bool,
}

impl Account {
    /// Whether it is a guest of another client, or one whose time is over.
    #[must_use]
    pub fn is_guest_elsewhere(&self, client: &str, now: DateTime<Utc>) -> bool {
        self.guest.as_ref().is_some_and(|guest| guest.client != client || guest.until.is_some_and(|until| until <= now))
    }

    /// How many backup codes are unused.
    #[must_use]
    pub fn backup_codes_left(&self) -> u32 {
        u32::try_from(self.backup_codes.iter().filter(|code| !code.used).count()).unwrap_or(u32::MAX)
    }
}

/// Wrong codes of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrongCodes {
    /// Since there was last an hour without one.
    pub count: i64,
    /// Since the last right one.
    pub in_row: i64,
    /// The last.
    pub last_at: Option<DateTime<Utc>>,
}

impl AccountRow {
    /// The account's id.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.account_id
    }

    /// The account.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] where a column holds what this program never writes.
    pub fn read(self) -> Result<Account, StoreError> {
        let bad = |column: &'static str| StoreError::inconsistent("accounts", column, self.account_id);
        let contact = |value: Option<String>, state: Option<String>, at: Option<Micros>, owner| {
            let (Some(value), Some(state), Some(Micros(state_at))) = (value, state, at) else { return Ok(None) };
            let state = ContactState::named(&state)
                .ok_or_else(|| StoreError::inconsistent("contacts", "state", self.account_id))?;
            Ok::<_, StoreError>(Some(Contact { value, state, state_at, owner }))
        };
        let used = self.used_here.as_deref().unwrap_or_default();
        let used_here = used.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>();
        let mut remotes = self.remotes_used.as_deref().map(remotes_of).unwrap_or_default();
        remotes.sort_unstable();
        remotes.dedup();
        Ok(Account {
            remotes,
            id: self.account_id,
            class: class_named(&self.class).ok_or_else(|| bad("class"))?,
            status: AccountStatus::named(&self.status).ok_or_else(|| bad("status"))?,
            email: contact(self.email, self.email_state, self.email_state_at, self.email_owner)?,
            phone: contact(self.phone, self.phone_state, self.phone_state_at, self.phone_owner)?,
            used_here: used_here.map_err(|_| StoreError::inconsistent("factor_uses", "factor", self.account_id))?,
            sub: self.sub,
            previous_subs: self.previous_subs.as_deref().map(words_of).unwrap_or_default(),
            guest: self.guest_of.map(|client| Guest { client, until: self.guest_until.map(Into::into) }),
            profile: self.profile.0,
            locale: self.locale,
            mfa_on: self.mfa_on,
            mfa_reset: self.mfa_reset,
            mfa_since: self.mfa_since.map(Into::into),
            invite_after: self.invite_after.map(Into::into),
            invited_until: self.invited_until.map(Into::into),
            terms: self.terms_version.zip(self.terms_agreed_at.map(Into::into)),
            updated_at: self.updated_at.into(),
            totp_secret: self.totp_secret,
            wrong_codes: WrongCodes {
                count: self.wrong.unwrap_or_default(),
                in_row: self.wrong_in_row.unwrap_or_default(),
                last_at: self.last_wrong_at.map(Into::into),
            },
            sends_blocked_until: self.sends_blocked_until.map(Into::into),
            consented: Scopes::from(self.consented.unwrap_or_default()),
            backup_codes: self.backup_codes.as_deref().map(backup_codes_of).unwrap_or_default(),
            recovery_ready_at: self.recovery_ready_at.map(Into::into),
            passkeys: u32::try_from(self.passkeys).unwrap_or(u32::MAX),
        })
    }
}

/// The column `previous_subs`: subjects have no spaces.
fn words_of(column: &str) -> Vec<String> {
    column.split_whitespace().map(str::to_owned).collect()
}

/// The column `remotes_used`: factor ids, one for each client.
fn remotes_of(column: &str) -> Vec<String> {
    column.split_whitespace().filter_map(|id| id.strip_prefix("remote:")).map(str::to_owned).collect()
}

/// The column `backup_codes`: tags, a hyphen before those that were used.
fn backup_codes_of(column: &str) -> Vec<BackupCode> {
    let code = |text: &str| match text.strip_prefix('-') {
        Some(tag) => BackupCode { tag: tag.to_owned(), used: true },
        None => BackupCode { tag: text.to_owned(), used: false },
    };
    column.split_whitespace().map(code).collect()
}

fn class_named(name: &str) -> Option<UserClass> {
    [UserClass::Resident, UserClass::Staff].into_iter().find(|class| class_name(*class) == name)
}

/// A class as it is stored.
#[must_use]
pub const fn class_name(class: UserClass) -> &'static str {
    match class {
        UserClass::Resident => "resident",
        UserClass::Staff => "staff",
    }
}

#[derive(sqlx::FromRow)]
struct ByName {
    #[sqlx(flatten)]
    account: AccountRow,
    phc: Option<String>,
    password_changed_at: Option<Micros>,
    counted_as: String,
}

/// An account with its password hash.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The account.
    pub account: Account,
    /// The PHC string, if it has a password.
    pub phc: Option<String>,
    /// When the password was set.
    pub password_changed_at: Option<DateTime<Utc>>,
    /// The one of its names that guesses and messages are counted by, whichever was typed.
    pub counted_as: String,
}

/// The account of `class` that signs in as `name`, as seen at `client_id`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_name(
    conn: &mut Conn,
    class: UserClass,
    name: &EmailAddress,
    client_id: &str,
) -> Result<Option<SignIn>, StoreError> {
    let row = conn.query_as::<ByName>(BY_NAME).bind(name.as_str()).bind(client_id).bind(class_name(class));
    let Some(row) = row.fetch_optional().await? else { return Ok(None) };
    let password_changed_at = row.password_changed_at.map(Into::into);
    let counted_as = row.counted_as;
    Ok(Some(SignIn { account: row.account.read()?, phc: row.phc, password_changed_at, counted_as }))
}

/// The account with that id, as seen at `client_id`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_id(conn: &mut Conn, id: Uuid, client_id: &str) -> Result<Option<Account>, StoreError> {
    let row = conn.query_as::<AccountRow>(BY_ID).bind(id).bind(client_id).fetch_optional().await?;
    row.map(AccountRow::read).transpose()
}
