//! Recordings, and the media and tracks they are heard on.

use super::album::{Group, Plan};
use super::artist::Credit;
use super::copy::Table;
use super::dice::Dice;
use super::mbid::Kind;
use super::names;
use super::writer::Writer;

/// A recording written.
#[derive(Clone, Debug)]
pub(super) struct Take {
    id: i32,
    credit: i32,
    name: String,
    /// Milliseconds.
    length: Option<i32>,
}

/// The recordings of a medium.
pub(super) type Disc = Vec<Take>;

/// MusicBrainz's formats: CD, digital, three sizes of vinyl, cassette, enhanced CD, DVD.
const FORMATS: [(u32, i32); 8] = [
    (42, 1),
    (72, 12),
    (78, 7),
    (82, 31),
    (85, 29),
    (89, 8),
    (91, 42),
    (93, 19),
];
const VINYL: [i32; 3] = [7, 29, 31];
/// Holds data besides music.
const ENHANCED_CD: i32 = 42;

impl Writer {
    /// Makes the media of a release group, some of whose recordings are `known` already.
    pub(super) fn discs(
        &mut self,
        plan: &Plan,
        group: &Group,
        known: &mut Disc,
        dice: &mut Dice,
    ) -> Vec<Disc> {
        let guests = dice
            .chance(150)
            .then(|| self.collaboration(&group.credit, dice));
        let media = plan
            .media
            .unwrap_or_else(|| dice.heavy_tailed(1.0, 3.7, 20));
        let older = known.len() as u32;
        let mut discs = Vec::new();
        for _ in 0..media {
            let tracks = plan.tracks.unwrap_or_else(|| plan.form.tracks(dice));
            let disc: Disc = (0..tracks)
                .map(|_| {
                    if older > 0 && dice.chance(150) {
                        return known[dice.below(older) as usize].clone();
                    }
                    let credit = guests.as_ref().filter(|_| dice.chance(250));
                    self.recording(credit.unwrap_or(&group.credit), dice)
                })
                .collect();
            known.extend_from_slice(&disc);
            discs.push(disc);
        }
        discs
    }

    /// Writes a recording.
    pub(super) fn recording(&mut self, credit: &Credit, dice: &mut Dice) -> Take {
        let name = names::title(dice);
        let length = (!dice.chance(80)).then(|| dice.between(45_000, 480_000));
        let time = self.next_time(Table::Recording);
        let (id, row) = self.named(Table::Recording, Kind::Recording);
        row.text(name.as_str())
            .int(credit.id)
            .int(length)
            .bool(dice.chance(15))
            .time(time);
        for _ in 0..dice.heavy_tailed(0.1, 1.3, 6) {
            self.redirect(Table::RecordingRedirect, Kind::OldRecording, id);
        }
        Take {
            id,
            credit: credit.id,
            name,
            length,
        }
    }

    /// Writes a medium of a release with its tracks.
    pub(super) fn medium(&mut self, release: i32, position: i32, disc: &[Take], dice: &mut Dice) {
        let share = dice.below(100);
        let format = FORMATS
            .iter()
            .find(|(up_to, _)| share < *up_to)
            .map(|(_, format)| *format);
        let name = if position > 1 && dice.chance(200) {
            names::title(dice)
        } else {
            String::new()
        };
        let time = self.next_time(Table::Medium);
        let (medium, row) = self.named(Table::Medium, Kind::Medium);
        row.int(release)
            .int(position)
            .int(format)
            .text(name.as_str())
            .int(disc.len() as i32)
            .time(time);
        let vinyl = format.is_some_and(|format| VINYL.contains(&format));
        let side = disc.len().div_ceil(2);
        // A track hidden before the first stands at position 0.
        let first = if dice.chance(5) { 0 } else { 1 };
        for (index, take) in disc.iter().enumerate() {
            let position = first + index as i32;
            let number = if vinyl {
                let letter = if index < side { 'A' } else { 'B' };
                format!("{letter}{}", index % side + 1)
            } else {
                position.to_string()
            };
            let is_data = format == Some(ENHANCED_CD) && index > 0 && index + 1 == disc.len();
            self.track(medium, position, &number, take, is_data, dice);
        }
    }

    fn track(
        &mut self,
        medium: i32,
        position: i32,
        number: &str,
        take: &Take,
        is_data: bool,
        dice: &mut Dice,
    ) {
        let time = self.next_time(Table::Track);
        let (id, row) = self.named(Table::Track, Kind::Track);
        row.int(take.id)
            .int(medium)
            .int(position)
            .text(number)
            .text(take.name.as_str())
            .int(take.credit)
            .int(take.length.filter(|_| !dice.chance(30)))
            .bool(is_data)
            .time(time);
        for _ in 0..dice.heavy_tailed(0.03, 1.3, 4) {
            self.redirect(Table::TrackRedirect, Kind::OldTrack, id);
        }
    }
}
