//! pocketsphinx's library, the functions of it that decode one utterance by a grammar (0.8+5prealpha, `pocketsphinx.h`,
//! `ps_search.h`).
#![expect(unsafe_code, reason = "calls of C functions")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;

use libloading::Library;

type Pointer = *mut c_void;
type Args = unsafe extern "C" fn() -> *const c_void;
type CmdLn = unsafe extern "C" fn(Pointer, *const c_void, i32, ...) -> Pointer;
type Init = unsafe extern "C" fn(Pointer) -> Pointer;
type AddWord = unsafe extern "C" fn(Pointer, *const c_char, *const c_char, c_int) -> c_int;
type SetJsgf = unsafe extern "C" fn(Pointer, *const c_char, *const c_char) -> c_int;
type SetSearch = unsafe extern "C" fn(Pointer, *const c_char) -> c_int;
type Utterance = unsafe extern "C" fn(Pointer) -> c_int;
type Process = unsafe extern "C" fn(Pointer, *const i16, usize, c_int, c_int) -> c_int;
type Hypothesis = unsafe extern "C" fn(Pointer, *mut i32) -> *const c_char;
type Segments = unsafe extern "C" fn(Pointer, *mut i32) -> Pointer;
type Next = unsafe extern "C" fn(Pointer) -> Pointer;
type Word = unsafe extern "C" fn(Pointer) -> *const c_char;
type Frames = unsafe extern "C" fn(Pointer, *mut c_int, *mut c_int);
type Prob = unsafe extern "C" fn(Pointer, *mut i32, *mut i32, *mut i32) -> i32;

/// A part of what was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// A name that was given to [`Sphinx::add_word`], or one of the model's own, as `<sil>`.
    pub(crate) word: String,
    /// Of 10 ms.
    pub(crate) frames: i32,
    /// How well the sound fits, as a logarithm.
    pub(crate) score: i32,
}

/// A decoder, for one thread.
pub(crate) struct Sphinx {
    decoder: Pointer,
    add_word: AddWord,
    set_jsgf: SetJsgf,
    set_search: SetSearch,
    start: Utterance,
    end: Utterance,
    process: Process,
    hypothesis: Hypothesis,
    segments: Segments,
    next: Next,
    word: Word,
    frames: Frames,
    prob: Prob,
    /// The last: what is above points into them.
    _libraries: [Library; 2],
}

impl Sphinx {
    /// With the acoustic model of that folder, without noise removal (it costs a third of the answers), without words.
    pub(crate) fn open(model: &Path) -> Result<Self, String> {
        let base = super::open(&["libsphinxbase.so.3"])?;
        let library = super::open(&["libpocketsphinx.so.3"])?;
        let missing = |problem: libloading::Error| problem.to_string();
        let text = |text: &str| CString::new(text).map_err(|_| "a folder with a NUL".to_owned());
        let model = text(&model.to_string_lossy())?;
        // SAFETY: the types are those of the headers named above; the libraries live as long as what is taken out of them.
        // The list of arguments ends with a null pointer, as cmd_ln_init wants it, and is copied by it.
        unsafe {
            let args: Args = *library.get(b"ps_args\0").map_err(missing)?;
            let cmd_ln: CmdLn = *base.get(b"cmd_ln_init\0").map_err(missing)?;
            let init: Init = *library.get(b"ps_init\0").map_err(missing)?;
            let null = std::ptr::null_mut::<c_char>();
            let settings = cmd_ln(
                std::ptr::null_mut(),
                args(),
                0,
                c"-hmm".as_ptr(),
                model.as_ptr(),
                c"-remove_noise".as_ptr(),
                c"no".as_ptr(),
                c"-logfn".as_ptr(),
                c"/dev/null".as_ptr(),
                null,
            );
            if settings.is_null() {
                return Err("libpocketsphinx does not take its settings".to_owned());
            }
            let decoder = init(settings);
            if decoder.is_null() {
                return Err(format!("libpocketsphinx does not start with {}", model.to_string_lossy()));
            }
            Ok(Self {
                decoder,
                add_word: *library.get(b"ps_add_word\0").map_err(missing)?,
                set_jsgf: *library.get(b"ps_set_jsgf_string\0").map_err(missing)?,
                set_search: *library.get(b"ps_set_search\0").map_err(missing)?,
                start: *library.get(b"ps_start_utt\0").map_err(missing)?,
                end: *library.get(b"ps_end_utt\0").map_err(missing)?,
                process: *library.get(b"ps_process_raw\0").map_err(missing)?,
                hypothesis: *library.get(b"ps_get_hyp\0").map_err(missing)?,
                segments: *library.get(b"ps_seg_iter\0").map_err(missing)?,
                next: *library.get(b"ps_seg_next\0").map_err(missing)?,
                word: *library.get(b"ps_seg_word\0").map_err(missing)?,
                frames: *library.get(b"ps_seg_frames\0").map_err(missing)?,
                prob: *library.get(b"ps_seg_prob\0").map_err(missing)?,
                _libraries: [base, library],
            })
        }
    }

