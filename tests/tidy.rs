//! Holds the rules of the house that neither compiler nor lints know: what a module may use, sizes, words that must not
//! stay, links that lead nowhere. CONTRIBUTING.md says them in words; a message says what to do.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The modules of `src/` along the data's way. A module may use those in rows above its own, and no other.
const LAYERS: &[&[&str]] = &[
    &["time"],
    &["event", "calendar"],
    &["chat"],
    &["snapshot"],
    &["record", "explain"],
    &["finalization"],
    &["codec"],
    // Up to here pure: no clock, no chance, no I/O, no logging.
    &["clock", "config", "store"],
    &["generate", "log", "telemetry"],
    &["engine"],
    &["command"],
    &["main"],
];

/// Uses that the order would allow, with the reason why they are refused all the same.
const REFUSED: &[(&str, &str, &str)] = &[
    ("engine", "config", "the engine is given its `Settings`, so that the simulation needs no configuration"),
    ("log", "config", "a cluster is given what it needs by whoever connects to it"),
];

/// Where a dependency may be named: files, or folders with a slash at the end.
const CRATES: &[(&str, &[&str])] = &[
    ("anyhow", &["src/command/", "src/main.rs"]),
    ("axum", &["src/telemetry/"]),
    ("chrono", &["src/calendar/", "src/chat/metric/profile.rs", "src/time.rs"]),
    ("chrono_tz", &["src/calendar/"]),
    ("clap", &["src/command/", "src/main.rs"]),
    ("hmac", &["src/record/output/"]),
    ("metrics", &["src/telemetry/"]),
    ("metrics_exporter_prometheus", &["src/telemetry/"]),
    // In tests of the public messages: generated code, which nothing else uses.
    (
        "prost",
        &[
            "src/codec/",
            "src/event/data/",
            "src/event/tests/",
            "src/record/output/tests.rs",
            "src/snapshot/encoding.rs",
        ],
    ),
    ("rand", &["src/generate/"]),
    ("rdkafka", &["src/log/kafka/"]),
    ("rocksdb", &["src/store/rocks.rs"]),
    ("serde", &["src/"]),
    ("serde_json", &["src/"]),
    ("sha2", &["src/record/output/"]),
    ("thiserror", &["src/"]),
    ("tikv_jemalloc_ctl", &["src/telemetry/"]),
    ("tikv_jemallocator", &["src/main.rs"]),
    ("tokio", &["src/command/", "src/telemetry/"]),
    ("toml", &["src/config/"]),
    ("tracing", &["src/command/", "src/engine/", "src/log/kafka/", "src/telemetry/"]),
    ("tracing_subscriber", &["src/telemetry/"]),
    ("xxhash_rust", &["src/"]),
];

/// The one file that may, and the reason.
const UNSAFE: (&str, &str) = ("tests/fuzz/allocator.rs", "a global allocator that counts cannot be written without");

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// Folders and files in which no path of somebody's machine may stand.
const OURS: &[&str] = &[
    ".cargo",
    ".ci",
    "Cargo.toml",
    "Makefile",
    "build.rs",
    "clippy.toml",
    "deny.toml",
    "deploy",
    "docker-compose.yml",
    "docs",
    "proto",
    "src",
    "tests",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
];

// ------------------------------------------------------------------------------------------------------- the rules

#[test]
fn modules_use_only_what_stands_before_them() {
    let sources = files_under("src", "rs");
    hold(sources.iter().flat_map(|(path, text)| uses_upwards(path, text)));
}

#[test]
fn every_module_and_dependency_has_its_place() {
    let placed: Vec<&str> = LAYERS.iter().copied().flatten().copied().collect();
    let modules: BTreeSet<String> =
        files_under("src", "rs").iter().map(|(path, _)| module_of(path).to_owned()).collect();
    let unplaced = modules.iter().filter(|module| *module != "lib" && !placed.contains(&module.as_str()));
    let unplaced =
        unplaced.map(|module| format!("src/{module}: put the module into LAYERS, where the data's way has it"));
    let dependencies = dependencies(&read("Cargo.toml"));
    let homeless = dependencies.iter().filter(|name| CRATES.iter().all(|(known, _)| known != name));
    let homeless = homeless.map(|name| format!("Cargo.toml: say in CRATES which files may name {name}"));
    hold(unplaced.chain(homeless));
}

