//! What providers report, kept.

use crate::delivery::Receipt;

/// Notes a report. The same one may come any number of times.
pub fn record(receipt: &Receipt) {
    let status = receipt.status.as_str();
    metrics::counter!("message_receipts_total", "sender" => receipt.sender, "status" => status).increment(1);
    tracing::info!(
        sender = receipt.sender,
        status,
        provider_id = receipt.provider_id,
        reference = receipt.reference,
        detail = receipt.detail,
        "a receipt"
    );
}
