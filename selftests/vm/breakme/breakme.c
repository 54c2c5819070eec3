// SPDX-License-Identifier: GPL-2.0
/*
 * Breaks the kernel it is loaded into, in a way of one's choice: how the VM
 * harness is shown to notice. Built only by selftests/vm/selftest.
 */
#include <linux/bug.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/string.h>

static char *how = "";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "warn, oops, panic, hang or print");

static void hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int __init breakme_init(void)
{
	if (!strcmp(how, "warn"))
		WARN(1, "breakme: as asked\n");
	else if (!strcmp(how, "oops"))
		WRITE_ONCE(*(int *)NULL, 0);
	else if (!strcmp(how, "panic"))
		panic("breakme: as asked");
	else if (!strcmp(how, "hang"))
		hang();
	else if (!strcmp(how, "print"))
		pr_err("BUG: breakme: as asked\n");
	else
		return -EINVAL;
	return 0;
}
module_init(breakme_init);

static void __exit breakme_exit(void)
{
}
module_exit(breakme_exit);

MODULE_DESCRIPTION("Breaks the kernel on purpose, for the VM harness's own tests");
MODULE_LICENSE("GPL");
