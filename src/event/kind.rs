//! The event types, in canonical rank order, with the numbers they are stored under.

/// Calls `$then!` with the table of all event types, in the order of their ranks (`events.md`, Order).
///
/// A row is: the variant, its storage code, the `type` attribute, the struct that holds its `data`.
/// Rows may be inserted anywhere (ranks are never stored); a code once given stays with its type for ever.
macro_rules! event_table {
    ($then:ident) => {
        $then! {
            ChatCreated 1 "chat.created" Box<ChatCreated>;
            MeetStarted 2 "meet.started" Box<MeetStarted>;
            ChatWorkflowStarted 3 "chat.workflow_started" Workflow;
            ChatWorkflowEnded 4 "chat.workflow_ended" Workflow;
            VaAssigned 5 "va.assigned" VaAssigned;
            VaConnected 6 "va.connected" VaConnected;
            ChatAlfStarted 7 "chat.alf_started" Nothing;
            QueueEntered 8 "queue.entered" Box<QueueEntered>;
            QueueLeft 9 "queue.left" QueueLeft;
            ChatOpened 10 "chat.opened" ChatOpened;
            VaEscalated 11 "va.escalated" Box<VaEscalated>;
            VaEnded 12 "va.ended" VaEnded;
            ChatAlfEnded 13 "chat.alf_ended" Nothing;
            ChatAlfScored 14 "chat.alf_scored" ChatAlfScored;
            ChatTeamAssigned 15 "chat.team_assigned" ChatTeamAssigned;
            ChatUnassigned 16 "chat.unassigned" Nothing;
            ChatAssigned 17 "chat.assigned" Box<ChatAssigned>;
            AgentConnected 18 "agent.connected" Box<AgentConnected>;
            MeetEngaged 19 "meet.engaged" MeetEngaged;
            MessageSent 20 "message.sent" MessageSent;
            AgentHeld 21 "agent.held" Agent;
            AgentResumed 22 "agent.resumed" Agent;
            ChatTransferred 23 "chat.transferred" Box<ChatTransferred>;
            ChatFollowersSet 24 "chat.followers_set" ChatFollowersSet;
            ChatTagged 25 "chat.tagged" ChatTagged;
            ChatUpdated 26 "chat.updated" Box<ChatUpdated>;
            ChatGoalSet 27 "chat.goal_set" ChatGoalSet;
            ChatProfileSet 28 "chat.profile_set" ChatProfileSet;
            ChatCsatRequested 29 "chat.csat_requested" Nothing;
            ChatCsatSubmitted 30 "chat.csat_submitted" ChatCsatSubmitted;
            ChatFeedback 31 "chat.feedback" ChatFeedback;
            ChatTicketLinked 32 "chat.ticket_linked" ChatTicketLinked;
            ChatRecordingSet 33 "chat.recording_set" ChatRecordingSet;
            ChatMediaAdded 34 "chat.media_added" Box<ChatMediaAdded>;
            ChatSmartAction 35 "chat.smart_action" ChatSmartAction;
            ChatInCallMessage 36 "chat.in_call_message" ChatInCallMessage;
            ChatOffered 37 "chat.offered" ChatOffered;
            ParticipantJoined 38 "participant.joined" Box<Participant>;
            ParticipantLeft 39 "participant.left" Box<Participant>;
            ChatSnoozed 40 "chat.snoozed" ChatSnoozed;
            ChatMissed 41 "chat.missed" ChatMissed;
            MeetEnded 42 "meet.ended" MeetEnded;
            AgentDisconnected 43 "agent.disconnected" AgentDisconnected;
            ChatClosed 44 "chat.closed" Box<ChatClosed>;
            AgentWrapUpStarted 45 "agent.wrap_up_started" Agent;
            AgentWrapUpEnded 46 "agent.wrap_up_ended" Agent;
            ChatDispositionSet 47 "chat.disposition_set" ChatDispositionSet;
        }
    };
}
pub(super) use event_table;

macro_rules! kinds {
    ($($kind:ident $code:literal $text:literal $data:ty;)*) => {
        /// An event's type. The order of the variants is the rank of the types (`events.md`, Order).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = concat!("`", $text, "`")] $kind,)*
        }

        impl Kind {
            /// Every type, by rank.
            pub const ALL: &[Kind] = &[$(Kind::$kind),*];

            /// The `type` attribute of each, by rank.
            pub const NAMES: &[&str] = &[$($text),*];

            /// The type that the `type` attribute names; `None`: unknown, to be ignored (`events.md`, Envelope).
            pub fn from_type(text: &str) -> Option<Kind> {
                match text {
                    $($text => Some(Kind::$kind),)*
                    _ => None,
                }
            }

            /// The `type` attribute.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Kind::$kind => $text,)*
                }
            }

            /// The number under which journals keep this type: unlike the rank it never changes.
            pub const fn code(self) -> u32 {
                match self {
                    $(Kind::$kind => $code,)*
                }
            }

            /// The type kept under `code`; `None` if a newer version gave that number.
            pub const fn from_code(code: u32) -> Option<Kind> {
                match code {
                    $($code => Some(Kind::$kind),)*
                    _ => None,
                }
            }
        }
    };
}
event_table!(kinds);
