#![allow(clippy::unwrap_used)]

use super::*;
use crate::fingerprint::Print;
use crate::sync::tests::memory::{folder, mapping, version};

fn print(n: i64) -> Print {
    Print { exact: 7, numbers: vec![n] }
}

#[test]
fn a_record_is_in_doubt_from_sending_to_the_acknowledgement() {
    let home = folder();
    let (a, b, c) = (KeyHash(1), KeyHash(2), KeyHash(3));
    let mut ledger = Ledger::open(home.path(), "t").unwrap();
    ledger.begin(&version(1), &mapping(), 0, 3).unwrap();
    ledger.send(vec![a, b, c]).unwrap();
    assert_eq!(ledger.in_doubt(), 3);
    ledger.ack(vec![(0, Ack::Accepted(print(5))), (2, Ack::NotDone)]).unwrap();
    assert_eq!(ledger.in_doubt(), 1);
    // As it stands, without an end of the run.
    drop(ledger);
    let mut ledger = Ledger::open(home.path(), "t").unwrap();
    assert_eq!(ledger.recovery(), Recovery { unfinished: true, cut_bytes: 0, in_doubt: 1 });
    assert_eq!(ledger.get(a).unwrap().accepted, Some((0, print(5))));
    assert!(ledger.get(b).unwrap().doubt.is_some());
    // A refusal now does not say what became of the attempt before.
    ledger.begin(&version(2), &mapping(), 0, 1).unwrap();
    ledger.send(vec![b]).unwrap();
    ledger.ack(vec![(0, Ack::NotDone)]).unwrap();
    assert_eq!(ledger.get(b).unwrap().doubt, Some(0));
    ledger.finish().unwrap();
    drop(ledger);
    let ledger = Ledger::open(home.path(), "t").unwrap();
    assert_eq!(ledger.recovery(), Recovery { unfinished: false, cut_bytes: 0, in_doubt: 1 });
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger.edition(ledger.get(b).unwrap().doubt.unwrap()).unwrap().version, version(1));
}

#[test]
fn a_state_that_was_written_without_its_new_journal_counts_once() {
    let home = folder();
    let mut ledger = Ledger::open(home.path(), "t").unwrap();
    ledger.begin(&version(1), &mapping(), 0, 1).unwrap();
    ledger.send(vec![KeyHash(1)]).unwrap();
    ledger.ack(vec![(0, Ack::Accepted(print(5)))]).unwrap();
    let journal = std::fs::read(home.path().join("journal")).unwrap();
    ledger.finish().unwrap();
    drop(ledger);
    // The process ended between the two renames.
    let new = std::fs::read(home.path().join("journal")).unwrap();
    std::fs::write(home.path().join("journal"), &journal).unwrap();
    let ledger = Ledger::open(home.path(), "t").unwrap();
    assert_eq!((ledger.len(), ledger.in_doubt()), (1, 0));
    drop(ledger);
    assert_eq!(std::fs::read(home.path().join("journal")).unwrap(), new);
    // A journal without its state, or a state without its journal, is refused.
    std::fs::rename(home.path().join("state"), home.path().join("kept")).unwrap();
    assert!(matches!(Ledger::open(home.path(), "t"), Err(CrmError::Corrupt { .. })));
    std::fs::rename(home.path().join("kept"), home.path().join("state")).unwrap();
    std::fs::remove_file(home.path().join("journal")).unwrap();
    assert!(matches!(Ledger::open(home.path(), "t"), Err(CrmError::Corrupt { .. })));
}

#[test]
fn a_folder_forgets_keys_without_being_told_whose_memory_it_is() {
    let home = folder();
    assert_eq!(Ledger::forget_in(home.path(), ["a"]).unwrap(), 0, "no memory");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "and none is made");
    let mut ledger = Ledger::open(home.path(), "crm.example, contacts").unwrap();
    let keys = ["anna", "bob", "cleo"].map(KeyHash::of);
    ledger.begin(&version(1), &mapping(), 0, 3).unwrap();
    ledger.send(keys.to_vec()).unwrap();
    ledger.ack((0..3).map(|at| (at, Ack::Accepted(print(5)))).collect()).unwrap();
    assert!(Ledger::forget_in(home.path(), ["bob"]).is_err(), "a run has it");
    // Killed here: all of it stands in the journal.
    drop(ledger);
    assert_eq!(Ledger::forget_in(home.path(), ["bob", "dora"]).unwrap(), 1);
    let ledger = Ledger::open(home.path(), "crm.example, contacts").unwrap();
    assert_eq!(keys.map(|key| ledger.get(key).is_some()), [true, false, true]);
    drop(ledger);
    let sought = keys[1].0.to_be_bytes();
    for name in ["state", "journal"] {
        let bytes = std::fs::read(home.path().join(name)).unwrap();
        assert!(!bytes.windows(16).any(|window| window == sought), "{name}");
    }
}
