"""The columns of the record (metrics.md), rendered: times as UTC text, durations as seconds. `content()` is all of them."""

import re
from datetime import date

from definitions import (
    answered,
    app_messenger,
    assignee_after,
    assignee_at_first_close,
    avg_reply_time,
    direction,
    first_active_at,
    first_alf_ended_at,
    first_answered,
    first_asked_at,
    first_member_handling_time,
    first_queue_out_at,
    goal,
    last_written,
    managed_at,
    medium,
    meet_direction,
    member_handling_time,
    missed_reason,
    pair_of,
    reassignment_count,
    reopen_count,
    snoozed_intervals,
    source,
    span,
    sync,
    tags,
    team_id,
    time_of,
    total_reply_time,
    turns,
    updated_at,
)
from envelope import show_time

SCALES = {2: [1, 5], 3: [1, 3, 5], 5: [1, 2, 3, 4, 5]}


def inbox_clocks(chat):
    """metrics.md, The inbox clocks: they describe the last episode."""
    waiting = average_ = resolution = (None, None)
    if chat.episodes:
        last = chat.episodes[-1]
        answers = [
            e.time for place, e in enumerate(chat.events) if answered(chat, e) and chat.episode_at(place) is last
        ]
        waiting = span(chat, chat.start_of(last), answers[0] if answers else None)
        average_ = avg_reply_time(chat, [turn for turn in turns(chat) if turn.episode is last])
        resolution = span(chat, chat.start_of(last), chat.end_of(last) if chat.is_closed(last) else None)
    return {
        "waitingTime": seconds(waiting[0]),
        "avgReplyTime": seconds(average_[0]),
        "resolutionTime": seconds(resolution[0]),
        "operationWaitingTime": seconds(waiting[1]),
        "operationAvgReplyTime": seconds(average_[1]),
        "operationResolutionTime": seconds(resolution[1]),
    }


# --- Profile --------------------------------------------------------------------------------------------


def is_date(value):
    """`MM-DD` or `YYYY-MM-DD`."""
    if not isinstance(value, str) or not re.fullmatch(r"(\d{4}-)?\d\d-\d\d", value, re.ASCII):
        return False
    try:
        date.fromisoformat(value if len(value) > 5 else "2000-" + value)
        return True
    except ValueError:
        return False


FITS = {
    "Boolean": lambda value: isinstance(value, bool),
    "String": lambda value: isinstance(value, str),
    "Number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "Date": is_date,
    "Datetime": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "List": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
}


def profile(chat):
    """The last writer wins, key by key; a write of the wrong type is dropped, null removes a key."""
    schema = {**chat.channel.schema, "csat": "Number", "csatComment": "String"}
    values = {}
    for event in chat.events:
        if event.type == "chat.csat_submitted":
            values["csat"] = SCALES[event.get("scale")][event.get("choice") - 1]
            if event.get("comment") is not None:
                values["csatComment"] = event.get("comment")
        elif event.type == "chat.profile_set":
            for key, value in event.get("values").items():
                if value is None:
                    values.pop(key, None)
                elif key not in schema or FITS[schema[key]](value):
                    values[key] = value
    csat = values.pop("csat", None)
    result = {"csat": None if csat is None else float(csat), "csatComment": values.pop("csatComment", None)}
    for key in sorted(values):
        result[key] = float(values[key]) if schema.get(key) == "Number" else values[key]
    return result


# --- Meets (session.md) -----------------------------------------------------------------------------------


def meets(chat):
    rows = []
    events = chat.all("meet.started", "meet.engaged", "meet.ended")
    for meet in dict.fromkeys(event.get("meetId") for event in events):
        mine = [event for event in events if event.get("meetId") == meet]
        start, engaged, end = (
            next((event for event in mine if event.type == kind), None)
            for kind in ("meet.started", "meet.engaged", "meet.ended")
        )
        given = start.data if start else {}
        rows.append(
            {
                "id": meet,
                "userChatId": chat.id,
                "startedAt": show_time(time_of(start)),
                "engagedAt": show_time(time_of(engaged)),
                "endedAt": show_time(time_of(end)),
                "from": given.get("from"),
                "to": given.get("to"),
                "direction": meet_direction(chat, meet),
                "missedReason": end.get("missedReason") if end else None,
                "duration": seconds(span(chat, time_of(engaged), time_of(end))[0]),
                "type": given.get("type"),
                "primaryNumber": given.get("primaryNumber"),
                "representativeNumber": given.get("representativeNumber"),
            }
        )
    return rows


# --- The record -----------------------------------------------------------------------------------------------


def seconds(ms):
    """Whole ms as seconds, a JSON number that always carries a fraction."""
    return None if ms is None else ms / 1000


def identity_columns(chat):
    assigned = chat.first("chat.assigned")
    followers = chat.last("chat.followers_set")
    name_of_goal = goal(chat)
    return {
        "managedAt": show_time(managed_at(chat)),
        "name": last_written(chat, "userName"),
        "title": last_written(chat, "title"),
        "description": last_written(chat, "description"),
        "tags": tags(chat),
        "priority": last_written(chat, "priority") or "medium",
        "direction": direction(chat),
        "sync": sync(chat),
        "page": chat.of_created("page"),
        "userId": chat.of_created("userId"),
        "assigneeId": assignee_after(chat, len(chat.events) - 1),
        "firstAssigneeId": assigned.get("managerId") if assigned else None,
        "assigneeIdAtFirstClose": assignee_at_first_close(chat),
        "managerIds": followers.get("managerIds") if followers else [],
        "teamId": team_id(chat),
        "mediumType": medium(chat).get("type"),
        "mediumName": medium(chat).get("name"),
        "mediumSenderName": medium(chat).get("senderName"),
        "state": chat.state,
        "missedReason": missed_reason(chat),
        "goalState": name_of_goal["goalState"],
        "goalCheckedAt": show_time(name_of_goal["goalCheckedAt"]),
        "goalEventName": name_of_goal["goalEventName"],
        "contactMediumType": medium(chat).get("type"),
        "appMessenger": app_messenger(chat),
    }


