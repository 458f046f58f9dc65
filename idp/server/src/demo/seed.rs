//! Fills the demo's database: a client for each preset, the residents, the administrator. Secrets are made anew at each
//! start, so that no demo anywhere has a known one.

use futures::future::try_join_all;
use idp_core::account::EmailAddress;
use idp_core::metering::tariff::STANDARD_PLANS;
use idp_core::oidc::client::{ClientMetadata, GrantType};
use idp_core::policy::Preset;

use super::DemoError;
use super::residents::{ADMIN, RESIDENTS, Resident};
use super::standins::subject_of_known;
use crate::app::App;
use crate::clients::secret_tag;
use crate::factor::totp;
use crate::store::clients::{self, StoredClient};
use crate::store::identities::{self, IdentityKey};
use crate::store::new_accounts::{self, NewAccount};
use crate::store::short_links::{self, ShortLink};
use crate::store::{StoreError, organisations, tariffs};

/// The words that passwords are made of.
const WORDS: [&str; 64] = [
    "amber", "anchor", "apple", "badger", "basket", "beacon", "birch", "bottle", "bramble", "bridge", "button",
    "candle", "canvas", "carpet", "castle", "cedar", "cherry", "cliff", "cobalt", "copper", "cotton", "cricket",
    "dagger", "daisy", "ember", "falcon", "feather", "fiddle", "forest", "garlic", "ginger", "granite", "hammer",
    "harbour", "hazel", "heron", "island", "ivory", "jacket", "kettle", "ladder", "lantern", "lemon", "linen",
    "magnet", "maple", "marble", "meadow", "mirror", "nettle", "oyster", "paddle", "pebble", "pepper", "pillow",
    "quarry", "ribbon", "saddle", "silver", "thimble", "timber", "velvet", "walnut", "willow",
];

/// Where clients may be answered.
#[derive(Clone, Debug)]
pub struct Redirects {
    /// With a code.
    pub answers: Vec<String>,
    /// After a sign-out.
    pub signed_out: Vec<String>,
    /// The portal's start page.
    pub home: String,
    /// Where a sign-in is started from outside; the client's id follows.
    pub initiate: String,
    /// The portal's form, which the short link leads to.
    pub form: String,
}

/// The end of the demo's short address.
pub const SLUG: &str = "bins";
/// The client that it leads to, by its preset.
pub const LINKED: Preset = Preset::CouncilPortal;

/// A client of the demo.
#[derive(Clone, Debug)]
pub struct DemoClient {
    /// `client_id`.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The preset of its policy.
    pub preset: &'static str,
    /// Its name, as the sign-in page says it.
    pub name: &'static str,
}

/// Somebody of the demo, as they sign in.
#[derive(Clone, Debug)]
pub struct Person {
    /// What is special about them.
    pub situation: &'static str,
    /// What they sign in with.
    pub email: &'static str,
    /// Their password.
    pub password: String,
    /// Their number in E.164.
    pub phone: Option<&'static str>,
    /// The key of their authenticator in base32.
    pub totp_secret: Option<String>,
}

/// Everything that was made.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// One client for each preset.
    pub clients: Vec<DemoClient>,
    /// One resident for each situation.
    pub residents: Vec<Person>,
    /// The administrator.
    pub admin: Person,
}

/// Makes clients and people in one write.
///
/// # Errors
/// The store fails, or no password can be hashed.
pub async fn seed(app: &App, redirects: &Redirects) -> Result<Seeded, DemoError> {
    let (seeds, stored): (Vec<_>, Vec<_>) =
        Preset::ALL.into_iter().map(|preset| client(app, preset, redirects)).unzip();
    let mut made = try_join_all(RESIDENTS.iter().chain([&ADMIN]).map(|resident| person(app, resident))).await?;
    let now = app.clock.now();
    let plans = STANDARD_PLANS.map(|plan| (plan, [(); 3].map(|()| app.random.uuid(now))));
    let google = app.providers.get("google").map(crate::federation::Provider::issuer);
    let link = ShortLink {
        slug: SLUG.to_owned(),
        client_id: client_id(LINKED),
        target_link_uri: redirects.form.clone(),
        created_at: now,
        last_used_at: None,
    };
    let accounts: Vec<_> = made.iter_mut().filter_map(|(_, account)| account.take()).collect();
    app.db
        .for_workers()
        .write(move |tx| {
            Box::pin(async move {
                for client in stored {
                    clients::put(tx, client, now).await?;
                }
                short_links::insert(tx, link).await?;
                for (plan, ids) in plans {
                    tariffs::adopt_standard(tx, plan.name, ids, now).await?;
                }
                for account in accounts {
                    let linked = google.clone().zip(linked_at_google(&account));
                    let (id, is_admin) =
                        (account.id, account.email.as_ref().is_some_and(|(email, _)| email.as_str() == ADMIN.email));
                    new_accounts::insert(tx, account).await?;
                    if let Some((issuer, (subject, email))) = linked {
                        identities::link(tx, &IdentityKey { issuer, subject }, id, "google", Some(email), now).await?;
                    }
                    if is_admin {
                        new_accounts::grant_role(tx, id, "owner", now).await?;
                    }
                }
                Ok::<_, StoreError>(())
            })
        })
        .await?;
    let mut people: Vec<_> = made.into_iter().map(|(person, _)| person).collect();
    let admin = people.pop().ok_or_else(|| DemoError::Telemetry("nobody was made".to_owned()))?;
    Ok(Seeded { clients: seeds, residents: people, admin })
}

