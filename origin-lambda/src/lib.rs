//! The origin: answers Lidarr's questions from a MusicBrainz replica and keeps the answers.
//!
//! A request's way through the crate: [`server`] reads it and picks the endpoint; for an artist or album, [`lookup`] asks
//! [`cache`], which answers from memory or the store or has the answer built once however many ask, by [`answer`] from
//! what [`catalogue`] reads in the replica and [`providers`] add; [`lists`] makes series and charts, and [`spotify`] tells
//! what Spotify's ids are, both by [`matching`] names where there are no links. [`crawler`] keeps what is kept true, and
//! has [`purge`] drop the copies of what changed. [`page`] shows all of it to people. [`service`] puts the parts together from a [`config`], for every binary
//! alike.

pub mod answer;
pub mod cache;
pub mod catalogue;
pub mod config;
pub mod crawler;
pub mod doctor;
pub mod lidarr;
pub mod limiter;
pub mod lists;
pub mod lookup;
pub mod matching;
mod network;
pub mod page;
pub mod providers;
pub mod purge;
pub mod search;
pub mod server;
pub mod service;
pub mod spotify;
pub mod telemetry;
pub mod version;