#[test]
fn dependencies_are_named_only_in_their_places() {
    let sources = files_under("src", "rs");
    hold(sources.iter().flat_map(|(path, text)| crates_out_of_place(path, text)));
}

#[test]
fn every_dependency_has_its_reason() {
    hold(missing_reasons(&read("Cargo.toml"), &read("CONTRIBUTING.md")).into_iter());
}

#[test]
fn only_the_clock_reads_clocks() {
    let sources = files_under("src", "rs");
    let others = sources.iter().filter(|(path, _)| path != "src/clock.rs");
    hold(others.flat_map(|(path, text)| clock_readings(path, text)));
}

#[test]
fn every_file_says_what_it_is() {
    let sources = rust_files();
    hold(sources.iter().filter_map(|(path, text)| missing_header(path, text)));
}

#[test]
fn files_and_functions_fit() {
    let sources = rust_files();
    let tests = test_files(&sources);
    let long_files =
        sources.iter().filter(|(path, _)| !tests.contains(path)).filter_map(|(path, text)| long_file(path, text));
    let long_functions = sources.iter().flat_map(|(path, text)| long_functions(path, text));
    hold(long_files.chain(long_functions));
}

#[test]
fn nothing_unfinished_stays() {
    let sources = rust_files();
    hold(sources.iter().flat_map(|(path, text)| unfinished(path, text)));
}

#[test]
fn no_path_of_a_machine_stands_anywhere() {
    let texts = OURS.iter().flat_map(|place| files_under(place, ""));
    hold(texts.flat_map(|(path, text)| machine_paths(&path, &text)));
}

#[test]
fn links_lead_somewhere() {
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"];
    let pages = pages.iter().flat_map(|place| files_under(place, "md"));
    hold(
        pages.flat_map(|(path, text)| dead_links(&path, &text, &|target| fs::read_to_string(root().join(target)).ok())),
    );
}

#[test]
fn the_readme_has_every_exit_code() {
    hold(missing_codes(&read("src/command/exit.rs"), &read("README.md")).into_iter());
}

fn hold(violations: impl Iterator<Item = String>) {
    let violations: Vec<String> = violations.collect();
    assert!(violations.is_empty(), "\n  {}\n", violations.join("\n  "));
}

// ------------------------------------------------------------------------------------------------------ the checkers

fn uses_upwards(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let own = module_of(path);
    // `lib.rs` only lists the modules.
    let Some(rank) = rank_of(own) else { return Vec::new() };
    let mut found = Vec::new();
    for (line, used) in uses(&code) {
        let Some(its_rank) = rank_of(used) else { continue };
        if used != own && its_rank >= rank {
            found.push(format!(
                "{path}:{line}: {own} uses {used}, which does not stand before it: move what is needed down, or pass it in"
            ));
        }
        if let Some((.., why)) = REFUSED.iter().find(|(user, of, _)| *user == own && *of == used) {
            found.push(format!("{path}:{line}: {own} must not use {used}: {why}"));
        }
    }
    let depth = depth_of(path);
    let product = without(&code, &test_parts(&code));
    let too_far = positions(&product, "super::").filter(|at| {
        let before = code[..*at].trim_end_matches("super::").len();
        (at - before) / "super::".len() + 1 >= depth
    });
    found.extend(
        too_far.map(|at| format!("{path}:{}: `super` leads to the crate's root: write `crate::`", line_of(&code, at))),
    );
    found
}

fn crates_out_of_place(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let mut found = Vec::new();
    for (name, places) in CRATES {
        if places.iter().any(|place| path == *place || (place.ends_with('/') && path.starts_with(place))) {
            continue;
        }
        let named = words(&code, name).filter(|at| {
            code[at + name.len()..].starts_with("::") && !code[..*at].ends_with("::")
                || code[..*at].ends_with("extern crate ")
        });
        found.extend(named.map(|at| {
            let places = places.join(", ");
            format!("{path}:{}: {name} may only be named in {places}: wrap what is needed there", line_of(&code, at))
        }));
    }
    found
}