    /// A word of that name sounds like these phones; whether it took that.
    pub(crate) fn add_word(&mut self, name: &str, phones: &str) -> bool {
        let (Ok(name), Ok(phones)) = (CString::new(name), CString::new(phones)) else { return false };
        // SAFETY: strings that end, which are copied.
        unsafe { (self.add_word)(self.decoder, name.as_ptr(), phones.as_ptr(), 0) >= 0 }
    }

    /// A grammar by that name, of words that were added; whether it took that.
    pub(crate) fn add_grammar(&mut self, name: &CStr, jsgf: &str) -> bool {
        let Ok(jsgf) = CString::new(jsgf) else { return false };
        // SAFETY: strings that end, which are copied.
        unsafe { (self.set_jsgf)(self.decoder, name.as_ptr(), jsgf.as_ptr()) == 0 }
    }

    /// What it heard by that grammar in these samples, of 16 kHz, as a whole; `None`: nothing of it.
    pub(crate) fn decode(&mut self, grammar: &CStr, wide: &[i16]) -> Result<Option<Vec<Segment>>, String> {
        let failed = |what: &str| Err(format!("libpocketsphinx: {what} failed"));
        // SAFETY: the decoder is ours and used by one thread; the samples are so many and read before it returns.
        unsafe {
            if (self.set_search)(self.decoder, grammar.as_ptr()) != 0 {
                return failed("ps_set_search");
            }
            if (self.start)(self.decoder) < 0 {
                return failed("ps_start_utt");
            }
            let processed = (self.process)(self.decoder, wide.as_ptr(), wide.len(), 0, 1);
            // begun is ended, whatever came of it
            if (self.end)(self.decoder) < 0 || processed < 0 {
                return failed("ps_process_raw");
            }
            if (self.hypothesis)(self.decoder, std::ptr::null_mut()).is_null() {
                return Ok(None);
            }
        }
        Ok(Some(self.heard()))
    }

    fn heard(&self) -> Vec<Segment> {
        let mut all = Vec::new();
        // SAFETY: the iterator is asked for the next until there is none, which frees it; the word is copied before that.
        unsafe {
            let mut at = (self.segments)(self.decoder, std::ptr::null_mut());
            while !at.is_null() {
                let (mut from, mut to, mut score, mut language, mut back) = (0, 0, 0, 0, 0);
                (self.frames)(at, &raw mut from, &raw mut to);
                (self.prob)(at, &raw mut score, &raw mut language, &raw mut back);
                let word = (self.word)(at);
                if !word.is_null() {
                    let word = CStr::from_ptr(word).to_string_lossy().into_owned();
                    all.push(Segment { word, frames: to - from + 1, score });
                }
                at = (self.next)(at);
            }
        }
        all
    }
}
