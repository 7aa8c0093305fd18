//! The connections of channels that are led: one task each, which knows nothing of what is said.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;

use super::server::Hub;

/// Asterisk's own patience with who leads callers.
const CONNECTED_WITHIN: Duration = Duration::from_secs(2);
const WRITTEN_WITHIN: Duration = Duration::from_secs(2);

/// Connects that session, and carries what is said until either side ends it.
pub(super) async fn carry(
    hub: Rc<RefCell<Hub>>,
    id: u64,
    to: SocketAddr,
    mut says: UnboundedReceiver<Bytes>,
) {
    let connected = tokio::time::timeout(CONNECTED_WITHIN, TcpStream::connect(to)).await;
    let Ok(Ok(mut socket)) = connected else {
        log::warn!("the built-in PBX reaches nobody on {to}: its dialplan goes on with a caller");
        return hub.borrow_mut().led(|exchange| exchange.agi_refused(id));
    };
    // an answer must not wait for the next one
    let _ = socket.set_nodelay(true);
    hub.borrow_mut().led(|exchange| exchange.agi_connected(id));
    let mut buffer = BytesMut::with_capacity(4 * 1024);
    loop {
        tokio::select! {
            said = says.recv() => {
                let Some(bytes) = said else { break };
                let written = tokio::time::timeout(WRITTEN_WITHIN, socket.write_all(&bytes)).await;
                if !matches!(written, Ok(Ok(()))) {
                    break;
                }
            }
            read = socket.read_buf(&mut buffer) => match read {
                Ok(0) | Err(_) => break,
                Ok(_) => {
                    let bytes = buffer.split();
                    hub.borrow_mut().led(|exchange| exchange.agi_heard(id, &bytes));
                }
            },
        }
    }
    hub.borrow_mut().led(|exchange| exchange.agi_closed(id));
}
