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
  "meets" STRUCT("id" VARCHAR, "userChatId" VARCHAR, "startedAt" TIMESTAMPTZ, "engagedAt" TIMESTAMPTZ, "endedAt" TIMESTAMPTZ, "from" VARCHAR, "to" VARCHAR, "direction" VARCHAR, "missedReason" VARCHAR, "duration" DECIMAL(18,3), "type" VARCHAR, "primaryNumber" VARCHAR, "representativeNumber" VARCHAR)[]
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
COMMENT ON COLUMN session_metadata_revisions."meets" IS 'one row per meet (Meet)';

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
  "meets" AS "meets"
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
    "meets": 'STRUCT("id" VARCHAR, "userChatId" VARCHAR, "startedAt" TIMESTAMPTZ, "engagedAt" TIMESTAMPTZ, "endedAt" TIMESTAMPTZ, "from" VARCHAR, "to" VARCHAR, "direction" VARCHAR, "missedReason" VARCHAR, "duration" DECIMAL(18,3), "type" VARCHAR, "primaryNumber" VARCHAR, "representativeNumber" VARCHAR)[]'
});
