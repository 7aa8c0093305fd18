//! A request to a server: bounded in time and in what is read, and never led elsewhere.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actors::ivr::{HttpAnswer, HttpAsk, Method};
use awc::http::Uri;
use awc::{Client, Connector};
use rustls::{ClientConfig, RootCertStore};

use super::Hosts;

/// Bytes of an answer.
pub const LONGEST_ANSWER: usize = 64 * 1024;

/// Longer than anybody may wait.
const LONGER: Duration = Duration::from_secs(60);

/// What it answers, whatever its status is. It is not followed when it says that it moved.
///
/// # Errors
/// Why there is no answer, in words that name no value.
pub async fn ask_server(hosts: &Hosts, ask: HttpAsk) -> Result<HttpAnswer, String> {
    let within = Duration::from_millis(ask.timeout_ms.into());
    let answer = tokio::time::timeout(within, asked(hosts, ask)).await;
    answer.unwrap_or_else(|_| Err(format!("no answer within {} ms", within.as_millis())))
}

async fn asked(hosts: &Hosts, ask: HttpAsk) -> Result<HttpAnswer, String> {
    let uri: Uri = ask.url.parse().map_err(|_| "the address is none".to_owned())?;
    let secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err("only http and https are asked".into()),
    };
    let host = uri.host().ok_or("the address has no host")?.to_owned();
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let address = hosts.address(&host, port).await?;
    let method = match ask.method {
        Method::Get => awc::http::Method::GET,
        Method::Post => awc::http::Method::POST,
        Method::Put => awc::http::Method::PUT,
        Method::Patch => awc::http::Method::PATCH,
        Method::Delete => awc::http::Method::DELETE,
    };
    // a connection of its own: none that another name has led to
    let client = client()?;
    let mut request = client.request(method, uri).address(address).force_close();
    for (name, value) in &ask.headers {
        request = request.insert_header((name.as_str(), value.as_str()));
    }
    let sent = match ask.body {
        Some(body) => request.insert_header(("content-type", "application/json")).send_body(body),
        None => request.send(),
    };
    let mut answer = sent.await.map_err(|problem| format!("{host}: {problem}"))?;
    let body = answer.body().limit(LONGEST_ANSWER).await;
    let body = body.map_err(|problem| format!("{host}: its answer cannot be read: {problem}"))?;
    // the client takes what broke off for the whole
    let said = answer.headers().get("content-length").and_then(|said| said.to_str().ok()?.parse().ok());
    if said.is_some_and(|said: usize| said != body.len()) {
        return Err(format!("{host}: its answer broke off"));
    }
    Ok(HttpAnswer { status: answer.status().as_u16(), body: body.to_vec() })
}

/// Its own times are longer than that of the whole, which alone counts.
fn client() -> Result<Client, String> {
    let connector = Connector::new().rustls_0_23(tls()?).timeout(LONGER).handshake_timeout(LONGER).limit(1);
    let builder = Client::builder().connector(connector).disable_redirects().timeout(LONGER);
    Ok(builder.add_default_header(("accept", "application/json")).finish())
}

/// With the system's authorities, read once.
pub(crate) fn tls() -> Result<Arc<ClientConfig>, String> {
    static TLS: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    let read = || {
        let mut roots = RootCertStore::empty();
        for certificate in rustls_native_certs::load_native_certs().certs {
            // one odd certificate of the system must not keep us from the others
            let _ = roots.add(certificate);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|problem| format!("TLS: {problem}"))?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    };
    TLS.get_or_init(read).clone()
}
