//! What the tests of stores share: an emulator of DynamoDB, a server in front of it that makes trouble, and entries.

mod emulator;
mod sample;
mod trouble;

pub use emulator::{Emulator, Item, TABLE};
pub use sample::{NOW, content, entry, key, long_body};
pub use trouble::{Call, Trouble, Troublemaker};
