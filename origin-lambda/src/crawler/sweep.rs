//! A way through what changed in MusicBrainz: albums first, then artists, in the order of their MBIDs.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use linernotes_shared::Mbid;
use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity;

use super::page::{Times, albums, artists, left_behind, next_second, wait_until};
use super::{CrawlError, Report};
use crate::cache::{Refresh, now};
use crate::catalogue::Change;
use crate::service::Service;

/// Seconds of MusicBrainz's whose changes are looked for at once: to look for a month's may take longer than a run has.
const SLICE: i64 = 24 * 60 * 60;
/// Slices of a sweep that goes back further than that many: each costs some questions, even of a time without changes.
const MOST_SLICES: i64 = 50;

/// Seconds by which clocks may differ.
const CLOCKS: u64 = 2 * 60;

/// A way through what changed. Where it has come to is its own state, so that a run can go on where one was broken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sweep {
    /// Since this date of MusicBrainz's, unix seconds.
    pub since: i64,
    /// The replica's date when it began.
    pub until: i64,
    /// What was built before then is out of date, unix seconds.
    marked_from: u64,
    /// Of what changed then or later, unix seconds, somebody may not have been told: since about the begin of the sweep
    /// before. `None` for the first one.
    #[serde(default)]
    untold_from: Option<u64>,
    /// What is to be looked through first.
    #[serde(default)]
    before: Option<Passed>,
    /// Where the slice begins that is under way; at `since` if there is none.
    #[serde(default)]
    slice: Option<i64>,
    /// Whether all albums of the slice are done.
    albums_done: bool,
    /// The last MBID done.
    after: Option<String>,
}

/// A sweep's last slice. A build that was under way when its packet came may have been kept after the sweep had passed it,
/// with what was before; and by a clock that is ahead, one from before the sweep began may be dated after that. The next
/// sweep looks for such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Passed {
    since: i64,
    marked_from: u64,
}

impl Passed {
    /// What was built before then may not have seen what the sweep has passed, unix seconds. Never later than `now`: what
    /// is built again must be dated later than what it is built over.
    fn looked_for_from(self, now: u64) -> u64 {
        now.min(self.marked_from.saturating_add(CLOCKS))
            .max(self.marked_from)
    }
}

/// What there is to go through.
pub(super) struct Changed {
    albums: BTreeSet<Mbid>,
    artists: BTreeSet<Mbid>,
}

impl Changed {
    /// Everything that changed within a slice.
    async fn within(service: &Service, slice: (i64, Option<i64>)) -> Result<Self, CrawlError> {
        let moment = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        let (since, before) = (moment(slice.0), slice.1.map_or(Timestamp::MAX, moment));
        let changes = service.catalogue.changed_between(since, before).await?;
        let sorted = |changes: Vec<Change>| changes.iter().map(|change| change.mbid).collect();
        Ok(Self {
            albums: sorted(changes.albums),
            artists: sorted(changes.artists),
        })
    }
}

impl Sweep {
    /// From a date of MusicBrainz's to the replica's own, unix seconds; before that, through what another one has passed.
    pub fn new(since: i64, until: i64, before: Option<Passed>) -> Self {
        Self {
            since,
            until,
            marked_from: next_second(),
            untold_from: before.map(|before| before.marked_from.saturating_sub(CLOCKS)),
            // Otherwise it is gone through in any case.
            before: before.filter(|before| before.since < since),
            slice: None,
            albums_done: false,
            after: None,
        }
    }

    /// What there is to go through in the slice under way.
    pub async fn changed(&self, service: &Service) -> Result<Changed, CrawlError> {
        let slice = match self.before {
            Some(before) => (before.since, Some(self.since)),
            // The last one takes what comes meanwhile.
            None => (self.slice.unwrap_or(self.since), self.next_slice()),
        };
        Changed::within(service, slice).await
    }

    /// Goes on to the next slice. Whether there is one.
    pub fn go_on(&mut self) -> bool {
        self.albums_done = false;
        self.after = None;
        if self.before.take().is_some() {
            return true;
        }
        let next = self.next_slice();
        self.slice = next.or(self.slice);
        next.is_some()
    }

    /// Whether no slice comes after the one under way.
    pub fn is_in_last_slice(&self) -> bool {
        self.before.is_none() && self.next_slice().is_none()
    }

    /// Where the slice after the one under way begins.
    fn next_slice(&self) -> Option<i64> {
        // A replica's date may be wrong.
        let began = i64::try_from(self.marked_from).unwrap_or(i64::MAX);
        let end = self.until.min(began);
        let length = SLICE.max(end.saturating_sub(self.since) / MOST_SLICES);
        let next = self.slice.unwrap_or(self.since).saturating_add(length);
        (next < end).then_some(next)
    }

    /// What it has passed, at its end.
    pub fn passed(&self) -> Passed {
        Passed {
            since: self.slice.unwrap_or(self.since),
            marked_from: self.marked_from,
        }
    }

