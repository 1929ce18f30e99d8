"""From a line of a file to a checked event (events.md), as literally as possible.

Only the parts of the contract that a file can meet are here: no headers, no Kafka timestamps.
"""

import json
import re
from datetime import date

MS_DAY = 86_400_000
YEAR_2000 = 946_684_800_000
MAX_LINE = 16 * 1024 * 1024
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Bad(Exception):
    """A line for the dead letters: a reason of events.md and what exactly was wrong."""

    def __init__(self, reason, detail):
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class Ignored(Exception):
    """An event of an unknown type: counted, no error (events.md, Envelope)."""


# --- Times -----------------------------------------------------------------------------------

RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)


def parse_time(text):
    """RFC 3339 with any offset to ms since the epoch; finer digits are truncated. None if it is none."""
    match = RFC3339.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    if hour > 23 or minute > 59 or second > 59:
        return None
    try:
        days = date(year, month, day).toordinal() - EPOCH_ORDINAL
    except ValueError:
        return None
    offset = 0
    if match[8]:
        if int(match[9]) > 23 or int(match[10]) > 59:
            return None
        offset = (int(match[9]) * 60 + int(match[10])) * 60_000 * (1 if match[8] == "+" else -1)
    millis = int(((match[7] or "") + "000")[:3])
    return days * MS_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + millis - offset


def show_time(ms):
    """A UTC instant as `2026-03-02T09:00:00.000Z` (metrics.md)."""
    if ms is None:
        return None
    days, rest = divmod(ms, MS_DAY)
    return "%sT%02d:%02d:%02d.%03dZ" % (
        date.fromordinal(days + EPOCH_ORDINAL).isoformat(),
        rest // 3_600_000,
        rest // 60_000 % 60,
        rest // 1000 % 60,
        rest % 1000,
    )


def parse_json(text):
    """Strict JSON: no NaN, no lone surrogates, no overflowing numbers."""

    def refuse(name):
        raise ValueError(f"{name} is no JSON")

    def number(text):
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise ValueError(f"{text} is out of range")
        return value

    value = json.loads(text, parse_constant=refuse, parse_float=number)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is a UnicodeEncodeError
    return value


# --- The tables of types: one checker per member -----------------------------------------------
# A checker takes a JSON value that is not null and returns the value to keep, or raises ValueError.


def text(value):
    if not isinstance(value, str):
        raise ValueError("is no string")
    return value


