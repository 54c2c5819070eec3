// SPDX-License-Identifier: GPL-2.0
/* The tables; see docs/netlink/tgtcore.yaml. */
#include <assert.h>
#include <linux/tgtcore.h>
#include <stdint.h>
#include <string.h>

#include "schema.h"
#include "util.h"

#define KEYED	(ATTR_SAVED | ATTR_REQUIRED)
#define OPTION	(ATTR_CREATE | ATTR_SAVED)

static const struct attr info_attrs[] = {
	[TGTCORE_A_INFO_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_INFO_VERSION]	= { "version", ATTR_STRING },
	[TGTCORE_A_INFO_BACKEND]	= { "backends", ATTR_STRINGS },
	[TGTCORE_A_INFO_FABRIC]		= { "fabrics", ATTR_STRINGS },
	[TGTCORE_A_INFO_HANDLER]	= { "handlers", ATTR_STRINGS },
};

static const struct attr device_attrs[] = {
	[TGTCORE_A_DEVICE_NAME]		= { "name", ATTR_NAME, KEYED, 1, 48 },
	[TGTCORE_A_DEVICE_BACKEND]	= { "backend", ATTR_NAME, OPTION | ATTR_REQUIRED, 1, 48 },
	[TGTCORE_A_DEVICE_SIZE]		= { "size", ATTR_SIZE, OPTION | ATTR_SET, 1, INT64_MAX },
	[TGTCORE_A_DEVICE_BLOCK_SIZE]	= { "block-size", ATTR_U32, OPTION, 512, 4096 },
	[TGTCORE_A_DEVICE_SERIAL]	= { "serial", ATTR_STRING, OPTION, 1, 36 },
	[TGTCORE_A_DEVICE_READONLY]	= { "readonly", ATTR_BOOL, OPTION },
	[TGTCORE_A_DEVICE_QUEUE_LIMIT]	= { "queue-limit", ATTR_U32, OPTION, 1, 4096 },
	[TGTCORE_A_DEVICE_OPTION]	= { "options", ATTR_OPTIONS, ATTR_SAVED },
	[TGTCORE_A_DEVICE_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_DEVICE_FORCE]	= { "force", ATTR_BOOL },
	[TGTCORE_A_DEVICE_ID]		= { "id", ATTR_U32 },
	[TGTCORE_A_DEVICE_STATE]	= { "state", ATTR_STATE },
	[TGTCORE_A_DEVICE_NAA]		= { "naa", ATTR_HEX64 },
	[TGTCORE_A_DEVICE_WCE]		= { "wce", ATTR_BOOL },
	[TGTCORE_A_DEVICE_INFO]		= { "info", ATTR_STRING },
	[TGTCORE_A_DEVICE_LUNS]		= { "luns", ATTR_U32 },
	[TGTCORE_A_DEVICE_HELD]		= { "held", ATTR_U32 },
	[TGTCORE_A_DEVICE_ABORTING]	= { "aborting", ATTR_U32 },
	[TGTCORE_A_DEVICE_AGE_MS]	= { "age-ms", ATTR_U64 },
	[TGTCORE_A_DEVICE_RESIZE_TO]	= { "resize-to", ATTR_SIZE },
	[TGTCORE_A_DEVICE_REMAINDERS]	= { "remainders", ATTR_U32 },
	[TGTCORE_A_DEVICE_REASON]	= { "reason", ATTR_STRING },
	[TGTCORE_A_DEVICE_UPPER]	= { "uppers", ATTR_STRINGS },
	[TGTCORE_A_DEVICE_MODES]	= { "modes", ATTR_WORDS, OPTION | ATTR_SET, 0, 127 },
	[TGTCORE_A_DEVICE_IDENT]	= { "ident", ATTR_STRING, OPTION, 0, 128 },
	[TGTCORE_A_DEVICE_PI]		= { "pi", ATTR_U32, OPTION, 0, 3 },
	[TGTCORE_A_DEVICE_PR_FILE]	= { "pr-file", ATTR_STRING, OPTION, 1, 1023 },
	[TGTCORE_A_DEVICE_MODES_NOW]	= { "modes-now", ATTR_WORDS },
	[TGTCORE_A_DEVICE_REACHED]	= { "reached", ATTR_WORDS },
	[TGTCORE_A_DEVICE_PR_CHANGING]	= { "pr-changing", ATTR_BOOL },
	[TGTCORE_A_DEVICE_DAEMON]	= { "daemon", ATTR_DAEMON },
	[TGTCORE_A_DEVICE_DAEMON_PID]	= { "daemon-pid", ATTR_U32 },
	[TGTCORE_A_DEVICE_DAEMON_STARTS] = { "daemon-starts", ATTR_U64 },
	[TGTCORE_A_DEVICE_DAEMON_COMMANDS] = { "daemon-commands", ATTR_U32 },
	[TGTCORE_A_DEVICE_DAEMON_OLDEST_MS] = { "daemon-oldest-ms", ATTR_U32 },
	[TGTCORE_A_DEVICE_DAEMON_HELD]	= { "daemon-held", ATTR_U32 },
	[TGTCORE_A_DEVICE_DAEMON_LOST]	= { "daemon-lost", ATTR_U64 },
	[TGTCORE_A_DEVICE_DAEMON_HANDOVERS] = { "daemon-handovers", ATTR_U64 },
	[TGTCORE_A_DEVICE_DAEMON_REISSUED] = { "daemon-reissued", ATTR_U64 },
	[TGTCORE_A_DEVICE_DAEMON_TIMEOUTS] = { "daemon-timeouts", ATTR_U64 },
	[TGTCORE_A_DEVICE_DAEMON_LATE]	= { "daemon-late", ATTR_U64 },
	[TGTCORE_A_DEVICE_DAEMON_BAD]	= { "daemon-bad", ATTR_U64 },
};

