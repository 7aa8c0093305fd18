//! What this process has used, from /proc (Linux).

/// CPU seconds (user and system) of this process, or of `pid`.
pub(crate) fn cpu_seconds(pid: Option<u32>) -> f64 {
    let who = pid.map_or_else(|| "self".to_owned(), |p| p.to_string());
    let stat = std::fs::read_to_string(format!("/proc/{who}/stat")).unwrap_or_default();
    // fields 14 and 15, counted after the command's closing parenthesis; ticks of 10 ms
    let after = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u64 = after.split(' ').skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

/// Resident memory now and at its peak, bytes.
pub(crate) fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kb| kb.parse::<u64>().ok())
            .unwrap_or(0)
            * 1024
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// The processor's name and how many of them, for the line that says where a figure comes from.
pub(crate) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{count} x {model}")
}
