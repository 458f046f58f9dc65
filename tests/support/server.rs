//! One node: the real binary as a child process, its files, its end.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

use super::http::{Agent, Request};
use super::metrics::Metrics;
use super::seed::{self, Resident};
use super::settings::{Settings, Stores};
use super::{Browser, RelyingParty, eventually, inbox, totp, unix_now};

/// What differs from a plain server.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// Lines for the configuration file.
    pub config: String,
    /// Send messages for real instead of keeping them in the inbox.
    pub deliver: bool,
    /// Environment variables of the process.
    pub env: Vec<(String, String)>,
}

/// A running process of the product, killed when this is dropped (or when the test program ends).
#[derive(Debug)]
pub struct Node {
    child: Child,
    watcher: Child,
    pub port: u16,
    metrics: u16,
    pub folder: PathBuf,
}

/// A provider that answers, with clients and residents of its own.
#[derive(Debug)]
pub struct Server {
    pub node: Node,
    pub issuer: Url,
    next_resident: AtomicUsize,
    clock_offset: AtomicI64,
    folder: TempDir,
    stores: Stores,
    options: Options,
}

impl Server {
    /// A server that nobody else uses: for tests that move its clock, stop it or use up its budgets.
    pub async fn start(options: Options) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let stores = seed::copy_to(folder.path()).await;
        let port = free_port();
        let issuer: Url = format!("http://localhost:{port}").parse().expect("an address");
        let node = Node::start(folder.path(), &stores, "node", port, issuer_text(&issuer), &options).await;
        let (next_resident, clock_offset) = (AtomicUsize::new(0), AtomicI64::new(0));
        Self { node, issuer, next_resident, clock_offset, folder, stores, options }
    }

    /// Sets a variable of its environment, for when it starts the next time.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.options.env.retain(|(known, _)| known != name);
        self.options.env.push((name.to_owned(), value.to_owned()));
    }

    /// Kills the process as a failing machine would, and starts another one on the same state.
    pub async fn restart(&mut self) {
        self.node.kill();
        let issuer = issuer_text(&self.issuer);
        self.node = Node::start(self.folder.path(), &self.stores, "node", self.node.port, issuer, &self.options).await;
        self.clock_offset.store(0, Ordering::Relaxed);
    }

    /// The server that all tests share that only sign in, look and leave. Never move its clock.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Server> = OnceCell::const_new();
        SHARED.get_or_init(|| Self::start(Options::default())).await
    }

    /// A resident nobody else has: confirmed email address, authenticator app.
    pub fn resident(&self) -> Resident {
        seed::with_authenticator(self.next_resident.fetch_add(1, Ordering::Relaxed))
    }

    /// A resident nobody else has, with a confirmed email address and nothing more.
    pub fn resident_with_email(&self) -> Resident {
        seed::with_email(self.next_resident.fetch_add(1, Ordering::Relaxed))
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.issuer)
    }

    /// A seeded client (see `seed::CLIENTS`).
    pub fn client(&self, id: &str) -> RelyingParty {
        seed::party(&self.issuer, id)
    }

    /// The first-party client that most tests use: code flow, second factor required.
    pub fn portal(&self) -> RelyingParty {
        self.client("portal")
    }

    pub fn url(&self, path: &str) -> String {
        self.issuer.join(path).expect("a path").to_string()
    }

    pub fn nodes(&self) -> Vec<String> {
        vec![self.node.base()]
    }

    /// The time as the server sees it.
    pub fn now(&self) -> i64 {
        unix_now() + self.clock_offset.load(Ordering::Relaxed)
    }

    /// Moves the server's clock forward.
    pub async fn advance(&self, seconds: i64) {
        self.node.advance(seconds).await;
        self.clock_offset.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn totp(&self, resident: &Resident) -> String {
        totp::code(&resident.totp_secret, self.now())
    }

    pub async fn inbox_code(&self, to: &str) -> String {
        inbox::code(&self.nodes(), to).await
    }

    pub async fn metrics(&self) -> Metrics {
        Metrics::scrape(&[self.node.metrics_base()]).await
    }

    /// Everything the process wrote so far.
    pub fn log(&self) -> String {
        self.node.log()
    }

    /// Runs the product's command line on this server's configuration.
    pub fn cli(&self, args: &[&str]) -> Value {
        cli(&self.node.config_file(), args)
    }

    /// The tables of its database that have this text anywhere, whatever its case: what an intruder would find.
    pub async fn tables_with(&self, text: &str) -> Vec<String> {
        super::settings::tables_with(&self.stores, text).await
    }

    /// The folder with the server's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Node {
    /// Starts a process and waits until it says that it is ready.
    pub async fn start(folder: &Path, stores: &Stores, name: &str, port: u16, issuer: &str, options: &Options) -> Self {
        let mut node = Self::start_silently(folder, stores, name, port, issuer, options);
        node.wait_until_ready().await;
        node
    }

    /// Starts a process that the caller waits for.
    pub fn start_silently(
        folder: &Path,
        stores: &Stores,
        name: &str,
        port: u16,
        issuer: &str,
        options: &Options,
    ) -> Self {
        let metrics = free_port();
        let extra = &options.config;
        let inbox = !options.deliver;
        let settings = Settings { issuer, listen: port, metrics, stores, folder, inbox, extra };
        let config = folder.join(format!("{name}.toml"));
        fs::write(&config, settings.toml()).expect("a configuration file");
        let log = File::create(folder.join(format!("{name}.log"))).expect("a log file");
        let mut command = binary(folder);
        command.arg("serve").arg("--config").arg(&config);
        command.envs(options.env.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a second handle")).stderr(log);
        let child = command.spawn().expect("the binary starts");
        let watcher = watch(&child, folder);
        Self { child, watcher, port, metrics, folder: folder.join(name) }
    }

    async fn wait_until_ready(&mut self) {
        let agent = Agent::new();
        let url = format!("{}/readyz", self.base());
        eventually("the server is ready", async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            agent.try_send(Request::get(&url)).await.ok().filter(|answer| answer.status.is_success())
        })
        .await;
    }

    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub fn metrics_base(&self) -> String {
        format!("http://localhost:{}", self.metrics)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub async fn advance(&self, seconds: i64) {
        let url = format!("{}/dev/clock", self.base());
        let answer = Agent::new().post(&url, &[("advance_seconds", &seconds.to_string())]).await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.with_extension("log")).unwrap_or_default()
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder.with_extension("toml")
    }

    /// Ends the process at once, as a failing machine would.
    pub fn kill(&mut self) {
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Resident memory in KiB (Linux).
    pub fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A shell that ends the server and removes its files when this program ends without dropping its statics:
/// its standard input is a pipe that only we hold open.
fn watch(child: &Child, folder: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "cat >/dev/null; kill -KILL \"$0\" 2>/dev/null; rm -rf \"$1\""])
        .arg(child.id().to_string())
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell")
}

