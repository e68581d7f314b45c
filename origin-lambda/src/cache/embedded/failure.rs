//! What a failure says of the database's file.

use std::error::Error;
use std::io::ErrorKind;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};

/// What a file that can't be read or written says.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// What the file holds can't be. redb trusts its pages, and panics at such things: where, the log's line on the panic
/// says.
#[derive(Debug, thiserror::Error)]
#[error("what the file holds makes no sense")]
struct Senseless;

/// What was just put isn't found. Keys on the way to it are damaged, of which no look at the file tells once a page has
/// been written again with them.
#[derive(Debug, thiserror::Error)]
#[error("what was just written isn't found")]
pub(super) struct Lost;

/// What a failure says of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing will be done with it any more before it is opened again.
    Refusal,
    /// It may not be what was written: some of its bytes are changed or missing, or it is of another format.
    Damage,
    /// It isn't what was written, whatever a look at it says.
    Loss,
}

/// Does work on a database, which a panic ends as a failure.
///
/// What the work has touched may be left half done: who goes on with the database after a panic in a write has to open
/// it again.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Box::new(Senseless)))
}

/// Something of redb's whose end may panic after another panic, with which the process would end.
pub(super) struct Contained<T>(Option<T>);

impl<T> Contained<T> {
    pub const fn new(inner: T) -> Self {
        Self(Some(inner))
    }
}

impl<T> Deref for Contained<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("it is there until the end")
    }
}

impl<T> DerefMut for Contained<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("it is there until the end")
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        let inner = self.0.take();
        let _ = caught(|| {
            drop(inner);
            Ok(())
        });
    }
}

/// Whether another process has the file open.
pub(super) fn is_in_use(failure: &Failure) -> bool {
    matches!(
        failure.downcast_ref(),
        Some(DatabaseError::DatabaseAlreadyOpen)
    )
}

/// Whether a page isn't what was written, and the others can be read all the same.
pub(super) fn is_damaged_page(failure: &Failure) -> bool {
    failure.is::<Senseless>() || matches!(storage_error(failure), Some(StorageError::Corrupted(_)))
}

impl Trouble {
    /// What a failure says of the file, if it says more than that its disk is in trouble.
    pub fn told_by(failure: &Failure) -> Option<Self> {
        if failure.is::<Lost>() {
            return Some(Self::Loss);
        }
        if is_damaged_page(failure) {
            return Some(Self::Damage);
        }
        let is_of_another_format = matches!(
            failure.downcast_ref(),
            Some(DatabaseError::UpgradeRequired(_))
        );
        match storage_error(failure) {
            Some(
                StorageError::PreviousIo
                | StorageError::DatabaseClosed
                | StorageError::LockPoisoned(_),
            ) => Some(Self::Refusal),
            Some(StorageError::Io(error)) => {
                // Shorter than it says, or no database.
                let damage = [ErrorKind::UnexpectedEof, ErrorKind::InvalidData];
                damage.contains(&error.kind()).then_some(Self::Damage)
            }
            Some(_) => None,
            // What else is said of tables is that they are other ones.
            None => (is_of_another_format || failure.is::<TableError>()).then_some(Self::Damage),
        }
    }
}

fn storage_error(failure: &Failure) -> Option<&StorageError> {
    if let Some(error) = failure.downcast_ref() {
        return Some(error);
    }
    if let Some(DatabaseError::Storage(error)) = failure.downcast_ref() {
        return Some(error);
    }
    if let Some(TransactionError::Storage(error)) = failure.downcast_ref() {
        return Some(error);
    }
    if let Some(TableError::Storage(error)) = failure.downcast_ref() {
        return Some(error);
    }
    match failure.downcast_ref() {
        Some(CommitError::Storage(error)) => Some(error),
        _ => None,
    }
}
