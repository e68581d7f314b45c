//! Keeping what a flight brought, where other isolates of the data centre keep what theirs bring.
//!
//! The cache holds whatever was put last, so before anything is put, what is there is looked at: a newer copy stays, and
//! what was purged since the origin was asked isn't fresh when it comes. The look and the put aren't one step: no cache
//! can be locked.

use crate::Edge;
use crate::copies::durable::{self, Durable};
use crate::copies::{Bytes, Kept, Usable, Whole, colo};
use crate::flight::Flight;
use crate::{now, purge};

/// Where a flight's answer is kept.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Canonical path.
    pub path: &'a str,
    /// Where its copy is kept in the data centre.
    pub url: &'a str,
    /// What brings the answer.
    pub flight: &'a Flight,
}

impl Place<'_> {
    /// What may be kept of an answer that the origin was `asked_at` some moment for, in unix seconds; `None` if a newer one
    /// is there.
    pub async fn admit(&self, kept: &Kept, asked_at: u64) -> Option<Kept> {
        let there = colo::get(self.url).await.map(colo::Found::into_kept);
        let mut kept = kept.clone();
        // Only now: the look may have taken a while.
        if self.flight.purged_at() > 0 {
            kept.purge(self.flight.purged_at());
        }
        match there {
            Some(there) => kept.in_place_of(&there, asked_at),
            None => Some(kept),
        }
    }

    /// Keeps an answer in the data centre, if it may be [admitted](Self::admit); what is kept of it.
    pub async fn put(&self, kept: &Kept, body: &Bytes, asked_at: u64, edge: &Edge) -> Option<Kept> {
        let mut kept = self.admit(kept, asked_at).await?;
        let known = self.flight.purged_at();
        colo::put(self.url, &kept, body, now()).await;
        let purged_at = self.flight.purged_at();
        if purged_at != known {
            // That purge may have looked for a copy before this one was there.
            purge::age(self.path, purged_at, &edge.config).await;
            kept.purge(purged_at);
        }
        Some(kept)
    }

    /// Keeps the origin's answer in the data centre, and durably if that is worth it, in place of the copy that was kept
    /// `before`. Whether a fresh one is kept now.
    pub async fn keep(
        &self,
        whole: &Whole,
        before: Option<&Kept>,
        asked_at: u64,
        edge: &Edge,
    ) -> bool {
        let now = now();
        let mut kept = whole.kept.clone();
        let durable = Durable::of(&edge.env).filter(|_| durable::is_worth_it(&kept, before, now));
        if durable.is_some() {
            kept.durable_at = now;
        }
        let Some(mut there) = self.put(&kept, &whole.body, asked_at, edge).await else {
            return true;
        };
        if let Some(durable) = durable
            && !durable.put(self.path, &there, &whole.body, now).await
        {
            kept.durable_at = whole.kept.durable_at;
            match self.put(&kept, &whole.body, asked_at, edge).await {
                Some(again) => there = again,
                None => return true,
            }
        }
        let usable = there.usable(now, edge.config.revalidate_for);
        matches!(usable, Usable::Fresh { .. })
    }
}
