//! `[limits]`: how often one may try, and how often we send. The defaults are R5, R12 and R13, which are also bounds:
//! a limit can be made stricter, never looser.

use ipnet::IpNet;

use super::section::section;
use super::source::Reader;

section! {
    /// How often one may try, and how often messages are sent. A limit can be made stricter than its default, not
    /// looser.
    pub struct Limits in "limits" {
        /// Passwords checked for one account in 15 minutes.
        account_attempts: u32 = 10,
        /// Wrong passwords in a row after which an account waits for a reset.
        account_wrong_in_a_row: u32 = 100,
        /// Seconds that an account waits after the fifth wrong password in a row; doubled with each further one.
        account_first_delay_seconds: u32 = 30,
        /// The longest such wait in seconds.
        account_longest_delay_seconds: u32 = 3600,
        /// Failed sign-ins from one IPv4 address or IPv6 /64 in 15 minutes.
        address_failures: u32 = 50,
        /// Wrong codes for one account in an hour, over all factors.
        wrong_codes_per_hour: u32 = 10,
        /// Wrong codes in a row after which a factor is locked until recovery.
        wrong_codes_in_a_row: u32 = 100,
        /// Seconds for which no more is sent to an account and destination when a sign-in has used up the messages
        /// that its policy allows.
        send_block_seconds: u32 = 7200,
        /// Messages to one number in a day that were not followed by a right code.
        unanswered_per_number_per_day: u32 = 10,
        /// Messages caused from one address in an hour that were not followed by a right code.
        unanswered_per_address_per_hour: u32 = 20,
        /// Sign-ins with a request of more than about 3 KiB that one address may begin in a minute: each is kept in the
        /// database.
        large_requests_per_address_per_minute: u32 = 20,
        /// Guests that one address may begin in a minute.
        guests_per_address_per_minute: u32 = 20,
        /// People that one client may send or ask about in a minute through the API for back offices.
        people_per_client_per_minute: u32 = 20_000,
        /// Countries whose numbers get text messages and calls (ISO 3166-1). The policy of a client names those of them
        /// that it sends to.
        countries: Vec<String> = vec!["GB".to_owned()],
        /// Days after which a phone number that got no right code is in doubt: its owner proves it again before it gets
        /// codes. Networks give numbers that are not used to somebody else.
        phone_unused_days: u32 = 548,
        /// Networks with many people behind one address, such as the council's own libraries: their limits per
        /// address are multiplied by `trusted_network_factor`.
        trusted_networks: Vec<IpNet> = Vec::new() => "[\"192.0.2.0/24\"]",
        /// By how much limits per address are raised for `trusted_networks`.
        trusted_network_factor: u32 = 20,
    }
}

impl Limits {
    pub(super) fn check(&self, reader: &mut Reader) {
        let default = Self::default();
        let at_most = [
            ("limits.account_attempts", self.account_attempts, default.account_attempts),
            ("limits.account_wrong_in_a_row", self.account_wrong_in_a_row, default.account_wrong_in_a_row),
            ("limits.address_failures", self.address_failures, default.address_failures),
            ("limits.wrong_codes_per_hour", self.wrong_codes_per_hour, default.wrong_codes_per_hour),
            ("limits.wrong_codes_in_a_row", self.wrong_codes_in_a_row, default.wrong_codes_in_a_row),
            (
                "limits.unanswered_per_number_per_day",
                self.unanswered_per_number_per_day,
                default.unanswered_per_number_per_day,
            ),
            (
                "limits.unanswered_per_address_per_hour",
                self.unanswered_per_address_per_hour,
                default.unanswered_per_address_per_hour,
            ),
        ];
        for (key, value, bound) in at_most {
            reader.within(key, &value, &(1..=bound), "it can be made stricter, not looser");
        }
        let at_least = [
            (
                "limits.account_first_delay_seconds",
                self.account_first_delay_seconds,
                default.account_first_delay_seconds,
            ),
            (
                "limits.account_longest_delay_seconds",
                self.account_longest_delay_seconds,
                default.account_longest_delay_seconds,
            ),
            ("limits.send_block_seconds", self.send_block_seconds, default.send_block_seconds),
        ];
        for (key, value, bound) in at_least {
            reader.within(key, &value, &(bound..=86_400), "it can be made stricter, not looser");
        }
        reader.within(
            "limits.guests_per_address_per_minute",
            &self.guests_per_address_per_minute,
            &(1..=1000),
            "the default is 20",
        );
        reader.within(
            "limits.large_requests_per_address_per_minute",
            &self.large_requests_per_address_per_minute,
            &(1..=1000),
            "the default is 20",
        );
        reader.within(
            "limits.people_per_client_per_minute",
            &self.people_per_client_per_minute,
            &(1..=1_000_000),
            "the default is 20,000",
        );
        reader.within("limits.phone_unused_days", &self.phone_unused_days, &(90..=1825), "the default is 548");
        reader.within("limits.trusted_network_factor", &self.trusted_network_factor, &(1..=1000), "the default is 20");
        if self.countries.iter().any(|country| country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase())) {
            reader.refuse("limits.countries", "must be a list of two-letter codes, like [\"GB\", \"IE\"]");
        }
        if self.trusted_networks.iter().any(|network| network.prefix_len() == 0) {
            reader.refuse("limits.trusted_networks", "contains every address: name the networks that you know");
        }
    }
}
