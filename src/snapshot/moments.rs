//! `moments[]`: the contributions as rows of the chat's record (`snapshots.md`, In the record).

use std::borrow::Cow;

use super::contribution::{Contributions, Moment};
use super::place::Id;
use crate::chat::metric::{Member, Object, Shape, Unit, Value};

/// The members of a row of `moments`.
pub static MOMENT: Shape = Shape {
    name: "Moment",
    defined_in: "`snapshots.md`, In the record",
    members: &[
        member(1, "at", Unit::Time, "when it counts"),
        member(2, "team", Unit::Text, "the team it counts under, null without one"),
        member(3, "manager", Unit::Text, "the manager it counts under, null without one"),
        member(4, "queue", Unit::Text, "the queue it counts under, null without one"),
        member(5, "adds", Unit::Json, "what it adds, by paths of the snapshot"),
    ],
};

const fn member(code: u32, key: &'static str, unit: Unit, doc: &'static str) -> Member {
    Member { code, key, unit, is_pii: false, doc }
}

impl Contributions {
    /// The rows of `moments[]`: one per event and ids, messages left out.
    pub fn into_moments<'a>(self) -> Value<'a> {
        Value::Rows(self.moments.into_iter().filter_map(row).collect())
    }
}

/// A moment's row; none if it counts messages only.
fn row<'a>(moment: Moment) -> Option<Object<'a>> {
    let counts = moment.adds.counts.iter().filter(|(counter, _)| !counter.is_of_messages());
    let counts = counts.map(|&(counter, grows)| (counter.path(), Value::Count(grows.unsigned_abs())));
    let values = moment.adds.values.iter().map(|&(distribution, value)| (distribution.path(), value.into()));
    let adds: Object<'a> = counts.chain(values).collect();
    if adds.is_empty() {
        return None;
    }
    Some(vec![
        ("at", moment.at.into()),
        ("team", text(moment.team)),
        ("manager", text(moment.manager)),
        ("queue", text(moment.queue)),
        ("adds", Value::Object(adds)),
    ])
}

fn text<'a>(id: Id) -> Value<'a> {
    id.map_or(Value::Null, |id| Value::Text(Cow::Owned(id.as_ref().to_owned())))
}
