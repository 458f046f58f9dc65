//! What is said of a person, applied to their account: only what differs is written, and only then is anybody told.

use std::collections::BTreeMap;

use idp_core::account::{ContactState, EmailAddress, PhoneNumber, PushedNumbers};
use idp_core::factor::FactorId;
use idp_core::oidc::claims::Claims;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{By, Details, Left, Outcome, Person, masked_email, masked_phone};
use crate::signin::ending::end_unfinished;
use crate::signin::notices;
use crate::store::account_changes::{self, Kind};
use crate::store::accounts::{self, Account};
use crate::store::contact_conflicts::{self, Met};
use crate::store::pushed_contacts::{self, Contacts, Held};
use crate::store::{StoreError, Tx, outbox};

/// Applies the details of a person to their account, which is held.
pub(super) async fn details(
    tx: &mut Tx,
    by: &By,
    person: &Person,
    account: &Account,
    details: Details,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let before = pushed_contacts::of_account(tx, account.id).await?;
    let email = match email(tx, by, person, account, &before, &details.email).await? {
        Ok(changed) => changed,
        Err(conflict) => {
            outcome.left.push(Left::Email(Some(conflict)));
            false
        }
    };
    let phones = phones(tx, by, person, account, &before, &details.numbers).await?;
    outcome
        .changed
        .extend([(email, "email"), (phones, "phones")].into_iter().filter(|(done, _)| *done).map(|(_, n)| n));
    outcome.changed.extend(description(tx, by, account, &details).await?);
    if email || phones {
        pushed_contacts::touch(tx, account.id, by.event.at).await?;
        let after = pushed_contacts::of_account(tx, account.id).await?;
        moved(tx, by, person, account, (&before, &after)).await?;
    }
    if !outcome.changed.is_empty() || outcome.created {
        let after = pushed_contacts::of_account(tx, account.id).await?;
        let mut event = by.event("contact.synced", account.id, &person.client);
        event.details = json!({
            "external_id": person.external_id,
            "changed": outcome.changed,
            "before": masked(&before),
            "after": masked(&after),
        });
        tx.audit(event);
    }
    Ok(())
}

/// Contacts as the audit trail keeps them.
fn masked(contacts: &Contacts) -> Value {
    let phones = contacts.phones.iter().map(|phone| masked_phone(&phone.value)).collect::<Vec<_>>();
    json!({ "email": contacts.email().map(|email| masked_email(&email.value)), "phones": phones })
}

/// A pushed contact: as it was where the account had it, else vouched.
fn pushed(by: &By, person: &Person, before: &[Held], value: &str, is_default: bool) -> (Uuid, Held) {
    let at = by.event.at;
    let had = before.iter().find(|held| held.value == value);
    let held = Held {
        value: value.to_owned(),
        // What somebody typed and nobody proved is vouched for from now on.
        state: had.map_or(ContactState::Vouched, |had| match had.state {
            ContactState::Unproven => ContactState::Vouched,
            known => known,
        }),
        is_default,
        owner: Some(person.client.clone()),
        created_at: had.map_or(at, |had| had.created_at),
        state_at: had.map_or(at, |had| had.state_at),
    };
    (by.random.uuid(at), held)
}

fn differs(before: &[Held], after: &[(Uuid, Held)]) -> bool {
    let key = |held: &Held| (held.value.clone(), (held.is_default, held.state.as_str(), held.owner.clone()));
    let before = before.iter().map(key).collect::<BTreeMap<_, _>>();
    before != after.iter().map(|(_, held)| key(held)).collect::<BTreeMap<_, _>>()
}

/// Applies the address: says whether anything changed, or which conflict keeps it from being applied. Who was given a sign-in
/// name of their own keeps it: the address is then where messages go, and may be another person’s name.
async fn email(
    tx: &mut Tx,
    by: &By,
    person: &Person,
    account: &Account,
    before: &Contacts,
    wanted: &EmailAddress,
) -> Result<Result<bool, Uuid>, StoreError> {
    let at = by.event.at;
    let after = vec![pushed(by, person, &before.emails, wanted.as_str(), true)];
    let unchanged = !differs(&before.emails, &after);
    let names = accounts::names_of(tx, account.id).await?;
    let given = !names.is_empty() && before.email().is_none_or(|email| !names.contains(&email.value));
    // Of accounts that were joined both names stay.
    let signs_in_with_it = names.iter().any(|name| name == wanted.as_str());
    if !(given || signs_in_with_it) {
        let taken = pushed_contacts::take_name(tx, account.id, account.class, wanted.as_str()).await?;
        if !taken {
            let holder = account_changes::name_owner(tx, account.class, wanted.as_str()).await?;
            let holder = holder.ok_or_else(|| StoreError::inconsistent("sign_in_names", "account_id", account.id))?;
            return Ok(Err(conflict(tx, by, person, (account.id, holder), wanted).await?));
        }
    }
    // What waited about another address, or about this one, has been settled by this push.
    contact_conflicts::supersede(tx, (&person.client, &person.external_id), "", at).await?;
    if unchanged {
        return Ok(Ok(false));
    }
    pushed_contacts::put(tx, account.id, Kind::Email, after).await?;
    Ok(Ok(true))
}

