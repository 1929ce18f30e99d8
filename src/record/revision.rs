//! What tells one revision of a record from another: its number, why there is one, what it changes, when it was due.

use super::SCHEMA_VERSION;
use crate::chat::metric::{Unit, Value};
use crate::time::Timestamp;

/// What of a record is not its content (`finalization.md`, When a record is final).
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// 1, 2, 3 … per chat.
    pub revision: u32,
    /// The previous revision.
    pub supersedes: Option<u32>,
    /// Why there is this one.
    pub reason: Reason,
    /// The names of the fields that differ from the previous revision, in the order of the record; empty for the first.
    pub changed: Vec<String>,
    /// The due time.
    pub finalized_at: Timestamp,
}

macro_rules! reasons {
    ($($variant:ident $code:literal $text:literal: $doc:literal;)*) => {
        /// Why there is a revision (`finalization.md`, When a record is final).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $(#[doc = concat!("`", $text, "`: ", $doc)] $variant,)*
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &[Reason] = &[$(Reason::$variant),*];

            /// The word of each, in the same order.
            pub const NAMES: &[&str] = &[$($text),*];

            /// The word in the record.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Reason::$variant => $text,)*
                }
            }

            /// The number it is stored under: given once, never reused.
            pub const fn code(self) -> u32 {
                match self {
                    $(Reason::$variant => $code,)*
                }
            }

            /// The reason stored under `code`; none if a newer version gave that number.
            pub const fn from_code(code: u32) -> Option<Reason> {
                match code {
                    $($code => Some(Reason::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
reasons! {
    SessionEnd 1 "session_end": "the first record, at the session's end.";
    Reopened 2 "reopened": "the chat was reopened since.";
    LateEvent 3 "late_event": "an event came that is timed before the end.";
    PostSessionEvent 4 "post_session_event": "an event came that is timed after the end.";
    AlfEnd 5 "alf_end": "the AI assistant's part ended by silence.";
    OperatingHoursChanged 6 "operating_hours_changed": "the channel's document changed.";
    DefinitionChanged 7 "definition_changed": "the program has newer definitions.";
    Expired 8 "expired": "nothing happened for too long in a chat that had not ended.";
}

/// A member of the record that is not content.
pub(super) struct RevisionMember {
    /// The content's key it stands behind.
    pub behind: &'static str,
    /// Its protobuf field number: given once, never reused, above those of metrics.
    pub code: u32,
    pub key: &'static str,
    pub unit: Unit,
    pub doc: &'static str,
    pub value: for<'a> fn(&'a Revision) -> Value<'a>,
}

/// The members of the record that are not content, in order.
pub(super) const REVISION_MEMBERS: &[RevisionMember] = &[
    RevisionMember {
        behind: "channelId",
        code: 2001,
        key: "schemaVersion",
        unit: Unit::Count,
        doc: "version of these definitions",
        value: |_| SCHEMA_VERSION.into(),
    },
    RevisionMember {
        behind: "channelId",
        code: 2002,
        key: "revision",
        unit: Unit::Count,
        doc: "1, 2, 3 … per chat",
        value: |revision| revision.revision.into(),
    },
    RevisionMember {
        behind: "channelId",
        code: 2003,
        key: "supersedes",
        unit: Unit::Count,
        doc: "the previous revision",
        value: |revision| revision.supersedes.into(),
    },
    RevisionMember {
        behind: "channelId",
        code: 2004,
        key: "reason",
        unit: Unit::Text,
        doc: "why there is this revision",
        value: |revision| revision.reason.as_str().into(),
    },
    RevisionMember {
        behind: "channelId",
        code: 2005,
        key: "changed",
        unit: Unit::Texts,
        doc: "the fields that differ from the previous revision",
        value: |revision| revision.changed.iter().map(|name| &**name).collect::<Vec<_>>().into(),
    },
    RevisionMember {
        behind: "endedAt",
        code: 2006,
        key: "finalizedAt",
        unit: Unit::Time,
        doc: "the due time",
        value: |revision| revision.finalized_at.into(),
    },
];
