-- Records in PostgreSQL: written from the metric table by `make docs`; a test compares.
--
-- session_metadata_revisions: one row per chat and revision, as they come from the topic.
-- session_metadata_latest: the highest revision of each chat, one row, however often it was loaded.
-- README.md beside this file says how to load.
--
-- Columns are named as in the flat record: the path in docs/METRICS.md with `_` for each dot.
-- Times are instants in UTC, to the millisecond. Durations are decimal seconds with three places, so that sums are
-- exact.
-- Lists and rows are `jsonb`.

CREATE TABLE IF NOT EXISTS session_metadata_revisions (
  "id" text NOT NULL,
  "channelId" text,
  "schemaVersion" bigint,
  "revision" bigint NOT NULL,
  "supersedes" bigint,
  "reason" text,
  "changed" jsonb,
  "complete" boolean,
  "endedAt" timestamptz(3),
  "finalizedAt" timestamptz(3),
  "operatingHoursVersion" text,
  "managedAt" timestamptz(3),
  "name" text,
  "title" text,
  "description" text,
  "tags" jsonb,
  "priority" text,
  "direction" text,
  "sync" text,
  "page" text,
  "userId" text,
  "assigneeId" text,
  "firstAssigneeId" text,
  "assigneeIdAtFirstClose" text,
  "managerIds" jsonb,
  "teamId" text,
  "mediumType" text,
  "mediumName" text,
  "mediumSenderName" text,
  "state" text,
  "missedReason" text,
  "goalState" text,
  "goalCheckedAt" timestamptz(3),
  "goalEventName" text,
  "contactMediumType" text,
  "appMessenger" text,
  "everOpened" boolean,
  "reopened" boolean,
  "reopenCount" bigint,
  "reassigned" boolean,
  "reassignmentCount" bigint,
  "workflowTriggered" boolean,
  "alfTriggered" boolean,
  "replyCount" bigint,
  "replyCountInOperation" bigint,
  "createdAt" timestamptz(3),
  "updatedAt" timestamptz(3),
  "firstWorkflowStartedAt" timestamptz(3),
  "firstWorkflowEndedAt" timestamptz(3),
  "firstAskedAt" timestamptz(3),
  "firstAlfStartedAt" timestamptz(3),
  "firstAlfEndedAt" timestamptz(3),
  "firstQueueInAt" timestamptz(3),
  "queuedAt" timestamptz(3),
  "firstQueueOutAt" timestamptz(3),
  "firstOpenedAt" timestamptz(3),
  "openedAt" timestamptz(3),
  "firstMissedAt" timestamptz(3),
  "missedAt" timestamptz(3),
  "firstAssignedAt" timestamptz(3),
  "firstActiveAt" timestamptz(3),
  "firstAnsweredAt" timestamptz(3),
  "repliedAt" timestamptz(3),
  "snoozedAt" timestamptz(3),
  "firstClosedAt" timestamptz(3),
  "closedAt" timestamptz(3),
  "totalReplyTime" numeric(18,3),
  "totalReplyTimeInOperation" numeric(18,3),
  "avgReplyTime" numeric(18,3),
  "avgReplyTimeInOperation" numeric(18,3),
  "totalSnoozedTime" numeric(18,3),
  "operationTotalSnoozedTime" numeric(18,3),
  "firstQueueTime" numeric(18,3),
  "firstQueueTimeInOperation" numeric(18,3),
  "timeToFirstAssignment" numeric(18,3),
  "timeToFirstAssignmentInOperation" numeric(18,3),
  "timeToFirstAnswer" numeric(18,3),
  "timeToFirstAnswerInOperation" numeric(18,3),
  "timeFromFirstAskToFirstAnswer" numeric(18,3),
  "timeFromFirstAskToFirstAnswerInOperation" numeric(18,3),
  "timeFromFirstAssignmentToFirstAnswer" numeric(18,3),
  "timeFromFirstAssignmentToFirstAnswerInOperation" numeric(18,3),
  "timeFromFirstActiveToFirstAnswer" numeric(18,3),
  "timeFromFirstActiveToFirstAnswerInOperation" numeric(18,3),
  "timeFromFirstOpenToFirstAnswer" numeric(18,3),
  "timeFromFirstOpenToFirstAnswerInOperation" numeric(18,3),
  "timeToFirstClose" numeric(18,3),
  "timeToFirstCloseInOperation" numeric(18,3),
  "timeToClose" numeric(18,3),
  "timeToCloseInOperation" numeric(18,3),
  "timeFromFirstAskToFirstClose" numeric(18,3),
  "timeFromFirstAskToFirstCloseInOperation" numeric(18,3),
  "timeFromFirstAssignmentToFirstClose" numeric(18,3),
  "timeFromFirstAssignmentToFirstCloseInOperation" numeric(18,3),
  "timeFromFirstActiveToFirstClose" numeric(18,3),
  "timeFromFirstActiveToFirstCloseInOperation" numeric(18,3),
  "timeFromFirstOpenToFirstClose" numeric(18,3),
  "timeFromFirstOpenToFirstCloseInOperation" numeric(18,3),
  "memberHandlingTime" numeric(18,3),
  "memberHandlingTimeInOperation" numeric(18,3),
  "firstMemberHandlingTime" numeric(18,3),
  "firstMemberHandlingTimeInOperation" numeric(18,3),
  "workflowHandlingTime" numeric(18,3),
  "alfHandlingTime" numeric(18,3),
  "alfCxScore" double precision,
  "source_workflow_id" text,
  "source_marketing_type" text,
  "source_marketing_id" text,
  "chatProfile_waitingTime" numeric(18,3),
  "chatProfile_avgReplyTime" numeric(18,3),
  "chatProfile_resolutionTime" numeric(18,3),
  "chatProfile_operationWaitingTime" numeric(18,3),
  "chatProfile_operationAvgReplyTime" numeric(18,3),
  "chatProfile_operationResolutionTime" numeric(18,3),
  "profile_csat" double precision,
  "profile_csatComment" text,
  "profile_custom" jsonb,
  "meets" jsonb,
  "chat_id" text,
  "chat_lang" text,
  "chat_chat_type" text,
  "chat_status" text,
  "chat_sub_status" text,
  "chat_created_at" timestamptz(3),
  "chat_assigned_at" timestamptz(3),
  "chat_ends_at" timestamptz(3),
  "chat_updated_at" timestamptz(3),
  "chat_first_msg_sent_at" timestamptz(3),
  "chat_last_msg_sent_at" timestamptz(3),
  "chat_wait_duration" bigint,
  "chat_queue_duration" bigint,
  "chat_chat_duration" bigint,
  "chat_verified" boolean,
  "chat_rating" bigint,
  "chat_has_feedback" boolean,
  "chat_out_ticket_id" text,
  "chat_out_ticket_url" text,
  "chat_finish_reason" text,
  "chat_fail_reason" text,
  "chat_message_count" bigint,
  "chat_average_response_time" bigint,
  "chat_longest_response_time" bigint,
  "chat_selected_menu" jsonb,
  "chat_menu_path" jsonb,
  "chat_agent_info" jsonb,
  "chat_end_user" jsonb,
  "chat_photos" jsonb,
  "chat_videos" jsonb,
  "chat_transfers" jsonb,
  "chat_participants" jsonb,
  "chat_offer_type" text,
  "chat_offer_events" jsonb,
  "chat_handle_durations" jsonb,
  "chat_queue_durations" jsonb,
  "chat_consumer_handle_durations" jsonb,
  "chat_consumer_event_durations" jsonb,
  "chat_virtual_agent" jsonb,
  "chat_virtual_agent_deflected_escalations" jsonb,
  "chat_virtual_agent_handle_durations" jsonb,
  "sessionMetadata_lang" text,
  "sessionMetadata_session_id" text,
  "sessionMetadata_session_type" text,
  "sessionMetadata_session_status" text,
  "sessionMetadata_session_status_code" bigint,
  "sessionMetadata_created_at" timestamptz(3),
  "sessionMetadata_queued_at" timestamptz(3),
  "sessionMetadata_assigned_at" timestamptz(3),
  "sessionMetadata_connected_at" timestamptz(3),
  "sessionMetadata_ended_at" timestamptz(3),
  "sessionMetadata_scheduled_at" timestamptz(3),
  "sessionMetadata_updated_at" timestamptz(3),
  "sessionMetadata_handle_duration" bigint,
  "sessionMetadata_hold_duration" bigint,
  "sessionMetadata_answer_type" text,
  "sessionMetadata_out_ticket_id" text,
  "sessionMetadata_out_ticket_url" text,
  "sessionMetadata_recording_permission" text,
  "sessionMetadata_recording_url" text,
  "sessionMetadata_support_phone_number" text,
  "sessionMetadata_outbound_number" text,
  "sessionMetadata_menu_path" jsonb,
  "sessionMetadata_menu_path_id" text,
  "sessionMetadata_queue_priority" bigint,
  "sessionMetadata_csat" double precision,
  "sessionMetadata_csat_comment" text,
  "sessionMetadata_va_assigned_at" timestamptz(3),
  "sessionMetadata_va_connected_at" timestamptz(3),
  "sessionMetadata_smart_actions" jsonb,
  "sessionMetadata_agent_info" jsonb,
  "sessionMetadata_transfers" jsonb,
  "sessionMetadata_deflection" text,
  "sessionMetadata_disposition" jsonb,
  "sessionMetadata_in_call_messages" jsonb,
  "sessionMetadata_participants" jsonb,
  "moments" jsonb,
  PRIMARY KEY ("id", "revision")
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

CREATE OR REPLACE VIEW session_metadata_latest AS
SELECT DISTINCT ON ("id") * FROM session_metadata_revisions
ORDER BY "id", "revision" DESC;

-- Takes records as they come, one JSON object per row, until they are loaded.
CREATE UNLOGGED TABLE IF NOT EXISTS session_metadata_input (record jsonb NOT NULL);

-- Brings them into the table. A revision that is there already is left out.
CREATE OR REPLACE PROCEDURE session_metadata_load() LANGUAGE sql AS $$
INSERT INTO session_metadata_revisions (
  "id",
  "channelId",
  "schemaVersion",
  "revision",
  "supersedes",
  "reason",
  "changed",
  "complete",
  "endedAt",
  "finalizedAt",
  "operatingHoursVersion",
  "managedAt",
  "name",
  "title",
  "description",
  "tags",
  "priority",
  "direction",
  "sync",
  "page",
  "userId",
  "assigneeId",
  "firstAssigneeId",
  "assigneeIdAtFirstClose",
  "managerIds",
  "teamId",
  "mediumType",
  "mediumName",
  "mediumSenderName",
  "state",
  "missedReason",
  "goalState",
  "goalCheckedAt",
  "goalEventName",
  "contactMediumType",
  "appMessenger",
  "everOpened",
  "reopened",
  "reopenCount",
  "reassigned",
  "reassignmentCount",
  "workflowTriggered",
  "alfTriggered",
  "replyCount",
  "replyCountInOperation",
  "createdAt",
  "updatedAt",
  "firstWorkflowStartedAt",
  "firstWorkflowEndedAt",
  "firstAskedAt",
  "firstAlfStartedAt",
  "firstAlfEndedAt",
  "firstQueueInAt",
  "queuedAt",
  "firstQueueOutAt",
  "firstOpenedAt",
  "openedAt",
  "firstMissedAt",
  "missedAt",
  "firstAssignedAt",
  "firstActiveAt",
  "firstAnsweredAt",
  "repliedAt",
  "snoozedAt",
  "firstClosedAt",
  "closedAt",
  "totalReplyTime",
  "totalReplyTimeInOperation",
  "avgReplyTime",
  "avgReplyTimeInOperation",
  "totalSnoozedTime",
  "operationTotalSnoozedTime",
  "firstQueueTime",
  "firstQueueTimeInOperation",
  "timeToFirstAssignment",
  "timeToFirstAssignmentInOperation",
  "timeToFirstAnswer",
  "timeToFirstAnswerInOperation",
  "timeFromFirstAskToFirstAnswer",
  "timeFromFirstAskToFirstAnswerInOperation",
  "timeFromFirstAssignmentToFirstAnswer",
  "timeFromFirstAssignmentToFirstAnswerInOperation",
  "timeFromFirstActiveToFirstAnswer",
  "timeFromFirstActiveToFirstAnswerInOperation",
  "timeFromFirstOpenToFirstAnswer",
  "timeFromFirstOpenToFirstAnswerInOperation",
  "timeToFirstClose",
  "timeToFirstCloseInOperation",
  "timeToClose",
  "timeToCloseInOperation",
  "timeFromFirstAskToFirstClose",
  "timeFromFirstAskToFirstCloseInOperation",
  "timeFromFirstAssignmentToFirstClose",
  "timeFromFirstAssignmentToFirstCloseInOperation",
  "timeFromFirstActiveToFirstClose",
  "timeFromFirstActiveToFirstCloseInOperation",
  "timeFromFirstOpenToFirstClose",
  "timeFromFirstOpenToFirstCloseInOperation",
  "memberHandlingTime",
  "memberHandlingTimeInOperation",
  "firstMemberHandlingTime",
  "firstMemberHandlingTimeInOperation",
  "workflowHandlingTime",
  "alfHandlingTime",
  "alfCxScore",
  "source_workflow_id",
  "source_marketing_type",
  "source_marketing_id",
  "chatProfile_waitingTime",
  "chatProfile_avgReplyTime",
  "chatProfile_resolutionTime",
  "chatProfile_operationWaitingTime",
  "chatProfile_operationAvgReplyTime",
  "chatProfile_operationResolutionTime",
  "profile_csat",
  "profile_csatComment",
  "profile_custom",
  "meets",
  "chat_id",
  "chat_lang",
  "chat_chat_type",
  "chat_status",
  "chat_sub_status",
  "chat_created_at",
  "chat_assigned_at",
  "chat_ends_at",
  "chat_updated_at",
  "chat_first_msg_sent_at",
  "chat_last_msg_sent_at",
  "chat_wait_duration",
  "chat_queue_duration",
  "chat_chat_duration",
  "chat_verified",
  "chat_rating",
  "chat_has_feedback",
  "chat_out_ticket_id",
  "chat_out_ticket_url",
  "chat_finish_reason",
  "chat_fail_reason",
  "chat_message_count",
  "chat_average_response_time",
  "chat_longest_response_time",
  "chat_selected_menu",
  "chat_menu_path",
  "chat_agent_info",
  "chat_end_user",
  "chat_photos",
  "chat_videos",
  "chat_transfers",
  "chat_participants",
  "chat_offer_type",
  "chat_offer_events",
  "chat_handle_durations",
  "chat_queue_durations",
  "chat_consumer_handle_durations",
  "chat_consumer_event_durations",
  "chat_virtual_agent",
  "chat_virtual_agent_deflected_escalations",
  "chat_virtual_agent_handle_durations",
  "sessionMetadata_lang",
  "sessionMetadata_session_id",
  "sessionMetadata_session_type",
  "sessionMetadata_session_status",
  "sessionMetadata_session_status_code",
  "sessionMetadata_created_at",
  "sessionMetadata_queued_at",
  "sessionMetadata_assigned_at",
  "sessionMetadata_connected_at",
  "sessionMetadata_ended_at",
  "sessionMetadata_scheduled_at",
  "sessionMetadata_updated_at",
  "sessionMetadata_handle_duration",
  "sessionMetadata_hold_duration",
  "sessionMetadata_answer_type",
  "sessionMetadata_out_ticket_id",
  "sessionMetadata_out_ticket_url",
  "sessionMetadata_recording_permission",
  "sessionMetadata_recording_url",
  "sessionMetadata_support_phone_number",
  "sessionMetadata_outbound_number",
  "sessionMetadata_menu_path",
  "sessionMetadata_menu_path_id",
  "sessionMetadata_queue_priority",
  "sessionMetadata_csat",
  "sessionMetadata_csat_comment",
  "sessionMetadata_va_assigned_at",
  "sessionMetadata_va_connected_at",
  "sessionMetadata_smart_actions",
  "sessionMetadata_agent_info",
  "sessionMetadata_transfers",
  "sessionMetadata_deflection",
  "sessionMetadata_disposition",
  "sessionMetadata_in_call_messages",
  "sessionMetadata_participants",
  "moments"
)
SELECT
  record #>> '{id}',
  record #>> '{channelId}',
  (record #>> '{schemaVersion}')::bigint,
  (record #>> '{revision}')::bigint,
  (record #>> '{supersedes}')::bigint,
  record #>> '{reason}',
  nullif(record #> '{changed}', 'null'),
  (record #>> '{complete}')::boolean,
  (record #>> '{endedAt}')::timestamptz(3),
  (record #>> '{finalizedAt}')::timestamptz(3),
  record #>> '{operatingHoursVersion}',
  (record #>> '{managedAt}')::timestamptz(3),
  record #>> '{name}',
  record #>> '{title}',
  record #>> '{description}',
  nullif(record #> '{tags}', 'null'),
  record #>> '{priority}',
  record #>> '{direction}',
  record #>> '{sync}',
  record #>> '{page}',
  record #>> '{userId}',
  record #>> '{assigneeId}',
  record #>> '{firstAssigneeId}',
  record #>> '{assigneeIdAtFirstClose}',
  nullif(record #> '{managerIds}', 'null'),
  record #>> '{teamId}',
  record #>> '{mediumType}',
  record #>> '{mediumName}',
  record #>> '{mediumSenderName}',
  record #>> '{state}',
  record #>> '{missedReason}',
  record #>> '{goalState}',
  (record #>> '{goalCheckedAt}')::timestamptz(3),
  record #>> '{goalEventName}',
  record #>> '{contactMediumType}',
  record #>> '{appMessenger}',
  (record #>> '{everOpened}')::boolean,
  (record #>> '{reopened}')::boolean,
  (record #>> '{reopenCount}')::bigint,
  (record #>> '{reassigned}')::boolean,
  (record #>> '{reassignmentCount}')::bigint,
  (record #>> '{workflowTriggered}')::boolean,
  (record #>> '{alfTriggered}')::boolean,
  (record #>> '{replyCount}')::bigint,
  (record #>> '{replyCountInOperation}')::bigint,
  (record #>> '{createdAt}')::timestamptz(3),
  (record #>> '{updatedAt}')::timestamptz(3),
  (record #>> '{firstWorkflowStartedAt}')::timestamptz(3),
  (record #>> '{firstWorkflowEndedAt}')::timestamptz(3),
  (record #>> '{firstAskedAt}')::timestamptz(3),
  (record #>> '{firstAlfStartedAt}')::timestamptz(3),
  (record #>> '{firstAlfEndedAt}')::timestamptz(3),
  (record #>> '{firstQueueInAt}')::timestamptz(3),
  (record #>> '{queuedAt}')::timestamptz(3),
  (record #>> '{firstQueueOutAt}')::timestamptz(3),
  (record #>> '{firstOpenedAt}')::timestamptz(3),
  (record #>> '{openedAt}')::timestamptz(3),
  (record #>> '{firstMissedAt}')::timestamptz(3),
  (record #>> '{missedAt}')::timestamptz(3),
  (record #>> '{firstAssignedAt}')::timestamptz(3),
  (record #>> '{firstActiveAt}')::timestamptz(3),
  (record #>> '{firstAnsweredAt}')::timestamptz(3),
  (record #>> '{repliedAt}')::timestamptz(3),
  (record #>> '{snoozedAt}')::timestamptz(3),
  (record #>> '{firstClosedAt}')::timestamptz(3),
  (record #>> '{closedAt}')::timestamptz(3),
  (record #>> '{totalReplyTime}')::numeric(18,3),
  (record #>> '{totalReplyTimeInOperation}')::numeric(18,3),
  (record #>> '{avgReplyTime}')::numeric(18,3),
  (record #>> '{avgReplyTimeInOperation}')::numeric(18,3),
  (record #>> '{totalSnoozedTime}')::numeric(18,3),
  (record #>> '{operationTotalSnoozedTime}')::numeric(18,3),
  (record #>> '{firstQueueTime}')::numeric(18,3),
  (record #>> '{firstQueueTimeInOperation}')::numeric(18,3),
  (record #>> '{timeToFirstAssignment}')::numeric(18,3),
  (record #>> '{timeToFirstAssignmentInOperation}')::numeric(18,3),
  (record #>> '{timeToFirstAnswer}')::numeric(18,3),
  (record #>> '{timeToFirstAnswerInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstAskToFirstAnswer}')::numeric(18,3),
  (record #>> '{timeFromFirstAskToFirstAnswerInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstAssignmentToFirstAnswer}')::numeric(18,3),
  (record #>> '{timeFromFirstAssignmentToFirstAnswerInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstActiveToFirstAnswer}')::numeric(18,3),
  (record #>> '{timeFromFirstActiveToFirstAnswerInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstOpenToFirstAnswer}')::numeric(18,3),
  (record #>> '{timeFromFirstOpenToFirstAnswerInOperation}')::numeric(18,3),
  (record #>> '{timeToFirstClose}')::numeric(18,3),
  (record #>> '{timeToFirstCloseInOperation}')::numeric(18,3),
  (record #>> '{timeToClose}')::numeric(18,3),
  (record #>> '{timeToCloseInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstAskToFirstClose}')::numeric(18,3),
  (record #>> '{timeFromFirstAskToFirstCloseInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstAssignmentToFirstClose}')::numeric(18,3),
  (record #>> '{timeFromFirstAssignmentToFirstCloseInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstActiveToFirstClose}')::numeric(18,3),
  (record #>> '{timeFromFirstActiveToFirstCloseInOperation}')::numeric(18,3),
  (record #>> '{timeFromFirstOpenToFirstClose}')::numeric(18,3),
  (record #>> '{timeFromFirstOpenToFirstCloseInOperation}')::numeric(18,3),
  (record #>> '{memberHandlingTime}')::numeric(18,3),
  (record #>> '{memberHandlingTimeInOperation}')::numeric(18,3),
  (record #>> '{firstMemberHandlingTime}')::numeric(18,3),
  (record #>> '{firstMemberHandlingTimeInOperation}')::numeric(18,3),
  (record #>> '{workflowHandlingTime}')::numeric(18,3),
  (record #>> '{alfHandlingTime}')::numeric(18,3),
  (record #>> '{alfCxScore}')::double precision,
  record #>> '{source,workflow,id}',
  record #>> '{source,marketing,type}',
  record #>> '{source,marketing,id}',
  (record #>> '{chatProfile,waitingTime}')::numeric(18,3),
  (record #>> '{chatProfile,avgReplyTime}')::numeric(18,3),
  (record #>> '{chatProfile,resolutionTime}')::numeric(18,3),
  (record #>> '{chatProfile,operationWaitingTime}')::numeric(18,3),
  (record #>> '{chatProfile,operationAvgReplyTime}')::numeric(18,3),
  (record #>> '{chatProfile,operationResolutionTime}')::numeric(18,3),
  (record #>> '{profile,csat}')::double precision,
  record #>> '{profile,csatComment}',
  (record #> '{profile}') - '{csat,csatComment}'::text[],
  nullif(record #> '{meets}', 'null'),
  record #>> '{chat,id}',
  record #>> '{chat,lang}',
  record #>> '{chat,chat_type}',
  record #>> '{chat,status}',
  record #>> '{chat,sub_status}',
  (record #>> '{chat,created_at}')::timestamptz(3),
  (record #>> '{chat,assigned_at}')::timestamptz(3),
  (record #>> '{chat,ends_at}')::timestamptz(3),
  (record #>> '{chat,updated_at}')::timestamptz(3),
  (record #>> '{chat,first_msg_sent_at}')::timestamptz(3),
  (record #>> '{chat,last_msg_sent_at}')::timestamptz(3),
  (record #>> '{chat,wait_duration}')::bigint,
  (record #>> '{chat,queue_duration}')::bigint,
  (record #>> '{chat,chat_duration}')::bigint,
  (record #>> '{chat,verified}')::boolean,
  (record #>> '{chat,rating}')::bigint,
  (record #>> '{chat,has_feedback}')::boolean,
  record #>> '{chat,out_ticket_id}',
  record #>> '{chat,out_ticket_url}',
  record #>> '{chat,finish_reason}',
  record #>> '{chat,fail_reason}',
  (record #>> '{chat,message_count}')::bigint,
  (record #>> '{chat,average_response_time}')::bigint,
  (record #>> '{chat,longest_response_time}')::bigint,
  nullif(record #> '{chat,selected_menu}', 'null'),
  nullif(record #> '{chat,menu_path}', 'null'),
  nullif(record #> '{chat,agent_info}', 'null'),
  nullif(record #> '{chat,end_user}', 'null'),
  nullif(record #> '{chat,photos}', 'null'),
  nullif(record #> '{chat,videos}', 'null'),
  nullif(record #> '{chat,transfers}', 'null'),
  nullif(record #> '{chat,participants}', 'null'),
  record #>> '{chat,offer_type}',
  nullif(record #> '{chat,offer_events}', 'null'),
  nullif(record #> '{chat,handle_durations}', 'null'),
  nullif(record #> '{chat,queue_durations}', 'null'),
  nullif(record #> '{chat,consumer_handle_durations}', 'null'),
  nullif(record #> '{chat,consumer_event_durations}', 'null'),
  nullif(record #> '{chat,virtual_agent}', 'null'),
  nullif(record #> '{chat,virtual_agent_deflected_escalations}', 'null'),
  nullif(record #> '{chat,virtual_agent_handle_durations}', 'null'),
  record #>> '{sessionMetadata,lang}',
  record #>> '{sessionMetadata,session_id}',
  record #>> '{sessionMetadata,session_type}',
  record #>> '{sessionMetadata,session_status}',
  (record #>> '{sessionMetadata,session_status_code}')::bigint,
  (record #>> '{sessionMetadata,created_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,queued_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,assigned_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,connected_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,ended_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,scheduled_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,updated_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,handle_duration}')::bigint,
  (record #>> '{sessionMetadata,hold_duration}')::bigint,
  record #>> '{sessionMetadata,answer_type}',
  record #>> '{sessionMetadata,out_ticket_id}',
  record #>> '{sessionMetadata,out_ticket_url}',
  record #>> '{sessionMetadata,recording_permission}',
  record #>> '{sessionMetadata,recording_url}',
  record #>> '{sessionMetadata,support_phone_number}',
  record #>> '{sessionMetadata,outbound_number}',
  nullif(record #> '{sessionMetadata,menu_path}', 'null'),
  record #>> '{sessionMetadata,menu_path_id}',
  (record #>> '{sessionMetadata,queue_priority}')::bigint,
  (record #>> '{sessionMetadata,csat}')::double precision,
  record #>> '{sessionMetadata,csat_comment}',
  (record #>> '{sessionMetadata,va_assigned_at}')::timestamptz(3),
  (record #>> '{sessionMetadata,va_connected_at}')::timestamptz(3),
  nullif(record #> '{sessionMetadata,smart_actions}', 'null'),
  nullif(record #> '{sessionMetadata,agent_info}', 'null'),
  nullif(record #> '{sessionMetadata,transfers}', 'null'),
  record #>> '{sessionMetadata,deflection}',
  nullif(record #> '{sessionMetadata,disposition}', 'null'),
  nullif(record #> '{sessionMetadata,in_call_messages}', 'null'),
  nullif(record #> '{sessionMetadata,participants}', 'null'),
  nullif(record #> '{moments}', 'null')
FROM session_metadata_input
ON CONFLICT DO NOTHING;
DELETE FROM session_metadata_input;
$$;
