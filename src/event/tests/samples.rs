//! One full `data` per type, with every known member, and what is said of the members.

use crate::event::Kind;

/// A type, its `data` with every known member, and the paths of the members that must be there.
pub(super) struct Sample {
    pub(super) kind: Kind,
    pub(super) data: &'static str,
    pub(super) required: &'static [&'static str],
}

const fn sample(kind: Kind, data: &'static str, required: &'static [&'static str]) -> Sample {
    Sample { kind, data, required }
}

/// All types. The values of enumerations are never their defaults.
pub(super) const SAMPLES: &[Sample] = &[
    sample(
        Kind::ChatCreated,
        r#"{"channelId":"c1","userId":"u1","userName":"Ann","direction":"OUTBOUND","medium":{"type":"app","name":
        "app~appKakao","senderName":"s"},"sync":"sync","page":"/p","title":"t","priority":"low","lang":"ko","sessionType":
        "messaging","source":{"workflowId":"w","marketing":{"type":"campaign","id":"m"}},"endUser":{"id":"e","identifier":
        "i","outContactId":"o"},"supportNumber":"1","outboundNumber":"2","verified":true}"#,
        &["/channelId", "/source/marketing/type", "/source/marketing/id", "/endUser/id"],
    ),
    sample(
        Kind::MeetStarted,
        r#"{"channelId":"c1","meetId":"m","type":"video","from":"1","to":"2","direction":"INBOUND","primaryNumber":"3",
        "representativeNumber":"4"}"#,
        &["/meetId", "/type"],
    ),
    sample(Kind::ChatWorkflowStarted, r#"{"channelId":"c1","workflowId":"w"}"#, &["/workflowId"]),
    sample(Kind::ChatWorkflowEnded, r#"{"channelId":"c1","workflowId":"w"}"#, &["/workflowId"]),
    sample(
        Kind::VaAssigned,
        r#"{"channelId":"c1","virtualAgent":{"id":"v","name":"n"}}"#,
        &["/virtualAgent", "/virtualAgent/id"],
    ),
    sample(
        Kind::VaConnected,
        r#"{"channelId":"c1","virtualAgent":{"id":"v","name":"n"},"initiatedBy":"menu"}"#,
        &["/virtualAgent", "/virtualAgent/id"],
    ),
    sample(Kind::ChatAlfStarted, r#"{"channelId":"c1"}"#, &[]),
    sample(
        Kind::QueueEntered,
        r#"{"channelId":"c1","queueId":"q","menuPath":{"id":"m","name":"n","materializedPath":"a/b"},"priority":8,"lang":
        "en","transferId":"t","serviceLevel":{"targetSecs":20.5,"targetPercent":80,"abandonThresholdSecs":5}}"#,
        &["/queueId", "/menuPath/id"],
    ),
    sample(
        Kind::QueueLeft,
        r#"{"channelId":"c1","queueId":"q","outcome":"deflected","managerId":"A","deflection":"d"}"#,
        &["/outcome"],
    ),
    sample(Kind::ChatOpened, r#"{"channelId":"c1","by":"alf","managerId":"A"}"#, &["/by"]),
    sample(
        Kind::VaEscalated,
        r#"{"channelId":"c1","reason":"r","deflection":"d","menuPath":{"id":"m","name":"n","materializedPath":"a"}}"#,
        &["/reason", "/menuPath/id"],
    ),
    sample(Kind::VaEnded, r#"{"channelId":"c1","responseCount":3,"fallbackCount":-1}"#, &[]),
    sample(Kind::ChatAlfEnded, r#"{"channelId":"c1"}"#, &[]),
    sample(Kind::ChatAlfScored, r#"{"channelId":"c1","cxScore":4.25}"#, &["/cxScore"]),
    sample(Kind::ChatTeamAssigned, r#"{"channelId":"c1","teamId":"t"}"#, &["/teamId"]),
    sample(Kind::ChatUnassigned, r#"{"channelId":"c1"}"#, &[]),
    sample(
        Kind::ChatAssigned,
        r#"{"channelId":"c1","managerId":"A","teamId":"t","agent":{"name":"n","firstName":"f","lastName":"l","agentNumber":
        "7","avatarUrl":"u"}}"#,
        &["/managerId"],
    ),
    sample(
        Kind::AgentConnected,
        r#"{"channelId":"c1","managerId":"A","participantId":"p","menuPath":{"id":"m","name":"n","materializedPath":"a"}}"#,
        &["/managerId", "/menuPath/id"],
    ),
    sample(Kind::MeetEngaged, r#"{"channelId":"c1","meetId":"m","managerId":"A"}"#, &["/meetId"]),
    sample(
        Kind::MessageSent,
        r#"{"channelId":"c1","messageId":"m","person":{"type":"bot","id":"b"},"text":"hello","files":2,"private":true,
        "answersWorkflow":true}"#,
        &["/messageId", "/person", "/person/type"],
    ),
    sample(Kind::AgentHeld, r#"{"channelId":"c1","managerId":"A"}"#, &["/managerId"]),
    sample(Kind::AgentResumed, r#"{"channelId":"c1","managerId":"A"}"#, &["/managerId"]),
    sample(
        Kind::ChatTransferred,
        r#"{"channelId":"c1","transferId":"t","status":"failed","failReason":"f","fromMenu":{"id":"m","name":"n",
        "materializedPath":"a"},"toMenu":{"id":"m2","name":"n","materializedPath":"a"},"fromAgent":{"id":"A","name":"n",
        "firstName":"f","lastName":"l","agentNumber":"7","avatarUrl":"u"},"toAgent":{"id":"B","name":"n","firstName":"f",
        "lastName":"l","agentNumber":"7","avatarUrl":"u"},"cold":false}"#,
        &["/transferId", "/status", "/fromMenu/id", "/toMenu/id", "/fromAgent/id", "/toAgent/id"],
    ),
    sample(Kind::ChatFollowersSet, r#"{"channelId":"c1","managerIds":["A","B"]}"#, &["/managerIds"]),
    sample(Kind::ChatTagged, r#"{"channelId":"c1","add":["x","y"],"remove":["z"]}"#, &[]),
    sample(
        Kind::ChatUpdated,
        r#"{"channelId":"c1","title":"t","description":"d","priority":"high","userName":"Ann","lang":"ko","verified":true,
        "menuPath":{"id":"m","name":"n","materializedPath":"a"},"selectedMenu":{"b":[1.50,null],"a":"x"},
        "queuePriority":-3}"#,
        &["/menuPath/id"],
    ),
    sample(Kind::ChatGoalSet, r#"{"channelId":"c1","state":"notAchieved","eventName":"e"}"#, &["/state"]),
    sample(
        Kind::ChatProfileSet,
        r#"{"channelId":"c1","csat":5,"csatComment":"good","tier":{"b":1,"a":[true]},"gone":null}"#,
        &[],
    ),
    sample(Kind::ChatCsatRequested, r#"{"channelId":"c1"}"#, &[]),
    sample(
        Kind::ChatCsatSubmitted,
        r#"{"channelId":"c1","scale":5,"choice":2,"comment":"ok"}"#,
        &["/scale", "/choice"],
    ),
    sample(Kind::ChatFeedback, r#"{"channelId":"c1","rating":4,"comment":"ok"}"#, &["/rating"]),
    sample(Kind::ChatTicketLinked, r#"{"channelId":"c1","outTicketId":"t","outTicketUrl":"u"}"#, &["/outTicketId"]),
    sample(Kind::ChatRecordingSet, r#"{"channelId":"c1","permission":"not_asked","url":"u"}"#, &["/permission"]),
    sample(
        Kind::ChatMediaAdded,
        r#"{"channelId":"c1","kind":"video","id":"i","url":"u","photoType":"p"}"#,
        &["/kind", "/id", "/url"],
    ),
    sample(Kind::ChatSmartAction, r#"{"channelId":"c1","kind":"text","verified":false,"url":"u"}"#, &["/kind"]),
    sample(
        Kind::ChatInCallMessage,
        r#"{"channelId":"c1","channel":"whatsapp","direction":"INBOUND"}"#,
        &["/channel", "/direction"],
    ),
    sample(
        Kind::ChatOffered,
        r#"{"channelId":"c1","offerType":"direct","group":"g","castingTime":"30"}"#,
        &["/offerType", "/group"],
    ),
    sample(Kind::ParticipantJoined, PARTICIPANT, &["/participantId", "/type"]),
    sample(Kind::ParticipantLeft, PARTICIPANT, &["/participantId", "/type"]),
    sample(Kind::ChatSnoozed, r#"{"channelId":"c1","until":"2026-03-03T09:00:00Z"}"#, &[]),
    sample(Kind::ChatMissed, r#"{"channelId":"c1","reason":"workflow"}"#, &["/reason"]),
    sample(Kind::MeetEnded, r#"{"channelId":"c1","meetId":"m","missedReason":"r"}"#, &["/meetId"]),
    sample(Kind::AgentDisconnected, r#"{"channelId":"c1","managerId":"A","event":"e"}"#, &["/managerId"]),
    sample(
        Kind::ChatClosed,
        r#"{"channelId":"c1","by":"system","managerId":"A","status":"no_response","subStatus":"s","finishReason":"f",
        "failReason":"r"}"#,
        &["/by"],
    ),
    sample(Kind::AgentWrapUpStarted, r#"{"channelId":"c1","managerId":"A"}"#, &["/managerId"]),
    sample(Kind::AgentWrapUpEnded, r#"{"channelId":"c1","managerId":"A"}"#, &["/managerId"]),
    sample(Kind::ChatDispositionSet, r#"{"channelId":"c1","codes":["a","b"],"notes":"n"}"#, &["/codes"]),
];

const PARTICIPANT: &str = r#"{"channelId":"c1","participantId":"p","type":"virtual_agent","userId":"u","endUserId":"e",
    "status":"s","failReason":"f"}"#;

/// Every member with known values, and those values, as `events.md` lists them.
pub(super) const ENUMERATIONS: &[(Kind, &str, &[&str])] = &[
    (Kind::ChatCreated, "/direction", &["INBOUND", "OUTBOUND"]),
    (Kind::ChatCreated, "/medium/type", &["native", "app", "email", "phone"]),
    (Kind::ChatCreated, "/sync", &["sync", "async"]),
    (Kind::ChatCreated, "/priority", &["high", "medium", "low"]),
    (Kind::MeetStarted, "/type", &["phone", "video", "voice"]),
    (Kind::MeetStarted, "/direction", &["INBOUND", "OUTBOUND"]),
    (Kind::QueueLeft, "/outcome", &["answered", "abandoned", "timeout", "overflow", "transferred", "deflected"]),
    (Kind::ChatOpened, "/by", &["user", "workflow", "manager", "alf"]),
    (Kind::MessageSent, "/person/type", &["user", "manager", "bot"]),
    (Kind::ChatTransferred, "/status", &["transferring", "transferred", "failed"]),
    (Kind::ChatUpdated, "/priority", &["high", "medium", "low"]),
    (Kind::ChatGoalSet, "/state", &["waiting", "notAchieved", "achieved"]),
    (Kind::ChatRecordingSet, "/permission", &["granted", "denied", "not_asked"]),
    (Kind::ChatMediaAdded, "/kind", &["photo", "video"]),
    (Kind::ChatSmartAction, "/kind", &["verification", "photo", "video", "text"]),
    (Kind::ChatInCallMessage, "/channel", &["sms", "mms", "whatsapp"]),
    (Kind::ChatOffered, "/offerType", &["cascade", "direct"]),
    (Kind::ParticipantJoined, "/type", &["agent", "end_user", "third_party", "virtual_agent"]),
    (Kind::ParticipantLeft, "/type", &["agent", "end_user", "third_party", "virtual_agent"]),
    (
        Kind::ChatMissed,
        "/reason",
        &["notInOperation", "noOperator", "abandonedInQueue", "ringTimeOver", "userLeft", "exceededQueue", "workflow"],
    ),
    (Kind::ChatClosed, "/by", &["manager", "user", "workflow", "system"]),
    (Kind::ChatClosed, "/status", &["finished", "failed", "canceled", "no_response"]),
];

/// Every member that is an id, or a list of them: a whole number stands for its text.
pub(super) const IDS: &[(Kind, &str)] = &[
    (Kind::ChatCreated, "/channelId"),
    (Kind::ChatCreated, "/userId"),
    (Kind::ChatCreated, "/source/workflowId"),
    (Kind::ChatCreated, "/source/marketing/id"),
    (Kind::ChatCreated, "/endUser/id"),
    (Kind::ChatCreated, "/endUser/outContactId"),
    (Kind::MeetStarted, "/meetId"),
    (Kind::ChatWorkflowStarted, "/workflowId"),
    (Kind::ChatWorkflowEnded, "/workflowId"),
    (Kind::VaAssigned, "/virtualAgent/id"),
    (Kind::VaConnected, "/virtualAgent/id"),
    (Kind::QueueEntered, "/queueId"),
    (Kind::QueueEntered, "/menuPath/id"),
    (Kind::QueueEntered, "/transferId"),
    (Kind::QueueLeft, "/queueId"),
    (Kind::QueueLeft, "/managerId"),
    (Kind::ChatOpened, "/managerId"),
    (Kind::VaEscalated, "/menuPath/id"),
    (Kind::ChatTeamAssigned, "/teamId"),
    (Kind::ChatAssigned, "/managerId"),
    (Kind::ChatAssigned, "/teamId"),
    (Kind::AgentConnected, "/managerId"),
    (Kind::AgentConnected, "/participantId"),
    (Kind::AgentConnected, "/menuPath/id"),
    (Kind::MeetEngaged, "/meetId"),
    (Kind::MeetEngaged, "/managerId"),
    (Kind::MessageSent, "/messageId"),
    (Kind::MessageSent, "/person/id"),
    (Kind::AgentHeld, "/managerId"),
    (Kind::AgentResumed, "/managerId"),
    (Kind::ChatTransferred, "/transferId"),
    (Kind::ChatTransferred, "/fromMenu/id"),
    (Kind::ChatTransferred, "/toMenu/id"),
    (Kind::ChatTransferred, "/fromAgent/id"),
    (Kind::ChatTransferred, "/toAgent/id"),
    (Kind::ChatFollowersSet, "/managerIds/0"),
    (Kind::ChatUpdated, "/menuPath/id"),
    (Kind::ChatTicketLinked, "/outTicketId"),
    (Kind::ChatMediaAdded, "/id"),
    (Kind::ParticipantJoined, "/participantId"),
    (Kind::ParticipantJoined, "/userId"),
    (Kind::ParticipantJoined, "/endUserId"),
    (Kind::ParticipantLeft, "/participantId"),
    (Kind::ParticipantLeft, "/userId"),
    (Kind::ParticipantLeft, "/endUserId"),
    (Kind::MeetEnded, "/meetId"),
    (Kind::AgentDisconnected, "/managerId"),
    (Kind::ChatClosed, "/managerId"),
    (Kind::AgentWrapUpStarted, "/managerId"),
    (Kind::AgentWrapUpEnded, "/managerId"),
];
