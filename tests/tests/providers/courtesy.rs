//! How providers are asked.

use std::sync::Arc;
use std::time::Duration;

use linernotes_origin::limiter::{ProcessLimiter, Rate, Unlimited};
use linernotes_origin::providers::client::{Call, Client, Courtesy, Hosts, ProviderError, Terms};
use linernotes_origin::telemetry::with_causes;
use tokio::runtime::Runtime;

use super::*;

const MOST_BYTES: usize = 1 << 20;

fn terms(url: &str) -> Terms {
    Terms {
        provider: "test",
        hosts: Hosts::new(vec![url.parse().unwrap()], &[]),
        timeout: Duration::from_secs(20),
        rate: None,
        at_once: 2,
        most_bytes: MOST_BYTES,
    }
}

/// A client of a stub of FanArt.tv.
struct Asked {
    stub: ProviderStub,
    client: Client,
    runtime: Runtime,
}

impl Asked {
    fn with(change: impl FnOnce(&mut Terms)) -> Self {
        let stub = ProviderStub::start(Provider::FanArt);
        let mut terms = terms(&stub.url);
        change(&mut terms);
        let courtesy = Courtesy::new(
            Some("https://linernotes.example/about"),
            match terms.rate {
                Some(_) => Arc::new(ProcessLimiter::default()),
                None => Arc::new(Unlimited),
            },
        );
        Self {
            client: Client::new(terms, &courtesy),
            stub,
            runtime: Runtime::new().unwrap(),
        }
    }

    fn ask(&self) -> Result<Option<Value>, ProviderError> {
        let url = format!("{}/v3/music/{ARTIST}?api_key={KEY}", self.stub.url);
        let call = Call::get(url.parse().unwrap());
        self.runtime.block_on(self.client.json(call))
    }

    fn ask_while(&self, mode: Mode) -> Result<Option<Value>, ProviderError> {
        self.stub.behave(mode);
        self.ask()
    }
}

#[test]
fn every_call_says_who_asks() {
    let asked = Asked::with(|_| ());
    asked.ask().unwrap().unwrap();
    let call = &asked.stub.calls()[0];
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        call.header("user-agent"),
        format!(
            "Linernotes/{version} (music metadata for Lidarr; https://linernotes.example/about)"
        )
    );
    assert_eq!(call.header("accept"), "application/json");
    assert_eq!(call.header("accept-encoding"), "gzip");
    assert_eq!(call.header("referer"), "");
}

#[test]
fn a_provider_that_wants_to_be_left_alone_is() {
    let asked = Asked::with(|_| ());
    let error = asked.ask_while(Mode::TooMany).unwrap_err();
    assert!(
        matches!(error, ProviderError::Paused { wait, .. } if wait == Duration::from_secs(120)),
        "{error}"
    );
    let error = asked.ask_while(Mode::Ok).unwrap_err();
    assert!(matches!(error, ProviderError::Paused { .. }), "{error}");
    assert_eq!(asked.stub.calls().len(), 1);
}

#[test]
fn a_provider_that_keeps_failing_isnt_asked_for_a_while() {
    for mode in [
        Mode::ServerError,
        Mode::Truncated,
        Mode::Html,
        Mode::Huge,
        Mode::Elsewhere,
    ] {
        let asked = Asked::with(|_| ());
        let outcomes: Vec<ProviderError> = (0..10)
            .map(|_| asked.ask_while(mode).unwrap_err())
            .collect();
        let refused = outcomes
            .iter()
            .filter(|error| matches!(error, ProviderError::BreakerOpen { .. }))
            .count();
        assert_eq!((refused, asked.stub.calls().len()), (5, 5), "{mode:?}");
    }
}

#[test]
fn a_provider_is_asked_no_more_often_than_it_allows() {
    let asked = Asked::with(|terms| {
        terms.rate = Some(Rate {
            calls: 2,
            window: Duration::from_secs(86_400),
        });
    });
    let outcomes: Vec<bool> = (0..4).map(|_| asked.ask().is_ok()).collect();
    assert_eq!(outcomes, [true, true, false, false]);
    assert!(matches!(asked.ask(), Err(ProviderError::OverLimit { .. })));
    assert_eq!(asked.stub.calls().len(), 2);
}

#[test]
fn calls_wait_for_their_turn() {
    let asked = Asked::with(|terms| terms.at_once = 1);
    asked.stub.behave(Mode::Slow);
    let url = format!("{}/v3/music/{ARTIST}", asked.stub.url);
    let call = || asked.client.send(Call::get(url.parse().unwrap()));
    asked.runtime.block_on(async {
        let all = futures_util::future::join_all([call(), call(), call()]);
        let one_at_a_time = async {
            while asked.stub.calls().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(asked.stub.calls().len(), 1);
            asked.stub.release();
        };
        let (all, ()) = tokio::join!(all, one_at_a_time);
        assert!(all.iter().all(Result::is_ok));
    });
    assert_eq!(asked.stub.calls().len(), 3);
}

