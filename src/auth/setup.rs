//! The one-time code with which the first administrator is made. There is no account before, and no
//! password that anybody could know (S39).

use parking_lot::Mutex;

use super::secrets;

/// Known to who can read the server's output, for as long as there is no account.
#[derive(Default)]
pub struct SetupCode(Mutex<Option<Vec<u8>>>);

impl SetupCode {
    /// Makes one and gives it back to be shown; `None` when there is one already.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn open(&self) -> std::io::Result<Option<String>> {
        let mut code = self.0.lock();
        if code.is_some() {
            return Ok(None);
        }
        let shown = secrets::readable::<16>()?;
        *code = Some(hash(&shown));
        Ok(Some(shown))
    }

    /// There is an account: it is good for nothing any more.
    pub fn close(&self) {
        *self.0.lock() = None;
    }

    /// Whether one is awaited.
    pub fn is_open(&self) -> bool {
        self.0.lock().is_some()
    }

    /// Whether that is it, written with or without its dashes, in any case.
    pub fn is(&self, code: &str) -> bool {
        let given = hash(code);
        self.0.lock().as_ref().is_some_and(|kept| secrets::same(kept, &given))
    }
}

fn hash(code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    secrets::sha256(plain.to_ascii_uppercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s39_the_code_is_shown_once_and_ends_with_the_first_account() {
        let setup = SetupCode::default();
        assert!(!setup.is(""), "closed");
        let code = setup.open().unwrap().unwrap();
        assert_eq!(setup.open().unwrap(), None, "it is the same one");
        assert!(setup.is(&code) && setup.is(&code.to_lowercase().replace('-', " ")));
        assert!(!setup.is("") && !setup.is("2222-2222-2222-2222") && !setup.is(&code[1..]));
        setup.close();
        assert!(!setup.is(&code) && !setup.is_open());
    }
}
