//! The development inbox: what was sent to whom.

use serde::Deserialize;

use super::http::{Agent, encode};

/// A message as `/dev/inbox.json` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    pub to: String,
    /// A factor id.
    pub channel: String,
    pub subject: Option<String>,
    pub body: String,
    pub code: Option<String>,
    pub sent_at: String,
}

/// The messages to an address at any of these nodes, newest first.
pub async fn messages(nodes: &[String], to: &str) -> Vec<Message> {
    let agent = Agent::new();
    let mut found: Vec<Message> = Vec::new();
    for node in nodes {
        let answer = agent.get(&format!("{node}/dev/inbox.json?{}", encode([("to", to)]))).await.expect(200);
        found.extend(serde_json::from_slice::<Vec<Message>>(&answer.body).expect("a list of messages"));
    }
    // Nodes may share one inbox, or have one each.
    found.sort_by(|a, b| b.sent_at.cmp(&a.sent_at));
    found.dedup();
    found
}

/// The newest code sent to an address.
pub async fn code(nodes: &[String], to: &str) -> String {
    let found = messages(nodes, to).await;
    let code = found.iter().find_map(|message| message.code.clone());
    code.unwrap_or_else(|| panic!("no code for {to}: {found:?}"))
}
