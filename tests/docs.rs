//! The documentation's examples, run as they stand: only hosts, ports and made-up values are replaced.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::demo::Demo;
use crate::support::journey::finish;
use crate::support::server::{binary, free_port};
use crate::support::{Agent, Callback, Factor, Request, eventually};

pub fn document(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// What stands between a heading and the next one.
pub fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(heading).unwrap_or_else(|| panic!("no heading «{heading}»")) + heading.len();
    let end = text[start..].find("\n##").map_or(text.len(), |at| start + at);
    &text[start..end]
}

/// The fenced block of a section.
pub fn fenced<'a>(text: &'a str, heading: &str, language: &str) -> &'a str {
    let section = section(text, heading);
    let fence = format!("```{language}\n");
    let start = section.find(&fence).unwrap_or_else(|| panic!("no {language} under «{heading}»")) + fence.len();
    &section[start..start + section[start..].find("\n```").expect("the fence is closed")]
}

/// The indented commands of a text that begin with this word, with continued lines joined and comments cut off.
pub fn commands(text: &str, word: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| line.starts_with(word));
    lines
        .map(|line| line.split(" #").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

// ---- integrating.md --------------------------------------------------------------------------------------------------

/// Signs in at an address that a document's example made.
async fn callback_of(demo: &Demo, url: &str) -> Callback {
    let mut browser = demo.browser();
    let stop = browser.open(url).await;
    finish(&mut browser, stop, &demo.resident("email only"), Factor::Email, &demo.codes()).await.callback()
}

/// Runs a piece of a script with these variables, and gives what it prints.
fn shell(folder: &Path, variables: &[(&str, &str)], script: &str) -> String {
    let mut command = Command::new("bash");
    command.current_dir(folder).args(["-euo", "pipefail", "-c", script]).stdin(Stdio::null());
    command.envs(variables.iter().copied());
    let output = command.output().expect("bash runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{script}\n{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    printed
}

#[tokio::test]
async fn docs_the_curl_commands_sign_somebody_in() {
    let demo = Demo::start().await;
    let issuer = demo.about.issuer.clone();
    let text = document("docs/integrating.md");
    let script = fenced(&text, "### By hand: curl", "sh").replace("http://localhost:8080", &issuer);
    let (before, after) = script.split_once("\n# Open it in a browser").expect("the step that a person takes");
    let (_, after) = after.split_once('\n').expect("the rest of the commands");
    let client = demo.about.clients.iter().find(|client| client.preset == "always-on").expect("a demo client");
    let known = [("client", client.client_id.as_str()), ("secret", &client.client_secret)];
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let printed = shell(folder.path(), &known, &format!("{before}\nprintf '\\nverifier %s\\n' \"$verifier\""));
    let last = |start: &str| {
        let found = printed.lines().filter_map(|line| line.find(start).map(|at| line[at..].to_owned())).next_back();
        found.unwrap_or_else(|| panic!("no «{start}» in {printed}"))
    };
    let verifier = last("verifier ").trim_start_matches("verifier ").to_owned();
    let callback = callback_of(&demo, &last(&format!("{issuer}/authorize?"))).await;
    assert_eq!(callback.url.as_str(), "http://localhost:9/cb");
    let redirect = "http://localhost:9/cb";
    let more =
        [("issuer", issuer.as_str()), ("redirect", redirect), ("verifier", &verifier), ("code", callback.code())];
    let (token, userinfo) = after.split_once('\n').expect("two commands");
    let answer = shell(folder.path(), &[&known[..], &more].concat(), token);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {answer}"));
    let access_token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert!(answer["id_token"].is_string(), "{answer}");
    let claims = shell(folder.path(), &[("issuer", &issuer), ("access_token", access_token)], userinfo);
    let claims: serde_json::Value = serde_json::from_str(&claims).unwrap_or_else(|e| panic!("{e}: {claims}"));
    assert_eq!(claims["email"], demo.resident("email only").email.as_str());
}

mod openidconnect_excerpt {
    //! What the document shows of the crate: the lines between the markers are compared with it, and run.

    use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreUserInfoClaims};
    use openidconnect::{
        AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
        OAuth2TokenResponse as _, PkceCodeChallenge, ProviderMetadataWithLogout, RedirectUrl, Scope,
        TokenResponse as _,
    };

    use super::{Agent, Demo, Request, callback_of, document, fenced};

    /// The answer to a code had no ID token.
    #[derive(Debug, thiserror::Error)]
    #[error("no ID token")]
    struct NoIdToken;

    async fn exchange(request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
        let (parts, body) = request.into_parts();
        let mut message = Request::new(parts.method, &parts.uri.to_string()).body(body);
        message.headers = parts.headers;
        let answer = Agent::new().try_send(message).await.map_err(std::io::Error::other)?;
        let mut response = HttpResponse::new(answer.body.to_vec());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    /// The code as it is compared: without comments, white space, and what the formatter adds when it breaks a line.
    fn compared(text: &str) -> String {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<String>().split_whitespace().collect::<String>().replace(",)", ")")
    }

    #[test]
    fn docs_the_excerpt_is_the_code_that_is_run() {
        let text = document("docs/integrating.md");
        let shown = fenced(&text, "### Rust: openidconnect 4", "rust")
            .replace("\"https://id.example.gov.uk\"", "issuer")
            .replace("\"bins\"", "client_id")
            .replace("\"https://bins.example.gov.uk/callback\"", "callback");
        let own = include_str!("docs.rs");
        let (begins, ends) = (concat!("// excerpt", " begins\n"), concat!("// excerpt", " ends\n"));
        let run: Vec<&str> = own.split(begins).skip(1).filter_map(|rest| rest.split(ends).next()).collect();
        assert_eq!(run.len(), 2, "the two halves of the excerpt");
        assert_eq!(compared(&run.concat()), compared(&shown));
    }

    #[tokio::test]
    async fn docs_the_excerpt_signs_somebody_in() -> Result<(), Box<dyn std::error::Error>> {
        let demo = Demo::start().await;
        let known = demo.about.clients.iter().find(|client| client.preset == "always-on").expect("a demo client");
        let (issuer, client_id, secret) = (&demo.about.issuer, &known.client_id, known.client_secret.clone());
        let (callback, http) = ("http://localhost:9/cb", exchange);
        // excerpt begins
        let provider = ProviderMetadataWithLogout::discover_async(IssuerUrl::new(issuer.to_owned())?, &http).await?;
        let client = CoreClient::from_provider_metadata(
            provider,
            ClientId::new(client_id.to_owned()),
            Some(ClientSecret::new(secret)),
        )
        .set_redirect_uri(RedirectUrl::new(callback.to_owned())?);

        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        // excerpt ends
        let answer = callback_of(&demo, url.as_str()).await;
        assert_eq!(answer.get("state"), Some(state.secret().as_str()));
        assert_eq!(answer.get("iss"), Some(issuer.as_str()));
        let code = answer.code().to_owned();
        // excerpt begins
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await?;
        let id_token = tokens.id_token().ok_or(NoIdToken)?;
        let claims = id_token.claims(&client.id_token_verifier(), &nonce)?;
        let person: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))?
            .request_async(&http)
            .await?;
        // excerpt ends
        let email = person.email().map(|email| email.as_str().to_owned());
        assert_eq!(email, Some(demo.resident("email only").email));
        Ok(())
    }
}

