//! Rows of the metric table: flags, counts and times.

use super::{Metric, rows};

/// `metrics.md`, Flags and counts.
pub(super) const FLAGS: &[Metric] = rows! {
    40 "everOpened" Flag: "whether there was an opening" => |facts| facts.fold.episodes.any().into();
    41 "reopened" Flag: "whether there was an opening after the first" => |facts| (facts.reopen_count() > 0).into();
    42 "reopenCount" Count: "openings after the first; a return from snooze is none" =>
        |facts| facts.reopen_count().into();
    43 "reassigned" Flag: "whether the manager was changed for another" =>
        |facts| (facts.fold.assignment.reassignment_count > 0).into();
    44 "reassignmentCount" Count: "changes from one manager to another, also when unassigned between" =>
        |facts| facts.fold.assignment.reassignment_count.into();
    45 "workflowTriggered" Flag: "whether a workflow started" =>
        |facts| facts.fold.workflow_started_at.get().is_some().into();
    46 "alfTriggered" Flag: "whether the AI assistant started" => |facts| facts.fold.alf.started_at().is_some().into();
    47 "replyCount" Count: "answered turns" => |facts| facts.reply_count().into();
    48 "replyCountInOperation" Count: "of them, those answered inside operating time" =>
        |facts| facts.reply_count_in_operation().into();
};

/// `metrics.md`, Times.
pub(super) const TIMES: &[Metric] = rows! {
    60 "createdAt" Time: "`chat.created`" => |facts| facts.fold.created_at.into();
    61 "updatedAt" Time: "the last event" => |facts| facts.fold.updated_at().into();
    62 "firstWorkflowStartedAt" Time: "first `chat.workflow_started`" =>
        |facts| facts.fold.workflow_started_at.get().into();
    63 "firstWorkflowEndedAt" Time: "first `chat.workflow_ended`" => |facts| facts.fold.workflow_ended_at.get().into();
    64 "firstAskedAt" Time:
        "the first question; after a workflow the first that answers it; by phone the first inbound \
        call, if earlier" => |facts| facts.first_asked_at().into();
    65 "firstAlfStartedAt" Time: "first `chat.alf_started`" => |facts| facts.fold.alf.started_at().into();
    66 "firstAlfEndedAt" Time:
        "its end, by `chat.alf_ended`, by its own opening of the chat or by 24 h without a question" =>
        |facts| facts.first_alf_ended_at().into();
    67 "firstQueueInAt" Time: "first `queue.entered`" => |facts| facts.fold.queue.entered_at().into();
    68 "queuedAt" Time: "last `queue.entered`" => |facts| facts.fold.queue.last_entered_at().into();
    69 "firstQueueOutAt" Time: "the end of the first queue segment" => |facts| facts.fold.queue.left_at().into();
    70 "firstOpenedAt" Time: "first `chat.opened`" => |facts| facts.first_opened_at().into();
    71 "openedAt" Time: "last `chat.opened`" => |facts| facts.fold.episodes.last_opened_at.into();
    72 "firstMissedAt" Time: "first effective `chat.missed`" => |facts| facts.fold.missed_at.get().into();
    73 "missedAt" Time: "last effective `chat.missed`" => |facts| facts.fold.last_missed_at.into();
    74 "firstAssignedAt" Time: "first `chat.assigned`" => |facts| facts.first_assigned_at().into();
    75 "firstActiveAt" Time:
        "since when an agent could act: the first assignment, if the chat was queued before it, else \
        the first opening" => |facts| facts.first_active_at().into();
    76 "firstAnsweredAt" Time: "the first answer inside an episode; in an outbound chat only after a question" =>
        |facts| facts.first_answered_at().into();
    77 "repliedAt" Time: "the answer that ended the last answered turn" =>
        |facts| facts.fold.episodes.turns().last().map(|turn| turn.answered_at).into();
    78 "snoozedAt" Time: "last `chat.snoozed`" => |facts| facts.fold.episodes.snoozed_at.into();
    79 "firstClosedAt" Time: "first effective `chat.closed`" => |facts| facts.first_closed_at().into();
    80 "closedAt" Time: "last effective `chat.closed`" => |facts| facts.fold.last_closed_at.into();
};
