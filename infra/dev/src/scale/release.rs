//! Releases: where and when they came out, on which labels, with which pictures.

use super::album::Group;
use super::artist::COUNTRIES;
use super::copy::Table;
use super::dice::Dice;
use super::links::{self, Linked};
use super::mbid::Kind;
use super::names;
use super::writer::{SHARED_IDS, Writer};

pub(super) use super::recording::Disc;

/// A date of which parts may be unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: Option<i16>,
    pub(super) month: Option<i16>,
    pub(super) day: Option<i16>,
}

/// A release written.
pub(super) struct Released {
    pub(super) id: i32,
    pub(super) first: Day,
    pub(super) has_cover: bool,
}

impl Day {
    fn in_year(year: i16, dice: &mut Dice) -> Self {
        let known = dice.below(100);
        Self {
            year: (known < 95).then_some(year),
            month: (known < 80).then(|| dice.between(1, 12) as i16),
            day: (known < 70).then(|| dice.between(1, 28) as i16),
        }
    }

    /// The earlier of two, where an unknown part counts as late.
    pub(super) fn earlier(self, other: Self) -> Self {
        let order = |day: Self| [day.year, day.month, day.day].map(|part| part.unwrap_or(i16::MAX));
        if order(other) < order(self) {
            other
        } else {
            self
        }
    }
}

impl Writer {
    /// Writes the labels.
    pub(super) fn all_labels(&mut self) {
        for number in 0..self.labels() {
            let name = format!("{} Records", names::distinct(number));
            let time = self.next_time(Table::Label);
            let (_, row) = self.named(Table::Label, Kind::Label);
            row.text(name.as_str()).time(time);
        }
    }

    fn labels(&self) -> u32 {
        (self.shape.artists / 10).max(1)
    }

    /// Writes the `edition`th release of a group, from 0, with these media.
    pub(super) fn release(
        &mut self,
        group: &Group,
        edition: u32,
        media: &[Disc],
        dice: &mut Dice,
    ) -> Released {
        let status = match dice.below(100) {
            0..78 => Some(1),
            78..82 => Some(2),
            82..88 => Some(3),
            88..90 => Some(dice.between(4, 6)),
            _ => None,
        };
        let title = if edition > 0 && dice.chance(120) {
            format!("{} (deluxe edition)", group.title)
        } else {
            group.title.clone()
        };
        let comment = if dice.chance(120) { "reissue" } else { "" };
        let time = self.next_time(Table::Release);
        let (id, row) = self.named(Table::Release, Kind::Release);
        row.text(title.as_str())
            .int(group.credit.id)
            .int(group.id)
            .int(status)
            .text(comment)
            .time(time);
        for _ in 0..dice.heavy_tailed(0.05, 1.5, 5) {
            self.redirect(Table::ReleaseRedirect, Kind::OldRelease, id);
        }
        let years_later = if edition == 0 { 0 } else { dice.between(1, 40) };
        let year = (i32::from(group.year) + years_later).min(2026) as i16;
        let first = self.release_events(id, year, dice);
        self.release_labels(id, dice);
        let linked = Linked {
            table: Table::ReleaseUrl,
            id,
            key: id.cast_unsigned().into(),
        };
        let sites = dice.heavy_tailed(0.5, 1.3, 3);
        self.links(&linked, &links::RELEASE_SITES, sites, dice);
        let has_cover = self.cover_art(id, dice);
        for (position, disc) in (1..).zip(media) {
            self.medium(id, position, disc, dice);
        }
        Released {
            id,
            first,
            has_cover,
        }
    }

    fn release_events(&mut self, release: i32, year: i16, dice: &mut Dice) -> Day {
        let mut first = Day::default();
        match dice.below(100) {
            0..8 => {}
            8..14 => {
                first = Day::in_year(year, dice);
                self.rows
                    .row(Table::ReleaseUnknownCountry)
                    .int(release)
                    .small(first.year)
                    .small(first.month)
                    .small(first.day)
                    .end();
            }
            several => {
                let countries = if several > 94 {
                    1 + dice.below(5) as usize
                } else {
                    1
                };
                let start = dice.below(9) as usize;
                for place in 0..countries {
                    let date = Day::in_year(year, dice);
                    self.rows
                        .row(Table::ReleaseCountry)
                        .int(release)
                        .int(COUNTRIES[(start + place) % COUNTRIES.len()])
                        .small(date.year)
                        .small(date.month)
                        .small(date.day)
                        .end();
                    first = first.earlier(date);
                }
            }
        }
        first
    }

    fn release_labels(&mut self, release: i32, dice: &mut Dice) {
        for _ in 0..dice.heavy_tailed(0.75, 2.0, 4) {
            let label = SHARED_IDS + 1 + dice.below(self.labels()).cast_signed();
            let catalog_number = format!("CAT {}", dice.below(10_000));
            let time = self.next_time(Table::ReleaseLabel);
            let (_, row) = self.numbered(Table::ReleaseLabel);
            row.int(release)
                .int((!dice.chance(60)).then_some(label))
                .text((!dice.chance(300)).then_some(catalog_number.as_str()))
                .time(time);
        }
    }

    /// Writes a release's pictures, the front first; returns whether there is one.
    fn cover_art(&mut self, release: i32, dice: &mut Dice) -> bool {
        /// What the Cover Art Archive's numbers start with.
        const ARCHIVE: i64 = 10_000_000_000;
        /// Front, back, medium, booklet.
        const TYPES: [i32; 4] = [1, 2, 4, 3];
        let pictures = dice.heavy_tailed(0.5, 1.2, 4);
        for (ordering, art_type) in (1..).zip(&TYPES[..pictures as usize]) {
            let time = self.next_time(Table::CoverArt);
            let id = ARCHIVE + i64::from(self.next_id(Table::CoverArt));
            self.rows
                .row(Table::CoverArt)
                .big(id)
                .int(release)
                .int(ordering)
                .int(1)
                .text("image/jpeg")
                .time(time);
            self.rows
                .row(Table::CoverArtType)
                .big(id)
                .int(*art_type)
                .end();
        }
        let time = self.next_time(Table::ReleaseMeta);
        self.rows
            .row(Table::ReleaseMeta)
            .int(release)
            .timed(time)
            .text(if pictures > 0 { "present" } else { "absent" })
            .end();
        pictures > 0
    }
}