// ---- README.md and operating.md --------------------------------------------------------------------------------------

/// A folder as somebody has it who installs the product: the command on the path, and an environment that stands for the
/// edited configuration file.
pub struct Installation {
    pub folder: tempfile::TempDir,
    pub port: u16,
    metrics: u16,
}

impl Installation {
    pub fn new() -> Self {
        let (folder, port, metrics) = (tempfile::TempDir::new().expect("a temporary folder"), free_port(), free_port());
        fs::create_dir(folder.path().join("bin")).expect("a folder");
        let program = PathBuf::from(binary(folder.path()).get_program());
        std::os::unix::fs::symlink(program, folder.path().join("bin/idp")).expect("a link");
        fs::write(folder.path().join("password"), "correct horse battery staple\n").expect("a file");
        Self { folder, port, metrics }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("bash");
        command.current_dir(self.folder.path()).args(["-euo", "pipefail", "-c", line]);
        let path = format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display());
        command.env_clear().env("PATH", path);
        command
            .env("IDP_SERVER__ISSUER", format!("http://localhost:{}", self.port))
            .env("IDP_SERVER__LISTEN", format!("127.0.0.1:{}", self.port))
            .env("IDP_SERVER__METRICS_LISTEN", format!("127.0.0.1:{}", self.metrics))
            .env("IDP_DEVELOPMENT__INBOX", "true");
        command
    }

    /// Runs a command of a document, which must succeed.
    pub fn run(&self, line: &str) -> String {
        let password = fs::File::open(self.folder.path().join("password")).expect("a file");
        let output = self.command(line).stdin(password).output().expect("bash runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{line}\n{printed}\n{}", String::from_utf8_lossy(&output.stderr));
        printed
    }

    pub async fn serve(&self, line: &str) -> Serving {
        let log = fs::File::create(self.folder.path().join("serve.log")).expect("a file");
        let mut command = self.command(&format!("exec {line}"));
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a second handle")).stderr(log);
        let serving = Serving(command.spawn().expect("bash runs"));
        let url = format!("http://localhost:{}/readyz", self.port);
        eventually("the server is ready", async || {
            Agent::new().try_send(Request::get(&url)).await.ok().filter(|answer| answer.status == 200)
        })
        .await;
        serving
    }
}

