//! Starting and stopping the system's parts. A part ends with the value that stands for it.

mod announced;
mod aws;
mod deployment;
mod dynamodb;
mod edge;
mod functions;
mod guide;
mod identity;
mod indexes;
mod origin;
mod pooler;
mod postgres;
mod replica;
mod search_index;
mod site;
mod worker;

pub use aws::Aws;
pub use deployment::Deployment;
pub use dynamodb::DynamoDb;
pub use edge::Edge;
pub use functions::{Architecture, Archive, Functions, build_functions, build_functions_for_tests};
pub use guide::{Guide, Value};
pub use origin::{Origin, build_origin};
pub use pooler::Pooler;
pub use postgres::{Cluster, DATABASE, Durability, free_port};
pub use replica::{Replica, load_sample, open_to_all, replicated_now};
pub use search_index::index_for_search;
pub use site::Site;
pub use worker::{Environment, WorkerSize, build_worker, dry_deploy_worker, worker_sha256};

/// A part of the system can't be started.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file or folder can't be used.
    #[error("{doing}")]
    File {
        /// What was being done.
        doing: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A program failed.
    #[error(transparent)]
    Command(#[from] crate::CommandError),
    /// A part ended, or didn't get ready in time.
    #[error("{part} didn't start; it said:\n{said}")]
    NotReady {
        /// Which part.
        part: String,
        /// The last it said.
        said: String,
    },
    /// Another server holds the data folder.
    #[error(
        "{folder} is in use by the PostgreSQL server with pid {pid}; stop it first: kill {pid}"
    )]
    InUse {
        /// The data folder.
        folder: String,
        /// The other server.
        pid: String,
    },
    /// SQL failed.
    #[error("loading {what}")]
    Sql {
        /// Which file or statement.
        what: String,
        /// Why it failed.
        #[source]
        source: ::postgres::Error,
    },
    /// A tool is missing.
    #[error(transparent)]
    Setup(#[from] crate::setup::SetupError),
}

impl RunError {
    fn file(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        |source| Self::File { doing, source }
    }
}