    /// The next page of one kind's MBIDs; `None` at the end of all.
    pub fn page(&mut self, changed: &Changed, size: usize) -> Option<(Entity, Vec<Mbid>)> {
        loop {
            let entity = self.entity();
            let page: Vec<Mbid> = self.left(changed).take(size).collect();
            match (entity, page.is_empty()) {
                (_, false) => return Some((entity, page)),
                (Entity::Album, true) => {
                    self.albums_done = true;
                    self.after = None;
                }
                (Entity::Artist, true) => return None,
            }
        }
    }

    /// A page is done.
    pub fn pass(&mut self, page: &[Mbid]) {
        if let Some(last) = page.last() {
            self.after = Some(last.to_string());
        }
    }

    /// How many MBIDs are left in the slice.
    pub fn remaining(&self, changed: &Changed) -> u64 {
        let artists = if self.albums_done {
            0
        } else {
            changed.artists.len()
        };
        (self.left(changed).count() + artists) as u64
    }

    /// Renews a page.
    pub async fn renew(
        &self,
        service: &Arc<Service>,
        report: &mut Report,
        entity: Entity,
        page: &[Mbid],
    ) -> Result<Vec<CacheKey>, CrawlError> {
        let mut page = page.to_vec();
        let from = match &self.before {
            Some(before) => before.looked_for_from(now()),
            None => self.marked_from,
        };
        let times = Times {
            outdated_before: from,
            // A run of this sweep may have been broken off after it had renewed them.
            unsettled_from: self.marked_from,
            untold_from: self.untold_from.unwrap_or(from),
        };
        // So that what is renewed from now on is of that time.
        wait_until(self.marked_from).await;
        if self.before.is_some() {
            let left = Box::pin(left_behind(service, entity, &page, times)).await?;
            page.retain(|mbid| left.contains(mbid));
        }
        if page.is_empty() {
            return Ok(Vec::new());
        }
        report.looked_at += page.len() as u64;
        let how = Refresh::default();
        // Boxed, here and below: these futures are deep, and a thread's stack isn't.
        match entity {
            Entity::Album => Box::pin(albums(service, report, &page, times, how)).await,
            Entity::Artist => Box::pin(artists(service, report, &page, times, how)).await,
        }
    }

    fn entity(&self) -> Entity {
        if self.albums_done {
            Entity::Artist
        } else {
            Entity::Album
        }
    }

    fn left<'a>(&self, changed: &'a Changed) -> impl Iterator<Item = Mbid> + use<'a> {
        let all = match self.entity() {
            Entity::Album => &changed.albums,
            Entity::Artist => &changed.artists,
        };
        let after: Option<Mbid> = self.after.as_ref().and_then(|mbid| mbid.parse().ok());
        all.iter()
            .copied()
            .filter(move |mbid| after.is_none_or(|after| *mbid > after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn a_month_is_gone_through_by_days_and_a_century_in_as_many_slices_as_are_sensible() {
        let begins = |since: i64, until: i64| {
            let mut sweep = Sweep::new(since, until, None);
            let mut begins = vec![since];
            while sweep.go_on() {
                begins.push(sweep.passed().since);
            }
            begins
        };
        let now = i64::try_from(now()).unwrap();
        let month: Vec<i64> = (0..30).map(|day| now - 30 * DAY + day * DAY).collect();
        assert_eq!(begins(now - 30 * DAY, now), month);
        assert_eq!(begins(now - DAY - 1, now), [now - DAY - 1, now - 1]);
        assert_eq!(begins(now - 100, now), [now - 100]);
        assert_eq!(begins(now, now), [now]);
        assert!(begins(now - 36_500 * DAY, now).len() <= 51);
        assert_eq!(begins(now - 100, i64::MAX), [now - 100], "a wrong date");
    }

    #[test]
    fn what_another_sweep_has_passed_comes_first_unless_it_is_gone_through_anyway() {
        let passed = Sweep::new(1_000, 2_000, None).passed();
        let mut sweep = Sweep::new(1_500, 3_000, Some(passed));
        assert!(!sweep.is_in_last_slice());
        assert!(sweep.go_on());
        assert!(sweep.is_in_last_slice());
        assert!(!sweep.go_on());
        assert!(Sweep::new(1_000, 3_000, Some(passed)).is_in_last_slice());
    }

    #[test]
    fn what_a_sweep_has_passed_is_looked_for_as_by_a_clock_that_is_ahead_but_not_in_the_future() {
        let passed = Passed {
            since: 1_000,
            marked_from: 5_000,
        };
        let from = [4_990, 5_000, 5_030, 5_120, 9_000].map(|now| passed.looked_for_from(now));
        assert_eq!(from, [5_000, 5_000, 5_030, 5_120, 5_120]);
    }
}
