//! Rows of the metric table: the inbox clocks, the profile's own members and the meets.

use super::{Clock, Metric, meets, rows};

/// `metrics.md`, The inbox clocks: they describe the last episode.
pub(super) const ROWS: &[Metric] = rows! {
    210 "chatProfile.waitingTime" @ "chatProfile/waitingTime" Seconds:
        "first answer in the last episode − its opening" =>
        |facts| facts.waiting_time(Clock::Plain).into();
    211 "chatProfile.avgReplyTime" @ "chatProfile/avgReplyTime" Seconds:
        "average over the last episode's answered turns" =>
        |facts| facts.average_reply_time(facts.fold.episodes.last_turns(), Clock::Plain).into();
    212 "chatProfile.resolutionTime" @ "chatProfile/resolutionTime" Seconds:
        "the last episode's close − its opening" =>
        |facts| facts.resolution_time(Clock::Plain).into();
    213 "chatProfile.operationWaitingTime" @ "chatProfile/operationWaitingTime" Seconds:
        "waitingTime, operating time only" => |facts| facts.waiting_time(Clock::InOperation).into();
    214 "chatProfile.operationAvgReplyTime" @ "chatProfile/operationAvgReplyTime" Seconds:
        "avgReplyTime, operating time only" =>
        |facts| facts.average_reply_time(facts.fold.episodes.last_turns(), Clock::InOperation).into();
    215 "chatProfile.operationResolutionTime" @ "chatProfile/operationResolutionTime" Seconds:
        "resolutionTime, operating time only" => |facts| facts.resolution_time(Clock::InOperation).into();
};

/// `metrics.md`, Durations: the members every profile has. The custom keys stand behind them, sorted.
pub(super) const PROFILE: &[Metric] = rows! {
    220 "profile.csat" @ "profile/csat" Number:
        "last of `chat.csat_submitted`, mapped by its scale, and `chat.profile_set`" =>
        |facts| facts.told.profile.csat.into();
    221 "profile.csatComment" @ "profile/csatComment" Text PII: "the comment, last given or set" =>
        |facts| facts.told.profile.csat_comment.clone().into();
};

/// `session.md`, Meets.
pub(super) const MEETS: &[Metric] = rows! {
    230 "meets" Rows(meets::MEET): "one row per meet" => meets::rows;
};
