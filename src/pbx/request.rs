//! What a client sends: lines of headers ended by an empty one, with Asterisk's own limits.

/// Bytes of one line at most: Asterisk's buffer holds 1,024 with its end (22 refuses 1,023).
const MAX_LINE: usize = 1_022;
/// Headers of one action at most.
const MAX_HEADERS: usize = 128;

/// One action as it came: headers in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    headers: Vec<(String, String)>,
}

impl Request {
    /// The first header of that name, ASCII case ignored; `None` when missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
            .filter(|v| !v.is_empty())
    }

    /// Every header of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Headers in order.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The action's name, or nothing.
    pub fn action(&self) -> &str {
        self.get("Action").unwrap_or("")
    }

    /// Its ActionID, or nothing.
    pub fn action_id(&self) -> &str {
        self.get("ActionID").unwrap_or("")
    }
}

/// Why an action was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRequest {
    /// A line passed the limit.
    LineTooLong,
    /// Too many headers.
    TooManyHeaders,
}

/// Cuts what a client sends into actions.
#[derive(Debug, Default)]
pub struct Requests {
    buffer: Vec<u8>,
    searched: usize,
    current: Request,
    bad: Option<BadRequest>,
    skipping_line: bool,
}

impl Requests {
    /// What was just read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole action.
    pub fn take(&mut self) -> Option<Result<Request, BadRequest>> {
        loop {
            let Some(offset) = memchr_lf(self.buffer.get(self.searched..)?) else {
                self.searched = self.buffer.len();
                if self.searched > MAX_LINE {
                    self.refuse(BadRequest::LineTooLong);
                    self.skipping_line = true;
                    self.buffer.clear();
                    self.searched = 0;
                }
                return None;
            };
            let end = self.searched + offset;
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            self.searched = 0;
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if std::mem::take(&mut self.skipping_line) {
                continue;
            }
            if !line.is_empty() {
                self.take_line(line);
                continue;
            }
            let request = std::mem::take(&mut self.current);
            if let Some(bad) = self.bad.take() {
                return Some(Err(bad));
            }
            if !request.headers.is_empty() {
                return Some(Ok(request));
            }
        }
    }

    fn refuse(&mut self, why: BadRequest) {
        self.bad.get_or_insert(why);
    }

    fn take_line(&mut self, line: &[u8]) {
        if line.len() > MAX_LINE {
            return self.refuse(BadRequest::LineTooLong);
        }
        if self.current.headers.len() >= MAX_HEADERS {
            return self.refuse(BadRequest::TooManyHeaders);
        }
        let text = String::from_utf8_lossy(line);
        let (name, value) = text.split_once(':').unwrap_or((&text, ""));
        self.current.headers.push((name.trim().to_owned(), value.trim_start().to_owned()));
    }
}

fn memchr_lf(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|b| *b == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(bytes: &[u8]) -> Vec<Result<String, BadRequest>> {
        let mut requests = Requests::default();
        requests.push(bytes);
        std::iter::from_fn(|| requests.take()).map(|r| r.map(|r| r.action().to_owned())).collect()
    }

    #[test]
    fn lines_may_end_in_a_bare_lf() {
        assert_eq!(
            actions(b"Action: Ping\n\nAction: Logoff\r\n\r\n"),
            [Ok("Ping".into()), Ok("Logoff".into())]
        );
    }

    #[test]
    fn a_line_of_1022_bytes_passes_and_one_more_is_refused() {
        let line = |n: usize| format!("Action: {}\r\n\r\n", "x".repeat(n - 8)).into_bytes();
        assert!(matches!(actions(&line(1_022))[..], [Ok(_)]));
        assert_eq!(actions(&line(1_023)), [Err(BadRequest::LineTooLong)]);
    }

    #[test]
    fn an_endless_line_costs_no_memory_and_the_next_action_is_read() {
        let mut requests = Requests::default();
        for _ in 0..100 {
            requests.push(&[b'x'; 4_096]);
            assert_eq!(requests.take(), None);
            assert!(requests.buffer.len() <= 4_096);
        }
        requests.push(b"\r\n\r\nAction: Ping\r\n\r\n");
        assert_eq!(requests.take(), Some(Err(BadRequest::LineTooLong)));
        assert_eq!(requests.take().map(|r| r.map(|r| r.action().to_owned())), Some(Ok("Ping".to_owned())));
    }

    #[test]
    fn more_than_128_headers_are_refused() {
        let mut bytes = b"Action: Ping\r\n".to_vec();
        bytes.extend_from_slice(&b"Variable: a=b\r\n".repeat(128));
        bytes.extend_from_slice(b"\r\n");
        assert_eq!(actions(&bytes), [Err(BadRequest::TooManyHeaders)]);
    }
}
