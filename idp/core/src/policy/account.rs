//! The rules of the account pages. Contacts and factors belong to the account and not to one client, so the strictest
//! rule over the clients that an account is known at holds there.

use super::ask::step;
use super::choose::factors_usable;
use super::effective::{BackupCodes, Policy};
use super::name::{Exemption, SignInMethod};
use super::standing::{Channels, FirstFactor, Standing};
use super::value::{Chooser, ChooserLists, ClientClass, ContactEdit, EmailWhenPhone, MfaMode, PhoneCapture, Vouched};
use crate::account::ContactState;
use crate::factor::FactorId;

/// The second factors that an account is asked for on its own pages: the strongest kind that it has set up at any
/// client. Kinds that reach the same contact are equally strong.
#[must_use]
pub fn strongest(standing: &Standing, vouched: Vouched) -> Vec<FactorId> {
    let held =
        |kind: Vec<FactorId>| kind.into_iter().filter(|factor| standing.holds(factor, vouched)).collect::<Vec<_>>();
    kinds(standing).into_iter().map(held).find(|kind| !kind.is_empty()).unwrap_or_default()
}

/// The kinds of factors, the strongest first.
fn kinds(standing: &Standing) -> [Vec<FactorId>; 5] {
    [
        vec![FactorId::Passkey],
        vec![FactorId::Totp],
        standing.remotes.iter().cloned().map(FactorId::Remote).collect(),
        vec![FactorId::Sms, FactorId::Voice],
        vec![FactorId::Email],
    ]
}

/// The factors whose proof the account pages take: the strongest that it has, and what is stronger still, which somebody
/// may have used and then removed. None where it has none.
fn taken(standing: &Standing, vouched: Vouched) -> Vec<FactorId> {
    let strongest = strongest(standing, vouched);
    let kinds = kinds(standing);
    let last = kinds.iter().position(|kind| kind.iter().any(|factor| strongest.contains(factor)));
    kinds.into_iter().take(last.map_or(0, |last| last + 1)).flatten().collect()
}

/// What the policy of the account pages is made of.
#[derive(Clone, Copy, Debug)]
pub struct AccountRules<'a> {
    /// The installation's defaults, under the floor of the account's class: what no client says.
    pub base: &'a Policy,
    /// The policies of the clients that the account is known at, under the same floor.
    pub clients: &'a [Policy],
    /// The account.
    pub standing: &'a Standing,
}

impl AccountRules<'_> {
    /// The policy of a sign-in to the account pages.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let Self { base, clients, standing } = *self;
        let all = || clients.iter();
        let vouched = self.vouched();
        let factors = taken(standing, vouched);
        let countries = base.countries.iter().filter(|country| all().all(|p| p.countries.contains(country)));
        let asked = |policy: &Policy| {
            let password = FirstFactor::Password { reset_by_email: false };
            step(policy, &password, standing).is_asked()
        };
        let own = [SignInMethod::Password, SignInMethod::Passkey];
        let providers = base.sign_in.iter().filter(|method| method.provider().is_some());
        let mfa = if clients.is_empty() { base.mfa } else { MfaMode::Off };
        Policy {
            // A passkey that signs in alone is as strong as anything that could be asked for.
            sign_in: own.into_iter().chain(providers.cloned()).collect(),
            user_class: ClientClass::Any,
            first_party: true,
            // What a client asks of this account is asked here, whichever rule of the client asks it.
            mfa: if all().any(asked) { MfaMode::Required } else { mfa },
            min_acr: all().filter_map(|p| p.min_acr).chain(base.min_acr).max(),
            // Nobody who has no factor is locked out of setting one up.
            factors: if factors.is_empty() { base.factors.clone() } else { factors },
            vouched_contacts: vouched,
            contact_edit: super::effective::ContactEdits {
                email: contact_rule(all().map(|p| p.contact_edit.email)),
                phone: contact_rule(all().map(|p| p.contact_edit.phone)),
            },
            session_idle_seconds: all().map(|p| p.session_idle_seconds).fold(base.session_idle_seconds, u32::min),
            session_absolute_seconds: all()
                .map(|p| p.session_absolute_seconds)
                .fold(base.session_absolute_seconds, u32::min),
            countries: countries.cloned().collect(),
            chooser: Chooser::WhenMany,
            chooser_lists: ChooserLists::Ready,
            email_when_phone_present: EmailWhenPhone::Offer,
            phone_capture: PhoneCapture::Never,
            backup_codes: self.backup_codes(),
            exempt: Vec::<Exemption>::new(),
            default_acr_values: None,
            default_max_age: None,
            mfa_every_login: false,
            remember_device_days: 0,
            pilot: None,
            ..base.clone()
        }
    }

    /// Backup codes are the account's: it can have as many as the client that gives most.
    fn backup_codes(&self) -> BackupCodes {
        let most = self.clients.iter().map(|p| p.backup_codes).max_by_key(|codes| codes.count);
        most.unwrap_or(self.base.backup_codes)
    }

    /// A contact that nobody proved is worth here what the least trusting client makes of it.
    fn vouched(&self) -> Vouched {
        let usable = self.clients.iter().chain(self.clients.is_empty().then_some(self.base));
        if usable.into_iter().all(|p| p.vouched_contacts == Vouched::Usable) {
            Vouched::Usable
        } else {
            Vouched::VerifyFirst
        }
    }
}

/// The strictest of these rules for changing a contact.
pub fn contact_rule(rules: impl IntoIterator<Item = ContactEdit>) -> ContactEdit {
    rules.into_iter().max().unwrap_or_default()
}

