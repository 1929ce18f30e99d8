//! What happens in a chat, from its first event to its last, in proportions as contact centers see them.
//!
//! A chat is over within 20 hours of its start, so that traffic which starts a day ago lies in the past altogether.

use serde_json::json;

use super::script::{HOUR, MINUTE, SECOND, Script};
use super::text;
use crate::event::Kind;

/// How a wait in the queue ended.
enum Queued {
    Answered,
    Abandoned,
    NobodyFree,
}

/// Plays one chat; `open`: whether it starts inside its channel's operating time.
pub(super) fn play(script: &mut Script<'_>, open: bool) {
    match script.chance.below(100) {
        0..14 => call(script, open),
        14..22 => mail(script),
        22..28 => outbound(script),
        28..30 => outbound_call(script),
        _ => text_chat(script, open),
    }
}

fn text_chat(script: &mut Script<'_>, open: bool) {
    let app = script.chance.happens(0.3);
    let medium = if app { json!({"type": "app", "name": "app~appKakao"}) } else { json!({"type": "native"}) };
    script.created(medium, "INBOUND");
    script.wait(SECOND, 8 * SECOND);
    script.user_says(&text::QUESTIONS);
    let worked = script.chance.happens(0.35);
    if worked {
        workflow(script);
    }
    let by = if worked { "workflow" } else { "user" };
    let handed_over = if script.chance.happens(0.3) {
        if !assistant(script) {
            return;
        }
        true
    } else {
        false
    };
    if !open && script.chance.happens(0.85) {
        return out_of_hours(script);
    }
    script.wait(200, 2 * SECOND);
    if !handed_over {
        script.opened(by);
    }
    if wait_in_queue(script, "userLeft") {
        answered_chat(script);
    }
}

/// Someone answers, they talk, it ends, and what follows the end.
fn answered_chat(script: &mut Script<'_>) {
    script.connected();
    conversation(script);
    if end(script) {
        aftermath(script);
        if script.chance.happens(0.06) {
            reopening(script);
        }
    }
}

fn workflow(script: &mut Script<'_>) {
    script.wait(100, SECOND);
    script.add(Kind::ChatWorkflowStarted, json!({"workflowId": "wf-entry"}));
    for _ in 0..script.chance.between(1, 3) {
        script.wait(200, SECOND);
        script.bot_says();
        script.wait(2 * SECOND, 40 * SECOND);
        script.user_answers_workflow();
    }
    script.wait(100, SECOND);
    script.add(Kind::ChatWorkflowEnded, json!({"workflowId": "wf-entry"}));
}

/// The AI assistant answers; true when it hands the chat over to people.
fn assistant(script: &mut Script<'_>) -> bool {
    script.wait(300, SECOND);
    script.add(Kind::ChatAlfStarted, json!({}));
    for _ in 0..script.chance.between(1, 4) {
        script.wait(SECOND, 6 * SECOND);
        script.bot_says();
        script.wait(5 * SECOND, 2 * MINUTE);
        script.user_says(&text::FOLLOW_UPS);
    }
    script.wait(SECOND, 5 * SECOND);
    if script.chance.happens(0.6) {
        script.opened("alf");
        return true;
    }
    if script.chance.happens(0.6) {
        script.bot_says();
        script.wait(MINUTE, 10 * MINUTE);
        script.add(Kind::ChatAlfEnded, json!({}));
    }
    // Without that, its part ends by the clock: nobody asks for 24 hours.
    script.wait(5 * MINUTE, HOUR);
    script.add(Kind::ChatClosed, json!({"by": "system", "status": "no_response"}));
    if script.chance.happens(0.7) {
        script.wait(SECOND, MINUTE);
        let tenths = script.chance.between(10, 50);
        script.add(Kind::ChatAlfScored, json!({"cxScore": tenths as f64 / 10.0}));
    }
    false
}

fn out_of_hours(script: &mut Script<'_>) {
    script.wait(500, 2 * SECOND);
    script.bot_says();
    script.missed("notInOperation");
    if script.chance.happens(0.2) {
        script.wait(2 * HOUR, 8 * HOUR);
        script.opened("manager");
        script.assigned();
        answered_chat(script);
    }
}

