//! Pictures that people chose of themselves: what is taken, and reading one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::follow::People;
use super::store::away;
use crate::auth::secrets;
use crate::db::Unavailable;

/// Largest picture, in bytes.
pub const MOST_BYTES: usize = 2_000_000;

/// One picture, of a kind that browsers show and that runs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its media type, by its first bytes.
    pub kind: &'static str,
    /// As it was sent.
    pub bytes: Vec<u8>,
}

/// Why a picture is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPicture {
    /// It is not `data:image/...;base64,...`.
    NoDataUrl,
    /// It begins as none of the kinds that are taken, whatever it calls itself.
    UnknownKind,
    /// More than [`MOST_BYTES`].
    TooLarge,
}

impl Picture {
    /// Of a data URL (RFC 2397), whose media type is not believed.
    ///
    /// # Errors
    /// See [`NoPicture`].
    pub fn of_data_url(url: &str) -> Result<Self, NoPicture> {
        let (head, data) =
            url.strip_prefix("data:").and_then(|rest| rest.split_once(',')).ok_or(NoPicture::NoDataUrl)?;
        if !head.starts_with("image/") || !head.ends_with(";base64") {
            return Err(NoPicture::NoDataUrl);
        }
        // four characters hold three bytes, the last of which may be padding
        if data.len() / 4 * 3 > MOST_BYTES + 2 {
            return Err(NoPicture::TooLarge);
        }
        let bytes = STANDARD.decode(data).map_err(|_| NoPicture::NoDataUrl)?;
        if bytes.len() > MOST_BYTES {
            return Err(NoPicture::TooLarge);
        }
        Ok(Self { kind: kind(&bytes).ok_or(NoPicture::UnknownKind)?, bytes })
    }

    /// Of the bytes: another picture has another one.
    pub fn hash(&self) -> String {
        secrets::sha256(&self.bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Where a picture is served: another address for another picture, so that open pages fetch it.
pub(super) fn address(user: &str, hash: &str) -> String {
    format!("/api/users/{user}/picture?v={hash}")
}

fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

impl People {
    /// The picture of a user, by his id.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn picture(&self, user: &str) -> Result<Option<Picture>, Unavailable> {
        let connection = self.store.db.get().await?;
        let text = "select bytes from vigie.pictures where user_id = $1";
        let row = connection.query_opt(text, &[&user]).await.map_err(away)?;
        Ok(row.and_then(|row| {
            let bytes: Vec<u8> = row.get(0);
            kind(&bytes).map(|kind| Picture { kind, bytes })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(kind: &str, bytes: &[u8]) -> String {
        format!("data:{kind};base64,{}", STANDARD.encode(bytes))
    }

    #[test]
    fn a_picture_is_what_it_begins_as_whatever_it_calls_itself() {
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &[0; 20]].concat();
        assert_eq!(
            Picture::of_data_url(&url("image/jpeg", &png)).map(|picture| picture.kind),
            Ok("image/png")
        );
        for (kind, begins) in [
            ("image/jpeg", &b"\xff\xd8\xff\xe0"[..]),
            ("image/gif", b"GIF89a"),
            ("image/webp", b"RIFF\0\0\0\0WEBPVP8 "),
        ] {
            assert_eq!(Picture::of_data_url(&url("image/x", begins)).map(|picture| picture.kind), Ok(kind));
        }
    }

    #[test]
    fn s30_what_could_run_is_no_picture() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>";
        assert_eq!(Picture::of_data_url(&url("image/svg+xml", svg)), Err(NoPicture::UnknownKind));
        assert_eq!(Picture::of_data_url(&url("image/png", b"<html>")), Err(NoPicture::UnknownKind));
        assert_eq!(Picture::of_data_url(&url("text/html", b"\xff\xd8\xff")), Err(NoPicture::NoDataUrl));
        for text in
            ["", "data:", "https://example.org/a.png", "data:image/png;base64,%%%", "data:image/png,abc"]
        {
            assert_eq!(Picture::of_data_url(text), Err(NoPicture::NoDataUrl), "{text}");
        }
    }

    #[test]
    fn its_size_is_bounded_to_the_byte() {
        let of = |bytes: usize| {
            Picture::of_data_url(&url("image/jpeg", &[&b"\xff\xd8\xff"[..], &vec![0; bytes - 3]].concat()))
        };
        assert_eq!(of(MOST_BYTES).map(|picture| picture.bytes.len()), Ok(MOST_BYTES));
        assert_eq!(of(MOST_BYTES + 1), Err(NoPicture::TooLarge));
        assert_eq!(of(MOST_BYTES + 1_000), Err(NoPicture::TooLarge));
    }
}
