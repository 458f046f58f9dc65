//! `[development]`: parts that would be holes in production. They start only when the issuer's host is loopback.

use super::section::section;
use super::server::Server;
use super::source::Reader;

section! {
    /// Parts for development and demonstration. They are refused unless the issuer's host is localhost.
    pub struct Development in "development" {
        /// Keep messages in memory and show them at `/dev/inbox`, instead of sending them.
        inbox: bool = false,
        /// Let the provider fetch from services on this machine, over http too.
        allow_loopback_fetch: bool = false,
        /// Let tests move the clock.
        clock: bool = false,
    }
}

impl Development {
    pub(super) fn check(&self, reader: &mut Reader, server: &Server) {
        let parts = [
            ("development.inbox", self.inbox),
            ("development.allow_loopback_fetch", self.allow_loopback_fetch),
            ("development.clock", self.clock),
        ];
        for (key, on) in parts {
            if on && !server.issuer.is_loopback() {
                reader.refuse(key, format!("is only for an issuer on localhost, not for {}: remove it", server.issuer));
            }
        }
    }
}
