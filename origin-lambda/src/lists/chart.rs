use std::sync::Arc;

use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::{Chart, Entity};
use serde_json::value::RawValue;

use super::{ListError, absent, listed, mapping, whole};
use crate::cache::{Built, Composed, Entry, Kind, Segment, Served, Unavailable, now, now_millis};
use crate::providers::chart::ChartEntry;
use crate::service::Service;

/// What there is to say about a chart.
#[derive(Debug)]
pub enum ChartAnswer {
    /// The chart, or that it is of a user whom its maker doesn't know.
    Served(Box<Served>),
    /// There is none for now: none is kept, and its maker or the catalogue is in trouble.
    Unavailable(Unavailable),
    /// The settings switch its maker off.
    Off,
}

/// The answer of `GET /chart/…`: as many items as are wanted of the chart, which is kept whole.
pub async fn chart(service: &Arc<Service>, chart: &Chart) -> ChartAnswer {
    if service.providers.charts(chart.source()).is_none() {
        return ChartAnswer::Off;
    }
    let key = CacheKey::named(Collection::Chart, &chart.name())
        .expect("a chart's name is of some dozens of letters");
    let (builder, wanted) = (Arc::clone(service), chart.clone());
    let served = service
        .cache
        .get_or_build(key.clone(), || async move {
            build(&builder, &key, &wanted).await
        })
        .await;
    match served {
        Ok(served) => ChartAnswer::Served(Box::new(Served {
            answer: cut(served.answer, chart.count()),
            status: served.status,
        })),
        Err(error) => ChartAnswer::Unavailable(error),
    }
}

async fn build(service: &Service, key: &CacheKey, chart: &Chart) -> Result<Built, ListError> {
    let started = now_millis();
    let maker = service
        .providers
        .charts(chart.source())
        .expect("it was there when the chart was asked for");
    let Some(entries) = maker.chart(chart).await? else {
        let user = chart.user().unwrap_or_default();
        let error = format!("user: {} knows nobody called {user}", chart.source());
        let now = now();
        return Ok(absent(error, service.lifetime.unknown(now), now, started)?);
    };
    let body = match chart.entity() {
        Entity::Album => {
            let albums = mapping::albums(service, &entries).await?;
            require_sense(service, &entries, albums.len()).await?;
            let albums: Vec<_> = albums.into_iter().map(listed).collect();
            serde_json::to_vec(&albums)?
        }
        Entity::Artist => {
            let artists = mapping::artists(service, &entries).await?;
            require_sense(service, &entries, artists.len()).await?;
            serde_json::to_vec(&artists)?
        }
    };
    let now = now();
    let freshness = service
        .lifetime
        .for_seconds(key, now, service.lists.chart_seconds);
    let entry = Entry::new(Kind::Found, &body, Vec::new(), freshness, now);
    Ok(whole(entry, started))
}

/// A chart of which the catalogue knows nothing is believed only if the catalogue is current.
async fn require_sense(
    service: &Service,
    entries: &[ChartEntry],
    mapped: usize,
) -> Result<(), ListError> {
    tracing::debug!(entries = entries.len(), mapped, "chart mapped");
    if mapped == 0 && !entries.is_empty() {
        service.catalogue.require_current().await?;
    }
    Ok(())
}

/// The first items of a chart.
fn cut(chart: Arc<Composed>, count: usize) -> Arc<Composed> {
    if chart.kind != Kind::Found {
        return chart;
    }
    let shortened = || -> Option<Vec<u8>> {
        let whole = chart.body.plain().ok()?;
        let items: Vec<&RawValue> = serde_json::from_slice(&whole).ok()?;
        (items.len() > count).then(|| serde_json::to_vec(&items[..count]).ok())?
    };
    match shortened() {
        Some(body) => {
            let body = Segment::new(&body);
            Arc::new(Composed {
                etag: body.etag(),
                body,
                ..Composed::clone(&chart)
            })
        }
        None => chart,
    }
}
