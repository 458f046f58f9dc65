//! Who may see the account pages, and who may change something on them.

use chrono::TimeDelta;
use idp_core::factor::FactorId;
use idp_core::journey::{FRESH_SECONDS, Need, Proof};
use idp_core::oidc::acr::Demand;
use idp_core::oidc::authorize::AuthorizationRequest;
use idp_core::oidc::claims::ClaimsRequest;
use idp_core::oidc::prompt::Prompt;
use idp_core::oidc::response::{ReplyTo, ResponseMode};
use idp_core::oidc::scope::Scopes;
use idp_core::policy::{FirstFactor, strongest};
use uuid::Uuid;

use crate::app::App;
use crate::clients::ACCOUNT_PAGES;
use crate::page::Lang;
use crate::signin::StepError;
use crate::signin::rules::{self, Rules};
use crate::signin::transaction::{OwnSession, Transaction};
use crate::signin::view::{Given, View, Visitor};
use crate::store::accounts::Account;
use crate::store::sessions;

/// A session is noted as used at most this often.
const TOUCH_EVERY: TimeDelta = TimeDelta::seconds(60);

/// What a page takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A whole sign-in.
    SignIn,
    /// A password and the strongest factor, both just now.
    FreshProof,
}

/// Somebody who may see their account.
#[derive(Clone, Debug)]
pub struct Inside {
    /// The session that they are here with.
    pub session: Uuid,
    /// What was proven in it.
    pub proofs: Vec<Proof>,
    /// Their account.
    pub account: Account,
    /// The rules that hold for it.
    pub rules: Rules,
    /// The language of the page that they are at.
    pub lang: Lang,
}

/// What comes of asking for a page.
#[derive(Debug)]
pub enum Entry {
    /// They are in.
    In(Box<Inside>),
    /// First this sign-in, which leads back to the page.
    First(Box<Transaction>),
}

/// Whether this visitor may have a page of the account that takes so much; `target` is the page's path and
/// query.
///
/// # Errors
/// When the store fails.
pub async fn enter(app: &App, visitor: Visitor<'_>, takes: Takes, target: &str) -> Result<Entry, StepError> {
    let sign_in = transaction(app, target, None, Demand::default());
    let view = View::load(app, &sign_in, visitor).await?;
    let view = view.ok_or_else(|| StepError::Broken("the account pages are no client".to_owned()))?;
    let met = |transaction: &Transaction| matches!(view.need(app, transaction, Given::default()), Need::Nothing(_));
    let (Some(session), Some(account), true) = (&view.session, &view.account, met(&sign_in)) else {
        return Ok(Entry::First(Box::new(sign_in)));
    };
    let rules = rules::of(app, account).await?;
    if takes == Takes::FreshProof {
        let again = transaction(app, target, Some(FRESH_SECONDS), demand(app, &rules, &view.first));
        if !met(&again) {
            return Ok(Entry::First(Box::new(again)));
        }
    }
    let (id, now) = (session.id, app.clock.now());
    if session.facts.last_seen_at + TOUCH_EVERY < now {
        app.db.write(move |tx| Box::pin(async move { sessions::touch(tx, id, now).await })).await?;
    }
    Ok(Entry::In(Box::new(Inside {
        session: id,
        proofs: session.facts.proofs.clone(),
        account: account.clone(),
        rules,
        lang: visitor.lang,
    })))
}

/// A transaction that is none, to ask for codes under.
pub(super) fn none(app: &App) -> Transaction {
    transaction(app, "/account", None, Demand::default())
}

/// A sign-in that links an identity provider to the account of whoever is here, in this session: with a fresh proof, as any
/// change.
pub(super) fn linking(app: &App, inside: &Inside) -> Transaction {
    let links_in = Some(OwnSession { account: inside.account.id, session: inside.session });
    let target = "/account/security?done=identity";
    Transaction { links_in, ..transaction(app, target, Some(FRESH_SECONDS), Demand::default()) }
}

/// A sign-in that leads to the account, whoever is signed in in this browser.
#[must_use]
pub fn afresh(app: &App) -> Transaction {
    let mut transaction = transaction(app, "/account", None, Demand::default());
    transaction.request.prompt = Prompt { login: true, ..Prompt::default() };
    transaction
}

/// A sign-in that leads to a page of the account.
fn transaction(app: &App, target: &str, max_age: Option<u32>, demand: Demand) -> Transaction {
    let now = app.clock.now();
    let request = AuthorizationRequest {
        client_id: ACCOUNT_PAGES.to_owned(),
        reply_to: ReplyTo { redirect_uri: target.to_owned(), mode: ResponseMode::Query, state: None },
        scopes: Scopes::default(),
        nonce: None,
        code_challenge: None,
        prompt: Prompt::default(),
        max_age,
        demand,
        claims: ClaimsRequest::default(),
        expected_sub: None,
        login_hint: None,
        ui_locales: None,
        received_at: now,
    };
    Transaction::new(request, &app.random, now)
}

/// Where the account has a second factor, it is asked for whatever the policy says. The mailbox that stands behind the
/// first one is none.
fn demand(app: &App, rules: &Rules, first: &FirstFactor) -> Demand {
    let mut factors = strongest(&rules.standing, rules.policy.vouched_contacts);
    factors.retain(|factor| !(first.is_by_mailbox() && *factor == FactorId::Email));
    let has_factor = !factors.is_empty();
    Demand::of(has_factor.then_some("2fa"), &app.vocabulary)
}
