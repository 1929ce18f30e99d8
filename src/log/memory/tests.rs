use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::log::conformance::{CASES, Subject};
use crate::time::Timestamp;

use super::*;

#[derive(Default)]
struct VirtualClock(AtomicU64);

impl VirtualClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(1_772_442_000_000 + self.0.load(Ordering::SeqCst) as i64)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct InProcess {
    clock: Arc<VirtualClock>,
    cluster: MemoryCluster,
    names: Cell<u32>,
}

impl Subject for InProcess {
    fn cluster(&self) -> Arc<dyn Cluster> {
        Arc::new(self.cluster.clone())
    }

    fn name(&self, base: &str) -> String {
        self.names.set(self.names.get() + 1);
        format!("{base}-{}", self.names.get())
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn poll_wait(&self) -> Duration {
        Duration::ZERO
    }
}

#[test]
fn passes_the_conformance_suite() {
    for (name, case) in CASES {
        println!("{name}");
        let clock = Arc::new(VirtualClock::default());
        let cluster = MemoryCluster::new(clock.clone());
        case(&InProcess { clock, cluster, names: Cell::new(0) });
    }
}
