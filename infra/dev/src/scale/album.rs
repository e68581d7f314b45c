//! Release groups with what hangs on them.

use super::artist::Credit;
use super::copy::Table;
use super::dice::Dice;
use super::links::{self, Linked};
use super::mbid::Kind;
use super::names;
use super::release::{Day, Disc};
use super::writer::Writer;

/// A release group to be written.
pub(super) struct Plan {
    /// What identifies it in the generator.
    pub(super) key: u64,
    pub(super) mbid: u128,
    pub(super) form: Form,
    /// Compilation, live, …
    pub(super) secondary_type: Option<i32>,
    pub(super) releases: u32,
    /// Media of each release; `None` leaves it to chance.
    pub(super) media: Option<u32>,
    /// Tracks of each medium; `None` leaves it to chance.
    pub(super) tracks: Option<u32>,
    /// Year of the first release.
    pub(super) year: i16,
    pub(super) spotify_id: Option<&'static str>,
}

/// What kind of release group one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Album,
    Single,
    Ep,
    Other,
    Unknown,
}

/// A release group written.
#[derive(Clone)]
pub(super) struct Group {
    pub(super) id: i32,
    pub(super) title: String,
    pub(super) credit: Credit,
    /// Year of the first release.
    pub(super) year: i16,
}

impl Form {
    fn any(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..60 => Self::Album,
            60..84 => Self::Single,
            84..94 => Self::Ep,
            94..97 => Self::Other,
            _ => Self::Unknown,
        }
    }

    /// MusicBrainz's primary type.
    const fn primary_type(self) -> Option<i32> {
        match self {
            Self::Album => Some(1),
            Self::Single => Some(2),
            Self::Ep => Some(3),
            Self::Other => Some(11),
            Self::Unknown => None,
        }
    }

    /// How many tracks a medium of its has.
    pub(super) fn tracks(self, dice: &mut Dice) -> u32 {
        let (fewest, most) = match self {
            Self::Album => (9, 17),
            Self::Single => (1, 4),
            Self::Ep => (4, 7),
            Self::Other | Self::Unknown => (1, 16),
        };
        fewest + dice.below(most - fewest + 1)
    }
}

impl Plan {
    /// An ordinary release group.
    pub(super) fn ordinary(key: u64, dice: &mut Dice) -> Self {
        Self {
            key,
            mbid: super::mbid::mbid(Kind::ReleaseGroup, key),
            form: Form::any(dice),
            secondary_type: dice.chance(140).then(|| dice.between(1, 12)),
            releases: dice.heavy_tailed(1.0, 2.7, 60),
            media: None,
            tracks: None,
            year: dice.between(1955, 2026) as i16,
            spotify_id: None,
        }
    }
}

impl Writer {
    /// Writes a release group without its releases.
    pub(super) fn group(&mut self, plan: &Plan, credit: &Credit, dice: &mut Dice) -> Group {
        let title = names::title(dice);
        let time = self.next_time(Table::ReleaseGroup);
        let (id, row) = self.numbered(Table::ReleaseGroup);
        row.uuid(plan.mbid)
            .text(title.as_str())
            .int(credit.id)
            .int(plan.form.primary_type())
            .text(if dice.chance(30) { "demo" } else { "" })
            .time(time);
        for _ in 0..dice.heavy_tailed(0.05, 1.5, 8) {
            self.redirect(Table::ReleaseGroupRedirect, Kind::OldReleaseGroup, id);
        }
        if dice.chance(50) {
            self.group_alias(id, dice);
        }
        if let Some(secondary_type) = plan.secondary_type {
            let time = self.next_time(Table::ReleaseGroupSecondaryType);
            self.rows
                .row(Table::ReleaseGroupSecondaryType)
                .int(id)
                .int(secondary_type)
                .time(time);
        }
        let tags = dice.heavy_tailed(0.4, 1.2, 12);
        self.tags(Table::ReleaseGroupTag, id, tags, dice);
        let linked = Linked {
            table: Table::ReleaseGroupUrl,
            id,
            key: plan.key,
        };
        let number = dice.heavy_tailed(0.5, 1.3, 4);
        self.links(&linked, &links::ALBUM_SITES, number, dice);
        Group {
            id,
            title,
            credit: credit.clone(),
            year: plan.year,
        }
    }

    fn group_alias(&mut self, group: i32, dice: &mut Dice) {
        const RELEASE_GROUP_NAME: i32 = 1;
        const SEARCH_HINT: i32 = 2;
        let alias = names::title(dice);
        let kind = *dice.pick(&[Some(RELEASE_GROUP_NAME), Some(SEARCH_HINT), None]);
        let time = self.next_time(Table::ReleaseGroupAlias);
        let (_, row) = self.numbered(Table::ReleaseGroupAlias);
        row.int(group)
            .text(alias.as_str())
            .text(alias.as_str())
            .int(kind)
            .time(time);
    }

    /// Writes what is known of a release group once its releases are.
    pub(super) fn group_meta(&mut self, group: &Group, releases: u32, first: Day, dice: &mut Dice) {
        let rated = dice.chance(60);
        self.rows
            .row(Table::ReleaseGroupMeta)
            .int(group.id)
            .int(releases.cast_signed())
            .small(first.year)
            .small(first.month)
            .small(first.day)
            .small(rated.then(|| 5 * dice.between(4, 20) as i16))
            .int(rated.then(|| dice.between(1, 60)))
            .end();
    }

    /// Writes a release group with all its releases, the later of which repeat the first one's recordings. `known` are
    /// the artist's recordings so far, some of which it holds again; its own are added to them.
    pub(super) fn album(
        &mut self,
        plan: &Plan,
        credit: &Credit,
        known: &mut Disc,
        dice: &mut Dice,
    ) -> Group {
        let group = self.group(plan, credit, dice);
        let media = self.discs(plan, &group, known, dice);
        let mut first = Day::default();
        let mut with_cover = None;
        for edition in 0..plan.releases {
            let released = self.release(&group, edition, &media, dice);
            if edition == 0
                && let Some(spotify_id) = plan.spotify_id
            {
                let linked = Linked {
                    table: Table::ReleaseUrl,
                    id: released.id,
                    key: plan.key,
                };
                self.spotify_link(&linked, spotify_id);
            }
            first = first.earlier(released.first);
            with_cover = with_cover.or(released.has_cover.then_some(released.id));
        }
        self.group_meta(&group, plan.releases, first, dice);
        if let Some(release) = with_cover.filter(|_| dice.chance(100)) {
            self.rows
                .row(Table::ReleaseGroupCoverArt)
                .int(group.id)
                .int(release)
                .end();
        }
        group
    }
}
