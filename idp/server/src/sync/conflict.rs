//! An address that was pushed for one person while another signs in with it, decided: it is the same person, or it is
//! refused, or the person signs in by another name and shares the mailbox.

use idp_core::account::{ContactState, EmailAddress};
use idp_core::journey::AccountStatus;
use serde_json::json;
use uuid::Uuid;

use super::push::manageable;
use super::{By, Person, Refused, SyncError, apply};
use crate::signin::ending::end_for_good;
use crate::signin::notices;
use crate::store::account_changes::{self, Kind};
use crate::store::accounts::{self, Account};
use crate::store::contact_conflicts::{self, Conflict};
use crate::store::pushed_contacts::{self, Held};
use crate::store::{Db, StoreError, Tx, external_ids, outbox};

/// What is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Who has the address is the person who was pushed: their account is that one from now on.
    SamePerson,
    /// The person does not get the address.
    Refuse,
    /// The person gets the address for messages, and signs in by this name.
    SignInName(EmailAddress),
}

impl Decision {
    /// As it is kept.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SamePerson => "same_person",
            Self::Refuse => "refuse",
            Self::SignInName(_) => "sign_in_name",
        }
    }
}

/// The conflicts that wait for a decision, of one client or of all, the oldest first, at most `most`.
///
/// # Errors
/// When the store fails.
pub async fn waiting(db: &Db, client: Option<&str>, most: i64) -> Result<Vec<Conflict>, StoreError> {
    contact_conflicts::waiting(&mut db.read().await?, client, most).await
}

/// Decides a conflict, once; where `client` is given, one of that client only.
///
/// # Errors
/// [`Refused`] says which rule forbids it; when the store fails.
pub async fn decide(
    db: &Db,
    by: By,
    id: Uuid,
    client: Option<String>,
    decision: Decision,
) -> Result<Conflict, SyncError> {
    db.try_write(move |tx| {
        Box::pin(async move {
            let of_client = |conflict: &Conflict| client.as_ref().is_none_or(|client| *client == conflict.client);
            let found = contact_conflicts::by_id(tx, id).await?.filter(of_client);
            let mut conflict = found.ok_or(Refused::UnknownConflict)?;
            // The person before the conflict, as a push does: two orders would wait for each other.
            external_ids::claim(tx, &conflict.client, &conflict.external_id, by.event.at).await?;
            if !contact_conflicts::decide(tx, id, decision.as_str(), by.event.at).await? {
                return Err(Refused::AlreadyDecided.into());
            }
            match &decision {
                Decision::Refuse => {}
                Decision::SignInName(name) => give_name(tx, &by, &conflict, name).await?,
                Decision::SamePerson => join(tx, &by, &conflict).await?,
            }
            let mut event = by.event("contact.conflict_decided", conflict.holder, &conflict.client);
            let said = by.event.details.get("reason").cloned();
            event.details = json!({
                "conflict": id, "external_id": conflict.external_id, "decision": decision.as_str(), "reason": said,
            });
            tx.audit(event);
            conflict.decision = Some(decision.as_str().to_owned());
            conflict.decided_at = Some(by.event.at);
            Ok(conflict)
        })
    })
    .await
}

/// The account of the person that a conflict is about.
async fn person(tx: &mut Tx, by: &By, conflict: &Conflict) -> Result<Account, SyncError> {
    let account = manageable(tx, conflict.account.ok_or(Refused::PersonGone)?, &conflict.client).await?;
    by.may_change(account.class)?;
    if account.status == AccountStatus::Ended { Err(Refused::PersonGone.into()) } else { Ok(account) }
}

/// The person signs in by another name; the address is where their messages go.
async fn give_name(tx: &mut Tx, by: &By, conflict: &Conflict, name: &EmailAddress) -> Result<(), SyncError> {
    let (account, at) = (person(tx, by, conflict).await?, by.event.at);
    if !pushed_contacts::take_name(tx, account.id, account.class, name.as_str()).await? {
        return Err(Refused::NameTaken.into());
    }
    let before = pushed_contacts::of_account(tx, account.id).await?;
    let shared = Held {
        value: conflict.wanted.clone(),
        state: ContactState::Vouched,
        is_default: true,
        owner: Some(conflict.client.clone()),
        created_at: at,
        state_at: at,
    };
    pushed_contacts::put(tx, account.id, Kind::Email, vec![(by.random.uuid(at), shared)]).await?;
    pushed_contacts::touch(tx, account.id, at).await?;
    let after = pushed_contacts::of_account(tx, account.id).await?;
    let who = Person { client: conflict.client.clone(), external_id: conflict.external_id.clone() };
    Ok(apply::moved(tx, by, &who, &account, (&before, &after)).await?)
}

/// The person is who has the address: from now on the back office's record is about that account. The one that was made for
/// the record, which nobody can have signed in to, ends; everybody who is reached by the other one is told.
async fn join(tx: &mut Tx, by: &By, conflict: &Conflict) -> Result<(), SyncError> {
    let (own, at) = (person(tx, by, conflict).await?, by.event.at);
    if !accounts::names_of(tx, own.id).await?.is_empty() {
        return Err(Refused::PersonSignsIn.into());
    }
    let holder = manageable(tx, conflict.holder, &conflict.client).await?;
    by.may_change(holder.class)?;
    let has_it = account_changes::name_owner(tx, holder.class, &conflict.wanted).await? == Some(holder.id);
    if !has_it || holder.status == AccountStatus::Ended {
        return Err(Refused::HolderGone.into());
    }
    if external_ids::is_managed(tx, holder.id, &conflict.client).await? {
        return Err(Refused::HolderManaged.into());
    }
    if end_for_good(tx, own.id, at).await? {
        let mut event = by.event("account.ended", own.id, &conflict.client);
        event.details = json!({ "reason": "its record is about another account", "account": holder.id });
        tx.audit(event);
    }
    external_ids::assign(tx, &conflict.client, &conflict.external_id, holder.id).await?;
    pushed_contacts::own(tx, holder.id, &conflict.client).await?;
    pushed_contacts::touch(tx, holder.id, at).await?;
    for to in notices::receiving(&holder) {
        let told = (&holder, Some(conflict.client.as_str()), by.lang.as_str());
        let notice = notices::by_office(&by.random, told, to, "record-joined", &json!({}), at);
        outbox::put(tx, notice, at).await?;
    }
    Ok(())
}
