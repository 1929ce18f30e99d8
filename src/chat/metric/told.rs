//! What the events of a chat tell outright, read from its journal when a record is made: the last word on each thing.

use std::collections::BTreeMap;

use super::meets::Meets;
use super::profile::Profile;
use crate::calendar::ChannelDocument;
use crate::chat::journal::Journal;
use crate::event::{ChatCreated, ChatGoalSet, ChatTagged, ChatUpdated, EventData, GoalState, Priority};
use crate::time::Timestamp;

/// What was told (`metrics.md`, Identity and description), borrowed from the journal.
#[derive(Debug, Default)]
pub struct Told<'a> {
    /// The first `chat.created`; any further one tells nothing.
    pub created: Option<&'a ChatCreated>,
    /// `name`: the last `userName`.
    pub name: Option<&'a str>,
    /// `title`.
    pub title: Option<&'a str>,
    /// `description`.
    pub description: Option<&'a str>,
    /// The tags, each with its place in the order of addition.
    tags: BTreeMap<&'a str, u64>,
    tags_added: u64,
    /// `priority`; none if never given, or cleared.
    pub priority: Option<Priority>,
    /// `managerIds`: the last list of followers.
    pub manager_ids: Vec<&'a str>,
    /// `teamId`: the current team, by `chat.team_assigned` or an assignment that names one.
    pub team_id: Option<&'a str>,
    /// The last `chat.goal_set`.
    pub goal: Option<&'a ChatGoalSet>,
    /// The start of the latest run of goals achieved.
    goal_achieved_at: Option<Timestamp>,
    /// `ALF CX Score`.
    pub cx_score: Option<f64>,
    /// The chat profile.
    pub profile: Profile<'a>,
    /// The meets, in the order of their first events.
    pub meets: Meets<'a>,
}

impl<'a> Told<'a> {
    /// Reads the journal; `document` has the types of profile keys.
    pub fn of(journal: &'a Journal, document: &ChannelDocument) -> Told<'a> {
        let mut told = Told::default();
        for event in journal.iter() {
            match &event.data {
                EventData::ChatCreated(created) => told.create(created),
                EventData::ChatUpdated(updated) => told.update(updated),
                EventData::ChatTagged(tagged) => told.tag(tagged),
                EventData::ChatTeamAssigned(assigned) => told.team_id = assigned.team_id.as_deref(),
                EventData::ChatAssigned(assigned) => {
                    if let Some(team_id) = &assigned.team_id {
                        told.team_id = Some(team_id);
                    }
                }
                EventData::ChatFollowersSet(set) => told.manager_ids = set.manager_ids.iter().map(|id| &**id).collect(),
                EventData::ChatGoalSet(goal) => told.set_goal(event.time, goal),
                EventData::ChatAlfScored(scored) => told.cx_score = Some(scored.cx_score),
                EventData::ChatProfileSet(set) => told.profile.set(set, document.profile_schema()),
                EventData::ChatCsatSubmitted(csat) => told.profile.submit(csat),
                EventData::MeetStarted(_) | EventData::MeetEngaged(_) | EventData::MeetEnded(_) => {
                    told.meets.tell(event);
                }
                _ => {}
            }
        }
        told
    }

    /// When the goal was achieved; none unless it is.
    pub fn goal_checked_at(&self) -> Option<Timestamp> {
        self.goal_achieved_at
    }

    /// `tags`, in order of addition.
    pub fn tags(&self) -> Vec<&'a str> {
        let mut tags: Vec<(u64, &str)> = self.tags.iter().map(|(&name, &place)| (place, name)).collect();
        tags.sort_unstable();
        tags.into_iter().map(|(_, name)| name).collect()
    }

    fn create(&mut self, created: &'a ChatCreated) {
        if self.created.is_some() {
            return;
        }
        self.created = Some(created);
        self.name = created.user_name.as_deref().or(self.name);
        self.title = created.title.as_deref().or(self.title);
        self.priority = created.priority.or(self.priority);
    }

    fn update(&mut self, updated: &'a ChatUpdated) {
        let patch = |held: &mut Option<&'a str>, update: &'a Option<Option<Box<str>>>| {
            if let Some(update) = update {
                *held = update.as_deref();
            }
        };
        patch(&mut self.name, &updated.user_name);
        patch(&mut self.title, &updated.title);
        patch(&mut self.description, &updated.description);
        if let Some(priority) = updated.priority {
            self.priority = priority;
        }
    }

    /// Adds first: of a name in both lists, what remains is that it was removed.
    fn tag(&mut self, tagged: &'a ChatTagged) {
        for name in &tagged.add {
            self.tags.entry(name).or_insert(self.tags_added);
            self.tags_added += 1;
        }
        for name in &tagged.remove {
            self.tags.remove(&**name);
        }
    }

    fn set_goal(&mut self, at: Timestamp, goal: &'a ChatGoalSet) {
        if goal.state == GoalState::Achieved {
            self.goal_achieved_at.get_or_insert(at);
        } else {
            self.goal_achieved_at = None;
        }
        self.goal = Some(goal);
    }
}
