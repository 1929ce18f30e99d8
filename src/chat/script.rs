//! For tests: a chat written down in a line, `09:00 created; 09:00 opened; 09:01 ask; +1 10:00 closed`.
//!
//! A time is `[+DAYS ]HH:MM[:SS[.mmm]]`, from Monday 2026-03-02 in UTC. Behind it stands a word of [`event`], or a type
//! with its `data`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::metric::{Facts, metrics};
use super::{Fold, Journal};
use crate::calendar::ChannelDocument;
use crate::event::{Event, EventData, Kind};
use crate::time::{Span, Timestamp};

/// Monday, 2026-03-02T00:00:00Z.
const MONDAY: Timestamp = Timestamp::from_millis(1_772_409_600_000);

/// A chat as tests see it.
pub struct Chat {
    pub journal: Journal,
    pub fold: Fold,
    pub document: ChannelDocument,
    pub due: Timestamp,
}

/// The chat of a script, on a channel that is always open.
pub fn chat(script: &str) -> Chat {
    let journal: Journal = events(script).into_iter().collect();
    let fold = Fold::of(&journal);
    Chat { journal, fold, document: ChannelDocument::absent(), due: Timestamp::MAX }
}

/// The events of a script.
pub fn events(script: &str) -> Vec<Event> {
    let lines = script.split(';').map(str::trim).filter(|line| !line.is_empty());
    lines.enumerate().map(|(at, line)| event(line, &format!("e{at}"))).collect()
}

