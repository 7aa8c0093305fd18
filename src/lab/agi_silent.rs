//! What clients cost that connect and say nothing: the port closes each after a while, and each comes again at once.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::agi::{Side, asked, client, listener};
use crate::{agi_port, usage};

/// Sessions beside them.
const AT_ONCE: usize = 100;
/// Shorter than the port bears who says nothing.
const LOOKS: Duration = Duration::from_secs(3);

/// The same sessions with and without them.
#[derive(Serialize)]
pub(crate) struct Silent {
    clients: usize,
    /// Resident memory of each.
    bytes_each: f64,
    /// CPU while nobody says anything, in thousandths of one processor; without them too.
    idle_cpu_thousandths: f64,
    alone_idle_cpu_thousandths: f64,
    beside: Side,
    alone: Side,
}

impl Silent {
    pub(crate) fn lost(&self) -> u64 {
        self.beside.asked.lost + self.alone.asked.lost
    }
}

pub(crate) fn measure(clients: usize, total: usize) -> Result<Silent, String> {
    let (alone, alone_idle, _) = beside(0, total)?;
    let (with, idle, bytes) = beside(clients, total)?;
    Ok(Silent {
        clients,
        bytes_each: bytes / clients.max(1) as f64,
        idle_cpu_thousandths: idle,
        alone_idle_cpu_thousandths: alone_idle,
        beside: with,
        alone,
    })
}

fn beside(clients: usize, total: usize) -> Result<(Side, f64, f64), String> {
    let (listener, port) = listener()?;
    let stop = agi_port::serve(listener, None)?;
    let before = usage::memory().0;
    let mut client = client(port, AT_ONCE, total, Some(clients))?;
    client.expect("silent")?;
    // those that were accepted last are still being greeted
    std::thread::sleep(Duration::from_millis(200));
    let bytes = usage::memory().0.saturating_sub(before) as f64;
    let cpu = usage::cpu_seconds(None);
    std::thread::sleep(LOOKS);
    let idle = (usage::cpu_seconds(None) - cpu) / LOOKS.as_secs_f64() * 1e3;
    client.tell("go")?;
    let side = asked(&mut client, || Ok(()));
    stop();
    Ok((side?, idle, bytes))
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} clients say nothing: {:.0} bytes each, {:.0} thousandths of a processor while nobody says anything \
             (without them {:.0}); beside them {AT_ONCE} sessions at once use {:.1} µs of CPU a command, p99 {} µs \
             (without them {:.1}, {})",
            self.clients,
            self.bytes_each,
            self.idle_cpu_thousandths,
            self.alone_idle_cpu_thousandths,
            self.beside.cpu_us_per_command,
            self.beside.asked.p99_us,
            self.alone.cpu_us_per_command,
            self.alone.asked.p99_us,
        )
    }
}
