//! Entries in memory, and what is known of the store without asking it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use moka::ops::compute::Op;

use linernotes_shared::cache::CacheKey;

use super::{Composed, Entry, Store, now};

/// How long memory is believed over a store that others write too, who may know better by then.
const BELIEVED_OVER_SHARED: Duration = Duration::from_secs(60);

/// Seconds for which an entry is fresh that the store doesn't have: nobody marks it, and no crawler builds it again.
const FRESH_UNSTORED: u64 = 60;

/// Bytes that an entry takes in memory beside its key and content, about: the map's node for it, its places in the queues
/// by which the map decides what to keep, counters of references, and what the allocator adds to each of these and to the
/// entry's own pieces. Of "not found" it is most.
const OVERHEAD: usize = 512;

/// One in so many of memory's bytes is for joined answers: to join one again costs little beside reading its parts again.
const JOINED: u64 = 4;

/// Entries that were read or put of late.
#[derive(Clone)]
pub(super) struct Memory {
    entries: moka::sync::Cache<CacheKey, Remembered>,
    /// Answers that were asked for again while memory had all that they are joined of.
    joined: moka::sync::Cache<CacheKey, Arc<Joined>>,
    store: Arc<dyn Store>,
    marks: Arc<Marks>,
}

#[derive(Clone)]
struct Remembered {
    entry: Arc<Entry>,
    /// The store's, when it had this.
    losses: u64,
}

/// An answer as it was joined of entries in memory.
struct Joined {
    answer: Arc<Composed>,
    /// The frame and the profiles in it. They aren't held up by this: memory may lose or replace them.
    parts: Vec<(CacheKey, Weak<Entry>)>,
}

impl Joined {
    fn weight(&self) -> usize {
        let parts = self.parts.iter();
        let parts = parts.map(|(key, _)| size_of::<(CacheKey, Weak<Entry>)>() + key.as_str().len());
        self.answer.weight() + parts.sum::<usize>()
    }
}

/// Marks of staleness that this process has made.
#[derive(Default)]
struct Marks {
    /// How many times.
    number: AtomicU64,
    /// The latest moment of any, unix seconds.
    latest: AtomicU64,
}

/// The state of the store before something is read from it or put into it: what was marked or lost meanwhile may not be
/// what it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    losses: u64,
    marks: u64,
}

impl Memory {
    /// So many bytes of memory over `store`.
    pub fn over(store: Arc<dyn Store>, bytes: u64) -> Self {
        let for_joined = bytes / JOINED;
        let mut entries = moka::sync::Cache::builder()
            .weigher(|key: &CacheKey, kept: &Remembered| weight(key, kept.entry.weight()))
            .max_capacity(bytes - for_joined);
        if store.is_shared() {
            entries = entries.time_to_live(BELIEVED_OVER_SHARED);
        }
        Self {
            entries: entries.build(),
            joined: moka::sync::Cache::builder()
                .weigher(|key: &CacheKey, joined: &Arc<Joined>| weight(key, joined.weight()))
                .max_capacity(for_joined)
                .build(),
            store,
            marks: Arc::default(),
        }
    }

