//! espeak-ng's library, seven functions of it (`speak_lib.h`, its API revision 12).
//!
//! It has one state for the whole process and calls back with what it made while it makes it: one [`Espeak`] lives in a
//! process, on its only thread.
#![expect(unsafe_code, reason = "calls of C functions")]

use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::sync::Mutex;

use libloading::Library;

/// What it makes it gives to us, before it returns.
const SYNCHRONOUS: c_int = 2;
/// It does not end the process when its data is missing.
const DONT_EXIT: c_int = 0x8000;
const UTF8: c_uint = 1;

type Initialize = unsafe extern "C" fn(c_int, c_int, *const c_char, c_int) -> c_int;
type Callback = unsafe extern "C" fn(*mut i16, c_int, *mut c_void) -> c_int;
type SetCallback = unsafe extern "C" fn(Callback);
type SetVoice = unsafe extern "C" fn(*const c_char) -> c_int;
type Synth = unsafe extern "C" fn(
    *const c_void,
    usize,
    c_uint,
    c_int,
    c_uint,
    c_uint,
    *mut c_uint,
    *mut c_void,
) -> c_int;

/// What was made of the sentence, and how much it may become.
static MADE: Mutex<(Vec<i16>, usize)> = Mutex::new((Vec::new(), 0));

/// Called by the library with what it made; not 0: it stops.
unsafe extern "C" fn takes(samples: *mut i16, count: c_int, _events: *mut c_void) -> c_int {
    let Ok(count) = usize::try_from(count) else { return 1 };
    if samples.is_null() || count == 0 {
        return 0;
    }
    // SAFETY: the library says that so many samples stand there until this returns.
    let samples = unsafe { std::slice::from_raw_parts(samples, count) };
    let Ok(mut made) = MADE.lock() else { return 1 };
    if made.0.len() + count > made.1 {
        return 1;
    }
    made.0.extend_from_slice(samples);
    0
}

/// The library, initialised.
pub(crate) struct Espeak {
    /// Samples a second.
    pub(crate) rate: u32,
    set_voice: SetVoice,
    synth: Synth,
    /// The last: what is above points into it.
    _library: Library,
}

impl Espeak {
    pub(crate) fn open() -> Result<Self, String> {
        let library = super::open(&["libespeak-ng.so.1"])?;
        let missing = |problem: libloading::Error| problem.to_string();
        // SAFETY: the types are those of speak_lib.h; the library lives as long as what is taken out of it.
        unsafe {
            let initialize: Initialize = *library.get(b"espeak_Initialize\0").map_err(missing)?;
            let set_callback: SetCallback = *library.get(b"espeak_SetSynthCallback\0").map_err(missing)?;
            let set_voice: SetVoice = *library.get(b"espeak_SetVoiceByName\0").map_err(missing)?;
            let synth: Synth = *library.get(b"espeak_Synth\0").map_err(missing)?;
            let rate = initialize(SYNCHRONOUS, 0, std::ptr::null(), DONT_EXIT);
            let rate = u32::try_from(rate).ok().filter(|rate| (8_000..=48_000).contains(rate));
            let rate = rate.ok_or("libespeak-ng does not start: is espeak-ng-data installed?")?;
            set_callback(takes);
            Ok(Self { rate, set_voice, synth, _library: library })
        }
    }

    /// The voice of that name from now on.
    pub(crate) fn voice(&mut self, name: &str) -> Result<(), String> {
        let wrong = || format!("libespeak-ng has no voice `{name}`");
        let text = CString::new(name).map_err(|_| wrong())?;
        // SAFETY: a string that ends, read before it returns.
        match unsafe { (self.set_voice)(text.as_ptr()) } {
            0 => Ok(()),
            _ => Err(wrong()),
        }
    }

    /// The sentence, at [`Self::rate`]; at most so many samples of it.
    pub(crate) fn speak(&mut self, text: &str, most: usize) -> Result<Vec<i16>, String> {
        let text = CString::new(text).map_err(|_| "a sentence with a NUL".to_owned())?;
        if let Ok(mut made) = MADE.lock() {
            *made = (Vec::new(), most);
        }
        let bytes = text.as_bytes_with_nul().len();
        // SAFETY: the text has so many bytes with its end, and is read before it returns; nothing is asked back by the
        // last two.
        let error = unsafe {
            (self.synth)(
                text.as_ptr().cast(),
                bytes,
                0,
                1,
                0,
                UTF8,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        };
        if error != 0 {
            return Err(format!("libespeak-ng does not speak: error {error}"));
        }
        let made = MADE.lock().map(|mut made| std::mem::take(&mut made.0));
        made.map_err(|_| "what libespeak-ng made is lost".to_owned())
    }
}
