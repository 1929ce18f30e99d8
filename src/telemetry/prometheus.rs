//! The recorder behind `/metrics`.

use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::names;

/// How often the exporter's histograms are drained, so that they do not grow between two scrapes.
pub const UPKEEP: Duration = Duration::from_secs(5);

/// Telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// Another recorder is already installed in this process.
    #[error("telemetry is already installed in this process")]
    Installed,
    /// The exporter refused its settings.
    #[error("the telemetry exporter refuses its settings: {0}")]
    Exporter(#[from] BuildError),
}

/// Installs the process-wide recorder. Make handles only afterwards: those made before count nothing.
///
/// # Errors
/// See [`TelemetryError`].
pub fn install() -> Result<PrometheusHandle, TelemetryError> {
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| TelemetryError::Installed)?;
    names::describe();
    Ok(handle)
}

/// A recorder with explicit buckets and without idle time-out: a counter that vanished would look like a reset.
pub(super) fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for metric in names::TABLE {
        if let names::Kind::Histogram(buckets) = metric.kind {
            builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)?;
        }
    }
    Ok(builder.build_recorder())
}
