//! Access tokens: JWT with one algorithm and one key, for front ends and programs that send them as
//! `Authorization: Bearer`. They say who and which session, never what he may.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// How long one holds. The session behind it is looked up each time, so that it may be short without
/// anybody being logged out by it, and its revocation does not wait for its end.
pub const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// A longer text is not even read (S41).
pub const LONGEST: usize = 8 << 10;
const ISSUER: &str = "vigie";
const AUDIENCE: &str = "vigie-api";
/// Clocks of several machines differ by less.
const LEEWAY_S: u64 = 5;

/// What it is for: one of these is never taken for another (S42).
const TYPE: &str = "access";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    aud: String,
    typ: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    /// User id.
    pub sub: String,
    /// Session id.
    pub sid: String,
}

/// Makes and reads them.
pub struct Tokens {
    encode: EncodingKey,
    decode: DecodingKey,
    check: Validation,
}

impl Tokens {
    /// With that key.
    pub fn new(key: &[u8; 32]) -> Self {
        let mut check = Validation::new(Algorithm::HS256);
        check.leeway = LEEWAY_S;
        check.validate_nbf = true;
        check.set_audience(&[AUDIENCE]);
        check.set_issuer(&[ISSUER]);
        check.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        Self { encode: EncodingKey::from_secret(key), decode: DecodingKey::from_secret(key), check }
    }

    /// One for that user and session.
    ///
    /// # Errors
    /// When it cannot be written, which does not happen with these claims.
    pub fn make(&self, user: &str, session: &str) -> std::io::Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            typ: TYPE.into(),
            iat: now,
            nbf: now,
            exp: now + LIFETIME.as_secs(),
            sub: user.into(),
            sid: session.into(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encode)
            .map_err(|e| std::io::Error::other(e.to_string()))
    }

    /// What a token says, if it is one of ours and holds now.
    pub fn read(&self, token: &str) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decode, &self.check).ok()?.claims;
        (claims.typ == TYPE).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::hmac;
    use serde_json::{Value, json};

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn signed(header: &Value, claims: &Value, key: &[u8]) -> String {
        let text = format!("{}.{}", part(header), part(claims));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    #[test]
    fn s41_forged_tokens_are_not_read() {
        let tokens = Tokens::new(&KEY);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let good = json!({"iss": "vigie", "aud": "vigie-api", "typ": "access", "iat": now, "nbf": now,
            "exp": now + 60, "sub": "u", "sid": "s"});
        assert!(tokens.read(&signed(&header, &good, &KEY)).is_some(), "the forger knows how");
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        let without = |name: &str| {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            claims
        };
        let mut forged = vec![String::new(), ".".into(), "..".into(), "a.b.c".into(), "x".repeat(100)];
        for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "hs256", ""] {
            forged.push(signed(&json!({"alg": alg, "typ": "JWT"}), &good, &KEY));
            forged.push(format!("{}.{}.", part(&json!({"alg": alg})), part(&good)));
        }
        for (name, value) in [
            ("iss", json!("other")),
            ("iss", json!(null)),
            ("aud", json!("other")),
            ("aud", json!(["other"])),
            ("typ", json!("refresh")),
            ("typ", json!("")),
            ("exp", json!(now - 60)),
            ("exp", json!("never")),
            ("exp", json!(-1)),
            ("nbf", json!(now + 600)),
            ("sub", json!(null)),
            ("sub", json!({"id": "u"})),
            ("role", json!("SuperAdmin")),
        ] {
            forged.push(signed(&header, &with(name, value), &KEY));
        }
        for name in ["iss", "aud", "typ", "exp", "nbf", "sub", "sid"] {
            forged.push(signed(&header, &without(name), &KEY));
        }
        for key in [&[8; 32][..], &[7; 31], b"", b"secret"] {
            forged.push(signed(&header, &good, key));
        }
        let whole = signed(&header, &good, &KEY);
        forged.push(format!("{whole}A"));
        forged.push(whole[..whole.len() - 2].to_owned());
        forged.push(signed(&header, &with("sub", json!("x".repeat(9000))), &KEY));
        assert!(forged.len() >= 40, "{}", forged.len());
        for token in forged {
            assert_eq!(tokens.read(&token), None, "{}", token.chars().take(200).collect::<String>());
        }
        // what the header points at is not followed
        for extra in [json!({"kid": "../../key"}), json!({"jku": "http://evil"}), json!({"jwk": {}})] {
            let mut header = header.clone();
            header.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            assert_eq!(tokens.read(&signed(&header, &good, &[8; 32])), None);
        }
    }

    #[test]
    fn what_is_made_is_read() {
        let tokens = Tokens::new(&KEY);
        let claims = tokens.read(&tokens.make("user-1", "session").unwrap()).unwrap();
        assert_eq!((claims.sub.as_str(), claims.sid.as_str()), ("user-1", "session"));
    }
}
