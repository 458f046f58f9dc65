//! Password hashes that other systems made: compared until their owner next signs in, then replaced by one of ours.
//!
//! Each scheme has a ceiling of work, so that no row of a table, and no line of a file that is imported, can keep a thread
//! busy for long.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::problem::HashProblem;

/// The most that a bcrypt hash may ask for: some four seconds.
const MAX_BCRYPT_COST: u32 = 16;
/// The most that a PBKDF2 hash may ask for: some two seconds.
const MAX_ITERATIONS: u32 = 5_000_000;
/// A tag that is shorter could be met by chance.
const SHORTEST_TAG: usize = 16;
/// A longer one costs a multiple of the iterations, and proves nothing more.
const LONGEST_TAG: usize = 64;

/// What PBKDF2 is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prf {
    Sha1,
    Sha256,
    Sha512,
}

/// A hash of another system.
#[derive(Clone, Debug)]
pub(super) enum Foreign {
    /// The whole text. Like every bcrypt it sees the first 72 bytes of a password.
    Bcrypt(String),
    /// PBKDF2 (RFC 8018).
    Pbkdf2 { prf: Prf, iterations: NonZeroU32, salt: Vec<u8>, tag: Vec<u8> },
}

impl Foreign {
    /// Reads what is stored.
    pub(super) fn parse(text: &str) -> Result<Self, HashProblem> {
        match text.split('$').collect::<Vec<_>>().as_slice() {
            ["", "2a" | "2b" | "2y", _, _] => bcrypt(text),
            ["pbkdf2_sha256", iterations, salt, tag] => {
                pbkdf2(Prf::Sha256, iterations, Some(salt.as_bytes().to_vec()), STANDARD.decode(tag).ok())
            }
            ["", "pbkdf2-sha256", iterations, salt, tag] => modular(Prf::Sha256, iterations, salt, tag),
            ["", "pbkdf2-sha512", iterations, salt, tag] => modular(Prf::Sha512, iterations, salt, tag),
            [blob] => identity(blob),
            _ => Err(HashProblem::Unknown),
        }
    }

    /// As people call the scheme.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Bcrypt(_) => "bcrypt",
            Self::Pbkdf2 { prf: Prf::Sha1, .. } => "pbkdf2-sha1",
            Self::Pbkdf2 { prf: Prf::Sha256, .. } => "pbkdf2-sha256",
            Self::Pbkdf2 { prf: Prf::Sha512, .. } => "pbkdf2-sha512",
        }
    }

    /// Compares, in time that does not depend on where they differ.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(text) => bcrypt::verify(password, text).unwrap_or(false),
            Self::Pbkdf2 { prf, iterations, salt, tag } => {
                let algorithm = match prf {
                    Prf::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
                    Prf::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
                    Prf::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
                };
                pbkdf2::verify(algorithm, *iterations, salt, password, tag).is_ok()
            }
        }
    }
}

fn bcrypt(text: &str) -> Result<Foreign, HashProblem> {
    let parts: bcrypt::HashParts = text.parse().map_err(|_| HashProblem::Malformed("bcrypt"))?;
    match parts.get_cost() {
        4..=MAX_BCRYPT_COST => Ok(Foreign::Bcrypt(text.to_owned())),
        0..=3 => Err(HashProblem::Malformed("bcrypt")),
        _ => Err(HashProblem::TooCostly("bcrypt with a cost above 16")),
    }
}

/// `$pbkdf2-sha256$29000$salt$tag` of passlib, whose base64 has dots for plus signs, and the PHC string
/// `$pbkdf2-sha256$i=29000,l=32$salt$tag`.
fn modular(prf: Prf, parameters: &str, salt: &str, tag: &str) -> Result<Foreign, HashProblem> {
    let iterations = match parameters.strip_prefix("i=") {
        Some(rest) => rest.split(',').next().unwrap_or_default(),
        None => parameters,
    };
    let decode = |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).ok();
    pbkdf2(prf, iterations, decode(salt), decode(tag))
}

/// What ASP.NET Identity stores, in base64: a version and what belongs to it.
fn identity(blob: &str) -> Result<Foreign, HashProblem> {
    let bytes = STANDARD.decode(blob).map_err(|_| HashProblem::Unknown)?;
    match bytes.split_first() {
        Some((0, rest)) => identity_2(rest),
        Some((1, rest)) => identity_3(rest),
        _ => Err(HashProblem::Unknown),
    }
}

/// Version 2, of ASP.NET Identity before Core: 0, a salt of 16 bytes, a tag of 32; 1,000 iterations with SHA-1. Nothing in it
/// says what it is, so that anything of another length is unknown.
fn identity_2(rest: &[u8]) -> Result<Foreign, HashProblem> {
    let Some((salt, tag)) = rest.split_at_checked(16).filter(|(_, tag)| tag.len() == 32) else {
        return Err(HashProblem::Unknown);
    };
    pbkdf2(Prf::Sha1, "1000", Some(salt.to_vec()), Some(tag.to_vec()))
}

/// Version 3, of ASP.NET Core Identity: 1, the function (0, 1, 2), the iterations, the length of the salt (numbers of 32 bits,
/// the highest byte first), the salt, the tag.
fn identity_3(rest: &[u8]) -> Result<Foreign, HashProblem> {
    let malformed = || HashProblem::Malformed("ASP.NET Core Identity");
    let (function, rest) = number(rest).ok_or_else(malformed)?;
    let (iterations, rest) = number(rest).ok_or_else(malformed)?;
    let (salt, rest) = number(rest).ok_or_else(malformed)?;
    let salt_and_tag = usize::try_from(salt).ok().and_then(|length| rest.split_at_checked(length));
    let (salt, tag) = salt_and_tag.ok_or_else(malformed)?;
    let prf = match function {
        0 => Prf::Sha1,
        1 => Prf::Sha256,
        2 => Prf::Sha512,
        _ => return Err(malformed()),
    };
    pbkdf2(prf, &iterations.to_string(), Some(salt.to_vec()), Some(tag.to_vec()))
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (u32::from_be_bytes(*number), rest))
}

fn pbkdf2(prf: Prf, iterations: &str, salt: Option<Vec<u8>>, tag: Option<Vec<u8>>) -> Result<Foreign, HashProblem> {
    let malformed = HashProblem::Malformed("PBKDF2");
    if iterations.is_empty() || !iterations.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed);
    }
    // Digits only: what does not fit is too large.
    let iterations = iterations.parse::<u32>().ok().filter(|iterations| *iterations <= MAX_ITERATIONS);
    let iterations = iterations.ok_or(HashProblem::TooCostly("PBKDF2 with more than 5,000,000 iterations"))?;
    let (Some(iterations), Some(salt), Some(tag)) = (NonZeroU32::new(iterations), salt, tag) else {
        return Err(malformed);
    };
    if salt.is_empty() || !(SHORTEST_TAG..=LONGEST_TAG).contains(&tag.len()) {
        return Err(malformed);
    }
    Ok(Foreign::Pbkdf2 { prf, iterations, salt, tag })
}
