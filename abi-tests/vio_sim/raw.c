// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vio_sim: a test program is the client. Everything of it belongs to the adapter and is under
 * its mutex, so that programs may come and go.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "vio_sim.h"

static void raw_kick(struct sim_end *end)
{
	wake_up_interruptible(&end->adapter->raw_wait);
}

/* ---- queue and memory ------------------------------------------------------------------- */

static int raw_mem(struct sim_adapter *a)
{
	if (a->raw_mem)
		return 0;
	a->raw_mem = alloc_pages_exact(VIO_SIM_MEM_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (!a->raw_mem)
		return -ENOMEM;
	sim_map_at(&a->client, VIO_SIM_MEM_BASE, a->raw_mem, VIO_SIM_MEM_SIZE);
	return 0;
}

static long raw_free(struct sim_adapter *a)
{
	if (!a->raw_crq)
		return H_PARAMETER;
	sim_free_crq(&a->client);
	sim_unmap(&a->client, a->client.crq, PAGE_SIZE);
	free_page((unsigned long)a->raw_crq);
	a->raw_crq = NULL;
	return H_SUCCESS;
}

static long raw_reg(struct sim_adapter *a)
{
	u64 ioba;
	long rc;

	if (a->host)
		return -EBUSY;
	if (a->raw_crq)
		return H_RESOURCE;
	if (raw_mem(a))
		return -ENOMEM;
	a->raw_crq = (u8 *)get_zeroed_page(GFP_KERNEL);
	if (!a->raw_crq)
		return -ENOMEM;
	a->raw_get = 0;
	a->client.kick = raw_kick;
	ioba = sim_map(&a->client, a->raw_crq, PAGE_SIZE);
	rc = sim_reg_crq(&a->client, ioba, PAGE_SIZE);
	WRITE_ONCE(a->client.irq, true);
	return rc;
}

void sim_raw_close(struct sim_adapter *a)
{
	if (a->host)
		sim_client_stop(a->host);
	a->host = NULL;
	raw_free(a);
	if (!a->raw_mem)
		return;
	sim_unmap(&a->client, VIO_SIM_MEM_BASE, VIO_SIM_MEM_SIZE);
	free_pages_exact(a->raw_mem, VIO_SIM_MEM_SIZE);
	a->raw_mem = NULL;
}

static bool raw_get(struct sim_adapter *a, struct vio_sim_crq *crq)
{
	u8 *at = a->raw_crq + a->raw_get * SIM_CRQ_SIZE;

	if (!READ_ONCE(*at))
		return false;
	smp_rmb();	/* sim_store() wrote the first byte last */
	memcpy(crq, at, SIM_CRQ_SIZE);
	smp_store_release(at, 0);	/* it was read before */
	a->raw_get = (a->raw_get + 1) % (PAGE_SIZE / SIM_CRQ_SIZE);
	return true;
}

/* Gives up the mutex while it waits. */
static long raw_recv(struct sim_adapter *a, struct vio_sim_recv *arg)
{
	unsigned long end = jiffies + msecs_to_jiffies(min(arg->timeout_ms, 60000U));
	DEFINE_WAIT(wait);
	long left;

	arg->got = 0;
	while (a->raw_crq) {
		prepare_to_wait(&a->raw_wait, &wait, TASK_INTERRUPTIBLE);
		arg->got = raw_get(a, &arg->crq);
		left = (long)(end - jiffies);
		if (arg->got || left <= 0 || signal_pending(current))
			break;
		mutex_unlock(&a->mutex);
		schedule_timeout(left);
		mutex_lock(&a->mutex);
	}
	finish_wait(&a->raw_wait, &wait);
	return 0;
}

/* ---- the device ------------------------------------------------------------------------- */

static long raw_host(struct sim_adapter *a, bool on)
{
	struct sim_client *c;

	if (on == !!a->host)
		return 0;
	if (!on) {
		sim_client_stop(a->host);
		a->host = NULL;
		return 0;
	}
	if (a->raw_crq)
		return -EBUSY;
	c = sim_client_start(a);
	if (IS_ERR(c))
		return PTR_ERR(c);
	a->host = c;
	return 0;
}

static void raw_state(struct sim_adapter *a, struct vio_sim_state *s)
{
	u8 valid;
	u32 i;

	memset(s, 0, sizeof(*s));
	s->host_no = a->host ? sim_client_host_no(a->host) : -1;
	spin_lock_irq(&sim_lock);
	s->server_open = a->server.nr != 0;
	s->client_open = a->client.nr != 0;
	s->server_irq = a->server.irq;
	s->faults = a->nr_faults;
	for (i = 0; i < a->server.nr; i++)
		if (sim_access(&a->server, a->server.crq + i * SIM_CRQ_SIZE, &valid, 1, false) &&
		    valid)
			s->waiting++;
	spin_unlock_irq(&sim_lock);
	s->mapped = a->server.mapped;
	s->rdma = atomic64_read(&a->rdma);
	s->rdma_bytes = atomic64_read(&a->rdma_bytes);
}

static void raw_fault(struct sim_adapter *a, const struct vio_sim_fault *f)
{
	spin_lock_irq(&sim_lock);
	a->fault = *f;
	a->nr_faults = 0;
	spin_unlock_irq(&sim_lock);
}

union raw_arg {
	u32			number;
	struct vio_sim_crq	crq;
	struct vio_sim_recv	recv;
	struct vio_sim_fault	fault;
	struct vio_sim_state	state;
};

static long raw_do(struct sim_adapter *a, unsigned int cmd, union raw_arg *arg)
{
	switch (cmd) {
	case VIO_SIM_REG:
		return raw_reg(a);
	case VIO_SIM_FREE:
		return raw_free(a);
	case VIO_SIM_SEND:
		return sim_send_crq(&a->client, &arg->crq);
	case VIO_SIM_RAW:
		return sim_put_crq(&a->server, &arg->crq);
	case VIO_SIM_RECV:
		return raw_recv(a, &arg->recv);
	case VIO_SIM_FAULT:
		raw_fault(a, &arg->fault);
		return 0;
	case VIO_SIM_STATE:
		raw_state(a, &arg->state);
		return 0;
	case VIO_SIM_HOST:
		return raw_host(a, arg->number);
	}
	return -ENOTTY;
}

static struct sim_adapter *raw_adapter(struct file *file)
{
	return sim_adapters[(unsigned long)file->private_data];
}

static int raw_choose(struct file *file, u32 number)
{
	if (number >= sim_nr_adapters)
		return -ENODEV;
	file->private_data = (void *)(unsigned long)number;
	return 0;
}

static long raw_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	struct sim_adapter *a = raw_adapter(file);
	void __user *user = (void __user *)uarg;
	size_t size = _IOC_SIZE(cmd);
	union raw_arg arg = { };
	long rc;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (_IOC_TYPE(cmd) != 'V' || size > sizeof(arg))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(&arg, user, size))
		return -EFAULT;
	if (cmd == VIO_SIM_ADAPTER)
		return raw_choose(file, arg.number);
	mutex_lock(&a->mutex);
	rc = raw_do(a, cmd, &arg);
	mutex_unlock(&a->mutex);
	if (rc >= 0 && _IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, &arg, size))
		return -EFAULT;
	return rc;
}

