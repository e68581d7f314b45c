//! The servers compared.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use linernotes_tests::{Answer, end};

use crate::Outcome;

/// The argument that makes this program the bare server.
pub const BARE: &str = "serve-bare";

/// Headers that every server makes itself.
const OWN_HEADERS: [&str; 3] = ["content-length", "date", "x-request-id"];

/// A running server.
pub struct Server {
    /// For the table.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    processes: Vec<u32>,
}

impl Server {
    /// A server by its URL and its processes.
    pub fn of(name: &'static str, url: &str, processes: Vec<u32>) -> Self {
        let address = url.trim_start_matches("http://").parse();
        Self {
            name,
            address: address.expect("servers announce an address and a port"),
            processes,
        }
    }

    /// CPU time of all its threads so far; `None` on systems without Linux's `/proc`.
    pub fn cpu(&self) -> Option<Duration> {
        let mut nanoseconds = 0;
        for process in &self.processes {
            for thread in fs::read_dir(format!("/proc/{process}/task")).ok()? {
                let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
                nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
            }
        }
        Some(Duration::from_nanos(nanoseconds))
    }
}

/// nginx, sending answers from files.
pub struct Nginx {
    master: Child,
    port: u16,
}

impl Nginx {
    /// Starts it with as many workers as the machine has processors, and as fast as it could be made for such files: kept
    /// open, and read rather than sent by the system, so that one write holds headers and body.
    pub fn start(
        program: &Path,
        folder: &Path,
        answers: &[(String, String, Answer)],
    ) -> Outcome<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let folder = folder.join("nginx");
        fs::create_dir_all(&folder)?;
        let mut locations = String::new();
        for (name, path, answer) in answers {
            let file = folder.join(name);
            fs::write(&file, &answer.body)?;
            write!(locations, "location = {path} {{ alias {};", file.display())?;
            for (name, value) in headers(answer) {
                match name {
                    "content-type" => write!(locations, " types {{}} default_type '{value}';")?,
                    _ => write!(locations, " add_header {name} '{value}';")?,
                }
            }
            locations += " add_header x-request-id $request_id; add_header last-modified ''; }\n";
        }
        let configuration = folder.join("nginx.conf");
        fs::write(
            &configuration,
            format!(
                "daemon off; worker_processes auto; pid {at}/pid;
                 events {{ worker_connections 1024; }}
                 http {{
                     access_log {at}/access.log; etag off; server_tokens off;
                     output_buffers 1 1m; tcp_nodelay on; keepalive_requests 1000000000;
                     open_file_cache max=100 inactive=10m; open_file_cache_valid 10m;
                     client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;
                     fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
                     server {{ listen 127.0.0.1:{port} backlog=1024;\n{locations}}}
                 }}\n",
                at = folder.display(),
            ),
        )?;
        let log = folder.join("error.log");
        let master = Command::new(program)
            .arg("-e")
            .arg(&log)
            .arg("-c")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let nginx = Self { master, port };
        if nginx.answers() {
            Ok(nginx)
        } else {
            let said = fs::read_to_string(log).unwrap_or_default();
            Err(format!("nginx doesn't start: {said}").into())
        }
    }

    fn answers(&self) -> bool {
        const PATIENCE: Duration = Duration::from_secs(10);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// It as one of those compared.
    pub fn server(&self) -> Server {
        let master = self.master.id();
        let workers = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))
            .unwrap_or_default();
        let workers = workers
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok());
        let processes = std::iter::once(master).chain(workers).collect();
        Server::of("nginx", &format!("127.0.0.1:{}", self.port), processes)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked to, it ends its workers too.
        if end(self.master.id()) {
            let _ = self.master.wait();
        }
    }
}

/// The origin's HTTP library, sending fixed answers: what no change in the origin can be faster than.
pub struct Bare {
    process: Child,
    url: String,
}

impl Bare {
    /// Starts this program once more.
    pub fn start(folder: &Path, answers: &[(String, String, Answer)]) -> Outcome<Self> {
        let folder = folder.join("bare");
        fs::create_dir_all(&folder)?;
        let mut serve = Command::new(std::env::current_exe()?);
        serve.arg(BARE);
        for (name, path, answer) in answers {
            let file = folder.join(name);
            let mut text = format!("{path}\n");
            for (name, value) in headers(answer) {
                writeln!(text, "{name}: {value}")?;
            }
            fs::write(&file, [text.as_bytes(), b"\n", &answer.body].concat())?;
            serve.arg(file);
        }
        let log = File::create(folder.join("access.log"))?;
        let mut process = serve
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let output = process.stdout.take().expect("standard output is piped");
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url)?;
        let url = url.trim().to_owned();
        Ok(Self { process, url })
    }

    /// It as one of those compared.
    pub fn server(&self) -> Server {
        Server::of("bare axum", &self.url, vec![self.process.id()])
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // Already gone is as good as stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The headers that a server is told to send.
fn headers(answer: &Answer) -> impl Iterator<Item = (&str, &str)> {
    answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !OWN_HEADERS.contains(name))
}

/// An answer of the bare server.
struct Fixed {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Fixed {
    fn read(file: &Path) -> Outcome<Self> {
        let bytes = fs::read(file)?;
        let mut rest = &bytes[..];
        let mut line = || -> Outcome<String> {
            let mut line = String::new();
            rest.read_line(&mut line)?;
            Ok(line.trim_end().to_owned())
        };
        let path = line()?;
        let mut headers = HeaderMap::new();
        while let Some((name, value)) = line()?.split_once(": ") {
            headers.insert(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
        }
        let body = Bytes::copy_from_slice(rest);
        Ok(Self {
            path,
            headers,
            body,
        })
    }
}

/// Serves the answers in files, and writes a line for each request.
#[tokio::main]
pub async fn serve_bare(files: Vec<PathBuf>) -> Outcome<()> {
    let answers: Vec<Fixed> = files
        .iter()
        .map(|file| Fixed::read(file))
        .collect::<Result<_, _>>()?;
    let answers = Arc::new(answers);
    let log = Arc::new(Mutex::new(std::io::stderr()));
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let answers = Arc::clone(&answers);
        let log = Arc::clone(&log);
        async move {
            let found = answers
                .iter()
                .find(|answer| answer.path == request.uri().path());
            let Some(answer) = found else {
                return Response::new(Body::empty());
            };
            let line = format!("{} {}\n", request.method(), answer.path);
            if let Ok(mut log) = log.lock() {
                // A log that can't be written is for the reader to miss.
                let _ = log.write_all(line.as_bytes());
            }
            let mut response = Response::new(Body::from(answer.body.clone()));
            *response.headers_mut() = answer.headers.clone();
            response
        }
    });
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
