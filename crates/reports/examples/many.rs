//! Writes a workbook with so many made-up customers: `many REPORT.xlsx 2000000`. For measuring time and memory.

mod company;

use std::error::Error;
use std::fs::File;
use std::path::Path;

use reports::{CustomerRow, CustomerScore, Workbook};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (path, customers) = words.next().zip(words.next()).ok_or("usage: many REPORT.xlsx CUSTOMERS")?;
    let data = company::company();
    let scratch = Path::new(&path).parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut book = Workbook::new(&data, scratch)?;
    let reasons =
        ["last bought 149 days ago, usually every 18 days", "no purchase in the last 90 days, 2 in the 90 days before"]
            .map(str::to_owned);
    for customer in 0..customers.parse::<u32>()? {
        let probability = f64::from(customer.wrapping_mul(2_654_435_761) >> 12) / f64::from(1 << 20);
        let score = CustomerScore {
            probability,
            interval: Some((probability * 0.9, probability)),
            band: ["low", "medium", "high", "critical"][(probability * 4.0) as usize % 4],
            expected_value: f64::from(customer % 50_000) / 100.0,
            value_at_risk: probability * f64::from(customer % 50_000) / 100.0,
            reasons: &reasons[..customer as usize % 3],
        };
        let id = format!("C{customer:07}");
        let row = CustomerRow {
            id: &id,
            state: "eligible",
            segment: Some("online"),
            score: Some(score),
            return_probability: None,
        };
        book.customer(&row)?;
    }
    book.save(File::create(&path)?)?;
    Ok(())
}
