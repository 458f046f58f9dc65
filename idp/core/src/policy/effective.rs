//! The policy that counts: every field has a value, and `Option` appears only where “none” is one.

use super::document::{
    BackupCodesDocument, CodeDocument, CodesDocument, ContactEditDocument, PolicyDocument, UpstreamLevels,
};
use super::name::{Exemption, SignInMethod};
use super::value::{
    AfterEnrol, Alphabet, BackupOffer, Chooser, ChooserLists, ClientClass, ContactEdit, EmailWhenPhone, GuestAccount,
    Locale, MfaMode, OnDisable, OnSpendCap, PhoneCapture, PolicyRole, Vouched,
};
use crate::factor::FactorId;
use crate::level::Level;

/// The effective policy of one client. `Policy::default()` is the table of defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the fields are the normative ones and independent of each other")]
pub struct Policy {
    /// The first factors, in the order of the page.
    pub sign_in: Vec<SignInMethod>,
    /// What a guest's subject is.
    pub guest_account: GuestAccount,
    /// Who may sign in here.
    pub user_class: ClientClass,
    /// Who is asked for a second factor.
    pub mfa: MfaMode,
    /// Who may change `mfa` and weaken the policy.
    pub mfa_changed_by: PolicyRole,
    /// No consent page unless asked with `prompt=consent`.
    pub first_party: bool,
    /// Seconds without use after which a session ends.
    pub session_idle_seconds: u32,
    /// Seconds after which a session ends in any case.
    pub session_absolute_seconds: u32,
    /// The second factors, in the order of the chooser; `backup` is never listed, it comes with totp and passkey.
    pub factors: Vec<FactorId>,
    /// When the chooser is shown.
    pub chooser: Chooser,
    /// What the chooser lists.
    pub chooser_lists: ChooserLists,
    /// What becomes of email when a phone factor is usable.
    pub email_when_phone_present: EmailWhenPhone,
    /// The sign-ins that the second-factor step leaves alone.
    pub exempt: Vec<Exemption>,
    /// Which upstream `amr` and `acr` values count for what.
    pub trust_upstream_amr: Option<UpstreamLevels>,
    /// An existing session never stands in for the second factor.
    pub mfa_every_login: bool,
    /// Seconds; 0 asks for the password at every login.
    pub default_max_age: Option<u32>,
    /// 0 to 90; 0 remembers no device.
    pub remember_device_days: u32,
    /// Who is still asked while `mfa = off`.
    pub on_disable: OnDisable,
    /// The `acr_values` of a request that has none; aliases are allowed.
    pub default_acr_values: Option<Vec<String>>,
    /// The weakest level that this client takes.
    pub min_acr: Option<Level>,
    /// Whether people may create their own account.
    pub self_registration: bool,
    /// How the owner may change a contact.
    pub contact_edit: ContactEdits,
    /// Whether a pushed contact receives codes before its owner proved it.
    pub vouched_contacts: Vouched,
    /// When a phone number is asked for.
    pub phone_capture: PhoneCapture,
    /// 0 to 30: days during which a password alone may enrol a first factor.
    pub enrol_on_password_days: u32,
    /// The codes, per channel.
    pub code: Codes,
    /// The backup codes.
    pub backup_codes: BackupCodes,
    /// Where the first enrolment leads.
    pub after_enrol: AfterEnrol,
    /// Every visit is on a shared device.
    pub shared_device: bool,
    /// A call waits for a key before it says the code.
    pub voice_keypress: bool,
    /// Accounts (subject or email address) that the policy applies to before everyone.
    pub pilot: Option<Vec<String>>,
    /// The tariff plan, by name.
    pub tariff_plan: Option<String>,
    /// The spend cap, by name.
    pub spend_cap: Option<String>,
    /// What happens at the spend cap.
    pub on_spend_cap: OnSpendCap,
    /// Destinations of texts and calls, of those that the installation sends to: ISO 3166-1 alpha-2, upper case.
    pub countries: Vec<String>,
    /// The set of texts.
    pub wording: String,
    /// The language when the browser and the request name none.
    pub default_locale: Locale,
    /// The theme's name.
    pub theme: String,
}

impl Policy {
    /// The checks that one code of this factor allows.
    #[must_use]
    pub fn tries_of(&self, factor: &FactorId) -> i64 {
        match factor {
            // An answer to a passkey's challenge is right or it is not; there is nothing to try.
            FactorId::Passkey => 1,
            _ => self.code.of(factor).map_or(5, |code| i64::from(code.max_tries)),
        }
    }
}

/// The field `contact_edit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactEdits {
    /// Email addresses.
    pub email: ContactEdit,
    /// Phone numbers.
    pub phone: ContactEdit,
}

/// The field `code`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// Codes by email.
    pub email: CodePolicy,
    /// Codes by text message.
    pub sms: CodePolicy,
    /// Codes by phone call.
    pub voice: CodePolicy,
}

impl Codes {
    /// The codes of a factor, or `None` if the product sends it no code.
    #[must_use]
    pub fn of(&self, factor: &FactorId) -> Option<&CodePolicy> {
        match factor {
            FactorId::Email => Some(&self.email),
            FactorId::Sms => Some(&self.sms),
            FactorId::Voice => Some(&self.voice),
            FactorId::Totp | FactorId::Passkey | FactorId::Backup | FactorId::Remote(_) => None,
        }
    }
}

