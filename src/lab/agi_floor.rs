//! What the machine gives without Vigie: one thread of tokio that writes ten commands and reads an answer to each.

use std::net::TcpListener;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::agi::{COMMANDS, Stop};

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
                            // a session that breaks is counted by the client
                            tokio::spawn(async { drop(respond(stream).await) });
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

async fn respond(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let (mut read, mut line) = (BufReader::new(read), String::new());
    while read.read_line(&mut line).await? > 0 && line != "\n" {
        line.clear();
    }
    for n in 0..COMMANDS {
        let command: &[u8] = match n {
            0 => b"ANSWER\n",
            n if n < COMMANDS - 2 => b"STREAM FILE hello-world \"0123456789*#D\"\n",
            n if n < COMMANDS - 1 => b"SET VARIABLE VIGIE_DONE \"1\"\n",
            _ => b"HANGUP\n",
        };
        write.write_all(command).await?;
        line.clear();
        if read.read_line(&mut line).await? == 0 {
            return Ok(());
        }
    }
    Ok(())
}
