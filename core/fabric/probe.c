// SPDX-License-Identifier: GPL-2.0
/*
 * Fabric "probe": an initiator in the hands of a test program, by ioctls on /dev/tgtprobe.
 *
 * What Linux's own initiator never sends can be sent here: any LUN bytes, any CDB of any
 * length, buffers scattered and sized at will, tags used twice, task management functions
 * out of order. The answers come with all that the engine said, and with what it must not
 * have done: bytes written outside the buffer, a source overwritten.
 *
 * For tests only. Lock order: session close, target mutex or gate, item lock.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "probe.h"

#define PROBE_PROTOCOL		SCSI_PROTOCOL_SAS
#define PROBE_PROTOCOLS		16

/**
 * struct probe_file - an open /dev/tgtprobe
 * @mutex: the fields below
 * @target: attached to
 * @sessions: by number
 */
struct probe_file {
	struct mutex		mutex;		/* all below */
	struct probe_target	*target;
	struct xarray		sessions;
};

static DEFINE_MUTEX(probe_targets_mutex);	/* probe_targets */
static LIST_HEAD(probe_targets);

/* ---- the engine's side ----------------------------------------------------------------- */

static const struct tgt_option_desc probe_options[] = {
	{ .name = "protocol", .type = TGT_OPT_U32, .max = PROBE_PROTOCOLS - 1 },
	{ }
};

static struct tgt_fabric_ops probe_fabric;

/* The same operations under each protocol identifier, for targets that ask for one. */
static struct tgt_fabric_ops probe_protocols[PROBE_PROTOCOLS];

static struct probe_target *probe_target_alloc(void)
{
	struct probe_target *pt = kzalloc(sizeof(*pt), GFP_KERNEL);

	if (!pt)
		return NULL;
	kref_init(&pt->ref);
	mutex_init(&pt->mutex);
	INIT_LIST_HEAD(&pt->sessions);
	return pt;
}

static int probe_target_create(struct tgt_target *target, struct netlink_ext_ack *extack)
{
	struct probe_target *pt = probe_target_alloc();
	u32 protocol = tgt_options_u32(&target->options, "protocol", PROBE_PROTOCOL);

	if (!pt)
		return tgt_err(extack, -ENOMEM, "target %s: out of memory", target->name);
	pt->target = target;
	target->fabric_priv = pt;
	if (protocol != PROBE_PROTOCOL)
		target->fops = &probe_protocols[protocol];
	mutex_lock(&probe_targets_mutex);
	list_add_tail(&pt->node, &probe_targets);
	mutex_unlock(&probe_targets_mutex);
	return 0;
}

static struct probe_session *probe_target_first(struct probe_target *pt)
{
	struct probe_session *s;

	mutex_lock(&pt->mutex);
	s = list_first_entry_or_null(&pt->sessions, struct probe_session, node);
	if (s)
		kref_get(&s->ref);
	mutex_unlock(&pt->mutex);
	return s;
}

static void probe_target_remove(struct tgt_target *target)
{
	struct probe_target *pt = target->fabric_priv;
	struct probe_session *s;

	mutex_lock(&probe_targets_mutex);
	list_del(&pt->node);
	mutex_unlock(&probe_targets_mutex);
	mutex_lock(&pt->mutex);
	pt->target = NULL;
	mutex_unlock(&pt->mutex);
	while ((s = probe_target_first(pt))) {
		probe_session_end(s, false);
		probe_session_put(s);
	}
	target->fabric_priv = NULL;
	probe_target_put(pt);
}

static struct tgt_fabric_ops probe_fabric = {
	.name		= "probe",
	.owner		= THIS_MODULE,
	.protocol	= PROBE_PROTOCOL,
	.options	= probe_options,
	.target_create	= probe_target_create,
	.target_remove	= probe_target_remove,
	.send_response	= probe_send_response,
	.recv_data	= probe_recv_data,
	.iter		= probe_iter,
	.abort		= probe_abort,
};

/* ---- the test's side --------------------------------------------------------------------- */

static struct probe_target *probe_target_get(const char *name)
{
	struct probe_target *pt, *found = NULL;

	mutex_lock(&probe_targets_mutex);
	list_for_each_entry(pt, &probe_targets, node) {
		/* Not NULL: it is taken off this list before it is cleared. */
		if (strcmp(pt->target->name, name))
			continue;
		kref_get(&pt->ref);
		found = pt;
		break;
	}
	mutex_unlock(&probe_targets_mutex);
	return found;
}

