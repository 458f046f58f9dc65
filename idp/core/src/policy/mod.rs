//! The per-client policy.
//!
//! A [`PolicyDocument`] is what somebody wrote; [`PolicyDocument::resolve`] gives the [`Policy`] that counts. To add a
//! field: the document, the effective policy, its default in `resolve`, the presets if they differ, and a save rule in
//! `check` if it can contradict another field.

mod document;
mod effective;
mod name;
mod preset;
mod resolve;
mod value;

pub use document::{
    BackupCodesDocument, CodeDocument, CodesDocument, ContactEditDocument, OrNone, PolicyDocument, UpstreamLevels,
};
pub use effective::{BackupCodes, CodePolicy, Codes, ContactEdits, Policy};
pub use name::{Exemption, PresetRef, SignInMethod, UnknownWord, is_provider_id};
pub use preset::Preset;
pub use value::{
    AfterEnrol, Alphabet, BackupOffer, Chooser, ChooserLists, ClientClass, ContactEdit, EmailWhenPhone, GuestAccount,
    Locale, MfaMode, OnDisable, OnSpendCap, PhoneCapture, PolicyRole, UserClass, Vouched,
};
