//! `GET /recent/artist` and `GET /recent/album`: what changed since a moment.
//!
//! Lidarr refreshes what is listed, or, if the list is `limited`, everything that is due by age, whatever is listed. An
//! answer that isn't of this shape makes its scheduled refresh fail, so there is always one: without a record of changes
//! it is limited.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;

use linernotes_shared::Mbid;
use linernotes_shared::cache::Collection;
use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::Entity;
use linernotes_shared::wire::Recent;

use super::Response;
use super::error::ErrorReply;
use super::reply;
use crate::cache::{Listed, StoreError, now};
use crate::crawler::{self, CrawlError};
use crate::service::Service;
use crate::telemetry::with_causes;

/// Most items, as the official service has it.
const MOST: usize = 10_000;

/// How far back to look for those who don't say.
const TWO_DAYS: u64 = 2 * 24 * 60 * 60;

/// A record of changes that nobody has brought up to date for so long is none.
const ABANDONED_AFTER: u64 = 24 * 60 * 60;

/// The first second of the year 1 and one of the last of the year 9999. Lidarr's dates, and RFC 3339, have no others, and
/// Lidarr fails on the whole answer for a date that it can't read.
const READABLE: RangeInclusive<i64> = -62_135_596_800..=253_402_207_200;

pub(super) async fn get(
    service: &Service,
    entity: Entity,
    since: i64,
) -> Result<Response, ErrorReply> {
    let now = now();
    let asked = match u64::try_from(since) {
        Ok(0) => Some(now - TWO_DAYS),
        Ok(since) if since <= now => Some(since),
        // A client whose clock is wrong, or that has never asked before.
        Ok(_) | Err(_) => None,
    };
    let listed = match asked {
        Some(since) => list(service, entity, since).await.unwrap_or_else(|error| {
            tracing::warn!(error = with_causes(&error), "changes can't be listed");
            None
        }),
        None => None,
    };
    let mut limited = listed.is_none();
    let mut items = listed.unwrap_or_default();
    if items.len() > MOST {
        limited = true;
        items.truncate(MOST);
    }
    let since = asked.map_or(since, |since| i64::try_from(since).unwrap_or(i64::MAX));
    let mut response = reply::json(
        StatusCode::OK,
        &Recent {
            since: readable(since).to_string(),
            count: items.len(),
            limited,
            items,
        },
    );
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}

/// The moment, or the nearest that Lidarr can read.
fn readable(since: i64) -> Timestamp {
    let since = since.clamp(*READABLE.start(), *READABLE.end());
    Timestamp::from_second(since).expect("the calendar has more years than these")
}

/// What changed, newest first, all of it or a few more than [`MOST`]; `None` if that isn't known.
async fn list(
    service: &Service,
    entity: Entity,
    since: u64,
) -> Result<Option<Vec<Mbid>>, CrawlError> {
    let store = service.cache.store();
    let Some(record) = crawler::record(&**store).await? else {
        return Ok(None);
    };
    if since < record.since || record.until.saturating_add(ABANDONED_AFTER) < now() {
        return Ok(None);
    }
    // Lidarr asks what changed and then for the answers. Whatever it got too early, e.g. from the edge, it gets once more.
    let since = since.saturating_sub(service.crawling.recent_overlap_seconds);
    let collections: &[Collection] = match entity {
        // An artist's profile is renewed without its answer where it stands in albums alone.
        Entity::Artist => &[Collection::Artist, Collection::Profile],
        Entity::Album => &[Collection::Album],
    };
    let mut listed: Vec<Listed> = Vec::new();
    for collection in collections {
        listed.extend(changed(service, *collection, since).await?);
        match crawler::gone_since(&**store, *collection, since).await? {
            Some(gone) => listed.extend(gone),
            None => return Ok(None),
        }
    }
    listed.sort_by(|a, b| (b.time, &b.key).cmp(&(a.time, &a.key)));
    let mut seen = HashSet::new();
    let items: Vec<Mbid> = listed
        .iter()
        .filter_map(|listed| listed.key.mbid())
        .filter(|mbid| seen.insert(*mbid))
        .collect();
    Ok(Some(items))
}

async fn changed(
    service: &Service,
    collection: Collection,
    since: u64,
) -> Result<Vec<Listed>, StoreError> {
    service
        .cache
        .store()
        .changed_since(collection, since, MOST + 1)
        .await
}
