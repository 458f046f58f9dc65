//! `idp messages`: the senders of messages: their settings, whether they work, and a message to try them with.

use std::io::Read as _;

use clap::{Args, Subcommand};
use idp_core::factor::FactorId;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::{count, table};
use crate::app::tools;
use crate::audit::Actor;
use crate::config::{SenderSetting, Source};
use crate::delivery::Checked;
use crate::delivery::inbox::Inbox;
use crate::messages::{self, Senders, Trial, TrialMessage, Workshop};
use crate::page::{Lang, Pages};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Messages {
    /// Show every setting, where it comes from, and who carries what
    Show,
    /// Set settings in the database; running nodes follow within a second
    Set(Set),
    /// Take settings out of the database
    Unset(Unset),
    /// Ask every sender whether it works, without sending anything
    Check,
    /// Send a message with a code that opens nothing
    Test(Test),
}

/// What to set.
#[derive(Debug, Args)]
pub struct Set {
    /// Settings with their values, such as `twilio.from=+441632960000`; lists are separated by commas
    #[arg(value_name = "KEY=VALUE", required_unless_present = "stdin")]
    values: Vec<String>,
    /// Read the value of this setting from standard input, as secrets should be
    #[arg(long, value_name = "KEY")]
    stdin: Option<String>,
}

/// What to take away.
#[derive(Debug, Args)]
pub struct Unset {
    /// The settings
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
}

/// Whom to send to.
#[derive(Debug, Args)]
pub struct Test {
    /// The address or number
    #[arg(long)]
    to: String,
    /// email, sms or voice
    #[arg(long, default_value = "email", value_parser = sent)]
    channel: FactorId,
    /// en or cy
    #[arg(long, default_value = "en")]
    lang: Lang,
    /// Have a call ask for a key press first
    #[arg(long)]
    keypress: bool,
}

fn sent(text: &str) -> Result<FactorId, String> {
    text.parse().ok().filter(FactorId::is_sent).ok_or_else(|| "must be email, sms or voice".to_owned())
}

impl Messages {
    /// Runs the command.
    ///
    /// # Errors
    /// A setting is refused, a sender does not work, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::Show => show(&desk, &senders(&desk).await?),
            Self::Set(Set { values, stdin }) => {
                let mut changes = values.iter().map(|text| pair(text)).collect::<Result<Vec<_>, _>>()?;
                if let Some(key) = stdin {
                    changes.push((key, Some(from_stdin()?.expose_secret().to_owned())));
                }
                change(&desk, changes).await?;
            }
            Self::Unset(Unset { keys }) => {
                change(&desk, keys.into_iter().map(|key| (key, None)).collect()).await?;
            }
            Self::Check => check(&desk, &senders(&desk).await?.router.check().await)?,
            Self::Test(test) => test.run(&desk).await?,
        }
        Ok(())
    }
}

/// The senders as they are set up now.
///
/// # Errors
/// Their settings cannot be used.
pub async fn senders(desk: &Desk) -> Result<Senders, Failure> {
    let inbox = desk.config.development.inbox.then(|| Inbox::new(desk.clock.clone()));
    let tools = tools(&desk.config, &desk.purposes, (&desk.clock, &desk.random), inbox);
    let stored =
        messages::stored(&desk.db, &desk.purposes).await.map_err(|error| Failure::failed(error.to_string()))?;
    Senders::new(&desk.config, &stored, &tools).map_err(|error| Failure::usage(error.to_string()))
}

fn pair(text: &str) -> Result<(String, Option<String>), Failure> {
    match text.split_once('=') {
        Some((key, value)) if !value.is_empty() => Ok((key.trim().to_owned(), Some(value.to_owned()))),
        _ => Err(Failure::usage(format!("“{text}” is not KEY=VALUE; idp messages unset takes a setting away"))),
    }
}

fn from_stdin() -> Result<SecretString, Failure> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text)?;
    let value = SecretString::from(text.trim_end_matches(['\r', '\n']));
    if value.expose_secret().is_empty() {
        return Err(Failure::usage("standard input is empty"));
    }
    Ok(value)
}

