-- Records in DuckDB: written from the metric table by `make docs`; a test compares.
--
-- session_metadata_revisions: one row per chat and revision, as they come from the topic.
-- session_metadata_latest: the highest revision of each chat, one row, however often it was loaded.
-- README.md beside this file says how to load.
--
-- Columns are named as in the flat record: the path in docs/METRICS.md with `_` for each dot.
-- Times are instants in UTC, to the millisecond. Durations are decimal seconds with three places, so that sums are
-- exact.
-- Lists and rows are native lists and structs.

CREATE TABLE IF NOT EXISTS session_metadata_revisions (
  "id" VARCHAR NOT NULL,
  "channelId" VARCHAR,
  "schemaVersion" BIGINT,
  "revision" BIGINT NOT NULL,
  "supersedes" BIGINT,
  "reason" VARCHAR,
  "changed" VARCHAR[],
  "complete" BOOLEAN,
  "endedAt" TIMESTAMPTZ,
  "finalizedAt" TIMESTAMPTZ,
  "operatingHoursVersion" VARCHAR,
  "managedAt" TIMESTAMPTZ,
  "name" VARCHAR,
  "title" VARCHAR,
  "description" VARCHAR,
  "tags" VARCHAR[],
  "priority" VARCHAR,
  "direction" VARCHAR,
  "sync" VARCHAR,
  "page" VARCHAR,
  "userId" VARCHAR,
  "assigneeId" VARCHAR,
  "firstAssigneeId" VARCHAR,
  "assigneeIdAtFirstClose" VARCHAR,
  "managerIds" VARCHAR[],
  "teamId" VARCHAR,
  "mediumType" VARCHAR,
  "mediumName" VARCHAR,
  "mediumSenderName" VARCHAR,
  "state" VARCHAR,
  "missedReason" VARCHAR,
  "goalState" VARCHAR,
  "goalCheckedAt" TIMESTAMPTZ,
  "goalEventName" VARCHAR,
  "contactMediumType" VARCHAR,
  "appMessenger" VARCHAR,
  "everOpened" BOOLEAN,
  "reopened" BOOLEAN,
  "reopenCount" BIGINT,
  "reassigned" BOOLEAN,
  "reassignmentCount" BIGINT,
  "workflowTriggered" BOOLEAN,
  "alfTriggered" BOOLEAN,
  "replyCount" BIGINT,
  "replyCountInOperation" BIGINT,
  "createdAt" TIMESTAMPTZ,
  "updatedAt" TIMESTAMPTZ,
  "firstWorkflowStartedAt" TIMESTAMPTZ,
  "firstWorkflowEndedAt" TIMESTAMPTZ,
  "firstAskedAt" TIMESTAMPTZ,
  "firstAlfStartedAt" TIMESTAMPTZ,
  "firstAlfEndedAt" TIMESTAMPTZ,
  "firstQueueInAt" TIMESTAMPTZ,
  "queuedAt" TIMESTAMPTZ,
  "firstQueueOutAt" TIMESTAMPTZ,
  "firstOpenedAt" TIMESTAMPTZ,
  "openedAt" TIMESTAMPTZ,
  "firstMissedAt" TIMESTAMPTZ,
  "missedAt" TIMESTAMPTZ,
  "firstAssignedAt" TIMESTAMPTZ,
  "firstActiveAt" TIMESTAMPTZ,
  "firstAnsweredAt" TIMESTAMPTZ,
  "repliedAt" TIMESTAMPTZ,
  "snoozedAt" TIMESTAMPTZ,
  "firstClosedAt" TIMESTAMPTZ,
  "closedAt" TIMESTAMPTZ,
  "totalReplyTime" DECIMAL(18,3),
  "totalReplyTimeInOperation" DECIMAL(18,3),
  "avgReplyTime" DECIMAL(18,3),
  "avgReplyTimeInOperation" DECIMAL(18,3),
  "totalSnoozedTime" DECIMAL(18,3),
  "operationTotalSnoozedTime" DECIMAL(18,3),
  "firstQueueTime" DECIMAL(18,3),
  "firstQueueTimeInOperation" DECIMAL(18,3),
  "timeToFirstAssignment" DECIMAL(18,3),
  "timeToFirstAssignmentInOperation" DECIMAL(18,3),
  "timeToFirstAnswer" DECIMAL(18,3),
  "timeToFirstAnswerInOperation" DECIMAL(18,3),
  "timeFromFirstAskToFirstAnswer" DECIMAL(18,3),
  "timeFromFirstAskToFirstAnswerInOperation" DECIMAL(18,3),
  "timeFromFirstAssignmentToFirstAnswer" DECIMAL(18,3),
  "timeFromFirstAssignmentToFirstAnswerInOperation" DECIMAL(18,3),
  "timeFromFirstActiveToFirstAnswer" DECIMAL(18,3),
  "timeFromFirstActiveToFirstAnswerInOperation" DECIMAL(18,3),
  "timeFromFirstOpenToFirstAnswer" DECIMAL(18,3),
  "timeFromFirstOpenToFirstAnswerInOperation" DECIMAL(18,3),
  "timeToFirstClose" DECIMAL(18,3),
  "timeToFirstCloseInOperation" DECIMAL(18,3),
  "timeToClose" DECIMAL(18,3),
  "timeToCloseInOperation" DECIMAL(18,3),
  "timeFromFirstAskToFirstClose" DECIMAL(18,3),
  "timeFromFirstAskToFirstCloseInOperation" DECIMAL(18,3),
  "timeFromFirstAssignmentToFirstClose" DECIMAL(18,3),
  "timeFromFirstAssignmentToFirstCloseInOperation" DECIMAL(18,3),
  "timeFromFirstActiveToFirstClose" DECIMAL(18,3),
  "timeFromFirstActiveToFirstCloseInOperation" DECIMAL(18,3),
  "timeFromFirstOpenToFirstClose" DECIMAL(18,3),
  "timeFromFirstOpenToFirstCloseInOperation" DECIMAL(18,3),
  "memberHandlingTime" DECIMAL(18,3),
  "memberHandlingTimeInOperation" DECIMAL(18,3),
  "firstMemberHandlingTime" DECIMAL(18,3),
  "firstMemberHandlingTimeInOperation" DECIMAL(18,3),
  "workflowHandlingTime" DECIMAL(18,3),
  "alfHandlingTime" DECIMAL(18,3),
  "alfCxScore" DOUBLE,
  "source_workflow_id" VARCHAR,
  "source_marketing_type" VARCHAR,
  "source_marketing_id" VARCHAR,
  "chatProfile_waitingTime" DECIMAL(18,3),
  "chatProfile_avgReplyTime" DECIMAL(18,3),
  "chatProfile_resolutionTime" DECIMAL(18,3),
  "chatProfile_operationWaitingTime" DECIMAL(18,3),
  "chatProfile_operationAvgReplyTime" DECIMAL(18,3),
  "chatProfile_operationResolutionTime" DECIMAL(18,3),
  "profile_csat" DOUBLE,
  "profile_csatComment" VARCHAR,
  "profile_custom" JSON,
  "meets" STRUCT("id" VARCHAR, "userChatId" VARCHAR, "startedAt" TIMESTAMPTZ, "engagedAt" TIMESTAMPTZ, "endedAt" TIMESTAMPTZ, "from" VARCHAR, "to" VARCHAR, "direction" VARCHAR, "missedReason" VARCHAR, "duration" DECIMAL(18,3), "type" VARCHAR, "primaryNumber" VARCHAR, "representativeNumber" VARCHAR)[],
  "chat_id" VARCHAR,
  "chat_lang" VARCHAR,
  "chat_chat_type" VARCHAR,
  "chat_status" VARCHAR,
  "chat_sub_status" VARCHAR,
  "chat_created_at" TIMESTAMPTZ,
  "chat_assigned_at" TIMESTAMPTZ,
  "chat_ends_at" TIMESTAMPTZ,
  "chat_updated_at" TIMESTAMPTZ,
  "chat_first_msg_sent_at" TIMESTAMPTZ,
  "chat_last_msg_sent_at" TIMESTAMPTZ,
  "chat_wait_duration" BIGINT,
  "chat_queue_duration" BIGINT,
  "chat_chat_duration" BIGINT,
  "chat_verified" BOOLEAN,
  "chat_rating" BIGINT,
  "chat_has_feedback" BOOLEAN,
  "chat_out_ticket_id" VARCHAR,
  "chat_out_ticket_url" VARCHAR,
  "chat_finish_reason" VARCHAR,
  "chat_fail_reason" VARCHAR,
  "chat_message_count" BIGINT,
  "chat_average_response_time" BIGINT,
  "chat_longest_response_time" BIGINT,
  "chat_selected_menu" JSON,
  "chat_menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR),
  "chat_agent_info" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR),
  "chat_end_user" STRUCT("id" VARCHAR, "identifier" VARCHAR, "out_contact_id" VARCHAR),
  "chat_photos" STRUCT("id" VARCHAR, "photo_type" VARCHAR, "url" VARCHAR)[],
  "chat_videos" STRUCT("id" VARCHAR, "url" VARCHAR)[],
  "chat_transfers" STRUCT("id" VARCHAR, "status" VARCHAR, "fail_reason" VARCHAR, "created_at" TIMESTAMPTZ, "from_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "to_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "from_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR), "to_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR))[],
  "chat_participants" STRUCT("id" VARCHAR, "type" VARCHAR, "status" VARCHAR, "call_id" VARCHAR, "user_id" VARCHAR, "end_user_id" VARCHAR, "connected_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "call_duration" BIGINT, "hold_duration" BIGINT, "fail_reason" VARCHAR)[],
  "chat_offer_type" VARCHAR,
  "chat_offer_events" STRUCT("group" VARCHAR, "casting_time" JSON)[],
  "chat_handle_durations" STRUCT("id" VARCHAR, "agent_id" VARCHAR, "acw_duration" BIGINT, "chat_duration" BIGINT, "wait_duration" BIGINT, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "transfer" BOOLEAN, "transfer_id" VARCHAR, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "event" VARCHAR, "response_count" BIGINT, "response_time_total" BIGINT, "response_time_max" BIGINT, "response_time_avg" BIGINT, "assigned_connection_duration" BIGINT)[],
  "chat_queue_durations" STRUCT("id" VARCHAR, "agent_id" VARCHAR, "queue_duration" BIGINT, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "transfer" BOOLEAN, "transfer_id" VARCHAR, "transfer_cold" BOOLEAN, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "service_level_target_time" DOUBLE, "service_level_target_percent" DOUBLE, "service_level_abandon_time_threshold" DOUBLE, "service_level_event" VARCHAR, "event" VARCHAR)[],
  "chat_consumer_handle_durations" STRUCT("id" VARCHAR, "chat_duration" BIGINT, "message_count" BIGINT, "response_count" BIGINT, "response_time_total" BIGINT, "response_time_max" BIGINT, "response_time_avg" BIGINT, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ)[],
  "chat_consumer_event_durations" STRUCT("id" VARCHAR, "type" VARCHAR, "event" VARCHAR, "duration" BIGINT, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ)[],
  "chat_virtual_agent" STRUCT("id" VARCHAR, "name" VARCHAR),
  "chat_virtual_agent_deflected_escalations" STRUCT("id" VARCHAR, "deflection" VARCHAR, "escalation_reason" VARCHAR, "escalated_at" TIMESTAMPTZ, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "virtual_agent" STRUCT("id" VARCHAR, "name" VARCHAR))[],
  "chat_virtual_agent_handle_durations" STRUCT("id" VARCHAR, "chat_duration" BIGINT, "escalation_reason" VARCHAR, "response_count" BIGINT, "response_time_total" BIGINT, "response_time_max" BIGINT, "response_time_avg" BIGINT, "fallback_response_count" BIGINT, "initiated_by" VARCHAR, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "transfer" BOOLEAN, "transfer_id" VARCHAR, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ)[],
  "sessionMetadata_lang" VARCHAR,
  "sessionMetadata_session_id" VARCHAR,
  "sessionMetadata_session_type" VARCHAR,
  "sessionMetadata_session_status" VARCHAR,
  "sessionMetadata_session_status_code" BIGINT,
  "sessionMetadata_created_at" TIMESTAMPTZ,
  "sessionMetadata_queued_at" TIMESTAMPTZ,
  "sessionMetadata_assigned_at" TIMESTAMPTZ,
  "sessionMetadata_connected_at" TIMESTAMPTZ,
  "sessionMetadata_ended_at" TIMESTAMPTZ,
  "sessionMetadata_scheduled_at" TIMESTAMPTZ,
  "sessionMetadata_updated_at" TIMESTAMPTZ,
  "sessionMetadata_handle_duration" BIGINT,
  "sessionMetadata_hold_duration" BIGINT,
  "sessionMetadata_answer_type" VARCHAR,
  "sessionMetadata_out_ticket_id" VARCHAR,
  "sessionMetadata_out_ticket_url" VARCHAR,
  "sessionMetadata_recording_permission" VARCHAR,
  "sessionMetadata_recording_url" VARCHAR,
  "sessionMetadata_support_phone_number" VARCHAR,
  "sessionMetadata_outbound_number" VARCHAR,
  "sessionMetadata_menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR),
  "sessionMetadata_menu_path_id" VARCHAR,
  "sessionMetadata_queue_priority" BIGINT,
  "sessionMetadata_csat" DOUBLE,
  "sessionMetadata_csat_comment" VARCHAR,
  "sessionMetadata_va_assigned_at" TIMESTAMPTZ,
  "sessionMetadata_va_connected_at" TIMESTAMPTZ,
  "sessionMetadata_smart_actions" STRUCT("verification" BOOLEAN, "photos" BOOLEAN, "videos" BOOLEAN, "text" BOOLEAN),
  "sessionMetadata_agent_info" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR),
  "sessionMetadata_transfers" STRUCT("id" VARCHAR, "status" VARCHAR, "fail_reason" VARCHAR, "created_at" TIMESTAMPTZ, "from_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "to_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "from_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR), "to_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR))[],
  "sessionMetadata_deflection" VARCHAR,
  "sessionMetadata_disposition" STRUCT("codes" VARCHAR[], "notes" VARCHAR),
  "sessionMetadata_in_call_messages" STRUCT("channel" VARCHAR, "direction" VARCHAR, "sent_at" TIMESTAMPTZ)[],
  "sessionMetadata_participants" STRUCT("id" VARCHAR, "type" VARCHAR, "status" VARCHAR, "call_id" VARCHAR, "user_id" VARCHAR, "end_user_id" VARCHAR, "connected_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "call_duration" BIGINT, "hold_duration" BIGINT, "fail_reason" VARCHAR)[],
  "moments" STRUCT("at" TIMESTAMPTZ, "team" VARCHAR, "manager" VARCHAR, "queue" VARCHAR, "adds" JSON)[]
);

