//! Fields by their names, and the names that come near a wrong one.

use crate::chat::metric::{Metric, metrics};

/// What can be explained: a column of the record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'f> {
    Metric(&'static Metric),
    /// A custom key of the profile.
    Custom(&'f str),
}

/// There is no such field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no field `{name}`{hint}; docs/METRICS.md lists all", hint = hint(near))]
pub struct UnknownField {
    /// As it was asked for.
    pub name: String,
    /// The names of fields that are nearest, the nearest first.
    pub near: Vec<String>,
}

/// So many names are told.
const NEAR_MAX: usize = 5;

impl<'f> Field<'f> {
    /// The field of a name: its path with `.` or `/`, or its key in the dictionary. A custom key of the profile is
    /// one only if the chat has it.
    pub fn named(name: &'f str, custom: impl Fn(&str) -> bool) -> Result<Field<'f>, UnknownField> {
        let is_named = |metric: &&Metric| metric.key == name || dotted(metric.path) == dotted(name);
        if let Some(metric) = metrics().find(is_named) {
            return Ok(Field::Metric(metric));
        }
        match name.strip_prefix("profile.").or_else(|| name.strip_prefix("profile/")) {
            Some(key) if custom(key) => Ok(Field::Custom(key)),
            _ => Err(UnknownField { name: name.to_owned(), near: near(name) }),
        }
    }
}

fn dotted(path: &str) -> String {
    path.replace('/', ".")
}

/// The names nearest to a wrong one: those with few letters to change, and those that contain it.
fn near(name: &str) -> Vec<String> {
    let wrong = dotted(name).to_lowercase();
    let mut near: Vec<(usize, String)> = Vec::new();
    for path in metrics().map(|metric| dotted(metric.path)) {
        let right = path.to_lowercase();
        let last = right.rsplit('.').next().unwrap_or(&right);
        let changes = distance(&wrong, &right).min(distance(&wrong, last));
        let is_part = wrong.len() >= 3 && right.contains(&wrong);
        if is_part || changes <= (wrong.chars().count() / 3).max(2) {
            near.push((changes, path));
        }
    }
    near.sort();
    near.truncate(NEAR_MAX);
    near.into_iter().map(|(_, path)| path).collect()
}

/// How many letters must be changed, added or taken away to get from one text to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (at, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; near it: {}", near.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_go_by_path_and_by_key() {
        let path = |name| match Field::named(name, |key| key == "vip").expect("a field") {
            Field::Metric(metric) => metric.path.to_owned(),
            Field::Custom(key) => format!("custom {key}"),
        };
        assert_eq!(path("closedAt"), "closedAt");
        assert_eq!(path("chatProfile.waitingTime"), "chatProfile/waitingTime");
        assert_eq!(path("chatProfile/waitingTime"), "chatProfile/waitingTime");
        assert_eq!(path("ALF CX Score"), "alfCxScore");
        assert_eq!(path("profile.csat"), "profile/csat");
        assert_eq!(path("profile.vip"), "custom vip");
    }

    #[test]
    fn a_wrong_name_is_answered_with_near_ones() {
        let near = |name| Field::named(name, |_| false).expect_err("no field").near;
        assert_eq!(near("timeToClos")[0], "timeToClose");
        assert_eq!(near("waitingTime")[0], "chatProfile.waitingTime");
        assert_eq!(near("avgreplytime")[0], "avgReplyTime");
        assert!(near("reply").contains(&"totalReplyTime".to_owned()));
        assert_eq!(near("profile.nothing"), [] as [&str; 0]);
        let error = Field::named("firstClosdAt", |_| false).expect_err("no field");
        assert!(error.to_string().starts_with("there is no field `firstClosdAt`; near it: firstClosedAt"), "{error}");
    }
}
