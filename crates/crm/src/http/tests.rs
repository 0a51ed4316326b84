#![allow(clippy::unwrap_used)]
//! The network itself, against a server that does not keep to the rules.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use super::*;
use crate::target::Failure;

/// Answers each connection with the next of these bytes and closes it; returns the address and what it was asked.
pub(crate) fn server(answers: Vec<Vec<u8>>) -> (Address, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let handle = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let read = stream.read(&mut buffer).unwrap_or(0);
                request.extend_from_slice(&buffer[..read]);
                let text = String::from_utf8_lossy(&request).to_lowercase();
                let body = text.split("\r\n\r\n").nth(1).map(str::len);
                let length =
                    text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
                if read == 0 || body.is_some_and(|body| body >= length.unwrap_or(0)) {
                    break;
                }
            }
            asked.push(String::from_utf8_lossy(&request).into_owned());
            if answer == b"HANG" {
                // Until the client goes away.
                let _ = stream.set_read_timeout(None).and_then(|()| stream.read(&mut buffer));
            } else {
                let _ = stream.write_all(&answer);
            }
        }
        asked
    });
    (address, handle)
}

fn network(address: Address, timeout: Duration) -> Network {
    let authorization = Authorization::bearer(Secret::new("canary-token").unwrap());
    Network::new(address, Some(authorization), timeout)
}

const PATIENT: Duration = Duration::from_secs(60);

fn send(answer: &str) -> Result<Response, NoAnswer> {
    // The server is left alone: a client that lost its patience early may never have come.
    let (address, _) = server(vec![answer.as_bytes().to_vec()]);
    let timeout = if answer == "HANG" { Duration::from_millis(250) } else { PATIENT };
    network(address, timeout).send(&Request::json(Method::Post, "x", &serde_json::json!({"a": 1})))
}

#[test]
fn an_answer_that_breaks_off_leaves_unclear_what_was_done() {
    for answer in [
        "",
        "HANG",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a",
        "HTTP/1.1 200",
        "no HTTP at all\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    ] {
        let response = send(answer);
        assert!(matches!(response, Err(NoAnswer::Unclear(_))), "{answer:?}: {response:?}");
    }
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let long = [b"HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n".to_vec(), vec![b' '; 40_000_000]].concat();
    let (address, handle) = server(vec![long]);
    let patient = Network::new(address, None, PATIENT).send(&Request::get("x"));
    assert!(matches!(patient, Err(NoAnswer::Unclear(_))));
    handle.join().unwrap();
}

#[test]
fn nobody_there_is_certainly_nothing_done() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = Address::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    assert_eq!(
        network(address, PATIENT).send(&Request::get("x")),
        Err(NoAnswer::NotSent("connection refused".to_owned()))
    );
}

#[test]
fn a_redirect_is_not_followed_and_its_host_never_sees_the_token() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = elsewhere.local_addr().unwrap();
        let answer = format!("HTTP/1.1 {status}\r\nLocation: http://{location}/x\r\nContent-Length: 0\r\n\r\n");
        let response = send(&answer).unwrap();
        assert!(matches!(response.failure(0), Some(Failure::Stop { .. })), "{status}");
        assert!(elsewhere.accept().is_err(), "somebody came");
    }
}

#[test]
fn the_token_is_sent_and_a_new_one_after_it_was_renewed() {
    let unauthorised = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    let (address, handle) = server(vec![unauthorised, b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()]);
    let mut network = network(address, PATIENT).renewing(Box::new(|| Secret::new("fresh").ok()));
    let first = network.send(&Request::get("a%20b?c=d")).unwrap();
    assert!(matches!(first.failure(0), Some(Failure::Credentials { .. })));
    assert!(network.renew_credentials());
    assert_eq!(network.send(&Request::get("x")).unwrap().status, 204);
    let asked = handle.join().unwrap();
    assert!(asked[0].starts_with("GET /a%20b?c=d HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("Bearer canary-token\r\n") && asked[1].contains("Bearer fresh\r\n"));
    assert!(!format!("{network:?}").contains("fresh"));
}
