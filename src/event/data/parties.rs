//! The `data` of the `meet.*`, `va.*`, `agent.*`, `participant.*`, `queue.*` and `message.*` events (`events.md`).

use super::member::{Opt, OrDefault, Req, record};
use super::parts::{Menu, Person, ServiceLevel, VirtualAgent};
use super::tokens::{Direction, MeetType, ParticipantType, QueueOutcome};
use super::value::{Flag, Id, NonEmpty, Text, Whole};

record! {
    /// `meet.started`; without `direction` it has the chat's (`metrics.md`, Words).
    pub struct MeetStarted {
        1 meet_id "meetId": Req<Id>,
        2 kind "type": Req<MeetType>,
        3 from "from": Opt<Text>,
        4 to "to": Opt<Text>,
        5 direction "direction": Opt<Direction>,
        6 primary_number "primaryNumber": Opt<Text>,
        7 representative_number "representativeNumber": Opt<Text>,
    }

    /// `meet.engaged`.
    pub struct MeetEngaged {
        1 meet_id "meetId": Req<Id>,
        2 manager_id "managerId": Opt<Id>,
    }

    /// `meet.ended`.
    pub struct MeetEnded {
        1 meet_id "meetId": Req<Id>,
        2 missed_reason "missedReason": Opt<Text>,
    }

    /// `va.assigned`.
    pub struct VaAssigned {
        1 virtual_agent "virtualAgent": Req<VirtualAgent>,
    }

    /// `va.connected`.
    pub struct VaConnected {
        1 virtual_agent "virtualAgent": Req<VirtualAgent>,
        2 initiated_by "initiatedBy": Opt<Text>,
    }

    /// `va.escalated`.
    pub struct VaEscalated {
        1 reason "reason": Req<Text>,
        2 deflection "deflection": Opt<Text>,
        3 menu_path "menuPath": Opt<Menu>,
    }

    /// `va.ended`.
    pub struct VaEnded {
        1 response_count "responseCount": Opt<Whole>,
        2 fallback_count "fallbackCount": Opt<Whole>,
    }

    /// `agent.connected`.
    pub struct AgentConnected {
        1 manager_id "managerId": Req<Id>,
        2 participant_id "participantId": Opt<Id>,
        3 menu_path "menuPath": Opt<Menu>,
    }

    /// `agent.disconnected`.
    pub struct AgentDisconnected {
        1 manager_id "managerId": Req<Id>,
        2 event "event": Opt<Text>,
    }

    /// `agent.held`, `agent.resumed`, `agent.wrap_up_started`, `agent.wrap_up_ended`.
    pub struct Agent {
        1 manager_id "managerId": Req<Id>,
    }

    /// `participant.joined`, `participant.left`.
    pub struct Participant {
        1 participant_id "participantId": Req<Id>,
        2 kind "type": Req<ParticipantType>,
        3 user_id "userId": Opt<Id>,
        4 end_user_id "endUserId": Opt<Id>,
        5 status "status": Opt<Text>,
        6 fail_reason "failReason": Opt<Text>,
    }

    /// `queue.entered`.
    pub struct QueueEntered {
        1 queue_id "queueId": Req<Id>,
        2 menu_path "menuPath": Opt<Menu>,
        3 priority "priority": Opt<Whole<1, 8>>,
        4 lang "lang": Opt<Text>,
        5 transfer_id "transferId": Opt<Id>,
        6 service_level "serviceLevel": Opt<ServiceLevel>,
    }

    /// `queue.left`.
    pub struct QueueLeft {
        1 queue_id "queueId": Opt<Id>,
        2 outcome "outcome": Req<QueueOutcome>,
        3 manager_id "managerId": Opt<Id>,
        4 deflection "deflection": Opt<Text>,
    }

    /// `message.sent`: of `text` only whether there is any is kept.
    pub struct MessageSent {
        1 message_id "messageId": Req<Id>,
        2 person "person": Req<Person>,
        3 has_text "text": OrDefault<NonEmpty>,
        4 files "files": Opt<Whole>,
        5 private "private": OrDefault<Flag>,
        6 answers_workflow "answersWorkflow": OrDefault<Flag>,
    }
}
