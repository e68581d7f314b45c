use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use linernotes_dev::run::{self, Cluster, Edge, Origin, Replica};
use linernotes_dev::setup::{self, PostgresServer};
use linernotes_dev::{checkout, progress};

use super::Outcome;

/// The artist of the first answer: The La's.
pub(super) const EXAMPLE: &str = "/api/v0.4/artist/ff3e88b3-7354-4f30-967c-1a61ebc8c642";
/// A search whose first result is that artist.
const EXAMPLE_SEARCH: &str = "/api/v0.4/search?type=all&query=the+las";
/// An album with many releases.
const EXAMPLE_ALBUM: &str = "/api/v0.4/album/4c4eee61-da1e-4115-8eb9-07e5b671fefe";

#[derive(Args)]
pub struct Options {
    /// The edge's port.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// The origin's port.
    #[arg(long, default_value_t = 5001)]
    origin_port: u16,
    /// Stop after the first answer.
    #[arg(long)]
    once: bool,
}

pub fn run(options: &Options) -> Outcome {
    let interrupted = on_interrupt()?;
    let tools = setup::everything()?;
    let worker = progress::step("building the edge worker", || {
        run::build_worker(&tools.edge)
    })?;
    let program = progress::step("building the origin", run::build_origin)?;
    let data = checkout::data_dir();
    std::fs::create_dir_all(&data)?;
    let mut cluster = start_sample(&tools.postgres, &data)?;
    progress::step("building the search index", || {
        run::index_for_search(&program, &cluster.url())
    })?;
    let origin = progress::step("starting the origin", || {
        let port = free_or_any("origin", options.origin_port);
        let settings = [
            ("LINERNOTES_LISTEN", format!("127.0.0.1:{port}")),
            ("LINERNOTES_DATABASE__URL", cluster.url()),
        ];
        Origin::start(&program, &data, &settings)
    })?;
    let edge = progress::step("starting the edge", || {
        let port = free_or_any("edge", options.port);
        let variables = [("ORIGIN_URL", origin.url().to_owned())];
        Edge::start_with(&worker, port, &data, &variables, &["--kv", "COPIES"])
    })?;

    let answer = get(&edge, EXAMPLE)?;
    print_welcome(&edge, &origin, &cluster, &answer)?;
    if !options.once {
        wait(&interrupted, &mut cluster);
    }
    eprintln!("stopping");
    Ok(())
}

/// What is told of Ctrl-C.
pub(super) fn on_interrupt() -> Result<mpsc::Receiver<()>, ctrlc::Error> {
    let (interrupt, interrupted) = mpsc::channel();
    ctrlc::set_handler(move || {
        // The second Ctrl-C finds nobody listening.
        let _ = interrupt.send(());
    })?;
    Ok(interrupted)
}

/// The sample replica, as if it were current, kept in a folder.
pub(super) fn start_sample(
    server: &PostgresServer,
    folder: &Path,
) -> Result<Cluster, Box<dyn std::error::Error>> {
    let (cluster, _) = progress::step("starting PostgreSQL with the sample replica", || {
        Replica::Compact.start_kept(server, folder)
    })?;
    run::replicated_now(&cluster)?;
    Ok(cluster)
}

/// Waits for Ctrl-C; a database that dies meanwhile is worth a word, not the end.
fn wait(interrupted: &mpsc::Receiver<()>, cluster: &mut Cluster) {
    const GLANCE: Duration = Duration::from_millis(500);
    let mut was_running = true;
    while matches!(
        interrupted.recv_timeout(GLANCE),
        Err(mpsc::RecvTimeoutError::Timeout)
    ) {
        if was_running && !cluster.is_running() {
            was_running = false;
            progress::note(
                "PostgreSQL has stopped; the edge and the origin go on with what they have kept",
            );
        }
    }
}

fn print_welcome(edge: &Edge, origin: &Origin, cluster: &Cluster, answer: &str) -> Outcome {
    const LINES: usize = 14;
    let url = edge.url();
    let shown = indented(answer)?;
    let shown: Vec<&str> = shown.lines().take(LINES).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nLinernotes is up.\n")?;
    writeln!(out, "  edge        {url}")?;
    writeln!(
        out,
        "  origin      {}   (pid {})",
        origin.url(),
        origin.pid()
    )?;
    writeln!(
        out,
        "  PostgreSQL  {}   (pid {})",
        cluster.url(),
        cluster.pid().unwrap_or_default()
    )?;
    writeln!(
        out,
        "\nTry:\n  curl -i '{url}{EXAMPLE}'\n  curl -i '{url}{EXAMPLE_ALBUM}'\n  curl -i '{url}{EXAMPLE_SEARCH}'"
    )?;
    writeln!(out, "\n{url}{EXAMPLE} answers:\n{}\n  …", shown.join("\n"))?;
    writeln!(out, "\nCtrl-C stops everything.")?;
    Ok(())
}

fn indented(json: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut indented = Vec::new();
    serde_transcode::transcode(
        &mut serde_json::Deserializer::from_str(json),
        &mut serde_json::Serializer::pretty(&mut indented),
    )?;
    Ok(String::from_utf8(indented)?)
}

/// `port` if it's free, else 0, which lets the server choose.
fn free_or_any(part: &str, port: u16) -> u16 {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => port,
        Err(_) => {
            progress::note(format!("port {port} is taken; the {part} takes a free one"));
            0
        }
    }
}

fn get(edge: &Edge, path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let url = format!("{}{path}", edge.url());
    let failed = |error: ureq::Error| format!("{url}: {error}\n{}", edge.log());
    let mut answer = ureq::get(&url).call().map_err(failed)?;
    Ok(answer.body_mut().read_to_string().map_err(failed)?)
}
