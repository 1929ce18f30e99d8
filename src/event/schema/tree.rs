//! JSON documents that are written for people: members in the order in which they were put there.

use std::fmt::Write;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Flag(bool),
    Whole(i64),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// An object of these members.
pub(crate) fn object<const N: usize>(members: [(&str, Tree); N]) -> Tree {
    Tree::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A string.
pub(crate) fn text(text: impl Into<String>) -> Tree {
    Tree::Text(text.into())
}

/// An array of strings.
pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Tree {
    Tree::List(texts.into_iter().map(text).collect())
}

impl Tree {
    /// The same object with one member more.
    pub(crate) fn with(mut self, name: &str, value: Tree) -> Tree {
        if let Tree::Object(members) = &mut self {
            members.push((name.to_owned(), value));
        }
        self
    }

    /// The document, indented, with a line end.
    pub(crate) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out.push('\n');
        out
    }

    /// The document on one line, without spaces.
    pub(crate) fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    fn write(&self, out: &mut String, depth: Option<usize>) {
        let quoted = |text: &str| serde_json::to_string(text).expect("any text is a JSON string");
        match self {
            Tree::Flag(flag) => write!(out, "{flag}").expect("a string takes all that is written"),
            Tree::Whole(number) => write!(out, "{number}").expect("a string takes all that is written"),
            Tree::Text(text) => out.push_str(&quoted(text)),
            // A list of words reads better on one line.
            Tree::List(list) if list.iter().all(|element| matches!(element, Tree::Text(_))) => {
                let space = if depth.is_some() { ", " } else { "," };
                let words: Vec<String> = list.iter().map(Tree::compact).collect();
                write!(out, "[{}]", words.join(space)).expect("a string takes all that is written");
            }
            Tree::List(list) => nest(out, depth, ['[', ']'], list, |out, depth, value| value.write(out, depth)),
            Tree::Object(members) => nest(out, depth, ['{', '}'], members, |out, depth, (name, value)| {
                out.push_str(&quoted(name));
                out.push_str(if depth.is_some() { ": " } else { ":" });
                value.write(out, depth);
            }),
        }
    }
}

fn nest<T>(
    out: &mut String,
    depth: Option<usize>,
    [open, close]: [char; 2],
    list: &[T],
    write: impl Fn(&mut String, Option<usize>, &T),
) {
    let break_line = |out: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth.filter(|_| !list.is_empty()) {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
    };
    let inner = depth.map(|depth| depth + 1);
    out.push(open);
    for (at, element) in list.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        break_line(out, inner);
        write(out, inner, element);
    }
    break_line(out, depth);
    out.push(close);
}
