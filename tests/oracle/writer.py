"""Writes the events of one chat of a corpus: single events and plausible stretches of them."""

from documents import CHANNEL_KEYS
from envelope import parse_time, show_time

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
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

TEAMS = ["t1", "t2", 3, "t/4", ""]
QUEUES = ["q1", "q2", 3, "q1", "q2", "q/100%", ""]
MENUS = [
    {"id": "mp1", "name": "Billing", "materializedPath": "Support/Billing"},
    {"id": "mp2", "name": "Sales", "materializedPath": "Sales"},
    {"id": "mp3", "name": "Returns", "materializedPath": "Support/Returns/Shoes"},
    {"id": 4},
]
LEVELS = [
    {"targetSecs": 30, "targetPercent": 75.5},
    {"targetSecs": 30, "targetPercent": 75.5, "abandonThresholdSecs": 10},
    {"targetSecs": 0, "abandonThresholdSecs": 0.5},
    {"targetPercent": 80},
    {},
]


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
            data["channelId"] = self.channel if rng.random() < 0.7 else rng.choice(CHANNEL_KEYS)
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
        if rng.random() < 0.05:
            data["channelId"] = rng.choice(CHANNEL_KEYS)
        elif self.channel == "7" and rng.random() < 0.5:
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
            "endUser": [{"id": "e1", "identifier": "x"}, {"id": 17}, {"id": "e2", "outContactId": 8}],
            "sessionType": ["chat", "Inbound Call", None],
            "supportNumber": ["+8215881588"],
            "outboundNumber": ["+33123456789"],
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
            who["id"] = {"user": "u1", "manager": manager if rng.random() < 0.99 else "", "bot": "b1"}[person]
        return self.add("message.sent", messageId=f"m{self.count}", person=who, **more)

    def opened(self, by=None):
        by = by or self.rng.choice(["user", "workflow", "manager", "user"])
        return self.add("chat.opened", by=by, **({"managerId": self.manager()} if by == "manager" else {}))

    def assigned(self, manager=None):
        self.current = self.manager() if manager is None else manager
        data = {"managerId": self.current}
        if self.rng.random() < 0.2:
            data["teamId"] = self.rng.choice(TEAMS)
        if self.rng.random() < 0.3:
            agent = {"name": f"Agent {self.current}", "firstName": "Ann", "lastName": "Oh", "agentNumber": "007"}
            agent["avatarUrl"] = "https://example.org/a.png"
            data["agent"] = {key: agent[key] for key in self.rng.sample(sorted(agent), self.rng.randrange(6))}
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
        rng, data = self.rng, {"queueId": self.rng.choice(QUEUES) if queue is None else queue}
        if rng.random() < 0.3:
            data["serviceLevel"] = rng.choice(LEVELS)
        if rng.random() < 0.2:
            data["menuPath"] = rng.choice(MENUS)
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
            data["managerId"] = self.manager() if self.rng.random() < 0.95 else ""
        if data["outcome"] == "deflected" or self.rng.random() < 0.05:
            data["deflection"] = self.rng.choice(["sms", "callback", ""])
        return self.add("queue.left", at=at, **data)

    def snoozed(self):
        more = {"until": show_time(self.now + HOUR)} if self.rng.random() < 0.5 else {}
        return self.add("chat.snoozed", **more)

    # -- stretches of a chat

    def talk(self, rounds):
        for _ in range(rounds):
            person = self.rng.choices(["user", "manager", "bot"], [5, 5, 1])[0]
            self.wait().message(person)
            while self.rng.random() < 0.08:  # more of the same millisecond
                self.message(self.rng.choice(["user", "manager", "bot"]))
        return self

    def queue_stretch(self):
        rng = self.rng
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            queue = rng.choice(QUEUES)
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
                other = rng.choice([q for q in QUEUES if q != queue])
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
            more["menuPath"] = self.rng.choice(MENUS)
        return self.add("agent.connected", managerId=manager, **more)

    def participants(self):
        """A customer, perhaps a third party: joining, perhaps leaving, perhaps coming back."""
        rng = self.rng
        for kind, ident in (("end_user", "pe"), ("third_party", "pt")):
            for _ in range(rng.choice([0, 1, 1, 2])):
                who = {"participantId": ident, "type": kind}
                known = {"endUserId": "e1"} if kind == "end_user" else {"status": "ringing"}
                self.wait(SECOND).add("participant.joined", **who, **(known if rng.random() < 0.7 else {}))
                if rng.random() < 0.7:
                    more = rng.choice([{}, {"status": "left"}, {"status": "failed", "failReason": "line busy"}])
                    self.wait(MINUTE).add("participant.left", **who, **more)
        return self

    def holds(self, handler):
        """On hold: ended or not, twice at once, of another agent."""
        rng = self.rng
        for _ in range(rng.choice([1, 1, 2])):
            who = handler if rng.random() < 0.85 else self.manager()
            self.wait().add("agent.held", managerId=who)
            if rng.random() < 0.2:
                self.wait(SECOND).add("agent.held", managerId=who)
            if rng.random() < 0.8:
                self.wait(MINUTE).add("agent.resumed", managerId=who)
        return self

    def wrap_up(self, handler):
        rng = self.rng
        self.wait(SECOND).add("agent.wrap_up_started", managerId=handler)
        if rng.random() < 0.75:
            self.wait(MINUTE).add("agent.wrap_up_ended", managerId=handler)
        if rng.random() < 0.4:
            more = {"notes": "n"} if rng.random() < 0.5 else {}
            self.add("chat.disposition_set", codes=rng.choice([["sold"], ["x", "y"], []]), **more)
        return self

    def transfer(self, handler):
        """Handed over to another agent, cold or warm, perhaps through a queue; perhaps it fails."""
        rng, ident = self.rng, f"tr{self.count}"
        target = rng.choice([m for m in self.managers if m != handler])
        agents = {"fromAgent": {"id": handler, "name": "From"}, "toAgent": {"id": target, "lastName": "To"}}
        more = {"fromMenu": rng.choice(MENUS), "toMenu": rng.choice(MENUS)} if rng.random() < 0.3 else {}
        if rng.random() < 0.15:
            del agents[rng.choice(sorted(agents))]
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            first = {"cold": rng.random() < 0.5} if rng.random() < 0.8 else {}
            self.wait().add("chat.transferred", transferId=ident, status="transferring", **first, **more, **agents)
        if rng.random() < 0.2:
            return self.wait(MINUTE).add("chat.transferred", transferId=ident, status="failed", failReason="busy")
        if rng.random() < 0.5:
            self.add("queue.entered", queueId="q-transfer", transferId=ident).wait(MINUTE).left("q-transfer", "answered")
        for _ in range(rng.choice([1, 1, 1, 2])):
            self.wait(MINUTE).add("chat.transferred", transferId=ident, status="transferred", **agents)
        self.wait(SECOND).assigned(target).wait(SECOND).connected(target).talk(rng.randrange(4))
        if rng.random() < 0.7:
            self.add("agent.disconnected", managerId=target, **({"event": "hung_up"} if rng.random() < 0.3 else {}))
        if rng.random() < 0.3:
            self.wrap_up(target)
        if rng.random() < 0.3:  # and back to the one before
            self.wait(SECOND).connected(handler).talk(rng.randrange(3))
        return self

    def virtual_agent(self):
        rng, virtual = self.rng, {"id": self.rng.choice(["va1", 2])}
        if rng.random() < 0.7:
            virtual["name"] = "Eva"
        if rng.random() < 0.8:
            self.wait(SECOND).add("va.assigned", virtualAgent=virtual)
        for _ in range(rng.choice([0, 1, 1, 1, 1, 2])):
            more = {"initiatedBy": "menu"} if rng.random() < 0.4 else {}
            self.wait(SECOND).add("va.connected", virtualAgent=virtual, **more).talk(rng.randrange(3)).wait()
        if rng.random() < 0.15:
            return self
        if rng.random() < 0.5:
            more = {"deflection": rng.choice(["sms", "faq"])} if rng.random() < 0.5 else {}
            if rng.random() < 0.3:
                more["menuPath"] = rng.choice(MENUS)
            return self.add("va.escalated", reason=rng.choice(["asked", "lost"]), **more)
        more = {"responseCount": rng.randrange(5), "fallbackCount": rng.randrange(3)}
        if rng.random() < 0.3:
            del more[rng.choice(sorted(more))]
        return self.add("va.ended", **more)

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
        if rng.random() < 0.25:
            self.add("chat.team_assigned", teamId=rng.choice([*TEAMS, None]))
        connected = rng.random() < 0.35
        if rng.random() < 0.1:
            more = {"castingTime": rng.randrange(60)} if rng.random() < 0.6 else {}
            self.add("chat.offered", offerType=rng.choice(["cascade", "direct"]), group=rng.choice(["g1", "g2"]), **more)
        if connected:
            self.wait(5 * SECOND).connected(handler)
        if self.medium == "phone" or rng.random() < 0.05:
            self.call()
        if rng.random() < 0.1:
            self.participants()
        self.talk(rng.randrange(8))
        if rng.random() < 0.25:
            self.snooze_stretch().talk(rng.randrange(4))
        if connected and rng.random() < 0.4:
            self.holds(handler)
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
            self.wrap_up(handler)
        return self

    def survey(self):
        rng = self.rng
        if rng.random() < 0.9:
            self.wait(MINUTE).add("chat.csat_requested")
        while rng.random() < 0.6:
            scale = rng.choice([2, 3, 5])
            more = {"comment": rng.choice(["친절해요", "ok", ""])} if rng.random() < 0.4 else {}
            self.wait().add("chat.csat_submitted", scale=scale, choice=rng.randrange(1, scale + 1), **more)
        return self
