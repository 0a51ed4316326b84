//! The kernel: one pass over a customer's rows gives every wanted feature, at one as-of date or at many.
//!
//! Measures that look at the same rows share a [`stream::Stream`]: the rows' moments and needed columns, oldest first. A
//! window is a range of a stream, and the same stream serves every as-of date whose rows are a stretch of it.

mod aggregate;
mod evaluate;
mod items;
mod part;
mod plan;
mod stream;

pub(crate) use part::{Part, Who, compute};
pub(crate) use plan::Plan;
