/* SPDX-License-Identifier: GPL-2.0 */
/* The simulator's initiator, inside. */
#ifndef VIO_SIM_CLIENT_H
#define VIO_SIM_CLIENT_H

#include <linux/completion.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>
#include "vio_sim.h"

#define CLIENT_CMDS	14		/* SCSI commands at once */
#define CLIENT_SLOTS	(CLIENT_CMDS + 2)
#define CLIENT_SLOT_MAD	CLIENT_CMDS	/* MADs and login, one after the other */
#define CLIENT_SLOT_TMF	(CLIENT_CMDS + 1)
#define CLIENT_RESERVE	2		/* of the request limit, for task management */
#define CLIENT_SEGMENTS	64
#define CLIENT_IU_MAX	256
#define CLIENT_TABLE	512		/* where in a slot's page the rest lies */

enum client_state {
	CLIENT_CLOSED,		/* the server has not answered */
	CLIENT_INFO,		/* it has been asked for adapter info */
	CLIENT_LOGIN,		/* it has been sent a login */
	CLIENT_RUN,
	CLIENT_STOPPED,
};

/**
 * struct client_slot - one IU
 * @page: IU, and at CLIENT_TABLE what it points at; one page
 * @ioba: DMA address of that
 * @scmd: command, or NULL
 * @nr: segments mapped
 * @seg: where
 * @len: how long
 */
struct client_slot {
	u8			*page;
	u64			ioba;
	struct scsi_cmnd	*scmd;
	u32			nr;
	u64			seg[CLIENT_SEGMENTS];
	u32			len[CLIENT_SEGMENTS];
};

/**
 * struct sim_client - an initiator, from sim_client_start() to sim_client_stop()
 * @adapter: whose client end it is
 * @shost: SCSI host
 * @crq: queue, one page
 * @crq_ioba: its DMA address
 * @get: next element to be looked at
 * @wq: where @work runs, one at a time
 * @work: takes elements, connects and reconnects
 * @reset: the connection is to be made anew
 * @lock: all below
 * @state: of the connection
 * @credit: requests the server will take
 * @gen: counts connections; a part of tags
 * @slot: IUs
 * @tmf: completed with the answer to a task management function
 * @tmf_result: that answer
 */
struct sim_client {
	struct sim_adapter	*adapter;
	struct Scsi_Host	*shost;
	u8			*crq;
	u64			crq_ioba;
	u32			get;
	struct workqueue_struct	*wq;
	struct work_struct	work;
	bool			reset;
	spinlock_t		lock;	/* all below */
	enum client_state	state;
	int			credit;
	u32			gen;
	struct client_slot	slot[CLIENT_SLOTS];
	struct completion	tmf;
	int			tmf_result;
};

/* client_io.c */
extern struct scsi_host_template client_template;
void client_rsp(struct sim_client *c, u8 crq_status, u64 tag);
void client_fail_all(struct sim_client *c);

/* client.c */
long client_send(struct sim_client *c, unsigned int slot, u8 format, u16 len);
void client_reset(struct sim_client *c);

#endif
