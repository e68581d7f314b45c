//! The crawler on MusicBrainz's real schema: packets change the replica, tasks bring the kept answers after it.

mod invalidation;
mod late;
mod moves;
mod news;
mod purges;
mod refresh;
mod rounds;
mod routes;
mod slices;
mod time;
mod trouble;

use linernotes_tests::Crawled;

/// Sample entities that the tests ask for.
mod sample {
    pub const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
    /// An MBID that was merged into The La's.
    pub const THE_LAS_OLD: &str = "d6807b68-c457-45d6-8047-cb9414c3c0c4";
    /// The album The La's (id 1001).
    pub const ALBUM: &str = "f57d03ff-b0a5-3b73-a14c-a5ed5f8cd956";
    pub const AC_DC: &str = "66c662b6-6e2f-4930-8610-912e24c63ed1";
    /// AC/DC's album Back in Black (id 7005).
    pub const BACK_IN_BLACK: &str = "fbe1aa74-c495-4e9c-b5d0-6ec9dea3f953";
    /// AC/DC's album High Voltage (id 7006).
    pub const HIGH_VOLTAGE: &str = "d1bf2581-1abf-4175-9933-af2e9134ecca";
    /// Artist 7006, and its album Louden Up Now (id 7008).
    pub const CHK: &str = "f26c72d3-e52c-467b-b651-679c73d8e1a7";
    pub const LOUDEN_UP_NOW: &str = "a521a3ae-fe28-4f30-86ed-78471904d5a3";
    /// Artist whom an id of Spotify's links to.
    pub const ADELE: &str = "cc2c9c3c-b7bc-4b8b-84d8-4fbd8779e493";
    pub const ADELES_ID: &str = "4dpARuHxo51G3z768sgnrY";
    pub const NOBODY: &str = "66c66aaa-6e2f-4930-8610-912e24c63ed1";

    /// The titles in an artist's list.
    pub fn titles(artist: &serde_json::Value) -> Vec<&str> {
        let albums = artist["Albums"].as_array().expect("a list");
        albums
            .iter()
            .filter_map(|album| album["Title"].as_str())
            .collect()
    }

    /// An MBID of one's own.
    pub fn made_up(number: u32) -> String {
        format!("00000000-0000-4000-8000-{number:012}")
    }
}

/// Everything that is gone after a second look at once.
fn without_pause(config: &mut linernotes_origin::config::Config) {
    config.crawler.second_look_minutes = 0;
}

/// Writes into the note of what invalidation has done.
fn pretend(subject: &Crawled, change: impl Fn(&mut serde_json::Value)) {
    let store = subject.service.cache.store();
    subject.wait(async {
        let note = store.note("task/invalidate").await.unwrap().unwrap();
        let mut state: serde_json::Value = serde_json::from_slice(&note.value).unwrap();
        change(&mut state["progress"]);
        let value = serde_json::to_vec(&state).unwrap();
        let written = store
            .write_note("task/invalidate", &value, Some(note.version))
            .await;
        assert!(written.unwrap());
    });
}

/// Until its transaction ends, no album can be built, for what its media are can't be read. All else can.
fn hold_albums(subject: &Crawled) -> postgres::Client {
    let mut client = subject.cluster.connect().expect("the replica runs");
    client
        .batch_execute("BEGIN; LOCK TABLE musicbrainz.medium_format IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    client
}
