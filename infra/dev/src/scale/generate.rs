//! The order in which everything is made: artist by artist, the extremes spread among them, as in MusicBrainz.

use super::album::{Form, Group, Plan};
use super::artist::{Credit, GROUP, PERSON, Sketch};
use super::copy::Table;
use super::dice::Dice;
use super::mbid::{Kind, mbid, parsed};
use super::names::Name;
use super::release::{Day, Disc};
use super::shape::Shape;
use super::special::{self, album_key, albums_of, artist_key};
use super::writer::Writer;

/// A piece of a table, and how many artists are done.
pub(super) struct Piece {
    pub(super) table: Table,
    /// A whole COPY in the binary format.
    pub(super) bytes: Vec<u8>,
    pub(super) artists: u32,
}

/// Whoever takes the pieces wants no more.
#[derive(Debug)]
pub(super) struct Stopped;

/// What a table got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRows {
    /// Its name.
    pub table: &'static str,
    /// How many rows.
    pub rows: u32,
}

/// Makes all rows of a shape, hands them out in pieces, and tells how many there are.
pub(super) fn generate(
    shape: Shape,
    mut hand_out: impl FnMut(Piece) -> Result<(), Stopped>,
) -> Result<Vec<TableRows>, Stopped> {
    let mut writer = Writer::new(shape);
    writer.all_labels();
    writer.all_tags();
    writer.ended_links();
    let mut extremes = Extremes::begin(&mut writer);
    let mut series = Parts::default();
    for position in 0..shape.artists {
        ordinary_artist(
            &mut writer,
            spread(position, shape.artists),
            &mut extremes,
            &mut series,
        );
        extremes.go_on(&mut writer, position);
        while let Some((table, bytes)) = writer.rows.full_piece() {
            hand_out(Piece {
                table,
                bytes,
                artists: position,
            })?;
        }
    }
    series.end(&mut writer);
    while let Some((table, bytes)) = writer.rows.last_piece() {
        hand_out(Piece {
            table,
            bytes,
            artists: shape.artists,
        })?;
    }
    Ok(Table::ALL
        .iter()
        .map(|&table| TableRows {
            table: table.name(),
            rows: writer.rows.count(table),
        })
        .collect())
}

/// Which ordinary artist comes at a place: the first ones, which are measured, lie all over the tables.
fn spread(position: u32, artists: u32) -> u64 {
    /// A prime, so that every artist comes once.
    const STRIDE: u64 = 7_368_787;
    u64::from(position) * STRIDE % u64::from(artists)
}

fn ordinary_artist(writer: &mut Writer, key: u64, extremes: &mut Extremes, series: &mut Parts) {
    let mut dice = Dice::of(key);
    let albums = albums_of(&mut dice);
    let sketch = Sketch::ordinary(key, albums, &mut dice);
    let credit = writer.artist(&sketch, &mut dice);
    let mut known = Disc::new();
    for number in 0..albums {
        let plan = Plan::ordinary(album_key(key, number), &mut dice);
        let group = writer.album(&plan, &credit, &mut known, &mut dice);
        series.offer(&group, writer.shape);
    }
    extremes.heard(&known);
}

/// The release groups that series are made of.
#[derive(Default)]
struct Parts {
    long: Vec<i32>,
    short: Vec<i32>,
    offered: u32,
}

impl Parts {
    /// The short series have this many parts each.
    const SHORT: usize = 5;
    /// One album in so many is a part.
    const EVERY: u32 = 40;

    fn offer(&mut self, group: &Group, shape: Shape) {
        self.offered += 1;
        if self.long.len() < shape.series_parts as usize {
            self.long.push(group.id);
        } else if self.offered.is_multiple_of(Self::EVERY) {
            self.short.push(group.id);
        }
    }

    fn end(self, writer: &mut Writer) {
        let mut dice = Dice::of(artist_key(100));
        writer.series(parsed(special::LONG_SERIES), &self.long, &mut dice);
        for (number, parts) in (0..).zip(self.short.chunks(Self::SHORT)) {
            writer.series(mbid(Kind::Series, number), parts, &mut dice);
        }
    }
}

/// The entities that are as large as MusicBrainz's largest.
struct Extremes {
    dice: Dice,
    various: Credit,
    prolific: Credit,
    pressed: Group,
    pressed_media: Vec<Disc>,
    prolific_known: Disc,
    /// Some recordings of ordinary artists, for compilations.
    heard: Disc,
}

