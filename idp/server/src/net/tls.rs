//! Our own TLS: 1.2 and 1.3, one crypto provider, HTTP/2 by ALPN. The certificate is read again on SIGHUP; if the new
//! one is not good the old one stays and the log says so.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Server;

/// The certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or contains no PEM of its kind.
    #[error("{} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The key does not belong to the certificate, or is of a kind that TLS does not take.
    #[error("the certificate and its key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
}

/// The server side of TLS, with the certificate of the moment.
#[derive(Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// TLS as configured; `None` if it is left to a reverse proxy.
    ///
    /// # Errors
    /// The files cannot be read or do not belong together.
    pub fn of(server: &Server) -> Result<Option<Self>, TlsError> {
        let (Some(certificate), Some(key)) = (server.tls_certificate_file.clone(), server.tls_key_file.clone()) else {
            return Ok(None);
        };
        let current = Arc::new(RwLock::new(Arc::new(read(&certificate, &key)?)));
        Ok(Some(Self { certificate, key, current }))
    }

    /// Reads the files again. New connections get the new certificate.
    ///
    /// # Errors
    /// The files cannot be read or do not belong together; the old certificate stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = Arc::new(read(&self.certificate, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// What answers the next handshake.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Reloads at each SIGHUP, for ever.
    pub async fn reload_on_hangup(self) {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut hangups = match signal(SignalKind::hangup()) {
                Ok(hangups) => hangups,
                Err(error) => return tracing::error!(%error, "SIGHUP is not heard: certificates are not reloaded"),
            };
            while hangups.recv().await.is_some() {
                match self.reload() {
                    Ok(()) => tracing::info!("the certificate was read again"),
                    Err(error) => tracing::error!(%error, "the certificate was not replaced"),
                }
            }
        }
        std::future::pending::<()>().await;
    }
}

fn read(certificate: &PathBuf, key: &PathBuf) -> Result<ServerConfig, TlsError> {
    let file = |path: &PathBuf, reason: String| TlsError::File { path: path.clone(), reason };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| file(certificate, error.to_string()))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, secret)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
