//! The example of `docs/adding-a-factor.md`, run as it stands: only hosts, ports and made-up values are replaced.

use std::fs;
use std::process::{Command, Stdio};

use crate::docs::{Installation, Serving, commands, document, fenced, section};
use crate::support::journey::{Ask, open_until};
use crate::support::server::free_port;
use crate::support::{Agent, Factor, Options, Request, Server, eventually};

#[tokio::test]
async fn docs_the_remote_factor_example_signs_somebody_in() {
    let text = document("docs/adding-a-factor.md");
    let (card_port, folder) = (free_port(), tempfile::TempDir::new().expect("a temporary folder"));
    let own = |text: &str| text.replace("https://card.example.gov.uk", &format!("http://localhost:{card_port}"));
    let config = own(fenced(&text, "## A service of your own: `remote`", "toml"));
    let config = format!("allow_loopback_fetch = true\n\n{config}");
    let server = Server::start(Options { config, ..Options::default() }).await;
    // The client that the README adds has this preset.
    let example = document("docs/adding-a-factor.md");
    let command = commands(section(&example, "## A service of your own: `remote`"), "idp client policy").remove(0);
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    server.cli(&words.iter().map(|word| if *word == "bins" { "council" } else { word }).collect::<Vec<_>>());
    let (resident, stranger) = (server.resident_with_email(), server.resident_with_email());
    let issuer = server.issuer.as_str().trim_end_matches('/');
    let script = own(fenced(&text, "### An example", "js"))
        .replace("https://id.example.gov.uk", issuer)
        .replace("resident@example.gov.uk", &resident.email)
        .replace("listen(9000,", &format!("listen({card_port},"));
    fs::write(folder.path().join("card.mjs"), &script).expect("a file");
    let mut node = Command::new("node");
    let _node = Serving(node.current_dir(&folder).arg("card.mjs").stdin(Stdio::null()).spawn().expect("Node runs"));
    let keys = format!("http://localhost:{card_port}/factor/jwks");
    eventually("the service answers", async || Agent::new().try_send(Request::get(&keys)).await.ok()).await;
    // The page where the card is asked for, once the policy is in force.
    let at_card = async |resident: &crate::support::Resident| {
        eventually("the card is offered", async || {
            let (mut browser, request) = (server.browser(), server.client("council").authorize());
            let page = open_until(&server, &mut browser, &request, Ask::Password, resident, Factor::Email).await;
            let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
            let offered = page.choices("method").contains(&"remote:council-card");
            if !offered {
                return None;
            }
            let page = browser.submit(&page, &[("method", "remote:council-card")]).await.page();
            Some((browser, request, page))
        })
        .await
    };
    // Before that, whoever signs in is sent a code: not those whom this is about.
    at_card(&server.resident_with_email()).await;
    let (mut browser, request, page) = at_card(&resident).await;
    let card = [("A1", "4711"), ("A2", "1502"), ("B1", "8080"), ("B2", "2718")];
    let (_, number) = card
        .into_iter()
        .find(|(square, _)| page.text.contains(&format!("Which number is in square {square}?")))
        .unwrap_or_else(|| panic!("{}", page.text));
    let wrong = browser.submit(&page, &[("code", "0000")]).await.page();
    assert!(wrong.text.contains("not correct"), "{}", wrong.text);
    let callback = browser.submit(&wrong, &[("code", number)]).await.callback();
    let tokens = server.client("council").finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["mfa", "pwd"]));
    let (_, _, page) = at_card(&stranger).await;
    assert!(page.text.contains("does not know you"), "{}", page.text);
}

#[tokio::test]
async fn docs_the_remote_factor_example_can_be_tried_on_ones_own_machine() {
    let text = document("docs/adding-a-factor.md");
    let (card_port, installation) = (free_port(), Installation::new());
    let issuer = format!("http://localhost:{}", installation.port);
    let here = |text: &str| {
        text.replace("http://localhost:9000", &format!("http://localhost:{card_port}"))
            .replace("http://localhost:8080", &issuer)
            .replace("listen(9000,", &format!("listen({card_port},"))
    };
    let tried = section(&text, "### Trying it on your own machine");
    let (there, local) = (
        fenced(&text, "### An example", "js"),
        [
            ("https://id.example.gov.uk", "http://localhost:8080"),
            ("https://card.example.gov.uk", "http://localhost:9000"),
        ],
    );
    // The document says which two addresses of the script to replace, by what.
    let script = local.into_iter().fold(there.to_owned(), |script, (from, to)| {
        assert!(tried.contains(to) && there.contains(from), "{from}");
        script.replace(from, to)
    });
    let folder = installation.folder.path();
    fs::write(folder.join("card.mjs"), here(&script)).expect("a file");
    fs::write(folder.join("idp.toml"), here(fenced(&text, "### Trying it on your own machine", "toml")))
        .expect("a file");
    let mut node = Command::new("node");
    let _node = Serving(node.current_dir(folder).arg("card.mjs").stdin(Stdio::null()).spawn().expect("Node runs"));
    let keys = format!("http://localhost:{card_port}/factor/jwks");
    eventually("the service answers", async || Agent::new().try_send(Request::get(&keys)).await.ok()).await;
    let (mut serving, mut seen) = (None, Vec::new());
    for line in commands(tried, "idp ") {
        seen.push(line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        if line.starts_with("idp serve") {
            serving = Some(installation.serve(&line).await);
        } else {
            let printed = installation.run(&line);
            if line.starts_with("idp doctor") {
                let expected = format!("remote:council-card: http://localhost:{card_port}/factor answers");
                assert!(printed.contains(&expected), "{printed}");
            }
        }
    }
    assert!(serving.is_some());
    assert_eq!(seen, ["idp config", "idp client", "idp client", "idp user", "idp serve", "idp doctor"]);
}
