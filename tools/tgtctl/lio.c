// SPDX-License-Identifier: GPL-2.0
/*
 * tgtctl lio: devices as storage objects of LIO's, in its configfs. Nothing is kept here: what is
 * shown is read there, and what others (targetcli) make or take away there is seen.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parse.h"
#include "tgtctl.h"

#define LIO_ROOT	"/sys/kernel/config/target"
#define LIO_HBA		LIO_ROOT "/core/tgtcore_0"

/* ---- files ----------------------------------------------------------------------------------- */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* The text behind "device=" in a storage object's info, or NULL. */
static char *device_of(const char *object)
{
	char *path = xasprintf("%s/info", object), line[512], *device = NULL;
	FILE *f = fopen(path, "re");

	while (f && !device && fgets(line, sizeof(line), f))
		if (strstr(line, "device=")) {
			line[strcspn(line, "\n")] = 0;
			device = xstrdup(strstr(line, "device=") + 7);
		}
	if (f)
		fclose(f);
	free(path);
	return device;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* Calls @fn for each symbolic link that matches @pattern and points to what ends in @end. */
static int each_link(const char *pattern, const char *end,
		     int (*fn)(const char *path, void *data), void *data)
{
	char to[PATH_MAX];
	int ret = 0;
	glob_t g;

	if (glob(pattern, GLOB_NOSORT, NULL, &g))
		return 0;
	for (size_t i = 0; i < g.gl_pathc && !ret; i++) {
		ssize_t n = readlink(g.gl_pathv[i], to, sizeof(to) - 1);

		if (n < 0)
			continue;
		to[n] = 0;
		if (ends_with(to, end))
			ret = fn(g.gl_pathv[i], data);
	}
	globfree(&g);
	return ret;
}

static int each_lun(const char *object, int (*fn)(const char *path, void *data), void *data)
{
	return each_link(LIO_ROOT "/*/*/*/lun/lun_*/*", object + strlen(LIO_ROOT), fn, data);
}

/* ---- attach ---------------------------------------------------------------------------------- */

static int load_bridge(void)
{
	int status;
	pid_t pid;

	if (!access("/sys/module/tgtcore_lio", F_OK))
		return 0;
	pid = fork();
	if (!pid) {
		execlp("modprobe", "modprobe", "-q", "--", "tgtcore_lio", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return error("cannot load tgtcore_lio; is it installed for this kernel?");
	return 0;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? errno : 0;
}

static int why(const char *device, int err)
{
	switch (err) {
	case ENOENT:
		return error("no device %s; make it with 'device create'", device);
	case EBUSY:
		return error("device %s is another storage object's, or on its way in or out",
			     device);
	case EOPNOTSUPP:
		return error("device %s keeps protection information, which LIO does not pass on",
			     device);
	default:
		return error("device %s cannot be a storage object: %s", device, strerror(err));
	}
}

static int enable(const char *object, const char *device)
{
	char *control = xasprintf("%s/control", object), *text = xasprintf("device=%s", device);
	char *file = xasprintf("%s/enable", object);
	int err = write_file(control, text);

	err = err ? err : write_file(file, "1");
	free(control);
	free(text);
	free(file);
	return err ? why(device, err) : 0;
}

/* The storage object, made now or there already. */
static int make_object_dir(const char *object, const char *device)
{
	char *is;
	int ret;

	if (make_dir(LIO_HBA))
		return error("%s: %s", LIO_HBA, strerror(errno));
	if (mkdir(object, 0755)) {
		is = errno == EEXIST ? device_of(object) : NULL;
		ret = is && !strcmp(is, device) ? 0 :
		      error("%s: %s", object, strerror(EEXIST));
		free(is);
		return ret;
	}
	ret = enable(object, device);
	if (ret) {
		rmdir(object);
		rmdir(LIO_HBA);
	}
	return ret;
}

static int make_lun(const char *object, const char *name, const char *to, u64 number)
{
	char *dir = xasprintf(LIO_ROOT "/%s/lun/lun_%u", to, (unsigned int)number);
	char *link = xasprintf("%s/%s", dir, name);
	int ret = 0;

	if (mkdir(dir, 0755)) {
		ret = errno == EEXIST ? error("LUN %s of %s is in use",
					      strrchr(dir, '_') + 1, to) :
		      errno == ENOENT ? error("LIO has no target port group %s", to) :
		      error("%s: %s", dir, strerror(errno));
	} else if (symlink(object, link)) {
		ret = error("%s: %s", link, strerror(errno));
		rmdir(dir);
	}
	free(dir);
	free(link);
	return ret;
}

/* FABRIC/WWN/TPG below LIO's root, and no way out of it. */
static bool place_valid(const char *to)
{
	int slashes = 0;

	for (const char *s = to; *s; s++)
		slashes += *s == '/';
	return *to && *to != '/' && slashes == 2 && !strstr(to, "..") && !strstr(to, "//");
}

int lio_attach(struct ctx *ctx, int argc, char **argv)
{
	const char *device = argv[0], *name = device, *to = NULL;
	u64 number = 0;
	char *object;
	int ret;

	for (int i = 1; i < argc; i++) {
		char *val = split_pair(argv[i]);

		if (val && !strcmp(argv[i], "name"))
			name = val;
		else if (val && !strcmp(argv[i], "to") && place_valid(val))
			to = val;
		else if (!val || strcmp(argv[i], "lun") || parse_u64(val, 16383, &number))
			return usage_error(ctx,
				"name=NAME, to=FABRIC/WWN/TPG or lun=0..16383 expected, not '%s%s%s'",
				argv[i], val ? "=" : "", val ?: "");
	}
	if (!name_valid(device) || !name_valid(name))
		return usage_error(ctx, "'%s' is no name", name_valid(device) ? name : device);
	if (load_bridge())
		return EXIT_FAILURE;
	object = xasprintf(LIO_HBA "/%s", name);
	ret = make_object_dir(object, device);
	if (!ret && to)
		ret = make_lun(object, name, to, number);
	free(object);
	return ret;
}

/* ---- detach ---------------------------------------------------------------------------------- */

/* .../lun_N/LINK */
static int drop_link(const char *path, void *data)
{
	char *dir = xstrdup(path);
	int ret = 0;

	(void)data;
	*strrchr(dir, '/') = 0;
	if (unlink(path) || (rmdir(dir) && errno != ENOENT))
		ret = error("%s: %s", path, strerror(errno));
	free(dir);
	return ret;
}

/* A LUN goes after those that initiators have it mapped at. */
static int drop_lun(const char *path, void *data)
{
	char *dir = xstrdup(path), *tpg, *acls;
	int ret;

	*strrchr(dir, '/') = 0;
	tpg = xstrdup(dir);
	*strstr(tpg, "/lun/") = 0;
	acls = xasprintf("%s/acls/*/lun_*/*", tpg);
	ret = each_link(acls, dir + strlen(LIO_ROOT), drop_link, NULL);
	ret = ret ? ret : drop_link(path, data);
	free(acls);
	free(tpg);
	free(dir);
	return ret;
}

static int refuse_lun(const char *path, void *data)
{
	const char *lun = path + strlen(LIO_ROOT) + 1;

	return error("device %s is %.*s; use --force", (const char *)data,
		     (int)(strrchr(lun, '/') - lun), lun);
}

static char *find_object(const char *device)
{
	char *found = NULL;
	glob_t g;

	if (glob(LIO_ROOT "/core/tgtcore_*/*/info", GLOB_NOSORT, NULL, &g))
		return NULL;
	for (size_t i = 0; i < g.gl_pathc && !found; i++) {
		char *object = xstrdup(g.gl_pathv[i]), *is;

		*strrchr(object, '/') = 0;
		is = device_of(object);
		if (is && !strcmp(is, device))
			found = object;
		else
			free(object);
		free(is);
	}
	globfree(&g);
	return found;
}

int lio_detach(struct ctx *ctx, int argc, char **argv)
{
	char *object = find_object(argv[0]);
	int ret;

	(void)argc;
	if (!object)
		return error("device %s is no storage object of LIO's", argv[0]);
	ret = each_lun(object, ctx->given & OPT_FORCE ? drop_lun : refuse_lun, argv[0]);
	if (!ret && rmdir(object))
		ret = error("%s: %s", object, strerror(errno));
	if (!ret) {
		*strrchr(object, '/') = 0;
		rmdir(object);	/* if it was the last */
	}
	free(object);
	return ret;
}

/* ---- show ------------------------------------------------------------------------------------ */

/* FABRIC/WWN/TPG/lun/lun_N/LINK below the root, as FABRIC/WWN/TPG:N */
static int note_lun(const char *path, void *data)
{
	const char *place = path + strlen(LIO_ROOT) + 1, *lun = strstr(place, "/lun/lun_");
	char *text = xasprintf("%.*s:%d", (int)(lun - place), place, atoi(lun + 9));

	json_array_append_new(data, json_string(text));
	free(text);
	return 0;
}

static json_t *rows(void)
{
	json_t *list = json_array(), *luns;
	glob_t g;

	if (glob(LIO_ROOT "/core/tgtcore_*/*/info", 0, NULL, &g))
		return list;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		char *object = g.gl_pathv[i], *device;

		*strrchr(object, '/') = 0;
		device = device_of(object);
		luns = json_array();
		each_lun(object, note_lun, luns);
		json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "device",
						      device ? device : "", "object",
						      object + strlen(LIO_ROOT "/core/"),
						      "luns", luns));
		free(device);
	}
	globfree(&g);
	return list;
}

int lio_show(struct ctx *ctx, int argc, char **argv)
{
	static const struct column cols[] = {
		{ "DEVICE", "device", OUT_TEXT },
		{ "OBJECT", "object", OUT_TEXT },
		{ "LUNS", "luns", OUT_LIST },
	};
	json_t *list = rows();

	(void)argc;
	(void)argv;
	if (ctx->given & OPT_JSON)
		out_json(list);
	else
		out_table(list, cols, ARRAY_SIZE(cols), true);
	json_decref(list);
	return EXIT_SUCCESS;
}
