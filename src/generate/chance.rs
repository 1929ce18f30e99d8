//! Chance from a seed: the same seed gives the same traffic on every machine and in every release.

/// A generator of pseudo-random numbers (SplitMix64), written out here because a library's may change between versions.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    state: u64,
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Chance {
    /// The generator of one thing among many: a seed and the thing's number.
    pub fn of(seed: u64, number: u64) -> Chance {
        let mut chance = Chance { state: seed };
        let start = chance.next();
        Chance { state: start ^ number.wrapping_mul(STEP) }
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, 0 when that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `from..=to`.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from + 1) as u64) as i64
    }

    /// True in this share of all cases.
    pub fn happens(&mut self, share: f64) -> bool {
        // 53 bits: every value is exact in a double, so that all machines agree.
        ((self.next() >> 11) as f64) < share * (1_u64 << 53) as f64
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// One of several, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let mut left = self.below(of.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in of {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        of.last().expect("there is a choice").1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_same_numbers_for_ever() {
        let mut chance = Chance { state: 1_234_567 };
        let first = [chance.next(), chance.next(), chance.next()];
        // The values of the algorithm's reference implementation.
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn keeps_to_bounds_and_shares() {
        let mut chance = Chance::of(7, 3);
        let drawn: Vec<i64> = (0..10_000).map(|_| chance.between(-2, 2)).collect();
        assert!((-2..=2).all(|value| drawn.contains(&value)) && drawn.iter().all(|value| (-2..=2).contains(value)));
        let happened = (0..10_000).filter(|_| chance.happens(0.2)).count();
        assert!((1_800..2_200).contains(&happened), "{happened}");
        assert!(!chance.happens(0.0) && chance.happens(1.0));
        let heavy = (0..10_000).filter(|_| chance.weighted(&[(9, true), (1, false)])).count();
        assert!((8_800..9_200).contains(&heavy), "{heavy}");
    }
}
