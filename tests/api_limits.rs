//! How much one back office may send.

use serde_json::json;

use crate::contact_sync::{ALL, Office, problem};
use crate::support::settings::Backend;
use crate::support::{Options, Server};

#[tokio::test]
async fn no_other_14_a_back_office_that_sends_too_much_is_told_when_to_come_back() {
    let config = "[limits]\npeople_per_client_per_minute = 6\n".to_owned();
    let server = Server::start(Options { config, ..Options::default() }).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let batch = |from: usize, count: usize| {
        let line =
            |n: usize| json!({ "external_id": format!("{n}"), "email": format!("p{n}@example.test") }).to_string();
        (from..from + count).map(line).collect::<Vec<_>>().join("\n")
    };
    // People count, not calls: four in a batch and two by themselves.
    crm.post_lines(&batch(0, 4)).await.expect(200);
    crm.put("4", &json!({ "email": "p4@example.test" })).await.expect(201);
    // A batch that does not fit any more leaves nothing of it behind.
    let refused = crm.post_lines(&batch(5, 3)).await;
    problem(&refused, 429, "too_many_requests", None);
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    let refused = crm.get("4").await;
    problem(&refused, 429, "too_many_requests", None);
    assert!(!crate::import::exists(&server, "p5@example.test"));
    // Another client has a budget of its own, and after the minute everything goes on.
    let other = Office::of(&server, "housing", ALL).await;
    other.get("4").await.expect(404);
    if Backend::chosen() != Backend::Sqlite {
        // Redis counts by its own clock, which no test moves.
        return;
    }
    server.advance(i64::try_from(seconds).expect("seconds")).await;
    crm.get("4").await.expect(200);
    // Who sends more at once than the limit allows in a minute is served once a minute.
    server.advance(61).await;
    crm.post_lines(&batch(5, 9)).await.expect(200);
    problem(&crm.get("4").await, 429, "too_many_requests", None);
}
