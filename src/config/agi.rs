//! Where Asterisk hands callers over.

use std::net::{IpAddr, SocketAddr};

use super::{ConfigError, Database, Keys, PbxConfig, Secret};

/// FastAGI's usual port.
const USUAL: u16 = 4573;
/// One that is free.
const ANY: u16 = 0;

/// The FastAGI port.
#[derive(Debug, Clone)]
pub struct AgiConfig {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What `?token=` of the address in the dialplan must be.
    pub token: Option<Secret>,
    /// The settings name the port: else it may be taken by another program.
    pub is_asked_for: bool,
}

impl AgiConfig {
    /// `None`: no port. That is so with `AGI_PORT=off`, and where there is no database: flows stand there. The
    /// built-in PBX finds any port that is free.
    pub(super) fn read(
        keys: &Keys,
        pbxs: &[PbxConfig],
        database: &Database,
    ) -> Result<Option<Self>, ConfigError> {
        let nothing_kept = matches!(database, Database::Nothing);
        let port = match keys.get("AGI_PORT") {
            Some(found) if found.text == "off" => return Ok(None),
            Some(found) if nothing_kept => {
                return Err(found.error(
                    "AGI_PORT",
                    "flows stand in the database: expected off with DATABASE_URL=none".to_owned(),
                ));
            }
            Some(found) => {
                let wrong = |_| found.error("AGI_PORT", format!("`{}`, expected a port, or off", found.text));
                found.text.parse::<u16>().map_err(wrong)?
            }
            None if nothing_kept => return Ok(None),
            None if pbxs.is_empty() => ANY,
            None => USUAL,
        };
        let host = match keys.get("AGI_HOST") {
            Some(found) => {
                let wrong = |_| {
                    found.error("AGI_HOST", format!("`{}`, expected an address of this machine", found.text))
                };
                found.text.parse::<IpAddr>().map_err(wrong)?
            }
            None => usual_host(pbxs),
        };
        let token = match keys.get("AGI_TOKEN") {
            None => None,
            Some(found) => {
                let sound = (8..=100).contains(&found.text.len())
                    && found.text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
                if !sound {
                    // the value is not shown: it is a secret
                    let problem = "expected 8 to 100 letters, digits, - and _".to_owned();
                    return Err(found.error("AGI_TOKEN", problem));
                }
                Some(Secret::new(found.text.clone()))
            }
        };
        let is_asked_for = keys.get("AGI_PORT").is_some();
        Ok(Some(Self { addr: SocketAddr::new(host, port), token, is_asked_for }))
    }
}

/// Loopback when all PBXs are on this machine.
pub(super) fn usual_host(pbxs: &[PbxConfig]) -> IpAddr {
    match pbxs.iter().all(|pbx| is_here(&pbx.host)) {
        true => IpAddr::from([127, 0, 0, 1]),
        false => IpAddr::from([0, 0, 0, 0]),
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
