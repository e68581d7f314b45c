use std::sync::atomic::{AtomicBool, Ordering};

use super::CatalogueError;
use crate::telemetry::with_causes;

/// Whether the database gives answers, as of the last one. What is worth an operator's attention is told once, when it
/// begins, and not with every answer that isn't built.
#[derive(Debug, Default)]
pub(super) struct Standing {
    is_lost: AtomicBool,
}

/// Tells that the database gives no answers. The start tells it again whenever it looks, in the same words and from the
/// same place: reports of errors take it for one trouble.
pub(crate) fn tell_unavailable(error: &CatalogueError, next_look_seconds: Option<u64>) {
    tracing::error!(
        target: "linernotes_origin::catalogue",
        error = with_causes(error),
        next_look_seconds,
        "catalogue unavailable: only kept answers can be served"
    );
}

impl Standing {
    /// Takes note of how reading went.
    pub fn heed<T>(&self, outcome: &Result<T, CatalogueError>) {
        match outcome {
            Err(error) if error.is_an_outage() => {
                if !self.is_lost.swap(true, Ordering::Relaxed) {
                    tell_unavailable(error, None);
                }
            }
            // One slow answer may be the question's fault.
            Err(error @ CatalogueError::Timeout(_)) => {
                tracing::error!(error = with_causes(error), "catalogue too slow");
            }
            Err(
                error @ (CatalogueError::SchemaDrift(statement, _)
                | CatalogueError::ColumnDrift(statement, _)
                | CatalogueError::Forbidden(statement, _)),
            ) => {
                tracing::error!(
                    %statement,
                    error = with_causes(error),
                    "an answer can't be built: a statement doesn't fit the replica"
                );
            }
            Ok(_) | Err(_) => {
                if self.is_lost.swap(false, Ordering::Relaxed) {
                    tracing::info!("catalogue answers again");
                }
            }
        }
    }
}
