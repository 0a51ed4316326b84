//! One statement and the stream of its answers.
//!
//! A server ends the stream of a long statement from time to time (Spark every two minutes) and expects to be asked for the rest: only the
//! message that says so ends a statement, never the end of a stream. Connections break as well. In both cases the answers are taken up after
//! the last one that came; the statement itself is sent once.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use proto::execute_plan_response::{ArrowBatch, ResponseType};
use spark_connect_core::{ExecutePlanResponseReattachableIterator, Result, SparkError, block_on};
use spark_connect_proto as proto;

use super::Shared;
use super::fault::is_passing;
use crate::Progress;

/// Attempts to take up a stream, one after the other without any answer between: four seconds of waiting in all.
const ATTEMPTS: u32 = 6;
/// A stream that held so long was no failed attempt, even if nothing came.
const HELD: Duration = Duration::from_secs(5);

/// Runs a statement to its end and gives the batches of its result. Ends early, in an error, once it was `given_up`.
pub(super) fn run(
    shared: &Shared,
    request: proto::ExecutePlanRequest,
    given_up: &AtomicBool,
) -> Result<Vec<ArrowBatch>> {
    let mut batches = Vec::new();
    run_to(shared, request, given_up, &mut |batch| {
        batches.push(batch);
        ControlFlow::Continue(())
    })?;
    Ok(batches)
}

/// Runs a statement and hands the batches of its result on, one by one, until it ends or whoever takes them wants no more.
pub(super) fn run_to(
    shared: &Shared,
    request: proto::ExecutePlanRequest,
    given_up: &AtomicBool,
    take: &mut dyn FnMut(ArrowBatch) -> ControlFlow<()>,
) -> Result<()> {
    let state = ExecutePlanResponseReattachableIterator::new(request);
    let mut stream = block_on(shared.client.execute_plan(state.request().clone()))?;
    let mut silent = 0;
    let mut since = Instant::now();
    // What is told if the answers cannot be had any more.
    let mut last = SparkError::connect_msg("its answers broke off");
    loop {
        let ended = match block_on(stream.message()) {
            // Nobody waits for it any more.
            Ok(Some(_)) if given_up.load(Ordering::SeqCst) => return Err(last),
            Ok(Some(answer)) => {
                silent = 0;
                block_on(state.set_last_response_id(&answer));
                let is_over = match answer.response_type {
                    Some(ResponseType::ArrowBatch(batch)) => take(batch).is_break(),
                    Some(ResponseType::ExecutionProgress(progress)) => {
                        tell(shared, &progress);
                        false
                    }
                    Some(ResponseType::ResultComplete(_)) => true,
                    _ => false,
                };
                if is_over {
                    // The server may forget its answers, and end what nobody waits for; it does so by itself after a while.
                    let _ = block_on(async {
                        shared.client.release_execute(state.create_release_request(true).await).await
                    });
                    return Ok(());
                }
                continue;
            }
            Ok(None) => None,
            Err(status) => Some(SparkError::from_grpc_status(status)),
        };
        if since.elapsed() >= HELD {
            silent = 0;
        }
        if let Some(error) = ended {
            if !is_passing(&error) {
                return Err(error);
            }
            last = error;
        }
        stream = loop {
            if given_up.load(Ordering::SeqCst) || silent >= ATTEMPTS {
                return Err(last);
            }
            if silent > 0 {
                std::thread::sleep(Duration::from_millis(50 << silent));
            }
            silent += 1;
            match block_on(async { shared.client.reattach_execute(state.create_reattach_request().await).await }) {
                Ok(stream) => break stream,
                Err(error) if is_passing(&error) => last = error,
                Err(error) => return Err(error),
            }
        };
        since = Instant::now();
    }
}

fn tell(shared: &Shared, progress: &proto::execute_plan_response::ExecutionProgress) {
    let Some(told) = shared.told() else { return };
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let done = progress.stages.iter().map(|stage| count(stage.num_completed_tasks)).sum::<u64>();
    let tasks = progress.stages.iter().map(|stage| count(stage.num_tasks)).sum::<u64>();
    told(Progress { done, tasks: tasks.max(done), running: count(progress.num_inflight_tasks) });
}
