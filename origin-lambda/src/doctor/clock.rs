//! This machine's clock, against those of others.
//!
//! Freshness, marks and leases go by it: what is minutes ahead serves stale answers as fresh ones, and tells Lidarr of
//! changes at the wrong time.

use std::time::{Duration, SystemTime};

use reqwest::header::DATE;
use reqwest::{StatusCode, Url};

use super::Finding;
use crate::catalogue::Catalogue;
use crate::config::{Config, StoreKind};
use crate::network::is_here;
use crate::providers::client::tls;

/// How far clocks may differ without a word.
const WARNING: Duration = Duration::from_secs(30);
/// From here on, AWS refuses signatures, and answers are told as fresh that aren't.
const BROKEN: Duration = Duration::from_secs(300);
/// What somebody may take to say what time it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// An answer, and what time it was there.
pub(super) struct Dated {
    pub status: StatusCode,
    /// Seconds since 1970, if it says so.
    date: Option<i64>,
}

/// Asks for a page of somebody's.
pub(super) async fn ask(url: &str) -> Result<Dated, reqwest::Error> {
    let mut client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls())
        .timeout(PATIENCE);
    if Url::parse(url).is_ok_and(|url| is_here(&url)) {
        client = client.no_proxy();
    }
    let answer = client
        .build()?
        .get(url)
        .send()
        .await
        .map_err(reqwest::Error::without_url)?;
    let date = answer
        .headers()
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Ok(Dated {
        status: answer.status(),
        date: date.map(seconds),
    })
}

/// A finding for each clock that could be asked.
pub(super) async fn examine(config: &Config, catalogue: Option<&Catalogue>) -> Vec<Finding> {
    let edge = config.purge.edge().map(|(url, _)| url.to_string());
    let table = (config.store.kind == StoreKind::DynamoDb).then(|| {
        config.store.endpoint.clone().unwrap_or_else(|| {
            let region = config.store.region().unwrap_or_default();
            format!("https://dynamodb.{region}.amazonaws.com/")
        })
    });
    // Each is compared as soon as it is known.
    let ahead_of = |there: i64| seconds(SystemTime::now()) - there;
    let by_http = async |url: Option<String>| ask(&url?).await.ok()?.date.map(ahead_of);
    let by_replica = async {
        catalogue?
            .clock()
            .await
            .ok()
            .map(|time| ahead_of(time.as_second()))
    };
    let (replica, table, edge) = tokio::join!(by_replica, by_http(table), by_http(edge));
    [
        ("the replica's", replica),
        ("DynamoDB's", table),
        ("the edge's", edge),
    ]
    .into_iter()
    .filter_map(|(whose, ahead)| Some(finding(whose, ahead?)))
    .collect()
}

fn seconds(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn finding(whose: &str, ahead: i64) -> Finding {
    const SET: &str =
        "have the clocks of both machines set by NTP, e.g. `timedatectl set-ntp true`";
    let apart = Duration::from_secs(ahead.unsigned_abs());
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    let differs = format!(
        "the clock here is {} s {direction} {whose}",
        apart.as_secs()
    );
    if apart > BROKEN {
        Finding::broken(differs, SET)
    } else if apart > WARNING {
        Finding::warning(differs, SET)
    } else {
        Finding::ok(format!("the clock here agrees with {whose}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_half_a_minute() {
        let told = |ahead| finding("the edge's", ahead).to_string();
        assert_eq!(told(0), "ok       the clock here agrees with the edge's");
        assert_eq!(told(-30), told(30));
        assert!(told(31).starts_with("warning  the clock here is 31 s ahead of the edge's\n"));
        assert!(told(-300).starts_with("warning  the clock here is 300 s behind the edge's\n"));
        assert!(told(301).starts_with("broken   the clock here is 301 s ahead of the edge's\n"));
    }
}
