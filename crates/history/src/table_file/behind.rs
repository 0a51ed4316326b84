//! A file whose rows go to the disk while more of them are made, so that the sync at the end has little left to do.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// Bytes after which the disk is asked to take what there is.
const BYTES_BETWEEN_SYNCS: usize = 1 << 24;

/// A file with a thread beside it that syncs.
#[derive(Debug)]
pub(super) struct SyncedBehind {
    file: File,
    since: usize,
    /// None until so much is written that a thread pays.
    thread: Option<(Sender<()>, JoinHandle<io::Result<()>>)>,
}

impl SyncedBehind {
    pub(super) fn new(file: File) -> Self {
        Self { file, since: 0, thread: None }
    }

    /// Waits for the thread. What the disk refused in its hands is told here: the system tells it once, so that a sync
    /// that follows would not hear of it.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some((sender, thread)) = self.thread else { return Ok(()) };
        drop(sender);
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    fn ask(&mut self) -> io::Result<()> {
        if self.thread.is_none() {
            let (sender, receiver) = channel();
            let file = self.file.try_clone()?;
            let thread = std::thread::Builder::new().name("sync".to_owned()).spawn(move || sync(&file, &receiver))?;
            self.thread = Some((sender, thread));
        }
        // A thread that has met an error takes no more; it tells at the end.
        if let Some((sender, _)) = &self.thread {
            let _ = sender.send(());
        }
        Ok(())
    }
}

/// Syncs once for all that is asked in the meantime, until nobody can ask any more.
fn sync(file: &File, asked: &Receiver<()>) -> io::Result<()> {
    while asked.recv().is_ok() {
        while asked.try_recv().is_ok() {}
        file.sync_data()?;
    }
    Ok(())
}

impl Write for SyncedBehind {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.since += written;
        if self.since >= BYTES_BETWEEN_SYNCS {
            self.since = 0;
            self.ask()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn all_that_is_written_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        let mut file = SyncedBehind::new(File::create(&path).unwrap());
        let block: Vec<u8> = (0..BYTES_BETWEEN_SYNCS / 3).map(|at| at as u8).collect();
        for _ in 0..10 {
            file.write_all(&block).unwrap();
        }
        assert!(file.thread.is_some());
        file.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), block.repeat(10));
    }

    #[cfg(unix)]
    #[test]
    fn what_the_disk_refuses_is_told_at_the_end() {
        // A pipe cannot be synced; it stands for a disk that fails.
        let (mut reader, writer) = io::pipe().unwrap();
        let drain = std::thread::spawn(move || io::copy(&mut reader, &mut io::sink()).unwrap());
        let mut file = SyncedBehind::new(File::from(std::os::fd::OwnedFd::from(writer)));
        file.write_all(&vec![0; BYTES_BETWEEN_SYNCS]).unwrap();
        file.write_all(&vec![0; BYTES_BETWEEN_SYNCS]).unwrap();
        file.finish().unwrap_err();
        assert_eq!(drain.join().unwrap(), 2 * BYTES_BETWEEN_SYNCS as u64);
    }
}
