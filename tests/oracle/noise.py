"""Noise for a corpus: any event at any time."""

from writer import MENUS, QUEUES, TEAMS, Writer


class Noisy(Writer):
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
        menu = rng.choice(MENUS)
        person = {"participantId": "p1", "type": rng.choice(["agent", "end_user", "third_party", "virtual_agent"])}
        virtual = {"id": "va1", "name": "Eva"}
        agent = {"id": self.manager(), "firstName": "Ann"}
        some = lambda **members: members if rng.random() < 0.5 else {}
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
            lambda: self.left(rng.choice(QUEUES)),
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
            lambda: self.add("chat.team_assigned", teamId=rng.choice([*TEAMS, None])),
            lambda: self.add("chat.tagged", **rng.choice([{"add": ["a", "b", "a"]}, {"add": ["c"], "remove": ["a"]}, {"remove": ["b", "zz"]}, {"add": ["a"]}])),
            lambda: self.add("chat.updated", **rng.choice([{"title": "T2", "description": "D"}, {"title": None}, {"priority": "high"}, {"priority": None, "userName": "Park"}, {"userName": None}, {"description": None, "menuPath": menu}, {"selectedMenu": [1], "queuePriority": 4, "lang": "en"}, {"menuPath": None, "verified": True}, {"verified": None, "lang": None}, {"selectedMenu": {"b": 1, "a": [2.5, None]}}, {"selectedMenu": None, "queuePriority": None}])),
            lambda: self.add("chat.goal_set", **rng.choice([{"state": "waiting"}, {"state": "achieved", "eventName": "Buy"}, {"state": "achieved"}, {"state": "notAchieved", "eventName": "Leave"}])),
            lambda: self.add("chat.profile_set", **self.some_profile()),
            lambda: self.add("chat.profile_set", **self.some_profile()),
            lambda: self.survey(),
            lambda: self.add("chat.feedback", rating=rng.randrange(1, 6), **({"comment": "nice"} if rng.random() < 0.5 else {})),
            lambda: self.add("chat.followers_set", managerIds=rng.choice([[], ["A", "B"], [5, "C"]])),
            lambda: self.add("chat.ticket_linked", outTicketId=rng.choice([4711, "T-1"]), **some(outTicketUrl="https://example.org/t")),
            lambda: self.add("chat.recording_set", permission=rng.choice(["granted", "denied", "not_asked"]), **some(url="https://example.org/r")),
            lambda: self.add("chat.media_added", kind=rng.choice(["photo", "video"]), id=rng.choice(["ph1", 2]), url=f"https://example.org/{rng.randrange(9)}", **some(photoType="png")),
            lambda: self.add("chat.smart_action", kind=rng.choice(["verification", "photo", "video", "text"]), **some(verified=rng.random() < 0.5), **some(url="https://example.org/s")),
            lambda: self.add("chat.in_call_message", channel=rng.choice(["sms", "mms", "whatsapp"]), direction=rng.choice(["INBOUND", "OUTBOUND"])),
            lambda: self.add("chat.offered", offerType=rng.choice(["cascade", "direct"]), group="g1", **some(castingTime=20)),
            lambda: self.add("participant.joined", **person),
            lambda: self.add("participant.left", **person),
            lambda: self.add("agent.connected", managerId=self.manager(), participantId="p1"),
            lambda: self.add("agent.disconnected", managerId=self.manager(), **some(event="hung_up")),
            lambda: self.add("agent.held", managerId=self.manager()),
            lambda: self.add("agent.resumed", managerId=self.manager()),
            lambda: self.add("agent.wrap_up_started", managerId=self.manager()),
            lambda: self.add("agent.wrap_up_ended", managerId=self.manager()),
            lambda: self.add("va.assigned", virtualAgent=virtual),
            lambda: self.add("va.connected", virtualAgent=virtual, **some(initiatedBy="menu")),
            lambda: self.add("va.escalated", reason=rng.choice(["asked", "lost"]), **some(deflection="sms"), **some(menuPath=menu)),
            lambda: self.add("va.ended", **some(responseCount=3), **some(fallbackCount=1)),
            lambda: self.add("chat.transferred", transferId=f"tr{rng.randrange(2)}", status=rng.choice(["transferring", "transferred", "failed"]), **some(fromAgent=agent), **some(toAgent={"id": "A"}), **some(toMenu=menu), **some(failReason="busy")),
            lambda: self.add("chat.disposition_set", codes=rng.choice([["x", "y"], []]), **some(notes="n")),
            lambda: self.add("participant.left", **person, **some(status="left"), **some(failReason="gone")),
            lambda: self.add("agent.connected", managerId=self.manager()),
            lambda: self.call(),
        ]
        rng.choice(choices)()
        self.now = max(real, self.now)
        return self
