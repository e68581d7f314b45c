//! Genres and tags.

use super::copy::Table;
use super::dice::Dice;
use super::mbid::Kind;
use super::names;
use super::writer::{SHARED_IDS, Writer};

/// Genres besides the sample replica's, up to about as many as MusicBrainz has.
const GENRES: u32 = 1_900;
/// The sample replica's, which are the popular ones.
const POPULAR_GENRES: i32 = 58;
const STYLES: [&str; 8] = [
    "rock", "house", "techno", "folk", "metal", "jazz", "pop", "ambient",
];

impl Writer {
    /// Writes the genres, each with its tag, and the tags that are no genres.
    pub(super) fn all_tags(&mut self) {
        for number in 0..GENRES {
            let style = STYLES[number as usize % STYLES.len()];
            let name = format!("{} {style}", names::distinct(number));
            let time = self.next_time(Table::Genre);
            let (_, row) = self.named(Table::Genre, Kind::Genre);
            row.text(name.as_str()).time(time);
            self.tag(&name);
        }
        for number in 0..self.other_tags() {
            self.tag(&names::distinct(number));
        }
    }

    fn tag(&mut self, name: &str) {
        let (_, row) = self.numbered(Table::Tag);
        row.text(name).int(1).end();
    }

    fn other_tags(&self) -> u32 {
        (self.shape.artists / 10).max(1)
    }

    /// Gives an artist or a release group some tags.
    pub(super) fn tags(&mut self, table: Table, entity: i32, number: u32, dice: &mut Dice) {
        let mut given = Vec::new();
        for _ in 0..number {
            let tag = match dice.below(100) {
                0..55 => dice.between(1, POPULAR_GENRES),
                55..75 => SHARED_IDS + 1 + dice.below(GENRES).cast_signed(),
                _ => SHARED_IDS + 1 + (GENRES + dice.below(self.other_tags())).cast_signed(),
            };
            if given.contains(&tag) {
                continue;
            }
            given.push(tag);
            let time = self.next_time(table);
            self.rows
                .row(table)
                .int(entity)
                .int(tag)
                // Votes against a tag can outweigh those for it.
                .int(dice.between(-1, 12))
                .time(time);
        }
    }
}
