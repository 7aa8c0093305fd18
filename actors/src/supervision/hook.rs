//! The panic hook: one `error` line that says which actor, on which message, where, under which id.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use compact_str::{CompactString, format_compact};

use super::meta::{Place, current, leave_place};

static INSTALLED: Once = Once::new();
static ERROR_IDS: AtomicU64 = AtomicU64::new(1);

/// Installs the hook, once. A panic outside any actor is left to the hook that was there before.
pub(super) fn install() {
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !report(info) {
                before(info);
            }
        }));
    });
}

fn report(info: &PanicHookInfo<'_>) -> bool {
    let Some(meta) = current() else { return false };
    let error_id = ERROR_IDS.fetch_add(1, Relaxed);
    let location: CompactString =
        info.location().map_or_else(|| "unknown".into(), |l| format_compact!("{}:{}", l.file(), l.line()));
    let words = info
        .payload()
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| info.payload().downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    log::error!(
        "actor={} message={} panicked at {location}: {} error_id={error_id}",
        meta.name(),
        meta.message(),
        words.escape_debug(),
    );
    if log::log_enabled!(log::Level::Debug) {
        log::debug!("error_id={error_id} backtrace:\n{}", Backtrace::force_capture());
    }
    leave_place(Place { location, error_id });
    true
}
