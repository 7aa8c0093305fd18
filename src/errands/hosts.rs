//! Which servers may be asked (S18): by their name, and by the address that it has just then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::config::HttpHost;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    listed: Option<Vec<HttpHost>>,
}

impl Hosts {
    /// Those only; without a list any that has an address on the Internet.
    pub fn new(listed: Option<Vec<HttpHost>>) -> Self {
        Self { listed }
    }

    /// Where that server is. Addresses of this machine and of private networks only when the list names the server
    /// itself. What was looked up is what is connected to: a name that has another address a moment later gains
    /// nothing.
    ///
    /// # Errors
    /// Why it is not asked.
    pub async fn address(&self, host: &str, port: u16) -> Result<SocketAddr, String> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let mut by_name = false;
        if let Some(listed) = &self.listed {
            let found = listed.iter().filter(|own| own.is(host, port));
            let found: Vec<_> = found.collect();
            if found.is_empty() {
                return Err(format!("{host}:{port} is not in VIGIE_FLOW_HTTP_HOSTS"));
            }
            by_name = found.iter().any(|own| !own.below);
        }
        let found = tokio::net::lookup_host((host, port)).await;
        let all: Vec<SocketAddr> =
            found.map_err(|problem| format!("{host} was not found: {problem}"))?.collect();
        let sound = all.iter().find(|address| by_name || is_public(address.ip()));
        match sound {
            Some(address) => Ok(*address),
            None if all.is_empty() => Err(format!("{host} has no address")),
            None => Err(format!(
                "{host} is this machine or in a private network: it is asked only where VIGIE_FLOW_HTTP_HOSTS names it"
            )),
        }
    }
}

/// On the Internet, as far as an address can tell.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // carriers' own
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match (a, b) {
        // addresses of IPv4 in other clothes
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => is_public_v4(inner(g, h)),
        (0x2002, high) => is_public_v4(inner(high, c)),
        (0x2001, 0) => false,
        (0x2001, 0xdb8) => false,
        // the only part that is given out
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(host: &str, port: Option<u16>, below: bool) -> Hosts {
        Hosts::new(Some(vec![HttpHost { host: host.into(), port, below }]))
    }

    async fn told(hosts: &Hosts, host: &str, port: u16) -> String {
        hosts.address(host, port).await.map_or_else(|why| why, |address| address.to_string())
    }

    #[tokio::test]
    async fn s18_this_machine_and_private_networks_are_asked_only_when_they_are_named() {
        let anybody = Hosts::default();
        for host in [
            "127.0.0.1",
            "localhost",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[fd00::1]",
            "[fe80::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "2130706433",
            "0x7f.1",
        ] {
            let words = told(&anybody, host, 80).await;
            assert!(words.contains("private network") || words.contains("not found"), "{host}: {words}");
        }
        assert_eq!(told(&anybody, "8.8.8.8", 80).await, "8.8.8.8:80");
        assert_eq!(told(&anybody, "[2606:4700::1]", 443).await, "[2606:4700::1]:443");
        assert_eq!(told(&listed("127.0.0.1", Some(81), false), "127.0.0.1", 81).await, "127.0.0.1:81");
        for (hosts, host, port) in [
            (listed("127.0.0.1", Some(81), false), "127.0.0.1", 80),
            (listed("api.example.com", None, false), "8.8.8.8", 80),
            (listed("example.com", None, true), "example.com", 80),
            (listed("example.com", None, true), "badexample.com", 80),
            (Hosts::new(Some(vec![])), "8.8.8.8", 80),
        ] {
            assert!(told(&hosts, host, port).await.contains("VIGIE_FLOW_HTTP_HOSTS"), "{host}:{port}");
        }
        let below = told(&listed("0.0.1", None, true), "127.0.0.1", 80).await;
        assert!(below.contains("private network"), "a star names nobody: {below}");
    }
}