/// True when somebody takes the chat. Else it has been missed; `left` is how its medium calls a caller who gives up.
fn wait_in_queue(script: &mut Script<'_>, left: &str) -> bool {
    let mut queue = format!("q-{}", script.channel.teams[0]);
    let menu = script.menu();
    script.wait(50, 500);
    let priority = script.chance.between(1, 8);
    script.add(Kind::QueueEntered, json!({"queueId": queue, "menuPath": menu, "priority": priority}));
    script.wait(2 * SECOND, 2 * MINUTE);
    if script.chance.happens(0.05) {
        script.add(Kind::QueueLeft, json!({"queueId": queue, "outcome": "overflow"}));
        queue = format!("q-{}", script.channel.teams[1]);
        script.add(Kind::QueueEntered, json!({"queueId": queue}));
        script.wait(2 * SECOND, MINUTE);
    }
    let ended = script.chance.weighted(&[(91, 0), (6, 1), (3, 2)]);
    match [Queued::Answered, Queued::Abandoned, Queued::NobodyFree][ended] {
        Queued::Answered => {
            let manager = script.manager_id();
            script.add(Kind::QueueLeft, json!({"queueId": queue, "outcome": "answered", "managerId": manager}));
            script.wait(20, 1_500);
            script.assigned();
            script.wait(100, 3 * SECOND);
            true
        }
        Queued::Abandoned => {
            script.add(Kind::QueueLeft, json!({"queueId": queue, "outcome": "abandoned"}));
            let reason = if script.chance.happens(0.7) { "abandonedInQueue" } else { left };
            script.missed(reason);
            false
        }
        Queued::NobodyFree => {
            script.wait(MINUTE, 4 * MINUTE);
            script.add(Kind::QueueLeft, json!({"queueId": queue, "outcome": "timeout"}));
            script.missed("exceededQueue");
            false
        }
    }
}

fn conversation(script: &mut Script<'_>) {
    script.wait(4 * SECOND, MINUTE);
    script.manager_says();
    for _ in 0..script.chance.between(3, 12) {
        script.wait(8 * SECOND, 2 * MINUTE);
        script.user_says(&text::FOLLOW_UPS);
        if script.chance.happens(0.15) {
            script.wait(SECOND, 20 * SECOND);
            script.user_says(&text::FOLLOW_UPS);
        }
        if script.chance.happens(0.12) {
            incident(script);
        }
        script.wait(5 * SECOND, 90 * SECOND);
        script.manager_says();
    }
}

/// What interrupts a conversation, or is noted in passing.
fn incident(script: &mut Script<'_>) {
    script.wait(SECOND, 30 * SECOND);
    match script.chance.below(10) {
        0 | 1 => transfer(script),
        2 => {
            script.next_manager();
            script.assigned();
        }
        3 => {
            script.add(Kind::ChatUnassigned, json!({}));
            let team = script.chance.pick(&script.channel.teams).clone();
            script.add(Kind::ChatTeamAssigned, json!({"teamId": team}));
            script.wait(SECOND, MINUTE);
            script.next_manager();
            script.assigned();
        }
        4 => {
            let until = script.now.saturating_add(crate::time::Span::from_millis(HOUR));
            script.add(Kind::ChatSnoozed, json!({"until": until.to_string()}));
            script.wait(5 * MINUTE, 2 * HOUR);
            script.opened("manager");
        }
        5 | 6 => {
            let tag = *script.chance.pick(&text::TAGS);
            script.add(Kind::ChatTagged, json!({"add": [tag]}));
        }
        7 => {
            let title = *script.chance.pick(&text::TITLES);
            let priority = *script.chance.pick(&["high", "medium", "low"]);
            script.add(Kind::ChatUpdated, json!({"title": title, "priority": priority}));
        }
        8 => script.note(),
        _ => {
            let follower = script.manager_id();
            script.add(Kind::ChatFollowersSet, json!({"managerIds": [follower]}));
        }
    }
}

fn transfer(script: &mut Script<'_>) {
    let (id, from) = (script.thing('t'), script.agent());
    script.add(Kind::ChatTransferred, json!({"transferId": id, "status": "transferring", "fromAgent": from}));
    script.wait(2 * SECOND, 40 * SECOND);
    if script.chance.happens(0.1) {
        let status = json!({"transferId": id, "status": "failed", "failReason": "declined"});
        return script.add(Kind::ChatTransferred, status);
    }
    script.disconnected();
    script.next_manager();
    let (to, cold) = (script.agent(), script.chance.happens(0.7));
    let done = json!({"transferId": id, "status": "transferred", "fromAgent": from, "toAgent": to, "cold": cold});
    script.add(Kind::ChatTransferred, done);
    script.assigned();
    script.wait(500, 5 * SECOND);
    script.connected();
}

