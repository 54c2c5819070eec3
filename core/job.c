// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: what a request begins and may not wait for without bound. Opening a medium can hang in
 * the look-up of its path as well as in its driver, and netlink holds a lock while it runs a
 * request that the loading of modules needs.
 *
 * A job runs in a thread of its own, so none waits behind another, with what makes a path mean
 * the same as to the caller: credentials, root directory, umask. (Paths are absolute; a mount
 * namespace is entered through its root.) Who waits can be killed; the job goes on.
 */
#include <linux/cred.h>
#include <linux/error-injection.h>
#include <linux/fs_struct.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/path.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "core.h"

/*
 * /proc/self/fail-nth: an allocation of the caller's that is to fail may be one of the thread's.
 * It counts on there, and the caller from where the thread has come to.
 */
static void tgt_job_take_fail_nth(struct tgt_job *job)
{
#ifdef CONFIG_FAULT_INJECTION
	swap(job->fail_nth, current->fail_nth);
#endif
}

/* Before a job is run: what is the caller's. */
void tgt_job_init(struct tgt_job *job, int (*run)(struct tgt_job *job),
		  void (*end)(struct tgt_job *job))
{
	refcount_set(&job->ref, 1);
	init_completion(&job->done);
	job->run = run;
	job->end = end;
	job->cred = get_current_cred();
	get_fs_root(current->fs, &job->root);
	job->umask = current->fs->umask;
}

static void tgt_job_put(struct tgt_job *job)
{
	if (!refcount_dec_and_test(&job->ref))
		return;
	put_cred(job->cred);
	path_put(&job->root);
	kfree(job);
}

/* The thread gets a struct fs_struct to itself; it goes with the thread. */
static noinline int tgt_job_chroot(struct tgt_job *job)
{
	struct path root = job->root, pwd = job->root;
	struct fs_struct *fs;
	int err;

	err = unshare_fs_struct();
	if (err)
		return tgt_err(&job->extack, err, "no memory for a thread");
	path_get(&root);
	path_get(&pwd);
	fs = current->fs;
	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);
	swap(fs->root, root);
	swap(fs->pwd, pwd);
	fs->umask = job->umask;
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	path_put(&root);
	path_put(&pwd);
	return 0;
}

ALLOW_ERROR_INJECTION(tgt_job_chroot, ERRNO);

static void tgt_job_finish(struct tgt_job *job)
{
	/* texts do not keep: see tgt_err() */
	if (job->err && job->extack._msg)
		strscpy(job->text, job->extack._msg, sizeof(job->text));
	strim(job->text);
	tgt_config_lock();
	job->finished = true;
	job->end(job);
	tgt_config_unlock();
}

static int tgt_job_thread(void *data)
{
	struct tgt_job *job = data;
	const struct cred *old;

	tgt_job_take_fail_nth(job);
	job->err = tgt_job_chroot(job);
	if (!job->err) {
		old = override_creds(job->cred);
		job->err = job->run(job);
		revert_creds(old);
	}
	tgt_job_finish(job);
	tgt_job_take_fail_nth(job);
	complete(&job->done);
	tgt_job_put(job);
	module_put_and_kthread_exit(0);
}

static noinline struct task_struct *tgt_job_start(struct tgt_job *job)
{
	struct task_struct *task;

	__module_get(THIS_MODULE);
	task = kthread_create(tgt_job_thread, job, "tgtcore_job");
	if (IS_ERR(task)) {
		module_put(THIS_MODULE);
		return task;
	}
	refcount_inc(&job->ref);
	get_task_struct(task);
	tgt_job_take_fail_nth(job);
	wake_up_process(task);
	return task;
}

ALLOW_ERROR_INJECTION(tgt_job_start, ERRNO);

/**
 * tgt_job_run() - run a job and wait for it, but not for long
 * @job: from tgt_job_init(); it is freed with kfree() when all is over
 * @extack: gets the reason of an error
 *
 * job->run() runs in a thread, sleeps as it must, and returns an errno with a text in
 * job->extack. job->end() takes note of job->err under tgt_config_mutex; if job->pending is set
 * the request was answered before, and an event is what tells the result.
 *
 * Return: job->err, or -EINPROGRESS if that is not known yet. tgt_config_mutex is held on 0 and
 * -EINPROGRESS, so that the caller answers with what the object is now. Context: process,
 * tgt_config_mutex not held.
 */
int tgt_job_run(struct tgt_job *job, struct netlink_ext_ack *extack)
{
	struct task_struct *task = tgt_job_start(job);
	int err;

	if (IS_ERR(task)) {
		job->err = tgt_err(&job->extack, PTR_ERR(task), "no thread for it: error %ld",
				   PTR_ERR(task));
		tgt_job_finish(job);
		goto out;
	}
	if (wait_for_completion_killable_timeout(&job->done, TGT_JOB_BOUND) <= 0) {
		tgt_config_lock();
		if (!job->finished) {
			job->pending = true;
			put_task_struct(task);
			tgt_job_put(job);
			return -EINPROGRESS;
		}
		tgt_config_unlock();
	}
	kthread_stop(task);	/* it ends by itself: whoever unloads us next need not wait */
	put_task_struct(task);
	tgt_job_take_fail_nth(job);
out:
	err = job->err;
	if (err)
		tgt_err(extack, err, "%s", job->text);
	else
		tgt_config_lock();
	tgt_job_put(job);
	return err;
}
