// SPDX-License-Identifier: GPL-2.0
/*
 * A target driver that uses nothing but the in-kernel API of Linux 2.6.24 to 3.16, in the hands
 * of a test program: by ioctls on /dev/lld_probe it queues commands, task management and I_T
 * nexuses, and gives back in order what scsi_tgt called it with.
 *
 * It has three hosts: a plain one that is no target, and targets A and B. For tests only.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "probe.h"

static unsigned int can_queue = 2048;
module_param(can_queue, uint, 0444);
MODULE_PARM_DESC(can_queue, "commands at once, of a target");

static unsigned int max_sectors = 256;
module_param(max_sectors, uint, 0444);
MODULE_PARM_DESC(max_sectors, "longest transfer of a target, 512 byte units");

static unsigned int sg_tablesize = 128;
module_param(sg_tablesize, uint, 0444);
MODULE_PARM_DESC(sg_tablesize, "pages a transfer may touch");

struct probe probe = {
	.lock		= __SPIN_LOCK_UNLOCKED(probe.lock),
	.outstanding	= LIST_HEAD_INIT(probe.outstanding),
	.records	= LIST_HEAD_INIT(probe.records),
};

static struct platform_device *parent;
static struct scsi_transport_template *transport;
static DEFINE_MUTEX(rport_mutex);	/* probe.rport */

/* What a daemon for IBM's virtual SCSI looks for beside a host's number. */
static ssize_t system_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "GOLDSYS\n");
}

static ssize_t partition_number_show(struct device *dev, struct device_attribute *attr,
				     char *buf)
{
	return sysfs_emit(buf, "3\n");
}

static ssize_t unit_address_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "30000002\n");
}

static DEVICE_ATTR_RO(system_id);
static DEVICE_ATTR_RO(partition_number);
static DEVICE_ATTR_RO(unit_address);

static struct device_attribute *probe_attrs[] = {
	&dev_attr_system_id,
	&dev_attr_partition_number,
	&dev_attr_unit_address,
	NULL,
};

static struct scsi_host_template plain_template = {
	.module			= THIS_MODULE,
	.name			= "lld_probe-ini",
	.proc_name		= "lld_probe-ini",
	.supported_mode		= MODE_INITIATOR,
	.can_queue		= 1,
	.sg_tablesize		= 1,
	.this_id		= -1,
};

static struct scsi_host_template target_template = {
	.module			= THIS_MODULE,
	.name			= "lld_probe",
	.proc_name		= "lld_probe",
	.supported_mode		= MODE_TARGET,
	.transfer_response	= probe_transfer_response,
	.eh_abort_handler	= probe_eh_abort_handler,
	.use_clustering		= DISABLE_CLUSTERING,
	.shost_attrs		= probe_attrs,
	.this_id		= -1,
};

static struct srp_function_template probe_transport = {
	.tsk_mgmt_response	= probe_tsk_mgmt_response,
	.it_nexus_response	= probe_it_nexus_response,
};

/* ---- ioctls ----------------------------------------------------------------------------- */

static int probe_tmf(struct lld_tmf *arg)
{
	struct scsi_lun lun;

	if (arg->host >= LLD_NR_HOSTS)
		return -EINVAL;
	memcpy(&lun, arg->lun, sizeof(lun));
	arg->rc = scsi_tgt_tsk_mgmt_request(probe.shost[arg->host], arg->itn_id, arg->function,
					    arg->tag, &lun, (void *)(unsigned long)arg->mid);
	return 0;
}

static int probe_nexus(struct lld_nexus *arg)
{
	char initiator[LLD_INITIATOR_MAX + 1] = "";
	struct Scsi_Host *shost;

	if (arg->host >= LLD_NR_HOSTS || arg->initiator_len > LLD_INITIATOR_MAX)
		return -EINVAL;
	shost = probe.shost[arg->host];
	if (arg->destroy) {
		arg->rc = scsi_tgt_it_nexus_destroy(shost, arg->itn_id);
		return 0;
	}
	if (arg->initiator_len > 0)
		memcpy(initiator, arg->initiator, arg->initiator_len);
	arg->rc = scsi_tgt_it_nexus_create(shost, arg->itn_id,
					   arg->initiator_len < 0 ? NULL : initiator);
	return 0;
}

static int probe_rport(struct lld_rport *arg)
{
	struct srp_rport_identifiers ids = { .roles = SRP_RPORT_ROLE_INITIATOR };
	struct srp_rport *rport;

	if (arg->host != LLD_HOST_A && arg->host != LLD_HOST_B)
		return -EINVAL;
	arg->rc = 0;
	arg->itn_id = 0;
	mutex_lock(&rport_mutex);
	if (arg->del) {
		if (probe.rport)
			srp_rport_del(probe.rport);
		else
			arg->rc = -ENOENT;
		probe.rport = NULL;
	} else {
		memcpy(ids.port_id, arg->port_id, sizeof(ids.port_id));
		rport = srp_rport_add(probe.shost[arg->host], &ids);
		arg->rc = PTR_ERR_OR_ZERO(rport);
		if (!arg->rc) {
			probe.rport = rport;
			arg->itn_id = (unsigned long)rport;
		}
	}
	mutex_unlock(&rport_mutex);
	return 0;
}

