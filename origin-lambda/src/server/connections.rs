//! Connections, on one machine.
//!
//! By `hyper` itself: every path goes through one function, so a router's tables, copies of itself and boxed futures would
//! only add to each request, and about as much as finding a kept answer takes.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};

use super::respond;
use crate::service::Service;

/// Answers whoever connects, in HTTP/1.1 or HTTP/2, until `end`: then it takes no more connections, and returns once what
/// was asked by then is answered.
pub async fn serve(service: Arc<Service>, listener: TcpListener, end: impl Future<Output = ()>) {
    let server = Builder::new(TokioExecutor::new());
    let shutdown = GracefulShutdown::new();
    let mut end = pin!(end);
    loop {
        let (stream, address) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut end => break,
        };
        // Without it, a large answer's end would wait for the client to confirm the rest. A connection that can't have it
        // is as good as closed.
        let _ = stream.set_nodelay(true);
        let service = Arc::clone(&service);
        let connection =
            server.serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| {
                    let service = Arc::clone(&service);
                    async move {
                        Ok::<_, Infallible>(respond(&service, request, Some(address.ip())).await)
                    }
                }),
            );
        let connection = shutdown.watch(connection.into_owned());
        tokio::spawn(async move {
            // What breaks a connection off is its client's doing, or the network's.
            let _ = connection.await;
        });
    }
    drop(listener);
    shutdown.shutdown().await;
}

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    /// As long as it may take until a connection ends, and with it the want of what there is too little of, such as open
    /// files.
    const PAUSE: Duration = Duration::from_secs(1);
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "connections can't be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether it broke off before it was taken.
fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
