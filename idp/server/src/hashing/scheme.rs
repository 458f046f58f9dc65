//! Argon2 hashes as PHC strings: reading, writing and computing them in memory that is given.

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::pool::Memory;
use super::problem::HashProblem;
use super::{HashError, HashSettings};

pub(super) const SALT_LEN: usize = 16;
pub(super) const TAG_LEN: usize = 32;

/// The most that a stored hash may ask for: a row that asks for more was not written by us, and could stop the service.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

/// A hash of Argon2 that was read, or made up.
#[derive(Clone, Debug)]
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl Argon2Hash {
    pub(super) fn new(params: Params, salt: [u8; SALT_LEN], tag: [u8; TAG_LEN]) -> Self {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        Self { algorithm, version, params, salt: salt.to_vec(), tag: tag.to_vec() }
    }

    /// Reads a PHC string of any Argon2 variant.
    pub(super) fn parse(phc: &str) -> Result<Self, HashProblem> {
        const MALFORMED: HashProblem = HashProblem::Malformed("Argon2");
        let parsed = PasswordHash::new(phc).map_err(|_| MALFORMED)?;
        let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(|_| MALFORMED)?;
        // Strings without a version are of the version before there was one.
        let version = parsed.version.map_or(Ok(Version::V0x10), Version::try_from);
        let version = version.map_err(|_| MALFORMED)?;
        let params = Params::try_from(&parsed).map_err(|_| MALFORMED)?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
            return Err(HashProblem::TooCostly("Argon2 with more than 256 MiB, 16 passes or 16 lanes"));
        }
        match (parsed.salt, parsed.hash) {
            (Some(salt), Some(tag)) => {
                Ok(Self { algorithm, version, params, salt: salt.to_vec(), tag: tag.as_bytes().to_vec() })
            }
            _ => Err(MALFORMED),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.algorithm.as_str()
    }

    /// Whether a new hash by these settings would be stronger.
    pub(super) fn is_weaker_than(&self, settings: &HashSettings) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.params.m_cost() < settings.memory_kib
            || self.params.t_cost() < settings.passes
            || self.params.p_cost() != settings.lanes
            || self.salt.len() < SALT_LEN
            || self.tag.len() < TAG_LEN
    }

    pub(super) fn matches(&self, password: &[u8], memory: &mut Memory) -> Result<bool, HashError> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        compute(self.algorithm, self.version, &self.params, (password, &self.salt), &mut tag, memory)?;
        Ok(tag.as_slice().ct_eq(&self.tag).into())
    }
}

/// A new hash of the password as a PHC string.
pub(super) fn hash(
    params: Params,
    salt: [u8; SALT_LEN],
    password: &[u8],
    memory: &mut Memory,
) -> Result<String, HashError> {
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let mut tag = [0; TAG_LEN];
    compute(algorithm, version, &params, (password, &salt), &mut tag, memory)?;
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(params).map_err(|_| HashError::Failed)?,
        salt: Some(Salt::new(&salt).map_err(|_| HashError::Failed)?),
        hash: Some(Output::new(&tag).map_err(|_| HashError::Failed)?),
    };
    Ok(hash.to_string())
}

fn compute(
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    (password, salt): (&[u8], &[u8]),
    tag: &mut [u8],
    memory: &mut Memory,
) -> Result<(), HashError> {
    let blocks = memory.blocks(params.block_count());
    Argon2::new(algorithm, version, params.clone())
        .hash_password_into_with_memory(password, salt, tag, blocks)
        .map_err(|_| HashError::Failed)
}
