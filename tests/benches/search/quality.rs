//! Whether what is meant comes first.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use linernotes_dev::planted;
use linernotes_origin::search::{Hit, SearchProvider};
use linernotes_shared::Mbid;
use linernotes_shared::request::{Method, Request, Search};
use linernotes_tests::table;

use crate::Outcome;

/// A query and what is meant by it.
pub struct Query {
    class: &'static str,
    /// What is asked.
    pub search: Search,
    meant: Mbid,
}

/// Where what is meant stands in answers.
#[derive(Clone, Copy, Default)]
struct Tally {
    queries: u32,
    first: u32,
    in_three: u32,
    reciprocal: f64,
}

/// All queries, in the order of their file.
pub fn queries() -> Outcome<Vec<Query>> {
    let artists = planted::artists();
    let meant = |name: &str, title: Option<&str>| -> Outcome<Mbid> {
        let artist = artists.iter().find(|artist| artist.name == name);
        let artist = artist.ok_or_else(|| format!("{name} isn't planted"))?;
        let mbid = match title {
            None => &artist.mbid,
            Some(title) => {
                let album = artist.albums.iter().find(|album| album.title == title);
                &album.ok_or_else(|| format!("{title} isn't planted"))?.mbid
            }
        };
        Ok(mbid.parse()?)
    };
    let lines = include_str!("queries.txt").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&'static str> = line.split('|').map(str::trim).collect();
            let [class, kind, query, artist, name, ref title @ ..] = fields[..] else {
                return Err(format!("not a query: {line}").into());
            };
            Ok(Query {
                class,
                search: asked(kind, query, artist)?,
                meant: meant(name, title.first().copied())?,
            })
        })
        .collect()
}

/// A search as it comes from a client.
pub fn asked(kind: &str, query: &str, artist: &str) -> Outcome<Search> {
    let encoded = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    };
    let text = format!(
        "type={kind}&query={}&artist={}",
        encoded(query),
        encoded(artist)
    );
    match Request::parse(Method::Get, "/search", &text)? {
        Request::Search(search) => Ok(search),
        other => Err(format!("{other:?} is no search").into()),
    }
}

impl Query {
    /// Half of the queries have no part in how the ranking is tuned.
    fn is_held_out(&self) -> bool {
        let mut hasher = DefaultHasher::new();
        (
            self.search.kind.name(),
            &self.search.query,
            &self.search.artist,
        )
            .hash(&mut hasher);
        hasher.finish().is_multiple_of(2)
    }
}

impl Tally {
    fn add(&mut self, place: Option<usize>) {
        self.queries += 1;
        if let Some(place) = place {
            self.first += u32::from(place == 0);
            self.in_three += u32::from(place < 3);
            self.reciprocal += 1.0 / (place + 1) as f64;
        }
    }

    fn row(self, name: String) -> [String; 5] {
        let share = |number: f64| format!("{:.3}", number / f64::from(self.queries.max(1)));
        [
            name,
            self.queries.to_string(),
            share(self.first.into()),
            share(self.in_three.into()),
            share(self.reciprocal),
        ]
    }
}

/// The table of all classes, and the queries whose answer doesn't begin with what is meant. With `tuning`, those that
/// are held out aren't named.
pub async fn judge(
    provider: &dyn SearchProvider,
    queries: &[Query],
    names: impl AsyncFn(&[Hit]) -> Outcome<Vec<String>>,
) -> Outcome<String> {
    let mut classes: BTreeMap<&str, [Tally; 2]> = BTreeMap::new();
    let mut misses = String::new();
    for query in queries {
        let hits = provider.search(&query.search).await?;
        let place = hits.iter().position(|hit| hit.mbid == query.meant);
        let half = usize::from(query.is_held_out());
        classes.entry(query.class).or_default()[half].add(place);
        if place != Some(0) {
            let first: Vec<Hit> = hits.iter().take(3).copied().collect();
            misses += &match half {
                0 => format!(
                    "  {} {:?} by {:?}: place {:?}, not after {:?}\n",
                    query.search.kind,
                    query.search.query,
                    query.search.artist,
                    place.map(|place| place + 1),
                    names(&first).await?
                ),
                _ => format!("  one that is held out, of the class {:?}\n", query.class),
            };
        }
    }
    let mut rows = vec![["class", "queries", "top 1", "top 3", "MRR"].map(str::to_owned)];
    let mut totals = [Tally::default(); 2];
    for (class, halves) in &classes {
        rows.push(sum(*halves).row((*class).to_owned()));
        for (total, half) in totals.iter_mut().zip(halves) {
            *total = sum([*total, *half]);
        }
    }
    rows.push(sum(totals).row("all".to_owned()));
    rows.push(totals[0].row("all, tuned on".to_owned()));
    rows.push(totals[1].row("all, held out".to_owned()));
    for (class, halves) in &classes {
        rows.push(halves[1].row(format!("{class}, held out")));
    }
    Ok(format!("{}\nnot first:\n{misses}", table(&rows)))
}

fn sum(tallies: [Tally; 2]) -> Tally {
    let [one, other] = tallies;
    Tally {
        queries: one.queries + other.queries,
        first: one.first + other.first,
        in_three: one.in_three + other.in_three,
        reciprocal: one.reciprocal + other.reciprocal,
    }
}
