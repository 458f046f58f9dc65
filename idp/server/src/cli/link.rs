//! `idp link`: short addresses for forms, as they stand in letters.

use clap::{Args, Subcommand};
use idp_core::short_link::{is_slug, login_address};
use serde_json::{Value, json};

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::table;
use crate::store::clients::{self, StoredClient};
use crate::store::short_links::{self, ShortLink};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Links {
    /// Add a short link: a client app starts a sign-in there and leads to a page of its own
    Add(Add),
    /// List the short links, and say which of them lead nowhere
    List,
    /// Remove a short link: its address is not found any more
    Remove(Named),
}

/// A short link.
#[derive(Debug, Args)]
pub struct Add {
    /// The end of its address: 1 to 40 lower-case letters, digits or -
    #[arg(long)]
    slug: String,
    /// The `client_id` of the client app, which needs an `initiate_login_uri`
    #[arg(long, value_name = "ID")]
    client: String,
    /// Where the client app leads to after the sign-in (`target_link_uri`): a page of its own
    #[arg(long, value_name = "URI")]
    target: String,
}

/// Which short link.
#[derive(Debug, Args)]
pub struct Named {
    /// The end of its address
    #[arg(long)]
    slug: String,
}

impl Links {
    /// Runs the command.
    ///
    /// # Errors
    /// The slug is taken, a rule refuses the link, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::Add(link) => add(&desk, link).await,
            Self::List => list(&desk).await,
            Self::Remove(Named { slug }) => remove(&desk, slug).await,
        }
    }
}

/// The whole address, as it is printed in a letter.
fn address(desk: &Desk, slug: &str) -> String {
    desk.config.server.issuer.link(&format!("/go/{slug}"))
}

/// Why a link leads nowhere, if it does.
fn problem(desk: &Desk, link: &ShortLink, client: Option<&StoredClient>) -> Option<String> {
    match client {
        None => Some("there is no such client app".to_owned()),
        Some(client) if !client.enabled => Some("the client app is disabled".to_owned()),
        Some(client) => login_address(&client.metadata, desk.config.server.issuer.as_str(), &link.target_link_uri)
            .err()
            .map(|error| error.to_string()),
    }
}

fn as_json(desk: &Desk, link: &ShortLink, problem: Option<&str>) -> Value {
    json!({
        "slug": link.slug,
        "address": address(desk, &link.slug),
        "client_id": link.client_id,
        "target_link_uri": link.target_link_uri,
        "created_at": link.created_at,
        "last_used_at": link.last_used_at,
        "problem": problem,
    })
}

async fn add(desk: &Desk, Add { slug, client, target }: Add) -> Result<(), Failure> {
    if !is_slug(&slug) {
        return Err(Failure::usage(
            "--slug must have 1 to 40 lower-case letters, digits or -, and must not begin or end with -",
        ));
    }
    let link = ShortLink {
        slug,
        client_id: client,
        target_link_uri: target,
        created_at: desk.clock.now(),
        last_used_at: None,
    };
    let (new, issuer) = (link.clone(), desk.config.server.issuer.as_str().to_owned());
    let mut event = desk.client_event("link.created", &link.client_id);
    event.details = json!({ "slug": link.slug, "target_link_uri": link.target_link_uri });
    desk.db
        .try_write(move |tx| {
            Box::pin(async move {
                let all = clients::all(tx).await?;
                let client = all.into_iter().find(|client| client.id == new.client_id);
                let client = client
                    .ok_or_else(|| Failure::usage(format!("there is no client app with the id {}", new.client_id)))?;
                login_address(&client.metadata, &issuer, &new.target_link_uri)
                    .map_err(|error| Failure::usage(format!("the link is refused: {error}")))?;
                let taken = Failure::failed(format!("there is a short link {} already", new.slug));
                if !short_links::insert(tx, new).await? {
                    return Err(taken);
                }
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    desk.print(&as_json(desk, &link, None), || {
        format!("{} leads to {}.", address(desk, &link.slug), link.target_link_uri)
    });
    Ok(())
}

async fn list(desk: &Desk) -> Result<(), Failure> {
    let mut conn = desk.db.read().await?;
    let (links, clients) = (short_links::all(&mut conn).await?, clients::all(&mut conn).await?);
    let judged = |link: ShortLink| {
        let problem = problem(desk, &link, clients.iter().find(|client| client.id == link.client_id));
        (link, problem)
    };
    let all: Vec<_> = links.into_iter().map(judged).collect();
    let row = |(link, problem): &(ShortLink, Option<String>)| {
        [
            address(desk, &link.slug),
            link.client_id.clone(),
            link.target_link_uri.clone(),
            link.last_used_at.map_or_else(|| "never".to_owned(), |at| at.date_naive().to_string()),
            problem.clone().unwrap_or_else(|| "works".to_owned()),
        ]
    };
    desk.print(&all.iter().map(|(link, problem)| as_json(desk, link, problem.as_deref())).collect::<Vec<_>>(), || {
        table(["ADDRESS", "CLIENT", "TARGET", "LAST USED", "STATE"], &all.iter().map(row).collect::<Vec<_>>())
    });
    Ok(())
}

async fn remove(desk: &Desk, slug: String) -> Result<(), Failure> {
    let (asked, mut event) = (slug.clone(), desk.event("link.removed"));
    let removed = desk
        .db
        .write(move |tx| {
            Box::pin(async move {
                let Some(link) = short_links::delete(tx, &asked).await? else { return Ok(false) };
                event.details = json!({ "slug": link.slug, "target_link_uri": link.target_link_uri });
                event.client = Some(link.client_id);
                tx.audit(event);
                Ok(true)
            })
        })
        .await?;
    if !removed {
        return Err(Failure::failed(format!("there is no short link {slug}")));
    }
    desk.print(&json!({ "slug": slug, "removed": true }), || format!("{} is removed.", address(desk, &slug)));
    Ok(())
}
