//! What events did that tell something outright, in words. Values are left out: they may be personal data.

use crate::event::{ChatUpdated, EventData};

/// What an event did that the fold does not follow.
pub(super) fn tell(data: &EventData) -> String {
    match data {
        EventData::ChatWorkflowStarted(_) => "a workflow starts".to_owned(),
        EventData::ChatWorkflowEnded(_) => "a workflow ends".to_owned(),
        EventData::MeetStarted(_) => "a call starts; this asks nothing".to_owned(),
        EventData::MeetEnded(_) => "a call ends".to_owned(),
        EventData::ChatAlfScored(scored) => format!("scores the AI assistant {:?}", scored.cx_score),
        EventData::ChatTeamAssigned(assigned) => match &assigned.team_id {
            Some(team_id) => format!("assigns team {team_id}"),
            None => "takes the team away".to_owned(),
        },
        EventData::ChatFollowersSet(set) => format!("sets {} followers", set.manager_ids.len()),
        EventData::ChatTagged(tagged) => {
            let add = tagged.add.iter().map(|tag| format!(" +{tag}"));
            let remove = tagged.remove.iter().map(|tag| format!(" -{tag}"));
            format!("tags{}", add.chain(remove).collect::<String>())
        }
        EventData::ChatUpdated(updated) => update(updated),
        EventData::ChatGoalSet(goal) => format!("sets the goal {}", goal.state.as_str()),
        EventData::ChatProfileSet(set) => {
            let keys: Vec<&str> = set.entries.iter().map(|(key, _)| &**key).collect();
            format!("sets the profile's {}", keys.join(", "))
        }
        EventData::ChatCsatRequested(_) => "sends the survey".to_owned(),
        EventData::ChatCsatSubmitted(csat) => format!("submits CSAT: choice {} of {}", csat.choice, csat.scale),
        EventData::VaAssigned(assigned) => format!("assigns virtual agent {}", assigned.virtual_agent.id),
        EventData::VaConnected(connected) => format!("connects virtual agent {}", connected.virtual_agent.id),
        EventData::VaEscalated(_) => "ends the virtual agent's segment: it hands over".to_owned(),
        EventData::VaEnded(_) => "ends the virtual agent's segment".to_owned(),
        EventData::AgentConnected(connected) => format!("connects agent {}", connected.manager_id),
        EventData::AgentDisconnected(disconnected) => format!("disconnects agent {}", disconnected.manager_id),
        EventData::AgentHeld(agent) => format!("agent {} puts the chat on hold", agent.manager_id),
        EventData::AgentResumed(agent) => format!("agent {} resumes the chat", agent.manager_id),
        EventData::AgentWrapUpStarted(agent) => format!("agent {} starts to wrap up", agent.manager_id),
        EventData::AgentWrapUpEnded(agent) => format!("agent {} has wrapped up", agent.manager_id),
        EventData::ChatTransferred(step) => {
            format!("a step of transfer {}: {}", step.transfer_id, step.status.as_str())
        }
        EventData::ParticipantJoined(participant) => format!("participant {} joins", participant.participant_id),
        EventData::ParticipantLeft(participant) => format!("participant {} leaves", participant.participant_id),
        _ => "moves updatedAt; no duration or count of the dictionary depends on it".to_owned(),
    }
}

fn update(updated: &ChatUpdated) -> String {
    let patches = [
        ("title", updated.title.as_ref().map(Option::is_some)),
        ("description", updated.description.as_ref().map(Option::is_some)),
        ("priority", updated.priority.map(|priority| priority.is_some())),
        ("userName", updated.user_name.as_ref().map(Option::is_some)),
        ("lang", updated.lang.as_ref().map(Option::is_some)),
        ("verified", updated.verified.map(|verified| verified.is_some())),
        ("menuPath", updated.menu_path.as_ref().map(Option::is_some)),
        ("selectedMenu", updated.selected_menu.as_ref().map(Option::is_some)),
        ("queuePriority", updated.queue_priority.map(|priority| priority.is_some())),
    ];
    let told =
        patches.iter().filter_map(|(name, patch)| patch.map(|sets| (name, if sets { "" } else { " (cleared)" })));
    let told: Vec<String> = told.map(|(name, cleared)| format!("{name}{cleared}")).collect();
    if told.is_empty() { "updates nothing that is known".to_owned() } else { format!("updates {}", told.join(", ")) }
}
