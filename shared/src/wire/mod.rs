//! The JSON that Lidarr reads.
//!
//! Shapes are those of the official v0.4 service as Lidarr's `NzbDrone.Core/MetadataSource/SkyHook/Resource` classes
//! read them; `docs/contract.md` says where each field comes from and which rules hold for it. The long lists
//! (an artist's albums, an album's releases) are built as JSON by the database and carried as they are.

mod album;
mod artist;
mod list;
mod part;
mod service;
mod spotify;

pub use album::Album;
pub use artist::{Artist, ArtistProfile};
pub use list::{ListedAlbum, ListedArtist};
pub use part::{Image, Link, Rating};
pub use service::{ErrorBody, Recent, Status};
pub use spotify::{Identity, Renewal, UNMATCHED};
