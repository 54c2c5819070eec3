// SPDX-License-Identifier: GPL-2.0
/* What /dev, /sys and /proc/modules show. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "replay.h"

#define MISC "/sys/class/misc/tgt/dev"

int tgt_minor(void)
{
	FILE *f = fopen(MISC, "r");
	int minor = -1;

	if (f && fscanf(f, "10:%d", &minor) != 1)
		minor = -1;
	if (f)
		fclose(f);
	return minor;
}

/* The minor number is the next one free: any will do, but always the same. */
static int minor_to_trace(int real)
{
	return S->minor >= 0 && real == tgt_minor() ? S->minor : real;
}

static bool skipped_path(const json_t *line)
{
	const char *why = not_ours(kind_of(line), str_of(line, "path"));

	if (why)
		skip_line("%s", why);
	return why;
}

static void learn_minor(const char *text)
{
	const char *minor = strstr(text, "MINOR=");

	if (S->minor < 0 && !strncmp(text, "10:", 3))
		S->minor = atoi(text + 3);
	else if (S->minor < 0 && minor)
		S->minor = atoi(minor + 6);
}

/* One line a "|", as in the traces. */
static char *read_file(const char *path)
{
	char text[4096], *c;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return NULL;
	text[n] = '\0';
	for (c = text; *c; c++) {
		if (*c == '\n')
			*c = '|';
	}
	return text_to_trace(text);
}

void do_file(const json_t *line)
{
	char *path, *text, own[64];
	json_t *actual;

	if (skipped_path(line))
		return;
	path = text_to_real(str_of(line, "path"));
	text = read_file(path);
	if (text && strstr(path, "/misc/tgt/")) {
		learn_minor(str_of(line, "text"));
		snprintf(own, sizeof(own), "10:%d|", tgt_minor());
		if (!strcmp(text, own)) {
			snprintf(own, sizeof(own), "10:%d|", minor_to_trace(tgt_minor()));
			strcpy(text = realloc(text, 64), own);
		}
		snprintf(own, sizeof(own), "MAJOR=10|MINOR=%d|DEVNAME=tgt|", tgt_minor());
		if (!strcmp(text, own)) {
			snprintf(own, sizeof(own), "MAJOR=10|MINOR=%d|DEVNAME=tgt|",
				 minor_to_trace(tgt_minor()));
			strcpy(text = realloc(text, 64), own);
		}
	}
	if (text) {
		actual = json_copy((json_t *)line);
		json_object_set_new(actual, "text", json_string(text));
		compare(line, actual);
	} else {
		differ("-file", line, NULL);
	}
	free(text);
	free(path);
}

void do_entry(const json_t *line)
{
	json_t *actual;
	struct stat st;
	char *path;

	if (skipped_path(line))
		return;
	path = text_to_real(str_of(line, "path"));
	if (lstat(path, &st)) {
		differ("-entry", line, NULL);
	} else {
		actual = json_copy((json_t *)line);
		json_object_set_new(actual, "mode", json_sprintf("%o", st.st_mode));
		compare(line, actual);
	}
	free(path);
}

void do_node(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	struct stat st;

	if (stat("/dev/tgt", &st)) {
		differ("-node", line, NULL);
		json_decref(actual);
		return;
	}
	if (S->minor < 0)
		S->minor = int_of(line, "minor");
	json_object_set_new(actual, "mode", json_sprintf("%o", st.st_mode));
	json_object_set_new(actual, "major", json_integer(major(st.st_rdev)));
	json_object_set_new(actual, "minor", json_integer(minor_to_trace(minor(st.st_rdev))));
	json_object_set_new(actual, "uid", json_integer(st.st_uid));
	compare(line, actual);
}

void do_dev(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);

	if (S->minor < 0)
		S->minor = int_of(line, "minor");
	json_object_set_new(actual, "major", json_integer(tgt_minor() >= 0 ? 10 : -1));
	json_object_set_new(actual, "minor", json_integer(minor_to_trace(tgt_minor())));
	compare(line, actual);
}

/* ---- /proc/modules ---------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

/* "a,b," in the order of the alphabet: the kernel's is the one of loading */
static json_t *sorted(const char *list)
{
	char *text = strdup(list), *name[64], *save, out[1024] = "";
	size_t i, n = 0;

	for (char *w = strtok_r(text, ",", &save); w && n < 64; w = strtok_r(NULL, ",", &save))
		name[n++] = w;
	qsort(name, n, sizeof(*name), by_name);
	for (i = 0; i < n; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", name[i],
			 strcmp(list, "-") ? "," : "");
	free(text);
	return json_string(out);
}

void do_module(const json_t *line)
{
	const char *want = name_to_real(str_of(line, "name"));
	const char *why = not_ours("module", str_of(line, "name"));
	json_t *expected, *actual = NULL;
	char row[1024], name[64], users[512], *traced;
	FILE *f;
	int refs;

	if (why) {
		skip_line("%s", why);
		return;
	}
	/* the recorder had the driver's device open */
	if (module_loaded("lld_probe"))
		lld_fd();
	expected = json_copy((json_t *)line);
	json_object_set_new(expected, "used_by", sorted(str_of(line, "used_by")));
	f = fopen("/proc/modules", "r");
	while (f && !actual && fgets(row, sizeof(row), f)) {
		if (sscanf(row, "%63s %*s %d %511s", name, &refs, users) != 3 || strcmp(name, want))
			continue;
		traced = text_to_trace(users);
		actual = json_copy(expected);
		json_object_set_new(actual, "refs", json_integer(refs));
		json_object_set_new(actual, "used_by", sorted(traced));
		free(traced);
	}
	if (f)
		fclose(f);
	if (actual)
		compare(expected, actual);
	else
		differ("-module", expected, NULL);
	json_decref(expected);
}
