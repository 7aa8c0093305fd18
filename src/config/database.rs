//! Where what happened is kept.

use super::{ConfigError, Keys, Secret};

/// A database, or none.
#[derive(Debug, Clone)]
pub enum Database {
    /// Nothing is kept: `DATABASE_URL=none`.
    Nothing,
    /// A PostgreSQL of our own.
    Private,
    /// A server that somebody runs: a connection string (libpq's words or a URL), checked.
    Server(Secret),
}

impl Database {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        let Some(found) = keys.get("DATABASE_URL") else { return Self::of_parts(keys) };
        if found.text.eq_ignore_ascii_case("none") {
            return Ok(Self::Nothing);
        }
        // the error is not shown: it may quote the password
        if found.text.parse::<tokio_postgres::Config>().is_err() {
            let expected =
                "not a connection string, expected postgres://user:password@host:5432/name, or none";
            return Err(found.error("DATABASE_URL", expected.to_owned()));
        }
        Ok(Self::Server(Secret::new(found.text.clone())))
    }

    /// `DB_*` of the `.env` files that existing systems have.
    fn of_parts(keys: &Keys) -> Result<Self, ConfigError> {
        let Some(host) = keys.get("DB_HOST") else { return Ok(Self::Private) };
        let port = keys.get("DB_PORT");
        if let Some(port) = port.filter(|port| port.text.parse::<u16>().is_err()) {
            return Err(port.error("DB_PORT", format!("`{}`, expected a port such as 5432", port.text)));
        }
        let text = |key: &str, otherwise: &str| keys.get(key).map_or(otherwise, |f| &f.text).to_owned();
        let parts = [
            ("host", host.text.clone()),
            ("port", port.map_or("5432", |port| &port.text).to_owned()),
            ("user", text("DB_USER", "vigie")),
            ("password", text("DB_PASSWORD", "")),
            ("dbname", text("DB_NAME", "vigie")),
        ];
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
        let words: Vec<_> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}='{}'", quoted(value)))
            .collect();
        Ok(Self::Server(Secret::new(words.join(" "))))
    }
}
