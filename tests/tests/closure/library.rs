//! A library that is refreshed by Lidarr's rules: `RefreshArtistService`, `RefreshAlbumService`, `ShouldRefreshArtist` and
//! `ShouldRefreshAlbum`, as far as they depend on what a metadata server says. It has no files, so everything that Lidarr
//! may delete it does.

use std::collections::{BTreeMap, BTreeSet};

use linernotes_shared::request::Entity;
use linernotes_tests::{Crawled, next_second};
use serde_json::{Value, json};

use crate::look::Look;

pub struct Library {
    pub name: &'static str,
    artists: BTreeMap<String, Artist>,
    /// When the last run began, in unix seconds: Lidarr asks what changed since.
    last_run: Option<u64>,
    /// What was deleted, and why; of the last ones it isn't seen yet whether that was right.
    deleted: Vec<Deletion>,
    seen: usize,
    asked: u32,
    limited: u32,
}

/// Why Lidarr deletes something.
#[derive(Clone, Debug)]
enum Deletion {
    /// An artist was said to be gone.
    Artist(String),
    /// An album was said to be gone.
    Album(String),
    /// An album was said to have no tracks.
    Empty(String),
    /// An album was missing from an artist's list.
    Unlisted { artist: String, album: String },
}

impl Deletion {
    /// What an answer was about that led to it.
    fn subject(&self) -> (Entity, &str) {
        match self {
            Self::Artist(artist) | Self::Unlisted { artist, .. } => (Entity::Artist, artist),
            Self::Album(album) | Self::Empty(album) => (Entity::Album, album),
        }
    }

    /// Whether it is right by what somebody knows.
    fn is_right(&self, truth: impl Fn(Entity, &str) -> Option<Value>) -> bool {
        let (entity, mbid) = self.subject();
        let truth = truth(entity, mbid);
        match self {
            Self::Artist(_) | Self::Album(_) => truth.is_none(),
            Self::Empty(_) => truth.is_none_or(|truth| !has_tracks(&truth)),
            Self::Unlisted { album, .. } => truth.is_none_or(|truth| !lists(&truth, album)),
        }
    }
}

struct Artist {
    /// Its answer without the albums.
    says: Value,
    albums: BTreeMap<String, Album>,
    refreshed: u32,
}

struct Album {
    /// Its answer without its artists; null before the first refresh.
    says: Value,
    refreshed: Option<u32>,
}

