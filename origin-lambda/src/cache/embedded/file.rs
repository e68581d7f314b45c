//! The database's file, which is opened again when redb wants no more of it, and replaced when it is damaged.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::time::{Duration, Instant};

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::failure::{Contained, Failure, Lost, Trouble, caught, is_in_use};
use super::tables::Tables;
use crate::cache::StoreError;
use crate::telemetry::with_causes;

/// How long after an attempt to open it again the next one is made, at first. To open a large file takes long.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause: it doubles with every attempt that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long a file that was found sound is believed to be so, whatever fails: to look at all of it takes long.
const BELIEVED_SOUND: Duration = Duration::from_secs(600);

/// Bytes of pages that redb holds in memory, where by itself it takes a gibibyte. What is asked for often lies above the
/// store, and the system keeps a file's pages for as long as it has room.
const PAGES: usize = 64 * 1024 * 1024;

/// Where a database is kept.
pub(super) trait Place: Send + Sync {
    /// Its name for the log.
    fn name(&self) -> String;

    /// Opens the database, which is made if there is none. With `checked`, every page is looked at, and what can be
    /// mended is. Blocks.
    fn open(&self, checked: bool) -> Result<Database, Failure>;

    /// Puts what is there out of the way, in the place of what was put there before. Blocks.
    fn set_aside(&self) -> Result<(), Failure>;
}

/// A file of that path.
struct OnDisk(PathBuf);

impl Place for OnDisk {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn open(&self, checked: bool) -> Result<Database, Failure> {
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut builder = Database::builder();
        builder
            .set_cache_size(PAGES)
            .set_check_integrity_on_open(checked);
        Ok(builder.create(&self.0)?)
    }

    fn set_aside(&self) -> Result<(), Failure> {
        Ok(std::fs::rename(
            &self.0,
            self.0.with_extension("redb.damaged"),
        )?)
    }
}

/// A database that is opened again after trouble with its disk: from the first write on that fails, redb refuses
/// everything until then. One that is damaged beyond repair gives way to a new one.
pub(super) struct File {
    place: Box<dyn Place>,
    state: RwLock<State>,
    /// How often a database was opened.
    openings: AtomicU64,
    /// How often one was set aside.
    losses: AtomicU64,
    first_pause: Duration,
}

enum State {
    Open {
        /// Closed, it still writes something, and damaged pages may be in its way.
        database: Contained<Database>,
        /// Which one it is of all that were open.
        number: u64,
        /// When all of it was looked at and found sound, if it was.
        sound: Option<Instant>,
    },
    Closed {
        why: String,
        /// Not to be opened before then.
        until: Instant,
        /// The pause after the next attempt.
        next: Duration,
    },
}