/// Which of `clients` asks this account for a second factor and would find none if `factor` were removed: its place in
/// the list. A phone number serves texts and calls alike.
#[must_use]
pub fn removal_left_without(clients: &[Policy], standing: &Standing, factor: &FactorId) -> Option<usize> {
    let without = match factor {
        FactorId::Totp => Standing { totp: false, ..standing.clone() },
        FactorId::Passkey => Standing { passkeys: standing.passkeys.saturating_sub(1), ..standing.clone() },
        FactorId::Sms | FactorId::Voice => Standing { phones: Vec::new(), ..standing.clone() },
        FactorId::Email => Standing { email: None::<ContactState>, ..standing.clone() },
        FactorId::Backup | FactorId::Remote(_) => return None,
    };
    // Backup codes come with an app or a passkey, and go with the last of them.
    let without =
        if !without.totp && without.passkeys == 0 { Standing { backup_codes_left: 0, ..without } } else { without };
    let first = FirstFactor::Password { reset_by_email: false };
    // Senders come and go; what counts is what the account has.
    let channels = Channels { remotes: standing.remotes.clone(), ..Channels::all() };
    clients.iter().position(|policy| {
        step(policy, &first, standing).is_asked() && factors_usable(policy, &without, &first, &channels).is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;
    use crate::policy::{OnDisable, PhoneStanding, PolicyDocument, Preset, UserClass};

    fn with(totp: bool) -> Standing {
        let phone = PhoneStanding::new(ContactState::Verified, crate::account::LineType::Mobile);
        Standing {
            email: Some(ContactState::Verified),
            phones: vec![phone],
            totp,
            ..Standing::bare(UserClass::Resident)
        }
    }

    fn preset(preset: Preset) -> Policy {
        preset.document().resolve(&PolicyDocument::default())
    }

    fn policy(clients: &[Policy], standing: &Standing) -> Policy {
        AccountRules { base: &Policy::default(), clients, standing }.policy()
    }

    #[test]
    fn sec_r18_the_strongest_factor_at_any_client_is_what_the_account_pages_ask_for() {
        assert_eq!(strongest(&with(true), Vouched::VerifyFirst), [FactorId::Totp]);
        assert_eq!(strongest(&with(false), Vouched::VerifyFirst), [FactorId::Sms, FactorId::Voice]);
        let passkey = Standing { passkeys: 1, ..with(true) };
        assert_eq!(strongest(&passkey, Vouched::VerifyFirst), [FactorId::Passkey]);
        let email = Standing { phones: Vec::new(), ..with(false) };
        assert_eq!(strongest(&email, Vouched::VerifyFirst), [FactorId::Email]);
        assert_eq!(strongest(&Standing::bare(UserClass::Resident), Vouched::Usable), []);
    }

    #[test]
    fn req_s1_3_a_contact_that_one_client_locks_is_locked() {
        let (locked, free) = (preset(Preset::AlwaysOn), preset(Preset::CouncilPortal));
        assert_eq!(policy(&[free.clone(), locked.clone()], &with(false)).contact_edit.email, ContactEdit::Locked);
        assert_eq!(policy(&[free], &with(false)).contact_edit.email, ContactEdit::VerifyNew);
        assert_eq!(policy(&[], &with(false)).contact_edit.phone, ContactEdit::VerifyNew);
    }

    #[test]
    fn sec_r19_the_strictest_client_says_whether_a_second_factor_is_needed() {
        let off = Policy { mfa: MfaMode::Off, on_disable: OnDisable::IgnoreEnrolled, ..Policy::default() };
        assert_eq!(policy(std::slice::from_ref(&off), &with(true)).mfa, MfaMode::Off);
        assert_eq!(policy(&[off.clone(), Policy::default()], &with(true)).mfa, MfaMode::Required);
        assert_eq!(policy(&[], &with(true)).mfa, MfaMode::Required);
        let level = Policy { min_acr: Some(Level::TwoFactor), session_idle_seconds: 300, ..off };
        let strict = policy(&[level], &with(true));
        assert_eq!((strict.min_acr, strict.session_idle_seconds), (Some(Level::TwoFactor), 300));
        assert_eq!(strict.factors, [FactorId::Passkey, FactorId::Totp]);
        let email = Standing { phones: Vec::new(), ..with(false) };
        assert_eq!(policy(&[], &email).factors.last(), Some(&FactorId::Email));
    }

    #[test]
    fn scr_r42_backup_codes_are_as_many_as_the_client_gives_that_gives_most() {
        let (portal, app) = (preset(Preset::CouncilPortal), preset(Preset::Authenticator));
        assert_eq!(policy(std::slice::from_ref(&portal), &with(true)).backup_codes.count, 0);
        assert_eq!(policy(&[portal, app.clone()], &with(true)).backup_codes, app.backup_codes);
        assert_eq!(policy(&[], &with(true)).backup_codes, Policy::default().backup_codes);
    }

    #[test]
    fn scr_r42_the_last_factor_that_a_client_takes_is_not_removed() {
        let clients = [preset(Preset::CouncilPortal), preset(Preset::Authenticator)];
        assert_eq!(removal_left_without(&clients, &with(true), &FactorId::Totp), Some(1));
        assert_eq!(removal_left_without(&clients[..1], &with(true), &FactorId::Totp), None);
        // The address is left for the portal; the number is all that a client of texts alone has.
        assert_eq!(removal_left_without(&clients[..1], &with(true), &FactorId::Sms), None);
        let texts = Policy { factors: vec![FactorId::Sms], ..Policy::default() };
        assert_eq!(removal_left_without(&[texts], &with(true), &FactorId::Sms), Some(0));
    }
}
