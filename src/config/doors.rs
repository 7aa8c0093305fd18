//! Where a request comes from, and under which names and origins the server may be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An origin as browsers write it: `https://vigie.example.com`, with a port unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    secure: bool,
}

impl Origin {
    /// Reads one.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let (secure, rest) = match (lower.strip_prefix("https://"), lower.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(format!("`{text}`, expected an origin such as https://vigie.example.com")),
        };
        let sound = !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
            && !rest.starts_with(['.', '-', ':']);
        if !sound {
            return Err(format!("`{text}`, expected a scheme and a host only: https://vigie.example.com"));
        }
        Ok(Self { text: lower, secure })
    }

    /// Its host, with its port.
    pub fn host(&self) -> &str {
        self.text.split_once("://").map_or("", |(_, host)| host)
    }

    /// Over TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// As browsers write it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Which names are answered, which pages may ask, and whom to believe about the client.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    /// Besides this machine's own names.
    pub origins: Vec<Origin>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// Any literal address is answered: with accounts nothing is gained by a name that resolves to us.
    pub any_address: bool,
}

impl Doors {
    /// Whether a `Host` is one of ours.
    pub fn answers(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else { return false };
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        if let Some(ip) = literal(name) {
            return self.any_address || ip.is_loopback();
        }
        self.named(host).is_some()
    }

    fn named(&self, host: &str) -> Option<&Origin> {
        self.origins.iter().find(|origin| origin.host().eq_ignore_ascii_case(host))
    }

    /// Whether a page of that origin may ask under that `Host`: its own, exactly.
    pub fn admits(&self, origin: &str, host: &str) -> bool {
        match self.named(host) {
            Some(ours) => ours.text.eq_ignore_ascii_case(origin),
            None => origin.strip_prefix("http://").is_some_and(|at| at.eq_ignore_ascii_case(host)),
        }
    }

    /// Whether browsers reach us under that `Host` over TLS.
    pub fn is_secure(&self, host: &str) -> bool {
        self.named(host).is_some_and(Origin::is_secure)
    }

    /// The client's address: the connection's, or what a proxy of ours says last.
    pub fn client(&self, peer: Option<IpAddr>, forwarded: Option<&str>) -> String {
        let peer = peer.map(|ip| ip.to_canonical());
        let believed = peer.is_some_and(|ip| self.proxies.contains(&ip));
        let told =
            forwarded.filter(|_| believed).and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        let ip: Option<IpAddr> = told.or(peer);
        ip.map_or_else(|| "unknown".to_owned(), |ip| block(ip.to_canonical()))
    }
}

/// One client: of IPv6 its network, since each has billions of addresses there.
fn block(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) if ip.is_loopback() => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The name in a `Host`, without its port; IPv6 in its brackets.
fn name_of(host: &str) -> Option<&str> {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if host.starts_with('[') {
        let end = host.find(']')?;
        let rest = &host[end + 1..];
        let sound = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return sound.then_some(&host[..=end]);
    }
    match host.split_once(':') {
        Some((name, port)) => (is_port(port) && !name.is_empty()).then_some(name),
        None => (!host.is_empty()).then_some(host),
    }
}

fn literal(name: &str) -> Option<IpAddr> {
    if let Some(v6) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return v6.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    name.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s46_only_names_of_this_machine_are_answered() {
        let doors = Doors::default();
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]"] {
            assert!(doors.answers(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "[::1",
            "[::1]x",
            "localhost:",
            "localhost:80:80",
            "localhost:8x",
            "user@localhost",
            " localhost",
            "127.1",
        ] {
            assert!(!doors.answers(host), "{host}");
        }
    }

    #[test]
    fn s46_with_accounts_addresses_and_configured_names_are_answered_exactly() {
        let origins = vec![Origin::parse("https://vigie.example.com").unwrap()];
        let doors = Doors { origins, any_address: true, proxies: vec![] };
        assert!(doors.answers("vigie.example.com") && doors.answers("192.0.2.1:8080"));
        assert!(doors.answers("[2001:db8::1]:80"));
        for host in ["evil.example", "vigie.example.com.evil", "vigie.example.com:444", "xvigie.example.com"]
        {
            assert!(!doors.answers(host), "{host}");
        }
        assert!(doors.admits("https://vigie.example.com", "vigie.example.com"));
        for origin in [
            "http://vigie.example.com",
            "https://vigie.example.com:443",
            "https://vigie.example.com.evil.example",
            "https://evil.example",
            "https://vigie.example.com@evil.example",
            "null",
            "",
        ] {
            assert!(!doors.admits(origin, "vigie.example.com"), "{origin}");
        }
        assert!(doors.is_secure("vigie.example.com") && !doors.is_secure("192.0.2.1:8080"));
        for wrong in ["vigie.example.com", "https://", "https://a/b", "https://a b", "https://u@a", "ftp://a"]
        {
            assert!(Origin::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn s40_only_a_proxy_of_ours_says_who_the_client_is() {
        let peer = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let doors = Doors { proxies: vec!["127.0.0.1".parse().unwrap()], ..Doors::default() };
        assert_eq!(doors.client(peer("192.0.2.1"), Some("198.51.100.1")), "192.0.2.1");
        assert_eq!(doors.client(peer("127.0.0.1"), Some("10.0.0.1, 198.51.100.1")), "198.51.100.1");
        assert_eq!(doors.client(peer("127.0.0.1"), Some("x")), "127.0.0.1");
        assert_eq!(doors.client(peer("2001:db8:1:2:3::4"), None), "2001:db8:1:2::/64");
    }
}