def ident(value):
    """An id: a string, or a whole number read as its decimal text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value)


def boolean(value):
    if not isinstance(value, bool):
        raise ValueError("is no boolean")
    return value


def whole(value):
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("is no whole number")
    return value


def number(value):
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError("is no number")
    return value


def instant(value):
    ms = parse_time(text(value))
    if ms is None:
        raise ValueError("is no time")
    return ms


def anything(value):
    return value


def within(checker, low, high):
    def check(value):
        if not low <= checker(value) <= high:
            raise ValueError(f"is outside {low}..{high}")
        return value

    return check


def one_of(*values):
    def check(value):
        if isinstance(value, bool) or value not in values or isinstance(value, float):
            raise ValueError(f"is none of {values}")
        return value

    return check


def list_of(checker):
    def check(value):
        if not isinstance(value, list):
            raise ValueError("is no list")
        return [checker(item) for item in value]

    return check


def object_of(required=(), **members):
    """A nested object: unknown members are dropped, null means absent."""

    def check(value):
        if not isinstance(value, dict):
            raise ValueError("is no object")
        kept = {}
        for name, checker in members.items():
            if value.get(name) is None:
                if name in required:
                    raise ValueError(f"has no {name}")
                continue
            try:
                kept[name] = checker(value[name])
            except ValueError as error:
                raise ValueError(f".{name} {error}") from None
        return kept

    return check


PERSON = object_of(["type"], type=one_of("user", "manager", "bot"), id=ident)
MENU = object_of(["id"], id=ident, name=text, materializedPath=text)
VIRTUAL = object_of(["id"], id=ident, name=text)
AGENT = dict(name=text, firstName=text, lastName=text, agentNumber=text, avatarUrl=text)
NAMED_AGENT = object_of(["id"], id=ident, **AGENT)
SERVICE_LEVEL = object_of(targetSecs=number, targetPercent=number, abandonThresholdSecs=number)
DIRECTION = one_of("INBOUND", "OUTBOUND")
PRIORITY = one_of("high", "medium", "low")
MISSED = one_of(
    "notInOperation", "noOperator", "abandonedInQueue", "ringTimeOver", "userLeft", "exceededQueue", "workflow"
)
PARTICIPANT = dict(
    participantId_=ident,
    type_=one_of("agent", "end_user", "third_party", "virtual_agent"),
    userId=ident,
    endUserId=ident,
    status=text,
    failReason=text,
)

# Row by row as in events.md, top to bottom: a type's place here is its rank. `name_` is a required member.
TYPES = {
    "chat.created": dict(
        channelId_=ident,
        userId=ident,
        userName=text,
        direction=DIRECTION,
        medium=object_of(type=one_of("native", "app", "email", "phone"), name=text, senderName=text),
        sync=one_of("sync", "async"),
        page=text,
        title=text,
        priority=PRIORITY,
        lang=text,
        sessionType=text,
        source=object_of(workflowId=ident, marketing=object_of(["type", "id"], type=text, id=ident)),
        endUser=object_of(["id"], id=ident, identifier=text, outContactId=ident),
        supportNumber=text,
        outboundNumber=text,
        verified=boolean,
    ),
    "meet.started": dict(
        meetId_=ident,
        type_=one_of("phone", "video", "voice"),
        from_=None,  # replaced below: `from` is a keyword and optional
        to=text,
        direction=DIRECTION,
        primaryNumber=text,
        representativeNumber=text,
    ),
    "chat.workflow_started": dict(workflowId_=ident),
    "chat.workflow_ended": dict(workflowId_=ident),
    "va.assigned": dict(virtualAgent_=VIRTUAL),
    "va.connected": dict(virtualAgent_=VIRTUAL, initiatedBy=text),
    "chat.alf_started": {},
    "queue.entered": dict(
        queueId_=ident,
        menuPath=MENU,
        priority=within(whole, 1, 8),
        lang=text,
        transferId=ident,
        serviceLevel=SERVICE_LEVEL,
    ),
    "queue.left": dict(
        queueId=ident,
        outcome_=one_of("answered", "abandoned", "timeout", "overflow", "transferred", "deflected"),
        managerId=ident,
        deflection=text,
    ),
    "chat.opened": dict(by_=one_of("user", "workflow", "manager", "alf"), managerId=ident),
    "va.escalated": dict(reason_=text, deflection=text, menuPath=MENU),
    "va.ended": dict(responseCount=whole, fallbackCount=whole),
    "chat.alf_ended": {},
    "chat.alf_scored": dict(cxScore_=within(number, 1.0, 5.0)),
    "chat.team_assigned": dict(teamId_=ident),
    "chat.unassigned": {},
    "chat.assigned": dict(managerId_=ident, teamId=ident, agent=object_of(**AGENT)),
    "agent.connected": dict(managerId_=ident, participantId=ident, menuPath=MENU),
    "meet.engaged": dict(meetId_=ident, managerId=ident),
    "message.sent": dict(
        messageId_=ident, person_=PERSON, text=text, files=whole, private=boolean, answersWorkflow=boolean
    ),
    "agent.held": dict(managerId_=ident),
    "agent.resumed": dict(managerId_=ident),
    "chat.transferred": dict(
        transferId_=ident,
        status_=one_of("transferring", "transferred", "failed"),
        failReason=text,
        fromMenu=MENU,
        toMenu=MENU,
        fromAgent=NAMED_AGENT,
        toAgent=NAMED_AGENT,
        cold=boolean,
    ),
    "chat.followers_set": dict(managerIds_=list_of(ident)),
    "chat.tagged": dict(add=list_of(text), remove=list_of(text)),
    "chat.updated": dict(
        title=text,
        description=text,
        priority=PRIORITY,
        userName=text,
        lang=text,
        verified=boolean,
        menuPath=MENU,
        selectedMenu=anything,
        queuePriority=whole,
    ),
    "chat.goal_set": dict(state_=one_of("waiting", "notAchieved", "achieved"), eventName=text),
    "chat.profile_set": {},
    "chat.csat_requested": {},
    "chat.csat_submitted": dict(scale_=one_of(2, 3, 5), choice_=whole, comment=text),
    "chat.feedback": dict(rating_=within(whole, 1, 5), comment=text),
    "chat.ticket_linked": dict(outTicketId_=ident, outTicketUrl=text),
    "chat.recording_set": dict(permission_=one_of("granted", "denied", "not_asked"), url=text),
    "chat.media_added": dict(kind_=one_of("photo", "video"), id_=ident, url_=text, photoType=text),
    "chat.smart_action": dict(kind_=one_of("verification", "photo", "video", "text"), verified=boolean, url=text),
    "chat.in_call_message": dict(channel_=one_of("sms", "mms", "whatsapp"), direction_=anything),
    "chat.offered": dict(offerType_=one_of("cascade", "direct"), group_=text, castingTime=anything),
    "participant.joined": PARTICIPANT,
    "participant.left": PARTICIPANT,
    "chat.snoozed": dict(until=instant),
    "chat.missed": dict(reason_=MISSED),
    "meet.ended": dict(meetId_=ident, missedReason=text),
    "agent.disconnected": dict(managerId_=ident, event=text),
    "chat.closed": dict(
        by_=one_of("manager", "user", "workflow", "system"),
        managerId=ident,
        status=one_of("finished", "failed", "canceled", "no_response"),
        subStatus=text,
        finishReason=text,
        failReason=text,
    ),
    "agent.wrap_up_started": dict(managerId_=ident),
    "agent.wrap_up_ended": dict(managerId_=ident),
    "chat.disposition_set": dict(codes_=list_of(text), notes=text),
}
del TYPES["meet.started"]["from_"]
TYPES["meet.started"]["from"] = text
RANK = {name: place for place, name in enumerate(TYPES)}

# Where null clears instead of meaning "absent" (events.md, Envelope). In `chat.profile_set` every key may be null.
CLEARS = {"chat.updated": set(TYPES["chat.updated"]), "chat.team_assigned": {"teamId"}}


def check_data(kind, raw):
    """The known members of `data`, checked; a cleared one is kept as None."""
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise Bad("invalid_data", "data is no object")
    data = {}
    members = dict(TYPES[kind])
    if "channelId_" not in members:
        members["channelId"] = ident
    for member, checker in members.items():
        name, required = member.rstrip("_"), member.endswith("_")
        if raw.get(name) is None:
            if name in raw and name in CLEARS.get(kind, ()):
                data[name] = None
            elif required:
                raise Bad("invalid_data", f"{kind} needs {name}")
            continue
        try:
            data[name] = checker(raw[name])
        except ValueError as error:
            raise Bad("invalid_data", f"{kind}: {name} {error}") from None
    if kind == "chat.csat_submitted" and not 1 <= data["choice"] <= data["scale"]:
        raise Bad("invalid_data", "choice is outside 1..scale")
    if kind == "chat.profile_set":
        data["values"] = {key: value for key, value in raw.items() if key != "channelId"}
    return data


class Event:
    """One accepted event; `key` is its place in the canonical order (events.md, Order)."""

    def __init__(self, chat, time, kind, source, ident, data):
        self.chat, self.time, self.type, self.source, self.id, self.data = chat, time, kind, source, ident, data
        self.key = (time, RANK[kind], source.encode("utf-8"), ident.encode("utf-8"))

    def get(self, name, default=None):
        return self.data.get(name, default)


def decode_line(raw, as_of):
    """One line (bytes) to an Event. Raises Bad or Ignored. The checks are in the order of events.md, Envelope."""
    if len(raw) > MAX_LINE:
        raise Bad("too_large", "the line is above 16 MiB")
    try:
        envelope = parse_json(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Bad("unparsable", str(error)) from None
    if not isinstance(envelope, dict):
        raise Bad("unparsable", "the line is no JSON object")
    subject = envelope.get("subject")
    if subject is None or subject == "":
        raise Bad("no_key", "no subject")
    try:
        subject = ident(subject)
    except ValueError:
        raise Bad("invalid_envelope", "subject is no string") from None
    if envelope.get("specversion") != "1.0":
        raise Bad("invalid_envelope", "specversion is not 1.0")
    for name in ("id", "source", "type", "time"):
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            raise Bad("invalid_envelope", f"{name} is no text")
    time = parse_time(envelope["time"])
    if time is None:
        raise Bad("invalid_envelope", "time is no RFC 3339 time")
    kind = envelope["type"]
    if kind not in TYPES:
        raise Ignored(kind)
    if time < YEAR_2000:
        raise Bad("time_too_old", envelope["time"])
    if as_of is not None and time > as_of + MS_DAY:
        raise Bad("time_in_future", envelope["time"])
    return Event(subject, time, kind, envelope["source"], envelope["id"], check_data(kind, envelope.get("data")))
