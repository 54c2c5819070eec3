// SPDX-License-Identifier: GPL-2.0
/* tgtcore.ko: a table of contents. */
#include "core.h"
#include "scsi/opcode.h"

DEFINE_MUTEX(tgt_config_mutex);	/* see core.h */
u64 tgt_generation = 1;

struct workqueue_struct *tgt_cmd_wq;
struct workqueue_struct *tgt_teardown_wq;

struct bus_type tgt_bus_type = {
	.name = "tgtcore",
};

static int __init tgt_init(void)
{
	int err = -ENOMEM;

	tgt_op_init();
	/* in the way of writeback: one worker must always be there */
	tgt_cmd_wq = alloc_workqueue("tgtcore_cmd", WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!tgt_cmd_wq)
		return err;
	tgt_teardown_wq = alloc_workqueue("tgtcore_teardown", WQ_UNBOUND, 0);
	if (!tgt_teardown_wq)
		goto out_cmd_wq;
	err = bus_register(&tgt_bus_type);
	if (err)
		goto out_teardown_wq;
	err = tgt_registry_init();
	if (err)
		goto out_bus;
	err = tgt_nl_init();
	if (err)
		goto out_bus;
	return 0;

out_bus:
	bus_unregister(&tgt_bus_type);
out_teardown_wq:
	destroy_workqueue(tgt_teardown_wq);
out_cmd_wq:
	destroy_workqueue(tgt_cmd_wq);
	return err;
}

/* Each device and target holds a module that depends on this one, so none is left. */
static void __exit tgt_exit(void)
{
	tgt_nl_exit();
	bus_unregister(&tgt_bus_type);
	destroy_workqueue(tgt_teardown_wq);
	destroy_workqueue(tgt_cmd_wq);
	rcu_barrier();	/* itls freed by call_rcu() with a function of ours */
}

module_init(tgt_init);
module_exit(tgt_exit);
MODULE_DESCRIPTION("SCSI target engine");
MODULE_VERSION(TGT_VERSION);
MODULE_LICENSE("GPL");
