//! What the crawler renews in a second, and what one answer costs: in this process, and in PostgreSQL.
//!
//! `cargo dev bench crawl` makes the replica and runs it; `docs/benchmarks.md` says what the columns mean.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use linernotes_dev::progress;
use linernotes_dev::run::{Cluster, Replica};
use linernotes_dev::scale::{self, Shape};
use linernotes_origin::answer;
use linernotes_origin::config::Config;
use linernotes_origin::crawler::{self, Deadline, Outcome as Run, Report, Task};
use linernotes_origin::lookup;
use linernotes_origin::service::Service;
use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;
use linernotes_tests::{Keeper, table};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Answers of each kind that are kept and renewed.
const KEPT: usize = 2_000;
/// MusicBrainz's packets come every hour.
const HOUR: i64 = 3_600;

/// What some answers cost.
struct Cost {
    name: &'static str,
    answers: u64,
    time: Duration,
    own_cpu: Duration,
    database_cpu: Duration,
    queries: i64,
}

struct Meter {
    cluster: Cluster,
    client: postgres::Client,
}

fn main() -> Outcome<()> {
    // Cargo adds a word of its own, `--bench`.
    let artists: u32 = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"))
        .ok_or("the replica's size is missing")?
        .parse()?;
    let (folder, cluster) = progress::step("starting the replica", || -> Outcome<_> {
        let (mut cluster, folder) = linernotes_tests::replica(Replica::Scale(Shape::of(artists)));
        let mut client = cluster.connect()?;
        // Each by itself: several in one go are a transaction, in which settings can't be changed.
        for setting in [
            "shared_buffers = '1GB'",
            "shared_preload_libraries = 'pg_stat_statements'",
        ] {
            client.batch_execute(&format!("ALTER SYSTEM SET {setting}"))?;
        }
        drop(client);
        cluster.stop();
        cluster.restart()?;
        // The folder goes after its user.
        Ok((folder, cluster))
    })?;
    let mut meter = Meter::new(cluster)?;
    let runtime = Runtime::new()?;
    let keeper = Keeper::start(&runtime);
    let mut config = Config::default();
    config.database.url = meter.cluster.url();
    config.database.max_lag_hours = 0;
    config.store.path = folder.path().join("store");
    // Everything is due at once.
    config.crawler.look_ahead_minutes = 60 * 24 * 60;
    config.purge.edge_url = Some(keeper.url.clone());
    config.purge.edge_key = Some(serde_json::from_str("\"k3y\"")?);
    let service = runtime.block_on(Service::start(&config))?;
    let service = Arc::new(service);

    let mbids = |texts: Vec<String>| -> Vec<Mbid> {
        texts
            .iter()
            .map(|text| text.parse().expect("the scale replica's MBIDs are MBIDs"))
            .collect()
    };
    let artists = mbids(scale::ordinary_artists(KEPT));
    let albums = mbids(scale::ordinary_albums(KEPT));
    let mut costs = Vec::new();
    for (name, entity, mbids) in [
        ("artists read one by one", Entity::Artist, &artists),
        ("albums read one by one", Entity::Album, &albums),
    ] {
        costs.push(meter.measure(name, || {
            runtime.block_on(read(&service, entity, mbids))?;
            Ok(mbids.len() as u64)
        })?);
    }
    progress::step("keeping answers", || {
        runtime.block_on(async {
            for (entity, mbids) in [(Entity::Artist, &artists), (Entity::Album, &albums)] {
                for mbid in mbids {
                    lookup::answer(&service, entity, *mbid).await?;
                }
            }
            Ok::<_, Box<dyn Error>>(())
        })
    })?;
    for (name, task) in [
        ("task artists, profiles included", Task::Artists),
        ("task albums", Task::Albums),
    ] {
        costs.push(meter.measure(name, || renewed(run(&runtime, &service, &task)?))?);
    }
    let since = scale::REPLICATED_AT - HOUR;
    let invalidate = Task::Invalidate { since: Some(since) };
    // The first one also goes through all that changed while answers stay fresh.
    run(&runtime, &service, &Task::Invalidate { since: None })?;
    let mut looked_at = 0;
    costs.push(meter.measure("task invalidate, an hour's changes", || {
        let report = run(&runtime, &service, &invalidate)?;
        looked_at = report.looked_at;
        renewed(report)
    })?);
    print(&costs);
    println!("An hour's changes are {looked_at} MBIDs, of which those kept are renewed.");
    Ok(())
}

