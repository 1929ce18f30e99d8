//! The hash of a document's meaning: what "another document" means when records are restated (`finalization.md`,
//! reasons).
//!
//! It is kept in stored state, so the form below is part of the state's format. It is built from what was read, not
//! from the text: order of members, white space, unknown members and the name do not reach it.

use xxhash_rust::xxh3::xxh3_128;

use super::document::Document;
use super::local::{DayHours, Version};

/// 128 bits over timezone, operatingHours, switches, serviceLevel and profileSchema.
pub(super) fn of(document: &Document) -> u128 {
    let mut form = Form(Vec::with_capacity(1_024));
    form.text(document.timezone.name());
    form.list(&document.versions, Form::version);
    form.list(&document.switches, |form, switch| {
        form.number(switch.at);
        form.number(i64::from(switch.open));
    });
    form.list(&document.service_levels, |form, (effective_from, level)| {
        form.number(*effective_from);
        for value in [level.target_secs, level.target_percent, level.abandon_threshold_secs] {
            form.list(value.as_slice(), |form, value| form.0.extend(value.to_bits().to_le_bytes()));
        }
    });
    form.number(document.profile_schema.len() as i64);
    for (key, profile_type) in &document.profile_schema {
        form.text(key);
        form.text(profile_type.name());
    }
    xxh3_128(&form.0)
}

/// The canonical bytes: fixed-size numbers, everything of varying length behind its length.
struct Form(Vec<u8>);

impl Form {
    fn number(&mut self, number: i64) {
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as i64);
        self.0.extend(text.as_bytes());
    }

    fn list<T>(&mut self, list: &[T], item: impl Fn(&mut Form, &T)) {
        self.number(list.len() as i64);
        for next in list {
            item(self, next);
        }
    }

    fn version(&mut self, version: &Version) {
        self.number(version.effective_from);
        for week in [&version.weekly, &version.breaks] {
            for hours in week {
                self.hours(hours);
            }
        }
        self.list(&version.holidays, |form, date| form.number(*date));
        self.list(&version.special, |form, (date, hours)| {
            form.number(*date);
            form.hours(hours);
        });
    }

    fn hours(&mut self, hours: &DayHours) {
        self.list(hours, |form, interval| {
            form.number(interval.start);
            form.number(interval.end);
        });
    }
}
