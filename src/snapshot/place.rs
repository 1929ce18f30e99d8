//! Where something counts: a channel, one of the five dimensions, an id in it (`snapshots.md`, The record).

use std::sync::Arc;

use super::table::Dimension;
use super::window::WindowSize;
use crate::time::Timestamp;

/// An id in a dimension, or a channel's. None where it is not known: an id of its own.
pub type Id = Option<Arc<str>>;

/// An id as it was told: an empty one is not known.
pub fn id(told: Option<&str>) -> Id {
    told.filter(|told| !told.is_empty()).map(Into::into)
}

/// Of whom a record tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The channel.
    pub channel: Id,
    /// The dimension.
    pub dimension: Dimension,
    /// The id in it.
    pub id: Id,
}

/// A window of a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowKey {
    /// Of whom.
    pub place: Place,
    /// The window's size.
    pub size: WindowSize,
    /// The window's start.
    pub start: Timestamp,
}

/// What a record's key names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A window.
    Window(WindowKey),
    /// What is so now.
    Live(Place),
}

impl Key {
    /// Of whom it is.
    pub fn place(&self) -> &Place {
        match self {
            Key::Window(WindowKey { place, .. }) | Key::Live(place) => place,
        }
    }

    /// Another text for it, in which those of one channel and window stand together, a channel's windows of a size in the
    /// order of time: `channelId/windowSize/windowStart/dimension/id`, or `channelId/dimension/id`.
    pub fn name(&self) -> String {
        let Place { channel, dimension, id } = self.place();
        let (channel, id) = (escaped(channel), escaped(id));
        match self {
            Key::Window(WindowKey { size, start, .. }) => {
                format!("{channel}/{}/{start}/{}/{id}", size.as_str(), dimension.path())
            }
            Key::Live(_) => format!("{channel}/{}/{id}", dimension.path()),
        }
    }

    /// The key that has this [`name`](Key::name).
    pub fn named(name: &str) -> Option<Key> {
        let parts: Vec<&str> = name.split('/').collect();
        match parts[..] {
            [channel, size, start, dimension, id] => Key::parse(&format!("{channel}/{dimension}/{id}/{size}/{start}")),
            [channel, dimension, id] => Key::parse(&format!("{channel}/{dimension}/{id}/live")),
            _ => None,
        }
    }

    /// What the names of all windows of a channel, size and start begin with.
    pub fn prefix(channel: &Id, size: WindowSize, start: Timestamp) -> String {
        format!("{}/{}/{start}/", escaped(channel), size.as_str())
    }

    /// What the names of all live records of a channel begin with.
    pub fn live_prefix(channel: &Id) -> String {
        format!("{}/", escaped(channel))
    }

    /// The key a text writes; none if it is no key.
    pub fn parse(text: &str) -> Option<Key> {
        let mut parts = text.split('/');
        let channel = unescaped(parts.next()?)?;
        let dimension = parts.next()?;
        let dimension = Dimension::ALL.iter().copied().find(|known| known.path() == dimension)?;
        let place = Place { channel, dimension, id: unescaped(parts.next()?)? };
        let key = match parts.next()? {
            "live" => Key::Live(place),
            size => {
                let (size, start) = (WindowSize::from_text(size)?, Timestamp::parse(parts.next()?)?);
                Key::Window(WindowKey { place, size, start })
            }
        };
        // Only what is written so is a key: a time has many writings.
        (key.to_string() == text).then_some(key)
    }
}

impl std::fmt::Display for Key {
    /// `channelId/dimension/id/windowSize/windowStart`, or `channelId/dimension/id/live`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place { channel, dimension, id } = self.place();
        write!(f, "{}/{}/{}/", escaped(channel), dimension.path(), escaped(id))?;
        match self {
            Key::Window(WindowKey { size, start, .. }) => write!(f, "{}/{start}", size.as_str()),
            Key::Live(_) => f.write_str("live"),
        }
    }
}

/// An id in a key: `%` is `%25`, `/` is `%2F`, null is nothing.
fn escaped(id: &Id) -> String {
    id.as_deref().unwrap_or_default().replace('%', "%25").replace('/', "%2F")
}

fn unescaped(text: &str) -> Option<Id> {
    let mut parts = text.split('%');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (sign, rest) = part.split_at_checked(2)?;
        plain.push(match sign {
            "25" => '%',
            "2F" => '/',
            _ => return None,
        });
        plain.push_str(rest);
    }
    Some(id(Some(&plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(channel: &str, dimension: Dimension, told: &str) -> Place {
        Place { channel: id(Some(channel)), dimension, id: id(Some(told)) }
    }

    #[test]
    fn keys_are_written_as_specified() {
        let start = Timestamp::parse("2026-03-02T09:00:00Z").expect("a time");
        let key = Key::Window(WindowKey { place: place("c1", Dimension::Team, ""), size: WindowSize::Hour, start });
        assert_eq!(key.to_string(), "c1/team//1h/2026-03-02T09:00:00.000Z");
        let key = Key::Live(place("a/b", Dimension::Queue, "100%/2F"));
        assert_eq!(key.to_string(), "a%2Fb/queue/100%25%2F2F/live");
    }

    #[test]
    fn keys_come_back_and_others_are_told_apart() {
        let start = Timestamp::parse("2026-03-02T09:00:00.001Z").expect("a time");
        for told in ["", "q1", "%", "/", "%2F", "a/b%25", "é%"] {
            let live = Key::Live(place(told, Dimension::Manager, told));
            let window = Key::Window(WindowKey {
                place: place(told, Dimension::Channel, told),
                size: WindowSize::Minutes5,
                start,
            });
            for key in [live, window] {
                assert_eq!(Key::parse(&key.to_string()), Some(key.clone()));
                assert_eq!(Key::named(&key.name()), Some(key));
            }
        }
        for foreign in [
            "",
            "c1/team/t",
            "c1/teams/t/live",
            "c1/team/t/live/",
            "c1/team/%2f/live",
            "c1/team/%/live",
            "c1/team/t/2h/2026-03-02T09:00:00.000Z",
            "c1/team/t/1h/2026-03-02T09:00:00Z",
            "c1/team/t/1h",
        ] {
            assert_eq!(Key::parse(foreign), None, "{foreign}");
        }
    }
}
