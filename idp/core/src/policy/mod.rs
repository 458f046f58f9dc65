//! The per-client policy.
//!
//! A [`PolicyDocument`] is what somebody wrote; [`PolicyDocument::resolve`] gives the [`Policy`] that counts. To add a
//! field: the document, the effective policy, its default in `resolve`, the presets if they differ, and a save rule in
//! `check` if it can contradict another field.

mod account;
mod ask;
mod check;
mod choose;
mod document;
mod effective;
mod enrol;
mod explain;
mod floor;
mod name;
mod preset;
mod resolve;
mod source;
mod standing;
mod value;
mod weaken;

pub use account::{AccountRules, contact_rule, removal_left_without, strongest};
pub use ask::{Step, accepts, applies_to, exempt, remembers_devices, step, upstream_level};
pub use check::{Installation, Refusal, Warning, check};
pub use choose::{
    ChooserStep, Listed, Unlisted, chooser_step, email_is_fallback, factors_failing, factors_listed, factors_usable,
    verdict,
};
pub use document::{
    BackupCodesDocument, CodeDocument, CodesDocument, ContactEditDocument, OrNone, PolicyDocument, UpstreamLevels,
};
pub use effective::{BackupCodes, CodePolicy, Codes, ContactEdits, Policy};
pub use enrol::{
    EnrolGate, NotEnrollable, captures_phone_now, enrol_gate, may_add_phone, may_enrol, proves_pushed_contact,
};
pub use explain::{Reason, Visit, explain};
pub use floor::{Floor, Floors};
pub use name::{Exemption, PresetRef, SignInMethod, UnknownWord, is_provider_id};
pub use preset::Preset;
pub use source::{Source, Sources, nearest_key, policy_keys};
pub use standing::{Channels, FirstFactor, PhoneStanding, Standing};
pub use value::{
    AfterEnrol, Alphabet, BackupOffer, Chooser, ChooserLists, ClientClass, ContactEdit, EmailWhenPhone, GuestAccount,
    Locale, MfaMode, OnDisable, OnSpendCap, PhoneCapture, PolicyRole, UserClass, Vouched,
};
pub use weaken::{may_change, weakened};
