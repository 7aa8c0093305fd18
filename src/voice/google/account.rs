//! A service account: its key signs a word, for which a token is given that holds for an hour.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::{KeyIn, Post, Wire, whole};
use crate::config::{BaseUrl, Secret};
use crate::voice::VoiceError;

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
/// A token is renewed that long before its end.
const EARLIER: Duration = Duration::from_secs(60);
/// Bytes of an answer, and of a key file.
const MOST: usize = 64 * 1024;

/// See the module. Shared by all that ask with it.
pub struct Account {
    email: String,
    key_id: String,
    key: RsaKeyPair,
    /// As it stands in the file: the word names it.
    address: String,
    server: Arc<BaseUrl>,
    part: String,
    token: Mutex<Option<(Secret, Instant)>>,
}

#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    private_key: String,
    token_uri: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl Account {
    /// Of that file.
    ///
    /// # Errors
    /// It is not there, or is no key of a service account; nothing of it is told.
    pub fn read(file: &Path) -> Result<Arc<Self>, VoiceError> {
        let missing = |why: &str| VoiceError::Missing(format!("{}: {why}", file.display()));
        let text = std::fs::read(file).map_err(|problem| missing(&problem.to_string()))?;
        let read: Option<KeyFile> = serde_json::from_slice(&text).ok().filter(|_| text.len() <= MOST);
        let read = read.ok_or_else(|| missing("it is no key of a service account"))?;
        let key = pem(&read.private_key).and_then(|der| RsaKeyPair::from_pkcs8(&der).ok());
        let key = key.ok_or_else(|| missing("its private_key cannot be read"))?;
        let whole = BaseUrl::parse(&read.token_uri).ok_or_else(|| missing("its token_uri is no address"))?;
        let (path, part) = whole.path.rsplit_once('/').unwrap_or_default();
        let (path, part) = (path.to_owned(), part.to_owned());
        Ok(Arc::new(Self {
            email: read.client_email,
            key_id: read.private_key_id,
            key,
            address: read.token_uri,
            server: Arc::new(BaseUrl { path, ..whole }),
            part,
            token: Mutex::new(None),
        }))
    }

    /// One that holds; who comes meanwhile waits for the same.
    pub(super) async fn token(&self, wire: &Wire) -> Result<Secret, VoiceError> {
        let mut token = self.token.lock().await;
        if let Some((token, until)) = &*token
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let word =
            self.word().ok_or_else(|| VoiceError::Missing("the key of the account signs nothing".into()))?;
        let post = Post {
            server: self.server.clone(),
            key: None,
            key_in: KeyIn::Bearer,
            path: self.part.clone().into(),
            content_type: "application/x-www-form-urlencoded".into(),
            body: format!("{GRANT}{word}").into(),
        };
        let asked = Instant::now();
        let (_, answer) = whole(wire.post(post), MOST).await?;
        let nonsense = || VoiceError::Refused(format!("{}: its answer is no token", self.server.host));
        let given: Token = serde_json::from_slice(&answer).map_err(|_| nonsense())?;
        let sound =
            !given.access_token.is_empty() && given.access_token.bytes().all(|b| b.is_ascii_graphic());
        if !sound {
            return Err(nonsense());
        }
        let holds = Duration::from_secs(given.expires_in.min(3_600)).saturating_sub(EARLIER);
        let given = Secret::new(given.access_token);
        *token = Some((given.clone(), asked + holds));
        Ok(given)
    }

    /// The next one asks for another.
    pub(super) async fn forget(&self) {
        *self.token.lock().await = None;
    }

    /// `header.claims.signature`.
    fn word(&self) -> Option<String> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let head = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let claims =
            json!({"iss": self.email, "scope": SCOPE, "aud": self.address, "iat": now, "exp": now + 3_600});
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&head), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// What a PEM of PKCS #8 holds.
fn pem(text: &str) -> Option<Vec<u8>> {
    let inner = text.split_once("-----BEGIN PRIVATE KEY-----")?.1.split_once("-----END PRIVATE KEY-----")?.0;
    let digits: String = inner.split_whitespace().collect();
    STANDARD.decode(digits).ok()
}
