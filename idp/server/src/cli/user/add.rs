//! `idp user add`: one account, or many of a pattern for a test.

use std::io::BufRead as _;

use chrono::{DateTime, Utc};
use clap::Args;
use idp_core::account::{ContactState, EmailAddress, PhoneNumber};
use idp_core::oidc::claims::{self, Claims};
use idp_core::policy::UserClass;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::class;
use super::given::{self, state};
use crate::app::hash_settings;
use crate::cli::desk::Desk;
use crate::cli::failure::Failure;
use crate::factor::totp;
use crate::hashing::Hasher;
use crate::password::Passwords;
use crate::store::StoreError;
use crate::store::accounts::class_name;
use crate::store::new_accounts::{self, NewAccount};

/// What stands for the number in a pattern.
const NUMBER: &str = "{n}";
/// In help texts `{n}` is a line break. A style that is reset between the two characters is seen by nobody, and keeps them.
const EMAIL_HELP: &str =
    "The address that the person signs in with; with --count, {\u{1b}[0mn} in it is the number from 0";
/// Accounts in one write: others may write in between.
const BATCH: u32 = 250;
/// Claims that come from elsewhere than the profile.
const NOT_PROFILE: [&str; 6] =
    ["sub", "email", "email_verified", "phone_number", "phone_number_verified", "updated_at"];

/// Accounts to be made.
#[derive(Debug, Args)]
pub struct Add {
    /// The address that the person signs in with
    #[arg(long, help = EMAIL_HELP)]
    email: String,
    /// The password; visible to others on this machine: --password-stdin is not
    #[arg(long, required_unless_present = "password_stdin", conflicts_with = "password_stdin")]
    password: Option<SecretString>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// `verified`, `vouched` or `unproven`
    #[arg(long, value_parser = state, default_value = "verified")]
    email_state: ContactState,
    /// The address is not confirmed: the same as --email-state unproven
    #[arg(long, conflicts_with = "email_state")]
    email_unconfirmed: bool,
    /// A phone number, as people write it or in E.164
    #[arg(long, value_parser = phone)]
    phone: Option<PhoneNumber>,
    /// `verified`, `vouched` or `unproven`
    #[arg(long, value_parser = state, default_value = "verified")]
    phone_state: ContactState,
    /// The back office that owns both contacts: nobody else changes them.
    #[arg(long, value_name = "NAME")]
    external_owner: Option<String>,
    /// The secret of an authenticator app in base32
    #[arg(long, value_name = "BASE32")]
    totp_secret: Option<SecretString>,
    /// `resident` or `staff`
    #[arg(long, value_parser = class, default_value = "resident")]
    class: UserClass,
    /// The whole name
    #[arg(long)]
    name: Option<String>,
    /// Standard claims of scopes profile and address, as a JSON object
    #[arg(long, value_name = "JSON")]
    claims: Option<String>,
    /// The language of messages: `en` or `cy`
    #[arg(long, value_parser = ["en", "cy"])]
    locale: Option<String>,
    /// How many accounts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: u32,
}

fn phone(text: &str) -> Result<PhoneNumber, String> {
    PhoneNumber::parse(text).map_err(|problem| problem.to_string())
}

/// What all accounts of one command have in common.
struct Pattern {
    email: String,
    email_state: ContactState,
    phone: Option<(String, ContactState)>,
    external_owner: Option<String>,
    profile: Claims,
    locale: Option<String>,
    class: UserClass,
    phc: String,
    totp_secret: Option<Zeroizing<Vec<u8>>>,
}

impl Add {
    /// Makes the accounts.
    ///
    /// # Errors
    /// The password breaks a rule, an address is taken, or an argument is not what it should be.
    pub async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let count = self.count;
        if count > 1 && !self.email.contains(NUMBER) {
            return Err(Failure::usage("--count needs an --email with {n} in it, for example user{n}@example.org"));
        }
        let pattern = self.pattern(desk).await?;
        let mut last = None;
        for start in (0..count).step_by(BATCH as usize) {
            let end = count.min(start.saturating_add(BATCH));
            let batch = (start..end).map(|n| pattern.account(desk, n)).collect::<Result<Vec<_>, _>>()?;
            last = batch.last().map(|account| (account.id, account.sub.clone()));
            insert(desk, batch).await.map_err(|error| match error {
                StoreError::Conflict { .. } => taken(&pattern, start, count),
                other => other.into(),
            })?;
        }
        match last {
            Some((id, sub)) if count == 1 => {
                let email = pattern.address(0)?;
                desk.print(&json!({ "id": id, "sub": sub, "email": email.as_str() }), || {
                    format!("The account of {} is made. Its subject is {sub}.", email.as_str())
                });
            }
            _ => desk.print(&json!({ "added": count }), || format!("{count} accounts are made.")),
        }
        Ok(())
    }

    async fn pattern(self, desk: &Desk) -> Result<Pattern, Failure> {
        let profile = profile(self.name.as_deref(), self.claims.as_deref())?;
        let own = ["name", "given_name", "family_name", "nickname", "preferred_username"];
        let own = own.into_iter().filter_map(|name| profile.get(name)?.as_str().map(str::to_owned));
        let own = own.chain([self.email.replace(NUMBER, "")]).collect();
        let totp_secret = self.totp_secret.as_ref().map(authenticator_secret).transpose()?;
        let password = match self.password {
            Some(password) => password,
            None => first_line()?,
        };
        let pool = Hasher::new(hash_settings(&desk.config), desk.random.clone())
            .map_err(|error| Failure::failed(error.to_string()))?;
        let hashed = Passwords::new(&desk.config, pool).hash_new(&password, own).await;
        Ok(Pattern {
            email: self.email,
            email_state: if self.email_unconfirmed { ContactState::Unproven } else { self.email_state },
            phone: self.phone.map(|phone| (phone.as_str().to_owned(), self.phone_state)),
            external_owner: self.external_owner,
            profile,
            locale: self.locale,
            class: self.class,
            phc: hashed.map_err(|error| Failure::usage(format!("the password is refused: {error}")))?,
            totp_secret,
        })
    }
}

