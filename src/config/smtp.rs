//! To whom messages of callers are mailed, and by which server.

use super::{ConfigError, Keys, Secret};

/// How the wire to a mail server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all: a server of this machine.
    Off,
    /// TLS after a word in clear.
    Start,
    /// TLS from the first byte on.
    Whole,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// `SMTP_HOST`.
    pub host: String,
    /// `SMTP_PORT`.
    pub port: u16,
    /// `SMTP_TLS`.
    pub tls: SmtpTls,
    /// `SMTP_USER`, `SMTP_PASSWORD`.
    pub account: Option<(String, Secret)>,
    /// `SMTP_FROM`.
    pub from: String,
    /// `SMTP_TO`.
    pub to: Vec<String>,
}

impl SmtpConfig {
    /// `None` without `SMTP_HOST`: nothing is mailed.
    pub(super) fn read(keys: &Keys) -> Result<Option<Self>, ConfigError> {
        let Some(host) = keys.get("SMTP_HOST") else { return Ok(None) };
        if host.text.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(host.error("SMTP_HOST", "expected a host".to_owned()));
        }
        let needed = |key: &str| {
            let missing = || host.error(key, "missing, expected with SMTP_HOST".to_owned());
            keys.get(key).ok_or_else(missing)
        };
        let address = |key: &str, found: &super::Found, text: &str| {
            let sound = text.len() <= 254
                && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
                && !text.bytes().any(|b| b <= b' ' || b == 0x7f);
            let wrong = || found.error(key, format!("`{text}`, expected an e-mail address"));
            if sound { Ok(text.to_owned()) } else { Err(wrong()) }
        };
        let from = needed("SMTP_FROM")?;
        let to = needed("SMTP_TO")?;
        let tls = match keys.get("SMTP_TLS").map(|found| (found, found.text.as_str())) {
            None | Some((_, "starttls")) => SmtpTls::Start,
            Some((_, "tls")) => SmtpTls::Whole,
            Some((_, "off")) => SmtpTls::Off,
            Some((found, other)) => {
                return Err(found.error("SMTP_TLS", format!("`{other}`, expected starttls, tls or off")));
            }
        };
        let port = match (keys.get("SMTP_PORT"), tls) {
            (Some(found), _) => found.text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
                found.error("SMTP_PORT", format!("`{}`, expected a port from 1 to 65535", found.text))
            })?,
            (None, SmtpTls::Off) => 25,
            (None, SmtpTls::Start) => 587,
            (None, SmtpTls::Whole) => 465,
        };
        let account = match (keys.get("SMTP_USER"), keys.get("SMTP_PASSWORD")) {
            (None, None) => None,
            (Some(user), Some(password)) => Some((user.text.clone(), Secret::new(password.text.clone()))),
            (Some(found), None) => {
                return Err(found.error("SMTP_PASSWORD", "missing, expected with SMTP_USER".to_owned()));
            }
            (None, Some(found)) => {
                return Err(found.error("SMTP_USER", "missing, expected with SMTP_PASSWORD".to_owned()));
            }
        };
        let from = address("SMTP_FROM", from, &from.text)?;
        let each = to.text.split(',').map(|text| address("SMTP_TO", to, text.trim()));
        let to = each.collect::<Result<_, _>>()?;
        Ok(Some(Self { host: host.text.clone(), port, tls, account, from, to }))
    }
}
