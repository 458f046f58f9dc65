//! Inheritance: a client's document over the installation default over the table of defaults.
//!
//! This is the only place that knows the defaults. Lists replace whole; `code`, `contact_edit` and `backup_codes`
//! inherit each part they leave out.

use super::document::{BackupCodesDocument, CodeDocument, CodesDocument, ContactEditDocument, OrNone, PolicyDocument};
use super::effective::{
    BackupCodes, CodePolicy, Codes, ContactEdits, Policy, allows_backup, allows_phone, email_may_be_used,
};
use super::name::{Exemption, SignInMethod};
use super::value::{BackupOffer, ClientClass, ContactEdit, OnSpendCap, PhoneCapture};
use crate::factor::FactorId;

impl PolicyDocument {
    /// The effective policy of this document, before any floor.
    ///
    /// An exemption is never inherited by a staff client: only its own document could name one (and rule 8 refuses it).
    #[must_use]
    pub fn resolve(&self, installation_default: &Self) -> Policy {
        let user_class = pick(self, installation_default, |d| d.user_class).unwrap_or_default();
        let written = self.over(installation_default);
        let exempt = if user_class == ClientClass::Staff {
            self.exempt.clone().unwrap_or_default()
        } else {
            written.exempt.unwrap_or_else(|| vec![Exemption::Guest, Exemption::Federated])
        };
        let factors = written.factors.unwrap_or_else(|| {
            vec![FactorId::Email, FactorId::Sms, FactorId::Voice, FactorId::Totp, FactorId::Passkey]
        });
        let contact_edit = contact_edits(written.contact_edit);
        let email_when_phone_present = written.email_when_phone_present.unwrap_or_default();
        Policy {
            sign_in: written.sign_in.unwrap_or_else(|| vec![SignInMethod::Password]),
            guest_account: written.guest_account.unwrap_or_default(),
            user_class,
            mfa: written.mfa.unwrap_or_default(),
            mfa_changed_by: written.mfa_changed_by.unwrap_or_default(),
            first_party: written.first_party.unwrap_or(true),
            session_idle_seconds: written.session_idle_seconds.unwrap_or(1_800),
            session_absolute_seconds: written.session_absolute_seconds.unwrap_or(43_200),
            chooser: written.chooser.unwrap_or_default(),
            chooser_lists: written.chooser_lists.unwrap_or_default(),
            email_when_phone_present,
            exempt,
            trust_upstream_amr: written.trust_upstream_amr.and_then(OrNone::into_option),
            mfa_every_login: written.mfa_every_login.unwrap_or(false),
            default_max_age: written.default_max_age.and_then(OrNone::into_option),
            remember_device_days: written.remember_device_days.unwrap_or(0),
            on_disable: written.on_disable.unwrap_or_default(),
            default_acr_values: written.default_acr_values.and_then(OrNone::into_option),
            min_acr: written.min_acr.and_then(OrNone::into_option),
            self_registration: written.self_registration.unwrap_or(true),
            contact_edit,
            vouched_contacts: written.vouched_contacts.unwrap_or_default(),
            phone_capture: written.phone_capture.unwrap_or_else(|| default_phone_capture(&factors, contact_edit.phone)),
            enrol_on_password_days: written.enrol_on_password_days.unwrap_or(0),
            code: codes(written.code),
            backup_codes: backup_codes(written.backup_codes, &factors),
            after_enrol: written.after_enrol.unwrap_or_default(),
            shared_device: written.shared_device.unwrap_or(false),
            voice_keypress: written.voice_keypress.unwrap_or(false),
            pilot: written.pilot.and_then(OrNone::into_option),
            tariff_plan: written.tariff_plan.and_then(OrNone::into_option),
            spend_cap: written.spend_cap.and_then(OrNone::into_option),
            on_spend_cap: written
                .on_spend_cap
                .unwrap_or_else(|| default_on_spend_cap(email_may_be_used(&factors, email_when_phone_present))),
            countries: written.countries.unwrap_or_else(|| vec!["GB".to_owned()]),
            wording: written.wording.unwrap_or_else(|| "default".to_owned()),
            default_locale: written.default_locale.unwrap_or_default(),
            theme: written.theme.unwrap_or_else(|| "default".to_owned()),
            factors,
        }
    }

