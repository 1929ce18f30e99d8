//! Rows of the metric table: durations with their `InOperation` twins, and the scores beside them.

use super::{Clock, Facts, Metric, rows};
use crate::time::Span;

/// Makes a duration's row and its twin's: `code "key" / code "twin": "doc" => |facts, clock| …;`.
macro_rules! twins {
    ($($code:literal $key:literal / $twin_code:literal $twin:literal:
        $doc:literal => $formula:expr;)*) => {
        &[$(
            $crate::chat::metric::Metric {
                code: $code,
                key: $key,
                path: $key,
                unit: $crate::chat::metric::Unit::Seconds,
                is_pii: false,
                doc: $doc,
                formula: |facts| {
                    let formula: fn(&Facts<'_>, Clock) -> Option<Span> = $formula;
                    formula(facts, Clock::Plain).into()
                },
            },
            $crate::chat::metric::Metric {
                code: $twin_code,
                key: $twin,
                path: $twin,
                unit: $crate::chat::metric::Unit::Seconds,
                is_pii: false,
                doc: concat!($doc, "; operating time only"),
                formula: |facts| {
                    let formula: fn(&Facts<'_>, Clock) -> Option<Span> = $formula;
                    formula(facts, Clock::InOperation).into()
                },
            },
        )*]
    };
}

/// `metrics.md`, Durations: those with a twin.
pub(super) const TWINS: &[Metric] = twins! {
    100 "totalReplyTime" / 101 "totalReplyTimeInOperation": "Σ over answered turns (answered − asked)" =>
        |facts, clock| Some(facts.reply_time(facts.fold.episodes.turns(), clock));
    102 "avgReplyTime" / 103 "avgReplyTimeInOperation": "total / replyCount, truncated to the millisecond" =>
        |facts, clock| facts.average_reply_time(facts.fold.episodes.turns(), clock);
    104 "totalSnoozedTime" / 105 "operationTotalSnoozedTime": "Σ snoozed intervals" =>
        |facts, clock| Some(facts.snoozed_time(clock));
    106 "firstQueueTime" / 107 "firstQueueTimeInOperation": "firstQueueOutAt − firstQueueInAt" =>
        |facts, clock| facts.between(facts.fold.queue.entered_at(), facts.fold.queue.left_at(), clock);
    108 "timeToFirstAssignment" / 109 "timeToFirstAssignmentInOperation": "firstAssignedAt − managedAt" =>
        |facts, clock| facts.between(facts.managed_at(), facts.first_assigned_at(), clock);
    110 "timeToFirstAnswer" / 111 "timeToFirstAnswerInOperation": "firstAnsweredAt − managedAt" =>
        |facts, clock| facts.between(facts.managed_at(), facts.first_answered_at(), clock);
    112 "timeFromFirstAskToFirstAnswer" / 113 "timeFromFirstAskToFirstAnswerInOperation":
        "firstAnsweredAt − firstAskedAt" =>
        |facts, clock| facts.between(facts.first_asked_at(), facts.first_answered_at(), clock);
    114 "timeFromFirstAssignmentToFirstAnswer" / 115 "timeFromFirstAssignmentToFirstAnswerInOperation":
        "firstAnsweredAt − firstAssignedAt" =>
        |facts, clock| facts.between(facts.first_assigned_at(), facts.first_answered_at(), clock);
    116 "timeFromFirstActiveToFirstAnswer" / 117 "timeFromFirstActiveToFirstAnswerInOperation":
        "firstAnsweredAt − firstActiveAt" =>
        |facts, clock| facts.between(facts.first_active_at(), facts.first_answered_at(), clock);
    118 "timeFromFirstOpenToFirstAnswer" / 119 "timeFromFirstOpenToFirstAnswerInOperation":
        "firstAnsweredAt − firstOpenedAt" =>
        |facts, clock| facts.between(facts.first_opened_at(), facts.first_answered_at(), clock);
    120 "timeToFirstClose" / 121 "timeToFirstCloseInOperation": "firstClosedAt − managedAt" =>
        |facts, clock| facts.between(facts.managed_at(), facts.first_closed_at(), clock);
    122 "timeToClose" / 123 "timeToCloseInOperation": "closedAt − managedAt" =>
        |facts, clock| facts.between(facts.managed_at(), facts.fold.last_closed_at, clock);
    124 "timeFromFirstAskToFirstClose" / 125 "timeFromFirstAskToFirstCloseInOperation":
        "firstClosedAt − firstAskedAt" =>
        |facts, clock| facts.between(facts.first_asked_at(), facts.first_closed_at(), clock);
    126 "timeFromFirstAssignmentToFirstClose" / 127 "timeFromFirstAssignmentToFirstCloseInOperation":
        "firstClosedAt − firstAssignedAt" =>
        |facts, clock| facts.between(facts.first_assigned_at(), facts.first_closed_at(), clock);
    128 "timeFromFirstActiveToFirstClose" / 129 "timeFromFirstActiveToFirstCloseInOperation":
        "firstClosedAt − firstActiveAt" =>
        |facts, clock| facts.between(facts.first_active_at(), facts.first_closed_at(), clock);
    130 "timeFromFirstOpenToFirstClose" / 131 "timeFromFirstOpenToFirstCloseInOperation":
        "firstClosedAt − firstOpenedAt" =>
        |facts, clock| facts.between(facts.first_opened_at(), facts.first_closed_at(), clock);
    132 "memberHandlingTime" / 133 "memberHandlingTimeInOperation":
        "firstClosedAt − firstActiveAt − snoozed time inside it" =>
        |facts, clock| facts.handling_time(facts.first_active_at(), facts.first_closed_at(), clock);
    134 "firstMemberHandlingTime" / 135 "firstMemberHandlingTimeInOperation":
        "Σ over closed episodes (closed − active − snoozed time inside)" =>
        |facts, clock| facts.closed_episodes_handling_time(clock);
};

/// `metrics.md`, Durations: those without a twin, and the AI assistant's score.
pub(super) const SINGLES: &[Metric] = rows! {
    140 "workflowHandlingTime" Seconds: "firstWorkflowEndedAt − firstWorkflowStartedAt" => |facts| {
        let (started_at, ended_at) = (facts.fold.workflow_started_at, facts.fold.workflow_ended_at);
        facts.between(started_at.get(), ended_at.get(), Clock::Plain).into()
    };
    141 "alfHandlingTime" Seconds: "firstAlfEndedAt − firstAlfStartedAt" =>
        |facts| facts.between(facts.fold.alf.started_at(), facts.first_alf_ended_at(), Clock::Plain).into();
    142 "ALF CX Score" @ "alfCxScore" Number: "1.0 to 5.0, last scored" => |facts| facts.told.cx_score.into();
};
