//! Google, Facebook and a partner as `idp stand-ins` plays them, known only by what it prints at `/dev/stand-ins.json`.

use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::html::Page;
use super::http::{Agent, Request};
use super::server::{binary, free_port};
use super::{Browser, eventually};

/// The running stand-ins.
#[derive(Debug)]
pub struct Upstreams {
    child: Child,
    pub base: String,
    /// What they say about themselves: ids, secrets, how often each endpoint was asked.
    pub about: Value,
    agent: Agent,
    _folder: TempDir,
}

impl Upstreams {
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = free_port();
        let mut command = binary(folder.path());
        command.args(["stand-ins", "--port", &port.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the binary starts");
        let (agent, base) = (Agent::new(), format!("http://localhost:{port}"));
        let url = format!("{base}/dev/stand-ins.json");
        let answer = eventually("the stand-ins answer", async || {
            agent.try_send(Request::get(&url)).await.ok().filter(|answer| answer.status.is_success())
        })
        .await;
        Self { child, base, about: answer.json(), agent, _folder: folder }
    }

    /// For `Options::config` of a server that uses them: it begins with a line for `[development]`.
    pub fn config(&self) -> String {
        let sections = self.about["config"].as_str().expect("sections");
        format!("allow_loopback_fetch = true\n{sections}")
    }

    /// Registers the redirect URIs of a server at all of them.
    pub async fn admit(&self, issuer: &str) {
        let issuer = issuer.trim_end_matches('/');
        for provider in ["google", "facebook", "partner"] {
            let uri = format!("{issuer}/federated/{provider}/callback");
            self.agent.post(&format!("{}/dev/redirect-uris", self.base), &[("redirect_uri", &uri)]).await.expect(200);
        }
    }

    /// Moves their clock forward, as the server's was.
    pub async fn advance(&self, seconds: i64) {
        let url = format!("{}/dev/clock", self.base);
        self.agent.post(&url, &[("advance_seconds", &seconds.to_string())]).await.expect(200);
    }

    /// How often an endpoint was asked, such as `google.certs`.
    pub async fn requests(&self, endpoint: &str) -> u64 {
        let about = self.agent.get(&format!("{}/dev/stand-ins.json", self.base)).await.json();
        about["requests"][endpoint].as_u64().unwrap_or_default()
    }

    /// Has Facebook send a notice about its ready person: the status and the body of the answer.
    pub async fn notice(&self, issuer: &str, id: &str) -> (u16, Value) {
        self.notice_about(issuer, id, "resident").await
    }

    /// The same about another person.
    pub async fn notice_about(&self, issuer: &str, id: &str, person: &str) -> (u16, Value) {
        let user = if person == "no-email" { "10220000000000002" } else { "10220000000000001" };
        let path = id.strip_prefix("forged-").unwrap_or(id);
        let url = format!("{}/federated/facebook/{path}", issuer.trim_end_matches('/'));
        let sent = [("as", id), ("user", user), ("url", &url)];
        let answer = self.agent.post(&format!("{}/facebook/notices", self.base), &sent).await.expect(200);
        let text = Page::parse(answer).text;
        let status = text.split_whitespace().find_map(|word| word.parse::<u16>().ok()).expect("a status");
        let body = text.find('{').zip(text.rfind('}')).and_then(|(from, to)| text.get(from..=to));
        (status, body.and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default())
    }

    /// The page that a browser is sent to.
    pub async fn page(&self, url: &str) -> Page {
        Page::parse(self.agent.get(url).await)
    }

    /// Chooses on a stand-in's page (`resident`, `no-email`, `cancel`, …; for `own` also fields), and gives the address
    /// that the browser is sent back to.
    pub async fn choose(&self, url: &str, chosen: &str, fields: &[(&str, &str)]) -> String {
        let page = self.page(url).await;
        let button = format!("as-{chosen}");
        let form = page.form_of_button(&button).unwrap_or_else(|| panic!("no {chosen} on {}: {:.600}", url, page.text));
        let answer = self.agent.send(Browser::form_request(&page, form, fields, Some(&button))).await.expect(303);
        answer.location().expect("a redirect").to_owned()
    }
}

impl Drop for Upstreams {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
