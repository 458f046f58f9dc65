//! `idp migrate`: brings the database up to this release. A node does so too when it starts.

use serde_json::json;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;

/// Opens the store, which brings it up to date.
///
/// # Errors
/// The store is away, or a newer release has been there.
pub async fn run(common: &Common) -> Result<(), Failure> {
    let desk = Desk::open(common).await?;
    desk.print(&json!({ "migrated": true }), || "The database is up to date.".to_owned());
    Ok(())
}