/// The chat is closed; false in the rare case that nobody ever does.
fn end(script: &mut Script<'_>) -> bool {
    if script.chance.happens(0.01) {
        return false;
    }
    script.wait(5 * SECOND, 5 * MINUTE);
    let by = script.chance.weighted(&[(80, "manager"), (10, "user"), (6, "system"), (4, "workflow")]);
    let status = script.chance.weighted(&[(88, "finished"), (5, "no_response"), (4, "failed"), (3, "canceled")]);
    let mut data = json!({"by": by, "status": status});
    if by == "manager" {
        data["managerId"] = json!(script.manager_id());
    }
    script.disconnected();
    script.add(Kind::ChatClosed, data);
    true
}

/// What follows the end: mostly within the update window, sometimes after the record has gone out.
fn aftermath(script: &mut Script<'_>) {
    let manager = script.manager_id();
    if script.chance.happens(0.6) {
        script.wait(10, 500);
        script.add(Kind::AgentWrapUpStarted, json!({"managerId": manager}));
        script.wait(8 * SECOND, 2 * MINUTE);
        if script.chance.happens(0.7) {
            let code = *script.chance.pick(&["solved", "information", "refund", "callback", "complaint"]);
            script.add(Kind::ChatDispositionSet, json!({"codes": [code], "notes": "as discussed"}));
        }
        script.add(Kind::AgentWrapUpEnded, json!({"managerId": manager}));
    }
    if script.chance.happens(0.08) {
        let ticket = script.chance.below(1_000_000);
        let url = format!("https://crm.example/tickets/{ticket}");
        script.add(Kind::ChatTicketLinked, json!({"outTicketId": format!("T{ticket}"), "outTicketUrl": url}));
    }
    if script.chance.happens(0.05) {
        let (vip, orders) = (script.chance.happens(0.3), script.chance.below(40));
        script.add(Kind::ChatProfileSet, json!({"vip": vip, "orders": orders, "plan": "plus"}));
    }
    if script.chance.happens(0.6) {
        survey(script);
    } else if script.chance.happens(0.1) {
        script.wait(SECOND, 5 * MINUTE);
        let rating = script.chance.between(1, 5);
        script.add(Kind::ChatFeedback, json!({"rating": rating}));
    }
}

fn survey(script: &mut Script<'_>) {
    script.wait(SECOND, 10 * SECOND);
    script.add(Kind::ChatCsatRequested, json!({}));
    if !script.chance.happens(0.45) {
        return;
    }
    let late = script.chance.happens(0.2);
    if late {
        script.wait(16 * MINUTE, 2 * HOUR);
    } else {
        script.wait(5 * SECOND, 8 * MINUTE);
    }
    let scale = script.chance.weighted(&[(7, 5), (2, 3), (1, 2)]);
    let choice = script.chance.between(1, scale).max(script.chance.between(1, scale));
    let mut data = json!({"scale": scale, "choice": choice});
    if script.chance.happens(0.4) {
        data["comment"] = json!(script.chance.pick(&text::COMMENTS));
    }
    script.add(Kind::ChatCsatSubmitted, data);
}

fn reopening(script: &mut Script<'_>) {
    script.wait(MINUTE, 3 * HOUR);
    script.user_says(&text::FOLLOW_UPS);
    script.opened("user");
    script.wait(10 * SECOND, 5 * MINUTE);
    script.connected();
    script.manager_says();
    script.wait(20 * SECOND, 2 * MINUTE);
    script.user_says(&text::FOLLOW_UPS);
    end(script);
}

fn call(script: &mut Script<'_>, open: bool) {
    let meet = script.thing('c');
    script.created(json!({"type": "phone"}), "INBOUND");
    let from = format!("+8210{:08}", script.chance.below(100_000_000));
    let started = json!({"meetId": meet, "type": "phone", "from": from, "to": "+82215881588", "direction": "INBOUND"});
    script.add(Kind::MeetStarted, started);
    script.wait(SECOND, 4 * SECOND);
    if !open && script.chance.happens(0.9) {
        script.missed("notInOperation");
        return script.add(Kind::MeetEnded, json!({"meetId": meet, "missedReason": "notInOperation"}));
    }
    if virtual_agent(script) {
        script.add(Kind::MeetEnded, json!({"meetId": meet}));
        return script.add(Kind::ChatClosed, json!({"by": "workflow", "subStatus": "deflected"}));
    }
    script.opened("workflow");
    if wait_in_queue(script, "ringTimeOver") {
        let (manager, participant) = (script.manager_id(), script.thing('p'));
        let agent = json!({"participantId": participant, "type": "agent", "userId": manager});
        script.add(Kind::ParticipantJoined, agent.clone());
        script.add(Kind::MeetEngaged, json!({"meetId": meet, "managerId": manager}));
        script.connected();
        talk(script);
        script.add(Kind::ParticipantLeft, agent);
        hang_up(script, &meet);
    } else {
        script.add(Kind::MeetEnded, json!({"meetId": meet, "missedReason": "userLeft"}));
    }
}

