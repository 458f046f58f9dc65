//! `idp client`: register client apps and change them.

mod add;

use std::sync::mpsc;

use clap::{Args, Subcommand};
use idp_core::policy::PolicyDocument;
use serde_json::{Value, json};

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::{lines, table};
use super::policy;
use super::tariff::Adoption;
use crate::store::clients::{self, StoredClient};
use crate::store::{Tx, organisations};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Register a client app
    Add(Box<add::Add>),
    /// List client apps
    List,
    /// Show one client app
    Show(Named),
    /// Change its policy, or show it if nothing is to be changed
    #[command(visible_alias = "policy")]
    SetPolicy(SetPolicy),
    /// Have another organisation charged for its messages from now on
    SetOrganisation(SetOrganisation),
    /// Say where a sign-in is started from outside, which short links need
    SetInitiateLogin(SetInitiateLogin),
    /// Refuse every request of it
    Disable(Named),
    /// Take its requests again
    Enable(Named),
    /// Remove it for good
    Delete(Named),
}

/// Which client app.
#[derive(Debug, Args)]
pub struct Named {
    /// Its `client_id`
    #[arg(long)]
    id: String,
}

/// Who is charged.
#[derive(Debug, Args)]
pub struct SetOrganisation {
    /// Its `client_id`
    #[arg(long)]
    id: String,
    /// The organisation's id
    #[arg(long, value_name = "ID")]
    organisation: String,
}

/// Where a sign-in is started from outside.
#[derive(Debug, Args)]
pub struct SetInitiateLogin {
    /// Its `client_id`
    #[arg(long)]
    id: String,
    /// Its `initiate_login_uri` (OpenID Connect Core 4); without it there is none any more
    #[arg(long, value_name = "URI")]
    uri: Option<String>,
}

/// New values for a policy.
#[derive(Debug, Args)]
pub struct SetPolicy {
    /// Its `client_id`
    #[arg(long)]
    id: String,
    /// Fields as JSON, or a JSON or TOML file with them
    #[arg(long, value_name = "JSON|FILE")]
    set: Option<String>,
    /// Fields such as mfa=off, factors=totp,email or code.sms.length=8; without a value a field inherits again
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
}

impl Client {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such client, or a rule refuses the change.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::Add(add) => add.run(&desk).await,
            Self::List => list(&desk).await,
            Self::Show(Named { id }) => show(&desk, &id).await,
            Self::SetPolicy(change) => set_policy(&desk, change).await,
            Self::SetOrganisation(change) => set_organisation(&desk, change).await,
            Self::SetInitiateLogin(change) => set_initiate_login(&desk, change).await,
            Self::Disable(Named { id }) => switch(&desk, id, false).await,
            Self::Enable(Named { id }) => switch(&desk, id, true).await,
            Self::Delete(Named { id }) => delete(&desk, id).await,
        }
    }
}

