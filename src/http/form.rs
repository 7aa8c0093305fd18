//! A form with files (`multipart/form-data`), read from a body that is there whole: nothing is put on disk, and names
//! of files are not looked at.

/// Parts of one form.
const MOST_PARTS: usize = 20;
/// Bytes of the headers of a part.
const MOST_HEAD: usize = 4_096;

/// The parts that have a name, in their order.
///
/// # Errors
/// When it is no such form, in words.
pub(super) fn parts<'a>(kind: &str, body: &'a [u8]) -> Result<Vec<(String, &'a [u8])>, &'static str> {
    let boundary = boundary(kind).ok_or("expected a form (multipart/form-data)")?;
    let mark = format!("\r\n--{boundary}").into_bytes();
    // the first stands at the beginning, or after words for nobody
    let first = mark.get(2..).unwrap_or_default();
    let mut rest = match body.strip_prefix(first) {
        Some(rest) => rest,
        None => after(body, &mark).ok_or("the form does not begin")?.1,
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let rest_of = rest.strip_prefix(b"\r\n").ok_or("a part of the form does not begin")?;
        let (head, content) = match rest_of.strip_prefix(b"\r\n") {
            Some(content) => (&b""[..], content),
            None => {
                let within = rest_of.get(..MOST_HEAD).unwrap_or(rest_of);
                let (head, _) = after(within, b"\r\n\r\n").ok_or("a part of the form has no content")?;
                (head, rest_of.get(head.len() + 4..).unwrap_or_default())
            }
        };
        let (content, next) = after(content, &mark).ok_or("the form does not end")?;
        if let Some(name) = name(head) {
            parts.push((name, content));
        }
        if parts.len() > MOST_PARTS {
            return Err("the form has too many parts");
        }
        rest = next;
    }
}

/// What stands before that mark, and after it.
fn after<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = *mark.first()?;
    let mut at = 0;
    loop {
        let found = at + bytes.get(at..)?.iter().position(|byte| *byte == first)?;
        let (before, rest) = bytes.split_at(found);
        if let Some(rest) = rest.strip_prefix(mark) {
            return Some((before, rest));
        }
        at = found + 1;
    }
}

/// From the type of content.
fn boundary(kind: &str) -> Option<String> {
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let told = parameters.split(';').find_map(|one| {
        let (name, value) = one.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    ((1..=70).contains(&told.len()) && told.bytes().all(|b| b.is_ascii_graphic())).then_some(told)
}

/// `Content-Disposition: form-data; name="x"`.
fn name(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let line = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let at = line.split(';').map(str::trim).find_map(|one| one.strip_prefix("name="))?;
    Some(at.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, body: &[u8]) -> String {
        match parts(kind, body) {
            Err(why) => why.to_owned(),
            Ok(parts) => {
                let one =
                    |(name, bytes): &(String, &[u8])| format!("{name}={}", String::from_utf8_lossy(bytes));
                parts.iter().map(one).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn a_form_is_read_as_browsers_send_it_and_what_is_none_is_refused() {
        let kind = "multipart/form-data; boundary=----WebKitFormBoundaryx";
        let body = b"------WebKitFormBoundaryx\r\nContent-Disposition: form-data; name=\"audioFile\"; \
            filename=\"../../a;name=b.wav\"\r\nContent-Type: audio/wav\r\n\r\nRI\r\n--FF\r\n------WebKitFormBoundaryx\r\n\
            Content-Disposition: form-data; name=\"name\"\r\n\r\nWelcome \xc3\xa9\r\n------WebKitFormBoundaryx--\r\n";
        assert_eq!(told(kind, body), "audioFile=RI\r\n--FF name=Welcome é");
        let quoted = "multipart/form-data; charset=utf-8; boundary=\"b\"";
        assert_eq!(told(quoted, b"words\r\n--b\r\n\r\nnameless\r\n--b--"), "");
        for (kind, body, why) in [
            ("application/json", &b"{}"[..], "expected a form (multipart/form-data)"),
            ("multipart/form-data", b"", "expected a form (multipart/form-data)"),
            ("multipart/form-data; boundary=", b"", "expected a form (multipart/form-data)"),
            (quoted, b"", "the form does not begin"),
            (quoted, b"--b", "a part of the form does not begin"),
            (quoted, b"--b\r\nA: b", "a part of the form has no content"),
            (quoted, b"--b\r\nA: b\r\n\r\nx", "the form does not end"),
        ] {
            assert_eq!(told(kind, body), why, "{kind} {body:?}");
        }
        let many =
            format!("{}--b--", "--b\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n".repeat(30));
        assert_eq!(told(quoted, many.as_bytes()), "the form has too many parts");
    }
}
