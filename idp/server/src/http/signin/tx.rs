//! The transaction of a page: read from its address, checked against its cookie, led on to what is needed next.

use axum::response::Response;
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::{Explained, Need};
use idp_core::oidc::scope::Scopes;
use uuid::Uuid;

use super::frame::{face, form_targets, gone_page, leave, passed, with_providers};
use super::login;
use crate::http::cx::{Cx, Stop, add_cookie, see_other};
use crate::net::form::Form;
use crate::net::headers::FormAction;
use crate::page::screens::error::Problem;
use crate::page::screens::session::ExpiredCause;
use crate::page::{Frame, Message, Page};
use crate::signin::advance::{Besides, Next, Step, advance};
use crate::signin::ask::Asker;
use crate::signin::backup::{self, Notice, Wish};
use crate::signin::device::{self, Device};
use crate::signin::done::Done;
use crate::signin::finish::Finished;
use crate::signin::outbox::{self, Prompt};
use crate::signin::transaction::Transaction;
use crate::signin::view::{Given, View};
use crate::signin::{Refusal, StepError, cookie, registration, remembered};
use crate::store::devices::NewDevice;
use crate::store::outbox::Outgoing;

/// A page's transaction and what is known of it.
pub(in crate::http) struct OnTx {
    pub cx: Cx,
    pub tx: Box<Transaction>,
    pub view: Box<View>,
}

/// What a person wishes besides what they did.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::http) struct Wishes {
    /// Whether they ask for backup codes.
    pub codes: Wish,
    /// Whether this browser is to be remembered.
    pub remember: bool,
}

/// The transaction that the address names, owned by this browser.
pub(super) async fn read(mut cx: Cx) -> Result<OnTx, Stop> {
    let tx = owned(&mut cx).await?;
    reread(cx, tx).await
}

/// The transaction with what is known of it now.
pub(super) async fn reread(cx: Cx, tx: Box<Transaction>) -> Result<OnTx, Stop> {
    let view = Box::new(view(&cx, &tx).await?);
    Ok(OnTx { cx, tx, view })
}

/// What is known of a transaction now.
pub(super) async fn view(cx: &Cx, tx: &Transaction) -> Result<View, Stop> {
    let view = View::load(&cx.app, tx, cx.visitor()).await.map_err(|error| cx.stop(error))?;
    view.ok_or_else(|| Stop::from(cx.request_problem(None, "unauthorized_client", "the client is disabled")))
}

/// The transaction that this text seals, owned by this browser.
pub(super) async fn owned_by(mut cx: Cx, text: &str) -> Result<OnTx, Stop> {
    let tx = opened(&mut cx, text).await?;
    reread(cx, tx).await
}

async fn owned(cx: &mut Cx) -> Result<Box<Transaction>, Stop> {
    let Some(text) = cx.query("tx").map(str::to_owned) else {
        return Err(Stop::from(cx.expired(ExpiredCause::Idle, None)));
    };
    opened(cx, &text).await
}

async fn opened(cx: &mut Cx, text: &str) -> Result<Box<Transaction>, Stop> {
    let found = Transaction::open(&cx.app, text).await.map_err(|error| cx.stop(error))?;
    let Some(mut tx) = found else {
        return Err(Stop::from(cx.expired(ExpiredCause::Idle, None)));
    };
    cx.lang = cx.language(tx.lang.as_deref(), tx.request.ui_locales.as_deref());
    if cx.query("lang").is_some() {
        tx.lang = Some(cx.lang.code().to_owned());
    }
    let owner = cx.cookie(&cx.names.transaction(&tx.id)).map(str::to_owned);
    let has_cookies = cx.cookies().any(|(name, _)| cx.names.is_ours(name));
    let life = TimeDelta::minutes(i64::from(cx.app.config.sessions.transaction_minutes));
    tx.check(owner.as_deref(), has_cookies, cx.app.clock.now(), life)
        .map(Box::new)
        .map_err(|gone| Stop::from(gone_page(cx, gone, text)))
}

/// Addresses of one transaction.
pub(in crate::http) struct Links {
    sealed: String,
}

impl Links {
    /// The address of the page at `path`.
    pub fn to(&self, path: &str) -> String {
        format!("{path}?tx={}", self.sealed)
    }
}

impl OnTx {
    /// What is needed next.
    pub fn need(&self) -> Need {
        self.view.need(&self.cx.app, &self.tx, Given::default())
    }

