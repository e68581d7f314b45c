use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use linernotes_origin::catalogue::Catalogue;

use super::{THE_LAS_NAME, ask_artist, catalogue, cluster, database, runtime};

#[test]
fn the_first_question_after_the_server_restarts_is_answered() {
    let (mut cluster, _folder) = cluster();
    let (catalogue, runtime) = (catalogue(&cluster), runtime());
    let ask = || runtime.block_on(ask_artist(&catalogue));
    assert_eq!(ask().unwrap(), THE_LAS_NAME);
    cluster.stop();
    assert!(ask().is_err(), "nobody is there to answer");
    cluster.restart().unwrap();
    assert_eq!(ask().unwrap(), THE_LAS_NAME);
    cluster.stop();
    cluster.restart().unwrap();
    assert_eq!(ask().unwrap(), THE_LAS_NAME);
}

#[test]
fn the_first_question_after_connections_were_terminated_is_answered() {
    let (cluster, _folder) = cluster();
    let catalogue = Catalogue::new(&linernotes_origin::config::Database {
        connections: 3,
        ..database(cluster.url())
    })
    .unwrap();
    let runtime = runtime();
    let three = || async {
        tokio::try_join!(
            ask_artist(&catalogue),
            catalogue.replication(),
            catalogue.replication()
        )
    };
    runtime.block_on(three()).unwrap();
    let mut client = cluster.connect().unwrap();
    let terminated = client
        .query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'linernotes'",
            &[],
        )
        .unwrap();
    assert_eq!(terminated.len(), 3);
    super::wait_until(&mut client, "= 0");
    // The runtime stood still meanwhile: the pool still takes all three for good.
    let (answer, ..) = runtime.block_on(three()).unwrap();
    assert_eq!(answer, THE_LAS_NAME);
}

#[test]
fn a_connection_terminated_amid_a_question_is_replaced_and_the_question_asked_again() {
    let (cluster, _folder) = cluster();
    let catalogue = Arc::new(catalogue(&cluster));
    let mut locker = cluster.connect().unwrap();
    let mut lock = locker.transaction().unwrap();
    lock.batch_execute("LOCK TABLE musicbrainz.release_status IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let question = std::thread::spawn(move || runtime().block_on(ask_artist(&catalogue)));
    let mut client = cluster.connect().unwrap();
    super::wait_until(&mut client, "FILTER (WHERE wait_event_type = 'Lock') = 1");
    client
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'linernotes'",
            &[],
        )
        .unwrap();
    lock.rollback().unwrap();
    assert_eq!(question.join().unwrap().unwrap(), THE_LAS_NAME);
}

#[test]
fn a_connection_that_has_fallen_silent_is_replaced() {
    let (cluster, _folder) = cluster();
    let relay = Relay::start(cluster.port());
    let url = format!("postgres://linernotes@{}/musicbrainz", relay.address);
    let catalogue = Catalogue::new(&database(url)).unwrap();
    let runtime = runtime();
    let ask = || runtime.block_on(ask_artist(&catalogue));
    assert_eq!(ask().unwrap(), THE_LAS_NAME);
    relay.fall_silent();
    assert_eq!(ask().unwrap(), THE_LAS_NAME);
}

/// Passes bytes on between clients and a server, as a router does that may forget connections.
struct Relay {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    forgotten: Arc<AtomicUsize>,
}

impl Relay {
    fn start(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let relay = Self {
            address: listener.local_addr().unwrap(),
            accepted: Arc::default(),
            forgotten: Arc::default(),
        };
        let (accepted, forgotten) = (Arc::clone(&relay.accepted), Arc::clone(&relay.forgotten));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let number = accepted.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let forgotten = Arc::clone(&forgotten);
                    std::thread::spawn(move || pass_on(from, to, number, &forgotten));
                }
            }
        });
        relay
    }

    /// From now on, nothing comes through the connections there are. They stay open.
    fn fall_silent(&self) {
        let accepted = self.accepted.load(Ordering::SeqCst);
        self.forgotten.store(accepted, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, number: usize, forgotten: &AtomicUsize) {
    let mut bytes = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if number < forgotten.load(Ordering::SeqCst) {
            loop {
                std::thread::park();
            }
        }
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
    // The client may have closed already.
    let _ = to.shutdown(Shutdown::Write);
}
