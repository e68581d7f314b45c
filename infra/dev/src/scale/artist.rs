//! Artists with what hangs on them, and their credits.

use super::copy::Table;
use super::dice::Dice;
use super::links::{self, Linked};
use super::mbid::Kind;
use super::names::{self, Name};
use super::special;
use super::writer::{SHARED_IDS, Writer};

/// Countries among the sample replica's areas.
pub(super) const COUNTRIES: [i32; 9] = [13, 73, 81, 107, 176, 221, 222, 240, 241];

/// An artist to be written.
pub(super) struct Sketch {
    /// What identifies it in the generator.
    pub(super) key: u64,
    pub(super) mbid: u128,
    pub(super) name: Name,
    pub(super) kind: Option<i32>,
    /// How many more aliases, tags and links it has than chance alone gives.
    pub(super) fame: u32,
    pub(super) spotify_id: Option<&'static str>,
}

/// What releases and tracks are credited to: one artist's own credit has its id.
#[derive(Clone, Debug)]
pub(super) struct Credit {
    pub(super) id: i32,
    pub(super) name: String,
}

pub(super) const PERSON: i32 = 1;
pub(super) const GROUP: i32 = 2;
const OTHERS: [i32; 4] = [3, 4, 5, 6];

impl Sketch {
    /// The ordinary artist of a key.
    pub(super) fn ordinary(key: u64, albums: u32, dice: &mut Dice) -> Self {
        let (kind, name) = match dice.below(100) {
            0..58 => (Some(PERSON), names::person(dice)),
            58..90 => (Some(GROUP), names::group(dice)),
            90..93 => (Some(*dice.pick(&OTHERS)), names::group(dice)),
            _ => (None, names::group(dice)),
        };
        Self {
            key,
            mbid: super::mbid::mbid(Kind::Artist, key),
            name,
            kind,
            fame: albums.min(12) / 3,
            spotify_id: None,
        }
    }
}

impl Writer {
    /// Writes an artist and its credit.
    pub(super) fn artist(&mut self, sketch: &Sketch, dice: &mut Dice) -> Credit {
        let (name, sort_name) = (&sketch.name.name, &sketch.name.sort_name);
        let time = self.next_time(Table::Artist);
        let begin = dice.chance(450).then(|| dice.between(1900, 2005) as i16);
        let month = begin
            .filter(|_| dice.chance(500))
            .map(|_| dice.between(1, 12) as i16);
        let day = month
            .filter(|_| dice.chance(800))
            .map(|_| dice.between(1, 28) as i16);
        let end = dice.chance(120).then(|| dice.between(2006, 2025) as i16);
        // Namesakes must be told apart.
        let number = self.rows.count(Table::Artist);
        let comment = if self.artist_names.insert(name.clone()) {
            String::new()
        } else {
            format!("from {}", names::distinct(number))
        };
        let id = self.next_id(Table::Artist);
        self.rows
            .row(Table::Artist)
            .int(id)
            .uuid(sketch.mbid)
            .text(name.as_str())
            .text(sort_name.as_str())
            .small(begin)
            .small(month)
            .small(day)
            .small(end)
            .int(sketch.kind)
            .int(dice.chance(600).then(|| *dice.pick(&COUNTRIES)))
            .text(comment.as_str())
            .bool(end.is_some() || dice.chance(30))
            .time(time);
        let rated = dice.chance(80);
        self.rows
            .row(Table::ArtistMeta)
            .int(id)
            .small(rated.then(|| 10 * dice.between(2, 10) as i16))
            .int(rated.then(|| dice.between(1, 40)))
            .end();
        for _ in 0..dice.heavy_tailed(0.05, 1.3, 8) {
            self.redirect(Table::ArtistRedirect, Kind::OldArtist, id);
        }
        for _ in 0..dice.heavy_tailed(0.18, 1.3, 40) + sketch.fame {
            self.artist_alias(id, name, dice);
        }
        let tags = dice.heavy_tailed(0.45, 1.2, 12) + sketch.fame / 2;
        self.tags(Table::ArtistTag, id, tags, dice);
        self.artist_links(id, sketch, dice);
        self.own_credit(id, name)
    }

