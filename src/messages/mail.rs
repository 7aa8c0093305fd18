//! A message by mail: words, and its sound.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Wire, TlsParameters};
use lettre::{Message as Letter, SmtpTransport, Transport};

use super::store::Message;
use crate::config::Secret;

/// A server that does not answer is given up, and tried again later.
const WITHIN: Duration = Duration::from_secs(20);

/// How the wire is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    Off,
    /// TLS after a word in clear (587).
    Start,
    /// From the first byte on (465).
    Whole,
}

/// Where mail is given to, and to whom it goes.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the wire is kept.
    pub tls: Tls,
    /// Who gives it there.
    pub account: Option<(String, Secret)>,
    /// As whose mail.
    pub from: Mailbox,
    /// To whom.
    pub to: Vec<Mailbox>,
    /// Words are English; else French.
    pub english: bool,
}

impl Mail {
    /// Gives it to the mail server. Waits for it: not for a thread that others wait for.
    ///
    /// # Errors
    /// Why it was not taken, without anything secret.
    pub(super) fn send(&self, message: &Message, sound: Vec<u8>) -> Result<(), String> {
        let letter = self.letter(message, sound)?;
        let wire = match self.tls {
            Tls::Off => Wire::None,
            Tls::Start => Wire::Required(self.parameters()?),
            Tls::Whole => Wire::Wrapper(self.parameters()?),
        };
        let mut server =
            SmtpTransport::builder_dangerous(&self.host).port(self.port).tls(wire).timeout(Some(WITHIN));
        if let Some((user, password)) = &self.account {
            server = server.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        server.build().send(&letter).map(drop).map_err(|why| why.to_string())
    }

    fn parameters(&self) -> Result<TlsParameters, String> {
        TlsParameters::new(self.host.clone()).map_err(|why| why.to_string())
    }

    fn letter(&self, message: &Message, sound: Vec<u8>) -> Result<Letter, String> {
        let (subject, words) = self.words(message);
        let mut letter = Letter::builder().from(self.from.clone()).subject(subject);
        for to in &self.to {
            letter = letter.to(to.clone());
        }
        let kind = ContentType::parse("audio/wav").map_err(|why| why.to_string())?;
        let sound = Attachment::new(format!("{}.wav", message.id)).body(sound, kind);
        let parts = MultiPart::mixed().singlepart(SinglePart::plain(words)).singlepart(sound);
        letter.multipart(parts).map_err(|why| why.to_string())
    }

    /// Subject and words.
    fn words(&self, message: &Message) -> (String, String) {
        let seconds = message.duration_ms / 1_000;
        let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(100).collect() };
        let (caller, called, flow) =
            (plain(&message.caller), plain(&message.called), plain(&message.flow_name));
        let (at, s) = (&message.began_at, seconds);
        if self.english {
            let caller = if caller.is_empty() { "a withheld number".to_owned() } else { caller };
            let words = format!("{caller} called {called} and left a message of {s} s ({flow}, {at}).\r\n");
            (format!("Message of {caller}"), words)
        } else {
            let caller = if caller.is_empty() { "un numéro masqué".to_owned() } else { caller };
            let words =
                format!("{caller} a appelé le {called} et a laissé un message de {s} s ({flow}, {at}).\r\n");
            (format!("Message vocal de {caller}"), words)
        }
    }
}