    /// The account that a sign-in elsewhere is to be linked to.
    fn links_to(&self) -> Option<Uuid> {
        self.view.newcomer.as_ref()?.account
    }

    /// Whether there is a choice among second factors.
    pub fn several(&self) -> bool {
        matches!(self.need(), Need::Factor(need) if need.ready.len() + need.enrol.len() > 1)
    }

    /// Looks again, after somebody else took a step meanwhile.
    pub async fn reload(&mut self) -> Result<(), Stop> {
        *self.view = view(&self.cx, &self.tx).await?;
        Ok(())
    }

    /// The address of a page of this transaction.
    pub async fn at(&self, path: &str) -> Result<String, Stop> {
        Ok(self.links().await?.to(path))
    }

    /// The addresses of several pages of this transaction as it is now: it is sealed once.
    pub async fn links(&self) -> Result<Links, Stop> {
        let sealed = self.tx.seal(&self.cx.app, &self.cx.origin).await.map_err(|error| self.cx.stop(error))?;
        Ok(Links { sealed })
    }

    /// The frame of a page of this transaction.
    pub fn frame(&self, here: &str) -> Frame {
        Frame {
            csrf: Some(self.form_token()),
            here: here.to_owned(),
            banner: match self.tx.backup {
                Some(Notice::Left(left)) => Some(Message::new("notice-backup-left").with("count", left)),
                _ => None,
            },
            ..self.cx.frame_in(&self.view.policy, face(&self.cx, &self.tx))
        }
    }

    /// A page of this transaction. Its forms may lead to the client, so the policy lets them.
    pub fn page<P: Page>(&self, status: StatusCode, frame: &Frame, page: &P) -> Response {
        let mut response = self.cx.page(status, frame, page);
        let targets = with_providers(&self.cx.app, form_targets(&self.tx.request.reply_to.redirect_uri));
        response.extensions_mut().insert(FormAction(targets));
        response
    }

    fn form_token(&self) -> String {
        let owner = self.tx.owner.unwrap_or_default();
        let token = self.cx.app.purposes.forms.tag(&[b"transaction", self.tx.id.as_bytes(), &owner]);
        BASE64URL_NOPAD.encode(&token)
    }

    /// Refuses a form that no page of this transaction sent.
    pub fn check_form(&self, form: &Form) -> Result<(), Stop> {
        let owner = self.tx.owner.unwrap_or_default();
        let token = form.get("csrf").and_then(|t| BASE64URL_NOPAD.decode(t.as_bytes()).ok()).unwrap_or_default();
        let parts: [&[u8]; 3] = [b"transaction", self.tx.id.as_bytes(), &owner];
        if self.cx.is_from_our_pages() && self.cx.app.purposes.forms.verify(&parts, &token) {
            return Ok(());
        }
        Err(Stop::from(self.cx.problem(StatusCode::FORBIDDEN, Problem::Forbidden)))
    }

    /// Takes a step and leads on; a refusal has its page.
    pub async fn step(&mut self, done: Done, agreed: Option<Scopes>) -> Result<Response, Stop> {
        self.step_wishing(done, agreed, Wishes::default()).await
    }

    /// As [`OnTx::step`], with what the person wishes besides.
    pub async fn step_wishing(&mut self, done: Done, agreed: Option<Scopes>, wishes: Wishes) -> Result<Response, Stop> {
        match self.step_or_refusal(done, agreed, wishes).await? {
            Ok(response) => Ok(response),
            Err(refusal) => Ok(self.refused(&refusal).await),
        }
    }

    /// Takes a step and leads on; the caller has a page for some refusals.
    pub async fn step_or_refusal(
        &mut self,
        done: Done,
        agreed: Option<Scopes>,
        wishes: Wishes,
    ) -> Result<Result<Response, Refusal>, Stop> {
        let raises = !matches!(done, Done::Nothing | Done::Terms(_));
        let done_first = done.is_first();
        let notice = backup::follows(&self.cx.app, &self.view, &done, wishes.codes);
        let remembering = self.remembering(&done, wishes).map_err(|error| self.cx.stop(error))?;
        let besides = self.besides(notice.as_ref(), remembering.as_ref().map(|(device, _)| device.clone()));
        let (view, transaction, origin) = (&*self.view, &*self.tx, &self.cx.origin);
        let step = Step { view, transaction, done, agreed, origin, lang: self.cx.lang, besides };
        let next = match advance(&self.cx.app, step).await {
            Ok(next) => next,
            Err(StepError::Refused(refusal)) => return Ok(Err(refusal)),
            Err(error) => return Err(self.cx.stop(error)),
        };
        if notice.is_some() {
            self.tx.backup = notice;
        }
        if done_first {
            // What services said of somebody else says nothing of whoever signed in now.
            self.tx.unknown_at.clear();
        }
        let mut owner = None;
        if raises && !matches!(next, Next::Finished(_)) {
            // Whoever knew the old cookie knows nothing of what was just proven.
            owner = Some(self.tx.give_to_new_owner(&self.cx.app.random));
            self.tx.begun = true;
        }
        let mut response = self.lead_to(next).await?;
        if let Some((_, cookie)) = remembering {
            add_cookie(&mut response, &cookie);
        }
        if let Some(value) = owner {
            add_cookie(&mut response, &cookie::set(&self.cx.names.transaction(&self.tx.id), &value, None));
        }
        Ok(Ok(response))
    }