static ssize_t raw_rw(struct file *file, char __user *buf, size_t len, loff_t *pos, bool write)
{
	struct sim_adapter *a = raw_adapter(file);
	loff_t at = *pos - VIO_SIM_MEM_BASE;
	unsigned long left;
	int err;

	if (at < 0 || at > VIO_SIM_MEM_SIZE || len > VIO_SIM_MEM_SIZE - at)
		return -EINVAL;
	mutex_lock(&a->mutex);
	err = raw_mem(a);
	if (!err) {
		left = write ? copy_from_user(a->raw_mem + at, buf, len) :
			       copy_to_user(buf, a->raw_mem + at, len);
		err = left ? -EFAULT : 0;
	}
	mutex_unlock(&a->mutex);
	return err ?: len;
}

static ssize_t raw_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return raw_rw(file, buf, len, pos, false);
}

static ssize_t raw_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	return raw_rw(file, (char __user *)buf, len, pos, true);
}

/* misc sets private_data to itself: adapter 0 is where a file begins. */
static int raw_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static const struct file_operations raw_fops = {
	.owner		= THIS_MODULE,
	.open		= raw_open,
	.read		= raw_read,
	.write		= raw_write,
	.llseek		= default_llseek,
	.unlocked_ioctl	= raw_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice raw_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "vio_sim",
	.fops	= &raw_fops,
	.mode	= 0600,
};

int sim_raw_init(void)
{
	return misc_register(&raw_misc);
}

void sim_raw_exit(void)
{
	misc_deregister(&raw_misc);
}
