//! What the pages of a code say about the message that carries it: that it has arrived, that it has not, and which other
//! ways there are once it has had time to.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::FactorNeed;
use idp_core::metering::SendStatus;

use super::tx::{Links, OnTx};
use crate::page::screens::code::Code;
use crate::page::{ClockTime, Message};
use crate::store::proofs::Challenge;

/// How long a message has to arrive before other ways are offered openly.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// The notice in the address of the page for somebody who looks whether the message has arrived.
pub(super) const CHECKED: &str = "checked";

/// Whether there may still be news of a code's message: nothing final is known, and whoever carries it tells.
fn may_be_heard_of(on: &OnTx, challenge: &Challenge) -> bool {
    let known = challenge.send_failed || challenge.receipt.is_some_and(|(status, _)| status.is_final());
    !known && on.cx.app.senders().router.reports(&challenge.factor)
}

/// What somebody is told who looked whether the message has arrived, where that is not known.
pub(super) fn unheard_of(on: &OnTx, challenge: &Challenge) -> Option<Message> {
    may_be_heard_of(on, challenge).then(|| Message::new(format!("notice-unheard-of-{}", challenge.factor)))
}

/// What is known of a code's message, once there is something to say.
pub(in crate::http) fn notice_of(challenge: &Challenge, now: DateTime<Utc>) -> Option<Message> {
    if challenge.send_failed {
        return Some(Message::new("notice-not-sent"));
    }
    let (status, at) = challenge.receipt?;
    let about = |text: &str| Message::new(format!("notice-{text}-{}", challenge.factor));
    match status {
        SendStatus::Delivered | SendStatus::Answered => Some(about("delivered").with("time", ClockTime::at(at, now))),
        SendStatus::Failed => Some(about("not-delivered")),
        SendStatus::Accepted | SendStatus::Sent => None,
    }
}

/// What somebody is told who was led away from the page of a code because its message did not arrive.
pub(super) fn undelivered(on: &OnTx, but: Option<&FactorId>) -> Vec<Message> {
    let now = on.cx.app.clock.now();
    let failed = on.view.challenges.iter().filter(|challenge| !challenge.sets_up && challenge.has_failed());
    failed
        .filter(|challenge| Some(&challenge.factor) != but)
        .filter_map(|challenge| notice_of(challenge, now))
        .collect()
}

/// What somebody is told whose way to get codes fails at the moment, on the page where others are chosen.
pub(super) fn failing(on: &OnTx) -> Vec<Message> {
    on.view.offer.failing.iter().map(|factor| Message::new(format!("notice-{factor}-down"))).collect()
}

/// The same where no other way was chosen: there was only one left.
pub(super) fn failing_instead(on: &OnTx, need: &FactorNeed) -> Vec<Message> {
    let failing = on.view.offer.failing.iter().filter(|_| !need.choose && !need.before_enrolment);
    failing.map(|factor| Message::new(format!("notice-{factor}-down-instead"))).collect()
}

/// Says what became of the message, and offers a call or an email: openly once the message has had time to arrive, and at
/// once where it is known not to.
pub(super) fn offer_others(on: &OnTx, need: &FactorNeed, factor: &FactorId, links: &Links, page: &mut Code) {
    if !factor.is_by_phone() {
        return;
    }
    if *factor == FactorId::Sms && need.ready.contains(&FactorId::Voice) {
        page.voice_action = Some(links.to("/mfa/call"));
    }
    let Some(challenge) = on.view.challenge(factor) else { return };
    let left = challenge.last_sent_at + PATIENCE - on.cx.app.clock.now();
    if challenge.has_failed() {
        page.others = Some("code-others-failed".to_owned());
    } else if left <= TimeDelta::zero() {
        page.others = Some(format!("code-others-{factor}"));
    } else if page.voice_action.is_some() || need.ready.contains(&FactorId::Email) {
        // Rounded up: the page that is loaded then offers them.
        page.open_after = Some(left.num_seconds() + 1);
    }
    // Where email is one of the ways to choose from, it needs no link from the beginning.
    if need.email_fallback || (page.others.is_some() && need.ready.contains(&FactorId::Email)) {
        page.email_action = Some(links.to("/mfa/email"));
    }
    if may_be_heard_of(on, challenge) {
        page.check_href = Some(format!("{}&notice={CHECKED}", links.to("/mfa/code")));
    }
}
