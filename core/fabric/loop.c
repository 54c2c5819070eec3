// SPDX-License-Identifier: GPL-2.0
/*
 * Fabric "loop": a local SCSI host per target. Initiator and target are this machine, so
 * a command runs from queuecommand to completion on the CPU that submitted it, in the
 * memory the midlayer gave it: the engine's command is the private area of the scsi_cmnd,
 * the I_T_L nexus hangs from sdev->hostdata.
 *
 * With guard= the midlayer may bring protection information, in a scatterlist beside the data.
 * It is for the asking, as each command then has room for one, protected disk or not. There is
 * no DIX type 0: unprotected disks are to stay as fast as they are.
 *
 * Hardware queues: one per CPU, then poll queues (poll-queues=). Completions of polled
 * commands wait in their queue's list for ->mq_poll().
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/error-injection.h>
#include <linux/llist.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_eh.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_tcq.h>
#include <tgtcore/kcompat.h>
#include <tgtcore/tgtcore.h>
#include "loop.h"

#define LOOP_CAN_QUEUE		256	/* commands per hardware queue */
#define LOOP_LUN_QUEUE		128	/* depth a disk starts with */
#define LOOP_MAX_SECTORS	2048	/* 1 MiB a command */
#define LOOP_MAX_SEGMENTS	1024
#define LOOP_DMA_ALIGN		511	/* what every backend can take without a copy */
#define LOOP_UNBIND		64	/* disks of a host that sd lets go of at once */

struct loop_cmd {
	struct tgt_cmd		cmd;
	struct llist_node	node;
};

static const struct tgt_option_desc loop_options[] = {
	{ .name = "poll-queues", .type = TGT_OPT_U32, .max = 64 },
	{ .name = "can-queue", .type = TGT_OPT_U32, .min = 1, .max = 4096 },
	{ .name = "guard", .type = TGT_OPT_STRING, .min = 2, .max = 3 },
	{ }
};

static struct scsi_cmnd *loop_scmd(struct loop_cmd *lc)
{
	return (struct scsi_cmnd *)lc - 1;
}

/* ---- commands ------------------------------------------------------------------------ */

/*
 * Status and sense are in the scsi_cmnd's own buffer; the rest is put where it looks. To it what is
 * left of the buffer is the residual, and nothing else.
 */
static void loop_fill_result(struct scsi_cmnd *scmd, struct tgt_cmd *cmd)
{
	scmd->result = cmd->status;
	if (unlikely(cmd->residual))
		scsi_set_resid(scmd, cmd->flags & TGT_CMD_OVERFLOW ?
				     cmd->data_len - tgt_cmd_moved(cmd) : cmd->residual);
	if (unlikely(cmd->flags & TGT_CMD_TASK_ABORTED && !(cmd->flags & TGT_CMD_OTHER_NEXUS)))
		set_host_byte(scmd, DID_RESET);	/* by our own reset: try again */
}

/* A polled command waits for the poller. */
static void loop_response(struct tgt_cmd *cmd)
{
	struct loop_cmd *lc = container_of(cmd, struct loop_cmd, cmd);
	struct scsi_cmnd *scmd = loop_scmd(lc);
	struct request *rq = scsi_cmd_to_rq(scmd);
	struct loop_host *host;

	loop_fill_result(scmd, cmd);
	if (unlikely(rq->cmd_flags & REQ_POLLED && rq->mq_hctx->type == HCTX_TYPE_POLL)) {
		host = loop_host(scmd->device->host);
		llist_add(&lc->node, &host->polled[rq->mq_hctx->queue_num - nr_cpu_ids]);
		return;
	}
	scsi_done(scmd);
}

/* Under RCU for loop_tmf(). */
static int loop_poll(struct Scsi_Host *shost, unsigned int queue)
{
	struct loop_host *host = loop_host(shost);
	struct loop_cmd *lc, *next;
	struct llist_node *list;
	int n = 0;

	rcu_read_lock();
	list = llist_reverse_order(llist_del_all(&host->polled[queue - nr_cpu_ids]));
	llist_for_each_entry_safe(lc, next, list, node) {
		scsi_done_direct(loop_scmd(lc));
		n++;
	}
	rcu_read_unlock();
	return n;
}

static u8 loop_task_attr(const struct scsi_cmnd *scmd)
{
	return scmd->device->tagged_supported ? SIMPLE_QUEUE_TAG : 0;
}

