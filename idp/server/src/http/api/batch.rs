//! `POST /api/v1/contacts`: many people at once, as JSON lines.

use std::collections::HashMap;

use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt as _;
use http::StatusCode;
use idp_core::account::LineType;
use serde::Serialize;
use utoipa::ToSchema;

use super::bodies::{self, Pushed};
use super::caller::{self, Caller, WRITE};
use super::line::Line;
use super::problem::{Problem, ProblemBody};
use crate::clients::Client;
use crate::http::cx::Cx;
use crate::http::oidc::json::json;
use crate::sync::{self, Outcome, Person, Record, Settling};

/// The most lines of one batch.
const MOST_LINES: usize = 1000;
/// Pushes under way at once: the store keeps those that wait together.
const AT_ONCE: usize = 16;

/// What came of one line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineAnswer {
    /// The line, from 1.
    line: usize,
    /// An earlier line that has the same address: one address is one person's to sign in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_email_as: Option<usize>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pushed: Option<Pushed>,
    /// Why nothing of it was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<ProblemBody>,
}

/// What the lines came to.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Counts {
    /// Lines.
    lines: usize,
    /// Accounts made.
    created: usize,
    /// People who were known and of whom something changed.
    changed: usize,
    /// People of whom all was as it is said.
    unchanged: usize,
    /// Lines of which nothing was applied.
    refused: usize,
    /// Lines without an address.
    blank_emails: usize,
    /// Lines without a number that is real.
    blank_phones: usize,
    /// Numbers that are none.
    rejected_phones: usize,
    /// Default numbers that are landlines: they get calls and no texts.
    landlines: usize,
    /// Lines with an id or an address that an earlier line has.
    duplicates: usize,
    /// Addresses that another account signs in with.
    emails_in_use: usize,
}

/// The answer to a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct Batch {
    /// Whether it was only tried: nobody was told, and nothing was kept but the counts, on the audit trail.
    dry_run: bool,
    /// What the lines came to.
    counts: Counts,
    /// What came of each line, in their order.
    lines: Vec<LineAnswer>,
}

/// Says what the details of up to 1,000 people are from now on; each line as by itself.
#[utoipa::path(
    post, path = "/api/v1/contacts", tag = "contacts", operation_id = "post_contacts",
    params(("dry_run" = Option<bool>, Query, description = "Only try: answer as if it were done, and keep nothing but the counts, on the audit trail")),
    request_body(content = Line, content_type = "application/jsonl", description = "JSON lines: a person as in `Contact` with `external_id`, one a line"),
    responses(
        (status = 200, description = "What came of each line", body = Batch),
        (status = 400, description = "`too_many_lines`, or `dry_run` is neither true nor false", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No token that works", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope; lines about staff are refused without `contacts:staff`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`: more people than a client may send in a minute; come back after the seconds of Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("client_credentials" = ["contacts:write"]))
)]
pub async fn post(cx: Cx, body: Bytes) -> Response {
    match post_all(&cx, &body).await {
        Ok(batch) => json(StatusCode::OK, &batch),
        Err(problem) => problem.answer(&cx.origin.request_id),
    }
}

async fn post_all(cx: &Cx, body: &[u8]) -> Result<Batch, Problem> {
    let caller = caller::allowed(cx, WRITE).await?;
    let settling = match cx.query("dry_run") {
        None | Some("false") => Settling::Kept,
        Some("true") => Settling::Tried,
        Some(_) => {
            let wrong = Problem::new(StatusCode::BAD_REQUEST, "dry_run_malformed", "dry_run is true or false");
            return Err(Problem { field: Some("dry_run".to_owned()), ..wrong });
        }
    };
    let texts = body.split(|byte| *byte == b'\n').enumerate();
    let texts = texts.filter(|(_, text)| !text.iter().all(u8::is_ascii_whitespace)).collect::<Vec<_>>();
    if texts.len() > MOST_LINES {
        let why = format!("at most {MOST_LINES} lines at once");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "too_many_lines", why));
    }
    caller::spend_batch(cx, &caller.client, texts.len()).await?;
    let mut counts = Counts { lines: texts.len(), ..Counts::default() };
    let mut reader = Reader { cx, client: &caller.client, ids: HashMap::new(), emails: HashMap::new() };
    let read = texts.into_iter().map(|(place, text)| reader.read(place + 1, text, &mut counts)).collect::<Vec<_>>();
    // Of two lines with one address the first gets it.
    let (later, first): (Vec<_>, Vec<_>) = read.into_iter().partition(|line| line.same_email_as.is_some());
    let mut done = pushed(cx, &caller, settling, first, AT_ONCE).await;
    done.extend(pushed(cx, &caller, settling, later, 1).await);
    done.sort_by_key(|(answer, _)| answer.line);
    if settling == Settling::Kept {
        cx.app.outbox.notify_one();
    }
    for (answer, outcome) in &done {
        counts.add(answer, outcome.as_ref());
    }
    if settling == Settling::Tried {
        note_trial(cx, &caller, &counts).await?;
    }
    let lines = done.into_iter().map(|(answer, _)| answer).collect();
    Ok(Batch { dry_run: settling == Settling::Tried, counts, lines })
}

