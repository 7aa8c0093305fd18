//! What the machine gives without Vigie: one thread of tokio, a task for each stream, which reads what comes and every 20 ms
//! writes back what came last.

use std::net::TcpListener;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::agi::Stop;
use crate::voice_client::{FRAME_BYTES, SILENCE, TICK};

/// The UUID's frame.
const FIRST: usize = 19;
/// A clock that is so late begins anew, as Vigie's.
const TOO_LATE: Duration = Duration::from_millis(60);

/// Serves on that listener.
pub(crate) fn serve(listener: TcpListener) -> Result<Stop, String> {
    listener.set_nonblocking(true).map_err(|e| format!("listener: {e}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("runtime: {e}"))?;
    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            loop {
                tokio::select! {
                    _ = &mut stopped => return,
                    accepted = listener.accept() => {
                        if let Ok((stream, _)) = accepted {
                            // the client counts
                            tokio::spawn(async { drop(echo(stream).await) });
                        }
                    }
                }
            }
        });
    });
    Ok(Box::new(move || {
        let _ = stop.send(());
        let _ = thread.join();
    }))
}

async fn echo(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut heard: Vec<u8> = Vec::with_capacity(4_096);
    while heard.len() < FIRST {
        stream.readable().await?;
        read(&stream, &mut heard)?;
    }
    heard.drain(..FIRST);
    let mut last = SILENCE;
    let mut due = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = sleep_until(due) => {
                if stream.try_write(&last)? != FRAME_BYTES {
                    return Err(std::io::ErrorKind::WriteZero.into());
                }
                due += TICK;
                let now = Instant::now();
                if now > due + TOO_LATE {
                    due = now;
                }
            }
            ready = stream.readable() => {
                ready?;
                read(&stream, &mut heard)?;
                while let Some(frame) = heard.first_chunk::<FRAME_BYTES>() {
                    last = *frame;
                    heard.drain(..FRAME_BYTES);
                }
            }
        }
    }
}

fn read(stream: &TcpStream, heard: &mut Vec<u8>) -> std::io::Result<()> {
    match stream.try_read_buf(heard) {
        Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(()),
        Err(problem) if problem.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
        Err(problem) => Err(problem),
    }
}