impl Pattern {
    fn address(&self, n: u32) -> Result<EmailAddress, Failure> {
        let text = self.email.replace(NUMBER, &n.to_string());
        EmailAddress::parse(&text).map_err(|problem| Failure::usage(format!("--email {text}: {problem}")))
    }

    fn account(&self, desk: &Desk, n: u32) -> Result<NewAccount, Failure> {
        let email = self.address(n)?;
        let now: DateTime<Utc> = desk.clock.now();
        let (random, id) = (&desk.random, desk.random.uuid(now));
        let seal = |secret: &Zeroizing<Vec<u8>>| totp::seal(&desk.purposes.authenticators, random, id, secret);
        Ok(NewAccount {
            id,
            sub: random.token(),
            class: self.class,
            email: Some((email, self.email_state)),
            phone: self.phone.clone(),
            external_owner: self.external_owner.clone(),
            profile: self.profile.clone(),
            locale: self.locale.clone(),
            phc: Some(self.phc.clone()),
            totp_secret: self.totp_secret.as_ref().map(seal),
            guest: None,
            contact_ids: [random.uuid(now), random.uuid(now)],
            at: now,
        })
    }
}

async fn insert(desk: &Desk, batch: Vec<NewAccount>) -> Result<(), StoreError> {
    let events: Vec<_> = batch.iter().map(|account| desk.account_event("account.created", account.id)).collect();
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                for account in batch {
                    new_accounts::insert(tx, account).await?;
                }
                for event in events {
                    tx.audit(event);
                }
                Ok(())
            })
        })
        .await
}

fn taken(pattern: &Pattern, added: u32, count: u32) -> Failure {
    let class = class_name(pattern.class);
    if count == 1 {
        return Failure::failed(format!("there is a {class} with the address {} already", pattern.email));
    }
    Failure::failed(format!("one of the addresses after the first {added} belongs to a {class} already"))
}

fn profile(name: Option<&str>, claims: Option<&str>) -> Result<Claims, Failure> {
    let mut profile = match claims.map(serde_json::from_str::<Value>) {
        None => Claims::new(),
        Some(Ok(Value::Object(claims))) => claims,
        Some(_) => return Err(Failure::usage("--claims must be a JSON object of standard claims")),
    };
    for claim in profile.keys() {
        if NOT_PROFILE.contains(&claim.as_str()) {
            return Err(Failure::usage(format!("--claims must not have {claim}: it is known from elsewhere")));
        }
        if !claims::names().any(|known| known == claim) {
            return Err(Failure::usage(format!("--claims has {claim}, which is no standard claim")));
        }
    }
    if let Some(name) = name {
        profile.insert("name".to_owned(), name.into());
    }
    Ok(profile)
}

fn authenticator_secret(text: &SecretString) -> Result<Zeroizing<Vec<u8>>, Failure> {
    given::authenticator_secret(text.expose_secret())
        .map_err(|problem| Failure::usage(format!("--totp-secret {problem}")))
}

fn first_line() -> Result<SecretString, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(SecretString::from(line.strip_suffix('\r').unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Alone {
        #[command(flatten)]
        _add: Add,
    }

    #[test]
    fn the_help_names_the_place_of_the_number() {
        use clap::CommandFactory as _;
        let help = Alone::command().render_help().to_string();
        assert!(help.contains("with --count, {n} in it is the number from 0"), "{help}");
    }

    #[test]
    fn the_profile_takes_standard_claims_and_no_others() {
        let claims = profile(Some("Ann Smith"), Some(r#"{"given_name":"Ann","address":{"locality":"Anytown"}}"#));
        assert_eq!(claims.expect("taken").get("name"), Some(&json!("Ann Smith")));
        for refused in [r#"{"email":"a@b.example"}"#, r#"{"shoe_size":3}"#, "[]", "{"] {
            assert!(profile(None, Some(refused)).is_err(), "{refused}");
        }
    }
}
