//! `transfers[]`: one row per transfer, of which an event is a step (`session.md`, Chat resource).

use std::collections::BTreeMap;

use super::parts::{self, AGENT, Agent, MENU};
use crate::chat::metric::shape;
use crate::chat::metric::value::Value;
use crate::event::{AgentInfo, ChatTransferred, Event, EventData, Menu, TransferStatus};
use crate::time::Timestamp;

/// The transfers, in the order of their first steps.
#[derive(Debug, Default)]
pub(super) struct Transfers<'a> {
    rows: Vec<Transfer<'a>>,
    by_id: BTreeMap<&'a str, usize>,
    /// To each agent the steps that say the chat was transferred: when, and of which transfer.
    to_agent: BTreeMap<&'a str, Vec<(Timestamp, &'a str)>>,
}

/// What the steps of a transfer told.
#[derive(Debug)]
struct Transfer<'a> {
    last: &'a ChatTransferred,
    created_at: Timestamp,
    from_menu: Option<&'a Menu>,
    to_menu: Option<&'a Menu>,
    from_agent: Option<&'a AgentInfo>,
    to_agent: Option<&'a AgentInfo>,
    cold: Option<bool>,
}

shape! {
    TRANSFER "Transfer" "`session.md`, Chat resource: `transfers[]`";
    fn row(transfer: &Transfer<'f>);
    1 "id" Text: "transfer id" => &*transfer.last.transfer_id;
    2 "status" Text: "`transferring`, `transferred` or `failed`, of the last step" => transfer.last.status.as_str();
    3 "fail_reason" Text: "of the last step" => transfer.last.fail_reason.as_deref();
    4 "created_at" Time: "the first step" => transfer.created_at;
    5 "from_menu" Object(MENU): "last given" => parts::menu(transfer.from_menu);
    6 "to_menu" Object(MENU): "last given" => parts::menu(transfer.to_menu);
    7 "from_agent" Object(AGENT): "last given" => parts::agent(transfer.from_agent.map(Agent::of));
    8 "to_agent" Object(AGENT): "last given" => parts::agent(transfer.to_agent.map(Agent::of));
}

impl<'a> Transfers<'a> {
    pub fn tell(&mut self, event: &'a Event) {
        let EventData::ChatTransferred(step) = &event.data else {
            return;
        };
        let at = *self.by_id.entry(&step.transfer_id).or_insert(self.rows.len());
        if at == self.rows.len() {
            self.rows.push(Transfer {
                last: step,
                created_at: event.time,
                from_menu: None,
                to_menu: None,
                from_agent: None,
                to_agent: None,
                cold: None,
            });
        }
        self.rows[at].take(step);
        if let (TransferStatus::Transferred, Some(to)) = (step.status, &step.to_agent) {
            self.to_agent.entry(&to.id).or_default().push((event.time, &step.transfer_id));
        }
    }

    pub fn rows(&self) -> Value<'a> {
        Value::Rows(self.rows.iter().map(row).collect())
    }

    /// Whether a transfer is cold, as last told.
    pub fn is_cold(&self, transfer_id: &str) -> Option<bool> {
        self.by_id.get(transfer_id).and_then(|&at| self.rows[at].cold)
    }

    /// The last transfer to an agent, not later than `at` and later than `after`.
    pub fn to_agent(&self, agent_id: &str, at: Timestamp, after: Option<Timestamp>) -> Option<&'a str> {
        let steps = self.to_agent.get(agent_id)?;
        let until = steps.partition_point(|&(time, _)| time <= at);
        let &(time, transfer_id) = steps[..until].last()?;
        after.is_none_or(|after| time > after).then_some(transfer_id)
    }
}

impl<'a> Transfer<'a> {
    fn take(&mut self, step: &'a ChatTransferred) {
        self.last = step;
        self.from_menu = step.from_menu.as_ref().or(self.from_menu);
        self.to_menu = step.to_menu.as_ref().or(self.to_menu);
        self.from_agent = step.from_agent.as_ref().or(self.from_agent);
        self.to_agent = step.to_agent.as_ref().or(self.to_agent);
        self.cold = step.cold.or(self.cold);
    }
}
