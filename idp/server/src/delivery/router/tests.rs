//! Order, fallback, time limit and breaker, with senders that do as they are told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::super::testing::message;
use super::*;

/// A sender whose answers are given; `None` never answers.
struct Told {
    name: &'static str,
    answer: Mutex<Option<Result<Accepted, DeliveryError>>>,
    asked: AtomicUsize,
}

impl Told {
    fn new(name: &'static str, answer: Option<Result<Accepted, DeliveryError>>) -> Arc<Self> {
        Arc::new(Self { name, answer: Mutex::new(answer), asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Sender for Told {
    fn name(&self) -> &'static str {
        self.name
    }

    fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<Accepted, DeliveryError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().expect("not poisoned").clone();
        async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, DeliveryError>> {
        async { Ok("well".to_owned()) }.boxed()
    }
}

type Answer = Result<Accepted, DeliveryError>;

#[expect(clippy::unnecessary_wraps, reason = "it is an answer like the others")]
fn taken() -> Answer {
    Answer::Ok(Accepted { provider_id: Some("id".to_owned()), ..Accepted::default() })
}

fn down() -> Answer {
    Answer::Err(DeliveryError::Unavailable("down".to_owned()))
}

fn router(sms: Vec<Arc<dyn Sender>>, clock: &Clock) -> Router {
    Router::of([Vec::new(), sms, Vec::new()], AllowList::default(), Duration::from_millis(50), clock.clone())
}

fn text() -> Message {
    message("+447700900123", FactorId::Sms)
}

#[tokio::test]
async fn req_s0_15_the_next_sender_is_tried_when_one_fails_and_never_when_the_address_is_refused() {
    let refused_us = Err(DeliveryError::Refused("credentials".to_owned()));
    for first in [down(), refused_us] {
        let (one, two) = (Told::new("one", Some(first)), Told::new("two", Some(taken())));
        let sent = router(vec![one.clone(), two.clone()], &Clock::system()).send(&text()).await.expect("sent");
        assert_eq!((sent.sender, one.asked(), two.asked()), ("two", 1, 1));
    }
    for last in [DeliveryError::Recipient("no such number".to_owned()), DeliveryError::Malformed("x")] {
        let (one, two) = (Told::new("one", Some(Err(last.clone()))), Told::new("two", Some(taken())));
        let error = router(vec![one, two.clone()], &Clock::system()).send(&text()).await.expect_err("refused");
        assert_eq!((error.clone(), error.may_retry(), two.asked()), (last, false, 0));
    }
}

#[tokio::test]
async fn a_failure_that_leaves_hope_goes_before_one_that_does_not() {
    let refused = || Told::new("one", Some(Err(DeliveryError::Refused("credentials".to_owned()))));
    let clock = Clock::system();
    let error = router(vec![refused(), Told::new("two", Some(down()))], &clock).send(&text()).await;
    assert!(error.is_err_and(|error| error.may_retry()));
    let error = router(vec![Told::new("two", Some(down())), refused()], &clock).send(&text()).await;
    assert!(error.is_err_and(|error| error.may_retry()));
    assert!(router(Vec::new(), &clock).send(&text()).await.is_err_and(|error| !error.may_retry()));
}

#[tokio::test]
async fn case_rl15_a_sender_that_hangs_is_given_up_and_after_five_failures_left_alone() {
    let clock = Clock::system();
    let (hangs, works) = (Told::new("hangs", None), Told::new("works", Some(taken())));
    let router = router(vec![hangs.clone(), works.clone()], &clock);
    for _ in 0..5 {
        assert_eq!(router.send(&text()).await.expect("sent").sender, "works");
    }
    assert!(router.channels().sms, "the other one works");
    router.send(&text()).await.expect("sent");
    assert_eq!((hangs.asked(), works.asked()), (5, 6), "the breaker is open");
    clock.advance(TimeDelta::seconds(31));
    router.send(&text()).await.expect("sent");
    assert_eq!(hangs.asked(), 6, "one tries again");
    *hangs.answer.lock().expect("not poisoned") = Some(taken());
    clock.advance(TimeDelta::seconds(31));
    for _ in 0..2 {
        assert_eq!(router.send(&text()).await.expect("sent").sender, "hangs");
    }
}

#[tokio::test]
async fn req_s4_11_a_channel_whose_senders_all_fail_is_not_offered_until_the_pause_is_over() {
    let clock = Clock::system();
    let router = router(vec![Told::new("one", Some(down()))], &clock);
    assert!(router.channels().sms && !router.channels().voice);
    for _ in 0..5 {
        router.send(&text()).await.expect_err("down");
    }
    assert!(!router.channels().sms);
    clock.advance(TimeDelta::seconds(31));
    assert!(router.channels().sms, "somebody must try again");
}

#[tokio::test]
async fn req_s4_15_whoever_is_not_on_the_allow_list_gets_nothing() {
    let sender = Told::new("one", Some(taken()));
    let list = AllowList::new(&["+447700900123".to_owned()]);
    let senders = [Vec::new(), vec![sender.clone() as Arc<dyn Sender>], Vec::new()];
    let router = Router::of(senders, list, Duration::from_secs(1), Clock::system());
    router.send(&text()).await.expect("on the list");
    let other = Message { to: "+447700900124".to_owned(), ..text() };
    assert_eq!(router.send(&other).await, Err(DeliveryError::Withheld));
    assert_eq!(sender.asked(), 1);
}

#[tokio::test]
async fn each_sender_is_checked_once_with_all_its_channels() {
    let both = Told::new("both", Some(taken())) as Arc<dyn Sender>;
    let senders = [Vec::new(), vec![both.clone()], vec![both]];
    let router = Router::of(senders, AllowList::default(), Duration::from_secs(1), Clock::system());
    let checked = router.check().await;
    let expected =
        Checked { sender: "both", channels: vec![FactorId::Sms, FactorId::Voice], outcome: Ok("well".to_owned()) };
    assert_eq!(checked, [expected]);
}
