//! `idp admin`: the first administrator, and every other one that must come from the machine itself.

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use serde_json::json;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use crate::invitation;

/// The roles that an administrator can have.
const ROLES: [&str; 6] = ["operator", "owner", "client-manager", "help-desk", "finance", "auditor"];

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Print an address, once, where somebody can make an administrator's account
    Invite(Invite),
}

/// An invitation.
#[derive(Debug, Args)]
pub struct Invite {
    /// The role
    #[arg(long, default_value = "owner", value_parser = ROLES)]
    role: String,
}

impl Admin {
    /// Runs the command.
    ///
    /// # Errors
    /// The store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        let Self::Invite(Invite { role }) = self;
        let now = desk.clock.now();
        let expires_at = now + TimeDelta::hours(24);
        let mut event = desk.event("admin.invited");
        event.details = json!({ "role": role, "expires_at": expires_at });
        let token = invitation::invite(&desk.db, &desk.purposes, &desk.random, &role, [now, expires_at], event).await?;
        let url = desk.config.server.issuer.link(&format!("/admin/invite/{token}"));
        desk.print(&json!({ "url": url, "role": role, "expires_at": expires_at }), || {
            format!("Open this address within 24 hours to make an account with the role {role}. It works once:\n{url}")
        });
        Ok(())
    }
}
