//! Opening a connection: TCP with `TCP_NODELAY`, and TLS where the configuration asks for it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::PbxConfig;

/// A connection to a PBX.
#[derive(Debug)]
pub(super) enum Socket {
    /// Plain TCP.
    Plain(TcpStream),
    /// TLS over it.
    Tls(Box<TlsStream<TcpStream>>),
}

/// TLS as the configuration wants it: the system's authorities or those of `tls_ca`.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Reads the authorities. `Ok(None)` when that PBX uses plain TCP.
    pub(super) fn new(config: &PbxConfig) -> Result<Option<Self>, String> {
        if !config.tls {
            return Ok(None);
        }
        let name = ServerName::try_from(config.tls_name.clone())
            .map_err(|_| format!("tls_name: `{}`, expected a host name or an address", config.tls_name))?;
        let mut roots = rustls::RootCertStore::empty();
        if let Some(path) = &config.tls_ca {
            let at = |e: &dyn std::fmt::Display| {
                format!("tls_ca: {}: {e}, expected a PEM file of certificates", path.display())
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|e| at(&e))? {
                roots.add(certificate.map_err(|e| at(&e))?).map_err(|e| at(&e))?;
            }
            if roots.is_empty() {
                return Err(at(&"no certificate in it"));
            }
        } else {
            for certificate in rustls_native_certs::load_native_certs().certs {
                // One odd certificate of the system must not keep us from the others.
                let _ = roots.add(certificate);
            }
            if roots.is_empty() {
                return Err(
                    "the system has no certificate authorities: install ca-certificates or set tls_ca"
                        .to_owned(),
                );
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| format!("TLS: {e}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some(Self { connector: TlsConnector::from(Arc::new(client)), name }))
    }
}

/// Whether a link of that configuration can be made at all: what TLS needs is there.
///
/// # Errors
/// Words for the administrator.
pub fn check(config: &PbxConfig) -> Result<(), String> {
    Tls::new(config).map(|_| ())
}

/// Opens TCP.
pub(super) async fn open_tcp(host: String, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Speaks TLS on it, checking the server's certificate and name.
pub(super) async fn open_tls(tls: Tls, stream: TcpStream) -> io::Result<Socket> {
    let stream = tls.connector.connect(tls.name, stream).await?;
    Ok(Socket::Tls(Box::new(stream)))
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_read(cx, buf),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_write(cx, buf),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_flush(cx),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_shutdown(cx),
        }
    }
}
