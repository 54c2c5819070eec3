/* SPDX-License-Identifier: GPL-2.0 */
/* Beside the engine's in events/tgtcore: what happens between it and a daemon. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tgtcore

#if !defined(_STGT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _STGT_TRACE_H

#include <linux/tracepoint.h>
#include "stgt.h"

/* open, close */
TRACE_EVENT(stgt_daemon,
	TP_PROTO(int openers, const char *what),
	TP_ARGS(openers, what),
	TP_STRUCT__entry(
		__field(int, openers)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->openers = openers;
		tgt_assign_str(what, what);
	),
	TP_printk("openers=%d %s", __entry->openers, __get_str(what))
);

/* full (the first event waits for a slot), refused (one that may not), drained (none waits) */
TRACE_EVENT(stgt_ring,
	TP_PROTO(u32 type, u32 waiting, const char *what),
	TP_ARGS(type, waiting, what),
	TP_STRUCT__entry(
		__field(u32, type)
		__field(u32, waiting)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->type = type;
		__entry->waiting = waiting;
		tgt_assign_str(what, what);
	),
	TP_printk("type=%u waiting=%u %s", __entry->type, __entry->waiting, __get_str(what))
);

/* add, del */
TRACE_EVENT(stgt_host,
	TP_PROTO(struct stgt_host *host, const char *what),
	TP_ARGS(host, what),
	TP_STRUCT__entry(
		__field(u32, host)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->host = host->number;
		tgt_assign_str(what, what);
	),
	TP_printk("host=%u %s", __entry->host, __get_str(what))
);

TRACE_EVENT(stgt_nexus_state,
	TP_PROTO(struct stgt_nexus *nexus, int state),
	TP_ARGS(nexus, state),
	TP_STRUCT__entry(
		__field(u32, host)
		__field(u64, itn)
		__string(initiator, nexus->name)
		__field(int, state)
	),
	TP_fast_assign(
		__entry->host = nexus->host->number;
		__entry->itn = nexus->itn;
		tgt_assign_str(initiator, nexus->name);
		__entry->state = state;
	),
	TP_printk("host=%u itn=0x%llx initiator=%s %s", __entry->host, __entry->itn,
		  __get_str(initiator),
		  __print_symbolic(__entry->state, { STGT_NEXUS_WAITING, "waiting" },
				   { STGT_NEXUS_BOUND, "bound" }, { STGT_NEXUS_HUNG, "hung" },
				   { STGT_NEXUS_GONE, "gone" }))
);

/* A command ends without the daemon's answer. */
TRACE_EVENT(stgt_cmd_lost,
	TP_PROTO(struct stgt_cmd *cmd, int why),
	TP_ARGS(cmd, why),
	TP_STRUCT__entry(
		__field(u32, host)
		__field(u64, itn)
		__field(u64, tag)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->host = cmd->host->number;
		__entry->itn = cmd->itn;
		__entry->tag = cmd->tag;
		__entry->why = why;
	),
	TP_printk("host=%u itn=0x%llx tag=0x%llx %s", __entry->host, __entry->itn, __entry->tag,
		  __print_symbolic(__entry->why, { STGT_NO_DAEMON, "no daemon" },
				   { STGT_NO_HOST, "no host" }, { STGT_ABORTED, "aborted" },
				   { STGT_TIMED_OUT, "timed out" }))
);

/* sent, answered, end */
TRACE_EVENT(stgt_tmf,
	TP_PROTO(struct stgt_nexus *nexus, struct tgt_tmf *tmf, const char *what),
	TP_ARGS(nexus, tmf, what),
	TP_STRUCT__entry(
		__field(u32, host)
		__field(u64, itn)
		__field(u8, function)
		__field(u8, response)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->host = nexus->host->number;
		__entry->itn = nexus->itn;
		__entry->function = tmf->function;
		__entry->response = tmf->response;
		tgt_assign_str(what, what);
	),
	TP_printk("host=%u itn=0x%llx function=%u response=%u %s", __entry->host, __entry->itn,
		  __entry->function, __entry->response, __get_str(what))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../../compat
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
