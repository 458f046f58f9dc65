//! `idp audit verify`: whether the audit trail is as it was written.

use clap::Subcommand;
use serde_json::json;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::count;
use crate::store::{Flaw, Verdict};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check every row against the chain of hashes
    Verify,
}

impl Audit {
    /// Runs the command.
    ///
    /// # Errors
    /// The trail was changed, or cannot be read.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        let Self::Verify = self;
        match desk.purposes.audit.verify(&desk.db).await? {
            Verdict::Intact { rows, head } => {
                desk.print(&json!({ "intact": true, "rows": rows, "head": head }), || {
                    format!(
                        "The audit trail is intact: {}. Note its head elsewhere to see a rollback:\n{head}",
                        count(rows, "row")
                    )
                });
                Ok(())
            }
            Verdict::Broken { chain_no, seq, flaw } => {
                let what = match flaw {
                    Flaw::Missing => "is missing",
                    Flaw::Altered => "is not the row that was sealed",
                    Flaw::Unreadable => "cannot be read",
                };
                let row = seq.map(|seq| format!(" (seq {seq})")).unwrap_or_default();
                Err(Failure::failed(format!("the audit trail was changed: row {chain_no} of the chain{row} {what}")))
            }
        }
    }
}