    /// This document, with what it leaves out taken from `base`.
    fn over(&self, base: &Self) -> Self {
        Self {
            preset: self.preset.clone(),
            sign_in: pick(self, base, |d| d.sign_in.clone()),
            guest_account: pick(self, base, |d| d.guest_account),
            user_class: pick(self, base, |d| d.user_class),
            mfa: pick(self, base, |d| d.mfa),
            mfa_changed_by: pick(self, base, |d| d.mfa_changed_by),
            first_party: pick(self, base, |d| d.first_party),
            session_idle_seconds: pick(self, base, |d| d.session_idle_seconds),
            session_absolute_seconds: pick(self, base, |d| d.session_absolute_seconds),
            factors: pick(self, base, |d| d.factors.clone()),
            chooser: pick(self, base, |d| d.chooser),
            chooser_lists: pick(self, base, |d| d.chooser_lists),
            email_when_phone_present: pick(self, base, |d| d.email_when_phone_present),
            exempt: pick(self, base, |d| d.exempt.clone()),
            trust_upstream_amr: pick(self, base, |d| d.trust_upstream_amr.clone()),
            mfa_every_login: pick(self, base, |d| d.mfa_every_login),
            default_max_age: pick(self, base, |d| d.default_max_age.clone()),
            remember_device_days: pick(self, base, |d| d.remember_device_days),
            on_disable: pick(self, base, |d| d.on_disable),
            default_acr_values: pick(self, base, |d| d.default_acr_values.clone()),
            min_acr: pick(self, base, |d| d.min_acr.clone()),
            self_registration: pick(self, base, |d| d.self_registration),
            contact_edit: merge(self.contact_edit.as_ref(), base.contact_edit.as_ref(), ContactEditDocument::over),
            vouched_contacts: pick(self, base, |d| d.vouched_contacts),
            phone_capture: pick(self, base, |d| d.phone_capture),
            enrol_on_password_days: pick(self, base, |d| d.enrol_on_password_days),
            code: merge(self.code.as_ref(), base.code.as_ref(), CodesDocument::over),
            backup_codes: merge(self.backup_codes.as_ref(), base.backup_codes.as_ref(), BackupCodesDocument::over),
            after_enrol: pick(self, base, |d| d.after_enrol),
            shared_device: pick(self, base, |d| d.shared_device),
            voice_keypress: pick(self, base, |d| d.voice_keypress),
            pilot: pick(self, base, |d| d.pilot.clone()),
            tariff_plan: pick(self, base, |d| d.tariff_plan.clone()),
            spend_cap: pick(self, base, |d| d.spend_cap.clone()),
            on_spend_cap: pick(self, base, |d| d.on_spend_cap),
            countries: pick(self, base, |d| d.countries.clone()),
            wording: pick(self, base, |d| d.wording.clone()),
            default_locale: pick(self, base, |d| d.default_locale),
            theme: pick(self, base, |d| d.theme.clone()),
        }
    }
}

fn pick<D, T>(document: &D, base: &D, field: impl Fn(&D) -> Option<T>) -> Option<T> {
    field(document).or_else(|| field(base))
}

fn merge<T: Clone>(document: Option<&T>, base: Option<&T>, over: impl Fn(&T, &T) -> T) -> Option<T> {
    match (document, base) {
        (Some(document), Some(base)) => Some(over(document, base)),
        (one, other) => one.or(other).cloned(),
    }
}

impl ContactEditDocument {
    fn over(&self, base: &Self) -> Self {
        Self { email: pick(self, base, |d| d.email), phone: pick(self, base, |d| d.phone) }
    }
}

impl BackupCodesDocument {
    fn over(&self, base: &Self) -> Self {
        Self { count: pick(self, base, |d| d.count), offer: pick(self, base, |d| d.offer) }
    }
}

impl CodesDocument {
    fn over(&self, base: &Self) -> Self {
        Self {
            email: merge(self.email.as_ref(), base.email.as_ref(), CodeDocument::over),
            sms: merge(self.sms.as_ref(), base.sms.as_ref(), CodeDocument::over),
            voice: merge(self.voice.as_ref(), base.voice.as_ref(), CodeDocument::over),
        }
    }
}

impl CodeDocument {
    fn over(&self, base: &Self) -> Self {
        Self {
            alphabet: pick(self, base, |d| d.alphabet),
            length: pick(self, base, |d| d.length),
            ttl_seconds: pick(self, base, |d| d.ttl_seconds),
            max_tries: pick(self, base, |d| d.max_tries),
            resend_cooldown_seconds: pick(self, base, |d| d.resend_cooldown_seconds),
            max_sends: pick(self, base, |d| d.max_sends),
        }
    }
}

fn contact_edits(written: Option<ContactEditDocument>) -> ContactEdits {
    let written = written.unwrap_or_default();
    ContactEdits { email: written.email.unwrap_or_default(), phone: written.phone.unwrap_or_default() }
}

fn codes(written: Option<CodesDocument>) -> Codes {
    let written = written.unwrap_or_default();
    Codes { email: code(written.email), sms: code(written.sms), voice: code(written.voice) }
}

fn code(written: Option<CodeDocument>) -> CodePolicy {
    let (written, table) = (written.unwrap_or_default(), CodePolicy::default());
    CodePolicy {
        alphabet: written.alphabet.unwrap_or(table.alphabet),
        length: written.length.unwrap_or(table.length),
        ttl_seconds: written.ttl_seconds.unwrap_or(table.ttl_seconds),
        max_tries: written.max_tries.unwrap_or(table.max_tries),
        resend_cooldown_seconds: written.resend_cooldown_seconds.unwrap_or(table.resend_cooldown_seconds),
        max_sends: written.max_sends.unwrap_or(table.max_sends),
    }
}

fn backup_codes(written: Option<BackupCodesDocument>, factors: &[FactorId]) -> BackupCodes {
    let written = written.unwrap_or_default();
    BackupCodes {
        count: written.count.unwrap_or(if allows_backup(factors) { 5 } else { 0 }),
        offer: written.offer.unwrap_or(BackupOffer::Always),
    }
}

fn default_phone_capture(factors: &[FactorId], phone: ContactEdit) -> PhoneCapture {
    if allows_phone(factors) && phone != ContactEdit::Locked { PhoneCapture::WhenChosen } else { PhoneCapture::Never }
}

const fn default_on_spend_cap(email_may_be_used: bool) -> OnSpendCap {
    if email_may_be_used { OnSpendCap::Email } else { OnSpendCap::Alert }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
