use std::sync::atomic::{AtomicU64, Ordering};

/// What a store has done since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries asked for.
    pub reads: u64,
    /// Entries put or marked.
    pub writes: u64,
    /// Requests sent again.
    pub retries: u64,
    /// Requests turned down for being too many.
    pub throttles: u64,
    /// Entries that couldn't be read for what they are.
    pub damaged: u64,
    /// Requests given up for taking too long.
    pub timeouts: u64,
    /// Calls that failed, whatever the reason, and entries that a call couldn't give for the moment: their answers were
    /// built, or not stored.
    pub failures: u64,
    /// Calls spared because those before them had failed.
    pub rests: u64,
}

/// Where entries were found that were asked for since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finds {
    /// In memory.
    pub in_memory: u64,
    /// In the store beneath.
    pub in_store: u64,
    /// Nowhere: they were built, if there was anything to build.
    pub nowhere: u64,
}

/// Finds as they grow.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub in_memory: Counter,
    pub in_store: Counter,
    pub nowhere: Counter,
}

impl Finding {
    pub fn finds(&self) -> Finds {
        Finds {
            in_memory: self.in_memory.get(),
            in_store: self.in_store.get(),
            nowhere: self.nowhere.get(),
        }
    }
}

/// Counts as they grow.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub reads: Counter,
    pub writes: Counter,
    /// Requests over the network, and how often any of them was sent.
    pub requests: Counter,
    pub attempts: Counter,
    /// Requests for what an earlier one didn't give.
    pub repeats: Counter,
    pub throttles: Counter,
    pub damaged: Counter,
    pub timeouts: Counter,
    /// Calls that failed, and calls that were spared.
    pub failures: Counter,
    pub rests: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, number: usize) {
        self.0.fetch_add(number as u64, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub fn counts(&self) -> Counts {
        Counts {
            reads: self.reads.get(),
            writes: self.writes.get(),
            retries: self.repeats.get() + self.attempts.get().saturating_sub(self.requests.get()),
            throttles: self.throttles.get(),
            damaged: self.damaged.get(),
            timeouts: self.timeouts.get(),
            failures: self.failures.get(),
            rests: self.rests.get(),
        }
    }
}
