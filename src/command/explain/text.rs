//! Explanations for a terminal.

use std::fmt::Write;

use crate::explain::{Explanation, Part, Step, Subject};
use crate::time::Span;

/// The timeline of a chat, and its durations.
pub(super) fn timeline(subject: &Subject<'_>, steps: &[Step<'_>], durations: &[(String, Span)]) -> String {
    let mut out = heading(subject);
    out.push('\n');
    events(steps.iter().map(|step| (step, None)), &mut out);
    if !durations.is_empty() {
        out.push_str("\nDurations in seconds (--field NAME explains one, or any other column)\n\n");
        table(durations.iter().map(|(name, span)| vec![name.clone(), span.to_string()]).collect(), &[1], &mut out);
    }
    out
}

/// A field, with the intervals and events that made it.
pub(super) fn field(subject: &Subject<'_>, explanation: &Explanation<'_>) -> String {
    let mut out = heading(subject);
    let unit = if explanation.unit == "seconds" && explanation.value != "null" { " seconds" } else { "" };
    let divided = explanation.divisor.map_or(String::new(), |divisor| format!(", an average over {divisor}"));
    line(&mut out, format_args!("{} = {}{unit}{divided}", plain(explanation.field), plain(&explanation.value)));
    for note in &explanation.notes {
        line(&mut out, format_args!("{}", plain(note)));
    }
    if !explanation.parts.is_empty() {
        out.push('\n');
        parts(explanation, &mut out);
    }
    if !explanation.events.is_empty() {
        out.push_str("\nMade by\n\n");
        events(explanation.events.iter().map(|made| (&made.step, made.value.as_deref())), &mut out);
    }
    out
}

fn heading(subject: &Subject<'_>) -> String {
    let channel = subject.fold.channel_id().unwrap_or("(unknown)");
    let (chat, state, count) = (plain(subject.chat_id), subject.fold.state().as_str(), subject.journal.len());
    let zone = subject.document.timezone();
    format!("chat {chat} on channel {} ({zone}): {state}, {count} events; times are UTC\n", plain(channel))
}

fn parts(explanation: &Explanation<'_>, out: &mut String) {
    let row = |part: &Part| {
        let counted = if part.counted { "counted" } else { "removed" };
        let (from, to, seconds) = (part.from.to_string(), part.to.to_string(), part.length().to_string());
        vec![from, to, seconds, counted.to_owned(), part.why.to_owned(), plain(&part.of)]
    };
    let mut rows: Vec<Vec<String>> = explanation.parts.iter().map(row).collect();
    let sum = |counted: bool| {
        let those = explanation.parts.iter().filter(|part| part.counted == counted);
        those.fold(Span::ZERO, |sum, part| sum + part.length())
    };
    let mut total = |label: &str, seconds: String| rows.push(vec![label.to_owned(), String::new(), seconds]);
    total("counted together", sum(true).to_string());
    if let Some(divisor) = explanation.divisor {
        total("divided by", divisor.to_string());
    }
    if sum(false) > Span::ZERO {
        total("removed together", sum(false).to_string());
    }
    table(rows, &[2], out);
}

fn events<'s>(steps: impl Iterator<Item = (&'s Step<'s>, Option<&'s str>)>, out: &mut String) {
    let row = |(step, value): (&Step<'_>, Option<&str>)| {
        let event = step.event;
        let value = value.map_or(String::new(), |value| format!(" → {}", plain(value)));
        let name = format!("{} {}", plain(&event.source), plain(&event.id));
        vec![event.time.to_string(), event.kind.as_str().to_owned(), name, format!("{}{value}", plain(&step.did))]
    };
    table(steps.map(row).collect(), &[], out);
}

/// Writes rows in columns as wide as they need, those in `right` to the right.
fn table(rows: Vec<Vec<String>>, right: &[usize], out: &mut String) {
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (at, cell) in row.iter().enumerate() {
            widths[at] = widths[at].max(cell.chars().count());
        }
    }
    for row in rows {
        let mut text = String::from(" ");
        for (at, cell) in row.iter().enumerate() {
            let width = widths[at];
            let cell = if right.contains(&at) { format!(" {cell:>width$}") } else { format!(" {cell:<width$}") };
            text.push_str(&cell);
            text.push(' ');
        }
        line(out, format_args!("{}", text.trim_end()));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a string takes all that is written");
}

/// A text without what could steer a terminal: it comes from events.
fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need() {
        let mut out = String::new();
        let rows = [vec!["a", "1.5", "x"], vec!["bcd", "10.25"]];
        table(rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect(), &[1], &mut out);
        assert_eq!(out, "  a      1.5  x\n  bcd  10.25\n");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[31m\nb"), "a\u{fffd}[31m\u{fffd}b");
    }
}
