//! From a kept answer to what a page shows of it.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use crate::cache::Kind;
use crate::lookup;
use crate::service::Service;
use crate::telemetry::with_causes;

/// The kept answer, or a new one, read; `None` if there is no such thing. Some have megabytes, so they are read where
/// nobody waits for it.
pub async fn kept<T: DeserializeOwned + Send + 'static>(
    service: &Arc<Service>,
    entity: Entity,
    mbid: Mbid,
) -> Result<Option<T>, ()> {
    let served = lookup::answer(service, entity, mbid)
        .await
        .map_err(|_| ())?;
    if served.answer.kind == Kind::Unknown {
        return Ok(None);
    }
    let reading = tokio::task::spawn_blocking(move || {
        let json = served.answer.body.plain().map_err(|error| {
            tracing::error!(error = with_causes(&error), "a kept answer is damaged");
        })?;
        serde_json::from_slice(&json).map(Some).map_err(|error| {
            tracing::error!(
                %entity,
                error = with_causes(&error),
                "an answer can't be shown"
            );
        })
    });
    reading.await.map_err(|_| ())?
}
