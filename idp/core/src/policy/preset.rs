//! The presets: one complete set of explicit values for each of the five kinds of portal.
//!
//! A preset is copied into a client's document once; a change here needs a new version number and must leave the
//! old version as it was, because the console compares a live client with the version it was written from.

use super::document::{BackupCodesDocument, CodeDocument, CodesDocument, ContactEditDocument, OrNone, PolicyDocument};
use super::name::{Exemption, PresetRef, SignInMethod};
use super::value::{
    AfterEnrol, Alphabet, BackupOffer, Chooser, ChooserLists, ClientClass, ContactEdit, EmailWhenPhone, MfaMode,
    OnDisable, PhoneCapture, PolicyRole, Vouched,
};
use crate::factor::FactorId;

/// A preset of this version of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// A council's resident portal: call or text, email as the fallback, guests and social sign-in exempt.
    CouncilPortal,
    /// Password and code at every login, contacts managed by the back office.
    AlwaysOn,
    /// Staff applications: text or authenticator app.
    StaffApp,
    /// Authenticator app only, with backup codes on request.
    Authenticator,
    /// A text at every login, number captured at the first.
    SmsFirst,
}

impl Preset {
    /// All of them, in the order of the console.
    pub const ALL: [Self; 5] =
        [Self::CouncilPortal, Self::AlwaysOn, Self::StaffApp, Self::Authenticator, Self::SmsFirst];

    /// The name, without the version.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CouncilPortal => "council-portal",
            Self::AlwaysOn => "always-on",
            Self::StaffApp => "staff-app",
            Self::Authenticator => "authenticator",
            Self::SmsFirst => "sms-first",
        }
    }

    /// The newest version.
    #[must_use]
    pub const fn version(self) -> u32 {
        1
    }

    /// The preset of that name, or `None`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The preset that a document was written from, if this product still knows that version.
    #[must_use]
    pub fn written(reference: &PresetRef) -> Option<Self> {
        Self::named(&reference.name).filter(|preset| preset.version() == reference.version)
    }

    /// The explicit values, with `preset` set.
    #[must_use]
    pub fn document(self) -> PolicyDocument {
        let values = match self {
            Self::CouncilPortal => council_portal(),
            Self::AlwaysOn => always_on(),
            Self::StaffApp => staff_app(),
            Self::Authenticator => authenticator(),
            Self::SmsFirst => sms_first(),
        };
        PolicyDocument {
            preset: Some(PresetRef { name: self.name().to_owned(), version: self.version() }),
            mfa: Some(MfaMode::Required),
            ..values
        }
    }
}

const fn contact_edit(email: ContactEdit, phone: ContactEdit) -> ContactEditDocument {
    ContactEditDocument { email: Some(email), phone: Some(phone) }
}

fn sms_alphabet(alphabet: Alphabet) -> CodesDocument {
    let sms = CodeDocument { alphabet: Some(alphabet), ..CodeDocument::default() };
    CodesDocument { sms: Some(sms), ..CodesDocument::default() }
}

const fn backup_codes(count: u32) -> BackupCodesDocument {
    BackupCodesDocument { count: Some(count), offer: None }
}

fn named(name: &str) -> OrNone<String> {
    OrNone::Is(name.to_owned())
}

fn council_portal() -> PolicyDocument {
    PolicyDocument {
        sign_in: Some(vec![SignInMethod::Password, SignInMethod::Google, SignInMethod::Facebook, SignInMethod::Guest]),
        user_class: Some(ClientClass::Resident),
        mfa_changed_by: Some(PolicyRole::Operator),
        factors: Some(vec![FactorId::Voice, FactorId::Sms, FactorId::Email]),
        chooser: Some(Chooser::WhenMany),
        chooser_lists: Some(ChooserLists::Ready),
        email_when_phone_present: Some(EmailWhenPhone::Fallback),
        exempt: Some(vec![Exemption::Guest, Exemption::Federated]),
        mfa_every_login: Some(false),
        default_max_age: Some(OrNone::None),
        vouched_contacts: Some(Vouched::Usable),
        phone_capture: Some(PhoneCapture::Never),
        enrol_on_password_days: Some(0),
        contact_edit: Some(contact_edit(ContactEdit::VerifyNew, ContactEdit::VerifyNew)),
        self_registration: Some(true),
        code: Some(sms_alphabet(Alphabet::Digits)),
        backup_codes: Some(backup_codes(0)),
        after_enrol: Some(AfterEnrol::Continue),
        on_disable: Some(OnDisable::KeepEnrolled),
        tariff_plan: Some(named("resale")),
        wording: Some("default".to_owned()),
        ..PolicyDocument::default()
    }
}

