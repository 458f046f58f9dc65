//! Clients and residents that every server under test starts with.
//!
//! They are made once, by the documented commands, in a template that each server gets a copy of.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

use super::relying_party::{CALLBACK, ClientAuth, RelyingParty};
use super::server::cli;
use super::settings::{Backend, Settings, Stores};

/// The password of every seeded resident.
pub const PASSWORD: &str = "correct horse battery staple";
/// The authenticator seed of every seeded resident that has one.
pub const TOTP_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
/// How many residents there are of each kind.
pub const RESIDENTS: usize = 220;
/// A secret with characters that HTTP Basic must have encoded.
pub const AWKWARD_SECRET: &str = "a:b%c+d e/f?g&h=i~j-0123456789abcdef";

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Resident {
    pub email: String,
    pub password: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub phone: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub totp_secret: String,
    #[serde(default)]
    pub situation: String,
}

fn or_empty<'de, D: serde::Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    Ok(<Option<String> as serde::Deserialize>::deserialize(input)?.unwrap_or_default())
}

pub fn with_authenticator(n: usize) -> Resident {
    assert!(n < RESIDENTS, "the suite needs more residents: raise RESIDENTS");
    Resident { totp_secret: TOTP_SECRET.to_owned(), ..resident("app", n) }
}

pub fn with_email(n: usize) -> Resident {
    assert!(n < RESIDENTS, "the suite needs more residents: raise RESIDENTS");
    resident("mail", n)
}

fn resident(kind: &str, n: usize) -> Resident {
    Resident {
        email: format!("{kind}{n}@example.test"),
        password: PASSWORD.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: kind.to_owned(),
    }
}

/// A client as `idp client add` makes it.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    pub id: &'static str,
    pub redirects: &'static [&'static str],
    /// Further arguments of the command.
    pub args: &'static [&'static str],
    pub auth: ClientAuth,
    pub secret: &'static str,
}

const PLAIN: Client = Client {
    id: "portal",
    redirects: &[CALLBACK],
    args: &[],
    auth: ClientAuth::Basic,
    secret: "portal-secret-0123456789-0123456789-abcdef",
};

/// A client that stands for a back office.
const BACK_OFFICE: &[&str] =
    &["--grant", "client_credentials", "--scope", "contacts:read contacts:write contacts:decide contacts:staff"];