fn clock_readings(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let words = ["SystemTime", "Instant", "UNIX_EPOCH"]
        .into_iter()
        .flat_map(|word| words(&code, word).map(move |at| (at, word)));
    words
        .map(|(at, word)| format!("{path}:{}: {word}: take the time as an argument, or a `Clock`", line_of(&code, at)))
        .collect()
}

/// Dependencies without a row `| `name` | reason |` in the page's table, and rows without a dependency.
fn missing_reasons(manifest: &str, page: &str) -> Vec<String> {
    let table =
        page.split_once("| Dependency |").map_or("", |(_, table)| table.split("\n\n").next().unwrap_or_default());
    let row = |line: &str| {
        let (name, reason) = line.strip_prefix("| `")?.split_once("` | ")?;
        (reason.trim_end_matches([' ', '|']).len() > 10).then(|| name.replace('-', "_"))
    };
    let told: BTreeSet<String> = table.lines().filter_map(row).collect();
    let needed: BTreeSet<String> = dependencies(manifest).into_iter().collect();
    let untold = needed
        .difference(&told)
        .map(|name| format!("CONTRIBUTING.md: say in the table of dependencies why there is {name}, or do without it"));
    let gone = told.difference(&needed).map(|name| format!("CONTRIBUTING.md: {name} is no dependency any more"));
    untold.chain(gone).collect()
}

fn missing_header(path: &str, text: &str) -> Option<String> {
    let says = text.strip_prefix("//! ").is_some_and(|rest| rest.lines().next().is_some_and(|line| line.len() > 3));
    (!says).then(|| format!("{path}: begin with a `//!` sentence that says what the file is for"))
}

fn long_file(path: &str, text: &str) -> Option<String> {
    let code = code_of(text);
    let tests: usize = test_parts(&code).into_iter().map(|part| lines_in(&code[part])).sum();
    let lines = text.lines().count() - tests;
    (lines > FILE_LINES_MAX).then(|| {
        format!("{path}: {lines} lines without its tests, at most {FILE_LINES_MAX}: split it by what it is about")
    })
}

fn long_functions(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let mut found = Vec::new();
    for at in words(&code, "fn") {
        let name: String = code[at + 2..].trim_start().chars().take_while(|c| is_word(*c)).collect();
        let Some(end) = item_end(&code, at).filter(|_| !name.is_empty()) else { continue };
        let lines = lines_in(&code[at..end]) + 1;
        if lines > FUNCTION_LINES_MAX {
            let line = line_of(&code, at);
            found.push(format!("{path}:{line}: {name} has {lines} lines, at most {FUNCTION_LINES_MAX}: one place branches, the leaves do the work"));
        }
    }
    found
}

fn unfinished(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let refused = ["todo!", "unimplemented!", "dbg!", "#[ignore", "unsafe "];
    let (may_be_unsafe, _) = UNSAFE;
    let refused = refused.iter().filter(|word| **word != "unsafe " || path != may_be_unsafe);
    let in_code = refused.flat_map(|word| {
        let found = positions(&code, word).filter(|at| word.starts_with('#') || !code[..*at].ends_with(is_word));
        found
            .map(|at| format!("{path}:{}: `{word}` does not stay: finish it, or take it out", line_of(&code, at)))
            .collect::<Vec<_>>()
    });
    let in_comments = ["TO", "FIX"].iter().zip(["DO", "ME"]).flat_map(|(start, end)| {
        let word = format!("{start}{end}");
        let found =
            words(text, &word).map(|at| format!("{path}:{}: {word}: do it, or open an issue", line_of(text, at)));
        found.collect::<Vec<_>>()
    });
    in_code.chain(in_comments).collect()
}

fn machine_paths(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // In two parts, so that this file does not find itself.
    for (slash, folder) in [("/", "work/"), ("/", "root/"), ("/", "home/"), ("/", "Users/"), ("C:", "\\")] {
        let place = format!("{slash}{folder}");
        let starts = positions(text, &place).filter(|at| !text[..*at].ends_with(|c| is_word(c) || "}.-~".contains(c)));
        found.extend(starts.map(|at| {
            format!(
                "{path}:{}: {place}… is a path of one machine: name it from the repository, or take it as an argument",
                line_of(text, at)
            )
        }));
    }
    found
}

