/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ibmvstgt.ko, inside.
 *
 *   adapter   by its vio device, from probe to remove
 *   IU        by its adapter; it is one request as long as somebody counts on it
 *   nexus     from a login to the loss of the client, begun and ended by the worker
 */
#ifndef _IBMVSTGT_H
#define _IBMVSTGT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <asm/hvcall.h>
#include <asm/vio.h>
#include <scsi/viosrp.h>
#include <tgtcore/tgtcore.h>
#include "../srp_desc.h"

#define VST_LIMIT	16		/* requests a client may have out */
#define VST_IUS		(2 * VST_LIMIT + 4)	/* also those of a client before, and MADs */
#define VST_GONE	8		/* nexuses that a daemon may still have */
#define VST_MAX_SECTORS	256
#define VST_MAX_DATA	(VST_MAX_SECTORS << 9)
#define VST_LIST_MAX	128		/* descriptors of a list in the client's memory */
#define VST_BUF_SIZE	(SRP_MAX_IU_LEN + VST_LIST_MAX * SRP_DESC_SIZE)

#define VST_RSP_OK	0		/* response codes of task management, SRP 6.9 */
#define VST_RSP_NO_SUCH	4
#define VST_RSP_FAILED	5

struct vst_adapter;
struct stgt_scsi_cmnd;

/**
 * struct vst_gone - a nexus that has ended, and whose address is not to be another's
 * @rport: port, on which there is a reference; NULL: none
 * @again: the daemon has commands of it: jiffies when it is to be told once more, or 0; a->lock
 */
struct vst_gone {
	struct srp_rport	*rport;
	unsigned long		again;
};

/**
 * struct vst_iu - one request of the client, then the answer to it
 * @node: in adapter->free or adapter->unsent
 * @a: adapter
 * @buf: the IU, and behind it a list of descriptors of the client's; DMA memory
 * @dma: address of @buf
 * @remote: where it lies in the client's memory
 * @len: its bytes
 * @format: of the element that told of it
 * @live: a command that a server may have, and task management finds; a->lock
 * @is_tmf: task management that a daemon has; a->lock
 * @engine: the engine has it, or had
 * @counted: it takes one of the request limit
 * @refs: who counts on it; 0: free; a->lock
 * @gen: connection it came by
 * @tag: the client's
 * @number: what a daemon calls it: no other of this adapter ever had it
 * @desc: where its data is
 * @crq: the answer's element
 * @data: for the engine's commands, VST_MAX_DATA bytes, or NULL
 * @data_dma: address of @data
 * @sg: the same
 * @cmd: the engine's
 * @tmf: the engine's
 * @aborting: what @tmf is to abort, or NULL
 * @sense: of @cmd
 */
struct vst_iu {
	struct list_head	node;
	struct vst_adapter	*a;
	u8			*buf;
	dma_addr_t		dma;
	u64			remote;
	u16			len;
	u8			format;
	bool			live;
	bool			is_tmf;
	bool			engine;
	bool			counted;
	unsigned int		refs;
	u32			gen;
	u64			tag;
	u64			number;
	struct srp_desc		desc;
	u64			crq[2];
	void			*data;
	dma_addr_t		data_dma;
	struct scatterlist	sg;
	struct tgt_cmd		cmd;
	struct tgt_tmf		tmf;
	struct vst_iu		*aborting;
	u8			sense[TGT_SENSE_LEN];
};

/**
 * struct vst_server - who executes what an adapter's client wants; called by its worker
 * @login: a nexus begins; 0 or an errno
 * @logout: it ends; no response goes out any more
 * @cmd: a command, whose IU is live
 * @tmf: a function, SRP_TSK_*
 */
struct vst_server {
	int	(*login)(struct vst_adapter *a);
	void	(*logout)(struct vst_adapter *a);
	void	(*cmd)(struct vst_iu *iu);
	void	(*tmf)(struct vst_iu *iu, u8 function, u64 task, const struct scsi_lun *lun);
};

/**
 * struct vst_adapter - a virtual SCSI server adapter
 * @node: in vst_adapters
 * @vdev: device
 * @liobn: our DMA window
 * @riobn: the client's
 * @crq: queue, one page
 * @crq_dma: its DMA address
 * @cur: next element to be looked at
 * @work: the worker
 * @again: the same in a while
 * @mutex: the worker, and whoever changes what it works on: all that follows
 * @server: who executes
 * @target: of the engine, or NULL
 * @sess: nexus of the engine
 * @rport: nexus of the daemon
 * @gone: those before it, the latest first
 * @numbers: IUs that a daemon got so far
 * @logged_in: there is a nexus
 * @open: there is a queue
 * @going: the device is
 * @fast_fail: the client wants to hear of broken disks through the element
 * @lock: all that follows
 * @free: IUs
 * @nr_free: how many
 * @unsent: answers that found the client's queue full
 * @gen: counts connections: what came by another is not answered
 * @limit: requests the client may have out
 * @debit: it has
 * @owed: of those ended without an answer
 * @moving: commands whose data or answer is on its way to the client
 * @broken: the client must be disconnected
 * @known: number of the daemon that has said that it knows the nexus, or 0
 * @functions: task management of the engine's
 * @announced: jiffies when it was last told
 * @idle: woken when an IU becomes free, nothing is moving, or no function is left
 * @shost: SCSI host that a daemon binds
 * @iu: all IUs
 */
