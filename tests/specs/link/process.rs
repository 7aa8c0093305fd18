//! What the shipped binary does with its settings: refuses, and tells nobody a secret.

use std::time::{Duration, Instant};

use crate::support::server::{Server, vigie};

/// `vigie serve` in an empty folder, for settings that must be refused: what it said.
fn refused(settings: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = vigie()
        .arg("serve")
        .current_dir(folder.path())
        .env_clear()
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{said}");
    said
}

#[test]
fn s07_a_start_with_the_secret_in_clear_over_the_network_is_refused_with_words() {
    let account = [("AMI_HOST", "192.0.2.7"), ("AMI_USERNAME", "vigie"), ("AMI_SECRET", "canary-7781")];
    let said = refused(&account);
    assert!(said.contains("over plain TCP") && said.contains("VIGIE_ALLOW_PLAIN_AMI=1"), "{said}");
    assert!(!said.contains("canary-7781"), "s51: {said}");
}

#[test]
fn s07_an_authority_that_cannot_be_read_is_named_at_the_start() {
    let said = refused(&[
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "s"),
        ("AMI_TLS_CA", "nowhere.pem"),
        ("HTTP_ADDR", "127.0.0.1:0"),
    ]);
    assert!(said.contains("tls_ca") && said.contains("nowhere.pem"), "{said}");
}

#[test]
fn s51_the_secret_is_in_no_log_answer_or_metric() {
    let pbx = vigie::pbx::start(vigie::pbx::Settings::scripted()).unwrap();
    let port = pbx.address().port().to_string();
    let server = Server::start(
        &[
            ("AMI_HOST", "127.0.0.1"),
            ("AMI_PORT", &port),
            ("AMI_USERNAME", "vigie"),
            ("AMI_SECRET", "canary-7782"),
            ("RUST_LOG", "trace"),
        ],
        &[],
    );
    let end = Instant::now() + Duration::from_secs(10);
    let mut said = String::new();
    while !said.contains("\"refused\"") {
        assert!(Instant::now() < end, "never refused: {said}");
        said = server.get("/api/board").1.to_string();
        std::thread::sleep(Duration::from_millis(50));
    }
    said += &server.log();
    said += &server.get("/api/ready").1.to_string();
    assert!(said.contains("wrong username or secret"), "{said}");
    assert!(!said.contains("canary-7782"), "the secret is told somewhere");
}