impl State {
    fn closed(why: String, pause: Duration) -> Self {
        Self::Closed {
            why,
            until: Instant::now() + pause,
            next: (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

impl File {
    /// The file of that path, made if it isn't there.
    pub fn at(path: &Path) -> Result<Self, StoreError> {
        Self::new(OnDisk(path.to_owned()), PAUSE)
    }

    /// What is kept at a place. In trouble with it, it is closed to begin with: an error only if another process has it.
    /// After trouble it is opened again, but, if that fails, not before a `pause`.
    pub fn new(place: impl Place + 'static, pause: Duration) -> Result<Self, StoreError> {
        let losses = AtomicU64::new(0);
        let state = match open(&place, None, &losses) {
            Ok(database) => State::Open {
                database,
                number: 0,
                sound: None,
            },
            Err(failure) if is_in_use(&failure) => {
                let path = place.name();
                return Err(StoreError::InUse { path });
            }
            Err(failure) => {
                let why = with_causes(&*failure);
                tracing::error!(
                    path = place.name(),
                    error = why,
                    "the store can't be opened for now: answers are built instead, and not kept"
                );
                State::closed(why, pause)
            }
        };
        Ok(Self {
            place: Box::new(place),
            state: RwLock::new(state),
            openings: AtomicU64::new(1),
            losses,
            first_pause: pause,
        })
    }

    /// Why it is closed, if it is.
    pub fn trouble(&self) -> Option<StoreError> {
        match &*self.state().ok()? {
            State::Open { .. } => None,
            State::Closed { why, .. } => Some(StoreError::Open {
                path: self.place.name(),
                source: why.clone().into(),
            }),
        }
    }

    /// How often what was kept was set aside, and an empty database begun.
    pub fn losses(&self) -> u64 {
        self.losses.load(Ordering::SeqCst)
    }

    /// Reads as of one moment. Blocks.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.with(|database| work(&database.begin_read()?))
    }

    /// Writes all or nothing; it is on the disk when this returns. Blocks.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            let outcome = work(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T, StoreError> {
        if matches!(&*self.state()?, State::Closed { until, .. } if *until <= Instant::now()) {
            self.open_again(None);
        }
        let (outcome, number) = match &*self.state()? {
            State::Open {
                database, number, ..
            } => (caught(|| work(database)), *number),
            State::Closed { .. } => return Err(StoreError::Resting),
        };
        outcome.map_err(|failure| {
            if let Some(trouble) = Trouble::told_by(&failure) {
                self.open_again(Some((trouble, number)));
            }
            StoreError::Failed(failure)
        })
    }

    /// Nobody waits while it is being opened.
    fn state(&self) -> Result<RwLockReadGuard<'_, State>, StoreError> {
        match self.state.try_read() {
            Ok(state) => Ok(state),
            Err(TryLockError::Poisoned(state)) => Ok(state.into_inner()),
            Err(TryLockError::WouldBlock) => Err(StoreError::Resting),
        }
    }

    /// Opens the database, which is closed first if it is in trouble: a certain one, for another thread may just have
    /// done that.
    fn open_again(&self, trouble: Option<(Trouble, u64)>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let pause = match (&*state, trouble) {
            (State::Open { .. }, None) => return,
            (State::Open { number, .. }, Some((_, in_trouble))) if *number != in_trouble => return,
            (State::Open { database, .. }, Some((Trouble::Refusal, _))) if is_usable(database) => {
                return;
            }
            (
                State::Open {
                    sound: Some(at), ..
                },
                Some((Trouble::Damage, _)),
            ) if at.elapsed() < BELIEVED_SOUND => {
                return;
            }
            (State::Open { .. }, _) => self.first_pause,
            (State::Closed { until, .. }, _) if Instant::now() < *until => return,
            (State::Closed { next, .. }, _) => *next,
        };
        let trouble = trouble.map(|(trouble, _)| trouble);
        let closed = State::closed("it is being opened again".to_owned(), pause);
        // Closed first: the file can't be open twice.
        *state = closed;
        *state = match open(&*self.place, trouble, &self.losses) {
            Ok(database) => {
                tracing::warn!("the store is open again after trouble with its file");
                State::Open {
                    database,
                    number: self.openings.fetch_add(1, Ordering::Relaxed),
                    sound: (trouble == Some(Trouble::Damage)).then(Instant::now),
                }
            }
            Err(failure) => {
                let why = with_causes(&*failure);
                tracing::error!(error = why, "the store can't be opened again for now");
                State::closed(why, pause)
            }
        };
    }
}

/// Opens the database at a place, after trouble with it or without. One that is damaged beyond repair is set aside, which
/// `losses` counts, and an empty one begun.
fn open(
    place: &dyn Place,
    trouble: Option<Trouble>,
    losses: &AtomicU64,
) -> Result<Contained<Database>, Failure> {
    let opened = match trouble {
        None | Some(Trouble::Refusal) => sound(place),
        Some(Trouble::Damage) => with_tables(place, true),
        Some(Trouble::Loss) => Err(Box::new(Lost) as Failure),
    };
    match opened {
        Err(failure)
            if matches!(
                Trouble::told_by(&failure),
                Some(Trouble::Damage | Trouble::Loss)
            ) =>
        {
            tracing::error!(
                path = place.name(),
                error = with_causes(&*failure),
                "the store's file is damaged beyond repair: it is set aside, and an empty one begun"
            );
            place.set_aside()?;
            losses.fetch_add(1, Ordering::SeqCst);
            with_tables(place, false)
        }
        opened => opened,
    }
}

/// Opens a database that is taken for sound, and looks at all of it if it isn't.
fn sound(place: &dyn Place) -> Result<Contained<Database>, Failure> {
    match with_tables(place, false) {
        Err(failure) if Trouble::told_by(&failure) == Some(Trouble::Damage) => {
            let error = with_causes(&*failure);
            tracing::error!(path = place.name(), error, "the store's file is damaged");
            with_tables(place, true)
        }
        opened => opened,
    }
}

fn with_tables(place: &dyn Place, checked: bool) -> Result<Contained<Database>, Failure> {
    caught(|| {
        let database = Contained::new(place.open(checked)?);
        let transaction = database.begin_write()?;
        // Reading a table that was never written is an error; writing nothing makes it.
        Tables::open(&transaction)?;
        transaction.commit()?;
        Ok(database)
    })
}

/// Whether a database does anything any more.
fn is_usable(database: &Database) -> bool {
    let written = caught(|| {
        database.begin_read()?;
        Ok(database.begin_write()?.abort()?)
    });
    !written.is_err_and(|failure| Trouble::told_by(&failure) == Some(Trouble::Refusal))
}
