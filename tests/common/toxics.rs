//! A proxy before a server, which spoils some of the connections: the toxics of Toxiproxy, by seed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toxic {
    /// The answer comes late, perhaps too late.
    Latency,
    /// Nobody answers.
    Down,
    /// The answer drips.
    Bandwidth,
    /// The connection stays open after the answer.
    SlowClose,
    /// The request arrives, the answer never does.
    Timeout,
    /// The connection is reset before the request was read.
    ResetPeer,
    /// The answer comes in small pieces.
    Slicer,
    /// The answer is cut.
    LimitData,
}

/// All of them.
pub(crate) const TOXICS: [Toxic; 8] = [
    Toxic::Latency,
    Toxic::Down,
    Toxic::Bandwidth,
    Toxic::SlowClose,
    Toxic::Timeout,
    Toxic::ResetPeer,
    Toxic::Slicer,
    Toxic::LimitData,
];

/// Starts a proxy; four in ten connections get the toxic. Returns its address.
pub(crate) fn proxy(server: &str, toxic: Toxic, seed: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let server = server.to_owned();
    let mut random = 88_172_645_463_325_252 ^ (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(client) = stream else { return };
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let toxic = (random % 10 < 4).then_some(toxic);
            let (server, drawn) = (server.clone(), random >> 8);
            // Whatever becomes of it, the client has to cope.
            std::thread::spawn(move || drop(through(client, &server, toxic, drawn)));
        }
    });
    address
}

fn through(mut client: TcpStream, server: &str, toxic: Option<Toxic>, drawn: u64) -> std::io::Result<()> {
    match toxic {
        Some(Toxic::Down) => return Ok(()),
        // What was not read when a socket is closed makes the system send a reset.
        Some(Toxic::ResetPeer) => {
            client.peek(&mut [0; 1])?;
            return Ok(());
        }
        _ => {}
    }
    let mut upstream = TcpStream::connect(server)?;
    let (mut from, mut to) = (client.try_clone()?, upstream.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let pieces = |size: usize| answer.chunks(size.max(1));
    match toxic {
        Some(Toxic::Latency) => {
            std::thread::sleep(Duration::from_millis(drawn % 1_500));
            client.write_all(&answer)?;
        }
        Some(Toxic::Timeout) => std::thread::sleep(Duration::from_millis(1_500)),
        Some(Toxic::Bandwidth) => {
            for piece in pieces(answer.len() / 10) {
                client.write_all(piece)?;
                std::thread::sleep(Duration::from_millis(drawn % 200));
            }
        }
        Some(Toxic::Slicer) => {
            for piece in pieces(1 + (drawn % 40) as usize) {
                client.write_all(piece)?;
                std::thread::sleep(Duration::from_micros(drawn % 300));
            }
        }
        Some(Toxic::LimitData) => client.write_all(&answer[..(drawn as usize) % (answer.len() + 1)])?,
        Some(Toxic::SlowClose) => {
            client.write_all(&answer)?;
            std::thread::sleep(Duration::from_millis(1_500));
        }
        _ => client.write_all(&answer)?,
    }
    client.shutdown(Shutdown::Both)
}
