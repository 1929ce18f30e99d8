//! Algebra of sorted, disjoint, half-open intervals, on either line: local minutes or UTC milliseconds.

/// `[start, end)`; the unit is the line's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub start: i64,
    pub end: i64,
}

impl Interval {
    pub fn new(start: i64, end: i64) -> Self {
        Interval { start, end }
    }
}

/// Appends `next`, which starts no earlier than the last of `list`; what overlaps or touches becomes one, what is
/// empty vanishes.
pub(super) fn push_merged(list: &mut Vec<Interval>, next: Interval) {
    if next.start >= next.end {
        return;
    }
    match list.last_mut() {
        Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
        _ => list.push(next),
    }
}

/// The parts of `list` outside `holes`; both sorted and disjoint.
pub(super) fn without(list: &[Interval], holes: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::with_capacity(list.len() + holes.len());
    let mut first_hole = 0;
    for interval in list {
        while first_hole < holes.len() && holes[first_hole].end <= interval.start {
            first_hole += 1;
        }
        let mut start = interval.start;
        for hole in holes[first_hole..].iter().take_while(|hole| hole.start < interval.end) {
            push_merged(&mut left, Interval::new(start, hole.start));
            start = start.max(hole.end);
        }
        push_merged(&mut left, Interval::new(start, interval.end));
    }
    left
}

/// Everything in `a` or `b`; both sorted.
pub(super) fn union(a: &[Interval], b: &[Interval]) -> Vec<Interval> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let Some(next) = match (a.peek(), b.peek()) {
        (Some(x), Some(y)) if y.start < x.start => b.next(),
        (Some(_), _) => a.next(),
        (None, _) => b.next(),
    } {
        push_merged(&mut all, *next);
    }
    all
}

/// The parts of `list` inside `[start, end)`.
pub(super) fn clipped(list: &[Interval], start: i64, end: i64) -> Vec<Interval> {
    let mut inside = Vec::with_capacity(list.len());
    for interval in list {
        push_merged(&mut inside, Interval::new(interval.start.max(start), interval.end.min(end)));
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(pairs: &[(i64, i64)]) -> Vec<Interval> {
        pairs.iter().map(|&(start, end)| Interval::new(start, end)).collect()
    }

    #[test]
    fn touching_and_overlapping_become_one_and_empty_ones_vanish() {
        let mut merged = Vec::new();
        for interval in list(&[(0, 0), (1, 4), (2, 3), (4, 6), (8, 9), (9, 8)]) {
            push_merged(&mut merged, interval);
        }
        assert_eq!(merged, list(&[(1, 6), (8, 9)]));
    }

    #[test]
    fn holes_are_cut_wherever_they_lie() {
        let open = list(&[(0, 10), (20, 30), (40, 50)]);
        assert_eq!(without(&open, &list(&[(-5, 2), (4, 5), (8, 22), (29, 60)])), list(&[(2, 4), (5, 8), (22, 29)]));
        assert_eq!(without(&open, &[]), open);
        assert_eq!(without(&open, &list(&[(-1, 99)])), []);
    }

    #[test]
    fn a_union_is_sorted_and_merged() {
        assert_eq!(union(&list(&[(0, 5), (9, 12)]), &list(&[(3, 9), (20, 21)])), list(&[(0, 12), (20, 21)]));
        assert_eq!(union(&[], &list(&[(1, 2)])), list(&[(1, 2)]));
    }
}