static long probe_ioc_attach(struct probe_file *pf, void __user *uarg)
{
	struct tgtprobe_attach arg;
	struct probe_target *pt;
	int err = 0;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (strnlen(arg.name, sizeof(arg.name)) == sizeof(arg.name))
		return -EINVAL;
	pt = probe_target_get(arg.name);
	if (!pt)
		return -ENOENT;
	mutex_lock(&pf->mutex);
	if (pf->target)
		err = -EBUSY;
	else
		pf->target = pt;
	mutex_unlock(&pf->mutex);
	if (err)
		probe_target_put(pt);
	return err;
}

static struct probe_session *probe_session_get(struct probe_file *pf, u32 id)
{
	struct probe_session *s;

	mutex_lock(&pf->mutex);
	s = xa_load(&pf->sessions, id);
	if (s)
		kref_get(&s->ref);
	mutex_unlock(&pf->mutex);
	return s;
}

static long probe_ioc_open(struct probe_file *pf, void __user *uarg)
{
	struct tgtprobe_open arg;
	struct probe_session *s;
	int err;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	mutex_lock(&pf->mutex);
	if (!pf->target) {
		err = -ENODEV;
		goto out_unlock;
	}
	s = probe_session_open(pf->target, &arg);
	err = PTR_ERR_OR_ZERO(s);
	if (err)
		goto out_unlock;
	err = xa_alloc(&pf->sessions, &arg.session, s, XA_LIMIT(1, INT_MAX), GFP_KERNEL);
	if (err)
		goto out_end;
	if (copy_to_user(uarg, &arg, sizeof(arg))) {
		err = -EFAULT;
		xa_erase(&pf->sessions, arg.session);
		goto out_end;
	}
	mutex_unlock(&pf->mutex);
	return 0;

out_end:
	probe_ending_wait(probe_ending_start(s, false, true));
out_unlock:
	mutex_unlock(&pf->mutex);
	return err;
}

/* Only whoever takes it out of the file's table may drop the table's count. */
static void probe_session_forget(struct probe_file *pf, u32 id)
{
	struct probe_session *s;

	mutex_lock(&pf->mutex);
	s = xa_erase(&pf->sessions, id);
	mutex_unlock(&pf->mutex);
	if (!s)
		return;
	probe_items_free(s);
	probe_session_put(s);
}

static long probe_ioc_close(struct probe_file *pf, void __user *uarg)
{
	struct tgtprobe_close arg;
	struct probe_session *s;
	int err;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.flags & ~TGTPROBE_CLOSE_ALL)
		return -EINVAL;
	s = probe_session_get(pf, arg.session);
	if (!s)
		return -ENOENT;
	err = probe_ending_wait(probe_ending_start(s, arg.flags & TGTPROBE_CLOSE_DRAIN, false));
	if (!err && !(arg.flags & TGTPROBE_CLOSE_KEEP))
		probe_session_forget(pf, arg.session);
	probe_session_put(s);
	return err;
}

/* What the ioctls about one session have in common: its number comes first in each. */
union probe_arg {
	__u32			session;
	struct tgtprobe_submit	submit;
	struct tgtprobe_data	data;
	struct tgtprobe_tmf	tmf;
	struct tgtprobe_state	state;
	struct tgtprobe_reap	reap;
};

static int probe_ioc_run(struct probe_session *s, unsigned int cmd, union probe_arg *arg)
{
	switch (cmd) {
	case TGTPROBE_IOC_SUBMIT:
		return probe_submit(s, &arg->submit);
	case TGTPROBE_IOC_DATA:
		return probe_data(s, &arg->data);
	case TGTPROBE_IOC_TMF:
		return probe_tmf(s, &arg->tmf);
	case TGTPROBE_IOC_STATE:
		return probe_state(s, &arg->state);
	case TGTPROBE_IOC_REAP:
		return probe_reap(s, &arg->reap);
	default:
		return -ENOTTY;
	}
}

