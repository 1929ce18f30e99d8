//! A global allocator that counts, thread by thread: what an input costs is measured in allocations, never by a clock.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with its calls counted.
pub struct Counting;

#[derive(Clone, Copy, Default)]
struct Counts {
    allocations: u64,
    bytes: u64,
    live: i64,
    peak: i64,
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, bytes: 0, live: 0, peak: 0 }) };
}

fn took(size: usize) {
    // A thread that is ending has no counts any more.
    let _ = COUNTS.try_with(|cell| {
        let mut counts = cell.get();
        counts.allocations += 1;
        counts.bytes += size as u64;
        counts.live += size as i64;
        counts.peak = counts.peak.max(counts.live);
        cell.set(counts);
    });
}

fn gave(size: usize) {
    let _ = COUNTS.try_with(|cell| {
        let counts = cell.get();
        cell.set(Counts { live: counts.live - size as i64, ..counts });
    });
}

#[expect(
    unsafe_code,
    reason = "the one way to see what is allocated; every call goes to the system's allocator as it is"
)]
// SAFETY: all methods hand their arguments on to `System`, which keeps the promises of the trait.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: the caller's promise is the same.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        gave(layout.size());
        took(size);
        // SAFETY: the caller's promise is the same.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Calls of the allocator.
    pub allocations: u64,
    /// Bytes asked for, given back or not.
    pub bytes: u64,
    /// The most bytes held at once.
    pub peak: u64,
}

/// Does the work and says what it took on this thread.
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let before = COUNTS.get();
    COUNTS.set(Counts { peak: before.live, ..before });
    let done = work();
    let after = COUNTS.get();
    COUNTS.set(Counts { peak: after.peak.max(before.peak), ..after });
    let cost = Cost {
        allocations: after.allocations - before.allocations,
        bytes: after.bytes - before.bytes,
        peak: (after.peak - before.live).max(0) as u64,
    };
    (done, cost)
}
