//! A body's bytes.

use std::cell::OnceCell;
use std::ops::Deref;
use std::rc::Rc;

use worker::js_sys::Uint8Array;

/// Bytes in the worker's memory and, once they are sent, in the runtime's: one copy in each, however many clients wait for
/// the same answer.
#[derive(Clone, Debug, Default)]
pub struct Bytes(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    ours: Vec<u8>,
    runtimes: OnceCell<Uint8Array>,
}

impl Bytes {
    /// The runtime's copy. Whoever sends it leaves it as it is.
    pub fn of_runtime(&self) -> &Uint8Array {
        self.0
            .runtimes
            .get_or_init(|| Uint8Array::from(&self.0.ours[..]))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(ours: Vec<u8>) -> Self {
        Self(Rc::new(Shared {
            ours,
            runtimes: OnceCell::new(),
        }))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.ours
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}
