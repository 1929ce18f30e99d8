//! What subcommands write: results to stdout or a file, progress to stderr, both at a pace.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use crate::clock::Clock;

/// How often a progress line is written.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// The clock is looked at once in so many steps.
const STEPS_PER_LOOK: u64 = 1_024;

/// A file, or stdout. An output that its reader has closed ends the program quietly.
pub(super) struct Output {
    name: String,
    writer: BufWriter<Box<dyn Write>>,
}

impl Output {
    /// Creates the file; without one: stdout.
    pub fn create(path: Option<&Path>) -> Result<Output, Failure> {
        let (name, writer): (String, Box<dyn Write>) = match path {
            None => ("stdout".to_owned(), Box::new(std::io::stdout())),
            Some(path) => {
                let name = path.display().to_string();
                let file = File::create(path).map_err(|error| Failure::writing(&name, &error))?;
                (name, Box::new(file))
            }
        };
        Ok(Output { name, writer: BufWriter::with_capacity(1 << 16, writer) })
    }

    /// Writes the parts, then the line's end.
    pub fn line(&mut self, parts: &[&[u8]]) -> Result<(), Failure> {
        let mut write = || {
            parts.iter().try_for_each(|part| self.writer.write_all(part))?;
            self.writer.write_all(b"\n")
        };
        write().map_err(|error| Failure::writing(&self.name, &error))
    }

    /// Hands on what is still buffered: without it, a failure would be lost.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| Failure::writing(&self.name, &error))
    }
}

/// Prints to stdout.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::writing("stdout", &error))
}

/// Prints a line to stderr; where that is closed, nobody listens.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A number with its thousands apart: `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Says on stderr now and then how far the work is.
pub struct Progress {
    clock: Arc<dyn Clock>,
    /// What was done, as in `sent … events`.
    words: (&'static str, &'static str),
    steps: u64,
    start: Duration,
    next: Duration,
}

impl Progress {
    /// Progress in words such as `("sent", "events")`.
    pub fn new(clock: &Arc<dyn Clock>, words: (&'static str, &'static str)) -> Progress {
        let start = clock.monotonic();
        Progress { clock: Arc::clone(clock), words, steps: 0, start, next: start + PROGRESS_EVERY }
    }

    /// One more is done.
    pub fn step(&mut self) {
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_PER_LOOK) {
            self.look();
        }
    }

    /// Says how far the work is, if that is due.
    pub fn look(&mut self) {
        let now = self.clock.monotonic();
        if now >= self.next {
            self.next = now + PROGRESS_EVERY;
            let rate = self.steps as f64 / (now - self.start).as_secs_f64();
            let (done, things) = self.words;
            say(&format!("{done} {} {things} ({} per second)", thousands(self.steps), thousands(rate as u64)));
        }
    }

    /// How many are done.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

/// Keeps work to a rate: after a pause it does not hurry to make up for more than a moment.
pub struct Pacer {
    clock: Arc<dyn Clock>,
    per_step: Option<Duration>,
    next: Duration,
}

impl Pacer {
    /// At most `rate` steps a second; without one: as fast as possible.
    pub fn new(clock: &Arc<dyn Clock>, rate: Option<f64>) -> Pacer {
        let per_step = rate.map(|rate| Duration::from_secs_f64(1.0 / rate));
        Pacer { clock: Arc::clone(clock), per_step, next: clock.monotonic() }
    }

    /// Waits until the next step may be made. True if it had to wait.
    pub fn wait(&mut self) -> bool {
        let Some(per_step) = self.per_step else { return false };
        let now = self.clock.monotonic();
        self.next = self.next.max(now.saturating_sub(Duration::from_millis(500)));
        let early = self.next.saturating_sub(now);
        self.next += per_step;
        // Shorter waits are longer than asked for; they are made up together.
        if early < Duration::from_millis(1) {
            return false;
        }
        self.clock.sleep(early);
        true
    }
}

/// Reads a rate: steps per second.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate: Option<f64> = text.parse().ok();
    rate.filter(|rate| (0.001..=1e9).contains(rate)).ok_or_else(|| "expected a number of events a second".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::time::Timestamp;

    /// A clock on which only sleeping takes time.
    #[derive(Default)]
    struct Still(Mutex<Duration>);

    impl Clock for Still {
        fn wall(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }
        fn monotonic(&self) -> Duration {
            *self.0.lock().expect("not poisoned")
        }
        fn sleep(&self, time: Duration) {
            *self.0.lock().expect("not poisoned") += time;
        }
    }

    #[test]
    fn keeps_the_pace() {
        for rate in [3.0, 250.0, 40_000.0] {
            let clock: Arc<dyn Clock> = Arc::new(Still::default());
            let mut pacer = Pacer::new(&clock, Some(rate));
            let steps = (rate * 10.0) as u32;
            for _ in 0..steps {
                pacer.wait();
            }
            let took = clock.monotonic().as_secs_f64();
            assert!((9.5..=10.0).contains(&took), "{rate}: {took} s");
        }
        let clock: Arc<dyn Clock> = Arc::new(Still::default());
        assert!((0..1_000).all(|_| !Pacer::new(&clock, None).wait()));
    }

    #[test]
    fn sets_thousands_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
