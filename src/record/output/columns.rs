//! The record's columns with their places, from the metric table: what every way of writing it goes by.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::chat::metric::{Unit, metrics};
use crate::record::content::{Content, LAST_OF_PROFILE};
use crate::record::revision::{REVISION_MEMBERS, Revision};

/// The name, inside `profile`, of what holds the custom keys where members must be known beforehand.
pub(in crate::record) const CUSTOM: &str = "custom";
/// Its protobuf field number. Numbers from 2000 on are not those of metrics.
const CUSTOM_NUMBER: u32 = 2_000;

/// A field of the record, or of an object in it.
#[derive(Debug)]
pub(in crate::record) struct Field {
    /// Its key.
    pub name: String,
    /// Its protobuf field number: of a metric its code, of an object the smallest number in it.
    pub number: u32,
    /// What it is.
    pub doc: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Debug)]
pub(in crate::record) enum Kind {
    /// The value of a column.
    Value {
        /// The column.
        at: usize,
        /// Its type.
        unit: Unit,
    },
    /// The value of a column as JSON text.
    JsonText {
        /// The column.
        at: usize,
    },
    /// The custom keys of the profile, as an object.
    Custom,
    /// The custom keys of the profile, as the JSON text of an object.
    CustomText,
    /// An object.
    Group {
        /// What it is called as a message.
        message: String,
        /// Its fields.
        fields: Vec<Field>,
    },
}

/// The fields of the whole record.
#[derive(Debug)]
pub(in crate::record) struct Layout {
    /// What the record is called as a message.
    pub message: &'static str,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

/// The record as it is: objects hold their members.
pub(in crate::record) fn nested() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(|| {
        let mut fields = Vec::new();
        for (at, column) in columns().into_iter().enumerate() {
            let kind = Kind::Value { at, unit: column.unit };
            insert(
                &mut fields,
                "",
                column.path,
                Field { name: String::new(), number: column.number, doc: column.doc, kind },
            );
            if column.path == LAST_OF_PROFILE {
                let doc = "the deployment's own keys";
                let custom = Field { name: String::new(), number: CUSTOM_NUMBER, doc, kind: Kind::Custom };
                insert(&mut fields, "", &LAST_OF_PROFILE.replace("csatComment", CUSTOM), custom);
            }
        }
        Layout { message: "Record", fields }
    })
}

/// The record as one row: an object's members become columns of the record, arrays and whatever a column holds of
/// objects become JSON texts.
pub(in crate::record) fn flat() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(|| {
        let mut fields = Vec::new();
        flatten(&nested().fields, "", &mut fields);
        Layout { message: "FlatRecord", fields }
    })
}

/// A column of the record: a metric, or what tells revisions apart.
struct Column {
    path: &'static str,
    number: u32,
    unit: Unit,
    doc: &'static str,
}

fn columns() -> Vec<Column> {
    let mut columns = Vec::new();
    for metric in metrics() {
        columns.push(Column { path: metric.path, number: metric.code, unit: metric.unit, doc: metric.doc });
        for member in REVISION_MEMBERS.iter().filter(|member| member.behind == metric.key) {
            columns.push(Column { path: member.key, number: member.code, unit: member.unit, doc: member.doc });
        }
    }
    columns
}

/// Puts a field at its path, `above` being the names on the way to these fields.
fn insert(fields: &mut Vec<Field>, above: &str, path: &str, field: Field) {
    let Some((object, rest)) = path.split_once('/') else {
        fields.push(Field { name: path.to_owned(), ..field });
        return;
    };
    let above = format!("{above}/{object}");
    let known = fields.iter_mut().find(|known| known.name == object);
    if let Some(Field { number, kind: Kind::Group { fields, .. }, .. }) = known {
        *number = field.number.min(*number);
        insert(fields, &above, rest, field);
        return;
    }
    let (mut inner, number) = (Vec::new(), field.number);
    insert(&mut inner, &above, rest, field);
    let kind = Kind::Group { message: message_name(&above), fields: inner };
    fields.push(Field { name: object.to_owned(), number, doc: "", kind });
}

/// `/source/workflow` is the message `SourceWorkflow`.
fn message_name(path: &str) -> String {
    let mut name = String::new();
    for word in path.split(['/', '_']) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn flatten(nested: &'static [Field], above: &str, flat: &mut Vec<Field>) {
    for field in nested {
        let name = format!("{above}{}", field.name);
        let kind = match field.kind {
            Kind::Group { ref fields, .. } => {
                flatten(fields, &format!("{name}_"), flat);
                continue;
            }
            Kind::Custom => Kind::CustomText,
            Kind::Value { at, unit: Unit::Texts | Unit::Json | Unit::Object(_) | Unit::Rows(_) } => {
                Kind::JsonText { at }
            }
            Kind::Value { at, unit } => Kind::Value { at, unit },
            Kind::JsonText { at } => Kind::JsonText { at },
            Kind::CustomText => Kind::CustomText,
        };
        flat.push(Field { name, number: field.number, doc: field.doc, kind });
    }
}

/// The values of a record as JSON texts.
pub(in crate::record) struct Texts<'a> {
    /// Of each column.
    pub columns: Vec<Cow<'a, str>>,
    /// Of each custom key, sorted.
    pub custom: Vec<(&'a str, &'a str)>,
}

impl<'a> Texts<'a> {
    /// The values of a content with its revision.
    pub fn of(content: &'a Content, revision: &Revision) -> Texts<'a> {
        let mut columns = Vec::new();
        for (metric, value) in metrics().zip(content.values()) {
            columns.push(Cow::Borrowed(value));
            for member in REVISION_MEMBERS.iter().filter(|member| member.behind == metric.key) {
                let mut text = String::new();
                (member.value)(revision).write_json(&mut text);
                columns.push(Cow::Owned(text));
            }
        }
        Texts { columns, custom: content.custom().collect() }
    }

    /// The JSON object of the custom keys.
    pub fn custom_object(&self) -> String {
        let mut out = String::from("{");
        for (at, (key, value)) in self.custom.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            crate::chat::metric::write_text(key, &mut out);
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
        out
    }
}