    /// This browser as a device to be remembered, with its cookie: for who asks for it on the page of a code.
    fn remembering(&self, done: &Done, wishes: Wishes) -> Result<Option<(NewDevice, String)>, StepError> {
        if !wishes.remember || !matches!(done, Done::Factor { .. }) || done.spends_backup_code() {
            return Ok(None);
        }
        let name = self.cx.names.device();
        let prepared =
            remembered::prepare(&self.cx.app, &self.view, self.cx.cookie(&name), self.cx.origin.device.clone())?;
        let life = remembered::longest_days(&self.cx.app).saturating_mul(86_400);
        Ok(prepared.map(|new| (new.device, cookie::set(&name, &new.cookie, Some(life)))))
    }

    fn besides(&self, notice: Option<&Notice>, device: Option<NewDevice>) -> Besides {
        let account = self.view.account.as_ref();
        let codes = match (notice, account) {
            (Some(Notice::Made(seed)), Some(account)) => {
                Some(backup::tags(&self.cx.app, account.id, seed, self.view.policy.backup_codes.count))
            }
            _ => None,
        };
        Besides { codes, device, pauses: notice.is_some_and(Notice::pauses), ..Besides::default() }
    }

    /// Leads to the page of what is needed, without anything done.
    pub async fn lead_on(&mut self) -> Result<Response, Stop> {
        if self.tx.backup.as_ref().is_some_and(Notice::pauses) {
            return self.to_backup_codes().await;
        }
        self.step(Done::Nothing, None).await
    }

    async fn lead_to(&mut self, next: Next) -> Result<Response, Stop> {
        let need = match next {
            Next::Finished(finished) => return Ok(self.finished(finished)),
            Next::Factor(factor, outgoing) => {
                return self.lead_to_factor(factor, outgoing.map(|outgoing| *outgoing)).await;
            }
            Next::SignInAgain | Next::Paused if matches!(self.tx.backup, Some(Notice::Made(_))) => {
                return self.to_backup_codes().await;
            }
            Next::Paused => return self.to_backup_codes().await,
            Next::PasskeyMade => return Ok(see_other(&self.at("/setup/passkey/done").await?)),
            Next::SignInAgain => return Ok(see_other(&format!("{}&notice=set-up", self.at("/sign-in").await?))),
            Next::Page(need) => need,
        };
        let path = match need {
            // A sign-in elsewhere is to be linked to an account, which somebody who is inside theirs need not be told.
            Need::Login if self.tx.links_in.is_none() && self.links_to().is_some() => "/link",
            // The session is of the account that stays; whoever is there signs in to the other one.
            Need::Login if self.tx.joins.is_some() => "/sign-in",
            // Who wants to make an account may still sign in instead: the page says so.
            Need::Login if self.tx.request.prompt.create && registration::takes_passwords(&self.view) => "/create",
            // A shared device shows nobody's address.
            Need::Login
                if self.view.session.is_some() && !self.view.policy.shared_device && login::takes_password(self) =>
            {
                "/sign-in/confirm"
            }
            Need::Login => "/sign-in",
            Need::SelectAccount => "/sign-in/account",
            Need::Factor(_) => {
                self.tx.factor = None;
                "/mfa/method"
            }
            // What was chosen already is not asked again.
            Need::Enrol(factors)
                if self.tx.set_up.as_ref().is_some_and(|chosen| {
                    factors == [chosen.clone()] || (self.tx.proves_first && factors.contains(chosen))
                }) =>
            {
                return self.to_set_up().await;
            }
            Need::Invite(factors) if self.tx.set_up.as_ref().is_some_and(|chosen| factors.contains(chosen)) => {
                return self.to_set_up().await;
            }
            Need::Enrol(factors) if !factors.is_empty() && factors.iter().all(FactorId::is_by_phone) => "/setup/phone",
            Need::Enrol(_) | Need::Invite(_) => "/setup",
            Need::NewPassword => "/forgot/new",
            Need::Terms => "/terms",
            Need::Consent(_) => "/consent",
            Need::Refuse(error, Explained::Silently) if !self.tx.is_for_account_pages() => {
                let reply = self.tx.error(self.cx.app.issuer(), &error);
                return Ok(leave(&self.cx, &self.tx, reply));
            }
            Need::Refuse(..) => return self.no_way().await,
            Need::Nothing(_) if self.tx.joins.is_some() => "/join",
            Need::Nothing(_) => return Err(Stop::from(passed(&self.cx, &self.tx))),
        };
        Ok(see_other(&self.at(path).await?))
    }

