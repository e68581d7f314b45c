//! The system under test: PostgreSQL, the origin and the edge, as real as on a user's machine.
//!
//! Every test may have a system of its own: each part takes a free port and ends with the value that stands for it.

mod catalogue;
mod client;
mod crawled;
mod guide;
mod keeper;
mod lidarr;
mod load;
mod minute;
pub mod providers;
mod serving;
mod stub;
mod system;
mod table;

pub use catalogue::AskedCatalogue;
pub use client::{Answer, Ask, ask};
pub use crawled::{Crawled, next_second};
pub use guide::replica_sql;
pub use keeper::{Keeper, PurgeCall, Reception};
pub use lidarr::{API_KEY, LidarrStub};
pub use load::{Load, Target};
pub use minute::wait_for_a_minute_with;
pub use serving::serving;
pub use stub::{Behaviour, Reply, Seen, Stub};
pub use system::{System, postgres_server, prepared, replica, replica_on};
pub use table::table;

/// Ends a process that a test started, as its operator would.
pub fn end(pid: u32) -> bool {
    std::process::Command::new("kill")
        .arg(pid.to_string())
        .status()
        .is_ok_and(|status| status.success())
}
