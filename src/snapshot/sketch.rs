//! The sums of a distribution: count and sum exactly, all else by a relative-error sketch (`snapshots.md`,
//! Distributions).

use super::multiset::Multiset;
use crate::time::Span;

/// ln γ = 2 artanh α, for α = 0.01, γ = (1 + α) / (1 − α).
const LN_GAMMA: f64 = 0.020_000_666_706_669_525;
/// 2 / (γ + 1) = 1 − α: what a bucket's upper end is multiplied by to be shown.
const SHOWN: f64 = 0.99;

/// A bucket of the sketch: those of higher durations are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(u32);

impl Bucket {
    /// The bucket of a duration: 0 has its own; any other goes to the smallest i with v ≤ γ^i.
    pub fn of(duration: Span) -> Bucket {
        let millis = duration.millis();
        assert!(millis >= 0, "a negative duration is null and counts nowhere");
        if millis == 0 {
            return Bucket(0);
        }
        let index = ((millis as f64).ln() / LN_GAMMA).ceil();
        // At most 2184, for the longest span there is.
        Bucket(index as u32 + 1)
    }

    /// What the bucket is shown as, to the nearest millisecond.
    pub fn shown(self) -> Span {
        match self.0.checked_sub(1) {
            None => Span::ZERO,
            Some(index) => Span::from_millis(((f64::from(index) * LN_GAMMA).exp() * SHOWN).round() as i64),
        }
    }

    /// The number it is stored under: 0 for the zero bucket, else i + 1.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The bucket stored under `code`; none if no duration has it.
    pub fn from_code(code: u32) -> Option<Bucket> {
        (code <= Bucket::of(Span::from_millis(i64::MAX)).0).then_some(Bucket(code))
    }
}

/// The values of a distribution, added up. In a difference count and sum may be negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Σ of the values, in milliseconds.
    pub sum: i64,
    /// The number of values per bucket.
    pub buckets: Multiset<Bucket>,
}

impl Sketch {
    /// Adds a value `times` times; a negative number takes it away.
    pub fn add(&mut self, value: Span, times: i64) {
        self.sum += value.millis() * times;
        self.buckets.add(Bucket::of(value), times);
    }

    /// Adds another sketch, bucket by bucket.
    pub fn merge(&mut self, other: &Sketch) {
        self.sum += other.sum;
        self.buckets.merge(&other.buckets);
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.sum == 0 && self.buckets.is_empty()
    }

    /// The number of values.
    pub fn count(&self) -> i64 {
        self.buckets.total()
    }

    /// The bucket of the value of this rank, counted from 1; none unless there are so many values.
    pub fn bucket_of_rank(&self, rank: i64) -> Option<Bucket> {
        let mut passed = 0;
        let found = self.buckets.iter().find(|(_, times)| {
            passed += times;
            passed >= rank
        });
        found.map(|(&bucket, _)| bucket)
    }