COMMENT ON TABLE session_metadata_revisions IS 'Records of chats, one row per chat and revision';
COMMENT ON COLUMN session_metadata_revisions."id" IS 'chat id';
COMMENT ON COLUMN session_metadata_revisions."channelId" IS 'channel: that of `chat.created`, else the first one named';
COMMENT ON COLUMN session_metadata_revisions."schemaVersion" IS 'version of these definitions';
COMMENT ON COLUMN session_metadata_revisions."revision" IS '1, 2, 3 … per chat';
COMMENT ON COLUMN session_metadata_revisions."supersedes" IS 'the previous revision';
COMMENT ON COLUMN session_metadata_revisions."reason" IS 'why there is this revision';
COMMENT ON COLUMN session_metadata_revisions."changed" IS 'the fields that differ from the previous revision';
COMMENT ON COLUMN session_metadata_revisions."complete" IS 'whether `chat.created` has come';
COMMENT ON COLUMN session_metadata_revisions."endedAt" IS 'when the event came that last made the state closed or missed; null while it is neither';
COMMENT ON COLUMN session_metadata_revisions."finalizedAt" IS 'the due time';
COMMENT ON COLUMN session_metadata_revisions."operatingHoursVersion" IS '`effectiveFrom` of the operating hours in force on the date of `updatedAt`';
COMMENT ON COLUMN session_metadata_revisions."managedAt" IS 'since when a person or the AI assistant had to care: the question the assistant started on, if it came before the first opening, else the first opening';
COMMENT ON COLUMN session_metadata_revisions."name" IS 'the customer''s name, last written; personal data';
COMMENT ON COLUMN session_metadata_revisions."title" IS 'last written; personal data';
COMMENT ON COLUMN session_metadata_revisions."description" IS 'last written; personal data';
COMMENT ON COLUMN session_metadata_revisions."tags" IS 'in order of addition, without repeats and those removed';
COMMENT ON COLUMN session_metadata_revisions."priority" IS '`high`, `medium` or `low`, last written; `medium` if never or cleared';
COMMENT ON COLUMN session_metadata_revisions."direction" IS '`INBOUND` or `OUTBOUND`';
COMMENT ON COLUMN session_metadata_revisions."sync" IS '`sync` or `async`: as given, else by medium and meets';
COMMENT ON COLUMN session_metadata_revisions."page" IS 'entry page';
COMMENT ON COLUMN session_metadata_revisions."userId" IS 'the customer''s id; personal data';
COMMENT ON COLUMN session_metadata_revisions."assigneeId" IS 'current assignee';
COMMENT ON COLUMN session_metadata_revisions."firstAssigneeId" IS 'the first ever assigned';
COMMENT ON COLUMN session_metadata_revisions."assigneeIdAtFirstClose" IS 'assignee at the moment of the first close';
COMMENT ON COLUMN session_metadata_revisions."managerIds" IS 'followers, last list; empty if never set';
COMMENT ON COLUMN session_metadata_revisions."teamId" IS 'current team';
COMMENT ON COLUMN session_metadata_revisions."mediumType" IS '`native`, `app`, `email` or `phone`';
COMMENT ON COLUMN session_metadata_revisions."mediumName" IS 'the medium''s name';
COMMENT ON COLUMN session_metadata_revisions."mediumSenderName" IS 'the sender''s name; personal data';
COMMENT ON COLUMN session_metadata_revisions."state" IS '`initial`, `queued`, `missed`, `opened`, `snoozed` or `closed`, after the last event that sets it';
COMMENT ON COLUMN session_metadata_revisions."missedReason" IS 'why, of the last effective miss';
COMMENT ON COLUMN session_metadata_revisions."goalState" IS '`waiting`, `notAchieved` or `achieved`, last set';
COMMENT ON COLUMN session_metadata_revisions."goalCheckedAt" IS 'since when the goal is achieved; null unless it is';
COMMENT ON COLUMN session_metadata_revisions."goalEventName" IS 'of the goal last set';
COMMENT ON COLUMN session_metadata_revisions."contactMediumType" IS 'the medium''s type';
COMMENT ON COLUMN session_metadata_revisions."appMessenger" IS 'the app''s name when the medium is `app`: `mediumName` without `app~`';
COMMENT ON COLUMN session_metadata_revisions."everOpened" IS 'whether there was an opening';
COMMENT ON COLUMN session_metadata_revisions."reopened" IS 'whether there was an opening after the first';
COMMENT ON COLUMN session_metadata_revisions."reopenCount" IS 'openings after the first; a return from snooze is none';
COMMENT ON COLUMN session_metadata_revisions."reassigned" IS 'whether the manager was changed for another';
COMMENT ON COLUMN session_metadata_revisions."reassignmentCount" IS 'changes from one manager to another, also when unassigned between';
COMMENT ON COLUMN session_metadata_revisions."workflowTriggered" IS 'whether a workflow started';
COMMENT ON COLUMN session_metadata_revisions."alfTriggered" IS 'whether the AI assistant started';
COMMENT ON COLUMN session_metadata_revisions."replyCount" IS 'answered turns';
COMMENT ON COLUMN session_metadata_revisions."replyCountInOperation" IS 'of them, those answered inside operating time';
COMMENT ON COLUMN session_metadata_revisions."createdAt" IS '`chat.created`';
COMMENT ON COLUMN session_metadata_revisions."updatedAt" IS 'the last event';
COMMENT ON COLUMN session_metadata_revisions."firstWorkflowStartedAt" IS 'first `chat.workflow_started`';
COMMENT ON COLUMN session_metadata_revisions."firstWorkflowEndedAt" IS 'first `chat.workflow_ended`';
COMMENT ON COLUMN session_metadata_revisions."firstAskedAt" IS 'the first question; after a workflow the first that answers it; by phone the first inbound call, if earlier';
COMMENT ON COLUMN session_metadata_revisions."firstAlfStartedAt" IS 'first `chat.alf_started`';
COMMENT ON COLUMN session_metadata_revisions."firstAlfEndedAt" IS 'its end, by `chat.alf_ended`, by its own opening of the chat or by 24 h without a question';
COMMENT ON COLUMN session_metadata_revisions."firstQueueInAt" IS 'first `queue.entered`';
COMMENT ON COLUMN session_metadata_revisions."queuedAt" IS 'last `queue.entered`';
COMMENT ON COLUMN session_metadata_revisions."firstQueueOutAt" IS 'the end of the first queue segment';
COMMENT ON COLUMN session_metadata_revisions."firstOpenedAt" IS 'first `chat.opened`';
COMMENT ON COLUMN session_metadata_revisions."openedAt" IS 'last `chat.opened`';
COMMENT ON COLUMN session_metadata_revisions."firstMissedAt" IS 'first effective `chat.missed`';
COMMENT ON COLUMN session_metadata_revisions."missedAt" IS 'last effective `chat.missed`';
COMMENT ON COLUMN session_metadata_revisions."firstAssignedAt" IS 'first `chat.assigned`';
COMMENT ON COLUMN session_metadata_revisions."firstActiveAt" IS 'since when an agent could act: the first assignment, if the chat was queued before it, else the first opening';
COMMENT ON COLUMN session_metadata_revisions."firstAnsweredAt" IS 'the first answer inside an episode; in an outbound chat only after a question';
COMMENT ON COLUMN session_metadata_revisions."repliedAt" IS 'the answer that ended the last answered turn';
COMMENT ON COLUMN session_metadata_revisions."snoozedAt" IS 'last `chat.snoozed`';
COMMENT ON COLUMN session_metadata_revisions."firstClosedAt" IS 'first effective `chat.closed`';
COMMENT ON COLUMN session_metadata_revisions."closedAt" IS 'last effective `chat.closed`';
COMMENT ON COLUMN session_metadata_revisions."totalReplyTime" IS 'Σ over answered turns (answered − asked)';
COMMENT ON COLUMN session_metadata_revisions."totalReplyTimeInOperation" IS 'Σ over answered turns (answered − asked); operating time only';
COMMENT ON COLUMN session_metadata_revisions."avgReplyTime" IS 'total / replyCount, truncated to the millisecond';
COMMENT ON COLUMN session_metadata_revisions."avgReplyTimeInOperation" IS 'total / replyCount, truncated to the millisecond; operating time only';
COMMENT ON COLUMN session_metadata_revisions."totalSnoozedTime" IS 'Σ snoozed intervals';
COMMENT ON COLUMN session_metadata_revisions."operationTotalSnoozedTime" IS 'Σ snoozed intervals; operating time only';
COMMENT ON COLUMN session_metadata_revisions."firstQueueTime" IS 'firstQueueOutAt − firstQueueInAt';
COMMENT ON COLUMN session_metadata_revisions."firstQueueTimeInOperation" IS 'firstQueueOutAt − firstQueueInAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeToFirstAssignment" IS 'firstAssignedAt − managedAt';
COMMENT ON COLUMN session_metadata_revisions."timeToFirstAssignmentInOperation" IS 'firstAssignedAt − managedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeToFirstAnswer" IS 'firstAnsweredAt − managedAt';
COMMENT ON COLUMN session_metadata_revisions."timeToFirstAnswerInOperation" IS 'firstAnsweredAt − managedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAskToFirstAnswer" IS 'firstAnsweredAt − firstAskedAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAskToFirstAnswerInOperation" IS 'firstAnsweredAt − firstAskedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAssignmentToFirstAnswer" IS 'firstAnsweredAt − firstAssignedAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAssignmentToFirstAnswerInOperation" IS 'firstAnsweredAt − firstAssignedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstActiveToFirstAnswer" IS 'firstAnsweredAt − firstActiveAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstActiveToFirstAnswerInOperation" IS 'firstAnsweredAt − firstActiveAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstOpenToFirstAnswer" IS 'firstAnsweredAt − firstOpenedAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstOpenToFirstAnswerInOperation" IS 'firstAnsweredAt − firstOpenedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeToFirstClose" IS 'firstClosedAt − managedAt';
COMMENT ON COLUMN session_metadata_revisions."timeToFirstCloseInOperation" IS 'firstClosedAt − managedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeToClose" IS 'closedAt − managedAt';
COMMENT ON COLUMN session_metadata_revisions."timeToCloseInOperation" IS 'closedAt − managedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAskToFirstClose" IS 'firstClosedAt − firstAskedAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAskToFirstCloseInOperation" IS 'firstClosedAt − firstAskedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAssignmentToFirstClose" IS 'firstClosedAt − firstAssignedAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstAssignmentToFirstCloseInOperation" IS 'firstClosedAt − firstAssignedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstActiveToFirstClose" IS 'firstClosedAt − firstActiveAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstActiveToFirstCloseInOperation" IS 'firstClosedAt − firstActiveAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstOpenToFirstClose" IS 'firstClosedAt − firstOpenedAt';
COMMENT ON COLUMN session_metadata_revisions."timeFromFirstOpenToFirstCloseInOperation" IS 'firstClosedAt − firstOpenedAt; operating time only';
COMMENT ON COLUMN session_metadata_revisions."memberHandlingTime" IS 'firstClosedAt − firstActiveAt − snoozed time inside it';
COMMENT ON COLUMN session_metadata_revisions."memberHandlingTimeInOperation" IS 'firstClosedAt − firstActiveAt − snoozed time inside it; operating time only';
COMMENT ON COLUMN session_metadata_revisions."firstMemberHandlingTime" IS 'Σ over closed episodes (closed − active − snoozed time inside)';
COMMENT ON COLUMN session_metadata_revisions."firstMemberHandlingTimeInOperation" IS 'Σ over closed episodes (closed − active − snoozed time inside); operating time only';
COMMENT ON COLUMN session_metadata_revisions."workflowHandlingTime" IS 'firstWorkflowEndedAt − firstWorkflowStartedAt';
COMMENT ON COLUMN session_metadata_revisions."alfHandlingTime" IS 'firstAlfEndedAt − firstAlfStartedAt';
COMMENT ON COLUMN session_metadata_revisions."alfCxScore" IS '1.0 to 5.0, last scored';
COMMENT ON COLUMN session_metadata_revisions."source_workflow_id" IS 'the workflow that led to the chat';
COMMENT ON COLUMN session_metadata_revisions."source_marketing_type" IS 'the kind of marketing that led to the chat';
COMMENT ON COLUMN session_metadata_revisions."source_marketing_id" IS 'which one';
COMMENT ON COLUMN session_metadata_revisions."chatProfile_waitingTime" IS 'first answer in the last episode − its opening';
COMMENT ON COLUMN session_metadata_revisions."chatProfile_avgReplyTime" IS 'average over the last episode''s answered turns';
COMMENT ON COLUMN session_metadata_revisions."chatProfile_resolutionTime" IS 'the last episode''s close − its opening';
COMMENT ON COLUMN session_metadata_revisions."chatProfile_operationWaitingTime" IS 'waitingTime, operating time only';
COMMENT ON COLUMN session_metadata_revisions."chatProfile_operationAvgReplyTime" IS 'avgReplyTime, operating time only';
COMMENT ON COLUMN session_metadata_revisions."chatProfile_operationResolutionTime" IS 'resolutionTime, operating time only';
COMMENT ON COLUMN session_metadata_revisions."profile_csat" IS 'last of `chat.csat_submitted`, mapped by its scale, and `chat.profile_set`';
COMMENT ON COLUMN session_metadata_revisions."profile_csatComment" IS 'the comment, last given or set; personal data';
COMMENT ON COLUMN session_metadata_revisions."profile_custom" IS 'the deployment''s own keys; personal data';
COMMENT ON COLUMN session_metadata_revisions."meets" IS 'one row per meet (Meet); personal data';
COMMENT ON COLUMN session_metadata_revisions."chat_id" IS 'chat id';
COMMENT ON COLUMN session_metadata_revisions."chat_lang" IS 'language, last told';
COMMENT ON COLUMN session_metadata_revisions."chat_chat_type" IS '`sessionType` of `chat.created`';
COMMENT ON COLUMN session_metadata_revisions."chat_status" IS '`queued`, `assigned`, `finished`, `failed`, `canceled` or `no_response`';
COMMENT ON COLUMN session_metadata_revisions."chat_sub_status" IS 'of the close; null unless the state is closed';
COMMENT ON COLUMN session_metadata_revisions."chat_created_at" IS '`chat.created`';
COMMENT ON COLUMN session_metadata_revisions."chat_assigned_at" IS 'first assignment';
COMMENT ON COLUMN session_metadata_revisions."chat_ends_at" IS '`endedAt`';
COMMENT ON COLUMN session_metadata_revisions."chat_updated_at" IS 'the last event';
COMMENT ON COLUMN session_metadata_revisions."chat_first_msg_sent_at" IS 'first public message';
COMMENT ON COLUMN session_metadata_revisions."chat_last_msg_sent_at" IS 'last public message';
COMMENT ON COLUMN session_metadata_revisions."chat_wait_duration" IS 'deprecated: `queue_duration`';
COMMENT ON COLUMN session_metadata_revisions."chat_queue_duration" IS 'Σ queue segments';
COMMENT ON COLUMN session_metadata_revisions."chat_chat_duration" IS 'Σ handle segments, without wrap-up';
COMMENT ON COLUMN session_metadata_revisions."chat_verified" IS 'whether the customer is verified, last told';
COMMENT ON COLUMN session_metadata_revisions."chat_rating" IS 'rating of the last feedback, 1 to 5';
COMMENT ON COLUMN session_metadata_revisions."chat_has_feedback" IS 'whether there is feedback with a comment';
COMMENT ON COLUMN session_metadata_revisions."chat_out_ticket_id" IS 'CRM ticket, last linked';
COMMENT ON COLUMN session_metadata_revisions."chat_out_ticket_url" IS 'where it is';
COMMENT ON COLUMN session_metadata_revisions."chat_finish_reason" IS 'of the close; null unless the state is closed';
COMMENT ON COLUMN session_metadata_revisions."chat_fail_reason" IS 'of the close; null unless the state is closed';
COMMENT ON COLUMN session_metadata_revisions."chat_message_count" IS 'public messages';
COMMENT ON COLUMN session_metadata_revisions."chat_average_response_time" IS 'average over answered turns';
COMMENT ON COLUMN session_metadata_revisions."chat_longest_response_time" IS 'the longest answered turn';
COMMENT ON COLUMN session_metadata_revisions."chat_selected_menu" IS 'as last told';
COMMENT ON COLUMN session_metadata_revisions."chat_menu_path" IS 'the menu last told by `chat.updated`, `queue.entered` or `agent.connected` (Menu)';
COMMENT ON COLUMN session_metadata_revisions."chat_agent_info" IS 'the last handling agent (AgentInfo); personal data';
COMMENT ON COLUMN session_metadata_revisions."chat_end_user" IS 'of `chat.created` (EndUser); personal data';
COMMENT ON COLUMN session_metadata_revisions."chat_photos" IS 'photos added (Photo); personal data';
COMMENT ON COLUMN session_metadata_revisions."chat_videos" IS 'videos added (Video); personal data';
COMMENT ON COLUMN session_metadata_revisions."chat_transfers" IS 'one row per transfer (Transfer); personal data';
COMMENT ON COLUMN session_metadata_revisions."chat_participants" IS 'one row per joining (Participant); personal data';
COMMENT ON COLUMN session_metadata_revisions."chat_offer_type" IS '`cascade` or `direct`, of the last offer';
COMMENT ON COLUMN session_metadata_revisions."chat_offer_events" IS 'one row per offer (OfferEvent)';
COMMENT ON COLUMN session_metadata_revisions."chat_handle_durations" IS 'one row per handle segment (HandleDuration)';
COMMENT ON COLUMN session_metadata_revisions."chat_queue_durations" IS 'one row per queue segment (QueueDuration)';
COMMENT ON COLUMN session_metadata_revisions."chat_consumer_handle_durations" IS 'one row for the customer''s whole chat (ConsumerHandleDuration)';
COMMENT ON COLUMN session_metadata_revisions."chat_consumer_event_durations" IS 'one row per `chat.csat_submitted` (ConsumerEventDuration)';
COMMENT ON COLUMN session_metadata_revisions."chat_virtual_agent" IS 'the virtual agent last assigned or connected (VirtualAgent)';
COMMENT ON COLUMN session_metadata_revisions."chat_virtual_agent_deflected_escalations" IS 'one row per `va.escalated` with a deflection (DeflectedEscalation)';
COMMENT ON COLUMN session_metadata_revisions."chat_virtual_agent_handle_durations" IS 'one row per virtual agent''s segment (VirtualAgentHandleDuration)';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_lang" IS 'language, last told';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_session_id" IS 'chat id';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_session_type" IS '`sessionType` of `chat.created`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_session_status" IS 'the platform''s word for the state';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_session_status_code" IS 'its code';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_created_at" IS '`chat.created`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_queued_at" IS 'first `queue.entered`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_assigned_at" IS 'first assignment';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_connected_at" IS 'first `agent.connected`, else first inbound `meet.engaged`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_ended_at" IS '`endedAt`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_scheduled_at" IS 'null: no event schedules';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_updated_at" IS 'the last event';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_handle_duration" IS 'Σ handle segments with their wrap-ups';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_hold_duration" IS 'Σ holds inside handle segments';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_answer_type" IS '`human` if an agent handled it, else `virtual` if a virtual agent did';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_out_ticket_id" IS 'CRM ticket, last linked';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_out_ticket_url" IS 'where it is';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_recording_permission" IS '`granted`, `denied` or `not_asked`, last told';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_recording_url" IS 'where the recording is, last told; personal data';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_support_phone_number" IS '`supportNumber` of `chat.created`; personal data';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_outbound_number" IS '`outboundNumber` of `chat.created`; personal data';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_menu_path" IS 'the menu last told by `chat.updated`, `queue.entered` or `agent.connected` (Menu)';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_menu_path_id" IS 'its id';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_queue_priority" IS 'priority in the queue, last told by `queue.entered` or `chat.updated`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_csat" IS '`profile.csat`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_csat_comment" IS '`profile.csatComment`; personal data';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_va_assigned_at" IS 'first `va.assigned`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_va_connected_at" IS 'first `va.connected`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_smart_actions" IS 'which smart actions happened (SmartActions)';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_agent_info" IS 'the last handling agent (AgentInfo); personal data';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_transfers" IS 'one row per transfer (Transfer); personal data';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_deflection" IS 'last told by `queue.left` or `va.escalated`';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_disposition" IS 'last set (Disposition); personal data';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_in_call_messages" IS 'one row per in-call text (InCallMessage)';
COMMENT ON COLUMN session_metadata_revisions."sessionMetadata_participants" IS 'one row per joining (Participant); personal data';
COMMENT ON COLUMN session_metadata_revisions."moments" IS 'where and under which ids the chat counts in metric snapshots, messages left out (Moment)';