static const struct attr target_attrs[] = {
	[TGTCORE_A_TARGET_FABRIC]	= { "fabric", ATTR_NAME, KEYED, 1, 48 },
	[TGTCORE_A_TARGET_NAME]		= { "name", ATTR_NAME, KEYED, 1, 48 },
	[TGTCORE_A_TARGET_HANDLER]	= { "handler", ATTR_NAME, OPTION, 1, 48 },
	[TGTCORE_A_TARGET_RTPI]		= { "rtpi", ATTR_U32, OPTION, 1, 65535 },
	[TGTCORE_A_TARGET_OPTION]	= { "options", ATTR_OPTIONS, ATTR_SAVED },
	[TGTCORE_A_TARGET_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_TARGET_FORCE]	= { "force", ATTR_BOOL },
	[TGTCORE_A_TARGET_ID]		= { "id", ATTR_U32 },
	[TGTCORE_A_TARGET_STATE]	= { "state", ATTR_STATE },
	[TGTCORE_A_TARGET_HOST]		= { "host", ATTR_U32 },
	[TGTCORE_A_TARGET_PORT_NAA]	= { "port-naa", ATTR_HEX64 },
	[TGTCORE_A_TARGET_LUNS]		= { "luns", ATTR_U32 },
	[TGTCORE_A_TARGET_SESSIONS]	= { "sessions", ATTR_U32 },
	[TGTCORE_A_TARGET_AGE_MS]	= { "age-ms", ATTR_U64 },
	[TGTCORE_A_TARGET_INFO]		= { "info", ATTR_STRING },
	[TGTCORE_A_TARGET_REASON]	= { "reason", ATTR_STRING },
};

