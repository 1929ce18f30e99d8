//! Objects inside the `data` of several types. Inside them only `id` and `type` are required (`events.md`, Envelope).

use super::member::{Opt, OrDefault, Req, record};
use super::tokens::{MediumType, PersonType};
use super::value::{Id, Number, Text};

record! {
    /// `medium` of `chat.created`.
    pub struct Medium {
        1 kind "type": OrDefault<MediumType>,
        2 name "name": Opt<Text>,
        3 sender_name "senderName": Opt<Text>,
    }

    /// `source` of `chat.created`: what led the customer here.
    pub struct Source {
        1 workflow_id "workflowId": Opt<Id>,
        2 marketing "marketing": Opt<Marketing>,
    }

    /// `source.marketing` of `chat.created`.
    pub struct Marketing {
        1 kind "type": Req<Text>,
        2 id "id": Req<Id>,
    }

    /// `endUser` of `chat.created`.
    pub struct EndUser {
        1 id "id": Req<Id>,
        2 identifier "identifier": Opt<Text>,
        3 out_contact_id "outContactId": Opt<Id>,
    }

    /// `virtualAgent` of `va.assigned` and `va.connected`.
    pub struct VirtualAgent {
        1 id "id": Req<Id>,
        2 name "name": Opt<Text>,
    }

    /// A step of a menu: `menuPath`, `fromMenu`, `toMenu`.
    pub struct Menu {
        1 id "id": Req<Id>,
        2 name "name": Opt<Text>,
        3 materialized_path "materializedPath": Opt<Text>,
    }

    /// `agent` of `chat.assigned`: how the assignee is called.
    pub struct AgentName {
        1 name "name": Opt<Text>,
        2 first_name "firstName": Opt<Text>,
        3 last_name "lastName": Opt<Text>,
        4 agent_number "agentNumber": Opt<Text>,
        5 avatar_url "avatarUrl": Opt<Text>,
    }

    /// `fromAgent` and `toAgent` of `chat.transferred`.
    pub struct AgentInfo {
        1 id "id": Req<Id>,
        2 name "name": Opt<Text>,
        3 first_name "firstName": Opt<Text>,
        4 last_name "lastName": Opt<Text>,
        5 agent_number "agentNumber": Opt<Text>,
        6 avatar_url "avatarUrl": Opt<Text>,
    }

    /// `serviceLevel` of `queue.entered`: the segment's own policy.
    pub struct ServiceLevel {
        1 target_secs "targetSecs": Opt<Number>,
        2 target_percent "targetPercent": Opt<Number>,
        3 abandon_threshold_secs "abandonThresholdSecs": Opt<Number>,
    }

    /// `person` of `message.sent`: who sent it.
    pub struct Person {
        1 kind "type": Req<PersonType>,
        2 id "id": Opt<Id>,
    }
}
