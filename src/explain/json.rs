//! Explanations as JSON objects.

use super::{Explanation, Made, Part, Step};
use crate::chat::metric::write_text;

/// One object: `chat`, `field`, `value`, `unit`, `parts`, for an average `divisor`, `events`, `notes`; all of one shape,
/// whatever the field.
pub fn to_json(explanation: &Explanation<'_>) -> String {
    let mut out = String::from("{\"chat\":");
    write_text(explanation.chat_id, &mut out);
    out.push_str(",\"field\":");
    write_text(explanation.field, &mut out);
    out.push_str(&format!(",\"value\":{},\"unit\":", explanation.value));
    write_text(explanation.unit, &mut out);
    out.push_str(",\"parts\":");
    list(&explanation.parts, &mut out, part);
    if let Some(divisor) = explanation.divisor {
        out.push_str(&format!(",\"divisor\":{divisor}"));
    }
    out.push_str(",\"events\":");
    list(&explanation.events, &mut out, |made, out| event(made, out));
    out.push_str(",\"notes\":");
    list(&explanation.notes, &mut out, |note, out| write_text(note, out));
    out.push('}');
    out
}

/// The timeline alone, in an object of the same shape: without a field, its value and its parts.
pub fn timeline_to_json(chat_id: &str, steps: &[Step<'_>]) -> String {
    let mut out = String::from("{\"chat\":");
    write_text(chat_id, &mut out);
    out.push_str(",\"field\":null,\"value\":null,\"unit\":null,\"parts\":[],\"events\":");
    list(steps, &mut out, |step, out| event(&Made { step: step.clone(), value: None }, out));
    out.push_str(",\"notes\":[]}");
    out
}

fn list<T>(items: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

fn part(part: &Part, out: &mut String) {
    let Part { from, to, counted, why, of } = part;
    let seconds = part.length();
    out.push_str(&format!(
        r#"{{"from":"{from}","to":"{to}","seconds":{seconds},"counted":{counted},"why":"{why}","of":"#
    ));
    write_text(of, out);
    out.push('}');
}

fn event(made: &Made<'_>, out: &mut String) {
    let event = made.step.event;
    out.push_str(&format!(r#"{{"time":"{}","type":"{}","source":"#, event.time, event.kind.as_str()));
    write_text(&event.source, out);
    out.push_str(",\"id\":");
    write_text(&event.id, out);
    out.push_str(",\"did\":");
    write_text(&made.step.did, out);
    if let Some(value) = &made.value {
        out.push_str(",\"value\":");
        out.push_str(value);
    }
    out.push('}');
}