-- Of equal revisions one: they are the same record, loaded more than once.
CREATE OR REPLACE VIEW session_metadata_latest AS
SELECT * FROM session_metadata_revisions
QUALIFY row_number() OVER (PARTITION BY "id" ORDER BY "revision" DESC) = 1;

-- The records of files, one JSON object per line: a name, a pattern, or a list of them.
CREATE OR REPLACE MACRO session_metadata_load(files) AS TABLE
SELECT
  "id" AS "id",
  "channelId" AS "channelId",
  "schemaVersion" AS "schemaVersion",
  "revision" AS "revision",
  "supersedes" AS "supersedes",
  "reason" AS "reason",
  "changed" AS "changed",
  "complete" AS "complete",
  "endedAt" AS "endedAt",
  "finalizedAt" AS "finalizedAt",
  "operatingHoursVersion" AS "operatingHoursVersion",
  "managedAt" AS "managedAt",
  "name" AS "name",
  "title" AS "title",
  "description" AS "description",
  "tags" AS "tags",
  "priority" AS "priority",
  "direction" AS "direction",
  "sync" AS "sync",
  "page" AS "page",
  "userId" AS "userId",
  "assigneeId" AS "assigneeId",
  "firstAssigneeId" AS "firstAssigneeId",
  "assigneeIdAtFirstClose" AS "assigneeIdAtFirstClose",
  "managerIds" AS "managerIds",
  "teamId" AS "teamId",
  "mediumType" AS "mediumType",
  "mediumName" AS "mediumName",
  "mediumSenderName" AS "mediumSenderName",
  "state" AS "state",
  "missedReason" AS "missedReason",
  "goalState" AS "goalState",
  "goalCheckedAt" AS "goalCheckedAt",
  "goalEventName" AS "goalEventName",
  "contactMediumType" AS "contactMediumType",
  "appMessenger" AS "appMessenger",
  "everOpened" AS "everOpened",
  "reopened" AS "reopened",
  "reopenCount" AS "reopenCount",
  "reassigned" AS "reassigned",
  "reassignmentCount" AS "reassignmentCount",
  "workflowTriggered" AS "workflowTriggered",
  "alfTriggered" AS "alfTriggered",
  "replyCount" AS "replyCount",
  "replyCountInOperation" AS "replyCountInOperation",
  "createdAt" AS "createdAt",
  "updatedAt" AS "updatedAt",
  "firstWorkflowStartedAt" AS "firstWorkflowStartedAt",
  "firstWorkflowEndedAt" AS "firstWorkflowEndedAt",
  "firstAskedAt" AS "firstAskedAt",
  "firstAlfStartedAt" AS "firstAlfStartedAt",
  "firstAlfEndedAt" AS "firstAlfEndedAt",
  "firstQueueInAt" AS "firstQueueInAt",
  "queuedAt" AS "queuedAt",
  "firstQueueOutAt" AS "firstQueueOutAt",
  "firstOpenedAt" AS "firstOpenedAt",
  "openedAt" AS "openedAt",
  "firstMissedAt" AS "firstMissedAt",
  "missedAt" AS "missedAt",
  "firstAssignedAt" AS "firstAssignedAt",
  "firstActiveAt" AS "firstActiveAt",
  "firstAnsweredAt" AS "firstAnsweredAt",
  "repliedAt" AS "repliedAt",
  "snoozedAt" AS "snoozedAt",
  "firstClosedAt" AS "firstClosedAt",
  "closedAt" AS "closedAt",
  "totalReplyTime" AS "totalReplyTime",
  "totalReplyTimeInOperation" AS "totalReplyTimeInOperation",
  "avgReplyTime" AS "avgReplyTime",
  "avgReplyTimeInOperation" AS "avgReplyTimeInOperation",
  "totalSnoozedTime" AS "totalSnoozedTime",
  "operationTotalSnoozedTime" AS "operationTotalSnoozedTime",
  "firstQueueTime" AS "firstQueueTime",
  "firstQueueTimeInOperation" AS "firstQueueTimeInOperation",
  "timeToFirstAssignment" AS "timeToFirstAssignment",
  "timeToFirstAssignmentInOperation" AS "timeToFirstAssignmentInOperation",
  "timeToFirstAnswer" AS "timeToFirstAnswer",
  "timeToFirstAnswerInOperation" AS "timeToFirstAnswerInOperation",
  "timeFromFirstAskToFirstAnswer" AS "timeFromFirstAskToFirstAnswer",
  "timeFromFirstAskToFirstAnswerInOperation" AS "timeFromFirstAskToFirstAnswerInOperation",
  "timeFromFirstAssignmentToFirstAnswer" AS "timeFromFirstAssignmentToFirstAnswer",
  "timeFromFirstAssignmentToFirstAnswerInOperation" AS "timeFromFirstAssignmentToFirstAnswerInOperation",
  "timeFromFirstActiveToFirstAnswer" AS "timeFromFirstActiveToFirstAnswer",
  "timeFromFirstActiveToFirstAnswerInOperation" AS "timeFromFirstActiveToFirstAnswerInOperation",
  "timeFromFirstOpenToFirstAnswer" AS "timeFromFirstOpenToFirstAnswer",
  "timeFromFirstOpenToFirstAnswerInOperation" AS "timeFromFirstOpenToFirstAnswerInOperation",
  "timeToFirstClose" AS "timeToFirstClose",
  "timeToFirstCloseInOperation" AS "timeToFirstCloseInOperation",
  "timeToClose" AS "timeToClose",
  "timeToCloseInOperation" AS "timeToCloseInOperation",
  "timeFromFirstAskToFirstClose" AS "timeFromFirstAskToFirstClose",
  "timeFromFirstAskToFirstCloseInOperation" AS "timeFromFirstAskToFirstCloseInOperation",
  "timeFromFirstAssignmentToFirstClose" AS "timeFromFirstAssignmentToFirstClose",
  "timeFromFirstAssignmentToFirstCloseInOperation" AS "timeFromFirstAssignmentToFirstCloseInOperation",
  "timeFromFirstActiveToFirstClose" AS "timeFromFirstActiveToFirstClose",
  "timeFromFirstActiveToFirstCloseInOperation" AS "timeFromFirstActiveToFirstCloseInOperation",
  "timeFromFirstOpenToFirstClose" AS "timeFromFirstOpenToFirstClose",
  "timeFromFirstOpenToFirstCloseInOperation" AS "timeFromFirstOpenToFirstCloseInOperation",
  "memberHandlingTime" AS "memberHandlingTime",
  "memberHandlingTimeInOperation" AS "memberHandlingTimeInOperation",
  "firstMemberHandlingTime" AS "firstMemberHandlingTime",
  "firstMemberHandlingTimeInOperation" AS "firstMemberHandlingTimeInOperation",
  "workflowHandlingTime" AS "workflowHandlingTime",
  "alfHandlingTime" AS "alfHandlingTime",
  "alfCxScore" AS "alfCxScore",
  "source"."workflow"."id" AS "source_workflow_id",
  "source"."marketing"."type" AS "source_marketing_type",
  "source"."marketing"."id" AS "source_marketing_id",
  "chatProfile"."waitingTime" AS "chatProfile_waitingTime",
  "chatProfile"."avgReplyTime" AS "chatProfile_avgReplyTime",
  "chatProfile"."resolutionTime" AS "chatProfile_resolutionTime",
  "chatProfile"."operationWaitingTime" AS "chatProfile_operationWaitingTime",
  "chatProfile"."operationAvgReplyTime" AS "chatProfile_operationAvgReplyTime",
  "chatProfile"."operationResolutionTime" AS "chatProfile_operationResolutionTime",
  CAST("profile" -> '$.csat' AS DOUBLE) AS "profile_csat",
  "profile" ->> '$.csatComment' AS "profile_csatComment",
  json_merge_patch("profile", '{"csat":null,"csatComment":null}') AS "profile_custom",
  "meets" AS "meets",
  "chat"."id" AS "chat_id",
  "chat"."lang" AS "chat_lang",
  "chat"."chat_type" AS "chat_chat_type",
  "chat"."status" AS "chat_status",
  "chat"."sub_status" AS "chat_sub_status",
  "chat"."created_at" AS "chat_created_at",
  "chat"."assigned_at" AS "chat_assigned_at",
  "chat"."ends_at" AS "chat_ends_at",
  "chat"."updated_at" AS "chat_updated_at",
  "chat"."first_msg_sent_at" AS "chat_first_msg_sent_at",
  "chat"."last_msg_sent_at" AS "chat_last_msg_sent_at",
  "chat"."wait_duration" AS "chat_wait_duration",
  "chat"."queue_duration" AS "chat_queue_duration",
  "chat"."chat_duration" AS "chat_chat_duration",
  "chat"."verified" AS "chat_verified",
  "chat"."rating" AS "chat_rating",
  "chat"."has_feedback" AS "chat_has_feedback",
  "chat"."out_ticket_id" AS "chat_out_ticket_id",
  "chat"."out_ticket_url" AS "chat_out_ticket_url",
  "chat"."finish_reason" AS "chat_finish_reason",
  "chat"."fail_reason" AS "chat_fail_reason",
  "chat"."message_count" AS "chat_message_count",
  "chat"."average_response_time" AS "chat_average_response_time",
  "chat"."longest_response_time" AS "chat_longest_response_time",
  "chat"."selected_menu" AS "chat_selected_menu",
  "chat"."menu_path" AS "chat_menu_path",
  "chat"."agent_info" AS "chat_agent_info",
  "chat"."end_user" AS "chat_end_user",
  "chat"."photos" AS "chat_photos",
  "chat"."videos" AS "chat_videos",
  "chat"."transfers" AS "chat_transfers",
  "chat"."participants" AS "chat_participants",
  "chat"."offer_type" AS "chat_offer_type",
  "chat"."offer_events" AS "chat_offer_events",
  "chat"."handle_durations" AS "chat_handle_durations",
  "chat"."queue_durations" AS "chat_queue_durations",
  "chat"."consumer_handle_durations" AS "chat_consumer_handle_durations",
  "chat"."consumer_event_durations" AS "chat_consumer_event_durations",
  "chat"."virtual_agent" AS "chat_virtual_agent",
  "chat"."virtual_agent_deflected_escalations" AS "chat_virtual_agent_deflected_escalations",
  "chat"."virtual_agent_handle_durations" AS "chat_virtual_agent_handle_durations",
  "sessionMetadata"."lang" AS "sessionMetadata_lang",
  "sessionMetadata"."session_id" AS "sessionMetadata_session_id",
  "sessionMetadata"."session_type" AS "sessionMetadata_session_type",
  "sessionMetadata"."session_status" AS "sessionMetadata_session_status",
  "sessionMetadata"."session_status_code" AS "sessionMetadata_session_status_code",
  "sessionMetadata"."created_at" AS "sessionMetadata_created_at",
  "sessionMetadata"."queued_at" AS "sessionMetadata_queued_at",
  "sessionMetadata"."assigned_at" AS "sessionMetadata_assigned_at",
  "sessionMetadata"."connected_at" AS "sessionMetadata_connected_at",
  "sessionMetadata"."ended_at" AS "sessionMetadata_ended_at",
  "sessionMetadata"."scheduled_at" AS "sessionMetadata_scheduled_at",
  "sessionMetadata"."updated_at" AS "sessionMetadata_updated_at",
  "sessionMetadata"."handle_duration" AS "sessionMetadata_handle_duration",
  "sessionMetadata"."hold_duration" AS "sessionMetadata_hold_duration",
  "sessionMetadata"."answer_type" AS "sessionMetadata_answer_type",
  "sessionMetadata"."out_ticket_id" AS "sessionMetadata_out_ticket_id",
  "sessionMetadata"."out_ticket_url" AS "sessionMetadata_out_ticket_url",
  "sessionMetadata"."recording_permission" AS "sessionMetadata_recording_permission",
  "sessionMetadata"."recording_url" AS "sessionMetadata_recording_url",
  "sessionMetadata"."support_phone_number" AS "sessionMetadata_support_phone_number",
  "sessionMetadata"."outbound_number" AS "sessionMetadata_outbound_number",
  "sessionMetadata"."menu_path" AS "sessionMetadata_menu_path",
  "sessionMetadata"."menu_path_id" AS "sessionMetadata_menu_path_id",
  "sessionMetadata"."queue_priority" AS "sessionMetadata_queue_priority",
  "sessionMetadata"."csat" AS "sessionMetadata_csat",
  "sessionMetadata"."csat_comment" AS "sessionMetadata_csat_comment",
  "sessionMetadata"."va_assigned_at" AS "sessionMetadata_va_assigned_at",
  "sessionMetadata"."va_connected_at" AS "sessionMetadata_va_connected_at",
  "sessionMetadata"."smart_actions" AS "sessionMetadata_smart_actions",
  "sessionMetadata"."agent_info" AS "sessionMetadata_agent_info",
  "sessionMetadata"."transfers" AS "sessionMetadata_transfers",
  "sessionMetadata"."deflection" AS "sessionMetadata_deflection",
  "sessionMetadata"."disposition" AS "sessionMetadata_disposition",
  "sessionMetadata"."in_call_messages" AS "sessionMetadata_in_call_messages",
  "sessionMetadata"."participants" AS "sessionMetadata_participants",
  "moments" AS "moments"
