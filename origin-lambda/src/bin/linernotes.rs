//! `linernotes`: the origin on one machine, and the operator's command.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use linernotes_origin::cache::DynamoDbStore;
use linernotes_origin::catalogue::{Preparation, Step};
use linernotes_origin::config::{self, Config, Effective, StoreKind};
use linernotes_origin::crawler::{self, Deadline, Task};
use linernotes_origin::doctor;
use linernotes_origin::lidarr::{Lidarr, Source, Trouble};
use linernotes_origin::search::index::{Databases, Indexer, Outcome, Progress};
use linernotes_origin::server;
use linernotes_origin::service::Service;
use linernotes_origin::telemetry;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Metadata for Lidarr, from a MusicBrainz replica.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests until interrupted. Settings come from LINERNOTES_… environment variables.
    Serve,
    /// Look at everything the service depends on and say what is wrong and how to mend it.
    /// Fails if anything is broken.
    Doctor {
        /// Print the findings as a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Show every setting with its value and where that comes from; of secrets, only whether they are set.
    Config {
        /// Print them as a JSON array.
        #[arg(long)]
        json: bool,
        /// Over the defaults for Lambda.
        #[arg(long)]
        lambda: bool,
        /// Print what there is to set instead, as Markdown, with defaults and meanings.
        #[arg(long, conflicts_with_all = ["json", "lambda"])]
        reference: bool,
    },
    /// Run one of the crawler's tasks until it is done, and print its report as JSON. Fails if it couldn't run, or was
    /// broken off. With the embedded store, only while no server runs on it.
    Crawl {
        /// Its name, e.g. `invalidate`, `artists`, `albums` or `initial-fill`.
        task: String,
        /// Stop after so many seconds; what is left is the next run's.
        #[arg(long)]
        seconds: Option<u64>,
        /// For `invalidate`: go back to this moment, in unix seconds.
        #[arg(long)]
        since: Option<u64>,
        /// For `initial-fill`: once more, if it is complete. What is kept isn't built again.
        #[arg(long)]
        anew: bool,
    },
    /// Make the indexes and the change log in the replica, as the user of LINERNOTES_DATABASE__URL, who must own its
    /// tables.
    Prepare,
    /// Build the search index, or bring it up to date, as a user who may create schemas in its database.
    SearchIndex {
        /// Build a new one, even if there is one.
        #[arg(long)]
        anew: bool,
    },
    /// Show which metadata server a Lidarr asks, and change it. Nothing else in Lidarr is changed.
    Lidarr(LidarrOptions),
    /// Make the DynamoDB table of LINERNOTES_STORE__TABLE, with its indexes. Does nothing if it is there.
    CreateTable,
}

#[derive(Args)]
struct LidarrOptions {
    /// Lidarr's address, with its URL base if it has one.
    #[arg(long, default_value = "http://localhost:8686")]
    url: String,
    /// The key of its API: in Lidarr under Settings, General.
    #[arg(long, env = "LIDARR_API_KEY", hide_env_values = true)]
    api_key: String,
    /// Have it ask this server: an address that Lidarr can reach, e.g. http://192.168.1.5:5001.
    #[arg(long, value_name = "SERVER", conflicts_with = "revert")]
    set: Option<String>,
    /// Have it ask the official server again.
    #[arg(long)]
    revert: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let outcome = match command {
        Command::Serve => serve().await,
        Command::Doctor { json } => return doctor(json).await,
        Command::Config {
            json,
            lambda,
            reference,
        } => show_config(json, lambda, reference).await,
        Command::Crawl {
            task,
            seconds,
            since,
            anew,
        } => crawl(&task, seconds, since, anew).await,
        Command::Prepare => prepare().await,
        Command::SearchIndex { anew } => search_index(anew).await,
        Command::Lidarr(options) => point_lidarr(&options).await,
        Command::CreateTable => create_table().await,
    };
    telemetry::sentry::sent().await;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linernotes: {}", telemetry::with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(Config::default()).await?;
    telemetry::start(&config);
    let service = Arc::new(Service::start(&config).await?);
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    // Whoever started us reads this line to know the port and that requests may come.
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.report_catalogue().await }
    });
    tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.report_store().await }
    });
    if config.crawler.timers {
        tokio::spawn(crawler::run_timers(Arc::clone(&service)));
    }
    server::serve(service, listener, interrupted()).await;
    Ok(())
}

async fn crawl(
    task: &str,
    seconds: Option<u64>,
    since: Option<u64>,
    anew: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut task = Task::named(task, since)?;
    if anew {
        task = task.begun_anew()?;
    }
    let config = Config::load(Config::default()).await?;
    telemetry::start(&config);
    let service = Arc::new(Service::start(&config).await?);
    let within = |seconds| Deadline::within(std::time::Duration::from_secs(seconds));
    let deadline = seconds.map_or(Deadline::NEVER, within);
    let outcome = crawler::run(&service, &task, deadline).await?;
    println!("{}", serde_json::to_string(&outcome)?);
    match outcome {
        crawler::Outcome::Ran(_) => Ok(()),
        crawler::Outcome::UnderWay => Err("another run of this task is under way".into()),
    }
}

