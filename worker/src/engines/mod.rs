//! The C libraries, where they are installed: opened when the worker starts, never linked. All of this crate's `unsafe` is
//! in these two files, a few functions each; what they take and give is checked around them.

pub(crate) mod espeak;
pub(crate) mod sphinx;

/// The first of these that is there.
#[expect(
    unsafe_code,
    reason = "opening a library runs its initialisers: those of Debian's packages, which do nothing harmful"
)]
fn open(names: &[&str]) -> Result<libloading::Library, String> {
    // SAFETY: see the reason above; the names are constants of ours.
    let opened = names.iter().map(|name| unsafe { libloading::Library::new(name) });
    let mut why = String::new();
    for library in opened {
        match library {
            Ok(library) => return Ok(library),
            Err(problem) => why = problem.to_string(),
        }
    }
    Err(why)
}
