/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tgtcore

#if !defined(_TGTCORE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TGTCORE_TRACE_H

#include <linux/tracepoint.h>
#include "core.h"

#define TGT_TRACE_CDB	16

/* A command at a point of its way. */
DECLARE_EVENT_CLASS(tgt_cmd,
	TP_PROTO(struct tgt_cmd *cmd),
	TP_ARGS(cmd),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(s32, lun)
		__field(u64, tag)
		__field(u32, data_len)
		__field(u32, len)
		__field(u32, residual)
		__field(u8, status)
		__field(u8, flags)
		__field(u8, cdb_len)
		__array(u8, cdb, TGT_TRACE_CDB)
	),
	TP_fast_assign(
		__entry->session = cmd->sess->id;
		__entry->lun = cmd->itl ? (s32)cmd->itl->number : -1;
		__entry->tag = cmd->tag;
		__entry->data_len = cmd->data_len;
		__entry->len = cmd->len;
		__entry->residual = cmd->residual;
		__entry->status = cmd->status;
		__entry->flags = cmd->flags;
		__entry->cdb_len = min_t(u16, cmd->cdb_len, TGT_TRACE_CDB);
		memset(__entry->cdb, 0, TGT_TRACE_CDB);
		memcpy(__entry->cdb, cmd->cdb, __entry->cdb_len);
	),
	TP_printk("session=%u lun=%d tag=0x%llx expect=%u len=%u residual=%u status=0x%02x flags=0x%02x cdb=%s",
		  __entry->session, __entry->lun, __entry->tag, __entry->data_len,
		  __entry->len, __entry->residual, __entry->status, __entry->flags,
		  __print_hex(__entry->cdb, __entry->cdb_len))
);

/* The engine got it from the fabric. */
DEFINE_EVENT(tgt_cmd, tgt_cmd_receive, TP_PROTO(struct tgt_cmd *cmd), TP_ARGS(cmd));
/* It goes to the backend. */
DEFINE_EVENT(tgt_cmd, tgt_cmd_submit, TP_PROTO(struct tgt_cmd *cmd), TP_ARGS(cmd));
/* Its answer is final. */
DEFINE_EVENT(tgt_cmd, tgt_cmd_complete, TP_PROTO(struct tgt_cmd *cmd), TP_ARGS(cmd));
/* A task management function marked it. */
DEFINE_EVENT(tgt_cmd, tgt_cmd_abort, TP_PROTO(struct tgt_cmd *cmd), TP_ARGS(cmd));
/* It was taken from its backend at the deadline. */
DEFINE_EVENT(tgt_cmd, tgt_cmd_detach, TP_PROTO(struct tgt_cmd *cmd), TP_ARGS(cmd));

/* A task management function; its response counts at the end. */
DECLARE_EVENT_CLASS(tgt_tmf,
	TP_PROTO(struct tgt_tmf *tmf),
	TP_ARGS(tmf),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(s32, lun)
		__field(u64, tag)
		__field(u8, function)
		__field(u8, response)
	),
	TP_fast_assign(
		__entry->session = tmf->sess->id;
		__entry->lun = tgt_lun_decode(&tmf->lun);
		__entry->tag = tmf->tag;
		__entry->function = tmf->function;
		__entry->response = tmf->response;
	),
	TP_printk("session=%u lun=%d tag=0x%llx function=%u response=%u", __entry->session,
		  __entry->lun, __entry->tag, __entry->function, __entry->response)
);

DEFINE_EVENT(tgt_tmf, tgt_tmf_begin, TP_PROTO(struct tgt_tmf *tmf), TP_ARGS(tmf));
/* The engine's answer. That of a handler of its own is for the handler to trace. */
DEFINE_EVENT(tgt_tmf, tgt_tmf_end, TP_PROTO(struct tgt_tmf *tmf), TP_ARGS(tmf));

/* begin, group (it sees another LUN map now), end, gone */
TRACE_EVENT(tgt_session,
	TP_PROTO(struct tgt_session *sess, const char *what),
	TP_ARGS(sess, what),
	TP_STRUCT__entry(
		__field(u32, session)
		__string(fabric, sess->target->fops->name)
		__string(target, sess->target->name)
		__string(group, sess->group->name)
		__string(initiator, sess->initiator)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->session = sess->id;
		tgt_assign_str(fabric, sess->target->fops->name);
		tgt_assign_str(target, sess->target->name);
		tgt_assign_str(group, sess->group->name);
		tgt_assign_str(initiator, sess->initiator);
		tgt_assign_str(what, what);
	),
	TP_printk("session=%u target=%s:%s group=%s initiator=%s %s", __entry->session,
		  __get_str(fabric), __get_str(target), __get_str(group), __get_str(initiator),
		  __get_str(what))
);

/* begin, kill (takes no more commands), drained (has none), end */
TRACE_EVENT(tgt_nexus,
	TP_PROTO(struct tgt_itl *itl, const char *what),
	TP_ARGS(itl, what),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, lun)
		__string(initiator, itl->sess->initiator)
		__string(device, itl->dev->name)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->session = itl->sess->id;
		__entry->lun = itl->number;
		tgt_assign_str(initiator, itl->sess->initiator);
		tgt_assign_str(device, itl->dev->name);
		tgt_assign_str(what, what);
	),
	TP_printk("session=%u lun=%u initiator=%s device=%s %s", __entry->session, __entry->lun,
		  __get_str(initiator), __get_str(device), __get_str(what))
);

