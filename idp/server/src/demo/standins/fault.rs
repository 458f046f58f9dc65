//! What a stand-in can be told to do wrong.

/// How an OpenID Connect provider misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not.
    None,
    /// `iss` has Google's older spelling. No fault.
    LegacyIssuer,
    WrongNonce,
    NoNonce,
    WrongAudience,
    SeveralAudiences,
    WrongParty,
    WrongIssuer,
    Expired,
    NoExpiry,
    Stale,
    LongSubject,
    NoIdToken,
    AlgNone,
    Hs256,
    OtherKey,
    UnknownKey,
    /// New keys, published. No fault.
    Rotated,
    /// The browser says that another provider answers.
    MixedUp,
    Cancelled,
    TokenError,
    TokenHangs,
    TokenHuge,
    SecretUnknown,
}

impl Fault {
    /// Every fault, by the id of its form, in words.
    pub(super) const ALL: [(Self, &'static str, &'static str); 23] = [
        (Self::LegacyIssuer, "legacy-iss", "iss without its scheme, as Google once had it"),
        (Self::Rotated, "rotated", "New keys, from now on"),
        (Self::Cancelled, "cancel", "Cancel"),
        (Self::WrongNonce, "wrong-nonce", "Another nonce"),
        (Self::NoNonce, "no-nonce", "No nonce"),
        (Self::WrongAudience, "wrong-aud", "Another aud"),
        (Self::SeveralAudiences, "several-aud", "Several aud without azp"),
        (Self::WrongParty, "wrong-azp", "Another azp"),
        (Self::WrongIssuer, "wrong-iss", "Another iss"),
        (Self::Expired, "expired", "An ID token that has expired"),
        (Self::NoExpiry, "no-exp", "An ID token without exp"),
        (Self::Stale, "stale", "An ID token issued an hour ago"),
        (Self::LongSubject, "long-sub", "A sub of 256 characters"),
        (Self::NoIdToken, "no-id-token", "No ID token"),
        (Self::AlgNone, "alg-none", "alg none"),
        (Self::Hs256, "hs256", "HS256 with the client secret"),
        (Self::OtherKey, "other-key", "Another key under the name of the published one"),
        (Self::UnknownKey, "unknown-kid", "A key that is not published"),
        (Self::MixedUp, "mixed-up", "An iss parameter of another provider"),
        (Self::TokenError, "500", "Error 500 from the token endpoint"),
        (Self::TokenHangs, "hang", "No answer from the token endpoint"),
        (Self::TokenHuge, "10-mb", "10 MB from the token endpoint"),
        (Self::SecretUnknown, "secret-unknown", "The client secret is not known any more"),
    ];

    /// The fault of a form's id.
    pub(super) fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == id).map(|(fault, ..)| *fault)
    }
}

/// How Facebook misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GraphFault {
    /// It does not.
    None,
    Cancelled,
    OtherApp,
    SomebodyElse,
    InvalidToken,
    TokenError,
    TokenHangs,
    TokenHuge,
    GraphError,
}

impl GraphFault {
    /// Every fault, by the id of its form, in words.
    pub(super) const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Cancelled, "cancel", "Cancel"),
        (Self::OtherApp, "other-app", "A token of another app"),
        (Self::SomebodyElse, "somebody-else", "A token of somebody else"),
        (Self::InvalidToken, "invalid-token", "A token that is not valid"),
        (Self::TokenError, "500", "Error 500 instead of a token"),
        (Self::TokenHangs, "hang", "No answer instead of a token"),
        (Self::TokenHuge, "10-mb", "10 MB instead of a token"),
        (Self::GraphError, "graph-500", "Error 500 instead of the person"),
    ];

    /// The fault of a form's id.
    pub(super) fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == id).map(|(fault, ..)| *fault)
    }
}
