use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linernotes_shared::cache::CacheKey;

use crate::cache::millis;
use crate::cache::store::CLOCKS_DIFFER;

/// Leases within the process: the file has no other users, and a crash frees them all.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: Mutex<HashMap<CacheKey, Lease>>,
}

#[derive(Debug)]
struct Lease {
    holder: String,
    /// Unix milliseconds.
    until: u64,
}

impl Leases {
    pub fn acquire(&self, key: &CacheKey, holder: &str, now: u64, duration: Duration) -> bool {
        let until = now.saturating_add(millis(duration));
        let latest = until.saturating_add(millis(CLOCKS_DIFFER));
        let mut held = self.held();
        // One that lasts longer than it can is of a clock that was set back since.
        held.retain(|_, lease| now < lease.until && lease.until <= latest);
        if held.get(key).is_some_and(|lease| lease.holder != holder) {
            return false;
        }
        let holder = holder.to_owned();
        held.insert(key.clone(), Lease { holder, until });
        true
    }

    pub fn release(&self, key: &CacheKey, holder: &str) {
        let mut held = self.held();
        if held.get(key).is_some_and(|lease| lease.holder == holder) {
            held.remove(key);
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<CacheKey, Lease>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
