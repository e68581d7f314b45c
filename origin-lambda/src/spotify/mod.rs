//! What Spotify's ids are in MusicBrainz: by MusicBrainz's links to Spotify, else by the names that Spotify gives.

mod identity;
mod kept;
mod lookup;

pub use identity::{identity, renew};
pub use kept::links;
pub use lookup::{MOST_IDS, lookup};
