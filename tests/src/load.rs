//! A client that costs little: kept connections, one request at a time on each, and no more reading of an answer than
//! it takes to know where it ends.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What to ask for.
pub struct Target<'a> {
    /// Of the server.
    pub address: SocketAddr,
    /// Of the answer.
    pub path: &'a str,
    /// The length of the answer's body in bytes. An answer of another length is an error.
    pub body: usize,
}

/// What came of asking.
#[derive(Debug, Default)]
pub struct Load {
    /// How long was asked.
    elapsed: Duration,
    /// How long each answer took.
    times: Vec<Duration>,
    /// CPU time of the server, where the system tells.
    pub cpu: Option<Duration>,
}

/// Asks on so many connections for so long.
async fn run(target: &Target<'_>, connections: usize, time: Duration) -> io::Result<Load> {
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {}\r\naccept: application/json\r\naccept-encoding: gzip, br\r\nuser-agent: bench\r\n\r\n",
        target.path, target.address
    );
    let start = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        asking.spawn(ask(stream, request.clone(), target.body, start + time));
    }
    let mut times = Vec::new();
    while let Some(asked) = asking.join_next().await {
        times.append(&mut asked??);
    }
    Ok(Load {
        elapsed: start.elapsed(),
        times,
        cpu: None,
    })
}

async fn ask(
    mut stream: TcpStream,
    request: String,
    body: usize,
    deadline: Instant,
) -> io::Result<Vec<Duration>> {
    const OK: &[u8] = b"HTTP/1.1 200 ";
    const END_OF_HEAD: &[u8] = b"\r\n\r\n";

    let mut times = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let asked = Instant::now();
        if asked >= deadline {
            return Ok(times);
        }
        stream.write_all(request.as_bytes()).await?;
        let mut read = 0;
        let head = loop {
            let more = stream.read(&mut buffer[read..]).await?;
            if more == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let searched = read.saturating_sub(END_OF_HEAD.len());
            read += more;
            let end = buffer[searched..read]
                .windows(END_OF_HEAD.len())
                .position(|window| window == END_OF_HEAD);
            if let Some(end) = end {
                break searched + end + END_OF_HEAD.len();
            }
        };
        // After an answer longer than expected, the next one begins with its rest.
        if !buffer.starts_with(OK) {
            let head = String::from_utf8_lossy(&buffer[..head]).into_owned();
            return Err(io::Error::other(head));
        }
        let mut missing = body
            .checked_sub(read - head)
            .ok_or_else(|| io::Error::other("an answer longer than it should be"))?;
        while missing > 0 {
            match stream.read(&mut buffer).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => missing = missing.saturating_sub(more),
            }
        }
        times.push(asked.elapsed());
    }
}

impl Load {
    /// Asks on so many connections at once, on each one request after the other, for so long.
    ///
    /// # Errors
    /// If an answer isn't 200, or not as long as it should be.
    pub async fn of(target: &Target<'_>, connections: usize, time: Duration) -> io::Result<Self> {
        run(target, connections, time).await
    }

    /// Adds another turn.
    pub fn add(&mut self, turn: Self) {
        let first = self.times.is_empty();
        self.elapsed += turn.elapsed;
        self.times.extend(turn.times);
        self.times.sort_unstable();
        self.cpu = match (self.cpu, turn.cpu) {
            (None, cpu) if first => cpu,
            (sum, cpu) => sum.zip(cpu).map(|(sum, cpu)| sum + cpu),
        };
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// CPU time of the server for one answer.
    pub fn cpu_per_request(&self) -> Option<Duration> {
        Some(self.cpu?.div_f64(self.times.len() as f64))
    }

    /// So many in a hundred answers took no longer.
    pub fn percentile(&self, percent: usize) -> Duration {
        let place = self.times.len() * percent / 100;
        self.times.get(place).copied().unwrap_or_default()
    }
}
