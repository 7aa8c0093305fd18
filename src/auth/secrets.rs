//! Random secrets, their hashes, and files that only we may read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// Letters and digits that nobody mistakes for each other.
const READABLE: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// That many random bytes.
///
/// # Errors
/// When the system has no randomness: nothing secret can be made then.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    Ok(bytes)
}

/// A random text of 256 bits for tokens, cookies and tickets.
///
/// # Errors
/// As [`random`].
pub fn token() -> io::Result<String> {
    Ok(text(&random::<32>()?))
}

/// An id that nobody guesses, 128 bits.
///
/// # Errors
/// As [`random`].
pub fn id() -> io::Result<String> {
    Ok(text(&random::<16>()?))
}

/// Bytes as text that a cookie and an address take.
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A code that people copy by hand: groups of four, 5 bits a letter.
///
/// # Errors
/// As [`random`].
pub fn readable<const N: usize>() -> io::Result<String> {
    let mut code = String::new();
    for (n, byte) in random::<N>()?.iter().enumerate() {
        if n > 0 && n % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(READABLE[usize::from(byte % 32)]));
    }
    Ok(code)
}

/// SHA-256: what is kept of a random secret.
pub fn sha256(text: &[u8]) -> Vec<u8> {
    digest(&SHA256, text).as_ref().to_vec()
}

/// Compares hashes of secrets without telling by the time where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// A key of 32 bytes in a file that is made when it is missing, readable for its owner only.
///
/// # Errors
/// With the path, when the file cannot be read or made, or is no key.
pub fn key_file(path: &Path) -> io::Result<[u8; 32]> {
    let wrong = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(wrong)?;
    }
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(mut file) => {
            let key = random::<32>()?;
            file.write_all(&key).and_then(|()| file.sync_all()).map_err(wrong)?;
            Ok(key)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let mut bytes = Vec::new();
            let file = std::fs::File::open(path).map_err(wrong)?;
            file.take(64).read_to_end(&mut bytes).map_err(wrong)?;
            bytes.try_into().map_err(|_| {
                let problem =
                    "expected 32 bytes; remove the file to have a new key made (everybody logs in again)";
                wrong(io::Error::other(problem))
            })
        }
        Err(e) => Err(wrong(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/token");
        let key = key_file(&path).unwrap();
        assert_eq!(key_file(&path).unwrap(), key);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").unwrap();
        assert!(key_file(&path).unwrap_err().to_string().contains("expected 32 bytes"));
    }

    #[test]
    fn secrets_differ_and_hashes_compare() {
        assert_ne!(token().unwrap(), token().unwrap());
        assert_eq!(readable::<16>().unwrap().len(), 19);
        assert!(same(b"ab", b"ab") && !same(b"ab", b"ac") && !same(b"ab", b"abc"));
    }
}
