//! Who is in the table at each as-of date, and who is not.

use feature_engineering::Standings;
use history::Date;
use serde::{Serialize, Serializer};

/// How many customers stand where at an as-of date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    #[serde(serialize_with = "as_text")]
    pub(crate) as_of: Date,
    pub(crate) eligible: u64,
    pub(crate) lapsed: u64,
    pub(crate) new: u64,
}

impl Standing {
    pub(super) fn of(as_of: Date, standings: &Standings) -> Self {
        let Standings { eligible, lapsed, new } = *standings;
        Self { as_of, eligible, lapsed, new }
    }
}

fn as_text<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}
