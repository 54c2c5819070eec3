// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "null": answers at once. It moves no data unless zero=yes, so a read leaves the
 * initiator's buffer as it was; the yardstick of everything that is not a backend.
 */
#include <linux/scatterlist.h>
#include <tgtcore/tgtcore.h>

static const struct tgt_option_desc null_options[] = {
	{ .name = "zero", .type = TGT_OPT_BOOL },
	{ }
};

static int null_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	/* all there is to know is one bit */
	dev->be_priv = (void *)(unsigned long)tgt_options_bool(&dev->options, "zero", false);
	dev->nblocks = size >> dev->block_shift;
	dev->lbp = dev->be_priv;
	dev->lbprz = dev->be_priv;
	dev->atomic_max = TGT_MAX_IO;	/* of nothing that is kept no part is seen */
	return 0;
}

static void null_destroy(struct tgt_device *dev)
{
}

static enum tgt_ret null_submit(struct tgt_cmd *cmd)
{
	if (cmd->itl->dev->be_priv && !tgt_cmd_is_write(cmd))
		sg_zero_buffer(cmd->sgl, cmd->sgl_nents, cmd->len, 0);
	return TGT_DONE;
}

/* What reads as zeroes anyway. */
static enum tgt_ret null_unmap(struct tgt_cmd *cmd)
{
	return TGT_DONE;
}

static bool null_map(struct tgt_device *dev, u64 offset, u64 *len)
{
	return false;
}

static int null_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	return 0;
}

static const char *null_info(struct tgt_device *dev)
{
	return dev->be_priv ? "reads zeroes, keeps nothing" : "moves no data";
}

static struct tgt_backend_ops null_ops = {
	.name		= "null",
	.owner		= THIS_MODULE,
	.flags		= TGT_BE_NEEDS_SIZE,
	.options	= null_options,
	.create		= null_create,
	.destroy	= null_destroy,
	.submit		= null_submit,
	.unmap		= null_unmap,
	.map		= null_map,
	.write_atomic	= null_submit,
	.resize		= null_resize,
	.info		= null_info,
};

static int __init null_init(void)
{
	return tgt_backend_register(&null_ops);
}

static void __exit null_exit(void)
{
	tgt_backend_unregister(&null_ops);
}

module_init(null_init);
module_exit(null_exit);
MODULE_DESCRIPTION("tgtcore backend: null");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-backend-null");
MODULE_IMPORT_NS(TGTCORE);
