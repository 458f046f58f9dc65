//! What is wrong with a text that should be a password hash.

/// Why a text is no hash that passwords are compared with. Its words do not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashProblem {
    /// No scheme that this program knows.
    #[error(
        "it is none of bcrypt ($2b$…), PBKDF2 (pbkdf2_sha256$…, $pbkdf2-sha256$…, ASP.NET Identity) and Argon2 \
         ($argon2id$…)"
    )]
    Unknown,
    /// It begins like a scheme and does not go on like it.
    #[error("it begins like {0} and is not whole")]
    Malformed(&'static str),
    /// Comparing would take longer than any sign-in may.
    #[error("it asks for more work than is done here: {0}")]
    TooCostly(&'static str),
}