static long probe_ioc_session(struct probe_file *pf, unsigned int cmd, void __user *uarg)
{
	struct probe_session *s;
	union probe_arg arg;
	int err;

	if (copy_from_user(&arg, uarg, _IOC_SIZE(cmd)))
		return -EFAULT;
	s = probe_session_get(pf, arg.session);
	if (!s)
		return -ENOENT;
	err = probe_ioc_run(s, cmd, &arg);
	probe_session_put(s);
	if (!err && _IOC_DIR(cmd) & _IOC_READ && copy_to_user(uarg, &arg, _IOC_SIZE(cmd)))
		err = -EFAULT;
	return err;
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	struct probe_file *pf = file->private_data;
	void __user *p = (void __user *)uarg;

	switch (cmd) {
	case TGTPROBE_IOC_ATTACH:
		return probe_ioc_attach(pf, p);
	case TGTPROBE_IOC_OPEN:
		return probe_ioc_open(pf, p);
	case TGTPROBE_IOC_CLOSE:
		return probe_ioc_close(pf, p);
	case TGTPROBE_IOC_SUBMIT:
	case TGTPROBE_IOC_DATA:
	case TGTPROBE_IOC_TMF:
	case TGTPROBE_IOC_STATE:
	case TGTPROBE_IOC_REAP:
		return probe_ioc_session(pf, cmd, p);
	default:
		return -ENOTTY;
	}
}

static int probe_open(struct inode *inode, struct file *file)
{
	struct probe_file *pf;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	pf = kzalloc(sizeof(*pf), GFP_KERNEL_ACCOUNT);
	if (!pf)
		return -ENOMEM;
	mutex_init(&pf->mutex);
	xa_init_flags(&pf->sessions, XA_FLAGS_ALLOC);
	file->private_data = pf;
	return 0;
}

/*
 * The holder may have been killed with anything in flight: the same as session loss. All
 * sessions end at once; one that is stuck does not keep the process.
 */
static int probe_release(struct inode *inode, struct file *file)
{
	struct probe_file *pf = file->private_data;
	unsigned long id, end = jiffies + HZ;
	struct probe_ending *e;
	struct probe_session *s;

	xa_for_each(&pf->sessions, id, s)
		xa_store(&pf->sessions, id, probe_ending_start(s, false, true), GFP_KERNEL);
	xa_for_each(&pf->sessions, id, e) {
		if (current->flags & PF_EXITING)
			probe_ending_wait_until(e, end);
		else
			probe_ending_wait(e);
	}
	xa_destroy(&pf->sessions);
	if (pf->target)
		probe_target_put(pf->target);
	kfree(pf);
	return 0;
}

static const struct file_operations probe_fops = {
	.owner		= THIS_MODULE,
	.open		= probe_open,
	.release	= probe_release,
	.unlocked_ioctl	= probe_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice probe_misc = {
	.minor		= MISC_DYNAMIC_MINOR,
	.name		= "tgtprobe",
	.fops		= &probe_fops,
	.mode		= 0600,
};

static void probe_layout_check(void)
{
	/* No padding anywhere, so that 32-bit programs see the same. */
	BUILD_BUG_ON(sizeof(struct tgtprobe_open) != 552);
	BUILD_BUG_ON(sizeof(struct tgtprobe_submit) != 80);
	BUILD_BUG_ON(sizeof(struct tgtprobe_data) != 24);
	BUILD_BUG_ON(sizeof(struct tgtprobe_tmf) != 32);
	BUILD_BUG_ON(sizeof(struct tgtprobe_state) != 24);
	BUILD_BUG_ON(sizeof(struct tgtprobe_reap) != 144);
	BUILD_BUG_ON(TGTPROBE_SENSE_LEN != TGT_SENSE_LEN);
	BUILD_BUG_ON(TGTPROBE_CDB_MAX != TGT_CDB_MAX);
}

static int __init probe_init(void)
{
	struct probe_target *pt = probe_target_alloc();
	int err;
	u32 i;

	probe_layout_check();
	if (pt)
		probe_prime(pt);
	for (i = 0; i < PROBE_PROTOCOLS; i++) {
		probe_protocols[i] = probe_fabric;
		probe_protocols[i].protocol = i;
	}
	err = probe_ending_init();
	if (err)
		return err;
	err = misc_register(&probe_misc);
	if (err)
		goto out_ending;
	err = tgt_fabric_register(&probe_fabric);
	if (err)
		goto out_misc;
	return 0;

out_misc:
	misc_deregister(&probe_misc);
out_ending:
	probe_ending_exit();
	return err;
}

static void __exit probe_exit(void)
{
	tgt_fabric_unregister(&probe_fabric);
	misc_deregister(&probe_misc);
	probe_ending_exit();
	/* probe_item_done() on its way out, and what it frees. */
	synchronize_rcu();
	rcu_barrier();
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("tgtcore: fabric for tests");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-fabric-probe");
MODULE_IMPORT_NS(TGTCORE);
