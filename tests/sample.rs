//! The committed sample is what `churn simulate --sample` makes: nothing in it was edited by hand.

use std::path::Path;

use simulation::{Company, Destination, simulate};

#[test]
fn the_sample_is_regenerated_to_the_byte() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    simulate(&Company::sample(), &Destination::new(folder.path()), &mut |_| {}).expect("the sample can be simulated");
    let mut files = 0;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder.path()).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a file has a name").to_owned();
        let made = std::fs::read(&path).expect("readable");
        let found = std::fs::read(committed.join(&name));
        assert!(found.is_ok_and(|found| found == made), "data/sample/{} differs", name.display());
        files += 1;
        bytes += made.len();
    }
    assert_eq!(files, 6, "four tables, the truth and the project file");
    assert!(bytes < 4_000_000, "{bytes} bytes");
}
