//! Kafka's error codes, sorted by what must happen next.
//!
//! Codes are matched, not librdkafka's `is_fatal` and `txn_requires_abort`: a fenced producer can be reported as
//! merely abortable.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::log::LogError;

/// What a code means wherever it turns up; [`Kind::Other`] is for the caller to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A newer producer or member of the same name.
    Fenced,
    /// The generation under which the partitions were assigned is over.
    Stale,
    /// The broker does not take the record.
    Refused,
    /// No such topic or partition.
    NoTopic,
    /// Who we are was not accepted.
    Login,
    /// What we want is not permitted.
    Forbidden,
    /// The records at the reading position are gone, or never were.
    Gone,
    /// The group's members do not fit together, or the broker does not take this member's settings.
    Group,
    /// Not now.
    Unavailable,
    /// Anything else.
    Other,
}

/// Sorts a code.
pub(super) fn kind(code: Code) -> Kind {
    match code {
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::FencedInstanceId
        | Code::UnreleasedInstanceId => Kind::Fenced,
        Code::IllegalGeneration
        | Code::UnknownMemberId
        | Code::RebalanceInProgress
        | Code::StaleMemberEpoch
        | Code::FencedMemberEpoch
        | Code::AssignmentLost => Kind::Stale,
        Code::MessageSizeTooLarge
        | Code::MessageBatchTooLarge
        | Code::InvalidMessageSize
        | Code::InvalidTimestamp
        | Code::InvalidRecord
        | Code::PolicyViolation
        | Code::UnsupportedForMessageFormat => Kind::Refused,
        Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition | Code::InvalidTopic => {
            Kind::NoTopic
        }
        Code::Authentication
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedSASLMechanism
        | Code::IllegalSASLState
        | Code::SSL => Kind::Login,
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed => Kind::Forbidden,
        Code::AutoOffsetReset | Code::OffsetOutOfRange | Code::LogTruncation => Kind::Gone,
        Code::InconsistentGroupProtocol
        | Code::InvalidGroupId
        | Code::InvalidSessionTimeout
        | Code::GroupMaxSizeReached => Kind::Group,
        _ if passing(code) => Kind::Unavailable,
        _ => Kind::Other,
    }
}

/// Whether the code says: not now.
fn passing(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::Resolve
            | Code::AllBrokersDown
            | Code::OperationTimedOut
            | Code::TimedOutQueue
            | Code::MessageTimedOut
            | Code::RequestTimedOut
            | Code::WaitingForCoordinator
            | Code::WaitCache
            | Code::BrokerDestroy
            | Code::DestroyBroker
            | Code::UnknownBroker
            | Code::QueueFull
            | Code::Retry
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::BrokerNotAvailable
            | Code::ReplicaNotAvailable
            | Code::NetworkException
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend
            | Code::NotController
            | Code::ConcurrentTransactions
            | Code::KafkaStorageError
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
            | Code::OffsetNotAvailable
            | Code::UnstableOffsetCommit
            | Code::ThrottlingQuotaExceeded
            | Code::RebootstrapRequired
    )
}

/// What must happen next, where only the code matters: `about` says what was tried, `detail` what Kafka said.
pub(super) fn classify(code: Code, about: &str, detail: &str) -> LogError {
    let text = format!("{about}: {detail}");
    match kind(code) {
        Kind::Fenced => LogError::Fenced(text),
        Kind::Stale | Kind::Other => LogError::Abort(text),
        Kind::Refused => LogError::Refused(text),
        Kind::Unavailable => LogError::Unavailable(text),
        Kind::NoTopic => LogError::Fatal(format!("{text} (`wrapup topics create` makes the topics that are missing)")),
        Kind::Login => LogError::Fatal(format!("{text}{LOGIN}")),
        Kind::Forbidden => LogError::Fatal(format!("{text} (check the access control lists of this program's user)")),
        Kind::Gone => LogError::Fatal(format!(
            "{text} (the position is outside of what the topic keeps: records were deleted before they were read, or \
             the topic was made anew)"
        )),
        Kind::Group => LogError::Fatal(text),
    }
}

/// An error of a query, with what the broker may have said when it turned us away. A handshake may fail because the
/// broker is just starting; credentials that are refused will be refused again.
pub(super) fn unanswered(error: &KafkaError, about: &str, login: Option<(Code, String)>) -> LogError {
    match login {
        Some((Code::SSL, reason)) => LogError::Unavailable(format!("{about}: {reason}{LOGIN}")),
        Some((_, reason)) => LogError::Fatal(format!("{about}: {reason}{LOGIN}")),
        None => query(error, about),
    }
}

/// What to check when the broker does not accept us.
const LOGIN: &str =
    " (check `security.protocol`, `sasl.*` and `ssl.*` in the Kafka settings, and the broker's listener)";

/// An error of a query: nothing was changed, so what is not final is worth another try.
pub(super) fn query(error: &KafkaError, about: &str) -> LogError {
    match classify(code(error), about, &detail(error)) {
        LogError::Abort(text) => LogError::Unavailable(text),
        other => other,
    }
}

/// The code of an error; librdkafka reports some failures by text alone.
pub(super) fn code(error: &KafkaError) -> Code {
    error.rdkafka_error_code().unwrap_or(Code::Unknown)
}

/// What Kafka said, without rdkafka's preamble.
pub(super) fn detail(error: &KafkaError) -> String {
    match error {
        KafkaError::Transaction(error) => format!("{} ({:?})", error.string(), error.code()),
        other => match other.rdkafka_error_code() {
            Some(code) => code.to_string(),
            None => other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_is_told_by_any_of_its_codes() {
        for code in [Code::Fenced, Code::ProducerFenced, Code::InvalidProducerEpoch, Code::FencedInstanceId] {
            assert!(matches!(classify(code, "commit", ""), LogError::Fenced(_)), "{code:?}");
        }
    }

    #[test]
    fn a_stale_generation_is_no_crash() {
        for code in [Code::IllegalGeneration, Code::UnknownMemberId, Code::RebalanceInProgress] {
            assert!(matches!(classify(code, "commit", ""), LogError::Abort(_)), "{code:?}");
        }
    }

    #[test]
    fn a_login_error_says_what_to_check() {
        let error = classify(Code::SaslAuthenticationFailed, "join", "no").to_string();
        assert!(error.contains("sasl"), "{error}");
    }
}