static void probe_hosts(struct lld_hosts *arg)
{
	int i;

	for (i = 0; i < LLD_NR_HOSTS; i++)
		arg->host_no[i] = probe.shost[i]->host_no;
	arg->can_queue = can_queue;
	arg->max_sectors = max_sectors;
	arg->sg_tablesize = sg_tablesize;
}

union probe_arg {
	struct lld_hosts	hosts;
	struct lld_cmd		cmd;
	struct lld_tmf		tmf;
	struct lld_nexus	nexus;
	struct lld_rport	rport;
	struct lld_set		set;
	struct lld_record	record;
	struct lld_state	state;
	struct lld_stress	stress;
};

static int probe_do(unsigned int cmd, union probe_arg *arg)
{
	switch (cmd) {
	case LLD_IOC_HOSTS:
		probe_hosts(&arg->hosts);
		return 0;
	case LLD_IOC_CMD:
		return probe_queue_cmd(&arg->cmd);
	case LLD_IOC_TMF:
		return probe_tmf(&arg->tmf);
	case LLD_IOC_NEXUS:
		return probe_nexus(&arg->nexus);
	case LLD_IOC_RPORT:
		return probe_rport(&arg->rport);
	case LLD_IOC_SET:
		return probe_set(&arg->set);
	case LLD_IOC_LOG:
		return probe_log_get(&arg->record);
	case LLD_IOC_STATE:
		spin_lock_irq(&probe.lock);
		arg->state = probe.state;
		spin_unlock_irq(&probe.lock);
		return 0;
	case LLD_IOC_STRESS:
		return stress_run(&arg->stress);
	}
	return -ENOTTY;
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	void __user *user = (void __user *)uarg;
	size_t size = _IOC_SIZE(cmd);
	union probe_arg *arg;
	int ret;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (_IOC_TYPE(cmd) != 'L' || size > sizeof(*arg))
		return -ENOTTY;
	arg = kzalloc(sizeof(*arg), GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	ret = -EFAULT;
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && copy_from_user(arg, user, size))
		goto out;
	ret = probe_do(cmd, arg);
	if (!ret && copy_to_user(user, arg, size))
		ret = -EFAULT;
out:
	kfree(arg);
	return ret;
}

static const struct file_operations probe_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= probe_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice probe_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "lld_probe",
	.fops	= &probe_fops,
	.mode	= 0600,
};

/* ---- hosts ------------------------------------------------------------------------------ */

static void host_remove(int i)
{
	struct Scsi_Host *shost = probe.shost[i];

	if (!shost)
		return;
	if (i != LLD_HOST_PLAIN)
		srp_remove_host(shost);
	scsi_remove_host(shost);
	if (i != LLD_HOST_PLAIN)
		scsi_tgt_free_queue(shost);
	scsi_host_put(shost);
	probe.shost[i] = NULL;
}

static int host_add(int i)
{
	bool target = i != LLD_HOST_PLAIN;
	struct Scsi_Host *shost;
	int err;

	shost = scsi_host_alloc(target ? &target_template : &plain_template, 0);
	if (!shost)
		return -ENOMEM;
	if (target)
		shost->transportt = transport;
	err = scsi_add_host(shost, &parent->dev);
	if (err)
		goto out_put;
	if (target)
		err = scsi_tgt_alloc_queue(shost);
	if (err)
		goto out_remove;
	probe.shost[i] = shost;
	return 0;

out_remove:
	scsi_remove_host(shost);
out_put:
	scsi_host_put(shost);
	return err;
}

static void hosts_remove(void)
{
	int i;

	for (i = LLD_NR_HOSTS - 1; i >= 0; i--)
		host_remove(i);
}

static int __init probe_init(void)
{
	int i, err;

	target_template.can_queue = can_queue;
	target_template.max_sectors = max_sectors;
	target_template.sg_tablesize = sg_tablesize;
	parent = platform_device_register_simple("lld_probe", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	err = -ENOMEM;
	transport = srp_attach_transport(&probe_transport);
	if (!transport)
		goto out_parent;
	for (i = 0; i < LLD_NR_HOSTS; i++) {
		err = host_add(i);
		if (err)
			goto out_hosts;
	}
	err = misc_register(&probe_misc);
	if (err)
		goto out_hosts;
	return 0;

out_hosts:
	hosts_remove();
	srp_release_transport(transport);
out_parent:
	platform_device_unregister(parent);
	return err;
}

static void __exit probe_exit(void)
{
	misc_deregister(&probe_misc);
	probe_release_kept(false);
	probe.unloading = true;
	hosts_remove();
	probe_release_kept(true);
	srp_release_transport(transport);
	platform_device_unregister(parent);
	probe_forget_all();
	stress_free_all();
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("Scriptable target driver on STGT's in-kernel API, for tests");
MODULE_LICENSE("GPL");