const fn name_of(preset: Preset) -> &'static str {
    match preset {
        Preset::CouncilPortal => "Anytown resident portal",
        Preset::AlwaysOn => "Report and pay",
        Preset::StaffApp => "Anytown staff workspace",
        Preset::Authenticator => "Housing records",
        Preset::SmsFirst => "Anytown bookings",
    }
}

const fn welsh_name_of(preset: Preset) -> &'static str {
    match preset {
        Preset::CouncilPortal => "Hafan trigolion Anytown",
        Preset::AlwaysOn => "Adrodd a thalu",
        Preset::StaffApp => "Hafan staff Anytown",
        Preset::Authenticator => "Ffeiliau tai",
        Preset::SmsFirst => "Archebion Anytown",
    }
}

/// The id of the client with that preset.
#[must_use]
pub fn client_id(preset: Preset) -> String {
    format!("demo-{}", preset.name())
}

fn client(app: &App, preset: Preset, redirects: &Redirects) -> (DemoClient, StoredClient) {
    let id = client_id(preset);
    let secret = app.random.token();
    let metadata = ClientMetadata {
        redirect_uris: redirects.answers.clone(),
        post_logout_redirect_uris: redirects.signed_out.clone(),
        grant_types: GrantType::ALL.to_vec(),
        client_uri: Some(redirects.home.clone()),
        initiate_login_uri: Some(format!("{}{id}", redirects.initiate)),
        client_name_cy: Some(welsh_name_of(preset).to_owned()),
        ..ClientMetadata::named(name_of(preset))
    };
    let mut policy = preset.document();
    policy.first_party = Some(true);
    let stored = StoredClient {
        id: id.clone(),
        organisation: organisations::DEFAULT.to_owned(),
        metadata,
        policy,
        secret_tag: Some(secret_tag(&id, &secret, &app.purposes.client_secrets)),
        enabled: true,
        first_accessed_at: None,
    };
    (DemoClient { id, secret, preset: preset.name(), name: name_of(preset) }, stored)
}

/// The subject and the address at Google of whoever has linked it: the stand-in knows them as well.
fn linked_at_google(account: &NewAccount) -> Option<(String, String)> {
    let (email, _) = account.email.as_ref()?;
    let at = RESIDENTS.iter().position(|resident| resident.has_google && resident.email == email.as_str())?;
    Some((subject_of_known(at), email.as_str().to_owned()))
}

/// The person, and the account to be stored.
async fn person(app: &App, resident: &Resident) -> Result<(Person, Option<NewAccount>), DemoError> {
    let (random, now) = (&app.random, app.clock.now());
    let id = random.uuid(now);
    let password = passphrase(random.bytes());
    let phc = app.passwords.hash(&password.clone().into()).await?;
    let secret = resident.has_app.then(|| totp::new_secret(random));
    let sealed = secret.as_ref().map(|s| totp::seal(&app.purposes.authenticators, random, id, s.as_slice()));
    let email = EmailAddress::parse(resident.email).map_err(|error| DemoError::Telemetry(error.to_string()))?;
    let account = NewAccount {
        id,
        sub: random.token(),
        class: resident.class,
        email: Some((email, resident.email_state)),
        phone: resident.phone.map(|(number, state)| (number.to_owned(), state)),
        external_owner: None,
        profile: resident.profile(),
        locale: None,
        phc: Some(phc),
        totp_secret: sealed,
        guest: None,
        contact_ids: [random.uuid(now), random.uuid(now)],
        at: now,
    };
    let person = Person {
        situation: resident.situation,
        email: resident.email,
        password,
        phone: resident.phone.map(|(number, _)| number),
        totp_secret: secret.map(|secret| totp::base32(secret.as_slice())),
    };
    Ok((person, Some(account)))
}

/// Five words that are easy to type.
fn passphrase(bytes: [u8; 5]) -> String {
    let words = bytes.map(|byte| WORDS.get(usize::from(byte) % WORDS.len()).copied().unwrap_or_default());
    words.join("-")
}
