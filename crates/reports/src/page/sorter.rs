//! The script that sorts tables by a column. It runs only by its hash, so that no other script can.

use sha2::{Digest, Sha256};

/// The whole script.
pub(super) const SCRIPT: &str = include_str!("sorter.js");

/// What the policy of the page calls it: CSP Level 3, "hash-source".
pub(super) fn hash() -> String {
    format!("sha256-{}", base64(&Sha256::digest(SCRIPT.as_bytes())))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4_u32 {
            let digit = DIGITS[(word >> (18 - 6 * i) & 63) as usize];
            text.push(if i as usize <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn the_script_cannot_end_its_element_early_and_loads_nothing() {
        for word in ["</", "<!--", "http", "import", "fetch", "eval", "innerHTML"] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }
}