/// A trial keeps nothing, but it tells which addresses have an account: who asked is written down, and about how many.
async fn note_trial(cx: &Cx, caller: &Caller, counts: &Counts) -> Result<(), Problem> {
    let mut event = caller::by(cx, caller).event;
    event.kind = "contact.tried";
    event.client = Some(caller.client.id.clone());
    event.details = serde_json::to_value(counts).unwrap_or_default();
    let noted = cx.app.db.write(move |tx| {
        Box::pin(async move {
            tx.audit(event);
            Ok(())
        })
    });
    noted.await.map_err(Problem::from)
}

impl Counts {
    fn add(&mut self, answer: &LineAnswer, outcome: Option<&Outcome>) {
        let Some(outcome) = outcome else {
            self.refused += 1;
            return;
        };
        match (outcome.created, outcome.changed.is_empty()) {
            (true, _) => self.created += 1,
            (false, false) => self.changed += 1,
            (false, true) => self.unchanged += 1,
        }
        let in_use = outcome.left.iter().any(|left| matches!(left, sync::Left::Email(_)));
        // A trial keeps nothing that a later line could meet.
        self.emails_in_use += usize::from(in_use || answer.same_email_as.is_some());
    }
}

/// A line that was read.
struct Read {
    line: usize,
    same_email_as: Option<usize>,
    record: Result<(String, Record), Problem>,
}

/// Reads lines, and remembers what they have in common.
struct Reader<'a> {
    cx: &'a Cx,
    client: &'a Client,
    ids: HashMap<String, usize>,
    emails: HashMap<String, usize>,
}

impl Reader<'_> {
    fn read(&mut self, line: usize, text: &[u8], counts: &mut Counts) -> Read {
        let record = self.record(line, text, counts);
        let mut same_email_as = None;
        if let Ok((_, Record::Active(details))) = &record {
            let first = *self.emails.entry(details.email.as_str().to_owned()).or_insert(line);
            same_email_as = (first != line).then_some(first);
            let landline =
                details.numbers.default_number().is_some_and(|number| number.line_type() == LineType::Landline);
            counts.landlines += usize::from(landline);
            counts.blank_phones += usize::from(details.numbers.kept.is_empty());
            counts.rejected_phones += details.numbers.rejected.len();
        }
        counts.duplicates += usize::from(same_email_as.is_some());
        Read { line, same_email_as, record }
    }

    fn record(&mut self, line: usize, text: &[u8], counts: &mut Counts) -> Result<(String, Record), Problem> {
        let Line { external_id, contact } = bodies::read(text)?;
        counts.blank_emails += usize::from(contact.is_active() && contact.has_no_email());
        let external_id = bodies::external_id(&external_id)?;
        let first = *self.ids.entry(external_id.clone()).or_insert(line);
        if first != line {
            counts.duplicates += 1;
            let why = format!("line {first} is about the same person");
            return Err(Problem::field("external_id", "duplicate_line", why));
        }
        Ok((external_id, contact.record(&self.cx.app, self.client)?))
    }
}

async fn pushed(
    cx: &Cx,
    caller: &Caller,
    settling: Settling,
    lines: Vec<Read>,
    at_once: usize,
) -> Vec<(LineAnswer, Option<Outcome>)> {
    let one = async |Read { line, same_email_as, record }: Read| {
        let outcome = match record {
            Err(problem) => Err(problem),
            Ok((external_id, record)) => {
                let person = Person { client: caller.client.id.clone(), external_id: external_id.clone() };
                let pushed = sync::push(&cx.app.db, caller::by(cx, caller), person, record, settling).await;
                pushed.map(|outcome| (Pushed::new(external_id, &outcome), outcome)).map_err(Problem::from)
            }
        };
        let (pushed, refused, outcome) = match outcome {
            Ok((pushed, outcome)) => (Some(pushed), None, Some(outcome)),
            Err(problem) => (None, Some(problem.body(&cx.origin.request_id)), None),
        };
        (LineAnswer { line, same_email_as, pushed, refused }, outcome)
    };
    futures::stream::iter(lines.into_iter().map(one)).buffered(at_once).collect().await
}
