//! The plan: which streams, ranges and aggregates the wanted features need, each once.

use std::sync::Arc;

use history::History;

use super::aggregate::Task;
use super::evaluate::Program;
use super::items::Sources;
use super::stream::StreamPlan;
use crate::feature::Feature;
use crate::measure::{Aggregate, Condition, Measure, Rows};
use crate::window::Window;

/// What is computed for each customer at each as-of date.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) sources: Sources,
    pub(super) streams: Vec<StreamPlan>,
    /// Windows of streams.
    pub(super) ranges: Vec<(usize, Window)>,
    /// Aggregates of ranges: the slots that programs read.
    pub(super) tasks: Vec<(usize, Task)>,
    pub(super) programs: Vec<Program>,
}

impl Plan {
    /// The plan for some features.
    pub(crate) fn new(features: &[Arc<Feature>]) -> Self {
        let mut plan = Self {
            sources: Sources::default(),
            streams: Vec::new(),
            ranges: Vec::new(),
            tasks: Vec::new(),
            programs: Vec::new(),
        };
        let programs =
            features.iter().map(|feature| Program::new(&feature.definition, &mut |measure| plan.slot(measure)));
        plan.programs = programs.collect();
        plan
    }

    /// For each task, whether nothing was known at the as-of date of what it looks at, or of what would answer it.
    pub(super) fn unknown(&self, history: &History<'_>) -> Vec<bool> {
        let streams: Vec<bool> = self.streams.iter().map(|stream| stream.is_unknown(history)).collect();
        let is_unknown = |(range, task): &(usize, Task)| {
            let answers = if let Task::Unanswered(answers, _) = task { Some(*answers) } else { None };
            streams[self.ranges[*range].0] || answers.is_some_and(|answers| streams[answers])
        };
        self.tasks.iter().map(is_unknown).collect()
    }

    /// Whether a row that belongs to a stream at one as-of date belongs to it at every later one.
    pub(super) fn is_settled(&self) -> bool {
        self.streams.iter().all(StreamPlan::is_settled)
    }

    fn slot(&mut self, measure: &Measure) -> usize {
        let stream = self.stream(&measure.rows, &measure.filter);
        let range = place(&mut self.ranges, (stream, measure.window));
        let task = self.task(stream, &measure.aggregate);
        place(&mut self.tasks, (range, task))
    }

    fn stream(&mut self, rows: &Rows, filter: &[Condition]) -> usize {
        self.sources.lines |= matches!(rows, Rows::Lines);
        self.sources.events |= matches!(rows, Rows::Events(_));
        self.sources.offers |= matches!(rows, Rows::Offers);
        self.streams.iter().position(|stream| stream.is_of(rows, filter)).unwrap_or_else(|| {
            self.streams.push(StreamPlan::new(rows, filter));
            self.streams.len() - 1
        })
    }

    fn task(&mut self, stream: usize, aggregate: &Aggregate) -> Task {
        self.streams[stream].needs_items |= aggregate.needs_items();
        let summed = aggregate.summed().map(|column| place(&mut self.streams[stream].sums, column));
        match (aggregate, summed) {
            (Aggregate::Sum(_), Some(sums)) => Task::Sum(sums),
            (Aggregate::Mean(_), Some(sums)) => Task::Mean(sums),
            (Aggregate::Sum(column), None) => Task::SumOf(*column),
            (Aggregate::Mean(column), None) => Task::MeanOf(*column),
            (Aggregate::Count, _) => Task::Count,
            (Aggregate::Std(column), _) => Task::Std(*column),
            (Aggregate::Median(column), _) => Task::Median(*column),
            (Aggregate::Min(column), _) => Task::Min(*column),
            (Aggregate::Max(column), _) => Task::Max(*column),
            (Aggregate::First(column), _) => Task::First(*column),
            (Aggregate::Last(column), _) => Task::Last(*column),
            (Aggregate::DaysSinceFirst, _) => Task::DaysSinceFirst,
            (Aggregate::DaysSinceLast, _) => Task::DaysSinceLast,
            (Aggregate::Distinct(label), _) => Task::Distinct(*label),
            (Aggregate::TopShare(label), _) => Task::TopShare(*label),
            (Aggregate::Concentration(label, column), _) => Task::Concentration(*label, *column),
            (Aggregate::Open, _) => Task::Open,
            (Aggregate::Late(days), _) => Task::Late(*days),
            (Aggregate::NoneAfterSignup(days), _) => Task::NoneAfterSignup(*days),
            (Aggregate::Unanswered(answer, days), _) => {
                let answers = self.stream(&Rows::Events(vec![answer.clone()]), &[]);
                Task::Unanswered(answers, *days)
            }
        }
    }
}

/// The place of a value among others, which it joins if it is new.
fn place<T: PartialEq>(values: &mut Vec<T>, value: T) -> usize {
    values.iter().position(|known| *known == value).unwrap_or_else(|| {
        values.push(value);
        values.len() - 1
    })
}
