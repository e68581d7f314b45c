//! Whatever a provider does, answers are whole, in time, and kept for the right time.

use std::time::{Duration, Instant};

use linernotes_dev::run::Cluster;
use linernotes_tests::providers::{Mode, Provider, ProviderStub};
use linernotes_tests::{Answer, table};
use serde_json::Value;

use super::*;

/// What answers wait for a provider that may be waited for in vain, in milliseconds.
const BUDGET_MS: u64 = 500;
/// What a provider has for one call, in milliseconds: so long that only the budget ends the waiting for one that hangs. A
/// provider that is well has as long, so that a busy machine doesn't make it late.
const PATIENCE_MS: u64 = 60_000;

/// What a provider does, with a port that nobody listens at as one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behaviour {
    Stub(Mode),
    Refused,
}

/// What should come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// What the provider adds, kept for a day.
    Enriched,
    /// Nothing, kept for a day: the provider knows nothing.
    Empty,
    /// Nothing, kept for half an hour.
    Missing,
}

impl Behaviour {
    fn all() -> Vec<Self> {
        let mut all = Mode::ALL.map(Self::Stub).to_vec();
        all.push(Self::Refused);
        all
    }

    fn expected(self, provider: Provider) -> Expected {
        match self {
            Self::Stub(Mode::Ok | Mode::WrongCharset) => Expected::Enriched,
            Self::Stub(Mode::Empty) => Expected::Empty,
            // Some of its answers are invalid, and mean that.
            Self::Stub(Mode::Garbage) if provider == Provider::TheAudioDb => Expected::Empty,
            _ => Expected::Missing,
        }
    }

    fn budget_ms(self, provider: Provider) -> u64 {
        match self.expected(provider) {
            Expected::Enriched | Expected::Empty => PATIENCE_MS,
            Expected::Missing => BUDGET_MS,
        }
    }
}

/// What one answer was like.
struct Row {
    provider: Provider,
    behaviour: Behaviour,
    entity: &'static str,
    status: u16,
    took: Duration,
    is_whole: bool,
    added: usize,
    fresh_seconds: u64,
}

impl Row {
    fn cells(&self) -> [String; 8] {
        [
            format!("{:?}", self.provider),
            match self.behaviour {
                Behaviour::Stub(mode) => format!("{mode:?}"),
                Behaviour::Refused => "Refused".to_owned(),
            },
            self.entity.to_owned(),
            self.status.to_string(),
            self.took.as_millis().to_string(),
            if self.is_whole { "whole" } else { "LACKING" }.to_owned(),
            self.added.to_string(),
            self.fresh_seconds.to_string(),
        ]
    }

    fn verdict(&self) -> Result<(), String> {
        const HALF_AN_HOUR: u64 = 30 * 60;
        const DAY: u64 = 24 * 60 * 60;
        // Freshness ends up to a tenth of it earlier.
        let within = |most: u64| (most * 9 / 10 - 60..=most).contains(&self.fresh_seconds);
        let (is_right, is_kept_right) = match self.behaviour.expected(self.provider) {
            Expected::Enriched => (self.added > 0, within(30 * DAY)),
            Expected::Empty => (self.added == 0, within(30 * DAY)),
            Expected::Missing => (self.added == 0, within(HALF_AN_HOUR)),
        };
        let in_time = self.took < Duration::from_millis(PATIENCE_MS) / 2;
        if self.status == 200 && self.is_whole && in_time && is_right && is_kept_right {
            Ok(())
        } else {
            Err(self.cells().join(" "))
        }
    }
}

