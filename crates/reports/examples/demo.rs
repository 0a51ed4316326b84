//! Writes a report on a made-up company to the path given as argument.

mod company;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: demo REPORT.html")?;
    std::fs::write(path, reports::render(&company::company())?)?;
    Ok(())
}