/// The event of a line of a script.
pub fn event(line: &str, id: &str) -> Event {
    let mut words = line.splitn(if line.starts_with('+') { 3 } else { 2 }, ' ');
    let days = if line.starts_with('+') { words.next() } else { None };
    let time = at(&[days, words.next()].into_iter().flatten().collect::<Vec<_>>().join(" "));
    let rest = words.next().unwrap_or_else(|| panic!("no event: {line}"));
    let (word, argument) = rest.split_once(' ').unwrap_or((rest, ""));
    let or = |default: &'static str| if argument.is_empty() { default } else { argument };
    let (kind, data) = match word {
        "created" => ("chat.created", r#"{"channelId":"c1"}"#.to_owned()),
        "outbound" => ("chat.created", r#"{"channelId":"c1","direction":"OUTBOUND"}"#.to_owned()),
        "phone" => ("chat.created", r#"{"channelId":"c1","medium":{"type":"phone"}}"#.to_owned()),
        "opened" => ("chat.opened", format!(r#"{{"by":"{}"}}"#, or("user"))),
        "snoozed" => ("chat.snoozed", "{}".to_owned()),
        "missed" => ("chat.missed", format!(r#"{{"reason":"{}"}}"#, or("noOperator"))),
        "closed" => ("chat.closed", r#"{"by":"manager"}"#.to_owned()),
        "assigned" => ("chat.assigned", format!(r#"{{"managerId":"{}"}}"#, or("A"))),
        "unassigned" => ("chat.unassigned", "{}".to_owned()),
        "queue" => ("queue.entered", format!(r#"{{"queueId":"{}"}}"#, or("q1"))),
        "left" if argument.is_empty() => ("queue.left", r#"{"outcome":"answered"}"#.to_owned()),
        "left" => ("queue.left", format!(r#"{{"queueId":"{argument}","outcome":"answered"}}"#)),
        "ask" => ("message.sent", message("user", "", "")),
        "ask-workflow" => ("message.sent", message("user", "", r#","answersWorkflow":true"#)),
        "answer" => ("message.sent", message("manager", argument, "")),
        "note" => ("message.sent", message("manager", "", r#","private":true"#)),
        "bot" => ("message.sent", message("bot", "", "")),
        "connected" => ("agent.connected", manager(or("A"))),
        "disconnected" => ("agent.disconnected", manager(or("A"))),
        "held" => ("agent.held", manager(or("A"))),
        "resumed" => ("agent.resumed", manager(or("A"))),
        "wrap-up" => ("agent.wrap_up_started", manager(or("A"))),
        "wrap-up-ended" => ("agent.wrap_up_ended", manager(or("A"))),
        "transferred" => ("chat.transferred", transferred(or("A B"))),
        "va" => ("va.connected", format!(r#"{{"virtualAgent":{{"id":"{}"}}}}"#, or("V"))),
        "escalated" => ("va.escalated", r#"{"reason":"r"}"#.to_owned()),
        "va-ended" => ("va.ended", "{}".to_owned()),
        "alf" => ("chat.alf_started", "{}".to_owned()),
        "alf-ended" => ("chat.alf_ended", "{}".to_owned()),
        "workflow" => ("chat.workflow_started", r#"{"workflowId":"w"}"#.to_owned()),
        "workflow-ended" => ("chat.workflow_ended", r#"{"workflowId":"w"}"#.to_owned()),
        "call" => ("meet.started", r#"{"meetId":"m","type":"phone"}"#.to_owned()),
        "call-in" => ("meet.started", r#"{"meetId":"m","type":"phone","direction":"INBOUND"}"#.to_owned()),
        "call-out" => ("meet.started", r#"{"meetId":"m","type":"phone","direction":"OUTBOUND"}"#.to_owned()),
        "engaged" => ("meet.engaged", r#"{"meetId":"m"}"#.to_owned()),
        kind => (kind, or("{}").to_owned()),
    };
    let kind = Kind::from_type(kind).unwrap_or_else(|| panic!("no word: {line}"));
    let (data, channel_id) = EventData::from_json(kind, &data).unwrap_or_else(|fault| panic!("{line}: {fault}"));
    Event { kind, time, source: "/s".into(), id: id.into(), channel_id, data }
}

fn message(person: &str, id: &str, more: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!(r#","id":"{id}""#) };
    format!(r#"{{"messageId":"m","person":{{"type":"{person}"{id}}}{more}}}"#)
}

fn manager(id: &str) -> String {
    format!(r#"{{"managerId":"{id}"}}"#)
}

/// From one agent to the other: `A B`.
fn transferred(agents: &str) -> String {
    let (from, to) = agents.split_once(' ').expect("two agents");
    format!(r#"{{"transferId":"t","status":"transferred","fromAgent":{{"id":"{from}"}},"toAgent":{{"id":"{to}"}}}}"#)
}

/// A time of a script.
pub fn at(text: &str) -> Timestamp {
    let (days, clock) = text.strip_prefix('+').map_or((0, text), |text| {
        let (days, clock) = text.split_once(' ').expect("days, then the clock");
        (days.parse().expect("days"), clock)
    });
    let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
    let monday = Timestamp::parse(&format!("2026-03-02T{clock}{seconds}Z")).expect("a clock");
    monday.saturating_add(Span::from_hours(24 * days))
}

/// A time as a script writes it.
pub fn told(time: Timestamp) -> String {
    let days = time.since(MONDAY).millis().div_euclid(86_400_000);
    let day = if days == 0 { String::new() } else { format!("+{days} ") };
    let clock = &time.to_string()[11..23];
    let clock = clock.strip_suffix(".000").unwrap_or(clock);
    let clock = if clock.len() == 8 { clock.strip_suffix(":00").unwrap_or(clock) } else { clock };
    format!("{day}{clock}")
}

impl Chat {
    /// The same chat on the channel of this document.
    pub fn on(self, document: &str) -> Chat {
        Chat { document: ChannelDocument::parse(document.as_bytes()).expect("a document"), ..self }
    }

    /// The same chat, with a record due at that time.
    pub fn due(self, time: &str) -> Chat {
        Chat { due: at(time), ..self }
    }

    /// Its facts.
    pub fn facts(&self) -> Facts<'_> {
        Facts::new("chat", &self.journal, &self.fold, &self.document, self.due)
    }

    /// Asserts values, `closedAt 09:10; timeToClose 600.0; meets/0/id m; tags ["a"]`: times as in scripts, all else as
    /// JSON.
    #[track_caller]
    pub fn has(&self, values: &str) -> &Chat {
        let facts = self.facts();
        for expected in values.split(';').map(str::trim).filter(|line| !line.is_empty()) {
            let (path, _) = expected.split_once(' ').expect("a path, then a value");
            let mut actual = json_at(path, &facts);
            if let Some(time) = Timestamp::parse(actual.trim_matches('"')) {
                actual = told(time);
            }
            let actual = actual.trim_matches('"');
            assert_eq!(format!("{path} {actual}"), expected);
        }
        self
    }
}

/// The JSON of a column, or of what stands inside it.
#[track_caller]
fn json_at(path: &str, facts: &Facts<'_>) -> String {
    let is_around = |metric_path: &str| {
        path.strip_prefix(metric_path).is_some_and(|inside| inside.is_empty() || inside.starts_with('/'))
    };
    let metric = metrics().find(|metric| is_around(metric.path)).unwrap_or_else(|| panic!("no path: {path}"));
    let mut json = String::new();
    metric.value(facts).write_json(&mut json);
    if metric.path == path {
        return json;
    }
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let inside = value.pointer(&path[metric.path.len()..]);
    inside.unwrap_or_else(|| panic!("no path: {path} in {json}")).to_string()
}

/// Lines of scripts without their times: something of every type that matters, and what collides with it.
const LINES: &[&str] = &[
    "created",
    "outbound",
    "phone",
    r#"chat.created {"channelId":"c2","userName":"N","title":"T","priority":"low","medium":{"type":"app","name":"app~x"}}"#,
    "opened",
    "opened",
    "opened alf",
    "snoozed",
    "missed",
    "missed userLeft",
    "closed",
    "closed",
    "assigned A",
    "assigned B",
    "unassigned",
    "queue q1",
    "queue q2",
    "left",
    "left q1",
    "left q2",
    "ask",
    "ask",
    "ask-workflow",
    "answer",
    "answer",
    "note",
    "bot",
    "alf",
    "alf-ended",
    "workflow",
    "workflow-ended",
    "call",
    "call-in",
    "call-out",
    "engaged",
    r#"meet.ended {"meetId":"m"}"#,
    r#"meet.started {"meetId":"m2","type":"video","direction":"INBOUND","from":"1"}"#,
    r#"meet.engaged {"meetId":"m2"}"#,
    r#"chat.tagged {"add":["a","b"],"remove":["c"]}"#,
    r#"chat.tagged {"add":["c"],"remove":["a"]}"#,
    r#"chat.updated {"title":"t","priority":"high","channelId":"c3"}"#,
    r#"chat.updated {"title":null,"priority":null,"userName":"n"}"#,
    r#"chat.team_assigned {"teamId":"t"}"#,
    r#"chat.team_assigned {"teamId":null}"#,
    r#"chat.followers_set {"managerIds":["A","B"]}"#,
    r#"chat.goal_set {"state":"achieved","eventName":"e"}"#,
    r#"chat.goal_set {"state":"waiting"}"#,
    r#"chat.alf_scored {"cxScore":4.5}"#,
    r#"chat.csat_submitted {"scale":3,"choice":2,"comment":"c"}"#,
    r#"chat.csat_submitted {"scale":5,"choice":4}"#,
    r#"chat.profile_set {"csat":"5","vip":true,"x":1}"#,
    r#"chat.profile_set {"csat":3,"csatComment":null,"vip":"no","x":null}"#,
    "chat.csat_requested",
    "answer A",
    "connected A",
    "connected B",
    "disconnected A",
    "disconnected B",
    "held A",
    "held A",
    "resumed A",
    "wrap-up A",
    "wrap-up-ended A",
    "transferred A B",
    "va",
    "va W",
    "escalated",
    "va-ended",
    r#"queue.left {"queueId":"q1","outcome":"overflow","managerId":"A"}"#,
    r#"queue.left {"outcome":"abandoned","deflection":"d"}"#,
    r#"queue.entered {"queueId":"q1","lang":"en","transferId":"t","priority":2,"menuPath":{"id":"1","materializedPath":"a"}}"#,
    r#"chat.updated {"lang":"ko","verified":true,"menuPath":{"id":"2"},"selectedMenu":[1],"queuePriority":3}"#,
    r#"chat.updated {"lang":null,"menuPath":null}"#,
    r#"va.escalated {"reason":"r","deflection":"d"}"#,
    r#"participant.joined {"participantId":"p","type":"agent"}"#,
    r#"participant.left {"participantId":"p","type":"agent"}"#,
    r#"agent.connected {"managerId":"A","participantId":"p"}"#,
    r#"chat.transferred {"transferId":"t","status":"transferring","toMenu":{"id":"1"},"cold":true}"#,
    r#"chat.closed {"by":"user","status":"failed","subStatus":"voicemail"}"#,
    r#"chat.feedback {"rating":3,"comment":"c"}"#,
    r#"chat.disposition_set {"codes":["x"]}"#,
];

/// Times that collide, follow closely, and lie 24 h apart to the millisecond.
const TIMES: &[&str] = &[
    "09:00",
    "09:00:00.001",
    "09:01",
    "09:02",
    "10:00",
    "20:00",
    "+1 08:59:59.999",
    "+1 09:00",
    "+1 09:00:00.001",
    "+1 10:00",
    "+2 11:00",
    "+4 09:00",
];

/// Hours with a break, and a schema.
pub const OFFICE: &str = r#"{"timezone":"Asia/Seoul","profileSchema":{"vip":"Boolean"},"operatingHours":[
    {"effectiveFrom":"2026-01-01","weekly":{"mon":[["09:00","19:00"]],"tue":[["09:00","18:01"]]},
     "breaks":{"mon":[["18:01","18:02"]]}}]}"#;

/// Any chat of up to so many events, in the order of arrival.
pub fn any_events(len_max: usize) -> impl Strategy<Value = Vec<Event>> {
    let line = (select(TIMES), select(LINES), 0..3u8);
    vec(line, 0..=len_max).prop_map(|lines| {
        let event = |(at, (time, line, order)): (usize, (&str, &str, u8))| {
            // Of equal time and type the id decides, which must not go with the order of arrival.
            event(&format!("{time} {line}"), &format!("{order}-{at}"))
        };
        lines.into_iter().enumerate().map(event).collect()
    })
}