/// `load` gives a file's text by its path from the repository; folders have none, but they exist.
fn dead_links(path: &str, text: &str, load: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let prose = without_fences(text);
    let mut found = Vec::new();
    for at in positions(&prose, "](") {
        let target = prose[at + 2..].split([')', ' ', '\n']).next().unwrap_or_default();
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let file = if file.is_empty() { path.to_owned() } else { resolve(path, file) };
        let line = line_of(&prose, at);
        match load(&file) {
            None if !root().join(&file).exists() => {
                found.push(format!("{path}:{line}: there is no {file}: correct the link"));
            }
            Some(page) if !heading.is_empty() && !headings(&page).contains(heading) => {
                found.push(format!("{path}:{line}: {file} has no heading #{heading}: correct the link"));
            }
            _ => {}
        }
    }
    found
}

/// The rows of the table in `exit.rs` (`Name 3 "what it means";`) that the page does not have.
fn missing_codes(table: &str, page: &str) -> Vec<String> {
    let rows = table.lines().filter_map(|line| {
        let (head, doc) = line.trim().strip_suffix("\";")?.split_once(" \"")?;
        let (_, number) = head.split_once(' ')?;
        number.parse::<u8>().ok().map(|number| format!("| {number} | {doc} |"))
    });
    let rows: Vec<String> = rows.collect();
    assert!(!rows.is_empty(), "src/command/exit.rs: the table of exit codes has another shape now: read it anew here");
    rows.into_iter()
        .filter(|row| !page.contains(row))
        .map(|row| format!("README.md: has no row `{row}`: add it"))
        .collect()
}

// ------------------------------------------------------------------------------------------------------ reading code

/// The code with comments and literals blanked out; every byte keeps its place.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    while let Some(first) = text[code.len()..].chars().next() {
        let rest = &text[code.len()..];
        let opaque = opaque_len(rest, code.ends_with(is_word));
        if opaque == 0 {
            code.push(first);
        }
        code.extend(rest[..opaque].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    }
    code
}

/// How long the comment or literal is that begins here; 0 when none does.
fn opaque_len(rest: &str, after_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_len(rest);
    }
    if let (false, Some(len)) = (after_word, raw_string_len(rest)) {
        return len;
    }
    match rest.as_bytes() {
        [b'"', ..] => quoted_len(rest, '"'),
        [b'\'', b'\\', ..] => quoted_len(rest, '\''),
        [b'\'', ..] => {
            let inner = rest[1..].chars().next().map_or(1, char::len_utf8);
            // Else a lifetime.
            if rest[1 + inner..].starts_with('\'') { inner + 2 } else { 0 }
        }
        _ => 0,
    }
}