FROM read_json(files, format = 'newline_delimited', columns = {
    "id": 'VARCHAR',
    "channelId": 'VARCHAR',
    "schemaVersion": 'BIGINT',
    "revision": 'BIGINT',
    "supersedes": 'BIGINT',
    "reason": 'VARCHAR',
    "changed": 'VARCHAR[]',
    "complete": 'BOOLEAN',
    "endedAt": 'TIMESTAMPTZ',
    "finalizedAt": 'TIMESTAMPTZ',
    "operatingHoursVersion": 'VARCHAR',
    "managedAt": 'TIMESTAMPTZ',
    "name": 'VARCHAR',
    "title": 'VARCHAR',
    "description": 'VARCHAR',
    "tags": 'VARCHAR[]',
    "priority": 'VARCHAR',
    "direction": 'VARCHAR',
    "sync": 'VARCHAR',
    "page": 'VARCHAR',
    "userId": 'VARCHAR',
    "assigneeId": 'VARCHAR',
    "firstAssigneeId": 'VARCHAR',
    "assigneeIdAtFirstClose": 'VARCHAR',
    "managerIds": 'VARCHAR[]',
    "teamId": 'VARCHAR',
    "mediumType": 'VARCHAR',
    "mediumName": 'VARCHAR',
    "mediumSenderName": 'VARCHAR',
    "state": 'VARCHAR',
    "missedReason": 'VARCHAR',
    "goalState": 'VARCHAR',
    "goalCheckedAt": 'TIMESTAMPTZ',
    "goalEventName": 'VARCHAR',
    "contactMediumType": 'VARCHAR',
    "appMessenger": 'VARCHAR',
    "everOpened": 'BOOLEAN',
    "reopened": 'BOOLEAN',
    "reopenCount": 'BIGINT',
    "reassigned": 'BOOLEAN',
    "reassignmentCount": 'BIGINT',
    "workflowTriggered": 'BOOLEAN',
    "alfTriggered": 'BOOLEAN',
    "replyCount": 'BIGINT',
    "replyCountInOperation": 'BIGINT',
    "createdAt": 'TIMESTAMPTZ',
    "updatedAt": 'TIMESTAMPTZ',
    "firstWorkflowStartedAt": 'TIMESTAMPTZ',
    "firstWorkflowEndedAt": 'TIMESTAMPTZ',
    "firstAskedAt": 'TIMESTAMPTZ',
    "firstAlfStartedAt": 'TIMESTAMPTZ',
    "firstAlfEndedAt": 'TIMESTAMPTZ',
    "firstQueueInAt": 'TIMESTAMPTZ',
    "queuedAt": 'TIMESTAMPTZ',
    "firstQueueOutAt": 'TIMESTAMPTZ',
    "firstOpenedAt": 'TIMESTAMPTZ',
    "openedAt": 'TIMESTAMPTZ',
    "firstMissedAt": 'TIMESTAMPTZ',
    "missedAt": 'TIMESTAMPTZ',
    "firstAssignedAt": 'TIMESTAMPTZ',
    "firstActiveAt": 'TIMESTAMPTZ',
    "firstAnsweredAt": 'TIMESTAMPTZ',
    "repliedAt": 'TIMESTAMPTZ',
    "snoozedAt": 'TIMESTAMPTZ',
    "firstClosedAt": 'TIMESTAMPTZ',
    "closedAt": 'TIMESTAMPTZ',
    "totalReplyTime": 'DECIMAL(18,3)',
    "totalReplyTimeInOperation": 'DECIMAL(18,3)',
    "avgReplyTime": 'DECIMAL(18,3)',
    "avgReplyTimeInOperation": 'DECIMAL(18,3)',
    "totalSnoozedTime": 'DECIMAL(18,3)',
    "operationTotalSnoozedTime": 'DECIMAL(18,3)',
    "firstQueueTime": 'DECIMAL(18,3)',
    "firstQueueTimeInOperation": 'DECIMAL(18,3)',
    "timeToFirstAssignment": 'DECIMAL(18,3)',
    "timeToFirstAssignmentInOperation": 'DECIMAL(18,3)',
    "timeToFirstAnswer": 'DECIMAL(18,3)',
    "timeToFirstAnswerInOperation": 'DECIMAL(18,3)',
    "timeFromFirstAskToFirstAnswer": 'DECIMAL(18,3)',
    "timeFromFirstAskToFirstAnswerInOperation": 'DECIMAL(18,3)',
    "timeFromFirstAssignmentToFirstAnswer": 'DECIMAL(18,3)',
    "timeFromFirstAssignmentToFirstAnswerInOperation": 'DECIMAL(18,3)',
    "timeFromFirstActiveToFirstAnswer": 'DECIMAL(18,3)',
    "timeFromFirstActiveToFirstAnswerInOperation": 'DECIMAL(18,3)',
    "timeFromFirstOpenToFirstAnswer": 'DECIMAL(18,3)',
    "timeFromFirstOpenToFirstAnswerInOperation": 'DECIMAL(18,3)',
    "timeToFirstClose": 'DECIMAL(18,3)',
    "timeToFirstCloseInOperation": 'DECIMAL(18,3)',
    "timeToClose": 'DECIMAL(18,3)',
    "timeToCloseInOperation": 'DECIMAL(18,3)',
    "timeFromFirstAskToFirstClose": 'DECIMAL(18,3)',
    "timeFromFirstAskToFirstCloseInOperation": 'DECIMAL(18,3)',
    "timeFromFirstAssignmentToFirstClose": 'DECIMAL(18,3)',
    "timeFromFirstAssignmentToFirstCloseInOperation": 'DECIMAL(18,3)',
    "timeFromFirstActiveToFirstClose": 'DECIMAL(18,3)',
    "timeFromFirstActiveToFirstCloseInOperation": 'DECIMAL(18,3)',
    "timeFromFirstOpenToFirstClose": 'DECIMAL(18,3)',
    "timeFromFirstOpenToFirstCloseInOperation": 'DECIMAL(18,3)',
    "memberHandlingTime": 'DECIMAL(18,3)',
    "memberHandlingTimeInOperation": 'DECIMAL(18,3)',
    "firstMemberHandlingTime": 'DECIMAL(18,3)',
    "firstMemberHandlingTimeInOperation": 'DECIMAL(18,3)',
    "workflowHandlingTime": 'DECIMAL(18,3)',
    "alfHandlingTime": 'DECIMAL(18,3)',
    "alfCxScore": 'DOUBLE',
    "source": 'STRUCT("workflow" STRUCT("id" VARCHAR), "marketing" STRUCT("type" VARCHAR, "id" VARCHAR))',
    "chatProfile": 'STRUCT("waitingTime" DECIMAL(18,3), "avgReplyTime" DECIMAL(18,3), "resolutionTime" DECIMAL(18,3), "operationWaitingTime" DECIMAL(18,3), "operationAvgReplyTime" DECIMAL(18,3), "operationResolutionTime" DECIMAL(18,3))',
    "profile": 'JSON',
    "meets": 'STRUCT("id" VARCHAR, "userChatId" VARCHAR, "startedAt" TIMESTAMPTZ, "engagedAt" TIMESTAMPTZ, "endedAt" TIMESTAMPTZ, "from" VARCHAR, "to" VARCHAR, "direction" VARCHAR, "missedReason" VARCHAR, "duration" DECIMAL(18,3), "type" VARCHAR, "primaryNumber" VARCHAR, "representativeNumber" VARCHAR)[]',
    "chat": 'STRUCT("id" VARCHAR, "lang" VARCHAR, "chat_type" VARCHAR, "status" VARCHAR, "sub_status" VARCHAR, "created_at" TIMESTAMPTZ, "assigned_at" TIMESTAMPTZ, "ends_at" TIMESTAMPTZ, "updated_at" TIMESTAMPTZ, "first_msg_sent_at" TIMESTAMPTZ, "last_msg_sent_at" TIMESTAMPTZ, "wait_duration" BIGINT, "queue_duration" BIGINT, "chat_duration" BIGINT, "verified" BOOLEAN, "rating" BIGINT, "has_feedback" BOOLEAN, "out_ticket_id" VARCHAR, "out_ticket_url" VARCHAR, "finish_reason" VARCHAR, "fail_reason" VARCHAR, "message_count" BIGINT, "average_response_time" BIGINT, "longest_response_time" BIGINT, "selected_menu" JSON, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "agent_info" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR), "end_user" STRUCT("id" VARCHAR, "identifier" VARCHAR, "out_contact_id" VARCHAR), "photos" STRUCT("id" VARCHAR, "photo_type" VARCHAR, "url" VARCHAR)[], "videos" STRUCT("id" VARCHAR, "url" VARCHAR)[], "transfers" STRUCT("id" VARCHAR, "status" VARCHAR, "fail_reason" VARCHAR, "created_at" TIMESTAMPTZ, "from_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "to_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "from_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR), "to_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR))[], "participants" STRUCT("id" VARCHAR, "type" VARCHAR, "status" VARCHAR, "call_id" VARCHAR, "user_id" VARCHAR, "end_user_id" VARCHAR, "connected_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "call_duration" BIGINT, "hold_duration" BIGINT, "fail_reason" VARCHAR)[], "offer_type" VARCHAR, "offer_events" STRUCT("group" VARCHAR, "casting_time" JSON)[], "handle_durations" STRUCT("id" VARCHAR, "agent_id" VARCHAR, "acw_duration" BIGINT, "chat_duration" BIGINT, "wait_duration" BIGINT, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "transfer" BOOLEAN, "transfer_id" VARCHAR, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "event" VARCHAR, "response_count" BIGINT, "response_time_total" BIGINT, "response_time_max" BIGINT, "response_time_avg" BIGINT, "assigned_connection_duration" BIGINT)[], "queue_durations" STRUCT("id" VARCHAR, "agent_id" VARCHAR, "queue_duration" BIGINT, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "transfer" BOOLEAN, "transfer_id" VARCHAR, "transfer_cold" BOOLEAN, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "service_level_target_time" DOUBLE, "service_level_target_percent" DOUBLE, "service_level_abandon_time_threshold" DOUBLE, "service_level_event" VARCHAR, "event" VARCHAR)[], "consumer_handle_durations" STRUCT("id" VARCHAR, "chat_duration" BIGINT, "message_count" BIGINT, "response_count" BIGINT, "response_time_total" BIGINT, "response_time_max" BIGINT, "response_time_avg" BIGINT, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ)[], "consumer_event_durations" STRUCT("id" VARCHAR, "type" VARCHAR, "event" VARCHAR, "duration" BIGINT, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ)[], "virtual_agent" STRUCT("id" VARCHAR, "name" VARCHAR), "virtual_agent_deflected_escalations" STRUCT("id" VARCHAR, "deflection" VARCHAR, "escalation_reason" VARCHAR, "escalated_at" TIMESTAMPTZ, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "virtual_agent" STRUCT("id" VARCHAR, "name" VARCHAR))[], "virtual_agent_handle_durations" STRUCT("id" VARCHAR, "chat_duration" BIGINT, "escalation_reason" VARCHAR, "response_count" BIGINT, "response_time_total" BIGINT, "response_time_max" BIGINT, "response_time_avg" BIGINT, "fallback_response_count" BIGINT, "initiated_by" VARCHAR, "menu_path_id" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "lang" VARCHAR, "transfer" BOOLEAN, "transfer_id" VARCHAR, "started_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ)[])',
    "sessionMetadata": 'STRUCT("lang" VARCHAR, "session_id" VARCHAR, "session_type" VARCHAR, "session_status" VARCHAR, "session_status_code" BIGINT, "created_at" TIMESTAMPTZ, "queued_at" TIMESTAMPTZ, "assigned_at" TIMESTAMPTZ, "connected_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "scheduled_at" TIMESTAMPTZ, "updated_at" TIMESTAMPTZ, "handle_duration" BIGINT, "hold_duration" BIGINT, "answer_type" VARCHAR, "out_ticket_id" VARCHAR, "out_ticket_url" VARCHAR, "recording_permission" VARCHAR, "recording_url" VARCHAR, "support_phone_number" VARCHAR, "outbound_number" VARCHAR, "menu_path" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "menu_path_id" VARCHAR, "queue_priority" BIGINT, "csat" DOUBLE, "csat_comment" VARCHAR, "va_assigned_at" TIMESTAMPTZ, "va_connected_at" TIMESTAMPTZ, "smart_actions" STRUCT("verification" BOOLEAN, "photos" BOOLEAN, "videos" BOOLEAN, "text" BOOLEAN), "agent_info" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR), "transfers" STRUCT("id" VARCHAR, "status" VARCHAR, "fail_reason" VARCHAR, "created_at" TIMESTAMPTZ, "from_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "to_menu" STRUCT("items_count" BIGINT, "name" VARCHAR, "materialized_path" VARCHAR), "from_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR), "to_agent" STRUCT("id" VARCHAR, "name" VARCHAR, "last_name" VARCHAR, "first_name" VARCHAR, "agent_number" VARCHAR, "avatar_url" VARCHAR))[], "deflection" VARCHAR, "disposition" STRUCT("codes" VARCHAR[], "notes" VARCHAR), "in_call_messages" STRUCT("channel" VARCHAR, "direction" VARCHAR, "sent_at" TIMESTAMPTZ)[], "participants" STRUCT("id" VARCHAR, "type" VARCHAR, "status" VARCHAR, "call_id" VARCHAR, "user_id" VARCHAR, "end_user_id" VARCHAR, "connected_at" TIMESTAMPTZ, "ended_at" TIMESTAMPTZ, "call_duration" BIGINT, "hold_duration" BIGINT, "fail_reason" VARCHAR)[])',
    "moments": 'STRUCT("at" TIMESTAMPTZ, "team" VARCHAR, "manager" VARCHAR, "queue" VARCHAR, "adds" JSON)[]'
});
