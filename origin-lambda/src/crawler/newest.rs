//! What all processes know of the newest date that the replica has had: one that was put back since then is built from by
//! none of them until it has caught up.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{CrawlError, pending};
use crate::cache::{Store, StoreError};
use crate::service::Service;
use crate::telemetry::with_causes;

const NOTE: &str = "replica";

/// How long a build may take longer for it.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the note says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Said {
    /// The newest date, unix seconds.
    newest: Option<i64>,
}

/// Learns what others have noted, unless that was done some seconds ago; to be asked before the replica is read. With a
/// store in trouble, what this process has seen itself has to do.
pub async fn look(service: &Service) {
    if service.catalogue.newest().is_due() {
        without_a_word(look_surely(service)).await;
    }
}

/// The same now, and in any case.
pub(super) async fn look_surely(service: &Service) -> Result<(), CrawlError> {
    let said: Said = pending::read(&**service.cache.store(), NOTE).await?;
    service.catalogue.newest().heed(said.newest);
    Ok(())
}

/// Notes a newer date, if one was seen.
pub async fn note(service: &Service) {
    if service.catalogue.newest().unnoted().is_some() {
        without_a_word(note_surely(service)).await;
    }
}

/// The same, and in any case.
pub(super) async fn note_surely(service: &Service) -> Result<(), CrawlError> {
    let newest = service.catalogue.newest();
    let Some(date) = newest.unnoted() else {
        return Ok(());
    };
    let said = pending::edit(&**service.cache.store(), NOTE, |said: &mut Said| {
        said.newest = said.newest.max(Some(date));
    });
    newest.heed(said.await?.newest);
    Ok(())
}

/// Takes an older replica for what MusicBrainz is, because the operator says so.
pub(super) async fn accept(store: &dyn Store, date: i64) -> Result<(), CrawlError> {
    pending::edit(store, NOTE, |said: &mut Said| said.newest = Some(date)).await?;
    Ok(())
}

/// No answer waits for this for long, or fails with it.
async fn without_a_word(working: impl Future<Output = Result<(), CrawlError>>) {
    let worked = timeout(PATIENCE, working).await;
    if let Err(error) = worked.unwrap_or(Err(CrawlError::Store(StoreError::Slow))) {
        tracing::warn!(
            error = with_causes(&error),
            "the replica's newest date can't be read or noted"
        );
    }
}
