//! What the allocator holds, for Rust, C and C++ alike.

use metrics::Gauge;
use tikv_jemalloc_ctl::{epoch, stats};

use super::handles::new_gauge;
use super::names;

/// Tells a leak from memory that was freed and is not given back yet.
#[derive(Debug)]
pub struct Allocator {
    allocated: Gauge,
    resident: Gauge,
}

impl Allocator {
    /// The gauges, still without a value.
    pub fn new() -> Self {
        Allocator {
            allocated: new_gauge(&names::ALLOCATED_BYTES, &[]),
            resident: new_gauge(&names::ALLOCATOR_RESIDENT_BYTES, &[]),
        }
    }

    /// Sets the gauges; they stay as they were where the allocator keeps no figures.
    pub fn look(&self) {
        if epoch::advance().is_err() {
            return;
        }
        for (gauge, bytes) in [(&self.allocated, stats::allocated::read()), (&self.resident, stats::resident::read())] {
            if let Ok(bytes) = bytes {
                gauge.set(bytes as f64);
            }
        }
    }
}
