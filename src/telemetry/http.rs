//! `/livez`, `/readyz` and `/metrics`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::allocator::Allocator;
use super::board::Board;
use super::health::Health;
use super::prometheus::UPKEEP;
use crate::clock::{Clock, SystemClock};

/// The address cannot be served; one line that says which setting to change.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {listen}: {cause}; set http.listen to a free address")]
pub struct ListenError {
    /// The value of `http.listen`.
    pub listen: String,
    /// What the system says.
    #[source]
    pub cause: std::io::Error,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// The address it is bound to, with the port chosen when port 0 was asked for.
    pub address: SocketAddr,
    /// Ends after the shutdown, once the last answer is out.
    pub ended: JoinHandle<()>,
}

/// Serves health and telemetry on `listen` (`http.listen`) until `shutdown` completes. Needs a tokio runtime of its
/// own threads: a busy worker must not delay an answer.
///
/// # Errors
/// [`ListenError`] when the address is occupied or not ours.
pub async fn serve(
    listen: &str,
    health: Arc<Health>,
    exposition: PrometheusHandle,
    board: Arc<Board>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Server, ListenError> {
    let failed = |cause| ListenError { listen: listen.to_owned(), cause };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(health)
        .merge(Router::new().route("/metrics", get(exposed)).with_state((exposition.clone(), board)));
    let ended = tokio::spawn(async move {
        let upkeep = tokio::spawn(keep_up(exposition));
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown).await {
            tracing::error!(%error, "the http server ended");
        }
        upkeep.abort();
    });
    Ok(Server { address, ended })
}

async fn keep_up(exposition: PrometheusHandle) {
    let (mut ticks, allocator) = (tokio::time::interval(UPKEEP), Allocator::new());
    loop {
        ticks.tick().await;
        allocator.look();
        exposition.run_upkeep();
    }
}

async fn livez(State(health): State<Arc<Health>>) -> impl IntoResponse {
    answer("alive", health.hanging())
}

async fn readyz(State(health): State<Arc<Health>>) -> impl IntoResponse {
    answer("ready", health.unready())
}

fn answer(good: &str, reasons: Vec<String>) -> (StatusCode, String) {
    if reasons.is_empty() {
        (StatusCode::OK, format!("{good}\n"))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n")
    }
}

async fn exposed(State((exposition, board)): State<(PrometheusHandle, Arc<Board>)>) -> impl IntoResponse {
    let text = exposition.render() + &board.render(SystemClock::new().wall());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
