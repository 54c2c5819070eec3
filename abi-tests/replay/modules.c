// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading: every scenario begins with modules just loaded. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "replay.h"

/* in the order in which they can be unloaded */
static const char * const modules[] = { "lld_probe", "scsi_tgt_srp", "scsi_tgt" };

bool module_loaded(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	return !stat(path, &st);
}

static int run(char *const argv[])
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(1, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void params_of(const char *name, char *param[], int max)
{
	static const char * const ours[] = { "can_queue", "max_sectors", "sg_tablesize" };
	static char text[4][64];
	unsigned int v;
	size_t i;
	int n = 0;

	if (!strcmp(name, "scsi_tgt")) {
		snprintf(text[n], sizeof(text[n]), "strict=%d", opt.strict);
		param[n] = text[n];
		n++;
	}
	for (i = 0; i < ARRAY_SIZE(ours) && !strcmp(name, "lld_probe") && T; i++) {
		v = trace_param(T, ours[i]);
		/* as many bytes as with the recorder's segments of a page */
		if (!strcmp(ours[i], "sg_tablesize") && getpagesize() > PAGE)
			v = v * PAGE / getpagesize();
		if (!v || n == max - 1)
			continue;
		snprintf(text[n], sizeof(text[n]), "%s=%u", ours[i], v);
		param[n] = text[n];
		n++;
	}
	param[n] = NULL;
}

/* What the module needs, from the same directory or from the system's. */
static void depends_load(const char *ko)
{
	char cmd[600], list[512] = "", *save, *name;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "modinfo -F depends '%s'", ko);
	f = popen(cmd, "r");
	if (f && !fgets(list, sizeof(list), f))
		list[0] = '\0';
	if (f)
		pclose(f);
	for (name = strtok_r(list, ",\n", &save); name; name = strtok_r(NULL, ",\n", &save))
		module_load(name);
}

int module_load(const char *name)
{
	char ko[512], *argv[8] = {};
	struct stat st;

	if (module_loaded(name))
		return 0;
	snprintf(ko, sizeof(ko), "%s/%s.ko", opt.moddir ? opt.moddir : "", name);
	if (opt.moddir && !stat(ko, &st)) {
		depends_load(ko);
		argv[0] = "insmod";
		argv[1] = ko;
	} else {
		argv[0] = "modprobe";
		argv[1] = (char *)name;
	}
	params_of(name, argv + 2, 5);
	return run(argv) ? -ENOEXEC : 0;
}

void modules_unload(void)
{
	size_t i;

	session_close();
	lld_close();
	for (i = 0; i < ARRAY_SIZE(modules); i++) {
		if (module_loaded(modules[i]) && syscall(SYS_delete_module, modules[i], O_NONBLOCK))
			problem("cannot unload %s: %s", modules[i], strerror(errno));
	}
}

bool modules_fresh(void)
{
	int i;

	modules_unload();
	for (i = ARRAY_SIZE(modules) - 1; i >= 0; i--) {
		if (module_loaded(modules[i]) || module_load(modules[i])) {
			problem("cannot load %s afresh", modules[i]);
			return false;
		}
	}
	node_make();
	return lld_fd() >= 0;
}