static int loop_queuecommand(struct Scsi_Host *shost, struct scsi_cmnd *scmd)
{
	struct loop_cmd *lc = scsi_cmd_priv(scmd);
	struct scsi_device *sdev = scmd->device;
	struct tgt_cmd *cmd = &lc->cmd;

	cmd->sess = loop_host(shost)->sess;
	cmd->itl = sdev->hostdata;
	if (unlikely(!cmd->itl))
		int_to_scsilun(sdev->lun, &cmd->lun);
	cmd->cdb = scmd->cmnd;
	cmd->cdb_len = scmd->cmd_len;
	cmd->sgl = scsi_sglist(scmd);
	cmd->sgl_nents = scsi_sg_count(scmd);
	cmd->data_len = scsi_bufflen(scmd);
	cmd->sense = scmd->sense_buffer;
	cmd->tag = scsi_cmd_to_rq(scmd)->tag;
	cmd->task_attr = loop_task_attr(scmd);
	cmd->dir = scmd->sc_data_direction == DMA_TO_DEVICE ? TGT_DIR_OUT :
		   scmd->sc_data_direction == DMA_FROM_DEVICE ? TGT_DIR_IN : TGT_DIR_NONE;
	tgt_cmd_submit(cmd);
	return 0;
}

/* Commands that are not the midlayer's own (SG_IO) have it with their data, as on a wire. */
static bool loop_prot(struct tgt_cmd *cmd, struct tgt_prot *prot)
{
	struct scsi_cmnd *scmd = loop_scmd(container_of(cmd, struct loop_cmd, cmd));

	if (scsi_get_prot_op(scmd) == SCSI_PROT_NORMAL)
		return false;
	prot->sgl = scsi_prot_sg_count(scmd) ? scsi_prot_sglist(scmd) : NULL;
	prot->nents = scsi_prot_sg_count(scmd);
	prot->ip = scmd->prot_flags & SCSI_PROT_IP_CHECKSUM;
	return true;
}

/* Our private area keeps no state between commands but what the engine owns. */
static int loop_init_cmd(struct Scsi_Host *shost, struct scsi_cmnd *scmd)
{
	memset(scsi_cmd_priv(scmd), 0, sizeof(struct loop_cmd));
	return 0;
}

struct loop_iter {
	void			(*fn)(struct tgt_cmd *cmd, void *data);
	void			*data;
};

static bool loop_iter_one(struct scsi_cmnd *scmd, void *data)
{
	struct loop_iter *it = data;

	it->fn(scsi_cmd_priv(scmd), it->data);
	return true;
}

/* Holding the request, the tag set iterator keeps a scsi_cmnd the same command. */
static void loop_iter(struct tgt_session *sess, void (*fn)(struct tgt_cmd *cmd, void *data),
		      void *data)
{
	struct loop_host *host = sess->fabric_priv;
	struct loop_iter it = { .fn = fn, .data = data };

	mutex_lock(&host->iter_lock);
	if (!host->drained)
		scsi_host_busy_iter(host->shost, loop_iter_one, &it);
	mutex_unlock(&host->iter_lock);
}

/*
 * Whether task management ends a command, whatever has it: a handler or backend that executes
 * commands itself forgets them when it is told to. The gate word needs no device, which may
 * have gone.
 */
static bool loop_ends_at_tmf(struct scsi_device *sdev)
{
	struct tgt_itl *itl = sdev->hostdata;

	return loop_host(sdev->host)->target->handler->own_luns ||
	       (itl && READ_ONCE(itl->gate) & TGT_GATE_RAW);
}

/*
 * The memory of a command is the initiator's, so it may not be given back while a backend
 * can reach it: a command that takes long is waited for, never taken away, unless task
 * management can end it for sure.
 */
static tgt_scsi_timeout_t loop_timed_out(struct scsi_cmnd *scmd)
{
	if (loop_ends_at_tmf(scmd->device))
		return TGT_SCSI_RECOVER;
	scmd_printk(KERN_WARNING, scmd, "tgtcore_loop: still with the backend, waiting\n");
	return TGT_SCSI_RESET_TIMER;
}

/*
 * After it the midlayer takes commands that have ended, also those that wait for their poller:
 * so none may be in its list, or in its hands.
 */
