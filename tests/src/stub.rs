use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// A server that answers as a test tells it: an origin or art host in any sort of trouble.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Mutex<Option<Listening>>,
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Sends this.
    Answer(Reply),
    /// Sends this after a while.
    Slow(Duration, Reply),
    /// Sends this once it is told to.
    Held(Arc<AtomicBool>, Reply),
    /// Never sends anything.
    Hang,
    /// Sends half of this and closes the connection.
    CutOff(Reply),
    /// Sends half of this and resets the connection.
    Reset(Reply),
    /// Closes the connection without a word.
    Close,
    /// Does the first for one request, and the second from then on.
    Once(Box<Self>, Box<Self>),
}

/// An answer byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Header fields, without `Content-Length`.
    pub fields: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields, names in lower case.
    pub fields: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

#[derive(Debug)]
struct Shared {
    behaviour: Mutex<Behaviour>,
    seen: Mutex<Vec<Seen>>,
}

#[derive(Debug)]
struct Listening {
    is_over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Stub {
    /// Starts a server.
    ///
    /// # Panics
    /// If there is no port to listen on.
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            behaviour: Mutex::new(behaviour),
            seen: Mutex::new(Vec::new()),
        });
        let stub = Self {
            address,
            shared,
            listening: Mutex::new(None),
        };
        stub.listen(listener);
        stub
    }

    /// Its address, `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, it does this, and accepts connections if it didn't.
    ///
    /// # Panics
    /// If its port can't be had back.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.shared.behaviour) = behaviour;
        if lock(&self.listening).is_none() {
            self.listen(TcpListener::bind(self.address).expect("its port is free still"));
        }
    }

    /// From now on, it refuses connections.
    pub fn refuse(&self) {
        let Some(Listening { is_over, thread }) = lock(&self.listening).take() else {
            return;
        };
        is_over.store(true, Ordering::SeqCst);
        // Wakes it.
        let _ = TcpStream::connect(self.address);
        let _ = thread.join();
    }

    /// The requests so far, and forgets them.
    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut lock(&self.shared.seen))
    }

    fn listen(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let is_over = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                for stream in listener.incoming().flatten() {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    let shared = Arc::clone(&shared);
                    // A client that goes away is no matter.
                    std::thread::spawn(move || drop(serve(stream, &shared)));
                }
            }
        });
        *lock(&self.listening) = Some(Listening { is_over, thread });
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.refuse();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this")
}

fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let behaviour = lock(&shared.behaviour).take();
    if let Behaviour::Reset(reply) = &behaviour {
        // Closing with bytes of the request unread resets the connection.
        stream.read_exact(&mut [0; 16])?;
        lock(&shared.seen).push(Seen {
            method: "?".to_owned(),
            target: "?".to_owned(),
            fields: Vec::new(),
            body: Vec::new(),
        });
        let bytes = reply.to_bytes();
        stream.write_all(&bytes[..bytes.len() - reply.body.len() / 2])?;
        std::thread::sleep(Duration::from_millis(20));
        return Ok(());
    }
    let Some(seen) = read(&mut stream)? else {
        return Ok(());
    };
    lock(&shared.seen).push(seen);
    match behaviour {
        Behaviour::Answer(reply) => stream.write_all(&reply.to_bytes()),
        Behaviour::Slow(time, reply) => {
            std::thread::sleep(time);
            stream.write_all(&reply.to_bytes())
        }
        Behaviour::Held(is_released, reply) => {
            while !is_released.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            stream.write_all(&reply.to_bytes())
        }
        Behaviour::Hang => {
            // Until the client gives up.
            while stream.read(&mut [0; 64])? > 0 {}
            Ok(())
        }
        Behaviour::CutOff(reply) | Behaviour::Reset(reply) => {
            let bytes = reply.to_bytes();
            stream.write_all(&bytes[..bytes.len() - reply.body.len() / 2])
        }
        // The second can't be taken: it is what the first is taken from.
        Behaviour::Close | Behaviour::Once(..) => Ok(()),
    }
}

fn read(stream: &mut TcpStream) -> std::io::Result<Option<Seen>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        if let Some(at) = bytes.windows(END.len()).position(|window| window == END) {
            break at;
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(None),
            more => bytes.extend_from_slice(&buffer[..more]),
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, target) = (word(), word());
    let fields: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = fields
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse::<usize>().ok())
        .unwrap_or(0);
    let mut body = bytes.split_off(head + END.len());
    while body.len() < length {
        match stream.read(&mut buffer)? {
            0 => return Ok(None),
            more => body.extend_from_slice(&buffer[..more]),
        }
    }
    Ok(Some(Seen {
        method,
        target,
        fields,
        body,
    }))
}

impl Behaviour {
    /// One thing, then another.
    pub fn once(self, then: Self) -> Self {
        Self::Once(Box::new(self), Box::new(then))
    }

    /// What is done with the next request.
    fn take(&mut self) -> Self {
        match self.clone() {
            Self::Once(mut first, then) => {
                *self = *then;
                first.take()
            }
            same => same,
        }
    }
}

impl Seen {
    /// A header field's value, empty without it.
    pub fn field(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(key, _)| key == name);
        field.map_or("", |(_, value)| value)
    }
}

impl Reply {
    /// With a status, header fields and a body.
    pub fn new(status: u16, fields: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self {
            status,
            fields,
            body: body.into(),
        }
    }

    /// With another field, in place of one of the same name.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.retain(|(other, _)| other != name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.fields {
            bytes += &format!("{name}: {value}\r\n");
        }
        if !self.fields.iter().any(|(name, _)| name == "content-length") {
            bytes += &format!("content-length: {}\r\n", self.body.len());
        }
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
