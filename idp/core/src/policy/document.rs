//! The policy of one client as it is written: in a configuration file, in the admin API, in the database.
//!
//! Every field may be absent; absent inherits. There are no nulls: “none” is the word `none`. This module must not
//! know any default: those are in `effective`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::name::{Exemption, PresetRef, SignInMethod};
use super::value::{
    AfterEnrol, Alphabet, BackupOffer, Chooser, ChooserLists, ClientClass, ContactEdit, EmailWhenPhone, GuestAccount,
    Locale, MfaMode, OnDisable, OnSpendCap, PhoneCapture, PolicyRole, Vouched,
};
use crate::factor::FactorId;
use crate::level::Level;

/// For each provider, its signed `amr` or `acr` values and the level each stands for.
pub type UpstreamLevels = BTreeMap<String, BTreeMap<String, Level>>;

/// A value, or the word `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrNone<T> {
    /// The word `none`.
    None,
    /// A value.
    Is(T),
}

impl<T> OrNone<T> {
    /// The value as the effective policy holds it.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::None => None,
            Self::Is(value) => Some(value),
        }
    }
}

impl<T> From<Option<T>> for OrNone<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Self::Is)
    }
}

impl<T: Serialize> Serialize for OrNone<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Is(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By way of a JSON value, so that a wrong value is refused in the words of its own type.
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == "none" => Ok(Self::None),
            value => serde_json::from_value(value).map(Self::Is).map_err(serde::de::Error::custom),
        }
    }
}

/// Refuses null where an absent field would do.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Declares a table whose fields may each be absent but never null, with the list of its keys.
macro_rules! table {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[$doc])*
                #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )+
        }

        impl $name {
            /// The keys, in the order of the form.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($field)),+];
        }
    };
}

table! {
    /// The written policy of one client. Field names and spellings are normative.
    pub struct PolicyDocument {
        /// The preset that the values came from.
        preset: PresetRef,
        /// The first factors, in the order of the page.
        sign_in: Vec<SignInMethod>,
        /// What a guest's subject is.
        guest_account: GuestAccount,
        /// Who may sign in here.
        user_class: ClientClass,
        /// Who is asked for a second factor.
        mfa: MfaMode,
        /// Who may change `mfa` and weaken the policy.
        mfa_changed_by: PolicyRole,
        /// No consent page unless asked; dynamic registration writes `false` here.
        first_party: bool,
        /// Seconds without use after which a session ends.
        session_idle_seconds: u32,
        /// Seconds after which a session ends in any case.
        session_absolute_seconds: u32,
        /// The second factors, in the order of the chooser.
        factors: Vec<FactorId>,
        /// When the chooser is shown.
        chooser: Chooser,
        /// What the chooser lists.
        chooser_lists: ChooserLists,
        /// What becomes of email when a phone factor is usable.
        email_when_phone_present: EmailWhenPhone,
        /// The sign-ins that the second-factor step leaves alone.
        exempt: Vec<Exemption>,
        /// Which upstream `amr` and `acr` values count for what.
        trust_upstream_amr: OrNone<UpstreamLevels>,
        /// An existing session never stands in for the second factor.
        mfa_every_login: bool,
        /// Seconds; 0 asks for the password at every login.
        default_max_age: OrNone<u32>,
        /// 0 to 90.
        remember_device_days: u32,
        /// Who is still asked while `mfa = off`.
        on_disable: OnDisable,
        /// The `acr_values` of a request that has none; aliases are allowed.
        default_acr_values: OrNone<Vec<String>>,
        /// The weakest level that this client takes.
        min_acr: OrNone<Level>,
        /// Whether people may create their own account.
        self_registration: bool,
        /// How the owner may change a contact.
        contact_edit: ContactEditDocument,
        /// Whether a pushed contact receives codes before its owner proved it.
        vouched_contacts: Vouched,
        /// When a phone number is asked for.
        phone_capture: PhoneCapture,
        /// 0 to 30.
        enrol_on_password_days: u32,
        /// The codes, per channel.
        code: CodesDocument,
        /// The backup codes.
        backup_codes: BackupCodesDocument,
        /// Where the first enrolment leads.
        after_enrol: AfterEnrol,
        /// Every visit is on a shared device.
        shared_device: bool,
        /// A call waits for a key before it says the code.
        voice_keypress: bool,
        /// Accounts (subject or email address) that the policy applies to before everyone.
        pilot: OrNone<Vec<String>>,
        /// The tariff plan, by name.
        tariff_plan: OrNone<String>,
        /// The spend cap, by name.
        spend_cap: OrNone<String>,
        /// What happens at the spend cap.
        on_spend_cap: OnSpendCap,
        /// Destinations of texts and calls, of those that the installation sends to: ISO 3166-1 alpha-2, upper case.
        countries: Vec<String>,
        /// The set of texts.
        wording: String,
        /// The language when the browser and the request name none.
        default_locale: Locale,
        /// The theme's name.
        theme: String,
    }
}

table! {
    /// The field `contact_edit` as written.
    pub struct ContactEditDocument {
        /// Email addresses.
        email: ContactEdit,
        /// Phone numbers.
        phone: ContactEdit,
    }
}

table! {
    /// The field `code` as written: each channel inherits what it leaves out.
    pub struct CodesDocument {
        /// Codes by email.
        email: CodeDocument,
        /// Codes by text message.
        sms: CodeDocument,
        /// Codes by phone call.
        voice: CodeDocument,
    }
}

table! {
    /// The codes of one channel as written.
    pub struct CodeDocument {
        /// The alphabet.
        alphabet: Alphabet,
        /// Characters.
        length: u32,
        /// Life in seconds.
        ttl_seconds: u32,
        /// Checks that one code allows.
        max_tries: u32,
        /// Seconds between two sends.
        resend_cooldown_seconds: u32,
        /// Sends in one transaction.
        max_sends: u32,
    }
}

table! {
    /// The field `backup_codes` as written.
    pub struct BackupCodesDocument {
        /// How many: 0 to 20.
        count: u32,
        /// When they are shown.
        offer: BackupOffer,
    }
}
