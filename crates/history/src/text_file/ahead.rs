//! Unpacking and decoding in a thread of their own, some buffers ahead of the one who takes rows apart.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{BUFFER, Content, Watch};
use crate::error::ReadError;

/// Buffers that are filled and not read yet, at most.
const BUFFERS: usize = 4;

/// What comes from the thread, in order.
enum Message {
    Bytes(Vec<u8>),
    End(Option<Content>),
    Failed(Option<ReadError>, io::Error),
}

/// Bytes that another thread reads. Why that one stopped is known here only when all bytes before were read: what is found
/// in a file does not depend on how far ahead the thread was.
pub(super) struct Ahead {
    messages: Receiver<Message>,
    /// Buffers that are read, to be filled again.
    empty: SyncSender<Vec<u8>>,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    watch: Watch,
}

impl Ahead {
    /// Reads `inner` in a thread; `inner` and nothing else tells `told` why it stops. Where there is no thread to be had,
    /// `inner` comes back.
    pub(super) fn new(
        inner: Box<dyn BufRead + Send>,
        told: Watch,
        watch: Watch,
    ) -> Result<Self, Box<dyn BufRead + Send>> {
        let (to_reader, messages) = sync_channel(BUFFERS);
        let (empty, refill) = sync_channel(BUFFERS + 1);
        // The closure is lost where the thread cannot be made, so what it reads is handed over afterwards.
        let (hand_over, handed) = sync_channel::<Box<dyn BufRead + Send>>(1);
        let work = move || {
            if let Ok(inner) = handed.recv() {
                read_on(inner, &told, &to_reader, &refill);
            }
        };
        match thread::Builder::new().name("unpack".to_owned()).spawn(work) {
            Ok(_) => {
                hand_over.send(inner).map_err(|unsent| unsent.0)?;
                Ok(Self { messages, empty, buffer: Vec::new(), at: 0, ended: false, watch })
            }
            Err(_) => Err(inner),
        }
    }
}

/// Sends everything that `inner` gives, until it ends or nobody wants more.
fn read_on(
    mut inner: Box<dyn BufRead + Send>,
    told: &Watch,
    to_reader: &SyncSender<Message>,
    refill: &Receiver<Vec<u8>>,
) {
    loop {
        let mut buffer = refill.try_recv().unwrap_or_default();
        buffer.resize(BUFFER, 0);
        let message = match inner.read(&mut buffer) {
            Ok(0) => Message::End(told.content()),
            Ok(n) => {
                buffer.truncate(n);
                Message::Bytes(buffer)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Message::Failed(told.stopped(), error),
        };
        let last = !matches!(message, Message::Bytes(_));
        if to_reader.send(message).is_err() || last {
            return;
        }
    }
}

impl BufRead for Ahead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.buffer.len() && !self.ended {
            match self.messages.recv() {
                Ok(Message::Bytes(bytes)) => {
                    let read = std::mem::replace(&mut self.buffer, bytes);
                    self.at = 0;
                    // Nobody needs it any more where the thread is done.
                    let _ = self.empty.try_send(read);
                }
                Ok(Message::End(content)) => {
                    self.ended = true;
                    if let Some(content) = content {
                        self.watch.read_whole(content);
                    }
                }
                Ok(Message::Failed(Some(error), _)) => return Err(self.watch.stop(|_| error)),
                Ok(Message::Failed(None, error)) => return Err(error),
                Err(_) => return Err(io::Error::other("the thread that unpacks the file ended early")),
            }
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.buffer.len());
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let n = bytes.len().min(buffer.len());
        buffer[..n].copy_from_slice(&bytes[..n]);
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::BufReader;
    use std::path::Path;

    use super::*;

    fn ahead(inner: impl Read + Send + 'static) -> Ahead {
        let watch = Watch::new(Path::new("a"));
        let inner = Box::new(BufReader::new(inner));
        Ahead::new(inner, Watch::new(Path::new("a")), watch).unwrap_or_else(|_| panic!("no thread"))
    }

    #[test]
    fn bytes_come_in_order_and_the_thread_ends_with_its_reader() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        let mut found = Vec::new();
        ahead(io::Cursor::new(bytes.clone())).read_to_end(&mut found).unwrap();
        assert!(found == bytes);
        let mut endless = ahead(io::repeat(7));
        let mut some = [0; 10];
        endless.read_exact(&mut some).unwrap();
        drop(endless);
        assert_eq!(some, [7; 10]);
    }

    #[test]
    fn an_error_comes_behind_the_bytes_before_it() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("no more"))
            }
        }
        let mut reader = ahead(io::Cursor::new(vec![1; 600_000]).chain(Failing));
        let mut found = Vec::new();
        assert!(reader.read_to_end(&mut found).unwrap_err().to_string().contains("no more"));
        assert_eq!(found.len(), 600_000);
    }
}