async fn prepare() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(Config::default()).await?;
    let preparation = Preparation::connect(&config.database).await?;
    let steps = preparation.steps();
    println!(
        "preparing the replica in {steps} steps; on all of MusicBrainz this takes some minutes"
    );
    let mut number = 0;
    preparation
        .run(|Step { made, took }| {
            number += 1;
            println!("{number:>2}/{steps} {made}: {:.1} s", took.as_secs_f32());
        })
        .await?;
    Ok(())
}

async fn search_index(anew: bool) -> Result<(), Box<dyn std::error::Error>> {
    /// Every so many rows are worth a line.
    const LINE: u64 = 50_000;
    let config = Config::load(Config::default()).await?;
    let mut indexer = Indexer::connect(&Databases::of(&config)).await?;
    let mut told = None;
    let outcome = indexer
        .run(anew, |progress| match progress {
            Progress::Rows(entity, rows) => {
                let lines = Some((entity, rows / LINE));
                if told != lines {
                    println!("{rows} {entity}s are in");
                    told = lines;
                }
            }
            Progress::Finishing => println!("making indexes"),
            Progress::CatchingUp => println!("bringing in what has changed meanwhile"),
        })
        .await?;
    match outcome {
        Outcome::Built {
            artists,
            albums,
            took,
        } => println!(
            "the search index holds {artists} artists and {albums} albums; it took {:.0} s",
            took.as_secs_f32()
        ),
        Outcome::Refreshed(refreshed) => println!(
            "the search index is current as of {}: of {} artists and albums that changed, {} were brought in",
            refreshed
                .as_of
                .map_or_else(|| "an unknown date".to_owned(), |date| date.to_string()),
            refreshed.looked_at,
            refreshed.changed
        ),
    }
    Ok(())
}

async fn point_lidarr(options: &LidarrOptions) -> Result<(), Box<dyn std::error::Error>> {
    let wanted = match &options.set {
        Some(server) => Some(Source::at(server)?),
        None => options.revert.then_some(Source::OFFICIAL),
    };
    let lidarr = Lidarr::new(&options.url, &options.api_key)?;
    println!("Lidarr {} at {}", lidarr.version().await?, options.url);
    let before = lidarr.settings().await?;
    let Some(wanted) = wanted else {
        println!("metadata from {}", before.source());
        return Ok(());
    };
    println!("before: metadata from {}", before.source());
    let after = lidarr.change(&before, &wanted).await?;
    println!("after:  metadata from {}", after.source());
    match lidarr.trouble().await? {
        None => {
            println!("Lidarr has looked up an artist and searched there, and got answers");
            Ok(())
        }
        Some(Trouble::Artist(told)) => Err(format!(
            "Lidarr can't look up an artist there: {}. See that it can reach {} from where it runs, and that all is well \
             there, or go back with --revert",
            told.trim_end_matches('.'),
            after.source()
        )
        .into()),
        Some(Trouble::Search(told)) => Err(format!(
            "Lidarr can't search there: {}. If the search index is still being built, that passes. Otherwise {} isn't \
             where metadata is served, as with a wrong path: go back with --revert at once, for Lidarr deletes artists for \
             which a server answers 404",
            told.trim_end_matches('.'),
            after.source()
        )
        .into()),
    }
}

async fn create_table() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(Config::default()).await?;
    if config.store.kind != StoreKind::DynamoDb {
        return Err(
            "set LINERNOTES_STORE__KIND=dynamodb: the embedded store needs no table".into(),
        );
    }
    DynamoDbStore::connect(&config.store)
        .await
        .ensure_table()
        .await?;
    println!("the table {} is ready", config.store.table);
    Ok(())
}

async fn show_config(
    json: bool,
    lambda: bool,
    reference: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    if reference {
        return print(&config::reference::markdown());
    }
    let defaults = if lambda {
        Config::for_lambda()
    } else {
        Config::default()
    };
    let rows = Effective::load(defaults).await?.rows();
    print(&if json {
        serde_json::to_string_pretty(&rows)? + "\n"
    } else {
        rows.iter().map(|row| format!("{row}\n")).collect()
    })
}

/// Prints what somebody may stop reading before its end.
fn print(text: &str) -> Result<(), Box<dyn std::error::Error>> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints what there is to say of each thing looked at; fails if any is broken.
async fn doctor(json: bool) -> ExitCode {
    let findings = match Config::load(Config::default()).await {
        Ok(config) => doctor::examine(&config).await,
        Err(error) => doctor::unusable(&error),
    };
    if json {
        println!(
            "{}",
            serde_json::to_string_pretty(&findings).expect("findings are words")
        );
    } else {
        for finding in &findings {
            println!("{finding}");
        }
    }
    if findings.iter().any(doctor::Finding::is_broken) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Ends at Ctrl-C or when asked to terminate.
async fn interrupted() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
