//! A channel's open time as blocks of sorted intervals with running sums, compiled when first asked for.
//!
//! ```text
//!  groups   [ · | · | ■ | · ]      256 blocks each, about 35 years: allocated when first met
//!  blocks       [ · | ■ | ■ | · ]  2³² ms each, about 50 days: compiled when first met
//!  entries          (start, open time before it) …  + the first entry per 2²⁷ ms, about 37 h
//! ```
//!
//! So a channel costs some kilobytes and only for the times its chats have seen; a length takes two look-ups.

use std::sync::OnceLock;

use super::intervals::Interval;

/// A block covers 2³² ms: instants within it fit 32 bits and its number is a shift away.
const BLOCK_BITS: u32 = 32;
const BUCKET_BITS: u32 = 27;
const BUCKETS: usize = 1 << (BLOCK_BITS - BUCKET_BITS);
const GROUP_BLOCKS: usize = 256;

/// The calendar's years: 1970 to 9999. What lies outside is closed; no event is as old or may be as new.
pub(super) const FIRST: i64 = 0;
pub(super) const LAST: i64 = 253_402_300_800_000;
const GROUPS: usize = (LAST >> BLOCK_BITS) as usize / GROUP_BLOCKS + 1;

/// Yields the sorted, merged, clipped open intervals of `[from, to)`: what the blocks are compiled from.
pub(super) trait Source {
    fn intervals(&self, from: i64, to: i64) -> Vec<Interval>;
}

/// Open time over the calendar's years, compiled block by block from a [`Source`].
#[derive(Debug)]
pub(super) struct Timeline<S> {
    source: S,
    groups: Box<[OnceLock<Box<Group>>]>,
}

#[derive(Debug)]
struct Group {
    /// Open time in the whole group, so that spans of decades need not keep its blocks.
    total: OnceLock<i64>,
    blocks: [OnceLock<Box<Block>>; GROUP_BLOCKS],
}

impl<S: Source> Timeline<S> {
    pub fn new(source: S) -> Self {
        Timeline { source, groups: (0..GROUPS).map(|_| OnceLock::new()).collect() }
    }

    pub fn source(&self) -> &S {
        &self.source
    }

    /// Open milliseconds in `[from, to)`.
    pub fn open_millis(&self, from: i64, to: i64) -> i64 {
        let (from, to) = (from.clamp(FIRST, LAST), to.clamp(FIRST, LAST));
        if from >= to {
            return 0;
        }
        let (first, last) = (block_of(from), block_of(to));
        let (start, end) = (self.block(first), self.block(last));
        let edges = end.open_until(to) - start.open_until(from);
        if first == last { edges } else { edges + start.total + self.between(first + 1, last) }
    }

    /// Whether the instant lies in an open interval.
    pub fn is_open(&self, at: i64) -> bool {
        (FIRST..LAST).contains(&at) && self.block(block_of(at)).is_open(at)
    }

    /// The open intervals in `[from, to)`, merged; for explanations, not for sums.
    pub fn open(&self, from: i64, to: i64) -> Vec<Interval> {
        let (from, to) = (from.clamp(FIRST, LAST), to.clamp(FIRST, LAST));
        if from >= to { Vec::new() } else { self.source.intervals(from, to) }
    }

    /// Open milliseconds in the blocks `first..end`.
    fn between(&self, first: usize, end: usize) -> i64 {
        let (mut block, mut sum) = (first, 0);
        while block < end {
            if block.is_multiple_of(GROUP_BLOCKS) && block + GROUP_BLOCKS <= end {
                sum += self.group_total(block / GROUP_BLOCKS);
                block += GROUP_BLOCKS;
            } else {
                sum += self.block(block).total;
                block += 1;
            }
        }
        sum
    }

    fn group(&self, group: usize) -> &Group {
        self.groups[group].get_or_init(|| {
            Box::new(Group { total: OnceLock::new(), blocks: [const { OnceLock::new() }; GROUP_BLOCKS] })
        })
    }

    fn group_total(&self, group: usize) -> i64 {
        *self.group(group).total.get_or_init(|| {
            let blocks = group * GROUP_BLOCKS..(group + 1) * GROUP_BLOCKS;
            blocks.map(|block| self.compile(block).total).sum()
        })
    }

    fn block(&self, block: usize) -> &Block {
        self.group(block / GROUP_BLOCKS).blocks[block % GROUP_BLOCKS].get_or_init(|| Box::new(self.compile(block)))
    }

    fn compile(&self, block: usize) -> Block {
        let from = (block as i64) << BLOCK_BITS;
        Block::new(from, &self.source.intervals(from, from + (1 << BLOCK_BITS)))
    }
}

/// The number of the block an instant lies in.
fn block_of(millis: i64) -> usize {
    (millis >> BLOCK_BITS) as usize
}

#[derive(Debug)]
struct Block {
    entries: Box<[Entry]>,
    /// How many entries start before each bucket, and at last how many there are.
    buckets: [u32; BUCKETS + 1],
    total: i64,
}