impl Library {
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            artists: BTreeMap::new(),
            last_run: None,
            deleted: Vec::new(),
            seen: 0,
            asked: 0,
            limited: 0,
        }
    }

    /// A user adds an artist: its albums are all refreshed.
    pub fn add(&mut self, subject: &Crawled, day: u32, mbid: &str) {
        self.refresh_artist(subject, day, mbid, true, None);
    }

    /// The scheduled refresh.
    pub fn refresh(&mut self, subject: &Crawled, day: u32) {
        // What happened before this second has been, and is in the list; what comes is in the next one.
        let begun = next_second();
        // A Lidarr that has never run says the year 1.
        let since = self
            .last_run
            .map_or(-62_135_596_800, |second| i64::try_from(second).unwrap());
        let changed_artists = self.recent(subject, Entity::Artist, since);
        let changed_albums = self.recent(subject, Entity::Album, since);
        self.last_run = Some(begun);
        let artists: Vec<String> = self.artists.keys().cloned().collect();
        for mbid in artists {
            // It may have been merged into one that came before.
            let Some(artist) = self.artists.get(&mbid) else {
                continue;
            };
            let due = match &changed_artists {
                Some(changed) => changed.contains(&mbid),
                None => artist.is_due(day),
            };
            if due {
                self.refresh_artist(subject, day, &mbid, false, changed_albums.as_ref());
            }
        }
    }

    /// What changed; `None` if the server can't tell.
    fn recent(
        &mut self,
        subject: &Crawled,
        entity: Entity,
        since: i64,
    ) -> Option<BTreeSet<String>> {
        let answer = subject.get(&format!("/recent/{entity}?since={since}"));
        assert_eq!(
            answer.status, 200,
            "whatever the trouble: else Lidarr's whole run fails"
        );
        let recent = answer.json();
        self.asked += 1;
        if recent["limited"] == json!(true) {
            self.limited += 1;
            return None;
        }
        let items = recent["items"].as_array().expect("a list");
        Some(
            items
                .iter()
                .map(|item| item.as_str().unwrap().to_owned())
                .collect(),
        )
    }

    fn refresh_artist(
        &mut self,
        subject: &Crawled,
        day: u32,
        held: &str,
        all_albums: bool,
        changed: Option<&BTreeSet<String>>,
    ) {
        let answer = subject.get(&format!("/artist/{held}"));
        match answer.status {
            200 => {}
            404 => {
                self.artists.remove(held);
                self.deleted.push(Deletion::Artist(held.to_owned()));
                return;
            }
            // Trouble: another time.
            503 => return,
            other => panic!("{held}: {other}"),
        }
        let mut says = answer.json();
        let listed = says["Albums"].take();
        let mbid = says["id"].as_str().unwrap().to_owned();
        let mut artist = self.artists.remove(held).unwrap_or_else(Artist::new);
        if mbid != held
            && let Some(other) = self.artists.remove(&mbid)
        {
            // Merged into one that is there already.
            for (mbid, album) in other.albums {
                artist.albums.entry(mbid).or_insert(album);
            }
        }
        artist.says = says;
        artist.refreshed = day;
        self.refresh_albums(subject, day, &mut artist, &listed, all_albums, changed);
        self.artists.insert(mbid, artist);
    }

    fn refresh_albums(
        &mut self,
        subject: &Crawled,
        day: u32,
        artist: &mut Artist,
        listed: &Value,
        all: bool,
        changed: Option<&BTreeSet<String>>,
    ) {
        let is_due = |held: &str, album: &Album| {
            all || match changed {
                Some(changed) => changed.contains(held),
                None => album.is_due(day),
            }
        };
        let mut local = std::mem::take(&mut artist.albums);
        for remote in listed.as_array().expect("albums are a list") {
            // Without a status, it passes no profile.
            if remote["ReleaseStatuses"] == json!([]) {
                continue;
            }
            let mbid = remote["Id"].as_str().unwrap();
            let old = remote["OldIds"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str);
            let held: Vec<String> = std::iter::once(mbid)
                .chain(old)
                .filter(|mbid| local.contains_key(*mbid))
                .map(str::to_owned)
                .collect();
            let mut found: Vec<(String, Album)> = held
                .into_iter()
                .map(|mbid| (mbid.clone(), local.remove(&mbid).unwrap()))
                .collect();
            if found.is_empty() {
                // Inserted without releases: whether they come depends on the list of changes.
                found.push((mbid.to_owned(), Album::new()));
            }
            let due = found.iter().any(|(held, album)| is_due(held, album));
            let (_, mut album) = found.remove(0);
            if !due || self.refresh_album(subject, day, mbid, &mut album) {
                artist.albums.insert(mbid.to_owned(), album);
            }
        }
        // What isn't listed any more is deleted without another question, once it is its turn.
        for (mbid, album) in local {
            if is_due(&mbid, &album) {
                let artist = artist.says["id"].as_str().unwrap().to_owned();
                self.deleted.push(Deletion::Unlisted {
                    artist,
                    album: mbid,
                });
            } else {
                artist.albums.insert(mbid, album);
            }
        }
    }

    /// Whether the album stays.
    fn refresh_album(
        &mut self,
        subject: &Crawled,
        day: u32,
        mbid: &str,
        album: &mut Album,
    ) -> bool {
        let answer = subject.get(&format!("/album/{mbid}"));
        match answer.status {
            503 => return true,
            404 => {
                self.deleted.push(Deletion::Album(mbid.to_owned()));
                return false;
            }
            200 => {}
            other => panic!("{mbid}: {other}"),
        }
        let says = without_artists(answer.json());
        if !has_tracks(&says) {
            self.deleted.push(Deletion::Empty(mbid.to_owned()));
            return false;
        }
        album.says = says;
        album.refreshed = Some(day);
        true
    }

    /// Nothing was deleted that exists, now that the trouble is over; nor, if nobody could look today, existed at the last
    /// look and at every moment since.
    pub fn see_deletions(&mut self, subject: &Crawled, last_look: Option<&Look>) {
        for deletion in &self.deleted[self.seen..] {
            let is_right = deletion.is_right(|entity, mbid| subject.unkept(entity, mbid));
            let was_right = || {
                let mut moments = last_look.into_iter().flat_map(Look::moments);
                moments.any(|moment| {
                    moment.knew(deletion.subject())
                        && deletion.is_right(|entity, mbid| moment.unkept(entity, mbid))
                })
            };
            assert!(is_right || was_right(), "{}: {deletion:?}", self.name);
        }
        self.seen = self.deleted.len();
    }

    /// What it has.
    pub fn held(&self) -> impl Iterator<Item = (Entity, String)> {
        self.artists.iter().flat_map(|(mbid, artist)| {
            let albums = artist.albums.keys();
            let albums = albums.map(|mbid| (Entity::Album, mbid.clone()));
            std::iter::once((Entity::Artist, mbid.clone())).chain(albums)
        })
    }

    /// Everything here is as the catalogue has it, and everything there is here.
    pub fn compare(&self, subject: &Crawled) {
        for (mbid, artist) in &self.artists {
            let mut truth = subject
                .unkept(Entity::Artist, mbid)
                .unwrap_or_else(|| panic!("{}: artist {mbid} is gone, but still here", self.name));
            let listed = truth["Albums"].take();
            assert_eq!(artist.says, truth, "{}: artist {mbid}", self.name);
            let listed: BTreeMap<String, Value> = listed
                .as_array()
                .unwrap()
                .iter()
                .map(|album| album["Id"].as_str().unwrap().to_owned())
                .map(|mbid| {
                    let says = subject.unkept(Entity::Album, &mbid).expect("it is listed");
                    (mbid, without_artists(says))
                })
                .filter(|(_, says)| has_tracks(says))
                .collect();
            // An album without tracks is inserted whenever its artist is refreshed, and deleted when it's its own turn.
            let is_empty =
                |mbid: &String, album: &Album| album.says.is_null() && !listed.contains_key(mbid);
            let here: BTreeSet<&String> = artist
                .albums
                .iter()
                .filter(|(mbid, album)| !is_empty(mbid, album))
                .map(|(mbid, _)| mbid)
                .collect();
            let there: BTreeSet<&String> = listed.keys().collect();
            assert_eq!(here, there, "{}: albums of {mbid}", self.name);
            for mbid in here {
                let says = &artist.albums[mbid].says;
                assert_eq!(*says, listed[mbid], "{}: album {mbid}", self.name);
            }
        }
    }

    pub fn summary(&self) -> String {
        let albums: usize = self
            .artists
            .values()
            .map(|artist| artist.albums.len())
            .sum();
        format!(
            "{} artists, {albums} albums, {} deleted, {} of {} lists limited",
            self.artists.len(),
            self.deleted.len(),
            self.limited,
            self.asked
        )
    }
}

