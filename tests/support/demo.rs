//! `idp demo` as a person starts it, known only by what it prints at `/dev/demo.json`.

use std::fs::File;
use std::process::{Child, Stdio};

use serde::Deserialize;
use tempfile::TempDir;
use url::Url;

use super::http::{Agent, Request};
use super::journey::Codes;
use super::relying_party::RelyingParty;
use super::seed::Resident;
use super::server::{binary, free_ports};
use super::{Browser, eventually, unix_now};

/// A running demo.
#[derive(Debug)]
pub struct Demo {
    child: Child,
    pub issuer: Url,
    pub about: About,
    folder: TempDir,
}

/// `/dev/demo.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct About {
    pub issuer: String,
    pub portal: String,
    pub clients: Vec<DemoClient>,
    pub residents: Vec<Resident>,
    pub short_links: Vec<ShortLink>,
    pub admin: Admin,
}

#[derive(Debug, Clone, Deserialize)]
pub struct DemoClient {
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uris: Vec<String>,
    pub preset: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ShortLink {
    pub address: String,
    pub client_id: String,
    pub target_link_uri: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Admin {
    pub email: String,
    pub password: String,
    pub totp_secret: String,
}

impl Demo {
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = free_ports(3);
        let log = File::create(folder.path().join("demo.log")).expect("a log file");
        let mut command = binary(folder.path());
        command.args(["demo", "--port", &port.to_string()]).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a second handle")).stderr(log);
        let child = command.spawn().expect("the binary starts");
        let issuer: Url = format!("http://localhost:{port}").parse().expect("an address");
        let agent = Agent::new();
        let url = issuer.join("/dev/demo.json").expect("a path");
        let answer = eventually("the demo answers", async || {
            agent.try_send(Request::get(url.as_str())).await.ok().filter(|answer| answer.status.is_success())
        })
        .await;
        let about = serde_json::from_slice(&answer.body).unwrap_or_else(|e| panic!("{e}: {}", answer.text()));
        Self { child, issuer, about, folder }
    }

    pub fn client(&self, preset: &str) -> RelyingParty {
        let client = self.about.clients.iter().find(|client| client.preset == preset);
        let client = client.unwrap_or_else(|| panic!("no demo client of preset {preset}: {:?}", self.about.clients));
        RelyingParty::new(&self.issuer, &client.client_id, &client.client_secret)
    }

    pub fn resident(&self, situation: &str) -> Resident {
        let found = self.about.residents.iter().find(|resident| resident.situation == situation);
        found.unwrap_or_else(|| panic!("no resident «{situation}»: {:?}", self.about.residents)).clone()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.issuer)
    }

    pub fn codes(&self) -> Codes {
        Codes { nodes: vec![self.about.issuer.clone()], now: unix_now() }
    }

    /// What it wrote to its terminal.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("demo.log")).unwrap_or_default()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