fn quoted_len(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string_len(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let hashes = rest[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let inner = rest[prefix.len() + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - inner.len();
    Some(inner.find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

fn block_comment_len(rest: &str) -> usize {
    let mut depth = 0;
    for at in rest.match_indices(['/', '*']).map(|(at, _)| at) {
        if rest[at..].starts_with("/*") {
            depth += 1;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    rest.len()
}

/// The items under `#[cfg(test)]`.
fn test_parts(code: &str) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for at in positions(code, "#[cfg(test)]") {
        if parts.last().is_none_or(|part| part.end <= at) {
            parts.push(at..item_end(code, at).unwrap_or(code.len()));
        }
    }
    parts
}

/// After the `}` or `;` that ends the item beginning at `start`; `None` for one that never ends.
fn item_end(code: &str, start: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth -= 1,
            '}' => {
                depth -= 1;
                if depth <= 0 {
                    return Some(start + at + 1);
                }
            }
            ';' if depth == 0 => return Some(start + at + 1),
            _ => {}
        }
        // The end of a list that the item was part of, such as a type's parameters.
        if depth < 0 {
            return None;
        }
    }
    None
}

fn without(code: &str, parts: &[Range<usize>]) -> String {
    let is_out = |at: usize| parts.iter().any(|part| part.contains(&at));
    code.char_indices().map(|(at, c)| if is_out(at) && c != '\n' { ' ' } else { c }).collect()
}

/// The crate's modules that are named, with their lines.
fn uses(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for start in ["crate", "wrapup"] {
        for at in words(code, start) {
            let Some(rest) = code[at + start.len()..].strip_prefix("::") else { continue };
            let line = line_of(code, at);
            match rest.strip_prefix('{') {
                None => found.push((line, first_word(rest))),
                Some(group) => found.extend(members(group).into_iter().map(|member| (line, first_word(member)))),
            }
        }
    }
    found
}

/// The members of a `use` group, whose opening brace has been read.
fn members(group: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(group[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

fn first_word(text: &str) -> &str {
    text.split(|c| !is_word(c)).next().unwrap_or_default()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn positions<'a>(text: &'a str, part: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(part).map(|(at, _)| at)
}

fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    positions(text, word)
        .filter(move |at| !text[..*at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word))
}

fn line_of(text: &str, at: usize) -> usize {
    lines_in(&text[..at]) + 1
}

fn lines_in(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

fn rank_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// `src/chat/fold/mod.rs` belongs to `chat`, `src/time.rs` to `time`.
fn module_of(path: &str) -> &str {
    first_word(path.strip_prefix("src/").unwrap_or(path))
}

/// How many `super` lead from the file to the crate's root.
fn depth_of(path: &str) -> usize {
    path.matches('/').count() - usize::from(path.ends_with("/mod.rs"))
}

/// The dependencies of a manifest by the names they have in code, those for building and testing left out.
fn dependencies(manifest: &str) -> Vec<String> {
    let section = manifest.split("\n[").find_map(|section| section.strip_prefix("dependencies]"));
    let names = section.unwrap_or_default().lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    names.filter(|name| !name.starts_with('#')).map(|name| name.replace('-', "_")).collect()
}

/// Files that are nothing but tests: those of `tests/`, and those declared under `#[cfg(test)]`.
fn test_files(sources: &[(String, String)]) -> BTreeSet<String> {
    let mut found: BTreeSet<String> =
        sources.iter().filter(|(path, _)| path.starts_with("tests/")).map(|(path, _)| path.clone()).collect();
    for (path, text) in sources {
        let code = code_of(text);
        let folder = path.strip_suffix("mod.rs").map_or_else(|| path.replace(".rs", "/"), str::to_owned);
        for part in test_parts(&code) {
            let item = &code[part];
            let Some(at) = words(item, "mod").next().filter(|_| item.ends_with(';')) else { continue };
            let name = first_word(item[at + 3..].trim_start());
            let below = format!("{folder}{name}/");
            found.insert(format!("{folder}{name}.rs"));
            found.extend(sources.iter().map(|(path, _)| path).filter(|path| path.starts_with(&below)).cloned());
        }
    }
    found
}

// ----------------------------------------------------------------------------------------------------- reading pages

/// The page with its fenced code and inline code blanked out.
fn without_fences(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        let is_fence = line.trim_start().starts_with("```");
        let mut quoted = fenced || is_fence;
        page.extend(line.chars().map(|c| {
            quoted ^= c == '`' && !fenced && !is_fence;
            if quoted && c != '\n' { ' ' } else { c }
        }));
        fenced ^= is_fence;
    }
    page
}

/// The anchors of a page's headings.
fn headings(page: &str) -> BTreeSet<String> {
    let titles = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: char| is_word(c) || c == '-' || c == ' ';
    titles
        .map(|title| title.to_lowercase().chars().filter(|c| kept(*c)).collect::<String>().replace(' ', "-"))
        .collect()
}

/// A link's target as a path from the repository.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

// ----------------------------------------------------------------------------------------------------- reading files

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path} cannot be read: {error}"))
}

fn rust_files() -> Vec<(String, String)> {
    ["build.rs", "src", "tests", "benches"].iter().flat_map(|place| files_under(place, "rs")).collect()
}

/// The text files of a folder, or the one file, with their paths from the repository; only those whose name ends in
/// `extension`. What is not there gives none, what is no text is left out.
fn files_under(place: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(place)];
    while let Some(path) = open.pop() {
        if let Ok(entries) = fs::read_dir(&path) {
            let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
            entries.sort();
            open.extend(entries.into_iter().rev());
        } else if path.to_string_lossy().ends_with(extension)
            && let Ok(text) = fs::read_to_string(&path)
        {
            let path = path.strip_prefix(root()).expect("below the repository").to_string_lossy().into_owned();
            found.push((path, text));
        }
    }
    found
}

// ----------------------------------------------------------------------------------- the checkers find what they seek

/// The lines in which something was found.
fn lines(found: &[String]) -> Vec<usize> {
    found.iter().map(|message| message.split(':').nth(1).and_then(|line| line.parse().ok()).unwrap_or(0)).collect()
}

#[test]
fn a_use_of_what_stands_further_on_is_found() {
    let fold = |text| lines(&uses_upwards("src/chat/fold/mod.rs", text));
    assert_eq!(fold("use crate::event::Event;\nuse crate::chat::Fold;\nuse super::journal::Journal;"), [0; 0]);
    assert_eq!(fold("use crate::time::Span;\nuse crate::log::Batch;"), [2]);
    assert_eq!(fold("use crate::{\n  time::{Span, Timestamp}, record::{self, Content}};"), [1]);
    assert_eq!(fold("fn f(x: &crate::engine::Worker) {}"), [1]);
    assert_eq!(fold("// crate::engine::Worker\nlet s = \"crate::engine\";"), [0; 0]);
    assert_eq!(fold("use super::super::engine;"), [1]);
    assert_eq!(lines(&uses_upwards("src/event/mod.rs", "use crate::calendar::Hours;")), [1], "beside is not before");
    assert_eq!(lines(&uses_upwards("src/engine/task.rs", "\nuse crate::config::Config;")), [2], "refused by name");
    assert_eq!(lines(&uses_upwards("src/main.rs", "use wrapup::command::Cli;")), [0; 0]);
    assert_eq!(lines(&uses_upwards("src/lib.rs", "pub mod engine;")), [0; 0]);
}

#[test]
fn a_super_that_leaves_the_module_is_found_and_one_in_tests_is_not() {
    let clock = |text| lines(&uses_upwards("src/clock.rs", text));
    assert_eq!(clock("use super::engine::Worker;"), [1]);
    assert_eq!(clock("#[cfg(test)]\nmod tests {\n    use super::*;\n}"), [0; 0]);
}

#[test]
fn a_dependency_out_of_its_place_is_found() {
    assert_eq!(lines(&crates_out_of_place("src/log/kafka/mod.rs", "use rdkafka::Message;")), [0; 0]);
    assert_eq!(lines(&crates_out_of_place("src/log/mod.rs", "\nuse rdkafka::Message;")), [2]);
    assert_eq!(lines(&crates_out_of_place("src/store/mod.rs", "fn f() -> ::rocksdb::DB {}")), [0; 0]);
    assert_eq!(lines(&crates_out_of_place("src/chat/mod.rs", "tracing::info!(\"x\");")), [1]);
    assert_eq!(lines(&crates_out_of_place("src/chat/mod.rs", "chat::metrics::row(); // tracing::info")), [0; 0]);
    let manifest = "[package]\nname = \"x\"\n\n[dependencies]\n# why\nserde-json = \"1\"\n\nclap = { version = \"4\" }\n\n[dev-dependencies]\nproptest = \"1\"\n";
    assert_eq!(dependencies(manifest), ["serde_json", "clap"]);
}

#[test]
fn a_dependency_without_a_reason_is_found() {
    let manifest = "[package]\n\n[dependencies]\na-b = \"1\"\nc = \"1\"\n\n[profile]\n";
    let page = "| Dependency | Why |\n| --- | --- |\n| `a-b` | for something useful |\n| `d` | for something else |\n\n| `c` | too far down |";
    let found = missing_reasons(manifest, page);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("why there is c") && found[1].contains("d is no dependency"), "{found:?}");
}

#[test]
fn a_reading_of_the_clock_is_found() {
    assert_eq!(lines(&clock_readings("src/x.rs", "use std::time::Duration;\nlet t = Instant::now();")), [2]);
    assert_eq!(lines(&clock_readings("src/x.rs", "struct Instants; // an Instant")), [0; 0]);
}

#[test]
fn a_file_without_its_sentence_is_found() {
    assert!(missing_header("a.rs", "//! What it is.\n").is_none());
    for text in ["", "//!\n//! What it is.", "// What it is.", "use x;\n//! Late."] {
        assert!(missing_header("a.rs", text).is_some(), "{text:?}");
    }
}

#[test]
fn a_file_is_measured_without_its_tests() {
    let short = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x;\n".repeat(499), "y;\n".repeat(300));
    assert_eq!(long_file("a.rs", &short), None);
    assert!(long_file("a.rs", &"x;\n".repeat(501)).is_some_and(|message| message.contains("501 lines")));
    let source = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let sources = [
        source("src/a/mod.rs", "mod b;\n#[cfg(test)]\npub(crate) mod script;\n#[cfg(test)]\nmod tests;"),
        source("src/a/tests/order.rs", ""),
        source("tests/x.rs", ""),
    ];
    let expected = ["src/a/script.rs", "src/a/tests.rs", "src/a/tests/order.rs", "tests/x.rs"];
    assert!(test_files(&sources).iter().eq(expected));
}

#[test]
fn a_long_function_is_found_wherever_it_ends() {
    let function = |lines: usize| {
        format!("struct S;\nimpl S {{\n    fn f(&self, x: [u8; 3]) {{\n{}    }}\n}}\n", "x; // }\n".repeat(lines - 2))
    };
    assert_eq!(long_functions("a.rs", &function(70)), [""; 0]);
    assert_eq!(lines(&long_functions("a.rs", &function(71))), [3]);
    let declared = format!("trait T {{\n    fn f(&self);\n}}\n{}type F = fn(u8) -> u8;\n", "x;\n".repeat(90));
    assert_eq!(long_functions("a.rs", &declared), [""; 0]);
}

#[test]
fn what_is_unfinished_is_found() {
    let found = |text: &str| lines(&unfinished("a.rs", text));
    for word in ["todo!()", "unimplemented!()", "dbg!(x)", "#[ignore]", "#[ignore = \"slow\"]", "unsafe { x }"] {
        assert_eq!(found(&format!("fn f() {{}}\n{word}")), [2], "{word}");
    }
    assert_eq!(found(&format!("// {}{}: later", "TO", "DO")), [1]);
    assert_eq!(lines(&unfinished(UNSAFE.0, "unsafe { x }\ntodo!()")), [2]);
    assert_eq!(found("// a todo!() in words, \"dbg!\"\nlet s = \"unimplemented!\"; my_dbg!(x);"), [0; 0]);
}

#[test]
fn a_path_of_a_machine_is_found() {
    let found = |folder: &str| lines(&machine_paths("a.md", &format!("x\nsee /{folder}x.log")));
    for folder in ["work/", "root/", "home/", "Users/"] {
        assert_eq!(found(folder), [2], "{folder}");
    }
    assert_eq!(found("var/lib/wrapup/"), [0; 0]);
    assert_eq!(lines(&machine_paths("a.md", &format!("$HOME/{0} ~/{0} net/{0}", "work/"))), [0; 0]);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let load = |path: &str| (path == "docs/A.md").then(|| "# One\n## `Two`, three\n".to_owned());
    let found = |text: &str| lines(&dead_links("docs/B.md", text, &load));
    assert_eq!(found("[a](A.md) [b](A.md#two-three) [c](../docs/A.md) [d](https://example.org/x) [e](../src)"), [0; 0]);
    assert_eq!(found("x\n[a](C.md)\n[b](A.md#four)\n[c](../A.md)"), [2, 3, 4]);
    assert_eq!(found("`[a](C.md)`\n```text\n[a](C.md)\n```\n"), [0; 0]);
}

#[test]
fn an_exit_code_that_is_not_in_the_page_is_found() {
    let table = "codes! {\n    Ok 0 \"done\";\n    Failure 1 \"failed\";\n}";
    assert_eq!(missing_codes(table, "| 0 | done |\n| 1 | failed |"), [""; 0]);
    assert_eq!(missing_codes(table, "| 0 | done |\n| 1 | else |").len(), 1);
}

#[test]
fn comments_and_literals_are_no_code() {
    let source =
        "a /* b /* c */ d */ e // f\n\"g\\\"h\" 'i' '\\'' 'j r\"k\\\" l r#\"m\"n\"# o br\"p\" r#q 'é' \"s\nt\" u";
    let code = code_of(source);
    assert_eq!(code.len(), source.len());
    let left: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(left, ["a", "e", "'j", "l", "o", "r#q", "u"]);
    assert_eq!(lines_in(&code), lines_in(source));
}