static int loop_tmf(struct scsi_device *sdev, u8 function, struct tgt_cmd *cmd)
{
	struct loop_host *host = loop_host(sdev->host);
	struct scsi_lun lun;
	unsigned int i;
	u8 response;

	int_to_scsilun(sdev->lun, &lun);
	response = tgt_tmf_sync(host->sess, &lun, function, cmd, cmd ? cmd->tag : 0);
	for (i = 0; i < host->nr_poll; i++)
		loop_poll(sdev->host, nr_cpu_ids + i);
	if (host->nr_poll)
		synchronize_rcu();
	return response == TGT_TMF_COMPLETE ? SUCCESS : FAILED;
}

/* For one command, the other LUNs of the host need not stop. */
static int loop_abort(struct scsi_cmnd *scmd)
{
	struct loop_cmd *lc = scsi_cmd_priv(scmd);

	if (!loop_ends_at_tmf(scmd->device))
		return FAILED;
	return loop_tmf(scmd->device, TGT_TMF_ABORT_TASK, &lc->cmd);
}

static int loop_reset_lun(struct scsi_cmnd *scmd)
{
	return loop_tmf(scmd->device, TGT_TMF_LUN_RESET, NULL);
}

/* ---- disks ----------------------------------------------------------------------------- */

/*
 * A flush of a disk of ours may end within the end of the lower disk's flush, under that one's
 * lock of the same name: always in this order, for no disk of ours is below another.
 */
static void loop_nest_flushes(struct request_queue *q)
{
	static struct lock_class_key key;
	struct blk_mq_hw_ctx *hctx;
	unsigned long i;

	queue_for_each_hw_ctx(q, hctx, i)
		blk_mq_hctx_set_fq_lock_class(hctx, &key);
}

static int loop_slave_alloc(struct scsi_device *sdev)
{
	struct scsi_lun lun;
	int number;

	int_to_scsilun(sdev->lun, &lun);
	number = tgt_lun_decode(&lun);
	loop_nest_flushes(sdev->request_queue);
	/* none for a LUN that is only asked whether it is there */
	sdev->hostdata = number < 0 ? NULL : tgt_itl_get(loop_host(sdev->host)->sess, number);
	return 0;
}

static int loop_slave_configure(struct scsi_device *sdev)
{
	/* mapped since it was asked for: its own scan adds it */
	if (!sdev->hostdata && !loop_host(sdev->host)->target->handler->own_luns)
		return -ENXIO;
	tgt_scsi_queue_align(sdev->request_queue, LOOP_DMA_ALIGN);
	return 0;
}

static void loop_slave_destroy(struct scsi_device *sdev)
{
	if (sdev->hostdata)
		tgt_itl_put(sdev->hostdata);
	sdev->hostdata = NULL;
}

static void loop_map_queues(struct Scsi_Host *shost)
{
	struct loop_host *host = loop_host(shost);
	struct blk_mq_queue_map *map = &shost->tag_set.map[HCTX_TYPE_DEFAULT];

	map->nr_queues = nr_cpu_ids;
	map->queue_offset = 0;
	blk_mq_map_queues(map);
	if (!host->nr_poll)
		return;
	shost->tag_set.map[HCTX_TYPE_READ].nr_queues = 0;
	map = &shost->tag_set.map[HCTX_TYPE_POLL];
	map->nr_queues = host->nr_poll;
	map->queue_offset = nr_cpu_ids;
	blk_mq_map_queues(map);
}

static struct scsi_host_template loop_template = {
	.module			= THIS_MODULE,
	.name			= "tgtcore loop",
	.proc_name		= "tgtcore_loop",
	.queuecommand		= loop_queuecommand,
	.init_cmd_priv		= loop_init_cmd,
	.cmd_size		= sizeof(struct loop_cmd),
	.mq_poll		= loop_poll,
	.map_queues		= loop_map_queues,
	.eh_timed_out		= loop_timed_out,
	.eh_abort_handler	= loop_abort,
	.eh_device_reset_handler = loop_reset_lun,
	.slave_alloc		= loop_slave_alloc,
	.slave_configure	= loop_slave_configure,
	.slave_destroy		= loop_slave_destroy,
	.can_queue		= LOOP_CAN_QUEUE,
	.cmd_per_lun		= LOOP_LUN_QUEUE,
	.this_id		= -1,
	.sg_tablesize		= LOOP_MAX_SEGMENTS,
	.max_segment_size	= UINT_MAX,
	.max_sectors		= LOOP_MAX_SECTORS,
	.skip_settle_delay	= 1,
};

/* ---- targets ------------------------------------------------------------------------------- */