    /// The entry of a key, however old. One that the store has lost isn't fresh any more, so that it is built and stored
    /// again; but it was found.
    pub fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        let Remembered { entry, losses } = self.entries.get(key)?;
        if losses == self.store.losses() {
            return Some(entry);
        }
        Some(Arc::new(Entry::clone(&entry).fresh_no_longer_than(now())))
    }

    /// The answer of a key as it was joined, if memory still has the very entries that it was joined of, and the store too.
    pub fn joined(&self, key: &CacheKey) -> Option<Arc<Composed>> {
        let joined = self.joined.get(key)?;
        let losses = self.store.losses();
        let stands = |(key, part): &(CacheKey, Weak<Entry>)| {
            self.entries.get(key).is_some_and(|kept| {
                kept.losses == losses && std::ptr::eq(Arc::as_ptr(&kept.entry), part.as_ptr())
            })
        };
        let is_whole = joined.parts.iter().all(stands);
        is_whole.then(|| Arc::clone(&joined.answer))
    }

    /// Takes in an answer that was joined of entries in memory: who asks for it once more shall not wait for that again.
    pub fn was_joined<'a>(
        &self,
        key: &CacheKey,
        answer: &Arc<Composed>,
        parts: impl IntoIterator<Item = (CacheKey, &'a Arc<Entry>)>,
    ) {
        let parts = parts.into_iter();
        let joined = Joined {
            answer: Arc::clone(answer),
            parts: parts
                .map(|(key, part)| (key, Arc::downgrade(part)))
                .collect(),
        };
        self.joined.insert(key.clone(), Arc::new(joined));
    }

    /// To be asked for before the store is read or written.
    pub fn moment(&self) -> Moment {
        Moment {
            losses: self.store.losses(),
            marks: self.marks.number.load(Ordering::SeqCst),
        }
    }

    /// Takes in an entry that was read from the store, from that moment on. Marked meanwhile, it may not be as it was read.
    pub fn was_read(&self, key: &CacheKey, entry: &Arc<Entry>, since: Moment) {
        let is_current = || self.marks.number.load(Ordering::SeqCst) == since.marks;
        self.take_in(key, entry, since.losses, |_| match is_current() {
            true => Fate::Taken,
            false => Fate::Left,
        });
    }

    /// Takes in an entry that was put into the store, from that moment on. Built before a mark, it may be stale there.
    pub fn was_put(&self, key: &CacheKey, entry: &Arc<Entry>, since: Moment) {
        self.take_in(key, entry, since.losses, |entry| {
            let marked = self.marks.latest.load(Ordering::SeqCst);
            match entry.built_at < marked.saturating_mul(1000) {
                true => Fate::Forgotten,
                false => Fate::Taken,
            }
        });
    }

    /// Takes in an entry that the store doesn't have, or not yet, and returns it as it counts: it is fresh for a minute at
    /// most, then it is built and stored again.
    pub fn hold(&self, key: &CacheKey, entry: &Arc<Entry>) -> Arc<Entry> {
        let entry = Arc::new(unstored(entry));
        self.take_in(key, &entry, self.store.losses(), |_| Fate::Taken);
        entry
    }

    /// Unless a later one is there: this one may have been read before that was put.
    fn take_in(
        &self,
        key: &CacheKey,
        entry: &Arc<Entry>,
        losses: u64,
        fate: impl FnOnce(&Entry) -> Fate,
    ) {
        // Decided where nobody else changes the key's entry: a mark is noted before its keys are forgotten, so it is seen
        // here, or what is taken in is forgotten then.
        self.entries
            .entry_by_ref(key)
            .and_compute_with(|kept| match kept {
                Some(kept) if kept.value().entry.built_at > entry.built_at => Op::Nop,
                Some(_) | None => match fate(entry) {
                    Fate::Taken => Op::Put(Remembered {
                        entry: Arc::clone(entry),
                        losses,
                    }),
                    Fate::Left => Op::Nop,
                    Fate::Forgotten => Op::Remove,
                },
            });
    }

    /// Drops entries that were marked, in the store, as stale from then on (unix seconds).
    pub fn were_marked(&self, keys: &[CacheKey], from: u64) {
        self.marks.number.fetch_add(1, Ordering::SeqCst);
        self.marks.latest.fetch_max(from, Ordering::SeqCst);
        self.forget(keys);
    }

    /// Drops entries.
    pub fn forget(&self, keys: &[CacheKey]) {
        for key in keys {
            self.entries
                .entry_by_ref(key)
                .and_compute_with(|_| Op::Remove);
        }
    }
}

/// An entry as it counts while the store doesn't have it.
pub(super) fn unstored(entry: &Entry) -> Entry {
    let until = now().saturating_add(FRESH_UNSTORED);
    entry.clone().fresh_no_longer_than(until)
}

/// What something under a key weighs, in bytes.
fn weight(key: &CacheKey, content: usize) -> u32 {
    let weight = OVERHEAD + key.as_str().len() + content;
    u32::try_from(weight).unwrap_or(u32::MAX)
}

/// What becomes of an entry that might be taken in.
enum Fate {
    Taken,
    /// What is there stays.
    Left,
    /// Nothing is there any more.
    Forgotten,
}

#[cfg(test)]
mod tests {
    use linernotes_shared::cache::{Collection, Freshness};

    use super::*;
    use crate::answer::Frame;
    use crate::cache::{EmbeddedStore, Kind};

    fn memory(bytes: u64) -> (Memory, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(EmbeddedStore::open(folder.path()).unwrap());
        (Memory::over(store, bytes), folder)
    }

    fn key(number: u128) -> CacheKey {
        CacheKey::new(Collection::Artist, uuid::Uuid::from_u128(number).into())
    }

    #[test]
    fn of_small_entries_memory_holds_no_more_than_it_has_room_for_with_all_that_is_about_them() {
        const ROOM: u64 = 100;
        let (memory, _folder) = memory(ROOM * OVERHEAD as u64);
        let fresh = Freshness::starting(1, 60, 60);
        let entry = Arc::new(Entry::new(Kind::Unknown, b"{}", Vec::new(), fresh, 1));
        for number in 0..1_000 {
            memory.was_read(&key(number), &entry, memory.moment());
        }
        memory.entries.run_pending_tasks();
        assert!((1..ROOM).contains(&memory.entries.entry_count()));
    }

