#![allow(clippy::unwrap_used, missing_docs)]
//! Whom the network speaks to: a server whose certificate the system's authorities vouch for, for its name and today, and nobody else. The
//! certificates are made by tests/reference/tls_certificates.sh; a process of its own takes their authority for that of the system.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crm::{Address, Authorization, Network, NoAnswer, Request, Secret, Transport};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls");
const CHILD: &str = "CRM_TLS_CHILD";

/// A server with this certificate; what reached it, once one call was made.
fn server(certificate: &str) -> (u16, std::thread::JoinHandle<Vec<u8>>) {
    let chain = vec![CertificateDer::from_pem_file(format!("{FOLDER}/{certificate}.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(format!("{FOLDER}/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        let mut seen = Vec::new();
        let mut buffer = [0; 4_096];
        while !seen.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
                _ => return seen,
            }
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        stream.conn.send_close_notify();
        let _ = stream.flush();
        seen
    });
    (port, serving)
}

fn ask(certificate: &str) -> (Result<u16, NoAnswer>, Vec<u8>) {
    let (port, serving) = server(certificate);
    let secret = Authorization::bearer(Secret::new("canary").unwrap());
    let address = Address::parse(&format!("https://localhost:{port}")).unwrap();
    let answer = Network::new(address, Some(secret), Duration::from_secs(20)).send(&Request::get("x"));
    (answer.map(|answer| answer.status), serving.join().unwrap())
}

/// What is tried by the process that trusts the authority; nothing where it is not that one.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let (answer, seen) = ask("good");
    assert_eq!(answer, Ok(200));
    assert!(String::from_utf8(seen).unwrap().to_ascii_lowercase().contains("authorization: bearer canary"));
    for bad in ["expired", "early", "host", "unknown", "own"] {
        let (answer, seen) = ask(bad);
        assert!(matches!(&answer, Err(NoAnswer::NotSent(why)) if why.contains("certificate")), "{bad}: {answer:?}");
        assert!(seen.is_empty(), "{bad}: the token has not left");
    }
}

#[test]
fn only_a_server_that_the_systems_authorities_vouch_for_is_told_anything() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", format!("{FOLDER}/authority.pem"))
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let said = [child.stdout, child.stderr].concat();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&said));
    // Without that, the system's own authorities do not know it.
    let (answer, seen) = ask("good");
    assert!(matches!(answer, Err(NoAnswer::NotSent(_))) && seen.is_empty());
}
