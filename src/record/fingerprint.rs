//! Fingerprints: what is remembered of a record to tell later what has changed (`finalization.md`, `changed`).

use std::cmp::Ordering;

use xxhash_rust::xxh3::xxh3_64;

/// A hash per field of a record that was emitted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fingerprints {
    /// The code of each metric that is not null, in the order of the metric table, with the hash of its JSON text.
    pub fixed: Vec<(u32, u64)>,
    /// The custom keys of the profile, sorted, with the hashes of their JSON texts.
    pub profile: Vec<(String, u64)>,
}

impl Fingerprints {
    /// The hash of a metric; none if it was null or not known to the version that emitted the record.
    pub(super) fn of_metric(&self, code: u32) -> Option<u64> {
        self.fixed.iter().find(|(known, _)| *known == code).map(|&(_, hash)| hash)
    }

    /// Appends the names of the profile's keys that are new, different or gone; `now` is sorted.
    pub(super) fn changed_profile_keys<'a>(
        &self,
        now: impl Iterator<Item = (&'a str, u64)>,
        changed: &mut Vec<String>,
    ) {
        let mut now = now.peekable();
        let mut before = self.profile.iter().map(|(key, hash)| (&**key, *hash)).peekable();
        loop {
            let order = match (now.peek(), before.peek()) {
                (Some((new, _)), Some((old, _))) => new.cmp(old),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return,
            };
            let new = if order.is_le() { now.next() } else { None };
            let old = if order.is_ge() { before.next() } else { None };
            if new != old
                && let Some((key, _)) = new.or(old)
            {
                changed.push(format!("/profile/{}", key.replace('~', "~0").replace('/', "~1")));
            }
        }
    }
}

pub(super) fn hash_of(json: &str) -> u64 {
    xxh3_64(json.as_bytes())
}

/// A field that is null is not kept: absent before and null now is no change.
pub(super) fn is_null(json: &str) -> bool {
    json == "null"
}
