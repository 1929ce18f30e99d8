//! The enumerations of the event tables: their words in JSON and their numbers in storage.

/// Declares enumerations: each variant has its word in JSON and its number in storage, which is never reused.
macro_rules! tokens {
    ($($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal $text:literal,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$variant_meta])* #[doc = concat!("`", $text, "`")] $variant = $code,)*
        }

        impl $name {
            /// Every value, as the specification lists them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word of each, in the same order.
            pub const WORDS: &[&str] = &[$($text),*];

            /// The word the specification uses.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }

            /// The value that `text` names, to the letter.
            pub fn from_text(text: &str) -> Option<Self> {
                match text {
                    $($text => Some($name::$variant),)*
                    _ => None,
                }
            }

            /// The number it is stored under.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// The value stored under `code`.
            pub const fn from_code(code: u32) -> Option<Self> {
                match code {
                    $($code => Some($name::$variant),)*
                    _ => None,
                }
            }
        }

        super::value::impl_token_value!($name);
    )*};
}

tokens! {
    /// Who began the chat, or the call.
    pub enum Direction {
        Inbound = 1 "INBOUND",
        Outbound = 2 "OUTBOUND",
    }

    /// The medium of a chat.
    pub enum MediumType {
        Native = 1 "native",
        App = 2 "app",
        Email = 3 "email",
        Phone = 4 "phone",
    }

    /// Whether the chat is a conversation in real time.
    pub enum SyncMode {
        Sync = 1 "sync",
        Async = 2 "async",
    }

    /// The priority of a chat (not of a queue entry, which is a number).
    pub enum Priority {
        High = 1 "high",
        Medium = 2 "medium",
        Low = 3 "low",
    }

    /// What kind of call a meet is.
    pub enum MeetType {
        Phone = 1 "phone",
        Video = 2 "video",
        Voice = 3 "voice",
    }

    /// Who opened the chat.
    pub enum OpenedBy {
        User = 1 "user",
        Workflow = 2 "workflow",
        Manager = 3 "manager",
        Alf = 4 "alf",
    }

    /// The step a transfer has reached.
    pub enum TransferStatus {
        Transferring = 1 "transferring",
        Transferred = 2 "transferred",
        Failed = 3 "failed",
    }

    /// The state of a chat's goal.
    pub enum GoalState {
        Waiting = 1 "waiting",
        NotAchieved = 2 "notAchieved",
        Achieved = 3 "achieved",
    }

    /// Whether the call may be recorded.
    pub enum RecordingPermission {
        Granted = 1 "granted",
        Denied = 2 "denied",
        NotAsked = 3 "not_asked",
    }

    /// What kind of media was added.
    pub enum MediaKind {
        Photo = 1 "photo",
        Video = 2 "video",
    }

    /// What a smart action asked of the customer.
    pub enum SmartActionKind {
        Verification = 1 "verification",
        Photo = 2 "photo",
        Video = 3 "video",
        Text = 4 "text",
    }

    /// How an in-call text travelled.
    pub enum InCallChannel {
        Sms = 1 "sms",
        Mms = 2 "mms",
        Whatsapp = 3 "whatsapp",
    }

    /// How a chat is offered to a group of agents.
    pub enum OfferType {
        Cascade = 1 "cascade",
        Direct = 2 "direct",
    }

    /// Who takes part.
    pub enum ParticipantType {
        Agent = 1 "agent",
        EndUser = 2 "end_user",
        ThirdParty = 3 "third_party",
        VirtualAgent = 4 "virtual_agent",
    }

    /// Why a chat was missed.
    pub enum MissedReason {
        NotInOperation = 1 "notInOperation",
        NoOperator = 2 "noOperator",
        AbandonedInQueue = 3 "abandonedInQueue",
        RingTimeOver = 4 "ringTimeOver",
        UserLeft = 5 "userLeft",
        ExceededQueue = 6 "exceededQueue",
        Workflow = 7 "workflow",
    }

    /// Who closed the chat.
    pub enum ClosedBy {
        Manager = 1 "manager",
        User = 2 "user",
        Workflow = 3 "workflow",
        System = 4 "system",
    }

    /// How the chat ended.
    pub enum CloseStatus {
        Finished = 1 "finished",
        Failed = 2 "failed",
        Canceled = 3 "canceled",
        NoResponse = 4 "no_response",
    }

    /// How a queue segment ended.
    pub enum QueueOutcome {
        Answered = 1 "answered",
        Abandoned = 2 "abandoned",
        Timeout = 3 "timeout",
        Overflow = 4 "overflow",
        Transferred = 5 "transferred",
        Deflected = 6 "deflected",
    }

    /// Who sent a message.
    pub enum PersonType {
        User = 1 "user",
        Manager = 2 "manager",
        Bot = 3 "bot",
    }
}

/// The documented defaults (`events.md`), for members of the form `OrDefault<…>`.
macro_rules! defaults {
    ($($name:ident $variant:ident;)*) => {$(
        impl Default for $name {
            fn default() -> Self {
                $name::$variant
            }
        }
    )*};
}
defaults! {
    Direction Inbound;
    MediumType Native;
    CloseStatus Finished;
}
