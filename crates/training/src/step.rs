//! What a training is at, told to whoever waits for it.

/// What is done now, and how much was done before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step<'a> {
    /// What is done now, such as `calibrating`.
    pub text: &'a str,
    /// The share of the work that is behind, from 0 to 1: of the time that a usual training takes, by experience. It never
    /// falls within one training.
    pub done: f64,
}

/// Tells of a stretch of the work as a part of the whole.
pub(crate) fn part<'t>(tell: &'t mut dyn FnMut(Step<'_>), from: f64, to: f64) -> impl FnMut(Step<'_>) + 't {
    move |step| tell(Step { done: from + (to - from) * step.done, ..step })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lies_within_the_whole() {
        let mut told = Vec::new();
        let mut tell = |step: Step<'_>| told.push((step.text.to_owned(), step.done));
        let mut half = part(&mut tell, 0.5, 1.0);
        half(Step { text: "begins", done: 0.0 });
        let mut last = part(&mut half, 0.5, 1.0);
        last(Step { text: "ends", done: 1.0 });
        drop(last);
        drop(half);
        assert_eq!(told, [("begins".to_owned(), 0.5), ("ends".to_owned(), 1.0)]);
    }
}