static int loop_host_no(struct tgt_target *target)
{
	struct loop_host *host = target->fabric_priv;

	return host->shost->host_no;
}

/* The initiator port: an NAA of its own next to the target port's, as a SAS port has. */
static noinline struct tgt_session *loop_session(struct loop_host *host)
{
	u64 naa = host->target->port_naa ^ 1;
	u8 transport_id[24] = { SCSI_PROTOCOL_SAS };	/* SPC-5 7.6.4.6 */
	char name[32];

	snprintf(name, sizeof(name), "naa.%016llx", naa);
	put_unaligned_be64(naa, transport_id + 4);
	return tgt_session_create(host->target, name, transport_id, sizeof(transport_id), host);
}

ALLOW_ERROR_INJECTION(loop_session, ERRNO);

static void loop_init_locks(struct loop_host *host)
{
	mutex_init(&host->iter_lock);
	spin_lock_init(&host->scan_lock);
}

static int loop_guard_check(const char *guard, struct netlink_ext_ack *extack)
{
	if (!guard || !strcmp(guard, "crc") || !strcmp(guard, "ip"))
		return 0;
	return tgt_err(extack, -EINVAL, "guard=%s is not possible; crc or ip is", guard);
}

/* What the midlayer may do with protected disks. */
static void loop_host_prot(struct Scsi_Host *shost, const char *guard)
{
	if (!guard)
		return;
	scsi_host_set_prot(shost, SHOST_DIF_TYPE1_PROTECTION | SHOST_DIF_TYPE2_PROTECTION |
			   SHOST_DIF_TYPE3_PROTECTION | SHOST_DIX_TYPE1_PROTECTION |
			   SHOST_DIX_TYPE2_PROTECTION | SHOST_DIX_TYPE3_PROTECTION);
	scsi_host_set_guard(shost, *guard == 'i' ? SHOST_DIX_GUARD_IP : SHOST_DIX_GUARD_CRC);
}

static struct Scsi_Host *loop_host_alloc(struct tgt_target *target)
{
	u32 nr_poll = tgt_options_u32(&target->options, "poll-queues", 0);
	struct loop_host *host;
	struct Scsi_Host *shost;

	shost = scsi_host_alloc(&loop_template, struct_size(host, polled, nr_poll));
	if (!shost)
		return NULL;
	host = loop_host(shost);
	host->target = target;
	host->shost = shost;
	host->nr_poll = nr_poll;
	loop_init_locks(host);
	INIT_LIST_HEAD(&host->pending);
	INIT_WORK(&host->scan, loop_scan_work);
	host->bound.notifier_call = loop_bound;
	shost->can_queue = tgt_options_u32(&target->options, "can-queue", LOOP_CAN_QUEUE);
	shost->cmd_per_lun = min_t(int, LOOP_LUN_QUEUE, shost->can_queue);
	shost->nr_hw_queues = nr_cpu_ids + nr_poll;
	shost->nr_maps = nr_poll ? HCTX_MAX_TYPES : 1;
	shost->max_id = 1;
	shost->max_channel = 0;
	shost->max_lun = loop_lun(TGT_MAX_LUN) + 1;
	shost->max_cmd_len = TGT_CDB_MAX;
	loop_host_prot(shost, tgt_options_str(&target->options, "guard"));
	tgt_scsi_host_align(shost, LOOP_DMA_ALIGN);
	return shost;
}

/*
 * Where the host hangs: under the target. A handler's own host stands there too, and tgtadm
 * takes the last one it finds; so then ours is a step further down.
 */
static noinline struct device *loop_parent(struct loop_host *host)
{
	struct tgt_target *target = host->target;
	struct platform_device *port;

	if (!target->handler->own_luns)
		return &target->dev;
	port = platform_device_register_data(&target->dev, "tgtcore-initiator",
					     PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(port))
		return ERR_CAST(port);
	host->port = port;
	return &port->dev;
}

ALLOW_ERROR_INJECTION(loop_parent, ERRNO);

/* The host can be scanned from here on. */
static noinline int loop_host_add(struct loop_host *host)
{
	struct device *parent = loop_parent(host);

	return IS_ERR(parent) ? PTR_ERR(parent) : scsi_add_host(host->shost, parent);
}

ALLOW_ERROR_INJECTION(loop_host_add, ERRNO);

