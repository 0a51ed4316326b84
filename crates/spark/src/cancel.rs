//! Ending the running statement on the server, from another thread.

use std::fmt;
use std::sync::Arc;

use crate::EngineError;

/// Ends what an engine is running, on the server too. It can be cloned and sent to the thread that waits for signals.
///
/// After it was used the engine runs nothing any more: every call answers [`EngineError::Cancelled`].
#[derive(Clone)]
pub struct Canceller {
    act: Arc<dyn Fn() -> Result<(), EngineError> + Send + Sync>,
}

impl Canceller {
    /// A canceller that does this, for engines in place of the client's (tests among them).
    pub fn new(act: impl Fn() -> Result<(), EngineError> + Send + Sync + 'static) -> Self {
        Self { act: Arc::new(act) }
    }

    /// Asks the server to end the statement, and waits until it has heard that, five seconds at most. The call that runs the statement
    /// comes back by itself.
    ///
    /// # Errors
    /// The server did not answer: what it runs may run on.
    pub fn cancel(&self) -> Result<(), EngineError> {
        (self.act)()
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller").finish_non_exhaustive()
    }
}