    /// The bucket of the value of rank ⌈p · count / 100⌉ (nearest rank); none without values.
    pub fn percentile(&self, percent: i64) -> Option<Bucket> {
        let rank = (percent * self.count() + 99).div_euclid(100);
        self.bucket_of_rank(rank.max(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(millis: impl IntoIterator<Item = i64>) -> Sketch {
        let mut sketch = Sketch::default();
        millis.into_iter().for_each(|millis| sketch.add(Span::from_millis(millis), 1));
        sketch
    }

    /// A whole number of any size, the lowest digits first, in base 2³².
    #[derive(Clone)]
    struct Big(Vec<u32>);

    impl Big {
        fn times(&self, factor: u64) -> Big {
            let mut carry: u128 = 0;
            let mut digits: Vec<u32> = Vec::new();
            for &digit in &self.0 {
                carry += u128::from(digit) * u128::from(factor);
                digits.push(carry as u32);
                carry >>= 32;
            }
            while carry > 0 {
                digits.push(carry as u32);
                carry >>= 32;
            }
            Big(digits)
        }

        fn is_at_most(&self, other: &Big) -> bool {
            (self.0.len(), self.0.iter().rev().collect::<Vec<_>>())
                <= (other.0.len(), other.0.iter().rev().collect::<Vec<_>>())
        }
    }

    /// The greatest n with n · `divisor` ≤ `number`.
    fn quotient(number: &Big, divisor: &Big) -> u64 {
        let (mut low, mut high) = (0, 1 << 42);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if divisor.times(middle).is_at_most(number) { low = middle } else { high = middle }
        }
        low
    }

    /// Every bucket's border and every bucket's rendering, up to ten years, in whole numbers: γ = 101 / 99.
    #[test]
    fn buckets_are_exact() {
        let ten_years = 10 * 366 * 86_400_000;
        let (mut above, mut below) = (Big(vec![1]), Big(vec![1]));
        for index in 0.. {
            let border = quotient(&above, &below) as i64;
            if border > ten_years {
                assert_eq!(index, 1_324);
                return;
            }
            let bucket = |millis| Bucket::of(Span::from_millis(millis)).code();
            assert!(bucket(border) <= index + 1, "{border}");
            assert!(bucket(border + 1) > index + 1, "{border}");
            // ⌊2 · 0.99 · γ^i⌋, so that what is left decides about the half.
            let halves = quotient(&above.times(2 * 99), &below.times(100)) as i64;
            assert_eq!(Bucket(index + 1).shown().millis(), (halves + 1) / 2, "{index}");
            (above, below) = (above.times(101), below.times(99));
        }
    }

    #[test]
    fn zero_has_a_bucket_of_its_own_below_all_others() {
        assert_eq!(Bucket::of(Span::ZERO).shown(), Span::ZERO);
        assert!(Bucket::of(Span::ZERO) < Bucket::of(Span::from_millis(1)));
        assert_eq!(Bucket::of(Span::from_millis(1)).shown().to_string(), "0.001");
        let longest = Bucket::of(Span::from_millis(i64::MAX));
        assert_eq!(Bucket::from_code(longest.code()), Some(longest));
        assert_eq!(Bucket::from_code(longest.code() + 1), None);
        assert_eq!(Bucket::from_code(0), Some(Bucket::of(Span::ZERO)));
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let shown = |sketch: &Sketch, percent| sketch.percentile(percent).map(|bucket| bucket.shown().to_string());
        let golden = of([20_000, 20_001, 4_999, 5_000, 30_000]);
        assert_eq!((golden.count(), golden.sum), (5, 80_000));
        assert_eq!(golden.bucket_of_rank(1).map(|bucket| bucket.shown().to_string()).as_deref(), Some("4.965"));
        assert_eq!(shown(&golden, 50).as_deref(), Some("20.136"));
        assert_eq!(shown(&golden, 90).as_deref(), Some("30.04"));
        assert_eq!(shown(&of([]), 50), None);
        let pair = of([1_000, 9_000]);
        assert_eq!(pair.percentile(50), pair.bucket_of_rank(1));
        assert_eq!(pair.percentile(51), pair.bucket_of_rank(2));
        let hundred = of(1..=100);
        for percent in [50, 90, 95, 99] {
            assert_eq!(hundred.percentile(percent), hundred.bucket_of_rank(percent));
        }
    }

    proptest! {
        #[test]
        fn percentiles_are_within_one_percent(mut values in proptest::collection::vec(
            prop_oneof![0..50i64, 0..100_000i64, 0..300_000_000_000i64], 1..200)) {
            let sketch = of(values.clone());
            values.sort_unstable();
            for percent in [1, 50, 90, 95, 99, 100] {
                let rank = (percent * values.len()).div_ceil(100);
                let (exact, bucket) = (values[rank - 1], sketch.percentile(percent as i64).expect("a value"));
                prop_assert_eq!(bucket, Bucket::of(Span::from_millis(exact)));
                // Rounding to the millisecond comes on top.
                let off = (bucket.shown().millis() - exact).abs() as f64;
                prop_assert!(off <= 0.01 * exact as f64 + 0.5, "{} for {}", bucket.shown(), exact);
            }
        }

        #[test]
        fn what_is_taken_away_leaves_no_trace(values in proptest::collection::vec(0..100_000i64, 0..50),
                                              more in proptest::collection::vec(0..100_000i64, 0..50)) {
            let (before, mut sketch) = (of(values.clone()), of(values));
            sketch.merge(&of(more.clone()));
            prop_assert_eq!(sketch.count(), before.count() + more.len() as i64);
            more.iter().for_each(|&millis| sketch.add(Span::from_millis(millis), -1));
            prop_assert_eq!(sketch, before);
        }
    }
}