/// The codes of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePolicy {
    /// The alphabet.
    pub alphabet: Alphabet,
    /// Characters.
    pub length: u32,
    /// Life in seconds.
    pub ttl_seconds: u32,
    /// Checks that one code allows.
    pub max_tries: u32,
    /// Seconds between two sends.
    pub resend_cooldown_seconds: u32,
    /// Sends in one transaction.
    pub max_sends: u32,
}

impl Default for CodePolicy {
    fn default() -> Self {
        Self {
            alphabet: Alphabet::Digits,
            length: 6,
            ttl_seconds: 600,
            max_tries: 5,
            resend_cooldown_seconds: 30,
            max_sends: 5,
        }
    }
}

/// The field `backup_codes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupCodes {
    /// How many; 0 means none.
    pub count: u32,
    /// When they are shown.
    pub offer: BackupOffer,
}

impl Default for Policy {
    fn default() -> Self {
        PolicyDocument::default().resolve(&PolicyDocument::default())
    }
}

impl Policy {
    /// Whether `factors` allows this factor; `backup` comes with totp and passkey.
    #[must_use]
    pub fn allows(&self, factor: &FactorId) -> bool {
        match factor {
            FactorId::Backup => allows_backup(&self.factors),
            _ => self.factors.contains(factor),
        }
    }

    /// Whether a text message or a call is an allowed factor.
    #[must_use]
    pub fn allows_phone(&self) -> bool {
        allows_phone(&self.factors)
    }

    /// Whether a code may go by email to somebody who also has a phone.
    #[must_use]
    pub fn email_may_be_used(&self) -> bool {
        email_may_be_used(&self.factors, self.email_when_phone_present)
    }

    /// The policy with every field written out, which is also how it is shown as JSON.
    #[must_use]
    pub fn to_document(&self) -> PolicyDocument {
        PolicyDocument {
            preset: None,
            sign_in: Some(self.sign_in.clone()),
            guest_account: Some(self.guest_account),
            user_class: Some(self.user_class),
            mfa: Some(self.mfa),
            mfa_changed_by: Some(self.mfa_changed_by),
            first_party: Some(self.first_party),
            session_idle_seconds: Some(self.session_idle_seconds),
            session_absolute_seconds: Some(self.session_absolute_seconds),
            factors: Some(self.factors.clone()),
            chooser: Some(self.chooser),
            chooser_lists: Some(self.chooser_lists),
            email_when_phone_present: Some(self.email_when_phone_present),
            exempt: Some(self.exempt.clone()),
            trust_upstream_amr: Some(self.trust_upstream_amr.clone().into()),
            mfa_every_login: Some(self.mfa_every_login),
            default_max_age: Some(self.default_max_age.into()),
            remember_device_days: Some(self.remember_device_days),
            on_disable: Some(self.on_disable),
            default_acr_values: Some(self.default_acr_values.clone().into()),
            min_acr: Some(self.min_acr.into()),
            self_registration: Some(self.self_registration),
            contact_edit: Some(self.contact_edit.to_document()),
            vouched_contacts: Some(self.vouched_contacts),
            phone_capture: Some(self.phone_capture),
            enrol_on_password_days: Some(self.enrol_on_password_days),
            code: Some(self.code.to_document()),
            backup_codes: Some(self.backup_codes.to_document()),
            after_enrol: Some(self.after_enrol),
            shared_device: Some(self.shared_device),
            voice_keypress: Some(self.voice_keypress),
            pilot: Some(self.pilot.clone().into()),
            tariff_plan: Some(self.tariff_plan.clone().into()),
            spend_cap: Some(self.spend_cap.clone().into()),
            on_spend_cap: Some(self.on_spend_cap),
            countries: Some(self.countries.clone()),
            wording: Some(self.wording.clone()),
            default_locale: Some(self.default_locale),
            theme: Some(self.theme.clone()),
        }
    }
}

pub(super) fn allows_backup(factors: &[FactorId]) -> bool {
    factors.iter().any(|factor| matches!(factor, FactorId::Totp | FactorId::Passkey))
}

pub(super) fn allows_phone(factors: &[FactorId]) -> bool {
    factors.iter().any(|factor| matches!(factor, FactorId::Sms | FactorId::Voice))
}

pub(super) fn email_may_be_used(factors: &[FactorId], with_phone: EmailWhenPhone) -> bool {
    factors.contains(&FactorId::Email) && with_phone != EmailWhenPhone::Hide
}

impl ContactEdits {
    const fn to_document(self) -> ContactEditDocument {
        ContactEditDocument { email: Some(self.email), phone: Some(self.phone) }
    }
}

impl Codes {
    const fn to_document(self) -> CodesDocument {
        CodesDocument {
            email: Some(self.email.to_document()),
            sms: Some(self.sms.to_document()),
            voice: Some(self.voice.to_document()),
        }
    }
}

impl CodePolicy {
    const fn to_document(self) -> CodeDocument {
        CodeDocument {
            alphabet: Some(self.alphabet),
            length: Some(self.length),
            ttl_seconds: Some(self.ttl_seconds),
            max_tries: Some(self.max_tries),
            resend_cooldown_seconds: Some(self.resend_cooldown_seconds),
            max_sends: Some(self.max_sends),
        }
    }
}

impl BackupCodes {
    const fn to_document(self) -> BackupCodesDocument {
        BackupCodesDocument { count: Some(self.count), offer: Some(self.offer) }
    }
}
