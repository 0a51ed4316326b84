//! Which build of the program this is.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// SHA-256 of the program's file; nothing where it cannot be read, and then nothing of another run may be taken over.
pub(super) fn digest() -> Option<[u8; 32]> {
    static DIGEST: OnceLock<Option<[u8; 32]>> = OnceLock::new();
    *DIGEST.get_or_init(|| {
        let mut file = std::fs::File::open(std::env::current_exe().ok()?).ok()?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match std::io::Read::read(&mut file, &mut buffer).ok()? {
                0 => return Some(hash.finalize().into()),
                read => hash.update(&buffer[..read]),
            }
        }
    })
}
