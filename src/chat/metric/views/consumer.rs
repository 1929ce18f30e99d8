//! The customer's part: `consumer_handle_durations[]` and `consumer_event_durations[]` (`session.md`, Chat resource).

use super::parts::{self, MENU};
use super::{Responses, Views, whole};
use crate::chat::metric::value::Value;
use crate::chat::metric::{Facts, shape};
use crate::chat::segment::Edge;
use crate::event::{Event, EventData, Menu, PersonType};
use crate::time::{Span, Timestamp};

/// What the customer did, as far as the journal has been read.
#[derive(Debug, Default)]
pub(super) struct Consumer<'a> {
    first_question: Option<&'a Event>,
    message_count: u32,
    responses: Responses,
    /// The first message of an agent that the customer has not answered.
    pending_at: Option<Timestamp>,
    csat_requested_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    csats: Vec<Csat<'a>>,
}

#[derive(Debug)]
struct Csat<'a> {
    submitted: Edge<'a>,
    /// The survey's request, else the end before it.
    started_at: Option<Timestamp>,
}

shape! {
    CONSUMER_HANDLE_DURATION "ConsumerHandleDuration" "`session.md`, Chat resource: `consumer_handle_durations[]`";
    fn whole_chat(facts: &Facts<'f>, consumer: &Consumer<'f>);
    1 "id" Text: "id of the first question" => consumer.first_question.map(|question| &*question.id);
    2 "chat_duration" WholeSeconds: "from the first question to the end; to the last event while there is none" =>
        whole(consumer.length(facts));
    3 "message_count" Count: "the customer's public messages" => consumer.message_count;
    4 "response_count" Count: "how often the customer answered an agent" => consumer.responses.count;
    5 "response_time_total" WholeSeconds: "Σ from the first message of an agent the customer has not answered to the \
        customer's next question" => whole(consumer.responses.total);
    6 "response_time_max" WholeSeconds: "the longest of them" => whole(consumer.responses.max);
    7 "response_time_avg" WholeSeconds: "their average" => whole(consumer.responses.average());
    8 "started_at" Time: "the first question" => consumer.first_question.map(|question| question.time);
    9 "ended_at" Time: "the end; null while there is none" => facts.fold.ended_at();
}

shape! {
    CONSUMER_EVENT_DURATION "ConsumerEventDuration" "`session.md`, Chat resource: `consumer_event_durations[]`";
    fn csat(csat: &Csat<'f>, menu: Option<&'f Menu>, lang: Option<&'f str>);
    1 "id" Text: "id of the submission" => &*csat.submitted.event.id;
    2 "type" Text: "`csat`" => "csat";
    3 "event" Text: "`finished`" => "finished";
    4 "duration" WholeSeconds: "from the survey's request, else the last end before it, to the submission" =>
        whole(csat.started_at.map(|started_at| csat.submitted.time().since(started_at)));
    5 "menu_path_id" Text: "the menu at the submission" => menu.map(|menu| &*menu.id);
    6 "menu_path" Object(MENU): "the same" => parts::menu(menu);
    7 "lang" Text: "the language at the submission" => lang;
    8 "started_at" Time: "the survey's request, else the last end before it" => csat.started_at;
    9 "ended_at" Time: "the submission" => csat.submitted.time();
}

impl<'a> Consumer<'a> {
    /// Takes the next event; `is_end`: it ends the session.
    pub fn tell(&mut self, edge: Edge<'a>, is_end: bool) {
        let at = edge.time();
        if is_end {
            self.pending_at = None;
            self.ended_at = Some(at);
        }
        match &edge.event.data {
            EventData::MessageSent(message) if !message.private => match message.person.kind {
                PersonType::User => self.ask(edge.event),
                PersonType::Manager => {
                    self.pending_at.get_or_insert(at);
                }
                PersonType::Bot => {}
            },
            EventData::ChatCsatRequested(_) => self.csat_requested_at = Some(at),
            EventData::ChatCsatSubmitted(_) => {
                self.csats.push(Csat { submitted: edge, started_at: self.csat_requested_at.or(self.ended_at) });
            }
            _ => {}
        }
    }

    fn ask(&mut self, question: &'a Event) {
        self.first_question.get_or_insert(question);
        self.message_count += 1;
        if let Some(pending_at) = self.pending_at.take() {
            self.responses.add(question.time.since(pending_at));
        }
    }

    fn length(&self, facts: &Facts<'_>) -> Option<Span> {
        let length = facts.fold.ended_at().or(facts.fold.updated_at())?.since(self.first_question?.time);
        (length >= Span::ZERO).then_some(length)
    }
}

/// The row of `consumer_handle_durations`: there is always one.
pub(super) fn handle_rows<'a>(facts: &Facts<'a>) -> Value<'a> {
    Value::Rows(vec![whole_chat(facts, &facts.views().consumer)])
}

/// The rows of `consumer_event_durations`.
pub(super) fn event_rows<'a>(views: &Views<'a>) -> Value<'a> {
    let row = |submission: &Csat<'a>| {
        let position = submission.submitted.position;
        csat(submission, views.said.menu.after(position), views.said.lang.after(position))
    };
    Value::Rows(views.consumer.csats.iter().map(row).collect())
}
