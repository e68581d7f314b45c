//! What every question costs: in the database, and in the origin that composes the answer.
//!
//! Measures in this process, on one connection, without cache and compression. `cargo dev bench catalogue` makes the
//! replicas and runs it; `docs/benchmarks.md` says what the columns mean.

mod measure;
mod question;
mod table;

use std::error::Error;

use linernotes_dev::run::{Cluster, Replica};
use linernotes_dev::scale::Shape;
use linernotes_dev::{progress, scale};
use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::{Config, Database};
use tokio_postgres::NoTls;

use measure::{Backend, Measured, measure};
use question::questions;
use table::Table;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // Cargo adds a word of its own, `--bench`.
    let sizes: Vec<u32> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .map(|argument| argument.parse())
        .collect::<Result<_, _>>()?;
    let mut table = Table::default();
    for artists in sizes {
        for (question, measured) in measure_size(artists)? {
            table.add(question, artists, measured);
        }
    }
    print!("{table}");
    Ok(())
}

/// Measures all questions on a replica of a size.
fn measure_size(artists: u32) -> Outcome<Vec<(&'static str, Measured)>> {
    let (mut cluster, _folder) = progress::step(
        &format!("starting the replica of {artists} artists"),
        || -> Outcome<_> {
            let (mut cluster, folder) =
                linernotes_tests::replica(Replica::Scale(Shape::of(artists)));
            with_a_servers_memory(&mut cluster)?;
            Ok((cluster, folder))
        },
    )?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let measured = progress::step(&format!("measuring with {artists} artists"), || {
        runtime.block_on(measure_all(&cluster.url()))
    });
    cluster.stop();
    measured
}

/// PostgreSQL's own default is for a machine of the nineties; at 128 MB, a large replica would be read from files over
/// and over.
fn with_a_servers_memory(cluster: &mut Cluster) -> Outcome<()> {
    cluster
        .connect()?
        .batch_execute("ALTER SYSTEM SET shared_buffers = '1GB'")?;
    cluster.stop();
    cluster.restart()?;
    Ok(())
}

async fn measure_all(url: &str) -> Outcome<Vec<(&'static str, Measured)>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let catalogue = Catalogue::new(&Database {
        url: url.to_owned(),
        connections: 1,
        ..Config::default().database
    })?;

    let reference = client.prepare("SELECT 1").await?;
    let own = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    let mut all = vec![(
        table::REFERENCE,
        measure(Backend::of(own.get(0)), async |_| {
            client.query_one(&reference, &[]).await?;
            Ok(None)
        })
        .await?,
    )];

    // The catalogue opens its connection with its first question.
    catalogue.replication().await?;
    let backend = client
        .query_one(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'linernotes'",
            &[],
        )
        .await?;
    let recordings = question::recordings(&client, scale::WELL_KNOWN_ALBUM).await?;
    for (name, question) in questions(recordings) {
        progress::note(name);
        let backend = Backend::of(backend.get(0));
        let measured = measure(backend, async |turn| question.ask(&catalogue, turn).await)
            .await
            .map_err(|error| format!("{name}: {error}"))?;
        all.push((name, measured));
    }
    drop(client);
    connection.await??;
    Ok(all)
}
