//! Objects that stand in several places of the views.

use crate::chat::metric::shape;
use crate::chat::metric::value::Value;
use crate::event::{
    AgentInfo, AgentName, ChatDispositionSet, ChatInCallMessage, ChatMediaAdded, ChatOffered, EndUser, Menu,
    VirtualAgent,
};
use crate::time::Timestamp;

use super::said::{Said, SmartActions};

shape! {
    MENU "Menu" "`session.md`, Chat resource: row shapes";
    fn menu_object(menu: &'f Menu);
    1 "items_count" Count: "the steps of `materialized_path`" => items_count(menu);
    2 "name" Text: "the menu's name" => menu.name.as_deref();
    3 "materialized_path" Text: "the steps that lead to it" => menu.materialized_path.as_deref();
}

shape! {
    AGENT "AgentInfo" "`session.md`, Chat resource: `agent_info`";
    fn agent_object(agent: &Agent<'f>);
    1 "id" Text: "the manager's id" => agent.id;
    2 "name" Text PII: "as an event told it" => agent.name;
    3 "last_name" Text PII: "as an event told it" => agent.last_name;
    4 "first_name" Text PII: "as an event told it" => agent.first_name;
    5 "agent_number" Text: "as an event told it" => agent.agent_number;
    6 "avatar_url" Text PII: "as an event told it" => agent.avatar_url;
}

shape! {
    VIRTUAL_AGENT "VirtualAgent" "`session.md`, Chat resource: `virtual_agent`";
    fn virtual_agent_object(virtual_agent: &'f VirtualAgent);
    1 "id" Text: "the virtual agent's id" => &*virtual_agent.id;
    2 "name" Text: "its name" => virtual_agent.name.as_deref();
}

shape! {
    END_USER "EndUser" "`session.md`, Chat resource: `end_user`";
    fn end_user_object(end_user: &'f EndUser);
    1 "id" Text PII: "the end user's id" => &*end_user.id;
    2 "identifier" Text PII: "what identifies the end user elsewhere" => end_user.identifier.as_deref();
    3 "out_contact_id" Text PII: "the contact in the CRM" => end_user.out_contact_id.as_deref();
}

shape! {
    PHOTO "Photo" "`session.md`, Chat resource: row shapes";
    fn photo(media: &'f ChatMediaAdded);
    1 "id" Text: "the photo's id" => &*media.id;
    2 "photo_type" Text: "its type" => media.photo_type.as_deref();
    3 "url" Text PII: "where it is" => &*media.url;
}

shape! {
    VIDEO "Video" "`session.md`, Chat resource: row shapes";
    fn video(media: &'f ChatMediaAdded);
    1 "id" Text: "the video's id" => &*media.id;
    2 "url" Text PII: "where it is" => &*media.url;
}

shape! {
    OFFER_EVENT "OfferEvent" "`session.md`, Chat resource: row shapes";
    fn offer_event(offered: &'f ChatOffered);
    1 "group" Text: "the group of agents it was offered to" => &*offered.group;
    2 "casting_time" Json: "how long, as it was told" => offered.casting_time.as_deref().map_or(Value::Null, Value::Json);
}

shape! {
    SMART_ACTIONS "SmartActions" "`session.md`, Session metadata";
    fn smart_actions_object(smart_actions: &SmartActions);
    1 "verification" Flag: "whether such an action happened" => smart_actions.verification;
    2 "photos" Flag: "whether such an action happened" => smart_actions.photos;
    3 "videos" Flag: "whether such an action happened" => smart_actions.videos;
    4 "text" Flag: "whether such an action happened" => smart_actions.text;
}

shape! {
    DISPOSITION "Disposition" "`session.md`, Session metadata";
    fn disposition_object(disposition: &'f ChatDispositionSet);
    1 "codes" Texts: "the codes" => disposition.codes.iter().map(|code| &**code).collect::<Vec<_>>();
    2 "notes" Text PII: "the notes" => disposition.notes.as_deref();
}

shape! {
    IN_CALL_MESSAGE "InCallMessage" "`session.md`, Session metadata";
    fn in_call_message(sent_at: Timestamp, message: &'f ChatInCallMessage);
    1 "channel" Text: "`sms`, `mms` or `whatsapp`" => message.channel.as_str();
    2 "direction" Text: "as it was told" => &*message.direction;
    3 "sent_at" Time: "when it was sent" => sent_at;
}

/// An agent, as events tell who that is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agent<'a> {
    id: &'a str,
    name: Option<&'a str>,
    last_name: Option<&'a str>,
    first_name: Option<&'a str>,
    agent_number: Option<&'a str>,
    avatar_url: Option<&'a str>,
}

impl<'a> Agent<'a> {
    /// A manager, called as an assignment told.
    pub fn named(id: &'a str, name: Option<&'a AgentName>) -> Agent<'a> {
        Agent {
            id,
            name: name.and_then(|name| name.name.as_deref()),
            last_name: name.and_then(|name| name.last_name.as_deref()),
            first_name: name.and_then(|name| name.first_name.as_deref()),
            agent_number: name.and_then(|name| name.agent_number.as_deref()),
            avatar_url: name.and_then(|name| name.avatar_url.as_deref()),
        }
    }

    /// An agent of a transfer.
    pub fn of(info: &'a AgentInfo) -> Agent<'a> {
        Agent {
            id: &info.id,
            name: info.name.as_deref(),
            last_name: info.last_name.as_deref(),
            first_name: info.first_name.as_deref(),
            agent_number: info.agent_number.as_deref(),
            avatar_url: info.avatar_url.as_deref(),
        }
    }
}

pub(super) fn menu(menu: Option<&Menu>) -> Value<'_> {
    menu.map(menu_object).map_or(Value::Null, Value::Object)
}

pub(super) fn agent(agent: Option<Agent<'_>>) -> Value<'_> {
    agent.map(|agent| agent_object(&agent)).map_or(Value::Null, Value::Object)
}

pub(super) fn virtual_agent(virtual_agent: Option<&VirtualAgent>) -> Value<'_> {
    virtual_agent.map(virtual_agent_object).map_or(Value::Null, Value::Object)
}

pub(super) fn end_user(end_user: Option<&EndUser>) -> Value<'_> {
    end_user.map(end_user_object).map_or(Value::Null, Value::Object)
}

pub(super) fn disposition(disposition: Option<&ChatDispositionSet>) -> Value<'_> {
    disposition.map(disposition_object).map_or(Value::Null, Value::Object)
}

pub(super) fn smart_actions<'a>(said: &Said<'a>) -> Value<'a> {
    Value::Object(smart_actions_object(&said.smart_actions))
}

pub(super) fn photos<'a>(said: &Said<'a>) -> Value<'a> {
    Value::Rows(said.photos.iter().map(|media| photo(media)).collect())
}

pub(super) fn videos<'a>(said: &Said<'a>) -> Value<'a> {
    Value::Rows(said.videos.iter().map(|media| video(media)).collect())
}

pub(super) fn offer_events<'a>(said: &Said<'a>) -> Value<'a> {
    Value::Rows(said.offers.iter().map(|offered| offer_event(offered)).collect())
}

pub(super) fn in_call_messages<'a>(said: &Said<'a>) -> Value<'a> {
    Value::Rows(said.in_call_messages.iter().map(|&(at, message)| in_call_message(at, message)).collect())
}

/// The steps between the slashes of a path; one that is empty is none.
fn items_count(menu: &Menu) -> Option<u32> {
    let path = menu.materialized_path.as_deref()?;
    Some(path.split('/').filter(|step| !step.is_empty()).count() as u32)
}