#[test]
fn no_provider_can_break_delay_or_shorten_an_answer() {
    let (cluster, _folder) = replica();
    let without = Served::with(&cluster, &off());
    let bare = [without.artist(), without.album()].map(|answer| bare(&answer.json()));
    let mut rows = Vec::new();
    for provider in [Provider::FanArt, Provider::TheAudioDb, Provider::Wikimedia] {
        for behaviour in Behaviour::all() {
            rows.extend(look(&cluster, provider, behaviour, &bare));
        }
    }
    let head = [
        "provider",
        "behaviour",
        "answer",
        "status",
        "ms",
        "catalogue",
        "added",
        "fresh s",
    ];
    let cells: Vec<_> = std::iter::once(head.map(str::to_owned))
        .chain(rows.iter().map(Row::cells))
        .collect();
    println!("{}", table(&cells));
    let wrong: Vec<String> = rows.iter().filter_map(|row| row.verdict().err()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The artist's and the album's first answers while a provider behaves so.
fn look(
    cluster: &Cluster,
    provider: Provider,
    behaviour: Behaviour,
    bare_answers: &[Value; 2],
) -> Vec<Row> {
    let stub = ProviderStub::start(provider);
    let url = match behaviour {
        Behaviour::Stub(mode) => {
            stub.behave(mode);
            stub.url.clone()
        }
        Behaviour::Refused => refusing(),
    };
    let mut settings = settings(provider, &url);
    settings.push((
        "LINERNOTES_ENRICHMENT__BUDGET_MS",
        behaviour.budget_ms(provider).to_string(),
    ));
    let served = Served::with(cluster, &settings);
    let artist = timed(|| served.artist());
    let album = timed(|| served.album());
    let stored = [format!("/artist/{ARTIST}"), format!("/album/{ALBUM}")]
        .map(|path| served.until(&path, Answer::is_stored));
    if behaviour == Behaviour::Stub(Mode::Slow) {
        late_is_kept(&stub, &served);
    }
    [("artist", artist), ("album", album)]
        .into_iter()
        .zip(bare_answers)
        .zip(stored)
        .map(|(((entity, (answer, took)), bare_answer), stored)| {
            let json = answer.json();
            Row {
                provider,
                behaviour,
                entity,
                status: answer.status,
                took,
                is_whole: bare(&json) == *bare_answer,
                added: added(&json),
                fresh_seconds: stored.fresh_seconds(),
            }
        })
        .collect()
}

/// What came too late for the first answers is there for the next: of an album that wasn't asked for yet, the artist has
/// what the provider adds.
fn late_is_kept(stub: &ProviderStub, served: &Served) {
    const ANOTHER_ALBUM: &str = "81502fb6-bd21-3661-9d91-921d8bf9234e";
    stub.release();
    let answer = served.get(&format!("/album/{ANOTHER_ALBUM}")).json();
    assert!(added(&answer["artists"][0]) > 0, "{}", answer["artists"][0]);
}

fn settings(provider: Provider, url: &str) -> Vec<(&'static str, String)> {
    let patience = match provider {
        Provider::FanArt => vec!["LINERNOTES_PROVIDERS__FANART__TIMEOUT_MS"],
        Provider::TheAudioDb => vec!["LINERNOTES_PROVIDERS__THE_AUDIO_DB__TIMEOUT_MS"],
        Provider::Wikimedia => vec![
            "LINERNOTES_PROVIDERS__WIKIPEDIA__TIMEOUT_MS",
            "LINERNOTES_PROVIDERS__WIKIDATA__TIMEOUT_MS",
        ],
        other => panic!("{other:?} adds nothing to answers"),
    };
    let mut settings = off();
    settings.extend(pointed(provider, url));
    settings.extend(
        patience
            .into_iter()
            .map(|name| (name, PATIENCE_MS.to_string())),
    );
    // Headers tell how long the answer itself is fresh.
    settings.push(("LINERNOTES_CACHE__EDGE_SECONDS", "100000000".to_owned()));
    settings
}

/// No provider at all, not even the one that needn't be asked.
fn off() -> Vec<(&'static str, String)> {
    let no = || "false".to_owned();
    vec![
        ("LINERNOTES_PROVIDERS__COVER_ART_ARCHIVE__ENABLED", no()),
        ("LINERNOTES_PROVIDERS__WIKIPEDIA__ENABLED", no()),
    ]
}

fn timed(answer: impl FnOnce() -> Answer) -> (Answer, Duration) {
    let started = Instant::now();
    let answer = answer();
    (answer, started.elapsed())
}

/// An address that refuses connections.
fn refusing() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An answer without what providers add.
fn bare(answer: &Value) -> Value {
    let mut bare = answer.clone();
    for_each_part(&mut bare, |part| {
        part["images"] = Value::Array(Vec::new());
        part["overview"] = Value::Null;
    });
    bare
}

/// How much providers have added.
fn added(answer: &Value) -> usize {
    let mut count = 0;
    for_each_part(&mut answer.clone(), |part| {
        count += pictures(part).len() + usize::from(part["overview"].is_string());
    });
    count
}

/// An answer, and the artists that stand in it.
fn for_each_part(answer: &mut Value, mut see: impl FnMut(&mut Value)) {
    see(answer);
    let artists = answer.get_mut("artists").and_then(Value::as_array_mut);
    artists.into_iter().flatten().for_each(see);
}
