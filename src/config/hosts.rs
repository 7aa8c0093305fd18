//! Which servers a flow may ask.

use super::{ConfigError, Keys};

/// A server of `VIGIE_FLOW_HTTP_HOSTS`: `api.example.com`, `api.example.com:8443`, `*.example.com`, `10.0.0.5:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpHost {
    /// Its name or address, in small letters; of those below it what follows the star and its dot.
    pub host: String,
    /// Every port without one.
    pub port: Option<u16>,
    /// Any name that ends with it, and not itself.
    pub below: bool,
}

impl HttpHost {
    /// Whether that server is meant.
    pub fn is(&self, host: &str, port: u16) -> bool {
        let host = host.to_ascii_lowercase();
        let named = if self.below {
            host.strip_suffix(&self.host).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        } else {
            host == self.host
        };
        named && self.port.is_none_or(|own| own == port)
    }

    fn parse(text: &str) -> Option<Self> {
        let (below, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (host, port) = match rest.rsplit_once(':') {
            // an address of IPv6 has its own colons: `[::1]:80`
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().ok()?))
            }
            _ => (rest, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let sound = !host.is_empty()
            && host.len() <= 253
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b));
        sound.then_some(Self { host, port, below })
    }
}

/// `None` without the setting: any server on the Internet; of `none`, nobody.
pub(super) fn read(keys: &Keys) -> Result<Option<Vec<HttpHost>>, ConfigError> {
    const KEY: &str = "VIGIE_FLOW_HTTP_HOSTS";
    let Some(found) = keys.get(KEY) else { return Ok(None) };
    if found.text == "none" {
        return Ok(Some(Vec::new()));
    }
    let texts = found.text.split(',').map(str::trim).filter(|text| !text.is_empty());
    let one = |text: &str| {
        HttpHost::parse(text).ok_or_else(|| {
            found.error(
                KEY,
                format!("`{text}`, expected a host such as api.example.com:8443 or *.example.com"),
            )
        })
    };
    texts.map(one).collect::<Result<Vec<_>, _>>().map(Some)
}