pub struct Serving(pub Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn docs_the_readmes_way_to_a_running_server_leads_there() {
    let text = document("README.md");
    let way = section(&text, "## Run it for real");
    assert!(["[brand]", "council", "contact"].iter().all(|word| way.contains(word)), "who it is for is set first");
    let lines = commands(way, "idp ");
    let installation = Installation::new();
    let mut serving = None;
    let mut seen = Vec::new();
    for line in &lines {
        seen.push(line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        if line.starts_with("idp serve") {
            serving = Some(installation.serve(line).await);
        } else {
            let printed = installation.run(line);
            if line.contains("client add") {
                assert!(printed.contains("bins is registered"), "{printed}");
            }
        }
    }
    assert!(serving.is_some());
    assert_eq!(seen, ["idp config", "idp config", "idp admin", "idp client", "idp user", "idp serve", "idp doctor"]);
    // What was added is there.
    assert!(installation.run("idp client list --config idp.toml --json").contains("bins"));
    assert!(installation.run("idp user show --config idp.toml --email resident@example.org").contains("active"));
}

#[tokio::test]
async fn docs_every_command_of_the_operators_guide_works() {
    let text = document("docs/operating.md");
    let installation = Installation::new();
    // The first node that runs makes the keys.
    let _node = installation.serve("idp serve").await;
    fs::write(installation.folder.path().join("policy.toml"), "mfa_every_login = true\n").expect("a file");
    for (name, language) in [("people.csv", "csv"), ("people.jsonl", "json")] {
        let people = fenced(&text, "### Bringing people in from another system", language);
        fs::write(installation.folder.path().join(name), people).expect("a file");
    }
    let mut kid = String::new();
    let mut count = 0;
    for line in commands(&text, "idp ") {
        // Made-up values of the guide.
        let line = line.replace("BASE32", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").replace("KID", &kid);
        let printed = installation.run(&line);
        if line == "idp keys list" {
            assert!(!printed.is_empty());
            let keys: serde_json::Value =
                serde_json::from_str(&installation.run("idp keys list --json")).expect("JSON");
            keys[0]["kid"].as_str().unwrap_or_else(|| panic!("{keys}")).clone_into(&mut kid);
        }
        count += 1;
    }
    assert!(count >= 10, "only {count} commands were found");
    // Those that the text mentions in passing.
    let mentioned = [
        "idp user show --email resident@example.org",
        "idp user lock --email resident@example.org",
        "idp user unlock --email resident@example.org",
        "idp user reset-mfa --email resident@example.org --reason lost",
        "idp user end --email resident@example.org --reason died",
        "idp client disable --id bins",
        "idp audit verify",
    ];
    for line in mentioned {
        let words: Vec<&str> = line.split_whitespace().take(3).collect();
        assert!(text.contains(&words.join(" ")), "the guide no longer speaks of «{line}»");
        installation.run(line);
    }
}
