//! Whether the services of second factors can be reached, and sign with keys that we understand.

use futures::future::join_all;

use super::{Found, told, within, works};
use crate::config::{Config, RemoteService};
use crate::keys::trusted::TrustedKeys;
use crate::net::outbound::{FetchError, Outbound};

/// Asks them all at once. Each is named as policies name it.
pub(super) async fn factor_services(config: &Config) -> Found {
    let outbound = Outbound::new(&config.outbound, &config.development);
    let checks = config.factors.remote.iter().map(|(name, service)| {
        let outbound = outbound.clone();
        async move { (name, within(service_answers(&outbound, service)).await) }
    });
    let found = join_all(checks).await;
    let words = found.iter().map(|(name, found)| format!("remote:{name}: {}", told(found).1));
    let words = words.collect::<Vec<_>>().join("; ");
    if found.iter().all(|(_, found)| found.is_ok()) { Ok(works(words)) } else { Err(words) }
}

/// A question can be asked about a person only. Whatever the service answers to a plain request shows that it is there.
async fn service_answers(outbound: &Outbound, service: &RemoteService) -> Found {
    let wrong = |url: &url::Url, error: &FetchError| format!("{url}: {error}{}", advice(*error));
    if let Some(url) = &service.jwks_url {
        let answer = outbound.get(url).await.map_err(|error| wrong(url, &error))?;
        if !answer.status.is_success() {
            return Err(format!("{url}: it answers with the status {}, where its keys should be", answer.status));
        }
        let keys = serde_json::from_slice(&answer.body).map_err(|_| format!("{url}: this is no JSON"))?;
        TrustedKeys::read(&keys).map_err(|error| format!("{url}: {error}"))?;
    }
    match outbound.get(&service.url).await {
        Ok(_) | Err(FetchError::Redirected | FetchError::TooLong) => Ok(works(format!("{} answers", service.url))),
        Err(error) => Err(wrong(&service.url, &error)),
    }
}

const fn advice(error: FetchError) -> &'static str {
    match error {
        FetchError::Unreachable => ". Does it run, and is its name's address public or within outbound.allow_networks?",
        FetchError::Forbidden => ": only https to public addresses, or those of outbound.allow_networks, is allowed",
        _ => "",
    }
}