/// One open interval; its end follows from the next one's `before`.
#[derive(Debug)]
struct Entry {
    /// Milliseconds from the block's start.
    start: u32,
    /// Open milliseconds of the block before it.
    before: u32,
}

impl Block {
    /// `intervals` are sorted, disjoint, not empty, and lie in the block that starts at `from`.
    fn new(from: i64, intervals: &[Interval]) -> Block {
        let mut entries = Vec::with_capacity(intervals.len());
        let mut buckets = [0; BUCKETS + 1];
        let mut total = 0;
        for interval in intervals {
            let fits = "an interval starts within its block";
            let start = u32::try_from(interval.start - from).expect(fits);
            buckets[bucket_of(start) + 1] += 1;
            entries.push(Entry { start, before: u32::try_from(total).expect(fits) });
            total += interval.end - interval.start;
        }
        for bucket in 0..BUCKETS {
            buckets[bucket + 1] += buckets[bucket];
        }
        Block { entries: entries.into_boxed_slice(), buckets, total }
    }

    /// How many entries start at or before `offset`.
    fn started(&self, offset: u32) -> usize {
        let bucket = bucket_of(offset);
        let (low, high) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        low + self.entries[low..high].partition_point(|entry| entry.start <= offset)
    }

    /// Open milliseconds from the block's start to the instant, which lies in the block.
    fn open_until(&self, millis: i64) -> i64 {
        let offset = millis as u32;
        match self.started(offset) {
            0 => 0,
            started => {
                let entry = &self.entries[started - 1];
                let elapsed = i64::from(offset - entry.start);
                i64::from(entry.before) + elapsed.min(self.length(started - 1))
            }
        }
    }

    fn is_open(&self, millis: i64) -> bool {
        let offset = millis as u32;
        match self.started(offset) {
            0 => false,
            started => i64::from(offset - self.entries[started - 1].start) < self.length(started - 1),
        }
    }

    /// The length of an entry.
    fn length(&self, entry: usize) -> i64 {
        let end = self.entries.get(entry + 1).map_or(self.total, |next| i64::from(next.before));
        end - i64::from(self.entries[entry].before)
    }
}

fn bucket_of(offset: u32) -> usize {
    (offset >> BUCKET_BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::intervals;

    /// Open for 10 s at the start of each minute whose number is even, and over the border of blocks 3 and 4.
    struct Even;

    impl Source for Even {
        fn intervals(&self, from: i64, to: i64) -> Vec<Interval> {
            let regular: Vec<Interval> = (from.div_euclid(120_000)..=to.div_euclid(120_000))
                .map(|at| Interval::new(at * 120_000, at * 120_000 + 10_000))
                .collect();
            let border = Interval::new((4 << BLOCK_BITS) - 500_000, (4 << BLOCK_BITS) + 500_000);
            intervals::clipped(&intervals::union(&regular, &[border]), from, to)
        }
    }

    #[test]
    fn sums_agree_with_the_intervals_within_and_across_blocks() {
        let timeline = Timeline::new(Even);
        let border = 4_i64 << BLOCK_BITS;
        let slow = |from, to| Even.intervals(from, to).iter().map(|open| open.end - open.start).sum::<i64>();
        for from in [border - 700_000, border - 500_000, border - 120_001, border - 1, border, border + 60_000] {
            for length in [1, 999, 10_000, 60_000, 600_000, 90_000_000, (1 << BLOCK_BITS) + 5, 3 << BLOCK_BITS] {
                assert_eq!(timeline.open_millis(from, from + length), slow(from, from + length), "{from}+{length}");
            }
        }
        for at in [border - 500_001, border - 500_000, border - 1, border, border + 499_999, border + 500_000] {
            assert_eq!(timeline.is_open(at), slow(at, at + 1) == 1, "{at}");
        }
    }

    /// All of the time: a block's open time is 2³² ms, which 32 bits do not hold.
    struct Always;

    impl Source for Always {
        fn intervals(&self, from: i64, to: i64) -> Vec<Interval> {
            vec![Interval::new(from, to)]
        }
    }

    #[test]
    fn whole_blocks_and_whole_groups_count_in_full() {
        let timeline = Timeline::new(Always);
        assert_eq!(timeline.open_millis(i64::MIN, i64::MAX), LAST - FIRST);
        assert_eq!(timeline.open_millis(5, LAST - 7), LAST - 12);
        assert_eq!(timeline.open_millis(9, 9), 0);
        assert_eq!(timeline.open_millis(9, 8), 0);
        assert!(timeline.is_open(0) && timeline.is_open(LAST - 1) && !timeline.is_open(LAST) && !timeline.is_open(-1));
        let kept = timeline.groups.iter().filter_map(OnceLock::get);
        let blocks = kept.flat_map(|group| &group.blocks).filter(|block| block.get().is_some()).count();
        assert!(blocks <= 2 * GROUP_BLOCKS, "{blocks} blocks are kept");
    }
}
