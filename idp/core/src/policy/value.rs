//! The words a policy field may hold when the choice is a closed list.
//!
//! The spelling in TOML and JSON is normative. To add a word: a variant here, its meaning where it is decided
//! (`ask`, `choose` or `enrol`), and a look at the save rules in `check`.

use serde::{Deserialize, Serialize};

/// Who asks for the second factor: the field `mfa`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaMode {
    /// Nobody is asked, except by `on_disable = keep_enrolled` or an explicit demand.
    Off,
    /// Only those who switched it on are asked.
    Optional,
    /// Everybody is asked.
    #[default]
    Required,
}

/// The field `guest_account`: what a guest's subject is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestAccount {
    /// A new subject at each visit.
    #[default]
    PerVisit,
    /// One fixed subject for the client.
    Shared,
}

/// The class of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserClass {
    /// A member of the public.
    Resident,
    /// An employee of the organisation.
    Staff,
}

/// The field `user_class`: which accounts may sign in at a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientClass {
    /// Residents only.
    #[default]
    Resident,
    /// Staff only.
    Staff,
    /// Both; the floor of the account's own class applies at sign-in.
    Any,
}

impl ClientClass {
    /// Whether an account of this class may sign in here.
    #[must_use]
    pub const fn admits(self, class: UserClass) -> bool {
        match self {
            Self::Any => true,
            Self::Resident => matches!(class, UserClass::Resident),
            Self::Staff => matches!(class, UserClass::Staff),
        }
    }
}

/// The field `mfa_changed_by`: the weakest role that may change `mfa` or weaken the policy; `Ord` is power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyRole {
    /// Manages this client.
    ClientManager,
    /// Owns the organisation.
    #[default]
    Owner,
    /// Runs the installation.
    Operator,
}

/// The field `chooser`: when the page that lists the methods is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chooser {
    /// Even for one method.
    Always,
    /// When there is more than one method.
    #[default]
    WhenMany,
    /// Never: the first usable factor is used at once.
    Never,
}

/// The field `chooser_lists`: which methods the page lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChooserLists {
    /// Those that can be used now.
    #[default]
    Ready,
    /// Also allowed ones that are not yet set up.
    Allowed,
}

/// The field `email_when_phone_present`: what becomes of email when a phone factor is usable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailWhenPhone {
    /// Listed like any other.
    #[default]
    Offer,
    /// A link on the code page.
    Fallback,
    /// Not offered.
    Hide,
}

/// The field `on_disable`: who is still asked while `mfa = off`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDisable {
    /// Those who set up or used a totp, passkey, remote or phone at this client.
    #[default]
    KeepEnrolled,
    /// Nobody.
    IgnoreEnrolled,
}

/// One half of the field `contact_edit`: how the owner of a contact may change it; `Ord` is strictness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactEdit {
    /// After a code to the new contact.
    #[default]
    VerifyNew,
    /// After a code to the old and one to the new contact.
    VerifyOldAndNew,
    /// Not at all.
    Locked,
}

/// The field `vouched_contacts`: whether a pushed contact can receive codes before its owner proved it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vouched {
    /// It can.
    Usable,
    /// It cannot.
    #[default]
    VerifyFirst,
}

/// The field `phone_capture`: when a resident is asked for a phone number at sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneCapture {
    /// Never.
    Never,
    /// When they choose text message or call and have no number.
    WhenChosen,
    /// At sign-in while the account has no verified phone.
    FirstLogin,
}

/// Half of the field `backup_codes`: when new codes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupOffer {
    /// Straight after a totp or passkey is set up.
    #[default]
    Always,
    /// When the resident asks.
    OnRequest,
}

/// The field `after_enrol`: where the first enrolment leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterEnrol {
    /// On with the sign-in.
    #[default]
    Continue,
    /// Back to the sign-in page; the parked request survives.
    Relogin,
}

/// The field `on_spend_cap`: what happens when the client's spend cap is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSpendCap {
    /// Codes go by email instead.
    Email,
    /// Sending goes on; the finance role is told.
    Alert,
    /// No more paid messages.
    Refuse,
}

/// The alphabet of a code; `Ord` is how much one character is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// `0` to `9`.
    #[default]
    Digits,
    /// At least one letter and one digit, no vowels or look-alikes, case-blind.
    Alphanumeric,
}

/// The field `default_locale`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Welsh.
    Cy,
}

impl Locale {
    /// Its tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Cy => "cy",
        }
    }
}
