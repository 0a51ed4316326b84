//! Which aggregates are computed over which rows, each once.

use crate::rows::Source;

/// Aggregates over the rows of one view, or over its rows by a label and then over the labels.
#[derive(Debug)]
struct Group {
    source: Source,
    /// The label's expression.
    by: Option<String>,
    /// Aggregates of rows.
    of_rows: Vec<String>,
    /// Aggregates of labels; they name those of rows.
    of_labels: Vec<String>,
}

/// All groups of a statement.
#[derive(Debug, Default)]
pub(crate) struct Groups(Vec<Group>);

impl Groups {
    /// The column in which an aggregate of a view's rows will stand.
    pub(crate) fn of_rows(&mut self, source: Source, aggregate: String) -> String {
        let at = self.group(source, None);
        let column = place(&mut self.0[at].of_rows, aggregate);
        format!("g{at}.a{column}")
    }

    /// The column in which an aggregate over the labels of a view's rows will stand; `aggregate` is told the columns of the
    /// aggregates of each label's rows.
    pub(crate) fn of_labels<const N: usize>(
        &mut self,
        source: Source,
        label: String,
        of_rows: [String; N],
        aggregate: impl FnOnce([String; N]) -> String,
    ) -> String {
        let at = self.group(source, Some(label));
        let group = &mut self.0[at];
        let inner = of_rows.map(|aggregate| format!("i{}", place(&mut group.of_rows, aggregate)));
        let column = place(&mut group.of_labels, aggregate(inner));
        format!("g{at}.a{column}")
    }

    /// The common table expressions.
    pub(crate) fn expressions(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (at, group) in self.0.iter().enumerate() {
            let view = group.source.view();
            let columns = |letter: char, of: &[String]| {
                let named = of.iter().enumerate().map(|(n, aggregate)| format!(",\n    {aggregate} AS {letter}{n}"));
                named.collect::<String>()
            };
            match &group.by {
                None => {
                    let aggregates = columns('a', &group.of_rows);
                    all.push((
                        format!("churn_g{at}"),
                        format!("SELECT as_of, c{aggregates}\n  FROM {view} GROUP BY as_of, c"),
                    ));
                }
                Some(label) => {
                    let inner = columns('i', &group.of_rows);
                    let outer = columns('a', &group.of_labels);
                    all.push((
                        format!("churn_l{at}"),
                        format!(
                            "SELECT as_of, c, l{inner}\n  FROM (SELECT x.*, {label} AS l FROM {view} x) x\n  WHERE l IS NOT NULL GROUP BY as_of, c, l"
                        ),
                    ));
                    all.push((
                        format!("churn_g{at}"),
                        format!("SELECT as_of, c{outer}\n  FROM churn_l{at} GROUP BY as_of, c"),
                    ));
                }
            }
        }
        all
    }

    /// What joins them to the customers `b`.
    pub(crate) fn joins(&self) -> String {
        let join = |at: usize| format!("\n  LEFT JOIN churn_g{at} g{at} ON g{at}.as_of = b.as_of AND g{at}.c = b.c");
        (0..self.0.len()).map(join).collect()
    }

    pub(crate) fn needs(&self, source: Source) -> bool {
        self.0.iter().any(|group| group.source == source)
    }

    fn group(&mut self, source: Source, by: Option<String>) -> usize {
        let known = self.0.iter().position(|group| group.source == source && group.by == by);
        known.unwrap_or_else(|| {
            self.0.push(Group { source, by, of_rows: Vec::new(), of_labels: Vec::new() });
            self.0.len() - 1
        })
    }
}

fn place(values: &mut Vec<String>, value: String) -> usize {
    values.iter().position(|known| *known == value).unwrap_or_else(|| {
        values.push(value);
        values.len() - 1
    })
}
