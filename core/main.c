// SPDX-License-Identifier: GPL-2.0
/* tgtcore.ko: a table of contents. */
#include <linux/sched/mm.h>
#include "alua.h"
#include "core.h"
#include "scsi/opcode.h"

DEFINE_MUTEX(tgt_config_mutex);	/* see core.h */
u64 tgt_generation = 1;
u64 tgt_nexus_changes;
static unsigned int tgt_config_noio;	/* of the holder of tgt_config_mutex */

struct workqueue_struct *tgt_cmd_wq;
struct workqueue_struct *tgt_proc_wq;
struct workqueue_struct *tgt_tmf_wq;
struct workqueue_struct *tgt_qerr_wq;
struct workqueue_struct *tgt_watch_wq;
struct workqueue_struct *tgt_teardown_wq;
struct workqueue_struct *tgt_lun_wq;
struct workqueue_struct *tgt_regroup_wq;
atomic_t tgt_nr_targets;

void tgt_config_lock(void)
{
	mutex_lock(&tgt_config_mutex);
	tgt_config_noio = memalloc_noio_save();
}

void tgt_config_unlock(void)
{
	memalloc_noio_restore(tgt_config_noio);
	mutex_unlock(&tgt_config_mutex);
}

struct bus_type tgt_bus_type = {
	.name = "tgtcore",
};

static void tgt_destroy_workqueues(void)
{
	struct workqueue_struct *queues[] = {
		tgt_teardown_wq, tgt_regroup_wq, tgt_lun_wq, tgt_watch_wq, tgt_tmf_wq, tgt_qerr_wq,
		tgt_proc_wq, tgt_cmd_wq
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(queues); i++)
		if (queues[i])
			destroy_workqueue(queues[i]);
}

static int __init tgt_alloc_workqueues(void)
{
	/* in the way of writeback: one worker must always be there */
	tgt_cmd_wq = alloc_workqueue("tgtcore_cmd", WQ_MEM_RECLAIM | WQ_HIGHPRI, WQ_MAX_ACTIVE);
	tgt_proc_wq = alloc_workqueue("tgtcore_proc", WQ_MEM_RECLAIM | WQ_UNBOUND, WQ_MAX_ACTIVE);
	tgt_watch_wq = alloc_workqueue("tgtcore_watch", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	tgt_qerr_wq = alloc_workqueue("tgtcore_qerr", WQ_MEM_RECLAIM | WQ_UNBOUND, WQ_MAX_ACTIVE);
	/*
	 * Each item of these may be stuck, of the first for a deadline, of the others for good.
	 * Hence no rescuer: where it takes a moment to make workers, it would take all that is
	 * queued, and run one after another. Our own midlayer's functions need no worker.
	 */
	tgt_tmf_wq = alloc_workqueue("tgtcore_tmf", WQ_UNBOUND, WQ_MAX_ACTIVE);
	tgt_regroup_wq = alloc_workqueue("tgtcore_regroup", WQ_UNBOUND, WQ_MAX_ACTIVE);
	/*
	 * A target waits for its LUNs, so these must not queue behind targets: a queue runs
	 * only so many at a time.
	 */
	tgt_lun_wq = alloc_workqueue("tgtcore_lun", WQ_UNBOUND, WQ_MAX_ACTIVE);
	tgt_teardown_wq = alloc_workqueue("tgtcore_teardown", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return tgt_cmd_wq && tgt_proc_wq && tgt_tmf_wq && tgt_qerr_wq && tgt_watch_wq &&
	       tgt_regroup_wq && tgt_lun_wq && tgt_teardown_wq ? 0 : -ENOMEM;
}

static int __init tgt_init(void)
{
	int err;

	tgt_op_init();
	tgt_prime();
	err = tgt_alloc_workqueues();
	if (err)
		goto out_workqueues;
	err = bus_register(&tgt_bus_type);
	if (err)
		goto out_workqueues;
	err = tgt_registry_init();
	if (err)
		goto out_bus;
	err = tgt_nl_init();
	if (err)
		goto out_bus;
	return 0;

out_bus:
	bus_unregister(&tgt_bus_type);
out_workqueues:
	tgt_destroy_workqueues();
	return err;
}

/*
 * Each device and target holds a module that depends on this one, so none is configured any
 * more; the memory of a target may be held by a disk of its host that is just being closed.
 */
static void __exit tgt_exit(void)
{
	tgt_nl_exit();
	tgt_tpg_exit();
	wait_var_event(&tgt_nr_targets, !atomic_read(&tgt_nr_targets));
	bus_unregister(&tgt_bus_type);
	tgt_destroy_workqueues();
	rcu_barrier();	/* itls freed by call_rcu() with a function of ours */
}

module_init(tgt_init);
module_exit(tgt_exit);
MODULE_DESCRIPTION("SCSI target engine");
MODULE_VERSION(TGT_VERSION);
MODULE_LICENSE("GPL");
