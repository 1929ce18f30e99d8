//! Why an event, or a directory document, goes to the dead letters.

use std::fmt;

macro_rules! reasons {
    ($($(#[$meta:meta])* $reason:ident $text:literal,)*) => {
        /// The reasons of the dead letters, in the order in which an event is checked: the first one counts
        /// (`events.md`, Envelope).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Reason {
            $($(#[$meta])* $reason,)*
        }

        impl Reason {
            /// Every reason, in the order of the checks.
            pub const ALL: &[Reason] = &[$(Reason::$reason),*];

            /// The name of each, in the order of the checks.
            pub const NAMES: &[&str] = &[$($text),*];

            /// Its name in dead letters and telemetry.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Reason::$reason => $text,)*
                }
            }
        }
    };
}
reasons! {
    /// The key is absent or empty; in a file: the subject.
    NoKey "no_key",
    /// The key does not hash to its partition.
    Misrouted "misrouted",
    /// A line of a file above 16 MiB.
    TooLarge "too_large",
    /// Not UTF-8, or not JSON.
    Unparsable "unparsable",
    /// A required attribute is missing or wrong.
    InvalidEnvelope "invalid_envelope",
    /// The subject is not the key.
    SubjectMismatch "subject_mismatch",
    /// A type of the agent events on a chat topic, or the other way round.
    WrongTopic "wrong_topic",
    /// Before the year 2000.
    TimeTooOld "time_too_old",
    /// More than 24 h ahead of the message's Kafka timestamp, or of the processor's clock.
    TimeInFuture "time_in_future",
    /// A member of `data` is missing or wrong.
    InvalidData "invalid_data",
    /// The chat's state has already been deleted.
    ChatExpired "chat_expired",
    /// The chat already has as many events as it may have.
    ChatTooLarge "chat_too_large",
    /// Made its transaction fail again and again.
    Unprocessable "unprocessable",
    /// A directory document that cannot be used.
    InvalidDirectory "invalid_directory",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an event was not accepted. The detail names attributes and members, but never holds a value of the event, for
/// values may be personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The first reason that applies.
    pub reason: Reason,
    /// What exactly is wrong, for people: at most [`Rejection::DETAIL_MAX`] bytes.
    pub detail: String,
}

impl Rejection {
    /// The longest detail, in bytes. It is a header of the dead letter, which may be 64 KiB larger than what it buries
    /// (`engine.md`, Commit protocol): a detail without bound would make a letter that no topic takes.
    pub const DETAIL_MAX: usize = 1_000;

    /// A rejection; `detail` must not hold a value of the event. One that is too long is cut short.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if detail.len() > Rejection::DETAIL_MAX {
            let room = Rejection::DETAIL_MAX - "…".len();
            let end = (0..=room).rfind(|at| detail.is_char_boundary(*at)).unwrap_or(0);
            detail.truncate(end);
            detail.push('…');
        }
        Rejection { reason, detail }
    }
}