    /// A frame under the first key, a profile that stands in it under the second, and the answer joined of both.
    fn an_answer_in(memory: &Memory) -> (Arc<Entry>, Arc<Entry>, Arc<Composed>) {
        let fresh = Freshness::starting(now(), 60, 60);
        let frame = Frame {
            before: &b"["[..],
            artists: vec![uuid::Uuid::from_u128(2).into()],
            after: b"]",
        };
        let frame = Entry::framing(Kind::Found, frame, Vec::new(), fresh, now());
        let profile = Entry::new(Kind::Found, b"{}", Vec::new(), fresh, now());
        let (frame, profile) = (Arc::new(frame), Arc::new(profile));
        memory.was_read(&key(1), &frame, memory.moment());
        memory.was_read(&key(2), &profile, memory.moment());
        let answer = join(memory, &frame, &profile);
        (frame, profile, answer)
    }

    fn join(memory: &Memory, frame: &Arc<Entry>, profile: &Arc<Entry>) -> Arc<Composed> {
        let answer = Arc::new(Composed::of(frame, std::slice::from_ref(profile)));
        memory.was_joined(&key(1), &answer, [(key(1), frame), (key(2), profile)]);
        answer
    }

    #[test]
    fn an_answer_is_joined_once_until_memory_has_another_part_of_it() {
        let (memory, _folder) = memory(1024 * 1024);
        let (frame, profile, answer) = an_answer_in(&memory);
        let joined = memory.joined(&key(1)).unwrap();
        assert!(Arc::ptr_eq(&joined, &answer), "the same, not a like one");

        let later = |entry: &Entry| Arc::new(entry.clone().built_at((now() + 10) * 1_000));
        let later_profile = later(&profile);
        memory.was_read(&key(2), &later_profile, memory.moment());
        assert_eq!(memory.joined(&key(1)), None, "another profile");
        let answer = join(&memory, &frame, &later_profile);
        assert_eq!(memory.joined(&key(1)), Some(answer));

        memory.forget(&[key(2)]);
        assert_eq!(memory.joined(&key(1)), None, "no profile");
        memory.was_read(&key(2), &later_profile, memory.moment());
        assert!(memory.joined(&key(1)).is_some(), "that profile again");

        memory.was_read(&key(1), &later(&frame), memory.moment());
        assert_eq!(memory.joined(&key(1)), None, "another frame");
        memory.forget(&[key(1)]);
        join(&memory, &frame, &later_profile);
        assert_eq!(memory.joined(&key(1)), None, "a frame that memory has lost");
    }

    #[test]
    fn joined_answers_have_room_of_their_own() {
        const ROOM: u64 = 100;
        let (memory, _folder) = memory(ROOM * OVERHEAD as u64);
        let (frame, profile, answer) = an_answer_in(&memory);
        memory.joined.run_pending_tasks();
        assert!(memory.joined.weighted_size() > answer.weight() as u64);
        for number in 0..1_000 {
            let parts = [(key(number), &frame), (key(2), &profile)];
            memory.was_joined(&key(number), &answer, parts);
        }
        memory.joined.run_pending_tasks();
        assert!((1..ROOM / JOINED).contains(&memory.joined.entry_count()));
    }

    #[test]
    fn what_was_read_or_put_before_a_mark_is_not_taken_in_after_it() {
        let (memory, _folder) = memory(1024 * 1024);
        let fresh = Freshness::starting(now(), 60, 60);
        let entry = Arc::new(Entry::new(Kind::Found, b"{}", Vec::new(), fresh, now()));
        let later = Arc::new(Entry::clone(&entry).built_at((now() + 10) * 1_000));

        let before = memory.moment();
        memory.hold(&key(1), &entry);
        memory.were_marked(&[key(1)], now() + 1);
        memory.was_read(&key(1), &entry, before);
        assert_eq!(memory.get(&key(1)), None, "read before");
        memory.hold(&key(1), &entry);
        memory.was_put(&key(1), &entry, before);
        assert_eq!(memory.get(&key(1)), None, "built before");

        memory.was_read(&key(1), &entry, memory.moment());
        assert_eq!(memory.get(&key(1)), Some(entry), "as the store has it");
        memory.was_put(&key(1), &later, before);
        assert_eq!(memory.get(&key(1)), Some(later), "built after");
    }
}