impl Artist {
    fn new() -> Self {
        Self {
            says: Value::Null,
            albums: BTreeMap::new(),
            refreshed: 0,
        }
    }

    /// Without a list of changes, its age decides.
    fn is_due(&self, day: u32) -> bool {
        let age = day - self.refreshed;
        let ended = self.says["status"] == json!("ended");
        age > 30 || !ended && age > 2
    }
}

impl Album {
    fn new() -> Self {
        Self {
            says: Value::Null,
            refreshed: None,
        }
    }

    fn is_due(&self, day: u32) -> bool {
        self.refreshed.is_none_or(|refreshed| day - refreshed > 60)
    }
}

/// Whether an album is in an artist's list, and passes a profile.
fn lists(artist: &Value, album: &str) -> bool {
    let mut albums = artist["Albums"]
        .as_array()
        .expect("albums are a list")
        .iter();
    albums.any(|listed| {
        let old = listed["OldIds"].as_array().expect("old MBIDs are a list");
        listed["ReleaseStatuses"] != json!([])
            && (listed["Id"] == album || old.contains(&json!(album)))
    })
}

/// An artist's change doesn't list its albums; Lidarr has it from the artist itself.
fn without_artists(mut album: Value) -> Value {
    album["artists"].take();
    album
}

/// Whether Lidarr keeps an album: one release with a track is enough.
fn has_tracks(album: &Value) -> bool {
    let releases = album["Releases"].as_array().expect("releases are a list");
    let tracks = |release: &Value| release["Tracks"].as_array().map_or(0, Vec::len);
    releases.iter().any(|release| tracks(release) > 0)
}
