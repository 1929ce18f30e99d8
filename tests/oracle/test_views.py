"""The platform views by small stories (session.md).

    python3 -m unittest discover -s tests/oracle
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from definitions import Chat  # noqa: E402
from envelope import Event, check_data, parse_time  # noqa: E402
from hours import Channel  # noqa: E402
from views import CODES, chat_view, session_metadata  # noqa: E402

START = parse_time("2026-03-02T09:00:00Z")


def story(*lines, ident="x", channels=None):
    """A chat of events `(second, type, data)`; second may carry ms."""
    events = [
        Event(ident, START + round(second * 1000), kind, "s", f"{number:03}", check_data(kind, data))
        for number, (second, kind, data) in enumerate(lines)
    ]
    documents = {key: Channel(value) for key, value in (channels or {}).items()}
    return Chat(ident, events, documents, START + 10**9)


def created(**data):
    return 0, "chat.created", {"channelId": "c", **data}


def says(second, person, ident=None, **more):
    return second, "message.sent", {"messageId": "m", "person": {"type": person, "id": ident}, **more}


def at(second):
    return f"2026-03-02T09:{second // 60:02}:{second % 60:02}.000Z"


OPENED = (1, "chat.opened", {"by": "user"})


class Handling(unittest.TestCase):
    def rows(self, *lines):
        return chat_view(story(created(), OPENED, *lines))["handle_durations"]

    def test_assignments_where_nobody_ever_connects(self):
        rows = self.rows(
            (10, "chat.assigned", {"managerId": "A"}),
            (20, "chat.assigned", {"managerId": "A"}),
            (30, "chat.assigned", {"managerId": "B"}),
            (40, "chat.unassigned", {}),
            (50, "chat.assigned", {"managerId": "C"}),
            (60, "chat.closed", {"by": "system", "status": "failed"}),
            (70, "chat.assigned", {"managerId": "D"}),
        )
        got = [(row["agent_id"], row["chat_duration"], row["event"]) for row in rows]
        self.assertEqual(got, [("A", 20, "reassigned"), ("B", 10, "unassigned"), ("C", 10, "failed")])
        self.assertEqual([row["id"] for row in rows], ["002", "004", "006"])

    def test_connections_alone_count_where_there_is_one(self):
        rows = self.rows(
            (10, "chat.assigned", {"managerId": "A"}),
            (14.5, "agent.connected", {"managerId": "A"}),
            (30, "chat.assigned", {"managerId": "B"}),
            (40, "agent.disconnected", {"managerId": "A", "event": "hung_up"}),
            (50, "agent.connected", {"managerId": "B"}),
            (60, "chat.missed", {"reason": "userLeft"}),
        )
        got = [(row["agent_id"], row["chat_duration"], row["event"]) for row in rows]
        self.assertEqual(got, [("A", 25, "hung_up"), ("B", 10, "missed")])
        self.assertEqual([row["assigned_connection_duration"] for row in rows], [4, 20])

    def test_hold_and_wrap_up_are_of_the_agents_own_segment(self):
        rows = self.rows(
            (5, "agent.held", {"managerId": "A"}),
            (10, "agent.connected", {"managerId": "A"}),
            (12, "agent.held", {"managerId": "A"}),
            (14, "agent.held", {"managerId": "A"}),
            (15, "agent.held", {"managerId": "B"}),
            (20, "agent.resumed", {"managerId": "A"}),
            (28, "agent.held", {"managerId": "A"}),
            (30, "agent.disconnected", {"managerId": "A"}),
            (30, "agent.wrap_up_started", {"managerId": "A"}),
            (33, "agent.wrap_up_ended", {"managerId": "B"}),
            (36, "agent.connected", {"managerId": "A"}),
            (50, "agent.disconnected", {"managerId": "A"}),
            (51, "agent.wrap_up_started", {"managerId": "A"}),
            (61, "chat.tagged", {"add": ["late"]}),
        )
        self.assertEqual([row["wait_duration"] for row in rows], [10, 0])
        self.assertEqual([row["acw_duration"] for row in rows], [6, 10])

    def test_a_transfer_ends_the_one_and_marks_the_other(self):
        chat = story(
            created(),
            OPENED,
            (10, "agent.connected", {"managerId": "A"}),
            (12, "chat.transferred", {"transferId": "t", "status": "transferring", "fromAgent": {"id": "A", "name": "Ann"},
                                      "toMenu": {"id": "m", "materializedPath": "a/b"}, "cold": True}),
            (13, "queue.entered", {"queueId": "q", "transferId": "t"}),
            (19, "queue.left", {"queueId": "q", "outcome": "answered", "managerId": "B"}),
            (20, "chat.transferred", {"transferId": "t", "status": "transferred", "fromAgent": {"id": "A", "firstName": "A."},
                                      "toAgent": {"id": "B"}}),
            (21, "agent.connected", {"managerId": "B"}),
            (30, "chat.transferred", {"transferId": "u", "status": "failed", "failReason": "busy"}),
            (40, "chat.closed", {"by": "manager", "subStatus": "ok", "finishReason": "done"}),
        )
        view = chat_view(chat)
        first, second = view["handle_durations"]
        self.assertEqual((first["event"], first["transfer"], first["transfer_id"]), ("transferred", False, None))
        self.assertEqual((second["event"], second["transfer"], second["transfer_id"]), ("finished", True, "t"))
        queued = view["queue_durations"][0]
        self.assertEqual((queued["transfer_id"], queued["transfer_cold"], queued["agent_id"]), ("t", True, "B"))
        one, two = view["transfers"]
        self.assertEqual((one["status"], one["fail_reason"], one["created_at"]), ("transferred", None, at(12)))
        self.assertEqual((one["from_agent"]["first_name"], one["from_agent"]["name"]), ("A.", None))
        self.assertEqual(one["to_menu"], {"items_count": 2, "name": None, "materialized_path": "a/b"})
        self.assertEqual((two["status"], two["fail_reason"], two["to_agent"]), ("failed", "busy", None))
        self.assertEqual((view["sub_status"], view["finish_reason"], view["agent_info"]["id"]), ("ok", "done", "B"))

    def test_replies_of_the_agent_in_the_segment(self):
        row, other = self.rows(
            (10, "chat.assigned", {"managerId": "A"}),
            says(11, "user"),
            says(14.5, "manager", "A"),
            says(20, "user"),
            says(24, "manager", "B"),
            (30, "chat.assigned", {"managerId": "B"}),
            says(31, "user"),
            says(33, "manager", "A"),
        )
        self.assertEqual((row["response_count"], row["response_time_total"], row["response_time_max"]), (1, 3, 3))
        self.assertEqual((other["response_count"], other["response_time_total"], other["response_time_avg"]), (0, 0, None))


class ServiceLevel(unittest.TestCase):
    def verdict(self, outcome, wait, own=None, document=None):
        entered = {"queueId": "q"} if own is None else {"queueId": "q", "serviceLevel": own}
        chat = story(created(), (1, "queue.entered", entered), (1 + wait, "queue.left", {"outcome": outcome}),
                     channels={"c": {"serviceLevel": document}} if document else None)
        row = chat_view(chat)["queue_durations"][0]
        return row["service_level_event"], row["service_level_target_time"]

    def test_the_table(self):
        own = {"targetSecs": 20, "abandonThresholdSecs": 5}
        for outcome, wait, expected in (
            ("answered", 20, "in_sla"), ("answered", 20.001, "not_in_sla"), ("abandoned", 4.999, "excluded"),
            ("abandoned", 5, "not_in_sla"), ("transferred", 1, "excluded"), ("overflow", 99, "excluded"),
            ("deflected", 1, "excluded"), ("timeout", 99, "excluded"),
        ):
            self.assertEqual(self.verdict(outcome, wait, own), (expected, 20), outcome)
        self.assertEqual(self.verdict("abandoned", 1, {"targetSecs": 20})[0], "not_in_sla")
        self.assertEqual(self.verdict("overflow", 1, {"abandonThresholdSecs": 20})[0], None)
        self.assertEqual(self.verdict("answered", 1), (None, None))

    def test_the_policy(self):
        versions = [{"effectiveFrom": "2026-03-02", "targetSecs": 9}, {"effectiveFrom": "2026-01-01", "targetSecs": 8}]
        self.assertEqual(self.verdict("answered", 8.5, None, versions), ("in_sla", 9))
        self.assertEqual(self.verdict("answered", 8.5, {"targetSecs": 8}, versions), ("not_in_sla", 8))
        late = [{"effectiveFrom": "2027-01-01", "targetSecs": 7}]
        self.assertEqual(self.verdict("answered", 8.5, None, late), ("not_in_sla", 7))


class OtherRows(unittest.TestCase):
    def test_the_customers_row(self):
        chat = story(created(), OPENED, says(2, "user"), says(5, "manager", "A"), says(6, "manager", "A"), says(9, "user"),
                     says(10, "manager", "A"), (20, "chat.closed", {"by": "user"}), says(30, "user"))
        row = chat_view(chat)["consumer_handle_durations"][0]
        self.assertEqual((row["id"], row["chat_duration"], row["message_count"]), ("002", 18, 3))
        self.assertEqual((row["response_count"], row["response_time_max"], row["ended_at"]), (1, 4, at(20)))

    def test_csat_from_the_request_or_the_last_end(self):
        def first(*lines):
            row = chat_view(story(created(), OPENED, *lines))["consumer_event_durations"][0]
            return row["duration"], row["started_at"]

        submitted = (40, "chat.csat_submitted", {"scale": 5, "choice": 5})
        closed = (10, "chat.closed", {"by": "user"})
        self.assertEqual(first(closed, (15, "chat.csat_requested", {}), submitted), (25, at(15)))
        self.assertEqual(first(closed, submitted), (30, at(10)))
        self.assertEqual(first(submitted), (None, None))

    def test_virtual_agents(self):
        eva = {"virtualAgent": {"id": "va", "name": "Eva"}}
        view = chat_view(story(
            created(lang="ko"), (1, "va.assigned", eva), (2, "va.connected", {**eva, "initiatedBy": "menu"}),
            (5, "va.connected", eva), (9, "va.escalated", {"reason": "asked", "deflection": "sms"}),
            (10, "va.connected", eva), (12, "agent.connected", {"managerId": "A"}), (13, "va.connected", eva),
            (15, "va.ended", {"responseCount": 3, "fallbackCount": 1}),
        ))
        rows = view["virtual_agent_handle_durations"]
        self.assertEqual([row["chat_duration"] for row in rows], [3, 4, 2, 2])
        self.assertEqual([row["escalation_reason"] for row in rows], [None, "asked", None, None])
        self.assertEqual((rows[0]["initiated_by"], rows[3]["response_count"], rows[3]["fallback_response_count"]), ("menu", 3, 1))
        deflected = view["virtual_agent_deflected_escalations"]
        self.assertEqual((deflected[0]["deflection"], deflected[0]["lang"], deflected[0]["virtual_agent"]["name"]), ("sms", "ko", "Eva"))

    def test_participants(self):
        joined = {"participantId": "p", "type": "agent", "userId": "A", "status": "connected"}
        rows = chat_view(story(
            created(), (1, "meet.started", {"meetId": "m1", "type": "phone"}), (2, "meet.started", {"meetId": "m2", "type": "phone"}),
            (3, "meet.ended", {"meetId": "m2"}), (4, "participant.joined", joined),
            (5, "agent.connected", {"managerId": "A", "participantId": "p"}), (6, "agent.held", {"managerId": "A"}),
            (8, "agent.resumed", {"managerId": "A"}), (9, "participant.left", {**joined, "status": "left"}),
            (20, "participant.joined", {"participantId": "q", "type": "end_user", "endUserId": "e"}),
        ))["participants"]
        self.assertEqual((rows[0]["call_id"], rows[0]["status"], rows[0]["call_duration"], rows[0]["hold_duration"]), ("m1", "left", 5, 2))
        self.assertEqual((rows[1]["ended_at"], rows[1]["hold_duration"], rows[1]["end_user_id"]), (None, None, "e"))


class Statuses(unittest.TestCase):
    def both(self, *lines):
        chat = story(created(), *lines)
        meta = session_metadata(chat)
        self.assertEqual(CODES[meta["session_status"]], meta["session_status_code"])
        return chat_view(chat)["status"], meta["session_status"]

    def test_as_the_chat_goes_on(self):
        assigned, eva = (5, "chat.assigned", {"managerId": "A"}), {"virtualAgent": {"id": "va"}}
        queued = (2, "queue.entered", {"queueId": "q"})
        self.assertEqual(self.both(), ("queued", "selecting"))
        self.assertEqual(self.both(queued), ("queued", "queued"))
        self.assertEqual(self.both(OPENED), ("queued", "queued"))
        self.assertEqual(self.both(OPENED, assigned), ("assigned", "connected"))
        self.assertEqual(self.both(OPENED, assigned, (6, "chat.snoozed", {})), ("assigned", "connected"))
        connected = [(3, "agent.connected", {"managerId": "A"}), (4, "agent.disconnected", {"managerId": "A"})]
        self.assertEqual(self.both(OPENED, *connected, assigned), ("assigned", "assigned"))
        self.assertEqual(self.both(OPENED, (3, "va.assigned", eva)), ("queued", "va_assigned"))
        self.assertEqual(self.both(OPENED, (3, "va.connected", eva)), ("queued", "va_connected"))

    def test_at_the_end(self):
        def closed(**data):
            return self.both(OPENED, (9, "chat.closed", {"by": "system", **data}))

        def missed(reason):
            return self.both((9, "chat.missed", {"reason": reason}))

        self.assertEqual(closed(), ("finished", "finished"))
        self.assertEqual(closed(status="no_response"), ("no_response", "failed"))
        self.assertEqual(closed(subStatus="voicemail_received"), ("finished", "voicemail_received"))
        self.assertEqual(closed(status="failed", subStatus="queued"), ("failed", "failed"))
        self.assertEqual(missed("userLeft"), ("canceled", "failed"))
        self.assertEqual(missed("noOperator"), ("no_response", "failed"))
        self.assertEqual(missed("workflow"), ("failed", "failed"))


if __name__ == "__main__":
    unittest.main()