/// The client app with that id.
///
/// # Errors
/// There is none.
pub async fn find(desk: &Desk, id: &str) -> Result<StoredClient, Failure> {
    let all = clients::all(&mut desk.db.read().await?).await?;
    all.into_iter().find(|client| client.id == id).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Failure {
    Failure::failed(format!("there is no client app with the id {id}"))
}

fn as_json(client: &StoredClient) -> Value {
    json!({
        "client_id": client.id,
        "organisation": client.organisation,
        "enabled": client.enabled,
        "first_accessed_at": client.first_accessed_at,
        "metadata": client.metadata,
        "policy": client.policy,
    })
}

async fn list(desk: &Desk) -> Result<(), Failure> {
    let all = clients::all(&mut desk.db.read().await?).await?;
    let row = |client: &StoredClient| {
        [
            client.id.clone(),
            client.metadata.client_name.clone(),
            if client.enabled { "enabled" } else { "disabled" }.to_owned(),
            client.policy.preset.as_ref().map(|preset| preset.name.clone()).unwrap_or_default(),
            client.metadata.token_endpoint_auth_method.as_str().to_owned(),
        ]
    };
    desk.print(&all.iter().map(as_json).collect::<Vec<_>>(), || {
        table(["ID", "NAME", "STATE", "PRESET", "AUTHENTICATION"], &all.iter().map(row).collect::<Vec<_>>())
    });
    Ok(())
}

async fn show(desk: &Desk, id: &str) -> Result<(), Failure> {
    let client = find(desk, id).await?;
    let value = as_json(&client);
    desk.print(&value, || pretty(&value));
    Ok(())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

async fn set_policy(desk: &Desk, SetPolicy { id, set, fields }: SetPolicy) -> Result<(), Failure> {
    let (defaults, _) = desk.policies();
    if set.is_none() && fields.is_empty() {
        let client = find(desk, &id).await?;
        desk.print(&client.policy, || pretty(&Value::Object(policy::as_map(&client.policy))));
        return Ok(());
    }
    let installation = policy::installation(desk).await?;
    let set = set.as_deref().map(policy::read).transpose()?.unwrap_or_default();
    let (tell, told) = mpsc::channel();
    let change = move |client: &mut StoredClient| -> Result<Value, Failure> {
        let mut document = policy::with_fields(&client.policy, set)?;
        for field in &fields {
            document = policy::assigned(&document, field)?;
        }
        let judged = policy::judge(&document, &defaults, &installation)?;
        for warning in policy::news(judged, &client.policy, &defaults, &installation) {
            let _ = tell.send(warning.message);
        }
        let details = policy::differences(&client.policy, &document);
        client.policy = document;
        Ok(details)
    };
    let client = change_client(desk, id, "client.policy_changed", change).await?;
    let notes: Vec<String> = told.try_iter().collect();
    desk.note(&notes);
    desk.print(&client.policy, || {
        let notes = lines("\nNote: ", notes.into_iter());
        format!("The policy of {} is changed. It is in force within a second.{notes}", client.id)
    });
    Ok(())
}

/// Fails if there is no such organisation. They are never deleted, so that it is still there when the write ends.
async fn known_organisation(tx: &mut Tx, id: &str) -> Result<(), Failure> {
    if organisations::exists(tx, id).await? {
        return Ok(());
    }
    Err(no_organisation(id))
}

fn no_organisation(id: &str) -> Failure {
    Failure::usage(format!("there is no organisation {id}: add it with idp organisation add"))
}

async fn set_organisation(desk: &Desk, SetOrganisation { id, organisation }: SetOrganisation) -> Result<(), Failure> {
    let asked = organisation.clone();
    let mut conn = desk.db.read().await?;
    if !organisations::exists(&mut conn, &organisation).await? {
        return Err(no_organisation(&organisation));
    }
    drop(conn);
    let change = move |client: &mut StoredClient| {
        let before = std::mem::replace(&mut client.organisation, asked);
        Ok(json!({ "before": before, "after": client.organisation }))
    };
    let client = change_client(desk, id, "client.organisation_changed", change).await?;
    desk.print(&as_json(&client), || format!("{} is charged for what {} sends from now on.", organisation, client.id));
    Ok(())
}

async fn set_initiate_login(desk: &Desk, SetInitiateLogin { id, uri }: SetInitiateLogin) -> Result<(), Failure> {
    let change = move |client: &mut StoredClient| {
        let before = std::mem::replace(&mut client.metadata.initiate_login_uri, uri);
        add::check_metadata(&client.metadata)?;
        Ok(json!({ "before": before, "after": client.metadata.initiate_login_uri }))
    };
    let client = change_client(desk, id, "client.initiate_login_uri_changed", change).await?;
    desk.print(&as_json(&client), || match &client.metadata.initiate_login_uri {
        Some(uri) => format!("Sign-ins at {} are started at {uri}.", client.id),
        None => format!("Sign-ins at {} are not started from outside.", client.id),
    });
    Ok(())
}

async fn switch(desk: &Desk, id: String, enabled: bool) -> Result<(), Failure> {
    let kind = if enabled { "client.enabled" } else { "client.disabled" };
    let change = move |client: &mut StoredClient| {
        client.enabled = enabled;
        Ok(json!({}))
    };
    let client = change_client(desk, id, kind, change).await?;
    desk.print(&as_json(&client), || {
        format!("{} is {}.", client.id, if enabled { "enabled" } else { "disabled: its requests are refused" })
    });
    Ok(())
}

/// Changes one client in one write, with its event.
async fn change_client<F>(desk: &Desk, id: String, kind: &'static str, change: F) -> Result<StoredClient, Failure>
where
    F: FnOnce(&mut StoredClient) -> Result<Value, Failure> + Send + 'static,
{
    let (mut event, now) = (desk.client_event(kind, &id), desk.clock.now());
    let (mut adoption, (defaults, _)) = (Adoption::of(desk, None), desk.policies());
    desk.db
        .try_write(move |tx| {
            Box::pin(async move {
                let all = clients::all(tx).await?;
                let mut client = all.into_iter().find(|client| client.id == id).ok_or_else(|| unknown(&id))?;
                event.details = change(&mut client)?;
                adoption.plan = client.policy.resolve(&defaults).tariff_plan;
                adoption.write(tx).await?;
                clients::put(tx, client.clone(), now).await?;
                tx.audit(event);
                Ok(client)
            })
        })
        .await
}

async fn delete(desk: &Desk, id: String) -> Result<(), Failure> {
    let (event, asked) = (desk.client_event("client.deleted", &id), id.clone());
    let deleted = desk
        .db
        .write(move |tx| {
            Box::pin(async move {
                let deleted = clients::delete(tx, &asked).await?;
                if deleted {
                    tx.audit(event);
                }
                Ok(deleted)
            })
        })
        .await?;
    if !deleted {
        return Err(unknown(&id));
    }
    desk.print(&json!({ "client_id": id, "deleted": true }), || format!("{id} is deleted."));
    Ok(())
}

/// The policy of a new client: its preset, and over it what is written for it.
///
/// # Errors
/// No such preset, or a field or value that there is not.
fn new_policy(preset: Option<&str>, written: Option<&str>, third_party: bool) -> Result<PolicyDocument, Failure> {
    use idp_core::policy::Preset;
    let base = match preset {
        None => PolicyDocument::default(),
        Some(name) => Preset::named(name).map(Preset::document).ok_or_else(|| {
            let names = Preset::ALL.map(Preset::name).join(", ");
            Failure::usage(format!("there is no preset {name}: use one of {names}"))
        })?,
    };
    let mut document = policy::with_fields(&base, written.map(policy::read).transpose()?.unwrap_or_default())?;
    if third_party {
        document.first_party = Some(false);
    }
    Ok(document)
}
