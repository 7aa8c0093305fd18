//! Google's speech over REST: whole utterances and whole sentences, by the key of a service account.
//!
//! ```text
//! key file ─▶ account: a signed word ─▶ a token for an hour ─▶ Hearing: speech:recognize · Speech: text:synthesize
//! ```
//!
//! What is not here: `StreamingRecognize`, which wants gRPC; ears of sessions are given whole utterances.

mod account;
mod hearing;
mod speech;

use std::sync::Arc;

pub use account::Account;
pub use hearing::Hearing;
pub use speech::Speech;

use super::VoiceError;
use super::wire::{KeyIn, Post, Wire, whole};
use crate::config::{BaseUrl, GoogleConfig};

/// One of Google's servers.
#[derive(Clone)]
struct Server {
    wire: Wire,
    address: Arc<BaseUrl>,
    account: Arc<Account>,
}

impl Server {
    fn new(address: &BaseUrl, wire: &Wire, account: &Arc<Account>) -> Self {
        Self { wire: wire.clone(), address: Arc::new(address.clone()), account: account.clone() }
    }

    /// JSON there and back.
    async fn ask(
        &self,
        path: &'static str,
        body: serde_json::Value,
        most: usize,
    ) -> Result<Vec<u8>, VoiceError> {
        let token = self.account.token(&self.wire).await?;
        let post = Post {
            server: self.address.clone(),
            key: Some(token),
            key_in: KeyIn::Bearer,
            path: path.into(),
            content_type: "application/json".into(),
            body: body.to_string().into(),
        };
        match whole(self.wire.post(post), most).await {
            Ok((_, answer)) => Ok(answer),
            Err(why) => {
                // a token may be taken back before its time
                if matches!(why, VoiceError::Missing(_)) {
                    self.account.forget().await;
                }
                Err(why)
            }
        }
    }

    fn refused(&self, why: &str) -> VoiceError {
        VoiceError::Refused(format!("{}: {why}", self.address.host))
    }
}

/// `fr` is no language to it: `fr-FR` is.
fn whole_language(language: &str, usual: &str) -> String {
    match language.trim() {
        "" => usual.to_owned(),
        short if usual.split('-').next() == Some(short) => usual.to_owned(),
        "en" => "en-US".to_owned(),
        short if short.len() == 2 => format!("{short}-{}", short.to_uppercase()),
        whole => whole.replace('_', "-"),
    }
}
