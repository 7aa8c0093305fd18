//! Server-sent events, as far as an answer of a model needs them: bytes in, the data of each event out.
//!
//! Lines end with LF, CR or CRLF; comments and other fields are passed over; data over several lines are joined. Cut
//! anywhere, the same bytes give the same events.

/// Bytes of one event: a token is a few.
const LONGEST: usize = 64 * 1024;

/// An event or a line is longer than any that means something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    after_cr: bool,
    begun: bool,
}

impl Events {
    /// Adds the data of the events that are whole now. After an error it is of no use any more.
    pub(super) fn take(&mut self, bytes: &[u8], into: &mut Vec<Vec<u8>>) -> Result<(), TooLong> {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + part.len() > LONGEST {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            self.end_line(into)?;
        }
        Ok(())
    }

    /// At the end: servers forget the blank line behind their last event.
    pub(super) fn finish(&mut self, into: &mut Vec<Vec<u8>>) -> Result<(), TooLong> {
        if !self.line.is_empty() {
            self.end_line(into)?;
        }
        into.extend(self.data.take());
        Ok(())
    }

    fn end_line(&mut self, into: &mut Vec<Vec<u8>>) -> Result<(), TooLong> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            into.extend(self.data.take());
            return Ok(());
        }
        let value = match line.strip_prefix(b"data") {
            Some([]) => &[][..],
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => value,
            // a comment, another field, a name that only begins so
            _ => return Ok(()),
        };
        match &mut self.data {
            None => self.data = Some(value.to_vec()),
            Some(data) if data.len() + value.len() >= LONGEST => return Err(TooLong),
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<String>, TooLong> {
        let (mut events, mut all) = (Events::default(), Vec::new());
        for part in parts {
            events.take(part, &mut all)?;
        }
        events.finish(&mut all)?;
        Ok(all.into_iter().map(|data| String::from_utf8_lossy(&data).into_owned()).collect())
    }

    #[test]
    fn every_kind_of_line_is_read() {
        for (what, stream, events) in [
            ("LF", "data: a\n\ndata: b\n\n", &["a", "b"][..]),
            ("CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]),
            ("CR", "data: a\r\rdata: b\r\r", &["a", "b"]),
            ("no blank behind the colon", "data:a\n\ndata:  b\n\n", &["a", " b"]),
            ("comments", ": keep-alive\n\n:\ndata: a\n: more\n\n", &["a"]),
            ("other fields", "event: message\nid: 3\nretry: 10\ndata: a\n\ndatabase: b\n\n", &["a"]),
            ("several lines", "data: a\ndata: b\n\n", &["a\nb"]),
            ("no data", "data\n\ndata:\n\n\n\n", &["", ""]),
            ("a mark of order", "\u{feff}data: a\n\n", &["a"]),
            ("no blank line at the end", "data: a\n\ndata: b", &["a", "b"]),
            ("nothing", "", &[]),
        ] {
            assert_eq!(
                told([stream.as_bytes()]).as_deref(),
                Ok(&events.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>()[..]),
                "{what}"
            );
        }
    }

    #[test]
    fn f49_what_has_no_end_is_given_up() {
        let token = vec![b'x'; 1 << 20];
        assert_eq!(told([&b"data: "[..], &token]), Err(TooLong), "a line");
        let lines = b"data: 0123456789\n".repeat(10_000);
        assert_eq!(told([&lines[..]]), Err(TooLong), "lines of one event");
        let comments = b": 0123456789\n".repeat(100_000);
        assert_eq!(told([&comments[..]]), Ok(vec![]), "comments come for ever");
    }

    proptest! {
        #[test]
        fn cut_anywhere_it_says_the_same(
            lines in proptest::collection::vec("(data: ?|:|event: |)[a-zé{}]{0,6}(\n|\r|\r\n){1,2}", 0..12),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let stream = lines.concat().into_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let parts = at.windows(2).map(|pair| &stream[pair[0]..pair[1]]);
            prop_assert_eq!(told(parts), told([&stream[..]]));
            prop_assert_eq!(told(stream.chunks(1)), told([&stream[..]]));
        }
    }
}
