// SPDX-License-Identifier: GPL-2.0
/* Reservations that an administrator brings: those of another device, or from before. */
#include <linux/slab.h>
#include "core.h"
#include "scsi/pr.h"

/**
 * struct tgt_pr_job - replaces the reservations of a device
 * @job: the file may take its time
 * @dev: device; it stays while the job is not over
 * @pr: what is to be its state; a copy comes into force
 */
struct tgt_pr_job {
	struct tgt_job		job;
	struct tgt_device	*dev;
	struct tgt_pr		*pr;
};

static_assert(!offsetof(struct tgt_pr_job, job));

static int tgt_pr_set_run(struct tgt_job *job)
{
	struct tgt_pr_job *pj = container_of(job, struct tgt_pr_job, job);
	struct netlink_ext_ack *extack = &job->extack;
	struct tgt_device *dev = pj->dev;
	struct tgt_pr_result res = { };
	enum tgt_pr_error bad;
	struct tgt_pr *old;
	int err = 0;

	tgt_pr_enter(dev, NULL);
	mutex_lock(&dev->pr_mutex);
	old = tgt_pr_get(dev);
	bad = tgt_pr_replace(old, pj->pr, &res);
	mutex_unlock(&dev->pr_mutex);
	if (bad == TGT_PR_CONFLICT)
		err = tgt_err(extack, -EBUSY,
			      "device %s is reserved by RESERVE; whoever did it has to release it",
			      dev->name);
	else if (bad)
		err = tgt_err(extack, -ENOMEM, "no memory for the reservations of device %s",
			      dev->name);
	if (!err) {
		err = tgt_pr_change(dev, old, &res);
		if (err)
			tgt_err(extack, err, "pr-file=%s: cannot keep reservations: %s (%d)",
				dev->pr_file, tgt_strerror(err), err);
		else if (old)
			kvfree_rcu(old, rcu);
	}
	tgt_pr_leave(dev);
	tgt_pr_result_free(&res);
	return err;
}

static void tgt_pr_set_end(struct tgt_job *job)
{
	struct tgt_pr_job *pj = container_of(job, struct tgt_pr_job, job);

	lockdep_assert_held(&tgt_config_mutex);
	pj->dev->busy--;
	tgt_pr_free(pj->pr);
	tgt_device_lun_gone(pj->dev);	/* deleted meanwhile? */
}

/* Whether the reservations of @dev are ours, and not a daemon's; 0, or an errno and a text. */
int tgt_pr_check_own(const struct tgt_device *dev, struct netlink_ext_ack *extack)
{
	return dev->be->raw ? tgt_err(extack, -EOPNOTSUPP,
				      "the reservations of device %s are its daemon's",
				      dev->name) : 0;
}

/* Whether reservations of @dev can be @pr. */
static int tgt_pr_set_check(struct tgt_device *dev, const struct tgt_pr *pr,
			    struct netlink_ext_ack *extack)
{
	int err = tgt_pr_check_own(dev, extack);

	if (err)
		return err;
	if (pr->aptpl && !dev->pr_store)
		return tgt_err(extack, -EOPNOTSUPP,
			       "device %s has no pr-file to keep reservations through loss of power: aptpl has to be 0",
			       dev->name);
	return 0;
}

/**
 * tgt_pr_set() - replace the reservations of a device
 * @name: which
 * @pr: state; it passes to us
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: as tgt_job_run(): tgt_config_mutex is held on 0 and -EINPROGRESS. Context: process,
 * tgt_config_mutex not held.
 */
int tgt_pr_set(const char *name, struct tgt_pr *pr, const u64 *gen,
	       struct netlink_ext_ack *extack)
{
	struct tgt_pr_job *pj = kzalloc(sizeof(*pj), GFP_KERNEL);
	struct tgt_device *dev;
	int err;

	if (!pj) {
		tgt_pr_free(pr);
		return tgt_err(extack, -ENOMEM, "no memory for the reservations of device %s",
			       name);
	}
	tgt_config_lock();
	dev = tgt_device_active(name, gen, extack);
	err = IS_ERR(dev) ? PTR_ERR(dev) : tgt_pr_set_check(dev, pr, extack);
	if (!err)
		dev->busy++;
	tgt_config_unlock();
	if (err) {
		tgt_pr_free(pr);
		kfree(pj);
		return err;
	}
	pj->dev = dev;
	pj->pr = pr;
	tgt_job_init(&pj->job, tgt_pr_set_run, tgt_pr_set_end);
	return tgt_job_run(&pj->job, extack);
}
