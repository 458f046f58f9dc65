//! Changing the senders' settings in the database: checked as a whole, together with what is pinned, before anything is
//! kept.

use serde_json::json;

use super::{SendersError, stored};
use crate::app::Purposes;
use crate::audit::{Actor, AuditEvent};
use crate::clock::{Clock, Random};
use crate::config::{Config, ConfigError, SenderSettings, Source, storable};
use crate::store::{Db, StoreError, sender_settings};

/// Why a setting was not changed. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such setting, or it is the path of a file, which the configuration holds.
    #[error("{0} is not a setting that the database can hold: idp messages show lists them")]
    Unknown(String),
    /// The configuration says otherwise.
    #[error("{name} is pinned by {origin}: change it there, or remove it")]
    Pinned {
        /// The setting.
        name: String,
        /// The file or variable.
        origin: String,
    },
    /// The new settings do not go together.
    #[error("{0}")]
    Refused(#[from] ConfigError),
    /// The present ones cannot be read.
    #[error(transparent)]
    Senders(#[from] SendersError),
    /// The store failed.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
}

/// Sets settings (`Some`) and takes them away (`None`), all or none of them, and gives what is then in force.
///
/// # Errors
/// See [`ChangeError`].
pub async fn change(
    config: &Config,
    db: &Db,
    purposes: &Purposes,
    (clock, random): (&Clock, &Random),
    actor: Actor,
    changes: Vec<(String, Option<String>)>,
) -> Result<SenderSettings, ChangeError> {
    let before = config.senders(&std::collections::BTreeMap::new())?;
    let mut after = stored(db, purposes).await?;
    let mut sealed = Vec::new();
    for (asked, value) in changes {
        let name = storable(&asked).ok_or(ChangeError::Unknown(asked))?;
        let pinned = |name: &str| {
            before.all.iter().find(|setting| setting.name == name).and_then(|setting| match &setting.source {
                Source::Pinned(origin) => Some(origin.clone()),
                Source::Default | Source::Stored => None,
            })
        };
        if let Some(value) = value {
            if let Some(origin) = pinned(&name).or_else(|| pinned(&format!("{name}_file"))) {
                return Err(ChangeError::Pinned { name, origin });
            }
            let seal = purposes.sender_settings.seal(random, &[name.as_bytes()], value.as_bytes());
            after.insert(name.clone(), value);
            sealed.push((name, Some(seal)));
        } else {
            after.remove(&name);
            sealed.push((name, None));
        }
    }
    let settings = config.senders(&after)?;
    let now = clock.now();
    db.write(move |tx| {
        Box::pin(async move {
            for (name, seal) in sealed {
                // The event names the setting, never its value.
                let details = json!({ "name": name, "set": seal.is_some() });
                match seal {
                    Some(seal) => sender_settings::put(tx, name, seal, now).await?,
                    None => drop(sender_settings::delete(tx, name).await?),
                }
                let kind = "sender_setting.changed";
                tx.audit(AuditEvent { actor: actor.clone(), details, ..AuditEvent::new(now, kind) });
            }
            Ok(())
        })
    })
    .await?;
    Ok(settings)
}
