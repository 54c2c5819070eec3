// SPDX-License-Identifier: GPL-2.0
/* scsi_tgt.ko: the name is part of the old interface. */
#include <linux/module.h>
#include "stgt.h"

static int __init stgt_init(void)
{
	int err;

	err = stgt_lld_init();
	if (err)
		return err;
	err = stgt_ring_init();
	if (err)
		goto out_lld;
	err = stgt_tmf_init();
	if (err)
		goto out_ring;
	err = stgt_handler_init();
	if (err)
		goto out_tmf;
	err = stgt_backend_init();
	if (err)
		goto out_handler;
	err = stgt_nl_init();
	if (err)
		goto out_backend;
	return 0;

out_backend:
	stgt_backend_exit();
out_handler:
	stgt_handler_exit();
out_tmf:
	stgt_tmf_exit();
out_ring:
	stgt_ring_exit();
out_lld:
	stgt_lld_exit();
	return err;
}

static void __exit stgt_exit(void)
{
	stgt_nl_exit();
	stgt_backend_exit();
	stgt_handler_exit();
	stgt_tmf_exit();
	stgt_nexus_exit();
	stgt_ring_exit();
	stgt_lld_exit();
}

module_init(stgt_init);
module_exit(stgt_exit);
MODULE_DESCRIPTION("SCSI target core: the STGT interface on tgtcore");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-handler-stgt");
MODULE_ALIAS("tgtcore-backend-stgt");
MODULE_IMPORT_NS(TGTCORE);