async fn change(desk: &Desk, changes: Vec<(String, Option<String>)>) -> Result<(), Failure> {
    let tools = (&desk.clock, &desk.random);
    match messages::change(&desk.config, &desk.db, &desk.purposes, tools, Actor::Operator, changes).await {
        Ok(_) => {
            show(desk, &senders(desk).await?);
            Ok(())
        }
        Err(messages::ChangeError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}

fn source(setting: &SenderSetting) -> String {
    match &setting.source {
        Source::Default => "default".to_owned(),
        Source::Stored => "database".to_owned(),
        Source::Pinned(origin) => format!("pinned by {origin}"),
    }
}

/// The value as it may be shown.
fn shown(setting: &SenderSetting) -> String {
    match (&setting.value, &setting.source) {
        (_, Source::Stored | Source::Pinned(_)) if setting.secret => "(secret)".to_owned(),
        (value, _) => value.clone().unwrap_or_default(),
    }
}

fn carriers(senders: &Senders) -> [(FactorId, Vec<&'static str>); 3] {
    [FactorId::Email, FactorId::Sms, FactorId::Voice].map(|channel| {
        let names = senders.router.senders(&channel);
        (channel, names)
    })
}

fn show(desk: &Desk, senders: &Senders) {
    let as_json = |setting: &SenderSetting| {
        json!({
            "key": setting.name,
            "value": shown(setting),
            "secret": setting.secret,
            "source": source(setting),
        })
    };
    let settings: Vec<Value> = senders.settings.all.iter().map(as_json).collect();
    let channels: serde_json::Map<_, _> =
        carriers(senders).into_iter().map(|(channel, names)| (channel.to_string(), json!(names))).collect();
    desk.print(&json!({ "settings": settings, "senders": channels }), || {
        let row = |setting: &SenderSetting| [setting.name.clone(), shown(setting), source(setting)];
        let rows: Vec<_> = senders.settings.all.iter().map(row).collect();
        let carried = carriers(senders).into_iter().map(|(channel, names)| {
            let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", then ") };
            format!("\n{channel}: {names}")
        });
        format!("{}\n{}", table(["KEY", "VALUE", "SOURCE"], &rows), carried.collect::<String>())
    });
}

fn check(desk: &Desk, checked: &[Checked]) -> Result<(), Failure> {
    let said = |checked: &Checked| match &checked.outcome {
        Ok(remark) => remark.clone(),
        Err(error) => error.to_string(),
    };
    let channels = |checked: &Checked| checked.channels.iter().map(ToString::to_string).collect::<Vec<_>>();
    let as_json = |checked: &Checked| {
        json!({
            "sender": checked.sender,
            "channels": channels(checked),
            "ok": checked.outcome.is_ok(),
            "remark": said(checked),
        })
    };
    let row = |checked: &Checked| {
        let state = if checked.outcome.is_ok() { "ok" } else { "fail" };
        [checked.sender.to_owned(), channels(checked).join(", "), state.to_owned(), said(checked)]
    };
    desk.print(&checked.iter().map(as_json).collect::<Vec<_>>(), || {
        table(["SENDER", "CHANNELS", "STATE", "REMARK"], &checked.iter().map(row).collect::<Vec<_>>())
    });
    match checked.iter().find(|checked| checked.outcome.is_err()) {
        Some(failed) => Err(Failure::failed(format!("{} does not work", failed.sender))),
        None if checked.is_empty() => Err(Failure::failed("no sender is set up: no message can be sent")),
        None => Ok(()),
    }
}

impl Test {
    async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let senders = senders(desk).await?;
        let brand = &desk.config.brand;
        let pages = Pages::load(brand.themes_dir.as_deref()).map_err(|error| Failure::failed(error.to_string()))?;
        let message = TrialMessage { to: self.to, channel: self.channel, lang: self.lang, keypress: self.keypress };
        let workshop = Workshop {
            senders: &senders,
            pages: &pages,
            council: brand.council_in(self.lang),
            db: &desk.db,
            clock: &desk.clock,
            random: &desk.random,
        };
        let Trial { to, reference, sent, milliseconds } = messages::trial(workshop, Actor::Operator, message)
            .await
            .map_err(|error| Failure::failed(error.to_string()))?;
        let value = json!({
            "to": to,
            "purpose": "test",
            "reference": reference,
            "sender": sent.sender,
            "id": sent.accepted.provider_id,
            "parts": sent.accepted.fragments,
            "milliseconds": u64::try_from(milliseconds).unwrap_or(u64::MAX),
        });
        desk.print(&value, || {
            let id = sent.accepted.provider_id.as_deref().unwrap_or("without an id");
            let parts = sent.accepted.fragments.map_or(String::new(), |parts| format!(", {}", count(parts, "part")));
            format!("Sent to {to} by {} ({id}){parts} in {milliseconds} ms.", sent.sender)
        });
        Ok(())
    }
}
