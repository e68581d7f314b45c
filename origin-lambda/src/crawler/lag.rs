use super::CrawlError;
use crate::cache::now;
use crate::catalogue::Replication;
use crate::service::Service;
use crate::telemetry::figures;

/// How current the replica is, which is told to whoever watches. One that is being loaded is no use.
pub(super) async fn look(service: &Service) -> Result<Replication, CrawlError> {
    let replication = service.catalogue.replication().await?;
    if let Some(date) = replication.date {
        figures().saw_packet(date.as_second());
        // A packet from the future is one of a clock that is ahead.
        let made = u64::try_from(date.as_second()).unwrap_or_default();
        figures().lagged(now().saturating_sub(made));
    }
    replication.require_loaded()?;
    Ok(replication)
}
