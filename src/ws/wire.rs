//! A second handle on a connection's socket, for closing it when its owner cannot.

use std::any::Any;
use std::net::Shutdown;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};

/// See the module. It lives in the connection's own data, others hold it weakly, so that it never
/// keeps a closed connection open.
#[derive(Debug)]
pub struct Wire(Socket);

impl Wire {
    /// From what actix-web shows of a new connection; bounds its send buffer on the way.
    pub fn of(connection: &dyn Any, send_buffer: usize) -> Option<Self> {
        let stream = SockRef::from(connection.downcast_ref::<TcpStream>()?);
        if let Err(problem) = stream.set_send_buffer_size(send_buffer) {
            log::warn!("could not bound the send buffer of a connection: {problem}");
        }
        match stream.try_clone() {
            Ok(socket) => Some(Self(socket)),
            Err(problem) => {
                log::warn!("no second handle on a connection, it cannot be shut from outside: {problem}");
                None
            }
        }
    }

    /// Ends the connection now: what was not read is thrown away and the peer sees a reset.
    pub(super) fn abort(&self) {
        // the peer may be gone already: then there is nothing left to do
        let _ = self.0.set_linger(Some(Duration::ZERO));
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
