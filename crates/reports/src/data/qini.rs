//! How well predicted uplift finds the customers whom an offer keeps.

use serde::{Deserialize, Serialize};

use super::Estimate;

/// The Qini curve of an offer (Radcliffe 2007, Direct Marketing Analytics Journal 1:14), on rows held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QiniCurve {
    /// The offer.
    pub offer: String,
    /// Customers with the offer.
    pub treated: u64,
    /// Customers held out.
    pub control: u64,
    /// Area between the curve and the straight line to its end, over that of a perfect ranking: 0 is chance, 1 perfect.
    pub area: Estimate,
    /// From nobody to everybody, by growing share.
    pub points: Vec<QiniPoint>,
}

/// What contacting so many customers, those with the largest predicted uplift first, has kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QiniPoint {
    /// Share of the customers of the campaign, in `[0, 1]`.
    pub share: f64,
    /// Customers of both arms.
    pub customers: u64,
    /// Customers with the offer who stayed, less those whom the held out let expect.
    pub kept: f64,
}

impl QiniCurve {
    /// What everybody together has kept; `None` of a curve without points.
    pub(crate) fn end(&self) -> Option<f64> {
        self.points.last().map(|point| point.kept)
    }

    /// What is kept at a share, on the straight line between the points around it.
    pub(crate) fn at(&self, share: f64) -> Option<f64> {
        let after = self.points.iter().position(|point| point.share >= share)?;
        let b = self.points[after];
        let Some(a) = after.checked_sub(1).map(|before| self.points[before]).filter(|a| a.share < b.share) else {
            return Some(b.kept);
        };
        Some(a.kept + (b.kept - a.kept) * (share - a.share) / (b.share - a.share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_points_the_curve_is_straight() {
        let point = |share: f64, kept: f64| QiniPoint { share, customers: 0, kept };
        let curve = QiniCurve {
            offer: String::new(),
            treated: 1,
            control: 1,
            area: Estimate::default(),
            points: vec![point(0.0, 0.0), point(0.4, 8.0), point(1.0, 2.0)],
        };
        assert_eq!(curve.at(0.0), Some(0.0));
        assert_eq!(curve.at(0.2), Some(4.0));
        assert_eq!(curve.at(0.7), Some(5.0));
        assert_eq!((curve.at(1.0), curve.end()), (Some(2.0), Some(2.0)));
        assert_eq!(curve.at(1.1), None);
    }
}