    fn artist_alias(&mut self, artist: i32, name: &str, dice: &mut Dice) {
        const ARTIST_NAME: i32 = 1;
        const LEGAL_NAME: i32 = 2;
        const SEARCH_HINT: i32 = 3;
        const LOCALES: [&str; 6] = ["en", "ja", "ru", "ar", "fr", "de"];
        let time = self.next_time(Table::ArtistAlias);
        let alias = match dice.below(10) {
            0..4 => names::title(dice),
            4..7 => names::person(dice).name,
            _ => name.to_uppercase(),
        };
        let kind = match dice.below(100) {
            0..60 => Some(ARTIST_NAME),
            60..72 => Some(LEGAL_NAME),
            72..85 => Some(SEARCH_HINT),
            _ => None,
        };
        // MusicBrainz allows search hints no locale.
        let locale = (kind != Some(SEARCH_HINT) && dice.chance(300)).then(|| *dice.pick(&LOCALES));
        let (_, row) = self.numbered(Table::ArtistAlias);
        row.int(artist)
            .text(alias.as_str())
            .text(alias.as_str())
            .text(locale)
            .int(kind)
            .time(time);
    }

    fn artist_links(&mut self, artist: i32, sketch: &Sketch, dice: &mut Dice) {
        let linked = Linked {
            table: Table::ArtistUrl,
            id: artist,
            key: sketch.key,
        };
        if let Some(spotify_id) = sketch.spotify_id {
            self.spotify_link(&linked, spotify_id);
        }
        let number = dice.heavy_tailed(0.8, 1.3, 10) + sketch.fame;
        self.links(&linked, &links::ARTIST_SITES, number, dice);
    }

    fn own_credit(&mut self, artist: i32, name: &str) -> Credit {
        self.credit(artist, name, &[(artist, name, "")]);
        Credit {
            id: artist,
            name: name.to_owned(),
        }
    }

    /// A credit that names a guest after the artist.
    pub(super) fn collaboration(&mut self, artist: &Credit, dice: &mut Dice) -> Credit {
        let id = self.last_artist() + 1 + self.collaborations.cast_signed();
        self.collaborations += 1;
        let guest = self.any_artist(dice);
        let guest_name = names::title(dice);
        let join_phrase = *dice.pick(&[" & ", " feat. ", " and "]);
        let name = format!("{}{join_phrase}{guest_name}", artist.name);
        let parts = [
            (artist.id, artist.name.as_str(), join_phrase),
            (guest, guest_name.as_str(), ""),
        ];
        // One who is a guest of one's own would be named twice.
        self.credit(
            id,
            &name,
            if guest == artist.id {
                &parts[..1]
            } else {
                &parts
            },
        );
        Credit { id, name }
    }

    fn credit(&mut self, id: i32, name: &str, parts: &[(i32, &str, &str)]) {
        let time = self.next_time(Table::ArtistCredit);
        self.rows
            .row(Table::ArtistCredit)
            .int(id)
            .uuid(super::mbid::mbid(
                Kind::ArtistCredit,
                id.cast_unsigned().into(),
            ))
            .text(name)
            .small(parts.len() as i16)
            .int(1)
            .time(time);
        for (position, (artist, name, join_phrase)) in (0..).zip(parts) {
            self.rows
                .row(Table::ArtistCreditName)
                .int(id)
                .small(position)
                .int(*artist)
                .text(*name)
                .text(*join_phrase)
                .end();
        }
    }

    /// The id of any artist, written already or not.
    pub(super) fn any_artist(&self, dice: &mut Dice) -> i32 {
        let number = dice.below(self.shape.artists + special::ARTISTS);
        SHARED_IDS + 1 + number.cast_signed()
    }

    fn last_artist(&self) -> i32 {
        SHARED_IDS + (self.shape.artists + special::ARTISTS).cast_signed()
    }
}