static noinline int loop_target_create(struct tgt_target *target, struct netlink_ext_ack *extack)
{
	struct loop_host *host;
	struct Scsi_Host *shost;
	int err;

	err = loop_guard_check(tgt_options_str(&target->options, "guard"), extack);
	if (err)
		return err;
	shost = loop_host_alloc(target);
	if (!shost)
		return tgt_err(extack, -ENOMEM, "no memory for a SCSI host");
	host = loop_host(shost);
	host->unbind_wq = alloc_workqueue("tgtcore_loop%d", WQ_UNBOUND, LOOP_UNBIND,
					  shost->host_no);
	if (!host->unbind_wq) {
		err = tgt_err(extack, -ENOMEM, "no memory for a SCSI host");
		goto out_put;
	}
	host->sess = loop_session(host);
	err = PTR_ERR_OR_ZERO(host->sess);
	if (err) {
		tgt_err(extack, err, "cannot open the local I_T nexus of loop:%s", target->name);
		goto out_wq;
	}
	err = bus_register_notifier(shost->shost_gendev.bus, &host->bound);
	if (err)
		goto out_session;
	err = loop_host_add(host);
	if (err) {
		tgt_err(extack, err, "cannot add a SCSI host for loop:%s", target->name);
		goto out_notifier;
	}
	target->fabric_priv = host;
	if (READ_ONCE(host->scan_all))	/* asked for before there was a host */
		queue_work(system_long_wq, &host->scan);
	return 0;

out_notifier:
	platform_device_unregister(host->port);
	bus_unregister_notifier(shost->shost_gendev.bus, &host->bound);
out_session:
	tgt_session_destroy(host->sess);
	loop_cancel_scan(host, NULL);	/* its handler may have asked for one */
out_wq:
	destroy_workqueue(host->unbind_wq);
out_put:
	scsi_host_put(shost);
	return err;
}

ALLOW_ERROR_INJECTION(loop_target_create, ERRNO);

static void loop_target_remove(struct tgt_target *target)
{
	struct loop_host *host = target->fabric_priv;
	struct Scsi_Host *shost = host->shost;
	struct scsi_device *sdev;

	loop_cancel_scan(host, NULL);
	bus_unregister_notifier(shost->shost_gendev.bus, &host->bound);
	/* disks write back and end their commands while task management still sees them */
	loop_unbind_all(host);
	shost_for_each_device(sdev, shost)
		loop_remove_device(sdev);
	mutex_lock(&host->iter_lock);
	host->drained = true;
	mutex_unlock(&host->iter_lock);
	scsi_remove_host(shost);
	tgt_session_destroy(host->sess);
	loop_cancel_scan(host, NULL);	/* regrouping may have added some until now */
	destroy_workqueue(host->unbind_wq);
	platform_device_unregister(host->port);
	scsi_host_put(shost);
}

static struct tgt_fabric_ops loop_ops = {
	.name		= "loop",
	.owner		= THIS_MODULE,
	.protocol	= SCSI_PROTOCOL_SAS,
	.options	= loop_options,
	.target_create	= loop_target_create,
	.target_remove	= loop_target_remove,
	.send_response	= loop_response,
	.prot		= loop_prot,
	.iter		= loop_iter,
	.scan		= loop_scan_session,
	.lun_added	= loop_lun_added,
	.lun_remove	= loop_lun_remove,
	.lun_node	= loop_lun_node,
	.lun_in_use	= loop_lun_in_use,
	.target_in_use	= loop_target_in_use,
	.host_no	= loop_host_no,
};

static void __init loop_prime_take(void *data)
{
	struct loop_host *host = data;

	mutex_lock(&host->iter_lock);
	mutex_unlock(&host->iter_lock);
	spin_lock(&host->scan_lock);
	spin_unlock(&host->scan_lock);
}

/* docs/locks.md, for lockdep */
static void __init loop_prime(void)
{
	struct loop_host *host;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		return;
	host = kzalloc(sizeof(*host), GFP_KERNEL);
	if (!host)
		return;
	loop_init_locks(host);
	tgt_prime_config(loop_prime_take, host);
	kfree(host);
}

static int __init loop_init(void)
{
	loop_prime();
	return tgt_fabric_register(&loop_ops);
}

static void __exit loop_exit(void)
{
	tgt_fabric_unregister(&loop_ops);
}

module_init(loop_init);
module_exit(loop_exit);
MODULE_DESCRIPTION("tgtcore fabric: local SCSI host");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-fabric-loop");
MODULE_SOFTDEP("pre: sd_mod sg");	/* its disks are of use with them only */
MODULE_IMPORT_NS(TGTCORE);