    /// Leads to the page on which the chosen factor is set up.
    pub(super) async fn to_set_up(&self) -> Result<Response, Stop> {
        let (path, query) = match &self.tx.set_up {
            Some(FactorId::Sms) => ("/setup/phone", ""),
            Some(FactorId::Voice) => ("/setup/phone", "&by=voice"),
            Some(FactorId::Email) => ("/setup/email", ""),
            Some(FactorId::Totp) => ("/setup/app", ""),
            Some(FactorId::Passkey) => ("/setup/passkey", ""),
            Some(FactorId::Backup | FactorId::Remote(_)) | None => ("/setup", ""),
        };
        Ok(see_other(&format!("{}{query}", self.at(path).await?)))
    }

    /// Leads to where backup codes are shown or offered: they are offered on the page that says that an app was set up,
    /// or on one of their own.
    async fn to_backup_codes(&self) -> Result<Response, Stop> {
        let path = match self.tx.backup {
            Some(Notice::Offered { left: None, .. }) => "/setup/done",
            _ => "/setup/backup-codes",
        };
        Ok(see_other(&self.at(path).await?))
    }

    /// Leads to the page of a factor, after its code was sent.
    pub async fn lead_to_factor(&mut self, factor: FactorId, outgoing: Option<Outgoing>) -> Result<Response, Stop> {
        let path = page_of(&factor);
        self.tx.factor = Some(factor);
        let mut query = "";
        if let Some(outgoing) = outgoing {
            self.tx.begun = true;
            match outbox::promptly(&self.cx.app, outgoing).await {
                Prompt::OnItsWay => {}
                Prompt::NotSent => query = "&notice=not-sent",
                // The offer has changed: what is needed is worked out anew.
                Prompt::ChannelClosed => return Ok(see_other(&self.at("/mfa/method").await?)),
            }
        }
        Ok(see_other(&format!("{}{query}", self.at(path).await?)))
    }

    /// Who asks for a code here; `None` where nobody is signed in.
    pub fn asker(&self) -> Option<Asker<'_>> {
        let account = self.view.account.as_ref()?;
        let Self { tx, view, cx } = self;
        let billed = view.billed.as_deref();
        Some(Asker { transaction: tx, billed, account, policy: &view.policy, lang: cx.lang })
    }

    fn finished(&self, finished: Finished) -> Response {
        let mut response = leave(&self.cx, &self.tx, finished.reply);
        if let Some(token) = finished.guest {
            add_cookie(&mut response, &cookie::set(&self.cx.names.guest(), &token, None));
        }
        if let Some(token) = finished.session {
            add_cookie(&mut response, &cookie::set(&self.cx.names.session(), &token, None));
            self.remember_device(&mut response);
        }
        response
    }

    /// Makes the device known to whoever signed in just now, unless many people use it.
    fn remember_device(&self, response: &mut Response) {
        let Some(account) = self.view.account.as_ref().filter(|_| !self.view.policy.shared_device) else { return };
        if let Some(device) = Device::after_sign_in(&self.cx.app, self.cx.device(), account.id) {
            add_cookie(response, &cookie::set(&self.cx.names.known_device(), &device, Some(device::LIFE_SECONDS)));
        }
    }
}

/// The page where a factor is used.
pub(super) const fn page_of(factor: &FactorId) -> &'static str {
    match factor {
        FactorId::Backup => "/mfa/backup",
        FactorId::Passkey => "/mfa/passkey",
        FactorId::Remote(_) => "/mfa/question",
        _ => "/mfa/code",
    }
}
