//! The `data` of the `chat.*` events (`events.md`, chat-events).
//!
//! `channelId`, which every type may carry, is no member here: it is [`Event::channel_id`](super::super::Event).

use super::member::{List, Nullable, Opt, OptList, OrDefault, Patch, Req, record};
use super::parts::{AgentInfo, AgentName, EndUser, Medium, Menu, Source};
use super::tokens::{
    CloseStatus, ClosedBy, Direction, GoalState, InCallChannel, MediaKind, MissedReason, OfferType, OpenedBy, Priority,
    RecordingPermission, SmartActionKind, SyncMode, TransferStatus,
};
use super::value::{Flag, Fraction, Id, Json, Scalar, Text, Whole};

record! {
    /// `chat.created` (its required `channelId` is in the event).
    pub struct ChatCreated {
        1 user_id "userId": Opt<Id>,
        2 user_name "userName": Opt<Text>,
        3 direction "direction": OrDefault<Direction>,
        4 medium "medium": Opt<Medium>,
        5 sync "sync": Opt<SyncMode>,
        6 page "page": Opt<Text>,
        7 title "title": Opt<Text>,
        8 priority "priority": Opt<Priority>,
        9 lang "lang": Opt<Text>,
        10 session_type "sessionType": Opt<Text>,
        11 source "source": Opt<Source>,
        12 end_user "endUser": Opt<EndUser>,
        13 support_number "supportNumber": Opt<Text>,
        14 outbound_number "outboundNumber": Opt<Text>,
        15 verified "verified": Opt<Flag>,
    }

    /// `chat.workflow_started`, `chat.workflow_ended`.
    pub struct Workflow {
        1 workflow_id "workflowId": Req<Id>,
    }

    /// The types without members: `chat.alf_started`, `chat.alf_ended`, `chat.unassigned`, `chat.csat_requested`.
    pub struct Nothing {}

    /// `chat.opened`.
    pub struct ChatOpened {
        1 by "by": Req<OpenedBy>,
        2 manager_id "managerId": Opt<Id>,
    }

    /// `chat.alf_scored`.
    pub struct ChatAlfScored {
        1 cx_score "cxScore": Req<Fraction<1, 5>>,
    }

    /// `chat.team_assigned`: the member is required, and null takes the team away.
    pub struct ChatTeamAssigned {
        1 team_id "teamId": Nullable<Id>,
    }

    /// `chat.assigned`.
    pub struct ChatAssigned {
        1 manager_id "managerId": Req<Id>,
        2 team_id "teamId": Opt<Id>,
        3 agent "agent": Opt<AgentName>,
    }

    /// `chat.transferred`: one step of a transfer.
    pub struct ChatTransferred {
        1 transfer_id "transferId": Req<Id>,
        2 status "status": Req<TransferStatus>,
        3 fail_reason "failReason": Opt<Text>,
        4 from_menu "fromMenu": Opt<Menu>,
        5 to_menu "toMenu": Opt<Menu>,
        6 from_agent "fromAgent": Opt<AgentInfo>,
        7 to_agent "toAgent": Opt<AgentInfo>,
        8 cold "cold": Opt<Flag>,
    }

    /// `chat.followers_set`: the whole list.
    pub struct ChatFollowersSet {
        1 manager_ids "managerIds": List<Id>,
    }

    /// `chat.tagged`.
    pub struct ChatTagged {
        1 add "add": OptList<Text>,
        2 remove "remove": OptList<Text>,
    }

    /// `chat.updated`: per field, absent leaves it, null (`Some(None)`) clears it.
    pub struct ChatUpdated {
        1 title "title": Patch<Text>,
        2 description "description": Patch<Text>,
        3 priority "priority": Patch<Priority>,
        4 user_name "userName": Patch<Text>,
        5 lang "lang": Patch<Text>,
        6 verified "verified": Patch<Flag>,
        7 menu_path "menuPath": Patch<Menu>,
        8 selected_menu "selectedMenu": Patch<Json>,
        9 queue_priority "queuePriority": Patch<Whole>,
    }

    /// `chat.goal_set`.
    pub struct ChatGoalSet {
        1 state "state": Req<GoalState>,
        2 event_name "eventName": Opt<Text>,
    }

    /// `chat.csat_submitted`: `choice` lies in 1…`scale`.
    pub struct ChatCsatSubmitted {
        1 scale "scale": Req<Whole<2, 5>>,
        2 choice "choice": Req<Whole<1, 5>>,
        3 comment "comment": Opt<Text>,
    }

    /// `chat.feedback`.
    pub struct ChatFeedback {
        1 rating "rating": Req<Whole<1, 5>>,
        2 comment "comment": Opt<Text>,
    }

    /// `chat.ticket_linked`.
    pub struct ChatTicketLinked {
        1 out_ticket_id "outTicketId": Req<Id>,
        2 out_ticket_url "outTicketUrl": Opt<Text>,
    }

    /// `chat.recording_set`.
    pub struct ChatRecordingSet {
        1 permission "permission": Req<RecordingPermission>,
        2 url "url": Opt<Text>,
    }

    /// `chat.media_added`.
    pub struct ChatMediaAdded {
        1 kind "kind": Req<MediaKind>,
        2 id "id": Req<Id>,
        3 url "url": Req<Text>,
        4 photo_type "photoType": Opt<Text>,
    }

    /// `chat.smart_action`.
    pub struct ChatSmartAction {
        1 kind "kind": Req<SmartActionKind>,
        2 verified "verified": Opt<Flag>,
        3 url "url": Opt<Text>,
    }

    /// `chat.in_call_message`: no enumeration is written for its `direction`, so it is any text.
    pub struct ChatInCallMessage {
        1 channel "channel": Req<InCallChannel>,
        2 direction "direction": Req<Text>,
    }

    /// `chat.offered`: `castingTime` is JSON text, a string or a number.
    pub struct ChatOffered {
        1 offer_type "offerType": Req<OfferType>,
        2 group "group": Req<Text>,
        3 casting_time "castingTime": Opt<Scalar>,
    }

    /// `chat.snoozed`: `until` is JSON text, a string or a number.
    pub struct ChatSnoozed {
        1 until "until": Opt<Scalar>,
    }

    /// `chat.missed`.
    pub struct ChatMissed {
        1 reason "reason": Req<MissedReason>,
    }

    /// `chat.closed`.
    pub struct ChatClosed {
        1 by "by": Req<ClosedBy>,
        2 manager_id "managerId": Opt<Id>,
        3 status "status": OrDefault<CloseStatus>,
        4 sub_status "subStatus": Opt<Text>,
        5 finish_reason "finishReason": Opt<Text>,
        6 fail_reason "failReason": Opt<Text>,
    }

    /// `chat.disposition_set`.
    pub struct ChatDispositionSet {
        1 codes "codes": List<Text>,
        2 notes "notes": Opt<Text>,
    }
}