fn always_on() -> PolicyDocument {
    PolicyDocument {
        sign_in: Some(vec![SignInMethod::Password]),
        user_class: Some(ClientClass::Resident),
        mfa_changed_by: Some(PolicyRole::Operator),
        factors: Some(vec![FactorId::Email, FactorId::Sms]),
        chooser: Some(Chooser::Always),
        chooser_lists: Some(ChooserLists::Ready),
        email_when_phone_present: Some(EmailWhenPhone::Offer),
        exempt: Some(Vec::new()),
        mfa_every_login: Some(true),
        default_max_age: Some(OrNone::Is(0)),
        vouched_contacts: Some(Vouched::Usable),
        phone_capture: Some(PhoneCapture::Never),
        enrol_on_password_days: Some(0),
        contact_edit: Some(contact_edit(ContactEdit::Locked, ContactEdit::Locked)),
        self_registration: Some(false),
        code: Some(sms_alphabet(Alphabet::Digits)),
        backup_codes: Some(backup_codes(0)),
        after_enrol: Some(AfterEnrol::Continue),
        on_disable: Some(OnDisable::KeepEnrolled),
        tariff_plan: Some(named("own-account")),
        wording: Some("always-on".to_owned()),
        ..PolicyDocument::default()
    }
}

fn staff_app() -> PolicyDocument {
    PolicyDocument {
        sign_in: Some(vec![SignInMethod::Password]),
        user_class: Some(ClientClass::Staff),
        mfa_changed_by: Some(PolicyRole::Operator),
        factors: Some(vec![FactorId::Sms, FactorId::Totp]),
        chooser: Some(Chooser::WhenMany),
        chooser_lists: Some(ChooserLists::Allowed),
        exempt: Some(Vec::new()),
        mfa_every_login: Some(false),
        default_max_age: Some(OrNone::None),
        vouched_contacts: Some(Vouched::VerifyFirst),
        phone_capture: Some(PhoneCapture::WhenChosen),
        enrol_on_password_days: Some(14),
        contact_edit: Some(contact_edit(ContactEdit::Locked, ContactEdit::VerifyNew)),
        self_registration: Some(false),
        code: Some(sms_alphabet(Alphabet::Alphanumeric)),
        backup_codes: Some(backup_codes(0)),
        after_enrol: Some(AfterEnrol::Continue),
        on_disable: Some(OnDisable::IgnoreEnrolled),
        tariff_plan: Some(named("notify-allowance")),
        wording: Some("staff-app".to_owned()),
        ..PolicyDocument::default()
    }
}

fn authenticator() -> PolicyDocument {
    PolicyDocument {
        sign_in: Some(vec![SignInMethod::Password]),
        user_class: Some(ClientClass::Resident),
        mfa_changed_by: Some(PolicyRole::ClientManager),
        factors: Some(vec![FactorId::Totp]),
        chooser: Some(Chooser::WhenMany),
        chooser_lists: Some(ChooserLists::Ready),
        exempt: Some(Vec::new()),
        mfa_every_login: Some(false),
        default_max_age: Some(OrNone::None),
        vouched_contacts: Some(Vouched::VerifyFirst),
        phone_capture: Some(PhoneCapture::Never),
        enrol_on_password_days: Some(14),
        contact_edit: Some(contact_edit(ContactEdit::VerifyNew, ContactEdit::VerifyNew)),
        self_registration: Some(false),
        backup_codes: Some(BackupCodesDocument { count: Some(5), offer: Some(BackupOffer::OnRequest) }),
        after_enrol: Some(AfterEnrol::Continue),
        on_disable: Some(OnDisable::KeepEnrolled),
        tariff_plan: Some(OrNone::None),
        wording: Some("authenticator".to_owned()),
        ..PolicyDocument::default()
    }
}

fn sms_first() -> PolicyDocument {
    PolicyDocument {
        sign_in: Some(vec![SignInMethod::Password]),
        user_class: Some(ClientClass::Any),
        mfa_changed_by: Some(PolicyRole::Owner),
        factors: Some(vec![FactorId::Sms, FactorId::Email]),
        chooser: Some(Chooser::Never),
        chooser_lists: Some(ChooserLists::Ready),
        email_when_phone_present: Some(EmailWhenPhone::Fallback),
        exempt: Some(Vec::new()),
        mfa_every_login: Some(true),
        default_max_age: Some(OrNone::Is(0)),
        vouched_contacts: Some(Vouched::VerifyFirst),
        phone_capture: Some(PhoneCapture::FirstLogin),
        enrol_on_password_days: Some(14),
        contact_edit: Some(contact_edit(ContactEdit::Locked, ContactEdit::VerifyNew)),
        self_registration: Some(false),
        code: Some(sms_alphabet(Alphabet::Digits)),
        backup_codes: Some(backup_codes(0)),
        after_enrol: Some(AfterEnrol::Relogin),
        on_disable: Some(OnDisable::IgnoreEnrolled),
        tariff_plan: Some(named("own-account")),
        wording: Some("sms-first".to_owned()),
        ..PolicyDocument::default()
    }
}

#[cfg(test)]
#[path = "preset_tests.rs"]
mod tests;
