//! Searching: from what a user typed to artists and albums, best first.
//!
//! A [`Searcher`] knows names and ranks them; the answer is made of the entities' own kept answers.

mod searcher;

pub use searcher::{Hit, SearchError, Searcher};