/// Asks the catalogue and composes each answer, one after the other, and keeps nothing: the reference.
async fn read(service: &Service, entity: Entity, mbids: &[Mbid]) -> Outcome<()> {
    for mbid in mbids {
        match entity {
            Entity::Artist => {
                let found = service.catalogue.artist(*mbid).await?.ok_or("not found")?;
                answer::artist(found.artist, &found.albums)?;
            }
            Entity::Album => {
                let album = service.catalogue.album(*mbid).await?.ok_or("not found")?;
                answer::album(album)?;
            }
        }
    }
    Ok(())
}

fn run(runtime: &Runtime, service: &Arc<Service>, task: &Task) -> Outcome<Report> {
    match runtime.block_on(crawler::run(service, task, Deadline::NEVER))? {
        Run::Ran(report) if report.complete && report.failed == 0 => Ok(report),
        other => Err(format!("{other:?}").into()),
    }
}

/// Measuring nothing is always fast.
fn renewed(report: Report) -> Outcome<u64> {
    match report.refreshed + report.unchanged {
        0 => Err(format!("nothing was renewed: {report:?}").into()),
        renewed => Ok(renewed),
    }
}

impl Meter {
    fn new(cluster: Cluster) -> Outcome<Self> {
        let mut client = cluster.connect()?;
        client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")?;
        Ok(Self { cluster, client })
    }

    fn measure(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Outcome<u64>,
    ) -> Outcome<Cost> {
        progress::note(name);
        let (queries, database) = (self.queries()?, self.database_cpu()?);
        let (start, own) = (Instant::now(), own_cpu());
        let answers = work()?;
        Ok(Cost {
            name,
            answers,
            time: start.elapsed(),
            own_cpu: own_cpu() - own,
            database_cpu: self.database_cpu()?.saturating_sub(database),
            queries: self.queries()? - queries,
        })
    }

    /// Statements that PostgreSQL has run for the service, without those that begin and end transactions.
    fn queries(&mut self) -> Outcome<i64> {
        let row = self.client.query_one(
            "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
             WHERE query LIKE '%musicbrainz.%' AND query NOT LIKE '%pg_stat_statements%'",
            &[],
        )?;
        Ok(row.get(0))
    }

    /// CPU time of all connections of the service that there are; none of them ends meanwhile.
    fn database_cpu(&mut self) -> Outcome<Duration> {
        let rows = self.client.query(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'linernotes'",
            &[],
        )?;
        let cpu = rows.iter().filter_map(|row| {
            let pid: i32 = row.get(0);
            let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Ok(Duration::from_nanos(cpu.sum()))
    }
}

fn print(costs: &[Cost]) {
    let mut rows = vec![
        [
            "work",
            "answers",
            "answers/s",
            "× one by one",
            "own CPU ms",
            "PostgreSQL CPU ms",
            "CPU × one by one",
            "queries",
        ]
        .map(str::to_owned),
    ];
    for cost in costs {
        let of_albums = cost.name.contains("albums");
        let reference = &costs[usize::from(of_albums)];
        rows.push([
            cost.name.to_owned(),
            cost.answers.to_string(),
            format!("{:.0}", cost.rate()),
            format!("{:.2}", cost.rate() / reference.rate()),
            format!("{:.2}", cost.each(cost.own_cpu) * 1_000.0),
            format!("{:.2}", cost.each(cost.database_cpu) * 1_000.0),
            format!("{:.2}", cost.cpu() / reference.cpu()),
            format!("{:.1}", cost.queries as f64 / cost.answers as f64),
        ]);
    }
    println!("{}", table(&rows));
}

impl Cost {
    fn rate(&self) -> f64 {
        self.answers as f64 / self.time.as_secs_f64()
    }

    /// Seconds for one answer.
    fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() / self.answers as f64
    }

    /// Seconds of both sides for one answer.
    fn cpu(&self) -> f64 {
        self.each(self.own_cpu + self.database_cpu)
    }
}

fn own_cpu() -> Duration {
    // CPU time is never negative.
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}
