"""A messy but plausible corpus: events of many chats in no order, and a directory with awkward hours.

    corpus.py --seed N --chats M [--out-dir DIR] [--bad]

Writes events.jsonl and directory.jsonl. The same arguments give the same bytes.
"""

import argparse
import json
import pathlib
import random

from envelope import parse_time, show_time

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
ALL_DAYS = WEEKDAYS + ("sat", "sun")
OFFICE = {day: [["09:00", "18:00"]] for day in WEEKDAYS}

# Days around which chats lie: an ordinary week, both changes of the clock in Europe and America, a year's end, a leap-like month's end.
BASES = [
    "2026-03-02T08:00:00Z",
    "2026-03-03T22:00:00Z",
    "2026-03-28T20:00:00Z",
    "2026-03-29T00:00:00Z",
    "2026-10-24T20:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-03-08T06:00:00Z",
    "2026-11-01T04:00:00Z",
    "2026-12-24T10:00:00Z",
    "2026-12-31T20:00:00Z",
    "2026-02-28T23:30:00Z",
    "2026-04-04T14:00:00Z",
    "2026-05-04T23:00:00Z",
]


def channels():
    """The documents, by key. Several zones, every kind of rule, and a channel that nobody describes (c-none)."""
    night = {day: [["18:00", "02:00"]] for day in WEEKDAYS}
    level = [
        {"effectiveFrom": "2026-01-01", "targetSecs": 20, "targetPercent": 80, "abandonThresholdSecs": 5},
        {"effectiveFrom": "2026-03-03", "targetSecs": 60.5, "targetPercent": 90},
    ]
    schema = {
        "vip": "Boolean",
        "plan": "String",
        "score": "Number",
        "birthday": "Date",
        "renewal": "Datetime",
        "labels": "List",
    }
    return {
        "c-utc": {"name": "office", "timezone": "UTC", "operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": OFFICE}]},
        "c-always": {"name": "always open", "serviceLevel": level, "profileSchema": schema},
        "c-seoul": {
            "name": "서울",
            "timezone": "Asia/Seoul",
            "profileSchema": schema,
            "operatingHours": [
                {
                    "effectiveFrom": "2026-01-01",
                    "weekly": night,
                    "breaks": {"mon": [["21:00", "21:30"]], "tue": [["00:30", "00:45"], ["20:00", "20:10"]]},
                    "holidays": ["2026-03-03", "2026-05-05"],
                    "special": {"2026-05-05": [["10:00", "12:00"]], "2026-12-24": [["09:00", "13:00"]], "2026-12-25": []},
                }
            ],
        },
        "c-paris": {
            "name": "Paris",
            "timezone": "Europe/Paris",
            "operatingHours": [
                {
                    "effectiveFrom": "2026-01-01",
                    "weekly": {**OFFICE, "sat": [["08:00", "20:00"]], "sun": [["01:00", "04:00"], ["08:00", "20:00"]]},
                    "breaks": {day: [["12:00", "13:00"]] for day in ALL_DAYS},
                },
                {"effectiveFrom": "2026-10-01", "weekly": {"sat": [["20:00", "03:30"]], "sun": [["02:30", "04:00"]]}},
            ],
            "serviceLevel": level,
        },
        "c-york": {
            "name": "New York",
            "timezone": "America/New_York",
            "operatingHours": [
                {"effectiveFrom": "2026-06-01", "weekly": {day: [["00:00", "24:00"]] for day in ALL_DAYS}},
                {"effectiveFrom": "2026-01-15", "weekly": {**OFFICE, "sun": [["01:30", "02:30"], ["22:00", "06:00"]]}},
                {"effectiveFrom": "2026-01-15", "weekly": {**OFFICE, "sun": [["02:15", "05:00"], ["22:00", "01:30"]]}},
            ],
        },
        "c-kolkata": {
            "name": "half hours",
            "timezone": "Asia/Kolkata",
            "operatingHours": [
                {"effectiveFrom": "2025-01-01", "weekly": {day: [["09:30", "13:00"], ["13:00", "18:30"]] for day in ALL_DAYS}},
                {"effectiveFrom": "2026-03-04", "weekly": {day: [["10:00", "10:00"], ["11:00", "19:00"]] for day in ALL_DAYS}},
            ],
            "switches": [
                {"at": "2026-03-02T10:00:00Z", "open": False},
                {"at": "2026-03-02T10:00:00Z", "open": True},
                {"at": "2026-03-03T05:00:00Z", "open": False},
                {"at": "2026-03-03T06:30:00Z", "open": True},
                {"at": "2026-03-03T22:30:00Z", "open": True},
                {"at": "2026-03-04T05:30:00Z", "open": False},
                {"at": "2026-03-29T04:30:00+05:30", "open": True},
            ],
        },
        "c-switched": {
            "name": "always open but for its switches",
            "switches": [
                {"at": "2026-03-02T09:00:00Z", "open": False},
                {"at": "2026-03-02T12:00:00Z", "open": True},
                {"at": "2026-03-29T01:00:00Z", "open": False},
                {"at": "2026-03-29T02:00:00Z", "open": False},
                {"at": "2026-10-24T21:00:00+02:00", "open": True},
            ],
        },
        "c-always-hours": {
            "name": "always, spelled out",
            "timezone": "Australia/Lord_Howe",
            "operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {day: [["00:00", "24:00"]] for day in ALL_DAYS}}],
        },
        "c-never": {"name": "never", "timezone": "Europe/London", "operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {}}]},
        "7": {"name": "numbered", "timezone": "Atlantic/Azores", "operatingHours": [
            {"effectiveFrom": "2026-01-01", "weekly": {"sat": [["22:00", "00:00"]], "sun": [["00:00", "01:00"], ["09:00", "17:00"]], **OFFICE}}
        ]},
    }