static const struct attr lun_attrs[] = {
	[TGTCORE_A_LUN_FABRIC]		= { "fabric", ATTR_NAME },
	[TGTCORE_A_LUN_TARGET]		= { "target", ATTR_NAME },
	[TGTCORE_A_LUN_GROUP]		= { "group", ATTR_NAME, ATTR_CREATE | ATTR_SET },
	[TGTCORE_A_LUN_NUMBER]		= { "number", ATTR_U32, KEYED, 0, 16383 },
	[TGTCORE_A_LUN_DEVICE]		= { "device", ATTR_NAME, OPTION | ATTR_REQUIRED, 1, 48 },
	[TGTCORE_A_LUN_READONLY]	= { "readonly", ATTR_BOOL, OPTION },
	[TGTCORE_A_LUN_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_LUN_FORCE]		= { "force", ATTR_BOOL },
	[TGTCORE_A_LUN_STATE]		= { "state", ATTR_STATE },
	[TGTCORE_A_LUN_NODE]		= { "node", ATTR_NODE },
	[TGTCORE_A_LUN_SESSIONS]	= { "sessions", ATTR_U32 },
	[TGTCORE_A_LUN_AGE_MS]		= { "age-ms", ATTR_U64 },
	[TGTCORE_A_LUN_IN_FLIGHT]	= { "in-flight", ATTR_U32 },
	[TGTCORE_A_LUN_OPEN]		= { "open", ATTR_BOOL },
	[TGTCORE_A_LUN_PROFILE]		= { "profile", ATTR_STRING, OPTION | ATTR_SET, 1, 15 },
};

static const struct attr group_attrs[] = {
	[TGTCORE_A_GROUP_FABRIC]	= { "fabric", ATTR_NAME },
	[TGTCORE_A_GROUP_TARGET]	= { "target", ATTR_NAME },
	[TGTCORE_A_GROUP_NAME]		= { "name", ATTR_NAME, KEYED, 1, 48 },
	[TGTCORE_A_GROUP_INITIATOR]	= { "initiators", ATTR_STRINGS, ATTR_SAVED, 1, 223 },
	[TGTCORE_A_GROUP_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_GROUP_FORCE]		= { "force", ATTR_BOOL },
	[TGTCORE_A_GROUP_LUNS]		= { "luns", ATTR_U32 },
	[TGTCORE_A_GROUP_SESSIONS]	= { "sessions", ATTR_U32 },
};

static const struct attr session_attrs[] = {
	[TGTCORE_A_SESSION_ID]		= { "id", ATTR_U64 },
	[TGTCORE_A_SESSION_FABRIC]	= { "fabric", ATTR_NAME },
	[TGTCORE_A_SESSION_TARGET]	= { "target", ATTR_NAME },
	[TGTCORE_A_SESSION_INITIATOR]	= { "initiator", ATTR_STRING },
	[TGTCORE_A_SESSION_TRANSPORT_ID] = { "transport-id", ATTR_BINARY },
	[TGTCORE_A_SESSION_GROUP]	= { "group", ATTR_NAME },
	[TGTCORE_A_SESSION_LUNS]	= { "luns", ATTR_U32 },
	[TGTCORE_A_SESSION_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_SESSION_STATE]	= { "state", ATTR_STATE },
	[TGTCORE_A_SESSION_AGE_MS]	= { "age-ms", ATTR_U64 },
	[TGTCORE_A_SESSION_IN_FLIGHT]	= { "in-flight", ATTR_U32 },
	[TGTCORE_A_SESSION_NUMBER]	= { "number", ATTR_U32 },
	[TGTCORE_A_SESSION_DEVICE]	= { "device", ATTR_NAME },
};

static const struct attr stat_attrs[] = {
	[TGTCORE_A_STAT_FABRIC]		= { "fabric", ATTR_NAME },
	[TGTCORE_A_STAT_TARGET]		= { "target", ATTR_NAME },
	[TGTCORE_A_STAT_GROUP]		= { "group", ATTR_NAME },
	[TGTCORE_A_STAT_NUMBER]		= { "number", ATTR_U32 },
	[TGTCORE_A_STAT_DEVICE]		= { "device", ATTR_NAME },
	[TGTCORE_A_STAT_SESSION]	= { "session", ATTR_U64 },
	[TGTCORE_A_STAT_INITIATOR]	= { "initiator", ATTR_STRING },
	[TGTCORE_A_STAT_TIME_NS]	= { "time-ns", ATTR_U64 },
	[TGTCORE_A_STAT_READS]		= { "reads", ATTR_U64 },
	[TGTCORE_A_STAT_WRITES]		= { "writes", ATTR_U64 },
	[TGTCORE_A_STAT_OTHERS]		= { "others", ATTR_U64 },
	[TGTCORE_A_STAT_READ_BYTES]	= { "read-bytes", ATTR_SIZE },
	[TGTCORE_A_STAT_WRITE_BYTES]	= { "write-bytes", ATTR_SIZE },
	[TGTCORE_A_STAT_ERRORS]		= { "errors", ATTR_U64 },
	[TGTCORE_A_STAT_BUSY_NS]	= { "busy-ns", ATTR_U64 },
	[TGTCORE_A_STAT_HELD]		= { "held", ATTR_U32 },
	[TGTCORE_A_STAT_LATENCY]	= { "latency", ATTR_U64_ARRAY },
};