/// The product's binary, in a clean environment so that nothing of the developer's leaks in.
pub fn binary(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idp"));
    command.current_dir(folder).env_clear();
    for name in ["PATH", "HOME", "LANG", "TMPDIR", "RUST_BACKTRACE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Runs a command with `--json` and gives its answer; a refusal fails the test.
#[track_caller]
pub fn cli(config: &Path, args: &[&str]) -> Value {
    let output = cli_output(config, args);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "idp {args:?}: {}\n{out}\n{err}", output.status);
    serde_json::from_str(&out).unwrap_or(Value::Null)
}

/// Runs a command with `--json`, whatever comes of it.
pub fn cli_output(config: &Path, args: &[&str]) -> std::process::Output {
    let folder = config.parent().expect("the file is in a folder");
    let mut command = binary(folder);
    command.args(args).arg("--json").arg("--config").arg(config);
    command.stdin(Stdio::null()).output().expect("the binary runs")
}

/// A port that is free now, below the range from which the system takes ports for outgoing connections.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` neighbouring free ports.
pub fn free_ports(count: u16) -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let n = NEXT.fetch_add(u32::from(count), Ordering::Relaxed);
        let base = 12_000 + u16::try_from((std::process::id() * 97 + n) % 20_000).expect("below 20,000");
        if (base..base + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return base;
        }
    }
}

fn issuer_text(issuer: &Url) -> &str {
    issuer.as_str().trim_end_matches('/')
}
