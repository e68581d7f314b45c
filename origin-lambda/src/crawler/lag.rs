use super::{CrawlError, newest};
use crate::cache::now;
use crate::catalogue::{CatalogueError, Replication};
use crate::service::Service;
use crate::telemetry::figures;

/// How current the replica is, which is told to whoever watches. One that is being loaded is no use, nor one that was put
/// back.
pub(super) async fn look(service: &Service) -> Result<Replication, CrawlError> {
    newest::look_surely(service).await?;
    let known = service.catalogue.newest().known();
    let replication = service.catalogue.replication().await?;
    if let Some(date) = replication.date {
        figures().saw_packet(date.as_second());
        // A packet from the future is one of a clock that is ahead.
        let made = u64::try_from(date.as_second()).unwrap_or_default();
        figures().lagged(now().saturating_sub(made));
    }
    service.catalogue.require_sound(&replication, known)?;
    newest::note_surely(service).await?;
    Ok(replication)
}

/// Refuses a replica that was put back, before anything is asked of others. Other trouble with it shows when it is read.
pub(super) async fn require_caught_up(service: &Service) -> Result<(), CrawlError> {
    newest::look_surely(service).await?;
    match service.catalogue.check_soundness().await {
        Err(error @ CatalogueError::PutBack { .. }) => Err(error.into()),
        _ => Ok(()),
    }
}