/// Every client that tests may use.
pub const CLIENTS: &[Client] = &[
    Client { args: &["--post-logout-redirect-uri", "http://localhost:9/out"], ..PLAIN },
    Client {
        id: "second",
        redirects: &["http://localhost:9/second", "http://localhost:9/third", "https://app.test/cb?bar=foo"],
        secret: "second-secret-0123456789-0123456789-abcdef",
        ..PLAIN
    },
    Client { id: "app", redirects: &["https://app.test/cb"], ..PLAIN },
    Client {
        id: "native",
        redirects: &["http://127.0.0.1/cb", "org.example.app:/cb"],
        auth: ClientAuth::None,
        secret: "",
        args: &["--public"],
    },
    Client { id: "public", auth: ClientAuth::None, secret: "", args: &["--public"], ..PLAIN },
    Client { id: "signed", args: &["--userinfo-alg", "ES256"], ..PLAIN },
    Client { id: "post", auth: ClientAuth::Post, args: &["--auth-method", "client_secret_post"], ..PLAIN },
    Client { id: "awkward", secret: AWKWARD_SECRET, ..PLAIN },
    Client { id: "partner", args: &["--third-party"], ..PLAIN },
    Client { id: "without-pkce", args: &["--pkce-optional"], ..PLAIN },
    Client { id: "machine", redirects: &[], args: &["--grant", "client_credentials"], ..PLAIN },
    Client { id: "with-home", args: &["--client-uri", "http://localhost:9/home"], ..PLAIN },
    Client { id: "machine-with-address", args: &["--grant", "client_credentials"], ..PLAIN },
    Client { id: "one-factor", args: &["--policy", r#"{"mfa":"off"}"#], ..PLAIN },
    Client { id: "app-only", args: &["--policy", r#"{"factors":["totp"]}"#], ..PLAIN },
    Client { id: "email-only", args: &["--policy", r#"{"factors":["email"]}"#], ..PLAIN },
    Client {
        id: "passkey",
        args: &["--policy", r#"{"sign_in":["password","passkey"],"factors":["passkey","email"]}"#],
        ..PLAIN
    },
    Client {
        id: "passkey-only",
        args: &["--policy", r#"{"factors":["passkey"],"enrol_on_password_days":14,"backup_codes":{"count":0}}"#],
        ..PLAIN
    },
    Client { id: "two-fa", args: &["--policy", r#"{"min_acr":"2fa"}"#], ..PLAIN },
    Client { id: "council", args: &["--preset", "council-portal"], ..PLAIN },
    Client { id: "always", args: &["--preset", "always-on"], ..PLAIN },
    Client { id: "shared-device", args: &["--policy", r#"{"mfa":"off","shared_device":true}"#], ..PLAIN },
    Client { id: "window", args: &["--policy", r#"{"factors":["totp"],"enrol_on_password_days":14}"#], ..PLAIN },
    Client { id: "staff-app", args: &["--preset", "staff-app"], ..PLAIN },
    Client { id: "sms-first", args: &["--preset", "sms-first"], ..PLAIN },
    Client { id: "remembers", args: &["--policy", r#"{"remember_device_days":30}"#], ..PLAIN },
    Client { id: "remembers-too", args: &["--policy", r#"{"remember_device_days":7}"#], ..PLAIN },
    Client { id: "keypress", args: &["--preset", "council-portal", "--policy", r#"{"voice_keypress":true}"#], ..PLAIN },
    Client { id: "optional", args: &["--policy", r#"{"mfa":"optional","factors":["email","totp"]}"#], ..PLAIN },
    Client {
        id: "optional-window",
        args: &["--policy", r#"{"mfa":"optional","factors":["email","totp"],"enrol_on_password_days":14}"#],
        ..PLAIN
    },
    Client { id: "abroad", args: &["--policy", r#"{"factors":["sms","email"],"countries":["GB","FR"]}"#], ..PLAIN },
    Client {
        id: "on-file",
        args: &[
            "--policy",
            r#"{"factors":["sms","totp"],"phone_capture":"never","enrol_on_password_days":14,"chooser_lists":"allowed"}"#,
        ],
        ..PLAIN
    },
    Client { id: "authenticator", args: &["--preset", "authenticator"], ..PLAIN },
    Client { id: "crm", redirects: &[], args: BACK_OFFICE, ..PLAIN },
    Client { id: "housing", redirects: &[], args: BACK_OFFICE, ..PLAIN },
    Client {
        id: "hr",
        redirects: &[],
        args: &[
            "--grant",
            "client_credentials",
            "--scope",
            "contacts:read contacts:write contacts:staff",
            "--policy",
            r#"{"user_class":"any"}"#,
        ],
        ..PLAIN
    },
    Client {
        id: "council-and-office",
        args: &[
            "--preset",
            "council-portal",
            "--policy",
            r#"{"user_class":"any"}"#,
            "--grant",
            "authorization_code",
            "--grant",
            "client_credentials",
            "--scope",
            "openid email contacts:read contacts:write contacts:decide",
        ],
        ..PLAIN
    },
    Client {
        id: "rota",
        redirects: &[],
        args: &["--preset", "staff-app", "--grant", "client_credentials", "--scope", "contacts:write"],
        ..PLAIN
    },
    Client {
        id: "google-and-email",
        args: &["--policy", r#"{"sign_in":["google"],"factors":["email"],"exempt":[]}"#],
        ..PLAIN
    },
    Client {
        id: "google-and-step",
        args: &["--policy", r#"{"sign_in":["password","google"],"factors":["totp","email"],"exempt":[]}"#],
        ..PLAIN
    },
    Client {
        id: "forms",
        args: &["--preset", "council-portal", "--initiate-login-uri", "http://localhost:9/initiate"],
        ..PLAIN
    },
    Client {
        id: "forms-by-text",
        args: &["--preset", "sms-first", "--initiate-login-uri", "http://localhost:9/initiate?form=text"],
        ..PLAIN
    },
    Client { id: "forms-for-all", args: &["--initiate-login-uri", "http://localhost:9/initiate"], ..PLAIN },
    Client {
        id: "shared-federated",
        args: &["--preset", "council-portal", "--policy", r#"{"shared_device":true}"#],
        ..PLAIN
    },
    Client {
        id: "shared-guest",
        args: &["--preset", "council-portal", "--policy", r#"{"guest_account":"shared"}"#],
        ..PLAIN
    },
];

/// The relying party of a seeded client.
pub fn party(issuer: &Url, id: &str) -> RelyingParty {
    let client = CLIENTS.iter().find(|client| client.id == id).unwrap_or_else(|| panic!("no seeded client {id}"));
    let party = RelyingParty::new(issuer, client.id, client.secret).auth(client.auth);
    match client.redirects.first() {
        Some(uri) => party.redirect(uri),
        None => party,
    }
}

struct Template {
    folder: TempDir,
    stores: Stores,
}

/// Puts a copy of the template's state where a server will find it.
pub async fn copy_to(folder: &Path) -> Stores {
    static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(make).await;
    for entry in fs::read_dir(template.folder.path()).expect("the template's folder").flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
        }
    }
    match Backend::chosen() {
        Backend::Sqlite => Stores::sqlite(folder),
        Backend::Postgres { postgres, redis } => {
            Stores::postgres(&postgres, &redis, Some(template.stores.database_name())).await
        }
    }
}

async fn make() -> Template {
    let folder = TempDir::new().expect("a temporary folder");
    let stores = match Backend::chosen() {
        Backend::Sqlite => Stores::sqlite(folder.path()),
        Backend::Postgres { postgres, redis } => Stores::postgres(&postgres, &redis, None).await,
    };
    write_secret(&folder.path().join("master.key"), "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
    let config = folder.path().join("seed.toml");
    let settings = Settings {
        issuer: "http://localhost:8080",
        listen: 8080,
        metrics: 8089,
        stores: &stores,
        folder: folder.path(),
        inbox: true,
        extra: "",
    };
    fs::write(&config, settings.toml()).expect("a configuration file");
    cli(&config, &["migrate"]);
    for client in CLIENTS {
        add_client(&config, client);
    }
    let count = RESIDENTS.to_string();
    let user = ["user", "add", "--count", &count, "--password", PASSWORD, "--email"];
    cli(&config, &[&user[..], &["app{n}@example.test", "--totp-secret", TOTP_SECRET]].concat());
    cli(&config, &[&user[..], &["mail{n}@example.test"]].concat());
    Template { folder, stores }
}

/// Writes a secret that only its owner can read: the server takes no other.
pub fn write_secret(path: &Path, secret: &str) {
    fs::write(path, secret).expect("a secret");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("permissions");
    }
}

/// Registers a client by the command line.
pub fn add_client(config: &Path, client: &Client) {
    let mut args = vec!["client", "add", "--id", client.id, "--name", client.id];
    for uri in client.redirects {
        args.extend(["--redirect-uri", uri]);
    }
    if !client.secret.is_empty() {
        args.extend(["--secret", client.secret]);
    }
    args.extend(client.args);
    cli(config, &args);
}