static const struct attr recent_attrs[] = {
	[TGTCORE_A_RECENT_FABRIC]	= { "fabric", ATTR_NAME },
	[TGTCORE_A_RECENT_TARGET]	= { "target", ATTR_NAME },
	[TGTCORE_A_RECENT_GROUP]	= { "group", ATTR_NAME },
	[TGTCORE_A_RECENT_NUMBER]	= { "number", ATTR_U32 },
	[TGTCORE_A_RECENT_SESSION]	= { "session", ATTR_U64 },
	[TGTCORE_A_RECENT_STAGE]	= { "stage", ATTR_STAGE },
	[TGTCORE_A_RECENT_CDB]		= { "cdb", ATTR_BINARY },
	[TGTCORE_A_RECENT_TIME_NS]	= { "time-ns", ATTR_U64 },
	[TGTCORE_A_RECENT_AGE_NS]	= { "age-ns", ATTR_U64 },
	[TGTCORE_A_RECENT_LATENCY_NS]	= { "latency-ns", ATTR_U64 },
	[TGTCORE_A_RECENT_STATUS]	= { "status", ATTR_U32 },
	[TGTCORE_A_RECENT_SENSE]	= { "sense", ATTR_U32 },
};

static const struct attr alua_attrs[] = {
	[TGTCORE_A_ALUA_ID]		= { "id", ATTR_U32, KEYED, 1, 65535 },
	[TGTCORE_A_ALUA_STATE]		= { "state", ATTR_STRING, OPTION | ATTR_SET, 1, 13 },
	[TGTCORE_A_ALUA_PREFERRED]	= { "preferred", ATTR_BOOL, OPTION | ATTR_SET },
	[TGTCORE_A_ALUA_TARGETS]	= { "targets", ATTR_WORDS, OPTION | ATTR_SET, 0, 12287 },
	[TGTCORE_A_ALUA_DEVICES]	= { "devices", ATTR_WORDS, OPTION | ATTR_SET, 0, 12287 },
	[TGTCORE_A_ALUA_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_ALUA_FORCE]		= { "force", ATTR_BOOL },
	[TGTCORE_A_ALUA_EXPLICIT]	= { "explicit", ATTR_WORDS },
};

static const struct attr pr_attrs[] = {
	[TGTCORE_A_PR_DEVICE]		= { "device", ATTR_NAME },
	[TGTCORE_A_PR_APTPL]		= { "aptpl", ATTR_BOOL },
	[TGTCORE_A_PR_TYPE]		= { "type", ATTR_U32 },
	[TGTCORE_A_PR_SCOPE]		= { "scope", ATTR_U32 },
	[TGTCORE_A_PR_REGISTRANT]	= { "registrants", ATTR_REGISTRANTS },
	[TGTCORE_A_PR_GENERATION]	= { "generation", ATTR_U64 },
	[TGTCORE_A_PR_PRGENERATION]	= { "prgeneration", ATTR_U32 },
	[TGTCORE_A_PR_LOST]		= { "lost", ATTR_BOOL },
	[TGTCORE_A_PR_COUNT]		= { "count", ATTR_U32 },
	[TGTCORE_A_PR_FIRST]		= { "first", ATTR_U32 },
};