/// The voice at the beginning of most calls; true when the caller needs nobody else.
fn virtual_agent(script: &mut Script<'_>) -> bool {
    let agent = json!({"id": "va1", "name": "Voice assistant"});
    if script.chance.happens(0.6) {
        script.add(Kind::VaAssigned, json!({"virtualAgent": agent}));
        script.wait(200, SECOND);
        script.add(Kind::VaConnected, json!({"virtualAgent": agent, "initiatedBy": "menu"}));
        script.wait(10 * SECOND, MINUTE);
        if script.chance.happens(0.15) {
            let responses = script.chance.between(1, 5);
            script.add(Kind::VaEnded, json!({"responseCount": responses, "fallbackCount": 0}));
            return true;
        }
        let menu = script.menu();
        script.add(Kind::VaEscalated, json!({"reason": "asked_for_a_person", "menuPath": menu}));
    }
    script.add(Kind::ChatRecordingSet, json!({"permission": "granted"}));
    if script.chance.happens(0.3) {
        let group = script.channel.teams[0].clone();
        script.add(Kind::ChatOffered, json!({"offerType": "cascade", "group": group, "castingTime": 15}));
    }
    script.wait(100, SECOND);
    false
}

fn talk(script: &mut Script<'_>) {
    let manager = script.manager_id();
    for _ in 0..script.chance.between(1, 4) {
        script.wait(30 * SECOND, 4 * MINUTE);
        match script.chance.below(10) {
            0..4 => {
                script.add(Kind::AgentHeld, json!({"managerId": manager}));
                script.wait(10 * SECOND, 2 * MINUTE);
                script.add(Kind::AgentResumed, json!({"managerId": manager}));
            }
            4..6 => script.add(Kind::ChatInCallMessage, json!({"channel": "sms", "direction": "OUTBOUND"})),
            6 | 7 => script.add(Kind::ChatSmartAction, json!({"kind": "verification", "verified": true})),
            8 => {
                let id = script.thing('p');
                let url = format!("https://media.example/{id}");
                script.add(Kind::ChatMediaAdded, json!({"kind": "photo", "id": id, "url": url}));
            }
            _ => script.note(),
        }
    }
    script.wait(30 * SECOND, 5 * MINUTE);
}

fn hang_up(script: &mut Script<'_>, meet: &str) {
    script.add(Kind::MeetEnded, json!({"meetId": meet}));
    if end(script) {
        aftermath(script);
    }
}

fn mail(script: &mut Script<'_>) {
    script.created(json!({"type": "email", "name": "support@shop.example"}), "INBOUND");
    script.user_says(&text::QUESTIONS);
    script.wait(100, 2 * SECOND);
    script.opened("user");
    script.assigned();
    for _ in 0..script.chance.between(1, 4) {
        script.wait(5 * MINUTE, 2 * HOUR);
        script.manager_says();
        script.wait(5 * MINUTE, HOUR);
        script.user_says(&text::FOLLOW_UPS);
    }
    script.wait(MINUTE, HOUR);
    script.manager_says();
    if end(script) {
        aftermath(script);
    }
}

fn outbound(script: &mut Script<'_>) {
    script.created(json!({"type": "native"}), "OUTBOUND");
    script.opened("manager");
    script.assigned();
    script.wait(SECOND, 20 * SECOND);
    script.manager_says();
    script.add(Kind::ChatGoalSet, json!({"state": "waiting", "eventName": "purchase"}));
    if script.chance.happens(0.7) {
        script.wait(MINUTE, 2 * HOUR);
        script.user_says(&text::FOLLOW_UPS);
        if script.chance.happens(0.5) {
            script.add(Kind::ChatGoalSet, json!({"state": "achieved", "eventName": "purchase"}));
        }
        conversation(script);
    }
    if end(script) {
        aftermath(script);
    }
}

fn outbound_call(script: &mut Script<'_>) {
    let meet = script.thing('c');
    script.created(json!({"type": "phone"}), "OUTBOUND");
    script.opened("manager");
    script.assigned();
    script.add(Kind::MeetStarted, json!({"meetId": meet, "type": "phone", "direction": "OUTBOUND"}));
    script.wait(3 * SECOND, 30 * SECOND);
    if script.chance.happens(0.75) {
        let manager = script.manager_id();
        script.add(Kind::MeetEngaged, json!({"meetId": meet, "managerId": manager}));
        script.connected();
        talk(script);
    }
    hang_up(script, &meet);
}
