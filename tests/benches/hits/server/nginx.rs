use std::fmt::Write;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linernotes_tests::{Answer, end};

use super::{Server, headers};
use crate::Outcome;

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