const struct set set_info = {
	.name		= "info",
	.attrs		= info_attrs,
	.nr		= ARRAY_SIZE(info_attrs),
	.get		= TGTCORE_CMD_INFO_GET,
	.generation	= TGTCORE_A_INFO_GENERATION,
};

const struct set set_device = {
	.name		= "device",
	.attrs		= device_attrs,
	.nr		= ARRAY_SIZE(device_attrs),
	.get		= TGTCORE_CMD_DEVICE_GET,
	.create		= TGTCORE_CMD_DEVICE_CREATE,
	.del		= TGTCORE_CMD_DEVICE_DELETE,
	.ntf		= TGTCORE_CMD_DEVICE_NTF,
	.gone		= TGTCORE_CMD_DEVICE_GONE_NTF,
	.generation	= TGTCORE_A_DEVICE_GENERATION,
	.force		= TGTCORE_A_DEVICE_FORCE,
	.state		= TGTCORE_A_DEVICE_STATE,
	.age		= TGTCORE_A_DEVICE_AGE_MS,
	.key		= { TGTCORE_A_DEVICE_NAME },
};

const struct set set_target = {
	.name		= "target",
	.attrs		= target_attrs,
	.nr		= ARRAY_SIZE(target_attrs),
	.get		= TGTCORE_CMD_TARGET_GET,
	.create		= TGTCORE_CMD_TARGET_CREATE,
	.del		= TGTCORE_CMD_TARGET_DELETE,
	.ntf		= TGTCORE_CMD_TARGET_NTF,
	.gone		= TGTCORE_CMD_TARGET_GONE_NTF,
	.generation	= TGTCORE_A_TARGET_GENERATION,
	.force		= TGTCORE_A_TARGET_FORCE,
	.state		= TGTCORE_A_TARGET_STATE,
	.age		= TGTCORE_A_TARGET_AGE_MS,
	.key		= { TGTCORE_A_TARGET_FABRIC, TGTCORE_A_TARGET_NAME },
};

const struct set set_lun = {
	.name		= "lun",
	.attrs		= lun_attrs,
	.nr		= ARRAY_SIZE(lun_attrs),
	.get		= TGTCORE_CMD_LUN_GET,
	.create		= TGTCORE_CMD_LUN_CREATE,
	.del		= TGTCORE_CMD_LUN_DELETE,
	.ntf		= TGTCORE_CMD_LUN_NTF,
	.gone		= TGTCORE_CMD_LUN_GONE_NTF,
	.generation	= TGTCORE_A_LUN_GENERATION,
	.force		= TGTCORE_A_LUN_FORCE,
	.state		= TGTCORE_A_LUN_STATE,
	.age		= TGTCORE_A_LUN_AGE_MS,
	.key		= { TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET, TGTCORE_A_LUN_GROUP,
			    TGTCORE_A_LUN_NUMBER },
};

const struct set set_group = {
	.name		= "group",
	.attrs		= group_attrs,
	.nr		= ARRAY_SIZE(group_attrs),
	.get		= TGTCORE_CMD_GROUP_GET,
	.create		= TGTCORE_CMD_GROUP_CREATE,
	.del		= TGTCORE_CMD_GROUP_DELETE,
	.ntf		= TGTCORE_CMD_GROUP_NTF,
	.gone		= TGTCORE_CMD_GROUP_GONE_NTF,
	.generation	= TGTCORE_A_GROUP_GENERATION,
	.force		= TGTCORE_A_GROUP_FORCE,
	.key		= { TGTCORE_A_GROUP_FABRIC, TGTCORE_A_GROUP_TARGET, TGTCORE_A_GROUP_NAME },
};

const struct set set_session = {
	.name		= "session",
	.attrs		= session_attrs,
	.nr		= ARRAY_SIZE(session_attrs),
	.get		= TGTCORE_CMD_SESSION_GET,
	.ntf		= TGTCORE_CMD_SESSION_NTF,
	.gone		= TGTCORE_CMD_SESSION_GONE_NTF,
	.generation	= TGTCORE_A_SESSION_GENERATION,
	.state		= TGTCORE_A_SESSION_STATE,
	.age		= TGTCORE_A_SESSION_AGE_MS,
	.key		= { TGTCORE_A_SESSION_FABRIC, TGTCORE_A_SESSION_TARGET,
			    TGTCORE_A_SESSION_ID },
};

