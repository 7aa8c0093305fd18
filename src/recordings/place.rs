//! Where recordings lie, and that an open one lies there.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Days of one call that are looked at.
const MOST_DAYS: usize = 10;

/// The folder itself, and those of the days of the call in the ways in which PBXs name them. In which zone the
/// PBX counts its days is not known: a day before and one after are looked at as well.
pub(super) fn of_days(folder: &Path, started: f64, ended: f64) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let (Some(from), Some(to)) = (day(started), day(ended)) else { return all };
    let Ok(mut at) = from.checked_sub(1.day()) else { return all };
    for _ in 0..MOST_DAYS {
        for form in ["%Y/%m/%d", "%Y-%m-%d", "%Y%m%d"] {
            all.push(folder.join(at.strftime(form).to_string()));
        }
        let Ok(next) = at.tomorrow() else { break };
        if at > to {
            break;
        }
        at = next;
    }
    all
}

/// Whether a folder of that name, below such folders, is one of a day, or one in which those of days lie: the ways
/// in which [`of_days`] looks for them.
pub(super) fn is_of_days(above: &[String], name: &str) -> bool {
    let digits = |lengths: &[usize]| {
        let parts: Vec<&str> = name.split('-').collect();
        parts.len() == lengths.len()
            && parts
                .iter()
                .zip(lengths)
                .all(|(part, length)| part.len() == *length && part.bytes().all(|b| b.is_ascii_digit()))
    };
    match above {
        [] => digits(&[4]) || digits(&[8]) || digits(&[4, 2, 2]),
        [year] | [year, _] => year.len() == 4 && digits(&[2]),
        _ => false,
    }
}

#[allow(clippy::cast_possible_truncation)] // whole seconds of a date
fn day(seconds: f64) -> Option<Date> {
    let at = Timestamp::from_second(seconds as i64).ok()?;
    Some(at.to_zoned(TimeZone::UTC).date())
}

/// Opens a file and looks where it really lies: whatever was put into its way meanwhile, what is not a file within
/// the folder is not given.
pub(super) fn open_within(folder: &Path, path: &Path) -> io::Result<File> {
    // before it is opened: a pipe would wait for its writer
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = File::open(path)?;
    let lies = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    if file.metadata()?.is_file() && lies.starts_with(std::fs::canonicalize(folder)?) {
        Ok(file)
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}