def directory_lines(bad):
    lines = [{"key": "channel/c-utc", "value": {"timezone": "Asia/Tokyo"}}, {"key": "channel/c-gone", "value": {"name": "x"}}]
    lines += [{"key": f"channel/{key}", "value": value} for key, value in channels().items()]
    lines += [
        {"key": "channel/c-gone", "value": None},
        {"key": "manager/A", "value": {"name": "Ann"}},
        {"key": "team/t1", "value": {"name": "Billing"}},
    ]
    text = [json.dumps(line, ensure_ascii=False) for line in lines]
    if bad:
        text += [
            json.dumps({"key": "channel/c-utc", "value": {"timezone": "Mars/Olympus"}}),
            json.dumps({"key": "channel/c-utc", "value": {"operatingHours": [{"effectiveFrom": "2026-02-30", "weekly": {}}]}}),
            json.dumps({"key": "channel/c-utc", "value": {"operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {"mon": [["9", "18:00"]]}}]}}),
            json.dumps({"key": "channel/c-seoul", "value": {"operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {"mon": [["09:00"]]}}]}}),
            '{"key":"channel/c-paris","value":{',
            "",
        ]
    return text


CHANNEL_KEYS = list(channels()) + ["c-none", "c-gone"]


class Writer:
    """Collects the events of one chat: a clock that mostly goes forward, and ids."""

    def __init__(self, rng, number):
        self.rng = rng
        self.chat = f"chat-{number}"
        if rng.random() < 0.1:
            self.chat = str(100_000 + number)
        self.now = parse_time(rng.choice(BASES)) + rng.randrange(0, 6 * HOUR)
        if rng.random() < 0.3:
            self.now -= self.now % MINUTE
        self.start = self.now
        self.events, self.count, self.current = [], 0, None
        self.channel = rng.choice(CHANNEL_KEYS)
        self.direction = "OUTBOUND" if rng.random() < 0.15 else "INBOUND"
        self.medium = rng.choice(["native", "native", "app", "email", "phone"])
        self.managers = rng.sample(["A", "B", "C", "D", 5], 3)

    def wait(self, most=5 * MINUTE):
        """Pass some time: often nothing, often a round figure, seldom very long."""
        roll = self.rng.random()
        if roll < 0.12:
            return self
        if roll < 0.3:
            self.now += self.rng.choice([1, 500, SECOND, 5 * SECOND, 20 * SECOND, MINUTE, 30 * MINUTE])
        elif roll < 0.96:
            self.now += self.rng.randrange(1, most)
        else:
            self.now += self.rng.choice([HOUR, 9 * HOUR, 14 * HOUR, DAY - 1, DAY + 1, 2 * DAY])
        return self

    def add(self, kind, /, at=None, **data):
        self.count += 1
        rng = self.rng
        at = self.now if at is None else at
        source = rng.choice(["/chat/1", "/chat/1", "/chat/2", "/queue", "/ünï"])
        ident = f"{self.chat}-{self.count}" if rng.random() < 0.97 else f"{rng.randrange(10)}-{self.count}"
        event = {"specversion": "1.0", "id": ident, "source": source, "type": kind, "subject": self.chat, "time": show_time(at)}
        if rng.random() < 0.05:
            event["time"] = show_time(at + 9 * HOUR)[:-1] + rng.choice(["", "0", "999999"]) + "+09:00"
        if rng.random() < 0.01:
            event["traceparent"] = "00-0"
        data = {key.rstrip("_"): value for key, value in data.items()}
        if kind != "chat.created" and kind != "chat.profile_set" and rng.random() < 0.03:
            data["channelId"] = self.channel
        if rng.random() < 0.01:
            data["someFutureMember"] = {"x": [1]}
        if data or rng.random() < 0.2:
            event["data"] = data
        if self.chat.isdigit() and rng.random() < 0.2:
            event["subject"] = int(self.chat)
        topic = kind.split(".")[0]
        event["_topic"] = {"message": "message-events", "queue": "queue-events"}.get(topic, "chat-events")
        self.events.append(event)
        return self

    def manager(self):
        return self.rng.choice(self.managers)

    # -- single events, as they occur in real life

    def created(self, at=None):
        rng, data = self.rng, {"channelId": self.channel}
        if self.channel == "7" and rng.random() < 0.5:
            data["channelId"] = 7
        if rng.random() < 0.7:
            data.update(userId=f"u{rng.randrange(50)}", userName=rng.choice(["Kim", "Lee", "Ng", "김"]))
        if self.direction == "OUTBOUND" or rng.random() < 0.3:
            data["direction"] = self.direction
        if self.medium != "native" or rng.random() < 0.3:
            data["medium"] = {"type": self.medium, "name": {"app": rng.choice(["app~appKakao", "appLine"])}.get(self.medium, self.medium)}
            if self.medium == "native" and rng.random() < 0.5:
                del data["medium"]["type"]
            if rng.random() < 0.2:
                data["medium"]["senderName"] = "Sender"
        for key, values in {
            "sync": ["sync", "async"],
            "page": ["https://example.org/a"],
            "title": ["Order 1"],
            "priority": ["high", "low"],
            "lang": ["ko", "en"],
            "source": [{"workflowId": "w1"}, {"marketing": {"type": "campaign", "id": 9}}, {"workflowId": 3, "marketing": {"type": "one-time", "id": "m"}}],
            "verified": [True, False],
            "endUser": [{"id": "e1", "identifier": "x"}, {"id": 17}],
            "sessionType": ["chat", None],
        }.items():
            if rng.random() < 0.15:
                data[key] = rng.choice(values)
        return self.add("chat.created", at=at, **data)

    def message(self, person, **more):
        rng = self.rng
        if rng.random() < 0.07:
            more["private"] = rng.random() < 0.8
        if person == "user" and rng.random() < 0.04:
            more["answersWorkflow"] = True
        if rng.random() < 0.05:
            more["files"] = rng.randrange(3)
        else:
            more["text"] = "?" if person == "user" else "!"
        who = {"type": person}
        if rng.random() < 0.95:
            manager = self.current if self.current is not None and rng.random() < 0.8 else self.manager()
            who["id"] = {"user": "u1", "manager": manager, "bot": "b1"}[person]
        return self.add("message.sent", messageId=f"m{self.count}", person=who, **more)

    def opened(self, by=None):
        by = by or self.rng.choice(["user", "workflow", "manager", "user"])
        return self.add("chat.opened", by=by, **({"managerId": self.manager()} if by == "manager" else {}))

    def assigned(self, manager=None):
        self.current = self.manager() if manager is None else manager
        data = {"managerId": self.current}
        if self.rng.random() < 0.2:
            data["teamId"] = self.rng.choice(["t1", "t2", 3])
        if self.rng.random() < 0.3:
            data["agent"] = {"name": f"Agent {data['managerId']}", "firstName": "Ann", "agentNumber": "007"}
        return self.add("chat.assigned", **data)

    def closed(self):
        rng = self.rng
        data = {"by": rng.choice(["manager", "manager", "user", "workflow", "system"])}
        if rng.random() < 0.3:
            data["status"] = rng.choice(["finished", "failed", "canceled", "no_response"])
        if rng.random() < 0.1:
            data["subStatus"] = rng.choice(["voicemail", "deflected", "other", "connected"])
        if rng.random() < 0.1:
            data.update(finishReason="done", failReason="none")
        return self.add("chat.closed", **data)

    def missed(self):
        reasons = ["notInOperation", "noOperator", "abandonedInQueue", "ringTimeOver", "userLeft", "exceededQueue", "workflow"]
        return self.add("chat.missed", reason=self.rng.choice(reasons))

    def entered(self, queue=None, at=None):
        rng, data = self.rng, {"queueId": self.rng.choice(["q1", "q2", 3]) if queue is None else queue}
        if rng.random() < 0.2:
            data["serviceLevel"] = {"targetSecs": 30, "targetPercent": 75.5}
        if rng.random() < 0.2:
            data["menuPath"] = {"id": "mp1", "name": "Billing", "materializedPath": "Support/Billing"}
        if rng.random() < 0.2:
            data["priority"] = rng.randrange(1, 9)
        if rng.random() < 0.1:
            data["transferId"] = f"tr{rng.randrange(2)}"
        if rng.random() < 0.1:
            data["lang"] = "de"
        return self.add("queue.entered", at=at, **data)

    def left(self, queue=None, outcome=None, at=None):
        outcomes = ["answered", "answered", "abandoned", "timeout", "overflow", "transferred", "deflected"]
        data = {"outcome": outcome or self.rng.choice(outcomes)}
        if queue is not None:
            data["queueId"] = queue
        if self.rng.random() < 0.5:
            data["managerId"] = self.manager()
        return self.add("queue.left", at=at, **data)

    def snoozed(self):
        more = {"until": show_time(self.now + HOUR)} if self.rng.random() < 0.5 else {}
        return self.add("chat.snoozed", **more)

    # -- stretches of a chat

    def talk(self, rounds):
        for _ in range(rounds):
            person = self.rng.choices(["user", "manager", "bot"], [5, 5, 1])[0]
            self.wait().message(person)
        return self

    def queue_stretch(self):
        rng = self.rng
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            queue = rng.choice(["q1", "q2", 3])
            self.wait().entered(queue)
            self.wait(2 * MINUTE)
            roll = rng.random()
            if roll < 0.6:
                self.left(queue)
            elif roll < 0.7:
                self.left()
            elif roll < 0.8:
                self.left("q-foreign")
            elif roll < 0.9:  # moved to another queue within one millisecond
                other = rng.choice([q for q in ["q1", "q2", 3] if q != queue])
                self.left(queue, rng.choice(["overflow", "transferred", "timeout"])).entered(other)
                self.wait(2 * MINUTE)
                if rng.random() < 0.7:
                    self.left(other)
        return self

    def assistant(self):
        rng = self.rng
        if rng.random() < 0.7:
            self.message("user").wait(10 * SECOND)
        self.add("chat.alf_started").wait(10 * SECOND)
        for _ in range(rng.randrange(3)):
            self.message("bot").wait().message("user").wait()
        roll = rng.random()
        if roll < 0.35:
            self.opened("alf")
        elif roll < 0.6:
            self.add("chat.alf_ended")
        elif roll < 0.75:
            self.now += rng.choice([DAY - 1, DAY + 1, 30 * HOUR])
            self.message("user")
        if rng.random() < 0.4:
            self.add("chat.alf_scored", cxScore=rng.choice([1, 2.5, 4.25, 5.0, 5]))
        return self

    def workflow(self):
        rng = self.rng
        self.wait(SECOND).add("chat.workflow_started", workflowId="w1").wait(5 * SECOND).message("bot")
        if rng.random() < 0.6:
            self.wait(MINUTE).message("user", answersWorkflow=True)
        if rng.random() < 0.5:
            self.wait(MINUTE).message("user")
        if rng.random() < 0.85:
            self.wait(MINUTE).add("chat.workflow_ended", workflowId="w1")
        return self

    def call(self):
        rng, meet = self.rng, f"meet{self.rng.randrange(3)}"
        more = {} if rng.random() < 0.4 else {"direction": rng.choice(["INBOUND", "OUTBOUND"])}
        if rng.random() < 0.9:
            self.wait(20 * SECOND).add("meet.started", meetId=meet, type="phone", from_="+821012345678", to="+8215881588", **more)
        if rng.random() < 0.8:
            self.wait(20 * SECOND).add("meet.engaged", meetId=meet, managerId=self.manager())
        self.wait()
        if rng.random() < 0.9:
            self.add("meet.ended", meetId=meet, **({} if rng.random() < 0.8 else {"missedReason": "userLeft"}))
        return self

    def connected(self, manager):
        more = {}
        if self.rng.random() < 0.3:
            more["participantId"] = f"p{manager}"
            self.add("participant.joined", participantId=f"p{manager}", type="agent", userId=manager, status="connected")
        if self.rng.random() < 0.2:
            more["menuPath"] = {"id": "mp3", "name": "Returns", "materializedPath": "Support/Returns/Shoes"}
        return self.add("agent.connected", managerId=manager, **more)

    def transfer(self, handler):
        """Handed over to another agent, cold or warm, perhaps through a queue; perhaps it fails."""
        rng, ident = self.rng, f"tr{self.count}"
        target = rng.choice([m for m in self.managers if m != handler])
        agents = {"fromAgent": {"id": handler, "name": "From"}, "toAgent": {"id": target, "lastName": "To"}}
        self.wait().add("chat.transferred", transferId=ident, status="transferring", cold=rng.random() < 0.5, **agents)
        if rng.random() < 0.2:
            return self.wait(MINUTE).add("chat.transferred", transferId=ident, status="failed", failReason="busy")
        if rng.random() < 0.5:
            self.add("queue.entered", queueId="q-transfer", transferId=ident).wait(MINUTE).left("q-transfer", "answered")
        self.wait(MINUTE).add("chat.transferred", transferId=ident, status="transferred", **agents)
        self.wait(SECOND).assigned(target).wait(SECOND).connected(target).talk(rng.randrange(4))
        if rng.random() < 0.7:
            self.add("agent.disconnected", managerId=target, **({"event": "hung_up"} if rng.random() < 0.3 else {}))
        return self

    def virtual_agent(self):
        rng, virtual = self.rng, {"id": self.rng.choice(["va1", 2]), "name": "Eva"}
        if rng.random() < 0.8:
            self.wait(SECOND).add("va.assigned", virtualAgent=virtual)
        self.wait(SECOND).add("va.connected", virtualAgent=virtual).talk(rng.randrange(3)).wait()
        if rng.random() < 0.5:
            return self.add("va.escalated", reason="asked", **({"deflection": "sms"} if rng.random() < 0.5 else {}))
        return self.add("va.ended", responseCount=rng.randrange(5), fallbackCount=rng.randrange(3))

    def snooze_stretch(self):
        self.wait(HOUR).snoozed()
        if self.rng.random() < 0.3:
            self.wait(HOUR).snoozed()
        if self.rng.random() < 0.8:
            self.now += self.rng.randrange(1, 20 * HOUR)
            self.opened()
        return self

    def episode(self):
        rng, handler = self.rng, self.manager()
        self.wait(20 * SECOND)
        if rng.random() < 0.92:
            self.opened()
        if rng.random() < 0.4:
            self.queue_stretch()
        if rng.random() < 0.8:
            self.wait(MINUTE).assigned(handler)
        connected = rng.random() < 0.3
        if connected:
            self.wait(5 * SECOND).connected(handler)
        if self.medium == "phone" or rng.random() < 0.05:
            self.call()
        self.talk(rng.randrange(8))
        if rng.random() < 0.25:
            self.snooze_stretch().talk(rng.randrange(4))
        if connected and rng.random() < 0.4:
            self.wait().add("agent.held", managerId=handler).wait(MINUTE).add("agent.resumed", managerId=handler)
        if rng.random() < 0.2:
            if rng.random() < 0.5:
                self.wait().add("chat.unassigned")
            self.wait().assigned().talk(rng.randrange(4))
        if connected and rng.random() < 0.25:
            self.transfer(handler)
        self.wait()
        if connected and rng.random() < 0.8:
            self.add("agent.disconnected", managerId=handler)
        roll = rng.random()
        if roll < 0.75:
            self.closed()
        elif roll < 0.9:
            self.missed()
        if connected and rng.random() < 0.5:
            self.add("agent.wrap_up_started", managerId=handler).wait(MINUTE).add("agent.wrap_up_ended", managerId=handler)
        return self

    def survey(self):
        rng = self.rng
        self.wait(MINUTE).add("chat.csat_requested")
        if rng.random() < 0.8:
            scale = rng.choice([2, 3, 5])
            more = {"comment": rng.choice(["친절해요", "ok", ""])} if rng.random() < 0.4 else {}
            self.wait().add("chat.csat_submitted", scale=scale, choice=rng.randrange(1, scale + 1), **more)
        return self

    # -- noise

    def some_profile(self):
        rng = self.rng
        values = {
            "vip": [True, False, "yes", None],
            "plan": ["gold", 5, None],
            "score": [1, 2.5, "7", True],
            "birthday": ["02-29", "1990-12-31", "12/31", 5, "13-01"],
            "renewal": [1772442000000, "2026-03-02", 1.5],
            "labels": [["a", "b"], [], "a", ["a", 1]],
            "free": ["x", 1, {"a": [1, None]}, [True], None],
            "csat": [3, 4.5, "5", None],
            "csatComment": ["good", 5, None],
        }
        return {key: rng.choice(values[key]) for key in rng.sample(sorted(values), rng.randrange(1, 5))}

    def noise(self, at):
        """Any event at any time."""
        rng, real = self.rng, self.now
        self.now = at
        menu = {"id": "mp2", "name": "Sales", "materializedPath": "Sales"}
        person = {"participantId": "p1", "type": rng.choice(["agent", "end_user", "third_party", "virtual_agent"])}
        virtual = {"id": "va1", "name": "Eva"}
        agent = {"id": "A", "firstName": "Ann"}
        choices = [
            lambda: self.created(),
            lambda: self.opened(),
            lambda: self.opened("alf"),
            lambda: self.closed(),
            lambda: self.closed(),
            lambda: self.missed(),
            lambda: self.missed(),
            lambda: self.snoozed(),
            lambda: self.snoozed(),
            lambda: self.entered(),
            lambda: self.left(),
            lambda: self.left(rng.choice(["q1", "q2", 3])),
            lambda: self.assigned(),
            lambda: self.assigned(),
            lambda: self.add("chat.unassigned"),
            lambda: self.message("user"),
            lambda: self.message("user"),
            lambda: self.message("manager"),
            lambda: self.message("bot"),
            lambda: self.message("user", private=True),
            lambda: self.add("chat.alf_started"),
            lambda: self.add("chat.alf_ended"),
            lambda: self.add("chat.alf_scored", cxScore=rng.choice([1.0, 3, 4.75])),
            lambda: self.add("chat.workflow_started", workflowId=8),
            lambda: self.add("chat.workflow_ended", workflowId="w2"),
            lambda: self.add("chat.team_assigned", teamId=rng.choice(["t1", "t2", 3, None])),
            lambda: self.add("chat.tagged", **rng.choice([{"add": ["a", "b", "a"]}, {"add": ["c"], "remove": ["a"]}, {"remove": ["b", "zz"]}, {"add": ["a"]}])),
            lambda: self.add("chat.updated", **rng.choice([{"title": "T2", "description": "D"}, {"title": None}, {"priority": "high"}, {"priority": None, "userName": "Park"}, {"userName": None}, {"description": None, "menuPath": menu}, {"selectedMenu": [1], "queuePriority": 4, "lang": "en"}, {"menuPath": None, "verified": True}])),
            lambda: self.add("chat.goal_set", **rng.choice([{"state": "waiting"}, {"state": "achieved", "eventName": "Buy"}, {"state": "achieved"}, {"state": "notAchieved", "eventName": "Leave"}])),
            lambda: self.add("chat.profile_set", **self.some_profile()),
            lambda: self.add("chat.profile_set", **self.some_profile()),
            lambda: self.survey(),
            lambda: self.add("chat.feedback", rating=rng.randrange(1, 6), **({"comment": "nice"} if rng.random() < 0.5 else {})),
            lambda: self.add("chat.followers_set", managerIds=rng.choice([[], ["A", "B"], [5, "C"]])),
            lambda: self.add("chat.ticket_linked", outTicketId=4711, outTicketUrl="https://example.org/t"),
            lambda: self.add("chat.recording_set", permission="granted", url="https://example.org/r"),
            lambda: self.add("chat.media_added", kind="photo", id="ph1", url="https://example.org/p"),
            lambda: self.add("chat.smart_action", kind="verification", verified=True),
            lambda: self.add("chat.in_call_message", channel="sms", direction="OUTBOUND"),
            lambda: self.add("chat.offered", offerType="cascade", group="g1"),
            lambda: self.add("participant.joined", **person),
            lambda: self.add("participant.left", **person),
            lambda: self.add("agent.connected", managerId=self.manager(), participantId="p1"),
            lambda: self.add("agent.disconnected", managerId=self.manager()),
            lambda: self.add("agent.held", managerId=self.manager()),
            lambda: self.add("agent.resumed", managerId=self.manager()),
            lambda: self.add("agent.wrap_up_started", managerId=self.manager()),
            lambda: self.add("agent.wrap_up_ended", managerId=self.manager()),
            lambda: self.add("va.assigned", virtualAgent=virtual),
            lambda: self.add("va.connected", virtualAgent=virtual, initiatedBy="menu"),
            lambda: self.add("va.escalated", reason="asked", **({"deflection": "sms"} if rng.random() < 0.5 else {})),
            lambda: self.add("va.ended", responseCount=3, fallbackCount=1),
            lambda: self.add("chat.transferred", transferId=f"tr{rng.randrange(2)}", status=rng.choice(["transferring", "transferred", "failed"]), fromAgent=agent, toMenu=menu),
            lambda: self.add("chat.disposition_set", codes=["x", "y"], notes="n"),
            lambda: self.call(),
        ]
        rng.choice(choices)()
        self.now = max(real, self.now)
        return self


def realistic(chat):
    """A plausible chat: perhaps a workflow or the assistant, one or more episodes, a survey."""
    rng = chat.rng
    late = rng.random() < 0.05
    if not late and rng.random() < 0.95:
        chat.created()
    if rng.random() < 0.5:
        chat.wait(20 * SECOND).message("user")
    if rng.random() < 0.2:
        chat.workflow()
    if rng.random() < 0.25:
        chat.assistant()
    if rng.random() < 0.1:
        chat.virtual_agent()
    if rng.random() < 0.1:
        chat.wait(MINUTE).missed()
    if rng.random() < 0.1:
        chat.queue_stretch()
    for _ in range(rng.choices([0, 1, 2, 3], [1, 12, 4, 1])[0]):
        chat.episode()
        if rng.random() < 0.2:
            chat.wait(HOUR).message("user")
    if rng.random() < 0.3:
        chat.survey()
    if late:
        chat.created()


def odd(chat):
    """No plot at all: a handful of events on few instants, so that ranks, sources and ids decide."""
    rng = chat.rng
    step = rng.choice([1, SECOND, MINUTE, HOUR])
    if rng.random() < 0.7:
        chat.created(at=chat.now + rng.choice([0, 0, 0, 3 * step]))
    for _ in range(rng.randrange(3, 25)):
        chat.noise(chat.start + step * rng.randrange(8))


def bad_lines(rng):
    good = {"specversion": "1.0", "source": "/bad", "type": "chat.opened", "subject": "bad", "time": "2026-03-02T09:00:00Z", "data": {"by": "user"}}

    def line(ident, **change):
        return json.dumps({key: value for key, value in {**good, "id": ident, **change}.items() if value is not ...})

    return [
        "not json",
        '{"specversion":"1.0",',
        line("b1", subject=...),
        line("b2", subject=""),
        line("b3", specversion="0.3"),
        line("b4", time="yesterday"),
        line("b5", time="1999-12-31T23:59:59.999Z"),
        line("b6", data={"by": "ghost"}),
        line("b7", data=...),
        line("b8", data={"by": 5}),
        line("b9", type="message.sent", data={"messageId": "m", "person": {"type": "user"}, "private": "no"}),
        line("b10", type="chat.alf_scored", data={"cxScore": 5.5}),
        line("b11", type="chat.csat_submitted", data={"scale": 3, "choice": 4}),
        line("b12", type="chat.csat_submitted", data={"scale": 4, "choice": 1}),
        line("b13", type="chat.created", data={}),
        line("b14", type="queue.entered", data={"queueId": 4.0}),
        line("b15", type="queue.entered", data={"queueId": "q", "priority": 9}),
        line("b16", type="chat.unheard_of", data=5),
        line("b17", type="meet.started", data={"meetId": "m", "type": "fax"}),
        line("b18", type="chat.assigned", data={"managerId": None}),
        line("b19", type="chat.closed", data=[]),
        line("b20", source=...),
        line("b21", type="chat.feedback", data={"rating": 3.0}),
        "",
        "   ",
    ]


def corpus(seed, chats, bad=False):
    """(event lines, directory lines)."""
    rng = random.Random(seed)
    lines = []
    for number in range(chats):
        chat = Writer(rng, number)
        if rng.random() < 0.75:
            realistic(chat)
            if rng.random() < 0.5:
                for _ in range(rng.randrange(1, 6)):
                    chat.noise(rng.randrange(chat.start - MINUTE, chat.now + HOUR))
        else:
            odd(chat)
        if not chat.events:
            chat.created()
        for event in chat.events:
            text = json.dumps(event, ensure_ascii=False)
            lines.append(text)
            while rng.random() < 0.04:
                lines.append(text)
    rng.shuffle(lines)
    if bad:
        for line in bad_lines(rng):
            lines.insert(rng.randrange(len(lines) + 1), line)
        # Another event under an id already taken: it comes later in the file, so it changes nothing.
        for text in rng.sample(lines, min(20, len(lines))):
            if text.startswith('{"specversion": "1.0", "id": "') and "/bad" not in text:
                lines.append(json.dumps({**json.loads(text), "time": "2026-03-02T12:00:00.000Z"}, ensure_ascii=False))
    return lines, directory_lines(bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--out-dir", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--bad", action="store_true", help="mix in lines for the dead letters")
    args = parser.parse_args()
    events, directory = corpus(args.seed, args.chats, args.bad)
    args.out_dir.mkdir(parents=True, exist_ok=True)
    (args.out_dir / "events.jsonl").write_text("\n".join(events) + "\n", encoding="utf-8")
    (args.out_dir / "directory.jsonl").write_text("\n".join(directory) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