const struct set set_stat = {
	.name		= "stat",
	.attrs		= stat_attrs,
	.nr		= ARRAY_SIZE(stat_attrs),
	.get		= TGTCORE_CMD_STAT_GET,
	.key		= { TGTCORE_A_STAT_FABRIC, TGTCORE_A_STAT_TARGET, TGTCORE_A_STAT_GROUP,
			    TGTCORE_A_STAT_NUMBER, TGTCORE_A_STAT_SESSION },
};

const struct set set_recent = {
	.name		= "recent",
	.attrs		= recent_attrs,
	.nr		= ARRAY_SIZE(recent_attrs),
	.get		= TGTCORE_CMD_RECENT_GET,
};

const struct set set_alua = {
	.name		= "alua",
	.attrs		= alua_attrs,
	.nr		= ARRAY_SIZE(alua_attrs),
	.get		= TGTCORE_CMD_ALUA_GET,
	.create		= TGTCORE_CMD_ALUA_CREATE,
	.del		= TGTCORE_CMD_ALUA_DELETE,
	.ntf		= TGTCORE_CMD_ALUA_NTF,
	.gone		= TGTCORE_CMD_ALUA_GONE_NTF,
	.generation	= TGTCORE_A_ALUA_GENERATION,
	.force		= TGTCORE_A_ALUA_FORCE,
	.key		= { TGTCORE_A_ALUA_ID },
};

const struct set set_pr = {
	.name		= "pr",
	.attrs		= pr_attrs,
	.nr		= ARRAY_SIZE(pr_attrs),
	.get		= TGTCORE_CMD_PR_GET,
	.ntf		= TGTCORE_CMD_PR_NTF,
	.generation	= TGTCORE_A_PR_GENERATION,
	.key		= { TGTCORE_A_PR_DEVICE, TGTCORE_A_PR_FIRST },
};

