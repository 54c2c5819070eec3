/* SPDX-License-Identifier: GPL-2.0 */
/* lld_probe, inside. */
#ifndef LLD_PROBE_INSIDE_H
#define LLD_PROBE_INSIDE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <scsi/scsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_tgt.h>
#include <scsi/scsi_transport_srp.h>
#include "lld_probe.h"

struct stress_slot;

/**
 * struct probe_cmd - a command of ours, in cmd->SCp.ptr
 * @node: in probe.outstanding
 * @cmd: scsi_tgt's part
 * @done: set while the answer is kept back
 * @refused: we were too busy: scsi_tgt asks again, or with strict=1 has forgotten the command,
 *	so it is not ours to end before the host is gone
 * @slot: of a stress run; such commands are on no list and in no record
 * @shost: host
 * @itn_id: as queued
 * @tag: as queued
 * @payload: what the initiator writes
 * @payload_len: its length
 */
struct probe_cmd {
	struct list_head	node;
	struct scsi_cmnd	*cmd;
	void			(*done)(struct scsi_cmnd *cmd);
	bool			refused;
	struct stress_slot	*slot;
	struct Scsi_Host	*shost;
	u64			itn_id;
	u64			tag;
	u8			*payload;
	u32			payload_len;
};

#define PROBE_RECORDS_MAX 8192

struct probe_record {
	struct list_head	node;
	struct lld_record	r;
};

/**
 * struct probe - everything
 * @lock: all below it; callbacks come from anywhere
 * @outstanding: struct probe_cmd
 * @records: struct probe_record, oldest first
 * @unloading: say in the kernel's log what is aborted
 */
struct probe {
	struct Scsi_Host	*shost[LLD_NR_HOSTS];
	struct srp_rport	*rport;

	spinlock_t		lock;	/* all below */
	struct list_head	outstanding;
	struct list_head	records;
	struct lld_state	state;
	bool			defer;
	bool			unloading;
	u32			busy;
	u32			busy_how;
	int			abort_rc;
	int			rsp_rc;
};

extern struct probe probe;

int probe_queue_cmd(struct lld_cmd *arg);
int probe_set(struct lld_set *arg);
int probe_log_get(struct lld_record *r);
void probe_release_kept(bool refused);
void probe_forget_all(void);

int probe_transfer_response(struct scsi_cmnd *cmd, void (*done)(struct scsi_cmnd *cmd));
int probe_eh_abort_handler(struct scsi_cmnd *cmd);
int probe_tsk_mgmt_response(struct Scsi_Host *shost, u64 itn_id, u64 mid, int result);
int probe_it_nexus_response(struct Scsi_Host *shost, u64 itn_id, int result);

int stress_run(struct lld_stress *arg);
void stress_answer(struct probe_cmd *pc);
void stress_abort(struct probe_cmd *pc);
void stress_free_all(void);

#endif