#[test]
fn with_tls_http_2_is_offered_and_a_stranger_isnt_trusted() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let greeting = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut greeting = vec![0; 4096];
        let length = connection.read(&mut greeting).unwrap();
        greeting.truncate(length);
        connection.write_all(b"this isn't TLS").unwrap();
        greeting
    });
    let client = Client::new(terms(&url), &Courtesy::new(None, Arc::new(Unlimited)));
    let call = Call::get(url.parse().unwrap());
    let error = Runtime::new()
        .unwrap()
        .block_on(client.send(call))
        .unwrap_err();
    assert!(
        matches!(error, ProviderError::Unreachable { .. }),
        "{error}"
    );
    let greeting = greeting.join().unwrap();
    let offers = b"\x02h2\x08http/1.1";
    assert!(
        greeting.windows(offers.len()).any(|bytes| bytes == offers),
        "{greeting:?}"
    );
}

#[test]
fn no_more_is_read_than_is_sensible() {
    let asked = Asked::with(|_| ());
    let error = asked.ask_while(Mode::Huge).unwrap_err();
    assert!(
        matches!(
            error,
            ProviderError::TooLong {
                most: MOST_BYTES,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_provider_leads_to_no_other_host() {
    let asked = Asked::with(|_| ());
    let error = asked.ask_while(Mode::Elsewhere).unwrap_err();
    assert!(
        matches!(error, ProviderError::Status { status, .. } if status == 302),
        "{error}"
    );
    let call = Call::get("http://127.0.0.2:9/".parse().unwrap());
    let error = asked.runtime.block_on(asked.client.send(call)).unwrap_err();
    assert!(matches!(error, ProviderError::Foreign { .. }), "{error}");
}

#[test]
fn no_error_tells_a_key() {
    for mode in Mode::ALL {
        if matches!(mode, Mode::Slow | Mode::Hung) {
            continue;
        }
        let asked = Asked::with(|_| ());
        if let Err(error) = asked.ask_while(mode) {
            let told = format!("{} {error:?}", with_causes(&error));
            assert!(!told.contains(KEY), "{mode:?}: {told}");
        }
    }
    let asked = Asked::with(|terms| terms.timeout = Duration::from_millis(200));
    let error = asked.ask_while(Mode::Hung).unwrap_err();
    assert!(matches!(error, ProviderError::Slow { .. }), "{error}");
    let nobody = "http://127.0.0.1:1";
    let client = Client::new(terms(nobody), &Courtesy::new(None, Arc::new(Unlimited)));
    let call = Call::get(format!("{nobody}/?api_key={KEY}").parse().unwrap());
    let error = asked.runtime.block_on(client.send(call)).unwrap_err();
    let told = format!("{} {error:?}", with_causes(&error));
    assert!(
        matches!(error, ProviderError::Unreachable { .. }) && !told.contains(KEY),
        "{told}"
    );
}

#[test]
fn wikimedia_is_left_alone_when_it_is_asked_too_often() {
    let (cluster, _folder) = replica();
    let stub = ProviderStub::start(Provider::Wikimedia);
    let error = serde_json::json!({ "error": { "code": "ratelimited", "info": "Too many." } });
    stub.set("w/api.php", 200, error);
    let served = Served::with(&cluster, &pointed(Provider::Wikimedia, &stub.url));
    assert_eq!(served.artist().json()["overview"], Value::Null);
    // Asked about the album, which has an article of its own.
    served.album();
    let asked: Vec<String> = stub
        .take_targets()
        .iter()
        .map(|target| target.split('?').next().unwrap().to_owned())
        .collect();
    assert_eq!(asked, ["/wikidata/w/api.php", "/en/w/api.php"]);
    // Both sites want to be left alone now.
    served.get("/artist/070d193a-845c-479f-980e-bef15710653e");
    assert_eq!(stub.take_targets(), [""; 0]);
}

#[test]
fn no_log_tells_a_key_however_much_it_tells() {
    let (cluster, _folder) = replica();
    for mode in [Mode::Ok, Mode::ServerError, Mode::Truncated, Mode::Garbage] {
        let (stubs, mut settings) = all_stubs();
        behave(&stubs, mode);
        settings.push(("RUST_LOG", "trace".to_owned()));
        let served = Served::with(&cluster, &settings);
        for answer in [served.artist(), served.album()] {
            assert_eq!(answer.status, 200);
            assert!(!answer.text().contains(KEY));
        }
        let log = served.origin.log();
        assert!(log.contains("answered"), "{log}");
        let line = log.lines().find(|line| line.contains(KEY));
        assert_eq!(line, None, "{mode:?}");
    }
    // FanArt.tv's key isn't in its URL at all.
    let (stubs, settings) = all_stubs();
    Served::with(&cluster, &settings).artist();
    let call = &stubs[0].calls()[0];
    assert_eq!(
        (&*call.target, call.header("api-key")),
        (&*format!("/v3/music/{ARTIST}"), KEY)
    );
}
