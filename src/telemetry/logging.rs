//! Log lines: to stderr, JSON unless a person is reading.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::{LogFormat, LogLevel};

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// `RUST_LOG` is not a filter.
    #[error("environment variable RUST_LOG is {given:?}; allowed: a level, or `module=level` separated by commas")]
    Filter {
        /// What it is.
        given: String,
    },
    /// Something else in this process logs already.
    #[error("logging is already set up in this process")]
    Installed,
}

/// Sends log lines of the whole process to stderr. `rust_log` is the value of `RUST_LOG`, which goes before `level`.
///
/// # Errors
/// See [`LoggingError`].
pub fn install(format: LogFormat, level: LogLevel, rust_log: Option<&str>) -> Result<(), LoggingError> {
    let terminal = std::io::stderr().is_terminal();
    let lines = lines(json(format, terminal), terminal, std::io::stderr);
    let subscriber = Registry::default().with(lines.with_filter(filter(level, rust_log)?));
    subscriber.try_init().map_err(|_| LoggingError::Installed)
}

fn json(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => !terminal,
        LogFormat::Json => true,
        LogFormat::Text => false,
    }
}

fn filter(level: LogLevel, rust_log: Option<&str>) -> Result<EnvFilter, LoggingError> {
    match rust_log.filter(|given| !given.trim().is_empty()) {
        Some(given) => EnvFilter::try_new(given).map_err(|_| LoggingError::Filter { given: given.to_owned() }),
        None => Ok(EnvFilter::new(level.name())),
    }
}

fn lines<W>(json: bool, colours: bool, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_ansi(colours && !json);
    if json { lines.json().flatten_event(true).with_span_list(false).boxed() } else { lines.boxed() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("whole").write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(json: bool, filter: EnvFilter) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let layer = lines(json, false, move || writer.clone()).with_filter(filter);
        tracing::subscriber::with_default(Registry::default().with(layer), || {
            tracing::info!(partition = 3, "restored");
            tracing::debug!("committed");
        });
        let bytes = sink.0.lock().expect("whole").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn json_lines_are_one_object_each_with_the_fields_at_the_top() {
        let text = logged(true, filter(LogLevel::Info, None).expect("a level"));
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            (&line["level"], &line["message"], &line["partition"]),
            (&"INFO".into(), &"restored".into(), &3.into())
        );
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{text}");
    }

    #[test]
    fn text_lines_are_for_people() {
        let text = logged(false, filter(LogLevel::Debug, None).expect("a level"));
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("INFO") && text.contains("restored partition=3") && !text.contains('\x1b'), "{text}");
    }

    #[test]
    fn auto_is_json_unless_on_a_terminal() {
        assert!(json(LogFormat::Auto, false) && json(LogFormat::Json, true));
        assert!(!json(LogFormat::Auto, true) && !json(LogFormat::Text, false));
    }

    #[test]
    fn rust_log_goes_before_the_setting_and_a_wrong_one_is_an_error() {
        assert_eq!(
            filter(LogLevel::Info, Some("warn,wrapup=debug")).expect("a filter").to_string(),
            "wrapup=debug,warn"
        );
        assert_eq!(filter(LogLevel::Warn, Some(" ")).expect("none").to_string(), "warn");
        let error = filter(LogLevel::Info, Some("wrapup=loud")).expect_err("no level").to_string();
        assert!(error.contains("RUST_LOG") && error.contains("wrapup=loud"), "{error}");
    }
}
