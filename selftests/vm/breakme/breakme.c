// SPDX-License-Identifier: GPL-2.0
/*
 * Breaks the kernel it is loaded into, in a way of one's choice: how the VM
 * harness is shown to notice. Built only by selftests/vm/selftest.
 */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *how = "";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "one of the names in the table below");

static void hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static void warn(void)
{
	WARN(1, "breakme: as asked\n");
}

static void oops(void)
{
	WRITE_ONCE(*(int *)NULL, 0);
}

static void die(void)
{
	panic("breakme: as asked");
}

static void print(void)
{
	pr_err("BUG: breakme: as asked\n");
}

/* KASAN */
static void use_after_free(void)
{
	int *p = kmalloc(100, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	if (p)
		WRITE_ONCE(*p, 1);
}

/* KASAN, by way of the instrumented code around memcpy() */
static void out_of_bounds(void)
{
	char *p = kmalloc(100, GFP_KERNEL);
	size_t n = 108;

	OPTIMIZER_HIDE_VAR(n);
	if (p)
		memset(p, 0, n);
	kfree(p);
}

/* UBSAN */
static void shift(void)
{
	int n = 40;

	OPTIMIZER_HIDE_VAR(n);
	pr_info("breakme: %d\n", 1 << n);
}

/* DEBUG_ATOMIC_SLEEP */
static void sleep_atomic(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

/* PROVE_LOCKING */
static void inversion(void)
{
	static DEFINE_MUTEX(a);
	static DEFINE_MUTEX(b);

	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

/* PROVE_RCU */
static void rcu(void)
{
	static int __rcu *pointer;

	if (rcu_dereference(pointer))
		pr_info("breakme: not expected\n");
}

struct timed {
	struct timer_list timer;
};

static void expired(struct timer_list *timer)
{
}

/* DEBUG_OBJECTS */
static void free_active(void)
{
	struct timed *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return;
	timer_setup(&t->timer, expired, 0);
	mod_timer(&t->timer, jiffies + 1000 * HZ);
	kfree(t);
}

/* kmemleak; many, since it may take what is left in a register for a pointer */
static void leak(void)
{
	void *p;
	int i;

	for (i = 0; i < 16; i++) {
		p = kmalloc(100, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(p);
	}
}

static int raced;

static int racer(void *unused)
{
	while (!kthread_should_stop()) {
		raced++;
		cond_resched();
	}
	return 0;
}

/* KCSAN */
static void race(void)
{
	struct task_struct *a = kthread_run(racer, NULL, "breakme/0");
	struct task_struct *b = kthread_run(racer, NULL, "breakme/1");

	msleep(2000);
	if (!IS_ERR(a))
		kthread_stop(a);
	if (!IS_ERR(b))
		kthread_stop(b);
}

static const struct {
	const char *name;
	void (*call)(void);
} ways[] = {
	{ "warn", warn },
	{ "oops", oops },
	{ "panic", die },
	{ "hang", hang },
	{ "print", print },
	{ "uaf", use_after_free },
	{ "oob", out_of_bounds },
	{ "shift", shift },
	{ "sleep", sleep_atomic },
	{ "locks", inversion },
	{ "rcu", rcu },
	{ "active", free_active },
	{ "leak", leak },
	{ "race", race },
};

static int __init breakme_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strcmp(how, ways[i].name))
			continue;
		ways[i].call();
		return 0;
	}
	return -EINVAL;
}
module_init(breakme_init);

static void __exit breakme_exit(void)
{
}
module_exit(breakme_exit);

MODULE_DESCRIPTION("Breaks the kernel on purpose, for the VM harness's own tests");
MODULE_LICENSE("GPL");
