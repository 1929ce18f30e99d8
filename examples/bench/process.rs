//! What the system knows of this process.

use super::Failure;

/// Ticks in a second of `/proc`: 100 on every Linux that wrapup runs on.
const TICKS: f64 = 100.0;

/// Seconds of processor time that all threads of this process have taken.
pub fn cpu_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name, in parentheses, may hold spaces.
    let (_, fields) = stat.rsplit_once(") ").ok_or("/proc/self/stat has another shape")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / TICKS)
}
