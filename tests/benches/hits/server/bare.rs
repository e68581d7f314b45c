use std::convert::Infallible;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use linernotes_tests::Answer;

use super::{Server, headers};
use crate::Outcome;

/// The argument that makes this program the bare server.
pub const BARE: &str = "serve-bare";

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
        Server::of("bare hyper", &self.url, vec![self.process.id()])
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // Already gone is as good as stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
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
    let answers: &[Fixed] = answers.leak();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    let server = Builder::new(TokioExecutor::new());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service =
            service_fn(
                move |request| async move { Ok::<_, Infallible>(answer(answers, &request)) },
            );
        let connection = server.serve_connection(TokioIo::new(stream), service);
        // The client ends it.
        tokio::spawn(connection.into_owned());
    }
}

fn answer(answers: &[Fixed], request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let Some(answer) = answers.iter().find(|answer| answer.path == path) else {
        return Response::default();
    };
    let line = format!("{} {path}\n", request.method());
    // A log that can't be written is for the reader to miss.
    let _ = std::io::stderr().write_all(line.as_bytes());
    let mut response = Response::new(Full::new(answer.body.clone()));
    *response.headers_mut() = answer.headers.clone();
    response
}
