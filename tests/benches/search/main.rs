//! How often search finds what is meant, and how long it takes.
//!
//! `cargo dev bench search` makes the replicas and runs it; `docs/benchmarks.md` says what the columns mean.

mod quality;
mod speed;

use std::error::Error;
use std::time::Instant;

use linernotes_dev::run::{Cluster, Replica};
use linernotes_dev::scale::Shape;
use linernotes_dev::{planted, progress};
use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::{Config, Database};
use linernotes_origin::search::Hit;
use linernotes_origin::search::index::{Databases, Indexer, Outcome as Indexed, Progress};
use linernotes_origin::search::postgres::PostgresSearch;
use linernotes_shared::request::Entity;
use linernotes_tests::table;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // Cargo adds a word of its own, `--bench`.
    let sizes: Vec<u32> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .map(|argument| argument.parse())
        .collect::<Result<_, _>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let mut quality = Vec::new();
    let mut speed = vec![speed::HEADINGS.map(str::to_owned)];
    let mut index = vec![["artists", "rows", "built in s", "rows/s", "MB"].map(str::to_owned)];
    for artists in sizes {
        let (mut cluster, _folder) = start(artists)?;
        let config = Config {
            database: Database {
                url: cluster.url(),
                // The made-up rows are of a past moment.
                max_lag_hours: 0,
                timeout_seconds: 120,
                ..Config::default().database
            },
            ..Config::default()
        };
        let measured = runtime.block_on(async {
            index.push(build(&config, artists).await?);
            let provider = PostgresSearch::new(&config)?;
            let catalogue = Catalogue::new(&config.database)?;
            let queries = quality::queries()?;
            progress::note("judging");
            let table = quality::judge(&provider, &queries, async |hits| {
                names(&catalogue, hits).await
            })
            .await?;
            quality.push(format!("{artists} artists\n\n{table}"));
            speed.extend(speed::measure(&config, &provider, &queries, artists).await?);
            Outcome::Ok(())
        });
        cluster.stop();
        measured?;
    }
    for table in quality {
        println!("{table}");
    }
    println!("{}\n{}", table(&speed), table(&index));
    Ok(())
}

fn start(artists: u32) -> Outcome<(Cluster, tempfile::TempDir)> {
    progress::step(
        &format!("starting the replica of {artists} artists"),
        || {
            let (mut cluster, folder) =
                linernotes_tests::replica(Replica::Scale(Shape::of(artists)));
            cluster
                .connect()?
                .batch_execute("ALTER SYSTEM SET shared_buffers = '1GB'")?;
            cluster.stop();
            cluster.restart()?;
            let mut client = cluster.connect()?;
            planted::plant(&mut client, &planted::artists())?;
            planted::plant(&mut client, &planted::decoys())?;
            Ok((cluster, folder))
        },
    )
}

async fn build(config: &Config, artists: u32) -> Outcome<[String; 5]> {
    let mut indexer = Indexer::connect(&Databases::of(config)).await?;
    let started = Instant::now();
    progress::note("building the index");
    let built = indexer
        .run(true, |progress| {
            if progress == Progress::Finishing {
                let seconds = started.elapsed().as_secs();
                eprintln!("  all rows are in after {seconds} s");
            }
        })
        .await?;
    let Indexed::Built {
        artists: rows,
        albums,
        took,
    } = built
    else {
        return Err("the index wasn't built anew".into());
    };
    let rows = rows + albums;
    let (client, connection) =
        tokio_postgres::connect(&config.database.url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let size: i64 = client
        .query_one(
            "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class \
             WHERE relnamespace = 'linernotes_search'::regnamespace AND relkind = 'r'",
            &[],
        )
        .await?
        .get(0);
    Ok([
        artists.to_string(),
        rows.to_string(),
        format!("{:.0}", took.as_secs_f64()),
        format!("{:.0}", rows as f64 / took.as_secs_f64()),
        (size / 1_000_000).to_string(),
    ])
}

/// What hits are called, for a person.
async fn names(catalogue: &Catalogue, hits: &[Hit]) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for hit in hits {
        let mbids = [hit.mbid];
        let name = match hit.entity {
            Entity::Artist => catalogue
                .artists(&mbids)
                .await?
                .remove(&hit.mbid)
                .map(|artist| artist.name),
            Entity::Album => catalogue
                .albums(&mbids)
                .await?
                .remove(&hit.mbid)
                .map(|album| format!("{} by {}", album.title, album.artists[0].name)),
        };
        names.push(format!("{} {}", hit.score, name.unwrap_or_default()));
    }
    Ok(names)
}
