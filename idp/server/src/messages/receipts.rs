//! What providers report, kept in the ledger.

use idp_core::metering::SendStatus;
use uuid::Uuid;

use crate::app::App;
use crate::delivery::{Receipt, ReceiptStatus};
use crate::store::charges::{self, ReceiptKey, ReceiptOutcome};
use crate::store::{StoreError, contacts};

/// What a report came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is in the ledger; or it was, or something later is.
    Yes,
    /// No send has that name, or not yet: a provider can be faster than we are. It should come again.
    NotYet,
}

const fn in_the_ledger(status: ReceiptStatus) -> SendStatus {
    match status {
        ReceiptStatus::Sent => SendStatus::Sent,
        ReceiptStatus::Answered => SendStatus::Answered,
        ReceiptStatus::Delivered => SendStatus::Delivered,
        ReceiptStatus::FailedForNow | ReceiptStatus::FailedPermanently => SendStatus::Failed,
    }
}

/// Keeps a report. The same one may come any number of times, and in any order.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn keep(app: &App, receipt: Receipt) -> Result<Kept, StoreError> {
    let status = receipt.status.as_str();
    metrics::counter!("message_receipts_total", "sender" => receipt.sender, "status" => status).increment(1);
    let key = match receipt.reference.as_deref().and_then(|text| Uuid::parse_str(text).ok()) {
        Some(reference) => ReceiptKey::Reference(reference),
        None => ReceiptKey::ProviderId { sender: receipt.sender.to_owned(), id: receipt.provider_id.clone() },
    };
    let (known, at, parts) = (in_the_ledger(receipt.status), receipt.at, receipt.parts.map(i64::from));
    let never = receipt.status == ReceiptStatus::FailedPermanently && receipt.channel.is_by_phone();
    let db = app.db.for_workers();
    let outcome = db
        .write(move |tx| {
            Box::pin(async move {
                let outcome = charges::receipt(tx, key, known, at, parts).await?;
                if let (ReceiptOutcome::Applied(id), true) = (outcome, never) {
                    contacts::doubt_unreachable(tx, id, at).await?;
                }
                Ok(outcome)
            })
        })
        .await?;
    let Receipt { sender, provider_id, reference, detail, .. } = receipt;
    tracing::info!(sender, status, provider_id, reference, detail, ?outcome, "a receipt");
    Ok(match outcome {
        ReceiptOutcome::Applied(_) | ReceiptOutcome::Stale(_) => Kept::Yes,
        ReceiptOutcome::Unknown => Kept::NotYet,
    })
}
