//! How long searches take.

use std::time::{Duration, Instant};

use linernotes_origin::config::Config;
use linernotes_origin::search::SearchProvider;
use linernotes_shared::request::Search;

use crate::Outcome;
use crate::quality::{Query, asked};

/// The table's headings.
pub const HEADINGS: [&str; 6] = [
    "searches",
    "artists",
    "p50 ms",
    "p99 ms",
    "× SELECT 1",
    "longest",
];

/// How often each search is made.
const ROUNDS: usize = 5;

/// Measures the reference and all searches, one after the other, each once for warming.
pub async fn measure(
    config: &Config,
    provider: &dyn SearchProvider,
    queries: &[Query],
    artists: u32,
) -> Outcome<Vec<[String; 6]>> {
    let (client, connection) =
        tokio_postgres::connect(&config.database.url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let reference = client.prepare("SELECT 1").await?;
    let mut times = Vec::new();
    for _ in 0..2_000 {
        let started = Instant::now();
        client.query_one(&reference, &[]).await?;
        times.push((started.elapsed(), String::new()));
    }
    let (reference, row) = row("SELECT 1", artists, times, None);
    let mut rows = vec![row];

    let meant: Vec<Search> = queries.iter().map(|query| query.search.clone()).collect();
    for (name, searches) in [
        ("the quality table's", meant),
        ("frequent words, nonsense", hard()?),
    ] {
        for search in &searches {
            provider.search(search).await?;
        }
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            for search in &searches {
                let started = Instant::now();
                provider.search(search).await?;
                times.push((started.elapsed(), search.query.clone()));
            }
        }
        rows.push(self::row(name, artists, times, Some(reference)).1);
    }
    Ok(rows)
}

/// Searches for words that thousands of the made-up names have, and for what none has.
fn hard() -> Outcome<Vec<Search>> {
    let texts = [
        "silver",
        "the silver",
        "winter electric",
        "golden paper broken summer",
        "kate andersson",
        "maria garcia",
        "müller",
        "björn",
        "silver wintr",
        "midnigt cristal",
        "don't",
        "зима",
        "東京",
        "dep",
        "a",
        "s",
        "winte",
        "velvet midnight crystal ocean burning hidden dancing",
        "adjalkwdjkalwdjklawjdlkajd",
        "vivivivivi",
        "kikagaku moyo",
        "zzzzzz qqqqqq",
        "???",
        "💩",
    ];
    let kinds = ["all", "artist", "album"];
    let mut searches = Vec::new();
    for text in texts {
        for kind in kinds {
            searches.push(asked(kind, text, "")?);
        }
    }
    searches.push(asked("album", "silver", "anna andersson")?);
    searches.push(asked("album", "winter electric", "the winter electric")?);
    Ok(searches)
}

fn row(
    name: &str,
    artists: u32,
    mut times: Vec<(Duration, String)>,
    reference: Option<Duration>,
) -> (Duration, [String; 6]) {
    times.sort();
    let median = times[times.len() / 2].0;
    let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1_000.0);
    let ratio = reference.map_or(1.0, |reference| {
        median.as_secs_f64() / reference.as_secs_f64()
    });
    let longest = &times[times.len() - 1];
    let row = [
        name.to_owned(),
        artists.to_string(),
        ms(median),
        ms(times[times.len() * 99 / 100].0),
        format!("{ratio:.1}"),
        format!("{} ms {}", ms(longest.0), longest.1),
    ];
    (median, row)
}
