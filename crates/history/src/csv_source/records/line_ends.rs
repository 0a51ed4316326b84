//! How lines end.

use crate::place::Place;

/// How lines end, and the first place of each way.
#[derive(Debug, Default)]
pub(in crate::csv_source) struct LineEnds {
    seen: [Option<Place>; 3],
}

#[derive(Debug, Clone, Copy)]
pub(super) enum LineEnd {
    Lf,
    Cr,
    CrLf,
}

impl LineEnds {
    pub(super) fn see(&mut self, end: LineEnd, place: Place) {
        self.seen[end as usize].get_or_insert(place);
    }

    /// Where the second way of ending lines begins, if there is one.
    pub(in crate::csv_source) fn mixed_from(&self) -> Option<Place> {
        let mut places: Vec<Place> = self.seen.iter().copied().flatten().collect();
        places.sort_unstable();
        places.get(1).copied()
    }
}