impl Extremes {
    /// Writes the special artists, and what of them isn't spread.
    fn begin(writer: &mut Writer) -> Self {
        let mut dice = Dice::of(artist_key(0));
        let mut special = |number, mbid, name: Name, kind, fame, spotify_id| {
            let sketch = Sketch {
                key: artist_key(number),
                mbid: parsed(mbid),
                name,
                kind: Some(kind),
                fame,
                spotify_id,
            };
            writer.artist(&sketch, &mut dice)
        };
        const VARIOUS: &str = "Various Artists";
        const OTHER: i32 = 3;
        let named = |name: &str, sort_name: &str| Name {
            name: name.to_owned(),
            sort_name: sort_name.to_owned(),
        };
        let various = special(
            1,
            special::VARIOUS_ARTISTS,
            named(VARIOUS, VARIOUS),
            OTHER,
            20,
            None,
        );
        let prolific = special(
            2,
            special::PROLIFIC_ARTIST,
            named("Félix Prolífico", "Prolífico, Félix"),
            PERSON,
            30,
            None,
        );
        let well_known = special(
            3,
            special::WELL_KNOWN_ARTIST,
            named("The Well‐Known’s", "Well‐Known’s, The"),
            GROUP,
            8,
            Some(special::WELL_KNOWN_ARTIST_ON_SPOTIFY),
        );
        let pressed = special(
            4,
            special::PRESSED_ARTIST,
            named("The Pressings", "Pressings, The"),
            GROUP,
            15,
            None,
        );
        let boxed = special(
            5,
            special::BOXED_ARTIST,
            named("Оркестр Архива", "Оркестр Архива"),
            GROUP,
            2,
            None,
        );

        well_known_albums(writer, &well_known, &mut dice);
        box_set(writer, &boxed, &mut dice);
        let plan = Plan {
            mbid: parsed(special::PRESSED_ALBUM),
            form: Form::Album,
            media: Some(1),
            tracks: Some(13),
            year: 1967,
            ..Plan::ordinary(album_key(artist_key(4), 0), &mut dice)
        };
        let pressed = writer.group(&plan, &pressed, &mut dice);
        let pressed_media = writer.discs(&plan, &pressed, &mut Disc::new(), &mut dice);
        let first = Day {
            year: Some(1967),
            month: Some(5),
            day: Some(26),
        };
        writer.group_meta(&pressed, writer.shape.pressings, first, &mut dice);
        Self {
            dice,
            various,
            prolific,
            pressed,
            pressed_media,
            prolific_known: Disc::new(),
            heard: Disc::new(),
        }
    }

    /// Remembers a recording for compilations.
    fn heard(&mut self, known: &Disc) {
        const MEMORY: usize = 500;
        if let Some(take) = known.first() {
            if self.heard.len() < MEMORY {
                self.heard.push(take.clone());
            } else {
                let place = self.dice.below(MEMORY as u32) as usize;
                self.heard[place] = take.clone();
            }
        }
    }

    /// Writes the part of the extremes that comes after the ordinary artist at `position`.
    fn go_on(&mut self, writer: &mut Writer, position: u32) {
        let shape = writer.shape;
        let due = |total: u32| {
            let until = |position: u32| {
                (u64::from(position) * u64::from(total) / u64::from(shape.artists)) as u32
            };
            until(position)..until(position + 1)
        };
        for number in due(shape.various_albums) {
            self.compilation(writer, number);
        }
        for number in due(shape.prolific_albums) {
            let plan = Plan::ordinary(album_key(artist_key(2), number), &mut self.dice);
            writer.album(
                &plan,
                &self.prolific,
                &mut self.prolific_known,
                &mut self.dice,
            );
        }
        for edition in due(shape.pressings) {
            writer.release(&self.pressed, edition, &self.pressed_media, &mut self.dice);
        }
    }

    /// Writes a small compilation of others' recordings.
    fn compilation(&mut self, writer: &mut Writer, number: u32) {
        const COMPILATION: i32 = 1;
        const TRACKS: usize = 2;
        let plan = Plan {
            secondary_type: Some(COMPILATION),
            ..Plan::ordinary(album_key(artist_key(1), number), &mut self.dice)
        };
        let group = writer.group(&plan, &self.various, &mut self.dice);
        let disc: Disc = (0..TRACKS.min(self.heard.len()))
            .map(|_| self.dice.pick(&self.heard).clone())
            .collect();
        let released = writer.release(&group, 0, &[disc], &mut self.dice);
        writer.group_meta(&group, 1, released.first, &mut self.dice);
    }
}

fn well_known_albums(writer: &mut Writer, artist: &Credit, dice: &mut Dice) {
    const ALBUMS: u32 = 12;
    let mut known = Disc::new();
    let first = Plan {
        mbid: parsed(special::WELL_KNOWN_ALBUM),
        form: Form::Album,
        releases: 6,
        media: Some(1),
        tracks: Some(12),
        spotify_id: Some(special::WELL_KNOWN_ALBUM_ON_SPOTIFY),
        ..Plan::ordinary(album_key(artist_key(3), 0), dice)
    };
    writer.album(&first, artist, &mut known, dice);
    for number in 1..ALBUMS {
        let plan = Plan::ordinary(album_key(artist_key(3), number), dice);
        writer.album(&plan, artist, &mut known, dice);
    }
}

fn box_set(writer: &mut Writer, artist: &Credit, dice: &mut Dice) {
    let plan = Plan {
        mbid: parsed(special::BOX_SET),
        form: Form::Album,
        releases: 1,
        media: Some(writer.shape.box_media),
        tracks: Some(15),
        ..Plan::ordinary(album_key(artist_key(5), 0), dice)
    };
    writer.album(&plan, artist, &mut Disc::new(), dice);
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher};

    use super::*;

    fn hash_of(shape: Shape) -> (u64, Vec<TableRows>) {
        let mut hasher = DefaultHasher::new();
        let rows = generate(shape, |piece| {
            hasher.write(piece.table.name().as_bytes());
            hasher.write(&piece.bytes);
            Ok(())
        });
        (hasher.finish(), rows.unwrap())
    }

    #[test]
    fn the_same_shape_gives_the_same_bytes() {
        assert_eq!(hash_of(Shape::TINY), hash_of(Shape::TINY));
        let larger = Shape {
            artists: 301,
            ..Shape::TINY
        };
        assert_ne!(hash_of(larger).0, hash_of(Shape::TINY).0);
    }
}