struct vst_adapter {
	struct list_head	node;
	struct vio_dev		*vdev;
	u32			liobn;
	u32			riobn;
	struct viosrp_crq	*crq;
	dma_addr_t		crq_dma;
	u32			cur;
	struct work_struct	work;
	struct delayed_work	again;

	struct mutex		mutex;	/* the worker's: all that follows */
	const struct vst_server	*server;
	struct tgt_target	*target;
	struct tgt_session	*sess;
	struct srp_rport	*rport;
	struct vst_gone		gone[VST_GONE];
	u64			numbers;
	bool			logged_in;
	bool			open;
	bool			going;
	bool			fast_fail;

	spinlock_t		lock;	/* all that follows */
	struct list_head	free;
	unsigned int		nr_free;
	struct list_head	unsent;
	u32			gen;
	u32			limit;
	u32			debit;
	u32			owed;
	u32			moving;
	bool			broken;
	u32			known;
	unsigned int		functions;
	unsigned long		announced;
	wait_queue_head_t	idle;
	struct Scsi_Host	*shost;
	struct vst_iu		iu[VST_IUS];
};

#define vst_err(a, fmt, ...) \
	pr_warn_ratelimited("ibmvstgt: %x: " fmt, (a)->vdev->unit_address, ##__VA_ARGS__)

extern struct workqueue_struct *vst_wq;
extern struct list_head vst_adapters;
extern struct mutex vst_adapters_mutex;

/* main.c */
extern char vst_system_id[64];
extern char vst_partition_name[97];
extern unsigned int vst_partition_number;

/* crq.c */
int vst_crq_create(struct vst_adapter *a);
void vst_crq_destroy(struct vst_adapter *a);
void vst_crq_reset(struct vst_adapter *a);
long vst_crq_send(struct vst_adapter *a, u64 high, u64 low);
void vst_break(struct vst_adapter *a, const char *why);
void vst_break_later(struct vst_adapter *a);
void vst_work(struct work_struct *work);
void vst_again(struct work_struct *work);

/* iu.c */
int vst_ius_alloc(struct vst_adapter *a);
void vst_ius_free(struct vst_adapter *a);
struct vst_iu *vst_iu_get(struct vst_adapter *a);
struct vst_iu *vst_iu_find(struct vst_adapter *a, u64 tag);
void vst_iu_put(struct vst_iu *iu);
bool vst_iu_fetch(struct vst_iu *iu, const struct viosrp_crq *crq);
int vst_copy(struct vst_adapter *a, dma_addr_t dma, u64 remote, u32 len, bool out);
int vst_move(struct vst_iu *iu, struct scatterlist *sgl, u32 len);
void vst_reply(struct vst_iu *iu, u16 len, u8 crq_status);
void vst_resend(struct vst_adapter *a);
void vst_end(struct vst_iu *iu);
bool vst_moving_begin(struct vst_iu *iu);
void vst_moving_end(struct vst_adapter *a);

/* mad.c */
void vst_mad(struct vst_iu *iu);

/* srp.c */
void vst_srp(struct vst_iu *iu);
void vst_logout(struct vst_adapter *a);
void vst_rsp(struct vst_iu *iu, u8 status, const u8 *sense, u32 sense_len, s64 residual);
void vst_rsp_sense(struct vst_iu *iu, u8 key, u8 asc, u8 ascq);
void vst_rsp_tmf(struct vst_iu *iu, u8 code);

/* daemon.c */
extern const struct vst_server vst_daemon;
int vst_daemon_init(void);
void vst_daemon_exit(void);
struct Scsi_Host *vst_host_alloc(struct vst_adapter *a);
int vst_host_add(struct vst_adapter *a);
void vst_host_remove(struct vst_adapter *a);
void vst_daemon_announce(struct vst_adapter *a);

/* engine.c */
extern const struct vst_server vst_engine;
int vst_engine_init(void);
void vst_engine_exit(void);
void vst_engine_detach(struct vst_adapter *a);

#endif
