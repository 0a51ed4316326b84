//! A small HTTP server on this machine, which answers every request by a function of it.

#![allow(dead_code)] // each file of tests uses its own part

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// A request as it came in: `METHOD PATH`, the header `Authorization`, the body.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// How a server answers.
pub(crate) enum Reply {
    Json(u16, Value, Vec<(String, String)>),
    Text(u16, &'static str),
    /// Not at all: the connection is cut.
    Silence,
    /// Not at all, until the client goes.
    Hang,
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::Json(status, body, Vec::new())
    }

    pub(crate) fn text(status: u16, body: &'static str) -> Self {
        Self::Text(status, body)
    }
}

/// A server that lives as long as the test.
pub(crate) struct Server {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn answering(answer: impl Fn(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let Some(request) = read(&stream) else { continue };
                list.lock().expect("no panic before").push(request.clone());
                reply(stream, answer(&request));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic before").clone()
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let line = first.rsplit_once(' ')?.0.to_owned();
    let (mut authorization, mut length) = (None, 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => authorization = Some(value.to_owned()),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { line, authorization, body })
}

fn reply(mut stream: TcpStream, reply: Reply) {
    let (status, kind, headers, body) = match reply {
        Reply::Json(status, body, headers) => (status, "application/json", headers, body.to_string()),
        Reply::Text(status, body) => (status, "text/html", Vec::new(), body.to_owned()),
        Reply::Silence => return,
        Reply::Hang => {
            // In a thread, so that others are heard.
            std::thread::spawn(move || stream.read_to_end(&mut Vec::new()));
            return;
        }
    };
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n",
        body.len()
    );
    // A client that is gone needs no answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
