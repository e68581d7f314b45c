use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Serves on a free port for as long as the runtime lives, and returns the address, `http://127.0.0.1:port`.
///
/// # Panics
/// If there is no free port.
pub async fn serving(router: Router) -> String {
    let (listener, url) = listening().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A free port that is listened to, and its address.
pub(crate) async fn listening() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    (listener, format!("http://{address}"))
}

/// A runtime for a stub that ends with its value.
pub(crate) fn runtime_of_its_own() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime can be started")
}
