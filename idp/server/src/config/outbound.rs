//! `[outbound]`: the requests that the provider itself makes: keys of clients, sign-in and message providers.

use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use super::section::section;
use super::source::Reader;

section! {
    /// The requests that the provider itself makes. They go to public addresses only, over https.
    pub struct Outbound in "outbound" {
        /// The proxy that all requests leave through, `http://host:port`, without user name and password.
        proxy: Option<Url> = None => "\"http://proxy.example.gov.uk:3128\"",
        /// The user name for the proxy.
        proxy_username: Option<String> = None => "\"idp\"",
        /// The password for the proxy.
        proxy_password: Option<SecretString> = None => "\"…\"",
        /// A file that contains the password for the proxy.
        proxy_password_file: Option<PathBuf> = None => "\"/run/secrets/proxy_password\"",
        /// Hosts that are reached without the proxy: `example.gov.uk` means also every name under it.
        no_proxy: Vec<String> = Vec::new() => "[\"example.gov.uk\"]",
        /// Private networks that may be reached, for services of your own. Keep it as narrow as possible.
        allow_networks: Vec<IpNet> = Vec::new() => "[\"10.20.30.40/32\"]",
        /// A file of further certificate authorities in PEM, for a proxy that inspects TLS.
        ca_file: Option<PathBuf> = None => "\"/etc/idp/ca.pem\"",
        /// Seconds that one request may take, from name resolution to the last byte.
        timeout_seconds: u64 = 5,
    }
}

impl Outbound {
    pub(super) fn check(&mut self, reader: &mut Reader) {
        reader.secret("outbound.proxy_password", &mut self.proxy_password, self.proxy_password_file.as_ref());
        match &self.proxy {
            Some(proxy) => {
                if !["http", "https"].contains(&proxy.scheme()) || !proxy.has_host() {
                    reader.refuse("outbound.proxy", "must be http://host:port or https://host:port");
                }
                if !proxy.username().is_empty() || proxy.password().is_some() {
                    reader.refuse(
                        "outbound.proxy",
                        "must not contain a user name or password: use outbound.proxy_username and outbound.proxy_password_file",
                    );
                }
            }
            None => {
                if self.proxy_username.is_some() || self.proxy_password.is_some() {
                    reader.refuse("outbound.proxy_username", "has no effect without outbound.proxy: set that too");
                }
            }
        }
        if self.proxy_username.is_some() != self.proxy_password.is_some() {
            reader
                .refuse("outbound.proxy_username", "and outbound.proxy_password belong together: set both or neither");
        }
        if self.allow_networks.iter().any(|network| network.prefix_len() == 0) {
            reader.refuse("outbound.allow_networks", "contains every address: name the services' own");
        }
        if let Some(path) = &self.ca_file
            && let Err(error) = std::fs::File::open(path)
        {
            reader.refuse("outbound.ca_file", format!("names {}, which cannot be read: {error}", path.display()));
        }
        reader.within("outbound.timeout_seconds", &self.timeout_seconds, &(1..=10), "a resident waits for it");
    }
}
