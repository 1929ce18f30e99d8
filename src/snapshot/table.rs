//! What a snapshot counts and measures, by name and stored number, in the order of the record's keys
//! (`snapshots.md`, Counts, Distributions, Live).

use crate::event::{MissedReason, PersonType, QueueOutcome};

/// Makes an enumeration of `Variant code "name";` in the order of the record. Codes are given once, never reused.
macro_rules! table {
    ($(#[$meta:meta])* $enum:ident { $($variant:ident $code:literal $name:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $enum {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl $enum {
            /// All of them, in the order of the record.
            pub const ALL: &[$enum] = &[$($enum::$variant),*];

            /// Its path in the record: the names on the way to it, with `.` between.
            pub const fn path(self) -> &'static str {
                match self {
                    $($enum::$variant => $name,)*
                }
            }

            /// The number it is stored under.
            pub const fn code(self) -> u32 {
                match self {
                    $($enum::$variant => $code,)*
                }
            }

            /// The one stored under `code`; none if a newer version gave that number.
            pub const fn from_code(code: u32) -> Option<$enum> {
                match code {
                    $($code => Some($enum::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

table! {
    /// What is counted at moments (`snapshots.md`, Counts).
    Counter {
        Created 1 "counts.created";
        Opened 2 "counts.opened";
        Reopened 3 "counts.reopened";
        Closed 4 "counts.closed";
        Missed 5 "counts.missed";
        Reassigned 6 "counts.reassigned";
        Transferred 7 "counts.transferred";
        Replies 8 "counts.replies";
        MissedNotInOperation 9 "missedByReason.notInOperation";
        MissedNoOperator 10 "missedByReason.noOperator";
        MissedAbandonedInQueue 11 "missedByReason.abandonedInQueue";
        MissedRingTimeOver 12 "missedByReason.ringTimeOver";
        MissedUserLeft 13 "missedByReason.userLeft";
        MissedExceededQueue 14 "missedByReason.exceededQueue";
        MissedWorkflow 15 "missedByReason.workflow";
        MessagesUser 16 "messages.user";
        MessagesManager 17 "messages.manager";
        MessagesBot 18 "messages.bot";
        CsatCount 19 "csat.count";
        CsatSum 20 "csat.sum";
        CsatScore1 21 "csat.score1";
        CsatScore2 22 "csat.score2";
        CsatScore3 23 "csat.score3";
        CsatScore4 24 "csat.score4";
        CsatScore5 25 "csat.score5";
        QueueQueued 26 "queue.queued";
        QueueLeft 27 "queue.left";
        QueueAnswered 28 "queue.answered";
        QueueAbandoned 29 "queue.abandoned";
        QueueShortAbandoned 30 "queue.shortAbandoned";
        QueueTimeout 31 "queue.timeout";
        QueueOverflow 32 "queue.overflow";
        QueueTransferred 33 "queue.transferred";
        QueueDeflected 34 "queue.deflected";
        InSla 35 "serviceLevel.inSla";
        NotInSla 36 "serviceLevel.notInSla";
        Excluded 37 "serviceLevel.excluded";
        NoPolicy 38 "serviceLevel.noPolicy";
    }
}

table! {
    /// What is measured at moments, each with its twin behind it (`snapshots.md`, Distributions).
    Distribution {
        FirstQueueTime 1 "distributions.firstQueueTime";
        FirstQueueTimeInOperation 2 "distributions.firstQueueTimeInOperation";
        TimeToFirstAssignment 3 "distributions.timeToFirstAssignment";
        TimeToFirstAssignmentInOperation 4 "distributions.timeToFirstAssignmentInOperation";
        TimeToFirstAnswer 5 "distributions.timeToFirstAnswer";
        TimeToFirstAnswerInOperation 6 "distributions.timeToFirstAnswerInOperation";
        TimeFromFirstActiveToFirstAnswer 7 "distributions.timeFromFirstActiveToFirstAnswer";
        TimeFromFirstActiveToFirstAnswerInOperation 8 "distributions.timeFromFirstActiveToFirstAnswerInOperation";
        ReplyTime 9 "distributions.replyTime";
        ReplyTimeInOperation 10 "distributions.replyTimeInOperation";
        MemberHandlingTime 11 "distributions.memberHandlingTime";
        MemberHandlingTimeInOperation 12 "distributions.memberHandlingTimeInOperation";
        TimeToClose 13 "distributions.timeToClose";
        TimeToCloseInOperation 14 "distributions.timeToCloseInOperation";
    }
}

table! {
    /// What is counted of live chats; earliest times and different agents stand beside it (`snapshots.md`, Live).
    Gauge {
        Chats 1 "chats";
        Initial 2 "initial";
        Queued 3 "queued";
        Opened 4 "opened";
        Snoozed 5 "snoozed";
        Unassigned 6 "unassigned";
        WaitingReply 7 "waitingReply";
        InQueue 8 "inQueue";
        Handling 9 "handling";
    }
}

table! {
    /// By what chats are divided (`snapshots.md`, Where something counts).
    Dimension {
        Channel 1 "channel";
        Medium 2 "medium";
        Team 3 "team";
        Manager 4 "manager";
        Queue 5 "queue";
    }
}

impl Counter {
    /// The count of misses for a reason.
    pub const fn of_miss(reason: MissedReason) -> Counter {
        match reason {
            MissedReason::NotInOperation => Counter::MissedNotInOperation,
            MissedReason::NoOperator => Counter::MissedNoOperator,
            MissedReason::AbandonedInQueue => Counter::MissedAbandonedInQueue,
            MissedReason::RingTimeOver => Counter::MissedRingTimeOver,
            MissedReason::UserLeft => Counter::MissedUserLeft,
            MissedReason::ExceededQueue => Counter::MissedExceededQueue,
            MissedReason::Workflow => Counter::MissedWorkflow,
        }
    }

    /// The count of messages of a type of person.
    pub const fn of_message(person: PersonType) -> Counter {
        match person {
            PersonType::User => Counter::MessagesUser,
            PersonType::Manager => Counter::MessagesManager,
            PersonType::Bot => Counter::MessagesBot,
        }
    }

    /// The count of customers' scores, 1 to 5.
    pub const fn of_score(score: i64) -> Counter {
        match score {
            1 => Counter::CsatScore1,
            2 => Counter::CsatScore2,
            3 => Counter::CsatScore3,
            4 => Counter::CsatScore4,
            5 => Counter::CsatScore5,
            _ => panic!("a score is 1 to 5"),
        }
    }

    /// The count of queue segments that ended so; `is_excluded`: by their service-level event.
    pub const fn of_outcome(outcome: QueueOutcome, is_excluded: bool) -> Counter {
        match outcome {
            QueueOutcome::Answered => Counter::QueueAnswered,
            QueueOutcome::Abandoned if is_excluded => Counter::QueueShortAbandoned,
            QueueOutcome::Abandoned => Counter::QueueAbandoned,
            QueueOutcome::Timeout => Counter::QueueTimeout,
            QueueOutcome::Overflow => Counter::QueueOverflow,
            QueueOutcome::Transferred => Counter::QueueTransferred,
            QueueOutcome::Deflected => Counter::QueueDeflected,
        }
    }

    /// Whether it counts messages, which `moments[]` leaves out.
    pub const fn is_of_messages(self) -> bool {
        matches!(self, Counter::MessagesUser | Counter::MessagesManager | Counter::MessagesBot)
    }
}

impl Distribution {
    /// The same in operating time; none of a twin.
    pub fn twin(self) -> Option<Distribution> {
        let at = self as usize;
        if at.is_multiple_of(2) { Distribution::ALL.get(at + 1).copied() } else { None }
    }

    /// Its name in the record: where it is a column of the chat's record, that column's.
    pub fn key(self) -> &'static str {
        self.path().strip_prefix("distributions.").expect("every path begins so")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_paths_are_unique_and_codes_come_back() {
        let codes: BTreeSet<u32> = Counter::ALL.iter().map(|counter| counter.code()).collect();
        let paths: BTreeSet<&str> = Counter::ALL.iter().map(|counter| counter.path()).collect();
        assert_eq!((codes.len(), paths.len(), Counter::ALL.len()), (38, 38, 38));
        assert!(Counter::ALL.iter().all(|&counter| Counter::from_code(counter.code()) == Some(counter)));
        assert!(Distribution::ALL.iter().all(|&found| Distribution::from_code(found.code()) == Some(found)));
        assert!(Gauge::ALL.iter().all(|&gauge| Gauge::from_code(gauge.code()) == Some(gauge)));
        assert!(Dimension::ALL.iter().all(|&dimension| Dimension::from_code(dimension.code()) == Some(dimension)));
        assert_eq!(Counter::from_code(0), None);
    }

    #[test]
    fn every_distribution_has_its_twin() {
        let twins: Vec<_> =
            Distribution::ALL.iter().filter_map(|plain| Some((plain.key(), plain.twin()?.key()))).collect();
        assert_eq!(twins.len(), 7);
        assert!(twins.iter().all(|(plain, twin)| format!("{plain}InOperation") == *twin));
    }
}
