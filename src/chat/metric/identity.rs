//! Rows of the metric table: the record's head, who and what the chat is.

use super::{Facts, Metric, rows};
use crate::event::{Medium, MediumType, Priority, SyncMode};

/// The record's head, without what tells revisions apart.
pub(super) const HEAD: &[Metric] = rows! {
    1 "id" Text: "chat id" => |facts| facts.chat_id.into();
    2 "channelId" Text: "channel: that of `chat.created`, else the first one named" =>
        |facts| facts.fold.channel_id().into();
    3 "complete" Flag: "whether `chat.created` has come" => |facts| facts.fold.complete().into();
    4 "endedAt" Time: "when the event came that last made the state closed or missed; null while it is neither" =>
        |facts| facts.fold.ended_at().into();
    5 "operatingHoursVersion" Text: "`effectiveFrom` of the operating hours in force on the date of `updatedAt`" =>
        |facts| facts.operating_hours_version().into();
};

/// `metrics.md`, Identity and description, but for what stands in `source`.
pub(super) const ROWS: &[Metric] = rows! {
    10 "managedAt" Time: "since when a person or the AI assistant had to care: the question the assistant started on, \
        if it came before the first opening, else the first opening" => |facts| facts.managed_at().into();
    11 "name" Text PII: "the customer's name, last written" => |facts| facts.told.name.into();
    12 "title" Text PII: "last written" => |facts| facts.told.title.into();
    13 "description" Text PII: "last written" => |facts| facts.told.description.into();
    14 "tags" Texts: "in order of addition, without repeats and those removed" =>
        |facts| facts.told.tags().into();
    15 "priority" Text: "`high`, `medium` or `low`, last written; `medium` if never or cleared" =>
        |facts| facts.told.priority.unwrap_or(Priority::Medium).as_str().into();
    16 "direction" Text: "`INBOUND` or `OUTBOUND`" =>
        |facts| facts.fold.direction.map(|direction| direction.as_str()).into();
    17 "sync" Text: "`sync` or `async`: as given, else by medium and meets" => |facts| sync(facts).as_str().into();
    18 "page" Text: "entry page" => |facts| facts.told.created.and_then(|created| created.page.as_deref()).into();
    19 "userId" Text PII: "the customer's id" =>
        |facts| facts.told.created.and_then(|created| created.user_id.as_deref()).into();
    20 "assigneeId" Text: "current assignee" => |facts| facts.fold.assignment.assignee_id().into();
    21 "firstAssigneeId" Text: "the first ever assigned" =>
        |facts| facts.fold.assignment.first_assignee_id.as_deref().into();
    22 "assigneeIdAtFirstClose" Text: "assignee at the moment of the first close" =>
        |facts| facts.fold.assignment.assignee_id_at_first_close.as_deref().into();
    23 "managerIds" Texts: "followers, last list; empty if never set" => |facts| facts.told.manager_ids.clone().into();
    24 "teamId" Text: "current team" => |facts| facts.told.team_id.into();
    25 "mediumType" Text: "`native`, `app`, `email` or `phone`" =>
        |facts| facts.fold.medium.map(|medium| medium.as_str()).into();
    26 "mediumName" Text: "the medium's name" => |facts| medium(facts).and_then(|medium| medium.name.as_deref()).into();
    27 "mediumSenderName" Text PII: "the sender's name" =>
        |facts| medium(facts).and_then(|medium| medium.sender_name.as_deref()).into();
    28 "state" Text:
        "`initial`, `queued`, `missed`, `opened`, `snoozed` or `closed`, after the last event that sets it" =>
        |facts| facts.fold.state().as_str().into();
    29 "missedReason" Text: "why, of the last effective miss" =>
        |facts| facts.fold.missed_reason.map(|reason| reason.as_str()).into();
    30 "goalState" Text: "`waiting`, `notAchieved` or `achieved`, last set" =>
        |facts| facts.told.goal.map(|goal| goal.state.as_str()).into();
    31 "goalCheckedAt" Time: "since when the goal is achieved; null unless it is" =>
        |facts| facts.told.goal_checked_at().into();
    32 "goalEventName" Text: "of the goal last set" =>
        |facts| facts.told.goal.and_then(|goal| goal.event_name.as_deref()).into();
    33 "contactMediumType" Text: "the medium's type" => |facts| facts.fold.medium.map(|medium| medium.as_str()).into();
    34 "appMessenger" Text: "the app's name when the medium is `app`: `mediumName` without `app~`" =>
        |facts| app_messenger(facts).into();
};

/// `metrics.md`, Identity and description: `source`.
pub(super) const SOURCE: &[Metric] = rows! {
    200 "source.workflow.id" @ "source/workflow/id" Text: "the workflow that led to the chat" => |facts| {
        facts.told.created.and_then(|created| created.source.as_ref()?.workflow_id.as_deref()).into()
    };
    201 "source.marketing.type" @ "source/marketing/type" Text: "the kind of marketing that led to the chat" =>
        |facts| {
        facts.told.created.and_then(|created| Some(&*created.source.as_ref()?.marketing.as_ref()?.kind)).into()
    };
    202 "source.marketing.id" @ "source/marketing/id" Text: "which one" => |facts| {
        facts.told.created.and_then(|created| Some(&*created.source.as_ref()?.marketing.as_ref()?.id)).into()
    };
};

fn sync(facts: &Facts<'_>) -> SyncMode {
    let given = facts.told.created.and_then(|created| created.sync);
    given.unwrap_or_else(|| {
        let is_call = facts.fold.medium == Some(MediumType::Phone) || facts.fold.meets.any_started();
        if is_call { SyncMode::Sync } else { SyncMode::Async }
    })
}

fn medium<'f>(facts: &Facts<'f>) -> Option<&'f Medium> {
    facts.told.created.and_then(|created| created.medium.as_ref())
}

fn app_messenger<'f>(facts: &Facts<'f>) -> Option<&'f str> {
    let app = medium(facts).filter(|medium| medium.kind == MediumType::App)?;
    let name = app.name.as_deref()?;
    Some(name.strip_prefix("app~").unwrap_or(name))
}