#define tgt_show_gate(g)								\
	__print_flags(g, "|", { TGT_GATE_UA, "ua" }, { TGT_GATE_RO, "readonly" },	\
		      { TGT_GATE_STOPPED, "stopped" }, { TGT_GATE_RAW, "raw" },		\
		      { TGT_GATE_FENCED, "fenced" }, { TGT_GATE_PR_READ, "pr-read" },	\
		      { TGT_GATE_PR_WRITE, "pr-write" }, { TGT_GATE_ALUA, "alua" },	\
		      { TGT_GATE_TASKS, "tasks" }, { TGT_GATE_WIPE, "wipe" },	\
		      { TGT_GATE_RESERVED, "reserved" }, { TGT_GATE_PI, "pi" }, \
		      { TGT_GATE_TOKEN, "token" }, { TGT_GATE_GUARD, "guard" })

/* The gate word, or the unit attentions behind it, are so now. */
TRACE_EVENT(tgt_gate,
	TP_PROTO(struct tgt_itl *itl),
	TP_ARGS(itl),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, lun)
		__field(unsigned long, gate)
		__field(unsigned long, ua)
	),
	TP_fast_assign(
		__entry->session = itl->sess->id;
		__entry->lun = itl->number;
		__entry->gate = itl->gate;
		__entry->ua = itl->ua;
	),
	TP_printk("session=%u lun=%u gate=%s ua=0x%lx", __entry->session, __entry->lun,
		  tgt_show_gate(__entry->gate), __entry->ua)
);

/* Beyond &enum tgt_state: the name, or the number, is free. */
#define TGT_TRACE_GONE	(TGT_DELETING + 1)

#define tgt_show_state(s)								\
	__print_symbolic(s, { TGT_CREATING, "creating" }, { TGT_ACTIVE, "active" },	\
			 { TGT_DELETING, "deleting" }, { TGT_TRACE_GONE, "gone" })

TRACE_EVENT(tgt_device_state,
	TP_PROTO(struct tgt_device *dev, int state),
	TP_ARGS(dev, state),
	TP_STRUCT__entry(
		__string(name, dev->name)
		__field(int, state)
	),
	TP_fast_assign(
		tgt_assign_str(name, dev->name);
		__entry->state = state;
	),
	TP_printk("device=%s %s", __get_str(name), tgt_show_state(__entry->state))
);

TRACE_EVENT(tgt_device_fence,
	TP_PROTO(struct tgt_device *dev, u32 remainders),
	TP_ARGS(dev, remainders),
	TP_STRUCT__entry(
		__string(name, dev->name)
		__field(u32, remainders)
	),
	TP_fast_assign(
		tgt_assign_str(name, dev->name);
		__entry->remainders = remainders;
	),
	TP_printk("device=%s remainders=%u", __get_str(name), __entry->remainders)
);

/* begin, done, failed */
TRACE_EVENT(tgt_device_resize,
	TP_PROTO(struct tgt_device *dev, u64 size, const char *what),
	TP_ARGS(dev, size, what),
	TP_STRUCT__entry(
		__string(name, dev->name)
		__field(u64, size)
		__string(what, what)
	),
	TP_fast_assign(
		tgt_assign_str(name, dev->name);
		__entry->size = size;
		tgt_assign_str(what, what);
	),
	TP_printk("device=%s size=%llu %s", __get_str(name), __entry->size, __get_str(what))
);

TRACE_EVENT(tgt_target_state,
	TP_PROTO(struct tgt_target *target, int state),
	TP_ARGS(target, state),
	TP_STRUCT__entry(
		__string(fabric, target->fops->name)
		__string(name, target->name)
		__field(int, state)
	),
	TP_fast_assign(
		tgt_assign_str(fabric, target->fops->name);
		tgt_assign_str(name, target->name);
		__entry->state = state;
	),
	TP_printk("target=%s:%s %s", __get_str(fabric), __get_str(name),
		  tgt_show_state(__entry->state))
);

/* create, add, remove, delete, gone */
TRACE_EVENT(tgt_group,
	TP_PROTO(struct tgt_group *group, const char *initiator, const char *what),
	TP_ARGS(group, initiator, what),
	TP_STRUCT__entry(
		__string(fabric, group->target->fops->name)
		__string(target, group->target->name)
		__string(name, group->name)
		__string(initiator, initiator)
		__string(what, what)
	),
	TP_fast_assign(
		tgt_assign_str(fabric, group->target->fops->name);
		tgt_assign_str(target, group->target->name);
		tgt_assign_str(name, group->name);
		tgt_assign_str(initiator, initiator);
		tgt_assign_str(what, what);
	),
	TP_printk("target=%s:%s group=%s initiator=%s %s", __get_str(fabric), __get_str(target),
		  __get_str(name), __get_str(initiator), __get_str(what))
);

TRACE_EVENT(tgt_lun_state,
	TP_PROTO(struct tgt_lun *lun, int state),
	TP_ARGS(lun, state),
	TP_STRUCT__entry(
		__string(fabric, lun->group->target->fops->name)
		__string(target, lun->group->target->name)
		__string(group, lun->group->name)
		__string(device, lun->dev->name)
		__field(u32, lun)
		__field(int, state)
	),
	TP_fast_assign(
		tgt_assign_str(fabric, lun->group->target->fops->name);
		tgt_assign_str(target, lun->group->target->name);
		tgt_assign_str(group, lun->group->name);
		tgt_assign_str(device, lun->dev->name);
		__entry->lun = lun->number;
		__entry->state = state;
	),
	TP_printk("target=%s:%s group=%s lun=%u device=%s %s", __get_str(fabric),
		  __get_str(target), __get_str(group), __entry->lun, __get_str(device),
		  tgt_show_state(__entry->state))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../../core
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
