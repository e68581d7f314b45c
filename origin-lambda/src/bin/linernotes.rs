//! `linernotes`: the origin on one machine, and the operator's command.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use axum::serve::ListenerExt;
use clap::{Args, Parser, Subcommand};
use linernotes_origin::cache::DynamoDbStore;
use linernotes_origin::catalogue::{Preparation, Step};
use linernotes_origin::config::{Config, StoreKind};
use linernotes_origin::crawler;
use linernotes_origin::doctor;
use linernotes_origin::lidarr::{Lidarr, Source};
use linernotes_origin::server::router;
use linernotes_origin::service::Service;
use linernotes_origin::telemetry;

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
    Doctor,
    /// Make the indexes and the change log in the replica, as the user of LINERNOTES_DATABASE__URL, who must own its
    /// tables.
    Prepare,
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
        Command::Doctor => return doctor().await,
        Command::Prepare => prepare().await,
        Command::Lidarr(options) => point_lidarr(&options).await,
        Command::CreateTable => create_table().await,
    };
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
    telemetry::start(config.log);
    let service = Arc::new(Service::start(&config).await?);
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    // Whoever started us reads this line to know the port and that requests may come.
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let listener = listener.tap_io(|connection| {
        // Without it, a large answer's end would wait for the client to confirm the rest. A connection that can't have
        // it is as good as closed.
        let _ = connection.set_nodelay(true);
    });
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
    axum::serve(listener, router(service))
        .with_graceful_shutdown(interrupted())
        .await?;
    Ok(())
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
            println!("Lidarr has looked up an artist there");
            Ok(())
        }
        Some(trouble) => Err(format!(
            "Lidarr can't look up an artist there: {}. See that it can reach {} from where it runs, or go back with \
             --revert",
            trouble.trim_end_matches('.'),
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

/// Prints a line for each thing looked at; fails if any is broken.
async fn doctor() -> ExitCode {
    let findings = match Config::load(Config::default()).await {
        Ok(config) => doctor::examine(&config).await,
        Err(error) => vec![doctor::Finding::broken(
            error.to_string(),
            "set the variable to a value it takes",
        )],
    };
    for finding in &findings {
        println!("{finding}");
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