static const struct {
	const char *name;
	const struct set *set;
} cmds[] = {
	[TGTCORE_CMD_INFO_GET]		= { "info-get", &set_info },
	[TGTCORE_CMD_DEVICE_CREATE]	= { "device-create", &set_device },
	[TGTCORE_CMD_DEVICE_SET]	= { "device-set", &set_device },
	[TGTCORE_CMD_DEVICE_DELETE]	= { "device-delete", &set_device },
	[TGTCORE_CMD_DEVICE_GET]	= { "device-get", &set_device },
	[TGTCORE_CMD_TARGET_CREATE]	= { "target-create", &set_target },
	[TGTCORE_CMD_TARGET_DELETE]	= { "target-delete", &set_target },
	[TGTCORE_CMD_TARGET_GET]	= { "target-get", &set_target },
	[TGTCORE_CMD_LUN_CREATE]	= { "lun-create", &set_lun },
	[TGTCORE_CMD_LUN_DELETE]	= { "lun-delete", &set_lun },
	[TGTCORE_CMD_LUN_GET]		= { "lun-get", &set_lun },
	[TGTCORE_CMD_GROUP_CREATE]	= { "group-create", &set_group },
	[TGTCORE_CMD_GROUP_DELETE]	= { "group-delete", &set_group },
	[TGTCORE_CMD_GROUP_ADD]		= { "group-add", &set_group },
	[TGTCORE_CMD_GROUP_REMOVE]	= { "group-remove", &set_group },
	[TGTCORE_CMD_GROUP_GET]		= { "group-get", &set_group },
	[TGTCORE_CMD_SESSION_GET]	= { "session-get", &set_session },
	[TGTCORE_CMD_STAT_GET]		= { "stat-get", &set_stat },
	[TGTCORE_CMD_DEVICE_NTF]	= { "device-ntf", &set_device },
	[TGTCORE_CMD_DEVICE_GONE_NTF]	= { "device-gone-ntf", &set_device },
	[TGTCORE_CMD_TARGET_NTF]	= { "target-ntf", &set_target },
	[TGTCORE_CMD_TARGET_GONE_NTF]	= { "target-gone-ntf", &set_target },
	[TGTCORE_CMD_LUN_NTF]		= { "lun-ntf", &set_lun },
	[TGTCORE_CMD_LUN_READY_NTF]	= { "lun-ready-ntf", &set_lun },
	[TGTCORE_CMD_LUN_GONE_NTF]	= { "lun-gone-ntf", &set_lun },
	[TGTCORE_CMD_GROUP_NTF]		= { "group-ntf", &set_group },
	[TGTCORE_CMD_GROUP_GONE_NTF]	= { "group-gone-ntf", &set_group },
	[TGTCORE_CMD_SESSION_NTF]	= { "session-ntf", &set_session },
	[TGTCORE_CMD_SESSION_GONE_NTF]	= { "session-gone-ntf", &set_session },
	[TGTCORE_CMD_DEVICE_ABANDON]	= { "device-abandon", &set_device },
	[TGTCORE_CMD_RECENT_GET]	= { "recent-get", &set_recent },
	[TGTCORE_CMD_ALUA_CREATE]	= { "alua-create", &set_alua },
	[TGTCORE_CMD_ALUA_SET]		= { "alua-set", &set_alua },
	[TGTCORE_CMD_ALUA_DELETE]	= { "alua-delete", &set_alua },
	[TGTCORE_CMD_ALUA_GET]		= { "alua-get", &set_alua },
	[TGTCORE_CMD_ALUA_NTF]		= { "alua-ntf", &set_alua },
	[TGTCORE_CMD_ALUA_GONE_NTF]	= { "alua-gone-ntf", &set_alua },
	[TGTCORE_CMD_PR_GET]		= { "pr-get", &set_pr },
	[TGTCORE_CMD_PR_SET]		= { "pr-set", &set_pr },
	[TGTCORE_CMD_PR_NTF]		= { "pr-ntf", &set_pr },
	[TGTCORE_CMD_LUN_SET]		= { "lun-set", &set_lun },
};

static_assert(ARRAY_SIZE(cmds) == TGTCORE_CMD_MAX + 1, "a command has no row");
static_assert(ARRAY_SIZE(device_attrs) <= SET_ATTR_MAX + 1, "SET_ATTR_MAX is too small");

/* Of a command the tool does not know: NULL. */
const char *cmd_name(u8 cmd)
{
	return cmd < ARRAY_SIZE(cmds) ? cmds[cmd].name : NULL;
}

const struct set *cmd_set(u8 cmd)
{
	return cmd < ARRAY_SIZE(cmds) ? cmds[cmd].set : NULL;
}

/* Number of the attribute, or 0 if the set has none of that name. */
unsigned int attr_by_name(const struct set *set, const char *name, size_t len)
{
	for (unsigned int i = 1; i < set->nr; i++)
		if (set->attrs[i].name && strlen(set->attrs[i].name) == len &&
		    !memcmp(set->attrs[i].name, name, len))
			return i;
	return 0;
}

const char *state_name(u32 state)
{
	static const char *const names[] = {
		[TGTCORE_STATE_CREATING]	= "creating",
		[TGTCORE_STATE_ACTIVE]		= "active",
		[TGTCORE_STATE_DELETING]	= "deleting",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

const char *stage_name(u32 stage)
{
	static const char *const names[] = {
		[TGTCORE_RECENT_ENDED]		= "ended",
		[TGTCORE_RECENT_ACTIVE]		= "active",
		[TGTCORE_RECENT_ABORTING]	= "aborting",
	};

	return stage < ARRAY_SIZE(names) ? names[stage] : "unknown";
}

const char *daemon_name(u32 state)
{
	static const char *const names[] = {
		[TGTCORE_DAEMON_NONE]		= "none",
		[TGTCORE_DAEMON_SERVING]	= "serving",
		[TGTCORE_DAEMON_HANGING]	= "hanging",
		[TGTCORE_DAEMON_DEAD]		= "dead",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}
