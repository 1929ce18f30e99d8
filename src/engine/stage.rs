//! The two stages: what is different between them to worker, commit and restore.

use std::sync::Arc;

use crate::codec::{Meta, Row, decode_header, parse_key, timer_key};
use crate::log::Membership;
use crate::store::Store;
use crate::telemetry::Board;

use super::channel_row::{marks_of_live, marks_of_window};
use super::channels::{ChannelTask, Shape};
use super::chats::ChatTask;
use super::task::Task;
use super::{Settings, Start, TaskError};

/// A stage of the engine (`engine.md`, Shape).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The first: by chat.
    Chats,
    /// The second: by channel.
    Channels,
}

impl Stage {
    /// Both, in the data's way.
    pub const ALL: [Stage; 2] = [Stage::Chats, Stage::Channels];

    /// Its name in telemetry.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Chats => "chat",
            Stage::Channels => "channel",
        }
    }

    /// Who worker `number` of the process is in it. No name of one stage is one of the other, whatever the instances are
    /// called: after the last hyphen there is a number in one, a word in the other.
    pub(super) fn membership(self, settings: &Settings, number: usize) -> Membership {
        let Settings { application_id, instance_id, .. } = settings;
        let (group, worker) = match self {
            Stage::Chats => (application_id.clone(), number.to_string()),
            Stage::Channels => (format!("{application_id}-channel"), format!("channel{number}")),
        };
        let instance = format!("{application_id}-{instance_id}-{worker}");
        Membership { group, instance, topics: self.inputs(settings).to_vec() }
    }

    /// The topics it reads, which share their partition numbers.
    pub(super) fn inputs(self, settings: &Settings) -> &[String] {
        match self {
            Stage::Chats => &settings.topics.inputs,
            Stage::Channels => std::slice::from_ref(&settings.topics.differences),
        }
    }

    /// Other topics that must have as many partitions: its tasks write to those of their own number, or to all.
    pub(super) fn as_wide(self, settings: &Settings) -> Vec<&str> {
        match self {
            Stage::Chats => vec![&settings.topics.changelog, &settings.topics.differences],
            Stage::Channels => vec![&settings.topics.channel_changelog],
        }
    }

    /// Where its state is.
    pub(super) fn changelog(self, settings: &Settings) -> &str {
        match self {
            Stage::Chats => &settings.topics.changelog,
            Stage::Channels => &settings.topics.channel_changelog,
        }
    }

    /// Where it begins to read when it has never committed anything. Of what the first stage has sent nothing may be missed.
    pub(super) fn start(self, settings: &Settings) -> Start {
        match self {
            Stage::Chats => settings.start,
            Stage::Channels => Start::Earliest,
        }
    }

    /// A task whose store is as the last commit left it.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    pub(super) fn task(
        self,
        partition: u32,
        store: Box<dyn Store>,
        meta: Meta,
        settings: &Settings,
        board: &Arc<Board>,
    ) -> Result<Box<dyn Task>, TaskError> {
        Ok(match self {
            Stage::Chats => Box::new(ChatTask::new(partition, store, meta)?),
            Stage::Channels => {
                Box::new(ChannelTask::new(partition, store, meta, Shape::of(settings), Arc::clone(board))?)
            }
        })
    }

    /// Whether rows of the store alone follow from a row of the changelog.
    pub(super) fn has_derived(self, key: &[u8]) -> bool {
        matches!(parse_key(key), Some(Row::Header(_) | Row::Window(_) | Row::Live(_)))
    }

    /// The keys of the rows of the store alone that follow from a row of the changelog. Their values are empty.
    ///
    /// # Errors
    /// [`TaskError`] when the row cannot be read.
    pub(super) fn derived(self, key: &[u8], value: &[u8]) -> Result<Vec<Vec<u8>>, TaskError> {
        match parse_key(key) {
            Some(Row::Header(chat_id)) => Ok(vec![timer_key(decode_header(value)?.deadline(), chat_id)]),
            Some(Row::Window(name)) => Ok(marks_of_window(value)?.rows(name)),
            Some(Row::Live(name)) => Ok(marks_of_live(value)?.rows(name)),
            _ => Ok(Vec::new()),
        }
    }
}
