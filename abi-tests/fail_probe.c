// SPDX-License-Identifier: GPL-2.0
/*
 * Lets a call of a function fail: as fail_function does, which on x86 takes a lock in what to
 * lockdep is an NMI (the dice it throws need random numbers), and cannot be told which call.
 *
 *	/sys/module/fail_probe/parameters/function	its name; empty: none
 *	/sys/module/fail_probe/parameters/value		what it returns
 *	/sys/module/fail_probe/parameters/nth		which call from now on; 0 when it has been
 *
 * That the function is made for it, see ALLOW_ERROR_INJECTION() there, is up to the caller.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

static char inject_name[KSYM_NAME_LEN];
static long inject_value;
static atomic_t inject_nth;

/* Jumped to from the first instruction of the function, so it returns to who called that. */
static noinline long inject_return(void)
{
	return READ_ONCE(inject_value);
}

static int inject_pre(struct kprobe *kp, struct pt_regs *regs)
{
	if (atomic_dec_if_positive(&inject_nth))
		return 0;
	instruction_pointer_set(regs, (unsigned long)inject_return);
	return 1;
}

NOKPROBE_SYMBOL(inject_pre);

/* With it the probe is none of the optimized, which cannot change where to go on. */
static void inject_post(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe inject_probe = {
	.pre_handler	= inject_pre,
	.post_handler	= inject_post,
};

static void inject_off(void)
{
	if (!*inject_name)
		return;
	unregister_kprobe(&inject_probe);
	*inject_name = 0;
}

/* Under the lock of the module's parameters. */
static int inject_set_function(const char *val, const struct kernel_param *kp)
{
	int err;

	inject_off();
	atomic_set(&inject_nth, 0);
	if (strscpy(inject_name, val, sizeof(inject_name)) < 0)
		*inject_name = 0;
	strim(inject_name);
	if (!*inject_name)
		return 0;
	inject_probe.symbol_name = inject_name;
	inject_probe.addr = NULL;
	inject_probe.flags = 0;
	err = register_kprobe(&inject_probe);
	if (err)
		*inject_name = 0;
	return err;
}

static int inject_get_function(char *buf, const struct kernel_param *kp)
{
	return sprintf(buf, "%s\n", inject_name);
}

static const struct kernel_param_ops inject_function_ops = {
	.set	= inject_set_function,
	.get	= inject_get_function,
};

static int inject_set_nth(const char *val, const struct kernel_param *kp)
{
	unsigned int n;
	int err = kstrtouint(val, 0, &n);

	if (!err)
		atomic_set(&inject_nth, n);
	return err;
}

static int inject_get_nth(char *buf, const struct kernel_param *kp)
{
	return sprintf(buf, "%d\n", atomic_read(&inject_nth));
}

static const struct kernel_param_ops inject_nth_ops = {
	.set	= inject_set_nth,
	.get	= inject_get_nth,
};

module_param_cb(function, &inject_function_ops, NULL, 0600);
module_param_cb(nth, &inject_nth_ops, NULL, 0600);
module_param_named(value, inject_value, long, 0600);

static int __init inject_init(void)
{
	return 0;
}

static void __exit inject_exit(void)
{
	inject_off();
}

module_init(inject_init);
module_exit(inject_exit);
MODULE_DESCRIPTION("tgtcore: lets a call of a function fail, for tests");
MODULE_LICENSE("GPL");
