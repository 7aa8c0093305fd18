//! Passwords: which are refused, how they are stored, and how many are worked on at once.
//!
//! A hash costs about 19 MB and 20 ms: [`Passwords`] lets [`AT_ONCE`] of them run, on threads that may
//! block, and has at most [`WAITING`] wait, so that a flood of logins takes neither memory nor the floor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::secrets;
use crate::config::Secret;

/// Fewest characters.
pub const SHORTEST: usize = 12;
/// Most bytes.
pub const LONGEST: usize = 200;
/// What a password must stand, as a power of ten: the commonest, their variations, and dates, names and keys
/// in a row fall within a few thousand guesses.
const GUESSES_LOG10: f64 = 8.0;
const AT_ONCE: usize = 2;
const WAITING: usize = 64;

/// Why a password is not taken; slugs for people's languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST`] bytes, or control characters.
    Unusable,
    /// Among the common ones, or soon guessed.
    Common,
}

impl Weak {
    /// Words, with what is expected.
    pub fn words(self) -> &'static str {
        match self {
            Self::Short => "expected at least 12 characters",
            Self::Unusable => "expected at most 200 bytes without control characters",
            Self::Common => "expected one that is not among the common ones and not soon guessed",
        }
    }
}

/// Too many are being worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowded;

/// See the module.
pub struct Passwords {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    hashed: AtomicU64,
    /// Compared with where there is no user of that name, so that he is not told by the time (S40).
    nobody: String,
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

impl Passwords {
    /// Ready to work.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn new() -> std::io::Result<Self> {
        let nobody = hash_now(&secrets::token()?)?;
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Self { places, waiting: AtomicUsize::new(0), hashed: AtomicU64::new(0), nobody })
    }

    /// How many were worked on.
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// A place for one piece of work.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Crowded> {
        let waiting = Waiting::one_more(&self.waiting);
        if waiting.before >= WAITING {
            return Err(Crowded);
        }
        let place = self.places.clone().acquire_owned().await;
        drop(waiting);
        let Ok(place) = place else { return Err(Crowded) };
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|_| Crowded)
    }

    /// Whether that is the password of the hash; without a hash the work is done for nothing.
    ///
    /// # Errors
    /// When too many wait.
    pub async fn verify(&self, password: &Secret, hash: Option<&Secret>) -> Result<bool, Crowded> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.nobody.clone(), |hash| hash.reveal().to_owned());
        let password = password.clone();
        let same = self.work(move || {
            let parsed = PasswordHash::new(&hash);
            parsed.is_ok_and(|hash| argon2().verify_password(password.reveal().as_bytes(), &hash).is_ok())
        });
        Ok(same.await? && known)
    }

    /// Its hash in PHC form, when it is good enough for somebody of these names.
    ///
    /// # Errors
    /// Why it is not taken (outer: when too many wait).
    pub async fn hash(&self, password: Secret, names: Vec<String>) -> Result<Result<Secret, Weak>, Crowded> {
        self.work(move || {
            check(password.reveal(), &names)?;
            // without randomness no password is stored
            hash_now(password.reveal()).map(Secret::new).map_err(|_| Weak::Unusable)
        })
        .await
    }
}

/// One who waits for a place; no longer when he goes away, as whoever closes his connection does.
struct Waiting<'a> {
    all: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn one_more(all: &'a AtomicUsize) -> Self {
        Self { all, before: all.fetch_add(1, Ordering::AcqRel) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::AcqRel);
    }
}

fn hash_now(password: &str) -> std::io::Result<String> {
    let salt = secrets::random::<16>()?;
    let salt = SaltString::encode_b64(&salt).map_err(|e| std::io::Error::other(e.to_string()))?;
    let hash = argon2().hash_password(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|e| std::io::Error::other(e.to_string()))
}

/// Whether it is long enough and not soon guessed by who knows these names. Takes milliseconds.
///
/// # Errors
/// Why not.
pub fn check(password: &str, names: &[String]) -> Result<(), Weak> {
    if password.len() > LONGEST || password.chars().any(char::is_control) {
        return Err(Weak::Unusable);
    }
    if password.chars().count() < SHORTEST {
        return Err(Weak::Short);
    }
    // its work grows with the square of the length: the beginning of a long one is enough
    let begin: String = password.chars().take(64).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["vigie", "asterisk"]).collect();
    let guesses = zxcvbn::zxcvbn(&begin, &names).guesses_log10();
    if guesses < GUESSES_LOG10 { Err(Weak::Common) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s39_short_and_common_passwords_are_refused() {
        let names = ["marie.curie".to_owned(), "Curie".to_owned()];
        for (password, why) in [
            ("", Weak::Short),
            ("Tr0ub4dor&3", Weak::Short),
            ("éééééééééé1", Weak::Short),
            ("password1234", Weak::Common),
            ("123456789012", Weak::Common),
            ("aaaaaaaaaaaaaaaaaaaa", Weak::Common),
            ("qwertyuiop12", Weak::Common),
            ("marie.curie2026", Weak::Common),
            ("asterisk2026", Weak::Common),
            ("iloveyou1234", Weak::Common),
            ("unchienpasse\u{7}", Weak::Unusable),
        ] {
            assert_eq!(check(password, &names), Err(why), "{password}");
        }
        assert_eq!(check(&"x9".repeat(150), &names), Err(Weak::Unusable));
        for password in ["gris-loutre-7-canapé", "b7!fKp2#qLw9", "seize chevaux verts dorment"] {
            assert_eq!(check(password, &names), Ok(()), "{password}");
        }
    }

    #[tokio::test]
    async fn s40_an_unknown_user_costs_the_same_work() {
        let passwords = Passwords::new().unwrap();
        let secret = |text: &str| Secret::new(text);
        let stored = passwords.hash(secret("gris-loutre-7-canapé"), vec![]).await.unwrap().unwrap();
        assert!(stored.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(&secret("gris-loutre-7-canapé"), Some(&stored)).await.unwrap());
        assert!(!passwords.verify(&secret("gris-loutre-8-canapé"), Some(&stored)).await.unwrap());
        let before = passwords.hashed();
        assert!(!passwords.verify(&secret("gris-loutre-7-canapé"), None).await.unwrap());
        assert_eq!(passwords.hashed(), before + 1, "a hash was compared for nobody too");
        assert!(!passwords.verify(&secret("x"), Some(&secret("not a hash"))).await.unwrap());
    }

    #[tokio::test]
    async fn s40_whoever_stops_waiting_leaves_his_place() {
        let passwords = Passwords::new().unwrap();
        let all = passwords.places.clone().acquire_many_owned(AT_ONCE as u32).await.unwrap();
        for _ in 0..WAITING * 2 {
            let guess = Secret::new("x");
            let cut_off = passwords.verify(&guess, None);
            assert!(tokio::time::timeout(std::time::Duration::ZERO, cut_off).await.is_err(), "it waits");
        }
        drop(all);
        assert!(passwords.verify(&Secret::new("x"), None).await.is_ok());
    }

    #[tokio::test]
    async fn s40_a_flood_of_logins_is_refused_beyond_a_bound() {
        let passwords = Passwords::new().unwrap();
        let all = passwords.places.clone().acquire_many_owned(AT_ONCE as u32).await.unwrap();
        passwords.waiting.store(WAITING, Ordering::Release);
        assert_eq!(passwords.verify(&Secret::new("x"), None).await, Err(Crowded));
        drop(all);
    }
}
