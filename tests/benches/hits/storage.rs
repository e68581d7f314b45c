//! How many bytes answers take in the store, beside the same JSON compressed whole.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use linernotes_dev::scale;
use linernotes_origin::answer::{self, Answer, BETWEEN_PROFILES, Parts};
use linernotes_origin::cache::{Entry, Kind, Segment};
use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::{Config, Database};
use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, Freshness, tag};
use linernotes_shared::request::Entity;
use linernotes_tests::table;
use uuid::Uuid;

use crate::Outcome;

/// Bytes of some answers.
#[derive(Default)]
struct Sizes {
    json: usize,
    /// As one gzip member at zlib's level 6.
    whole: usize,
    /// Joined of segments.
    joined: usize,
    /// Stored for the answers themselves.
    frames: usize,
    /// Stored for the profiles in them, each counted wherever it stands.
    profiles: usize,
}

/// The table.
#[tokio::main]
pub async fn report(database: &str) -> Outcome<String> {
    let catalogue = Catalogue::new(&Database {
        url: database.to_owned(),
        connections: 1,
        ..Config::default().database
    })?;
    let mut rows = vec![
        [
            "answers",
            "JSON",
            "gzip",
            "joined",
            "× gzip",
            "frame stored",
            "× gzip",
            "profiles stored",
        ]
        .map(str::to_owned),
    ];
    let some = |mbids: Vec<String>| mbids;
    let one = |mbid: &str| vec![mbid.to_owned()];
    for (name, mbids) in [
        ("ordinary artist", some(scale::ordinary_artists(50))),
        ("well-known artist", one(scale::WELL_KNOWN_ARTIST)),
        ("prolific artist", one(scale::PROLIFIC_ARTIST)),
    ] {
        let mut sizes = Sizes::default();
        for mbid in &mbids {
            let found = catalogue.artist(mbid.parse::<Mbid>()?).await?;
            let found = found.ok_or("not found")?;
            sizes.add(answer::artist_parts(found.artist, &found.albums)?)?;
        }
        rows.push(sizes.row(name, mbids.len()));
    }
    for (name, mbids) in [
        ("ordinary album", some(scale::ordinary_albums(50))),
        ("well-known album", one(scale::WELL_KNOWN_ALBUM)),
        ("album with 240 releases", one(scale::PRESSED_ALBUM)),
    ] {
        let mut sizes = Sizes::default();
        for mbid in &mbids {
            let found = catalogue.album(mbid.parse::<Mbid>()?).await?;
            sizes.add(answer::album_parts(found.ok_or("not found")?)?)?;
        }
        rows.push(sizes.row(name, mbids.len()));
    }
    Ok(format!("Bytes, in the mean\n\n{}", table(&rows)))
}

impl Sizes {
    fn add(&mut self, parts: Parts) -> Outcome<()> {
        let profiles: Vec<Segment> = parts
            .profiles
            .iter()
            .map(|profile| Segment::new(profile))
            .collect();
        let frame = parts.frame.clone().map(|piece| Segment::new(&piece));
        let between = Segment::new(BETWEEN_PROFILES);
        let joined = Segment::join(frame.around(&profiles, &between));
        let body = Answer::from(parts.clone()).body;
        let mut whole = GzEncoder::new(Vec::new(), Compression::new(6));
        whole.write_all(&body)?;

        self.json += body.len();
        self.whole += whole.finish()?.len();
        self.joined += joined.gzip().len();
        let freshness = Freshness::starting(0, 0, 0);
        let key = CacheKey::new(Collection::Profile, Uuid::nil().into());
        let entry = Entry::framing(Kind::Found, parts.frame, parts.tags, freshness, 0);
        self.frames += entry.encode(&key)?.len();
        for profile in &parts.profiles {
            let tags = vec![tag(
                Entity::Artist,
                key.mbid().expect("the sample's keys are MBIDs"),
            )];
            let entry = Entry::new(Kind::Found, profile, tags, freshness, 0);
            self.profiles += entry.encode(&key)?.len();
        }
        Ok(())
    }

    fn row(&self, name: &str, answers: usize) -> [String; 8] {
        let mean = |bytes: usize| (bytes / answers).to_string();
        let ratio = |bytes: usize| format!("{:.2}", bytes as f64 / self.whole as f64);
        [
            name.to_owned(),
            mean(self.json),
            mean(self.whole),
            mean(self.joined),
            ratio(self.joined),
            mean(self.frames),
            ratio(self.frames),
            mean(self.profiles),
        ]
    }
}
