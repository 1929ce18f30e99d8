//! The metric table: every column of a chat's record with its place, type, code, documentation and formula.
//!
//! The record's fields and their order, its JSON, what counts as changed and the documentation follow from it: adding a
//! metric is adding a row.

mod counts;
mod durations;
mod facts;
mod identity;
mod inbox;
mod meets;
mod profile;
mod told;
mod value;
mod views;

#[cfg(test)]
mod tests;

pub use facts::{Clock, Facts};
pub use profile::{Profile, score};
pub use told::Told;
pub use value::{Member, Object, Shape, Unit, Value, write_text};

/// In a row of the table: personal data.
const PII: bool = true;

/// A row of the metric table: one column of the record.
#[derive(Debug)]
pub struct Metric {
    /// The number under which what was emitted is remembered: given once, never reused.
    pub code: u32,
    /// The name in the dictionary (`metrics.md`).
    pub key: &'static str,
    /// Where it stands in the record: the names on the way to it, with `/` between.
    pub path: &'static str,
    /// Its type.
    pub unit: Unit,
    /// Whether it is in the PII catalogue (`session.md`, Personal data).
    pub is_pii: bool,
    /// What it is.
    pub doc: &'static str,
    formula: for<'f> fn(&Facts<'f>) -> Value<'f>,
}

/// Rows that belong together, as the specification has them.
#[derive(Debug)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// Where the rows are defined.
    pub defined_in: &'static str,
    /// The rows.
    pub rows: &'static [Metric],
}

/// The metric table, in the order of the record.
pub const SECTIONS: &[Section] = &[
    Section { title: "Head", defined_in: "`finalization.md`, The record", rows: identity::HEAD },
    Section {
        title: "Identity and description",
        defined_in: "`metrics.md`, Identity and description",
        rows: identity::ROWS,
    },
    Section { title: "Flags and counts", defined_in: "`metrics.md`, Flags and counts", rows: counts::FLAGS },
    Section { title: "Times", defined_in: "`metrics.md`, Times", rows: counts::TIMES },
    Section {
        title: "Durations",
        defined_in: "`metrics.md`, Durations; `InOperation`: the same, counting operating time only",
        rows: durations::TWINS,
    },
    Section { title: "Durations and scores", defined_in: "`metrics.md`, Durations", rows: durations::SINGLES },
    Section { title: "Source", defined_in: "`metrics.md`, Identity and description", rows: identity::SOURCE },
    Section { title: "Inbox clocks", defined_in: "`metrics.md`, The inbox clocks (chat profile)", rows: inbox::ROWS },
    Section { title: "Profile", defined_in: "`metrics.md`, Durations", rows: inbox::PROFILE },
    Section { title: "Meets", defined_in: "`session.md`, Meets", rows: inbox::MEETS },
    Section {
        title: "Chat resource",
        defined_in: "`session.md`, Chat resource; durations in whole seconds, truncated once",
        rows: views::CHAT,
    },
    Section {
        title: "Session metadata",
        defined_in: "`session.md`, Session metadata; durations in whole seconds, truncated once",
        rows: views::SESSION,
    },
];

/// All rows of the table, in the order of the record.
pub fn metrics() -> impl Iterator<Item = &'static Metric> + Clone {
    SECTIONS.iter().flat_map(|section| section.rows)
}

impl Metric {
    /// The value for a chat.
    pub fn value<'f>(&self, facts: &Facts<'f>) -> Value<'f> {
        (self.formula)(facts)
    }

    /// The name of the field that `changed` gives (`finalization.md`): the top-level key, inside an object its member.
    pub fn field(&self) -> &'static str {
        let end = self.path.match_indices('/').nth(1).map_or(self.path.len(), |(at, _)| at);
        &self.path[..end]
    }
}

/// All shapes of objects in the record, each once, those that others hold behind them.
pub fn shapes() -> Vec<&'static Shape> {
    let mut shapes: Vec<&'static Shape> = Vec::new();
    let mut next: Vec<Unit> = metrics().map(|metric| metric.unit).collect();
    while !next.is_empty() {
        let found: Vec<&'static Shape> = next.iter().filter_map(|unit| unit.shape()).collect();
        next.clear();
        for shape in found {
            if !shapes.iter().any(|known| known.name == shape.name) {
                shapes.push(shape);
                next.extend(shape.members.iter().map(|member| member.unit));
            }
        }
    }
    shapes
}

/// Makes rows of the table: `code "key" [@ "path"] Unit [(SHAPE)] [PII]: "doc" => formula;`.
macro_rules! rows {
    ($($code:literal $key:literal $(@ $path:literal)? $unit:ident $(($shape:expr))? $($pii:ident)?: $doc:literal
        => $formula:expr;)*) => {
        &[$($crate::chat::metric::Metric {
            code: $code,
            key: $key,
            path: $crate::chat::metric::path_or_key!($key $($path)?),
            unit: $crate::chat::metric::Unit::$unit $((&$shape))?,
            is_pii: false $(|| $crate::chat::metric::$pii)?,
            doc: $doc,
            formula: $formula,
        },)*]
    };
}
use rows;

/// Makes the shape of an object and the function that gives such an object, its members in order:
/// `SHAPE "Name" "defined in"; fn function(arguments); code "key" Unit [(SHAPE)] [PII]: "doc" => value;…`. In the
/// arguments `'f` is the life of what the values borrow.
macro_rules! shape {
    ($shape:ident $name:literal $defined_in:literal; fn $function:ident($($argument:ident: $type:ty),* $(,)?);
        $($code:literal $key:literal $unit:ident $(($inner:expr))? $($pii:ident)?: $doc:literal => $value:expr;)*) => {
        #[doc = concat!("The members of a ", $name, ".")]
        pub(super) static $shape: $crate::chat::metric::Shape = $crate::chat::metric::Shape {
            name: $name,
            defined_in: $defined_in,
            members: &[$($crate::chat::metric::Member {
                code: $code,
                key: $key,
                unit: $crate::chat::metric::Unit::$unit $((&$inner))?,
                is_pii: false $(|| $crate::chat::metric::$pii)?,
                doc: $doc,
            },)*],
        };

        fn $function<'f>($($argument: $type),*) -> $crate::chat::metric::Object<'f> {
            vec![$(($key, $crate::chat::metric::Value::from($value)),)*]
        }
    };
}
use shape;

macro_rules! path_or_key {
    ($key:literal) => {
        $key
    };
    ($key:literal $path:literal) => {
        $path
    };
}
use path_or_key;