def count_columns(chat):
    answered_turns = turns(chat)
    return {
        "everOpened": bool(chat.episodes),
        "reopened": reopen_count(chat) > 0,
        "reopenCount": reopen_count(chat),
        "reassigned": reassignment_count(chat) > 0,
        "reassignmentCount": reassignment_count(chat),
        "workflowTriggered": chat.first("chat.workflow_started") is not None,
        "alfTriggered": chat.first("chat.alf_started") is not None,
        "replyCount": len(answered_turns),
        "replyCountInOperation": sum(chat.channel.is_open(turn.answered_at) for turn in answered_turns),
    }


def times(chat):
    closes, misses = chat.effective_events("chat.closed"), chat.effective_events("chat.missed")
    answered_turns = turns(chat)
    return {
        "createdAt": time_of(chat.created),
        "updatedAt": updated_at(chat),
        "firstWorkflowStartedAt": time_of(chat.first("chat.workflow_started")),
        "firstWorkflowEndedAt": time_of(chat.first("chat.workflow_ended")),
        "firstAskedAt": first_asked_at(chat),
        "firstAlfStartedAt": time_of(chat.first("chat.alf_started")),
        "firstAlfEndedAt": first_alf_ended_at(chat),
        "firstQueueInAt": time_of(chat.first("queue.entered")),
        "queuedAt": time_of(chat.last("queue.entered")),
        "firstQueueOutAt": first_queue_out_at(chat),
        "firstOpenedAt": time_of(chat.first("chat.opened")),
        "openedAt": time_of(chat.last("chat.opened")),
        "firstMissedAt": misses[0].time if misses else None,
        "missedAt": misses[-1].time if misses else None,
        "firstAssignedAt": time_of(chat.first("chat.assigned")),
        "firstActiveAt": first_active_at(chat),
        "firstAnsweredAt": time_of(first_answered(chat)),
        "repliedAt": answered_turns[-1].answered_at if answered_turns else None,
        "snoozedAt": time_of(chat.last("chat.snoozed")),
        "firstClosedAt": closes[0].time if closes else None,
        "closedAt": closes[-1].time if closes else None,
    }


# The rows that are simply "one time − another": key, end, start.
DIFFERENCES = [
    ("firstQueueTime", "firstQueueOutAt", "firstQueueInAt"),
    ("timeToFirstAssignment", "firstAssignedAt", "managedAt"),
    ("timeToFirstAnswer", "firstAnsweredAt", "managedAt"),
    ("timeFromFirstAskToFirstAnswer", "firstAnsweredAt", "firstAskedAt"),
    ("timeFromFirstAssignmentToFirstAnswer", "firstAnsweredAt", "firstAssignedAt"),
    ("timeFromFirstActiveToFirstAnswer", "firstAnsweredAt", "firstActiveAt"),
    ("timeFromFirstOpenToFirstAnswer", "firstAnsweredAt", "firstOpenedAt"),
    ("timeToFirstClose", "firstClosedAt", "managedAt"),
    ("timeToClose", "closedAt", "managedAt"),
    ("timeFromFirstAskToFirstClose", "firstClosedAt", "firstAskedAt"),
    ("timeFromFirstAssignmentToFirstClose", "firstClosedAt", "firstAssignedAt"),
    ("timeFromFirstActiveToFirstClose", "firstClosedAt", "firstActiveAt"),
    ("timeFromFirstOpenToFirstClose", "firstClosedAt", "firstOpenedAt"),
]


def duration_columns(chat, at):
    columns = {}

    def put(key, pair, twin=None):
        columns[key] = seconds(pair[0])
        columns[twin or key + "InOperation"] = seconds(pair[1])

    put("totalReplyTime", total_reply_time(chat))
    put("avgReplyTime", avg_reply_time(chat))
    put("totalSnoozedTime", pair_of(chat, snoozed_intervals(chat)), "operationTotalSnoozedTime")
    for key, end, start in DIFFERENCES:
        put(key, span(chat, at[start], at[end]))
    put("memberHandlingTime", member_handling_time(chat))
    put("firstMemberHandlingTime", first_member_handling_time(chat))
    columns["workflowHandlingTime"] = seconds(
        span(chat, at["firstWorkflowStartedAt"], at["firstWorkflowEndedAt"])[0]
    )
    columns["alfHandlingTime"] = seconds(span(chat, at["firstAlfStartedAt"], at["firstAlfEndedAt"])[0])
    scored = chat.last("chat.alf_scored")
    columns["alfCxScore"] = float(scored.get("cxScore")) if scored else None
    return columns


def content(chat):
    """The record but for `schemaVersion`, `revision`, `supersedes`, `reason`, `changed`, `finalizedAt`."""
    at = times(chat)
    return {
        "id": chat.id,
        "channelId": chat.channel_id,
        "complete": chat.created is not None,
        "endedAt": show_time(chat.ended_at),
        "operatingHoursVersion": chat.channel.hours_version(updated_at(chat)),
        **identity_columns(chat),
        **count_columns(chat),
        **{key: show_time(value) for key, value in at.items()},
        **duration_columns(chat, {**at, "managedAt": managed_at(chat)}),
        "source": source(chat),
        "chatProfile": inbox_clocks(chat),
        "profile": profile(chat),
        "meets": meets(chat),
    }