async fn conflict(
    tx: &mut Tx,
    by: &By,
    person: &Person,
    (account, holder): (Uuid, Uuid),
    wanted: &EmailAddress,
) -> Result<Uuid, StoreError> {
    let at = by.event.at;
    let met = Met {
        id: by.random.uuid(at),
        client: &person.client,
        external_id: &person.external_id,
        wanted: wanted.as_str(),
        holder,
        at,
    };
    let (id, waits_anew) = contact_conflicts::note(tx, met).await?;
    if waits_anew {
        let mut event = by.event("contact.conflict", account, &person.client);
        event.details = json!({
            "external_id": person.external_id, "conflict": id, "wanted": wanted.masked(), "holder": holder,
        });
        tx.audit(event);
    }
    Ok(id)
}

/// Applies the numbers; says whether anything changed.
async fn phones(
    tx: &mut Tx,
    by: &By,
    person: &Person,
    account: &Account,
    before: &Contacts,
    numbers: &PushedNumbers,
) -> Result<bool, StoreError> {
    let kept = numbers.kept.iter();
    let after = kept.map(|(number, default)| pushed(by, person, &before.phones, number.as_str(), *default));
    let after = after.collect::<Vec<_>>();
    if !differs(&before.phones, &after) {
        return Ok(false);
    }
    if numbers.default_number().is_none() && before.phone().is_some() {
        for factor in [FactorId::Sms, FactorId::Voice] {
            account_changes::forget_use(tx, account.id, &factor).await?;
        }
    }
    pushed_contacts::put(tx, account.id, Kind::Phone, after).await?;
    Ok(true)
}

/// Applies names and language; says what changed. What is not told stays.
async fn description(
    tx: &mut Tx,
    by: &By,
    account: &Account,
    details: &Details,
) -> Result<Vec<&'static str>, StoreError> {
    let profile = named(&account.profile, details);
    let locale = details.locale.clone().or_else(|| account.locale.clone());
    let changed = [(profile != account.profile, "name"), (locale != account.locale, "locale")];
    let changed = changed.into_iter().filter(|(done, _)| *done).map(|(_, what)| what).collect::<Vec<_>>();
    if !changed.is_empty() {
        pushed_contacts::describe(tx, account.id, profile, locale, by.event.at).await?;
    }
    Ok(changed)
}

fn named(profile: &Claims, details: &Details) -> Claims {
    let mut profile = profile.clone();
    for (claim, told) in [("given_name", &details.given_name), ("family_name", &details.family_name)] {
        if let Some(told) = told {
            profile.insert(claim.to_owned(), Value::from(told.as_str()));
        }
    }
    if details.given_name.is_some() || details.family_name.is_some() {
        let part = |claim: &str| profile.get(claim).and_then(Value::as_str).map(str::to_owned);
        let name = [part("given_name"), part("family_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        profile.insert("name".to_owned(), Value::from(name));
    }
    profile
}

/// A default contact that is another one now: what stood in for a proof of the old one ends, sessions go on, and the old
/// one is told without being shown the new.
pub(super) async fn moved(
    tx: &mut Tx,
    by: &By,
    person: &Person,
    account: &Account,
    (before, after): (&Contacts, &Contacts),
) -> Result<(), StoreError> {
    let value = |held: Option<&Held>| held.map(|held| held.value.clone());
    let email = before.email().filter(|old| value(after.email()).as_ref() != Some(&old.value));
    let phone = before.phone().filter(|old| value(after.phone()).as_ref() != Some(&old.value));
    if email.is_none() && phone.is_none() {
        return Ok(());
    }
    end_unfinished(tx, account.id, None, by.event.at).await?;
    if email.is_some() {
        // Who was invited at the old address was not invited at the new one.
        pushed_contacts::invite(tx, account.id, None).await?;
    }
    let hears = |held: &&Held| notices::receives(held.state);
    let mailbox = before.email().filter(hears).map(|held| (FactorId::Email, held.value.clone()));
    let mut told = Vec::new();
    if email.is_some() {
        told.extend(mailbox.clone().map(|to| (to, "email-pushed")));
    }
    if let Some(old) = phone {
        let texts = PhoneNumber::parse(&old.value).is_ok_and(|number| number.line_type().takes_texts());
        let to = if texts && hears(&old) { Some((FactorId::Sms, old.value.clone())) } else { mailbox };
        told.extend(to.map(|to| (to, "phone-pushed")));
    }
    for (to, kind) in told {
        let told = (account, Some(person.client.as_str()), by.lang.as_str());
        let notice = notices::by_office(&by.random, told, to, kind, &json!({}), by.event.at);
        outbox::put(tx, notice, by.event.at).await?;
    }
    Ok(())
}
