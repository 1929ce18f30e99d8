//! What formulas are made of: the fold and what was told, seen at the due time and through the channel's document.

use std::cell::OnceCell;

use super::Told;
use super::views::Views;
use crate::calendar::ChannelDocument;
use crate::chat::fold::{Ending, Episode, Fold, Turn};
use crate::chat::journal::Journal;
use crate::event::MediumType;
use crate::time::{Span, Timestamp};

/// Which time a duration counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// All of it.
    Plain,
    /// Operating time only (`metrics.md`, Durations: the `InOperation` twins).
    InOperation,
}

/// A chat at its due time.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The chat.
    pub chat_id: &'a str,
    /// What its events amount to.
    pub fold: &'a Fold,
    /// What its events tell outright.
    pub told: Told<'a>,
    journal: &'a Journal,
    document: &'a ChannelDocument,
    /// Made when first asked for: an explanation of one column may need none of it.
    views: OnceCell<Views<'a>>,
    /// Sorted, disjoint.
    snoozes: Vec<(Timestamp, Timestamp)>,
    managed_at: Option<Timestamp>,
    first_active_at: Option<Timestamp>,
    first_asked_at: Option<Timestamp>,
    first_alf_ended_at: Option<Timestamp>,
}

impl<'a> Facts<'a> {
    /// The facts of a chat; the AI assistant's silence is one from its 24 h end on (`finalization.md`, Whose clock).
    pub fn new(
        chat_id: &'a str,
        journal: &'a Journal,
        fold: &'a Fold,
        document: &'a ChannelDocument,
        due: Timestamp,
    ) -> Facts<'a> {
        let snoozes = fold.updated_at().map_or(Vec::new(), |updated_at| fold.episodes.snoozes(updated_at).collect());
        let mut facts = Facts {
            chat_id,
            fold,
            told: Told::of(journal, document),
            journal,
            document,
            views: OnceCell::new(),
            snoozes,
            managed_at: None,
            first_active_at: None,
            first_asked_at: None,
            first_alf_ended_at: fold.silence_end().filter(|&silence| silence <= due).or(fold.alf.ended_at),
        };
        facts.managed_at = fold.alf.managed_at().or(facts.first_opened_at());
        facts.first_active_at = facts.find_first_active_at();
        facts.first_asked_at = facts.find_first_asked_at();
        facts
    }

    /// What the chat resource and the session metadata are made of.
    pub(super) fn views(&self) -> &Views<'a> {
        self.views.get_or_init(|| Views::of(self.journal, self.fold, self.document))
    }

    pub(super) fn managed_at(&self) -> Option<Timestamp> {
        self.managed_at
    }

    pub(super) fn first_active_at(&self) -> Option<Timestamp> {
        self.first_active_at
    }

    pub(super) fn first_asked_at(&self) -> Option<Timestamp> {
        self.first_asked_at
    }

    pub(super) fn first_alf_ended_at(&self) -> Option<Timestamp> {
        self.first_alf_ended_at
    }

    pub(super) fn first_opened_at(&self) -> Option<Timestamp> {
        self.fold.episodes.list().first().map(|episode| episode.opened_at)
    }

    pub(super) fn first_assigned_at(&self) -> Option<Timestamp> {
        self.fold.assignment.assigned_at.get()
    }

    pub(super) fn first_answered_at(&self) -> Option<Timestamp> {
        self.fold.episodes.answered_at.get()
    }

    pub(super) fn first_closed_at(&self) -> Option<Timestamp> {
        self.fold.closed_at.get()
    }

    pub(super) fn operating_hours_version(&self) -> Option<&'a str> {
        self.document.operating_hours_version(self.fold.updated_at()?)
    }

    pub(super) fn reopen_count(&self) -> u32 {
        self.fold.episodes.list().len().saturating_sub(1) as u32
    }

    pub(super) fn reply_count(&self) -> u32 {
        self.fold.episodes.turns().len() as u32
    }

    pub(super) fn reply_count_in_operation(&self) -> u32 {
        let turns = self.fold.episodes.turns().iter();
        turns.filter(|turn| self.document.is_open(turn.answered_at)).count() as u32
    }

    /// A duration: none if an end is missing or it would be negative.
    pub(super) fn between(&self, from: Option<Timestamp>, to: Option<Timestamp>, clock: Clock) -> Option<Span> {
        let (from, to) = (from?, to?);
        (from <= to).then(|| self.length(from, to, clock))
    }

    /// The same without the snoozed time inside: in operation the span minus (snoozed ∪ closed hours), one union.
    pub(super) fn handling_time(&self, from: Option<Timestamp>, to: Option<Timestamp>, clock: Clock) -> Option<Span> {
        let (from, to) = (from?, to?);
        if from > to {
            return None;
        }
        let first = self.snoozes.partition_point(|&(_, end)| end <= from);
        let last = self.snoozes.partition_point(|&(start, _)| start < to);
        let inside = self.snoozes.get(first..last).unwrap_or_default();
        if clock == Clock::InOperation {
            return Some(self.document.operating_time_without(from, to, inside));
        }
        let mut handled = to.since(from);
        for &(start, end) in inside {
            handled = handled - end.min(to).since(start.max(from));
        }
        Some(handled)
    }

    /// `firstMemberHandlingTime`: episodes whose part is missing or negative are left out; no part left: none.
    pub(super) fn closed_episodes_handling_time(&self, clock: Clock) -> Option<Span> {
        let part = |(at, episode): (usize, &Episode)| {
            let active_at = if at == 0 { self.first_active_at } else { active_at(episode) };
            self.handling_time(active_at, closed_at(episode), clock)
        };
        let parts = self.fold.episodes.list().iter().enumerate().filter_map(part);
        parts.reduce(|sum, part| sum + part)
    }

    pub(super) fn snoozed_time(&self, clock: Clock) -> Span {
        self.snoozes.iter().fold(Span::ZERO, |sum, &(start, end)| sum + self.length(start, end, clock))
    }

    /// Σ (answeredAt − askedAt).
    pub(super) fn reply_time(&self, turns: &[Turn], clock: Clock) -> Span {
        turns.iter().fold(Span::ZERO, |sum, turn| sum + self.length(turn.asked_at, turn.answered_at, clock))
    }

    /// The average, truncated to the millisecond; in operation too it is divided by all turns.
    pub(super) fn average_reply_time(&self, turns: &[Turn], clock: Clock) -> Option<Span> {
        let average = self.reply_time(turns, clock).millis().checked_div(turns.len() as i64)?;
        Some(Span::from_millis(average))
    }

    /// `chatProfile.waitingTime`.
    pub(super) fn waiting_time(&self, clock: Clock) -> Option<Span> {
        let episode = self.fold.episodes.list().last()?;
        self.between(Some(episode.opened_at), episode.answered_at.get(), clock)
    }

    /// `chatProfile.resolutionTime`.
    pub(super) fn resolution_time(&self, clock: Clock) -> Option<Span> {
        let episode = self.fold.episodes.list().last()?;
        self.between(Some(episode.opened_at), closed_at(episode), clock)
    }

    /// The length of a span that is not negative.
    fn length(&self, from: Timestamp, to: Timestamp, clock: Clock) -> Span {
        match clock {
            Clock::Plain => to.since(from),
            Clock::InOperation => self.document.operating_time(from, to),
        }
    }

    fn find_first_active_at(&self) -> Option<Timestamp> {
        let assigned_at = self.first_assigned_at();
        let queued_at = self.fold.queue.entered_at();
        let was_queued = queued_at.is_some_and(|queued| assigned_at.is_none_or(|assigned| queued <= assigned));
        if was_queued { assigned_at } else { self.first_opened_at() }
    }

    fn find_first_asked_at(&self) -> Option<Timestamp> {
        let fold = self.fold;
        let after_workflow = fold.workflow_started_at.get().and(fold.asked_workflow_at.get());
        let asked_at = after_workflow.or(fold.asked_at.get());
        if fold.medium != Some(MediumType::Phone) {
            return asked_at;
        }
        [asked_at, fold.meets.first_inbound_at(fold.direction)].into_iter().flatten().min()
    }
}

/// Since when an agent could act in an episode that is not the first.
fn active_at(episode: &Episode) -> Option<Timestamp> {
    if episode.is_queued { episode.assigned_at.get() } else { Some(episode.opened_at) }
}

fn closed_at(episode: &Episode) -> Option<Timestamp> {
    episode.ended.filter(|&(_, ending)| ending == Ending::Closed).map(|(at, _)| at)
}
