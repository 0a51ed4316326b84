//! Ids as a project wants them compared.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::is_nfc;

use crate::spec::IdRules;

/// An id without blanks around it, after the rules. What differs from the id goes into `scratch`.
pub(crate) fn normalized<'c>(id: &'c str, rules: IdRules, scratch: &'c mut String) -> &'c str {
    let without_zeros = |id: &str| {
        let is_number = rules.without_zeros && id.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { id.bytes().take_while(|byte| *byte == b'0').count().min(id.len() - 1) } else { 0 }
    };
    let composed = !rules.nfc || is_nfc(id);
    let small = !rules.lower_case || !id.chars().any(char::is_uppercase);
    if composed && small {
        return &id[without_zeros(id)..];
    }
    scratch.clear();
    match rules.nfc {
        true => scratch.extend(id.nfc()),
        false => scratch.push_str(id),
    }
    if rules.lower_case {
        // Small letters may be composed in another way than the capitals were.
        let lower = scratch.to_lowercase();
        scratch.clear();
        match rules.nfc {
            true => scratch.extend(lower.nfc()),
            false => scratch.push_str(&lower),
        }
    }
    let zeros = without_zeros(scratch);
    &scratch[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_but_what_is_told() {
        let all = IdRules { nfc: true, lower_case: true, without_zeros: true };
        let (nfc, lower, zeros) = (
            IdRules { nfc: true, ..IdRules::default() },
            IdRules { lower_case: true, ..IdRules::default() },
            IdRules { without_zeros: true, ..IdRules::default() },
        );
        for (id, rules, expected) in [
            ("Cafe\u{301}-7", nfc, "Caf\u{e9}-7"),
            ("Cafe\u{301}-7", lower, "cafe\u{301}-7"),
            ("Cafe\u{301}-7", zeros, "Cafe\u{301}-7"),
            ("CAFE\u{301}-007", all, "caf\u{e9}-007"),
            ("00123", zeros, "123"),
            ("000", zeros, "0"),
            ("C00123", zeros, "C00123"),
            ("00123", nfc, "00123"),
            ("\u{130}x", all, "i\u{307}x"),
        ] {
            assert_eq!(normalized(id, rules, &mut String::new()), expected, "{id}");
        }
    }
}
