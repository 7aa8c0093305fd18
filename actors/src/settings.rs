//! What a PBX's configuration says about its endpoints and queues, shared by all its entities.
//!
//! An endpoint is a trunk's (by pattern, or because it registers outbound), an agent's (a queue
//! member, or by pattern), or neither. A trunk's pattern wins.

use compact_str::CompactString;

use crate::keys::PbxName;

/// Matches endpoints: `trunk-*` the name after the technology, `PJSIP/trunk-?` the whole endpoint.
/// `*` stands for any text, `?` for one character, `[0-9]*` is not understood: [`Pattern::Digits`]
/// is the only class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Nothing but digits after the technology: `PJSIP/1001`.
    Digits,
    /// Text with `*` and `?`.
    Glob(CompactString),
}

impl Pattern {
    /// Whether the endpoint (`PJSIP/1001`) is meant.
    pub fn matches(&self, endpoint: &str) -> bool {
        let name = endpoint.split_once('/').map_or(endpoint, |(_, name)| name);
        match self {
            Self::Digits => !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()),
            Self::Glob(glob) if glob.contains('/') => glob_matches(glob.as_bytes(), endpoint.as_bytes()),
            Self::Glob(glob) => glob_matches(glob.as_bytes(), name.as_bytes()),
        }
    }
}

/// Iterative matching with one remembered star: linear in practice, never exponential.
fn glob_matches(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some(b'*') => {
                star = Some((g, t));
                g += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                g += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    g = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|&c| c == b'*')
}

/// One PBX as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name.
    pub pbx: PbxName,
    /// Which endpoints are trunks.
    pub trunks: Vec<Pattern>,
    /// Which endpoints are agents besides queue members.
    pub agents: Vec<Pattern>,
    /// Our wrap-up after a queue call, whole seconds, where no queue says otherwise; 0 is none.
    pub wrap_up_s: u32,
    /// Per queue.
    pub wrap_up_of: Vec<(CompactString, u32)>,
}

impl Settings {
    /// Trunks are `trunk-*`, agents are endpoints of digits only, no wrap-up.
    pub fn new(pbx: PbxName) -> Self {
        Self {
            pbx,
            trunks: vec![Pattern::Glob("trunk-*".into())],
            agents: vec![Pattern::Digits],
            wrap_up_s: 0,
            wrap_up_of: Vec::new(),
        }
    }

    /// Whether a pattern makes that endpoint a trunk.
    pub fn is_trunk(&self, endpoint: &str) -> bool {
        self.trunks.iter().any(|p| p.matches(endpoint))
    }

    /// Whether a pattern makes that endpoint an agent.
    pub fn is_agent(&self, endpoint: &str) -> bool {
        !self.is_trunk(endpoint) && self.agents.iter().any(|p| p.matches(endpoint))
    }

    /// Wrap-up after a call of that queue, whole seconds.
    pub fn wrap_up_after(&self, queue: &str) -> u32 {
        self.wrap_up_of.iter().find(|(name, _)| name == queue).map_or(self.wrap_up_s, |&(_, s)| s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_a_technology_looks_at_the_name_only() {
        let trunk = Pattern::Glob("trunk-*".into());
        assert!(trunk.matches("PJSIP/trunk-a") && trunk.matches("SIP/trunk-"));
        assert!(!trunk.matches("PJSIP/1001") && !trunk.matches("PJSIP/my-trunk-a"));
        assert!(
            Pattern::Glob("SIP/*".into()).matches("SIP/x")
                && !Pattern::Glob("SIP/*".into()).matches("PJSIP/x")
        );
        assert!(Pattern::Digits.matches("PJSIP/1001") && !Pattern::Digits.matches("PJSIP/10a"));
        assert!(
            Pattern::Glob("a*b?c*".into()).matches("X/axxbycz")
                && !Pattern::Glob("a*b".into()).matches("X/abx")
        );
    }
}
