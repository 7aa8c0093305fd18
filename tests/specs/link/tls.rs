//! AMI over TLS: who is trusted, and for which name.

use std::sync::Arc;
use std::time::Duration;

use actors::view::LinkPhase;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use vigie::config::PbxConfig;

use crate::support::ami::Ami;
use crate::support::link::{LinkUnderTest, config};

const SOON: Duration = Duration::from_secs(5);

/// An AMI server with a certificate for `name`, signed by an authority of its own; and that authority
/// as a PEM file.
fn pbx_with_certificate(name: &str) -> (Ami, tempfile::NamedTempFile) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority_certificate.pem()).unwrap();
    (Ami::start_with(Some(Arc::new(server))), file)
}

fn over_tls(pbx: &Ami, authority: Option<&tempfile::NamedTempFile>) -> PbxConfig {
    PbxConfig { tls: true, tls_ca: authority.map(|f| f.path().to_owned()), ..config(pbx.port) }
}

#[actix_web::test]
async fn s07_a_pbx_with_a_certificate_of_its_authority_is_linked_over_tls() {
    let (pbx, authority) = pbx_with_certificate("localhost");
    let mut link = LinkUnderTest::start(&over_tls(&pbx, Some(&authority)));
    link.until("live", SOON, |l| l.phase() == LinkPhase::Live).await;
    assert!(!link.pbx().plain_text);
    pbx.close();
    link.until("down", SOON, |l| l.phase() == LinkPhase::Down).await;
    link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
}

#[actix_web::test]
async fn s07_a_certificate_of_a_stranger_or_for_another_name_is_refused_before_the_login() {
    let (pbx, authority) = pbx_with_certificate("pbx.example");
    let (_other_pbx, other) = pbx_with_certificate("localhost");
    for (name, file, words) in [
        ("localhost", Some(&authority), "not valid for name"),
        ("pbx.example", Some(&other), "invalid peer certificate"),
        ("pbx.example", None, "invalid peer certificate"),
    ] {
        let mut link = LinkUnderTest::start(&PbxConfig { tls_name: name.into(), ..over_tls(&pbx, file) });
        link.until("refused", SOON, |l| l.phase() == LinkPhase::Refused).await;
        let problem = link.pbx().problem;
        assert!(problem.contains(words), "{name}: {problem}");
        assert!(pbx.texts().is_empty(), "nothing was sent to it");
    }
    let right = PbxConfig { tls_name: "pbx.example".into(), ..over_tls(&pbx, Some(&authority)) };
    let mut link = LinkUnderTest::start(&right);
    link.until("live", SOON, |l| l.phase() == LinkPhase::Live).await;
}

#[actix_web::test]
async fn s07_an_allowed_plain_link_says_so_for_ever() {
    let pbx = Ami::start();
    let mut link = LinkUnderTest::start(&PbxConfig { plain_text: true, ..config(pbx.port) });
    link.until("live", SOON, |l| l.phase() == LinkPhase::Live).await;
    assert!(link.pbx().plain_text);
    assert_eq!(link.alarms("plain_text").len(), 1);
}
