//! The columns of a record: the metric table's and, as the last one, `moments`.

use crate::chat::metric::{self, Metric, SECTIONS, Section, Shape, Unit};
use crate::snapshot::{Contributions, MOMENT};

/// The path of the rows by which a chat counts in metric snapshots.
pub(super) const MOMENTS: &str = "moments";

const BEYOND: &[Metric] = &[Metric::beyond(
    (500, MOMENTS),
    Unit::Rows(&MOMENT),
    "where and under which ids the chat counts in metric snapshots, messages left out",
    |facts| Contributions::of(facts.journal, facts.fold, facts.document, false).into_moments(),
)];

const MOMENTS_SECTION: Section =
    Section { title: "Moments", defined_in: "`snapshots.md`, In the record", rows: BEYOND };

/// All columns of a record's content, in its order.
pub(super) fn metrics() -> impl Iterator<Item = &'static Metric> + Clone {
    metric::metrics().chain(BEYOND)
}

/// The columns by section, as they are documented.
pub(super) fn sections() -> impl Iterator<Item = &'static Section> {
    SECTIONS.iter().chain(std::iter::once(&MOMENTS_SECTION))
}

/// All shapes of objects in a record.
pub(super) fn shapes() -> Vec<&'static Shape> {
    metric::shapes(metrics())
}
