//! The operator's list of breached passwords: one a line, in clear or as its SHA-1 in hex, with or without `:count`.
//!
//! A file of ordinary size is read once, when it is first needed, and kept as 20 bytes a line. A larger one, such as
//! the whole list of Have I Been Pwned, stays on the disk and must be sorted SHA-1 hashes: it is searched by halving.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::{HEXUPPER, HEXUPPER_PERMISSIVE};

/// Bytes up to which a file is kept in memory.
const KEPT: u64 = 64 * 1024 * 1024;
/// Bytes that no line of a list is longer than.
const LINE: u64 = 2048;

type Hash = [u8; 20];

/// A list of breached passwords, or none.
#[derive(Debug)]
pub struct Breached {
    path: Option<PathBuf>,
    kept: OnceLock<Vec<Hash>>,
    kept_up_to: u64,
}

/// The list cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the list of breached passwords {path} cannot be read: {reason}")]
pub struct BreachedError {
    path: String,
    reason: io::Error,
}

impl Breached {
    /// The list in that file. Nothing is read yet.
    #[must_use]
    pub const fn new(path: Option<PathBuf>) -> Self {
        Self { path, kept: OnceLock::new(), kept_up_to: KEPT }
    }

    /// Whether a password, in the form in which it is hashed, is on the list.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn contains(&self, password: &str) -> Result<bool, BreachedError> {
        let Some(path) = &self.path else { return Ok(false) };
        let hash = sha1(password.as_bytes());
        self.search(&hash).map_err(|reason| BreachedError { path: path.display().to_string(), reason })
    }

    fn search(&self, hash: &Hash) -> io::Result<bool> {
        let Some(path) = &self.path else { return Ok(false) };
        if let Some(kept) = self.kept.get() {
            return Ok(kept.binary_search(hash).is_ok());
        }
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        if length > self.kept_up_to {
            return search_sorted(file, length, hash);
        }
        let hashes = read(file)?;
        Ok(self.kept.get_or_init(|| hashes).binary_search(hash).is_ok())
    }
}

fn sha1(bytes: &[u8]) -> Hash {
    let mut hash = Hash::default();
    // The list's own format: SHA-1 protects nothing here.
    hash.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    hash
}

/// The hash that a line stands for: the one it spells, or that of the password it is.
fn hash_of(line: &[u8]) -> Hash {
    spelled(line).unwrap_or_else(|| sha1(line))
}

fn spelled(line: &[u8]) -> Option<Hash> {
    let (hex, rest) = line.split_at_checked(40)?;
    if !rest.is_empty() && !rest.starts_with(b":") {
        return None;
    }
    HEXUPPER_PERMISSIVE.decode(hex).ok()?.try_into().ok()
}

fn read(file: File) -> io::Result<Vec<Hash>> {
    let mut hashes = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if !line.is_empty() {
            hashes.push(hash_of(line));
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes.shrink_to_fit();
    Ok(hashes)
}

/// Looks a hash up in a sorted file of hexadecimal lines. Lines differ in length, so what is halved is a range of
/// bytes; each probe reads the first line that begins within the upper half.
fn search_sorted(file: File, length: u64, hash: &Hash) -> io::Result<bool> {
    let wanted = HEXUPPER.encode(hash);
    let mut reader = BufReader::with_capacity(256, file);
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low + (high - low) / 2;
        let (line, next) = line_from(&mut reader, middle)?;
        let Some(line) = line else {
            high = middle;
            continue;
        };
        let found = line.get(..40).unwrap_or(&line).to_ascii_uppercase();
        match found.as_slice().cmp(wanted.as_bytes()) {
            std::cmp::Ordering::Equal => return Ok(true),
            std::cmp::Ordering::Less => low = next,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    Ok(false)
}

/// The first whole line that begins at `offset` or later, if there is one, and where the next one begins.
fn line_from(reader: &mut BufReader<File>, offset: u64) -> io::Result<(Option<Vec<u8>>, u64)> {
    let mut at = offset;
    if offset > 0 {
        // From the byte before, so that a line that begins exactly here is not skipped.
        reader.seek(SeekFrom::Start(offset - 1))?;
        let mut skipped = Vec::new();
        at = offset - 1 + reader.by_ref().take(LINE).read_until(b'\n', &mut skipped)? as u64;
    } else {
        reader.seek(SeekFrom::Start(0))?;
    }
    let mut line = Vec::new();
    let taken = reader.by_ref().take(LINE).read_until(b'\n', &mut line)? as u64;
    Ok(((taken > 0).then_some(line), at + taken))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn list(text: &str, kept_up_to: u64) -> (tempfile::NamedTempFile, Breached) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        let breached = Breached { kept_up_to, ..Breached::new(Some(file.path().to_owned())) };
        (file, breached)
    }

    #[test]
    fn sec_r4_passwords_and_hashes_of_either_case_with_or_without_a_count_are_found() {
        let upper = HEXUPPER.encode(&sha1(b"upper case hash"));
        let lower = HEXUPPER.encode(&sha1(b"lower case hash")).to_lowercase();
        let (_file, list) = list(&format!("in clear text\r\n{upper}:12\n\n{lower}\nlast one"), KEPT);
        for password in ["in clear text", "upper case hash", "lower case hash", "last one"] {
            assert!(list.contains(password).expect("read"), "{password}");
        }
        for password in ["in clear", "", "In clear text", "another"] {
            assert!(!list.contains(password).expect("read"), "{password}");
        }
    }

    #[test]
    fn sec_r4_a_file_too_large_to_keep_is_searched_on_the_disk() {
        let mut hashes: Vec<_> = (0..500_u32).map(|n| (HEXUPPER.encode(&sha1(n.to_string().as_bytes())), n)).collect();
        hashes.sort();
        let mut text = String::new();
        for (hash, n) in &hashes {
            // Counts of different length: lines are no table.
            writeln!(text, "{hash}:{}", "7".repeat(1 + *n as usize % 9)).expect("a string");
        }
        let (_file, list) = list(&text, 0);
        for n in 0..500_u32 {
            assert!(list.contains(&n.to_string()).expect("read"), "{n}");
        }
        for n in 500..1_000_u32 {
            assert!(!list.contains(&n.to_string()).expect("read"), "{n}");
        }
        assert!(list.kept.get().is_none());
    }

    #[test]
    fn a_list_that_is_gone_is_an_error_and_no_list_is_none() {
        assert!(!Breached::new(None).contains("x").expect("no list"));
        assert!(Breached::new(Some("/nowhere/breached.txt".into())).contains("x").is_err());
    }
}
