//! The loop: an input is taken from the corpus, changed and checked; one that shows something new joins the corpus.

use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::allocator::Cost;
use super::dice::Dice;

/// So many inputs are kept of a target; further ones replace others.
const CORPUS_MAX: usize = 3_000;
/// Up to so many bytes an input replaces any other.
const SHORT: usize = 600;
/// After so many inputs the state of a long run is written.
const BATCH: u64 = 20_000;

/// What a check has seen of an input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Inputs that show the same behaviour have the same.
    pub signature: u64,
    /// Whether the code under test took the input.
    pub accepted: bool,
    /// What reading it cost.
    pub cost: Cost,
}

/// Something that reads bytes from outside.
pub trait Target {
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// What is checked, for the report.
    fn about(&self) -> &'static str;
    /// Inputs to begin with.
    fn seeds(&self) -> Vec<Vec<u8>>;
    /// A new input; `corpus` is not empty.
    fn mutated(&self, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8>;
    /// Panics where the input shows a defect.
    fn check(&self, input: &[u8]) -> Seen;
}

/// The figures of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub inputs: u64,
    pub accepted: u64,
    pub kept: usize,
    /// The most that reading an input took, in allocations and bytes per byte of input and in bytes held at once.
    pub allocations_per_byte: f64,
    pub bytes_per_byte: f64,
    pub peak: u64,
}

/// A target with its corpus.
pub struct Run<'t> {
    target: &'t dyn Target,
    corpus: Vec<Vec<u8>>,
    /// The places in the corpus whose inputs are not yet in the folder.
    unsaved: BTreeSet<usize>,
    signatures: HashSet<u64>,
    pub figures: Figures,
    /// Where corpus and state are kept.
    folder: Option<PathBuf>,
}

impl<'t> Run<'t> {
    /// Begins with the seeds, and in a folder goes on where the last run there ended.
    pub fn new(target: &'t dyn Target, folder: Option<&Path>) -> Run<'t> {
        let folder = folder.map(|folder| folder.join(target.name()));
        let mut run = Run {
            target,
            corpus: Vec::new(),
            unsaved: BTreeSet::new(),
            signatures: HashSet::new(),
            figures: Figures::default(),
            folder,
        };
        let mut inputs = target.seeds();
        if let Some(folder) = &run.folder {
            std::fs::create_dir_all(folder).expect("a folder that can be written");
            inputs.extend(corpus_in(folder));
        }
        inputs.into_iter().for_each(|input| run.take(input));
        run.figures = run.resumed();
        run
    }

    /// Checks so many new inputs.
    pub fn go(&mut self, inputs: u64) {
        let until = self.figures.inputs + inputs;
        while self.figures.inputs < until {
            // Batches begin anew from their number, so that a run that was broken off is repeated from its last batch.
            let mut dice = Dice::new(xxh3_64(self.target.name().as_bytes()) ^ self.figures.inputs);
            for _ in 0..BATCH.min(until - self.figures.inputs) {
                let input = self.target.mutated(&self.corpus, &mut dice);
                self.take(input);
            }
            self.save();
        }
        self.figures.kept = self.corpus.len();
    }

    fn take(&mut self, input: Vec<u8>) {
        let seen = catch_unwind(AssertUnwindSafe(|| self.target.check(&input))).unwrap_or_else(|panic| {
            self.show(&input);
            resume_unwind(panic)
        });
        let (figures, len) = (&mut self.figures, input.len().max(64) as f64);
        figures.inputs += 1;
        figures.accepted += u64::from(seen.accepted);
        figures.allocations_per_byte = figures.allocations_per_byte.max(seen.cost.allocations as f64 / len);
        figures.bytes_per_byte = figures.bytes_per_byte.max(seen.cost.bytes as f64 / len);
        figures.peak = figures.peak.max(seen.cost.peak);
        if self.signatures.insert(seen.signature) {
            let at = self.corpus.len();
            if at < CORPUS_MAX {
                self.corpus.push(input);
                self.unsaved.insert(at);
            } else {
                // Mutation makes inputs longer rather than shorter: without a bound they would all be as long as can be.
                let at = (seen.signature % CORPUS_MAX as u64) as usize;
                if input.len() <= self.corpus[at].len().max(SHORT) {
                    self.corpus[at] = input;
                    self.unsaved.insert(at);
                }
            }
        }
    }

    /// Tells which input it was, as a text that a test can be made of.
    fn show(&self, input: &[u8]) {
        eprintln!("fuzz {}: this input fails: b\"{}\"", self.target.name(), input.escape_ascii());
        if let Some(folder) = &self.folder {
            let file = folder.join(format!("failed-{:016x}", xxh3_64(input)));
            if std::fs::write(&file, input).is_ok() {
                eprintln!("it is kept in {}", file.display());
            }
        }
    }

    fn save(&mut self) {
        let Some(folder) = &self.folder else { return };
        // By place, so that one that is replaced goes from the folder too.
        for at in std::mem::take(&mut self.unsaved) {
            std::fs::write(folder.join(format!("input-{at:04}")), &self.corpus[at]).expect("the corpus can be written");
        }
        let Figures { inputs, accepted, allocations_per_byte, bytes_per_byte, peak, .. } = self.figures;
        let state = format!("{inputs} {accepted} {allocations_per_byte} {bytes_per_byte} {peak}\n");
        std::fs::write(folder.join("figures"), state).expect("the figures can be written");
    }

    /// The figures of the runs before.
    fn resumed(&self) -> Figures {
        let text = self.folder.as_ref().and_then(|folder| std::fs::read_to_string(folder.join("figures")).ok());
        let Some(text) = text else { return self.figures };
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [inputs, accepted, allocations_per_byte, bytes_per_byte, peak] = numbers[..] else { return self.figures };
        let (inputs, accepted, peak) = (inputs as u64, accepted as u64, peak as u64);
        Figures { inputs, accepted, kept: self.corpus.len(), allocations_per_byte, bytes_per_byte, peak }
    }
}

/// The inputs that earlier runs have kept.
fn corpus_in(folder: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let is_input = |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("input-"));
    files.into_iter().filter(is_input).take(CORPUS_MAX).filter_map(|file| std::fs::read(file).ok()).collect()
}

/// The report of a run, a section of Markdown.
pub fn report(runs: &[(&dyn Target, Figures)]) -> String {
    let mut out =
        String::from("| what reads | inputs | taken | kept | allocations per byte | bytes per byte | most held |\n");
    out.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    let mut total = 0;
    for (target, figures) in runs {
        total += figures.inputs;
        out.push_str(&format!(
            "| `{}`: {} | {} | {:.0} % | {} | {:.1} | {:.0} | {} KiB |\n",
            target.name(),
            target.about(),
            thousands(figures.inputs),
            100.0 * figures.accepted as f64 / figures.inputs.max(1) as f64,
            thousands(figures.kept as u64),
            figures.allocations_per_byte,
            figures.bytes_per_byte,
            figures.peak / 1_024,
        ));
    }
    out.push_str(&format!(
        "\n{} inputs. Costs are the most that reading one input took; inputs below 64 bytes count as 64. `kept`: inputs that \
         showed something new, from which the next run goes on.\n",
        thousands(total)
    ));
    out
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}
