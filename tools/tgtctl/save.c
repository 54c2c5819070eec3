// SPDX-License-Identifier: GPL-2.0
/* tgtctl save */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "map.h"
#include "tgtctl.h"

#define TRIES	20

/**
 * struct snapshot - the whole configuration as of one generation
 */
struct snapshot {
	struct records	devices, targets, groups, luns, alua;
};

static void snapshot_free(struct snapshot *snap)
{
	records_free(&snap->devices);
	records_free(&snap->targets);
	records_free(&snap->groups);
	records_free(&snap->luns);
	records_free(&snap->alua);
}

static int generation(struct nl *nl, u64 *gen)
{
	struct record *rec;
	int ret;

	tnl_request(nl, TGTCORE_CMD_INFO_GET);
	ret = tnl_call(nl, &rec);
	if (ret)
		return ret;
	*gen = rec ? record_u64(rec, TGTCORE_A_INFO_GENERATION) : 0;
	free(rec);
	return 0;
}

static int snapshot_once(struct nl *nl, struct snapshot *snap)
{
	return tnl_dump_set(nl, &set_device, &snap->devices) ?:
	       tnl_dump_set(nl, &set_target, &snap->targets) ?:
	       tnl_dump_set(nl, &set_group, &snap->groups) ?:
	       tnl_dump_set(nl, &set_lun, &snap->luns) ?:
	       tnl_dump_set(nl, &set_alua, &snap->alua);
}

/* Read everything, again if something was changed meanwhile. */
static int snapshot_take(struct nl *nl, struct snapshot *snap)
{
	u64 before, after;

	memset(snap, 0, sizeof(*snap));
	for (int i = 0; i < TRIES; i++) {
		if (generation(nl, &before) || snapshot_once(nl, snap) || generation(nl, &after)) {
			snapshot_free(snap);
			return tnl_fail(nl, "save");
		}
		if (before == after)
			return 0;
		snapshot_free(snap);
	}
	return error("save: the configuration goes on changing, tried %d times", TRIES);
}

/* What is being deleted is no longer configuration. */
static bool is_going(const struct record *rec)
{
	return rec->set->state && record_u64(rec, rec->set->state) == TGTCORE_STATE_DELETING;
}

static json_t *file_json(const struct record *rec)
{
	json_t *obj = record_json(rec, ATTR_SAVED);
	char *subject;

	if (!obj) {
		subject = record_subject(rec);
		error("%s: has text that is not UTF-8 and cannot be saved", subject);
		free(subject);
	}
	return obj;
}

/* Bytes of a file or a block device, or 0. */
static u64 medium_size(const char *path)
{
	u64 size = 0;
	struct stat st;
	int fd;

	if (stat(path, &st))
		return 0;
	if (S_ISREG(st.st_mode))
		return st.st_size;
	if (!S_ISBLK(st.st_mode))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	if (ioctl(fd, BLKGETSIZE64, &size))
		size = 0;
	close(fd);
	return size;
}

/*
 * Whether the device is as large as what its path leads to, or the device it is over. Then its
 * size is not saved: with one in the file, a restore where the file is missing would make a new,
 * empty disk in place of the lost one.
 */
static bool size_is_the_mediums(const json_t *dev)
{
	const char *path = config_str(json_object_get(dev, "options"), "path");
	json_int_t block = config_int(dev, "block-size");
	u64 whole = path ? medium_size(path) : 0;

	if (config_str(json_object_get(dev, "options"), "lower"))
		return true;
	return whole && block && whole - whole % block == (u64)config_int(dev, "size");
}

static int save_devices(json_t *array, const struct records *recs)
{
	for (size_t i = 0; i < recs->nr; i++) {
		json_t *obj;

		if (is_going(recs->rec[i]))
			continue;
		obj = file_json(recs->rec[i]);
		if (!obj)
			return EXIT_FAILURE;
		if (size_is_the_mediums(obj))
			json_object_del(obj, "size");
		json_array_append_new(array, obj);
	}
	return 0;
}

/* Put objects where the map says that their parent is; @parent makes its name of a record. */
static int save_into(struct map *parents, const struct records *recs, const char *key,
		     char *(*parent)(const struct record *rec), bool with_luns)
{
	for (size_t i = 0; i < recs->nr; i++) {
		char *name = parent(recs->rec[i]);
		struct map_entry *e = map_find(parents, name);
		json_t *obj;

		free(name);
		if (!e || is_going(recs->rec[i]))
			continue;
		obj = file_json(recs->rec[i]);
		if (!obj)
			return EXIT_FAILURE;
		json_array_append_new(json_object_get(e->val, key), obj);
		if (with_luns) {
			json_object_set_new(obj, "luns", json_array());
			name = record_subject(recs->rec[i]);
			map_add(parents, name)->val = obj;
			free(name);
		}
	}
	return 0;
}

static char *target_of_group(const struct record *rec)
{
	return subject_target(record_str(rec, TGTCORE_A_GROUP_FABRIC) ?: "",
			      record_str(rec, TGTCORE_A_GROUP_TARGET) ?: "");
}

static char *parent_of_lun(const struct record *rec)
{
	const char *fabric = record_str(rec, TGTCORE_A_LUN_FABRIC) ?: "";
	const char *target = record_str(rec, TGTCORE_A_LUN_TARGET) ?: "";
	const char *group = record_str(rec, TGTCORE_A_LUN_GROUP);

	return group ? subject_group(fabric, target, group) : subject_target(fabric, target);
}

/* Ports that the bridge to LIO makes when they are used: LIO's configuration brings them back. */
static bool is_lio(const char *fabric)
{
	return fabric && !strcmp(fabric, "lio");
}

static int save_targets(json_t *array, const struct snapshot *snap)
{
	struct map parents = { 0 };
	int ret = 0;

	for (size_t i = 0; i < snap->targets.nr && !ret; i++) {
		const struct record *rec = snap->targets.rec[i];
		char *subject;
		json_t *obj;

		if (is_going(rec) || is_lio(record_str(rec, TGTCORE_A_TARGET_FABRIC)))
			continue;
		obj = file_json(rec);
		if (!obj) {
			ret = EXIT_FAILURE;
			break;
		}
		json_object_set_new(obj, "luns", json_array());
		json_object_set_new(obj, "groups", json_array());
		json_array_append_new(array, obj);
		subject = record_subject(rec);
		map_add(&parents, subject)->val = obj;
		free(subject);
	}
	ret = ret ?: save_into(&parents, &snap->groups, "groups", target_of_group, true);
	ret = ret ?: save_into(&parents, &snap->luns, "luns", parent_of_lun, false);
	map_free(&parents);
	return ret;
}

/* Restored, a target port group is without ports that are not there yet. */
static void drop_lio(json_t *targets)
{
	for (size_t i = json_array_size(targets); i-- > 0; )
		if (!strncmp(json_string_value(json_array_get(targets, i)), "lio:", 4))
			json_array_remove(targets, i);
}

/* The file has a member of them only if there are any: older tools read it then. */
static int save_alua(json_t *root, const struct records *recs)
{
	json_t *array = json_array();

	for (size_t i = 0; i < recs->nr; i++) {
		json_t *obj = file_json(recs->rec[i]);

		if (!obj) {
			json_decref(array);
			return EXIT_FAILURE;
		}
		drop_lio(json_object_get(obj, "targets"));
		json_array_append_new(array, obj);
	}
	if (recs->nr)
		json_object_set(root, "alua", array);
	json_decref(array);
	return 0;
}

/* The configuration as it stands in the file, or NULL. */
static json_t *snapshot_json(const struct snapshot *snap)
{
	json_t *root = json_object(), *devices = json_array(), *targets = json_array();

	json_object_set_new(root, CONFIG_KEY, json_integer(CONFIG_VERSION));
	json_object_set_new(root, "devices", devices);
	json_object_set_new(root, "targets", targets);
	if (save_devices(devices, &snap->devices) || save_targets(targets, snap) ||
	    save_alua(root, &snap->alua)) {
		json_decref(root);
		return NULL;
	}
	return root;
}

/* ---- writing ------------------------------------------------------------------------- */

/* All of it on the disk, or an errno. */
static int write_file(int fd, const json_t *root)
{
	FILE *f = fdopen(fd, "w");
	int err = 0;

	if (!f) {
		err = errno;
		close(fd);
		return err;
	}
	errno = 0;
	if (json_dumpf(root, f, JSON_INDENT(2)) || fputc('\n', f) == EOF || fflush(f))
		err = errno ?: EIO;
	/* a pipe or a device has nothing to sync */
	else if (fsync(fd) && errno != EINVAL && errno != EROFS)
		err = errno;
	if (fclose(f) && !err)
		err = errno;
	return err;
}

static int sync_dir(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = 0;

	free(copy);
	if (fd < 0)
		return errno;
	if (fsync(fd) && errno != EINVAL)
		err = errno;
	close(fd);
	return err;
}

/* A file beside it takes its place when it is whole: there is never a half one. */
static int replace_file(const char *path, const json_t *root)
{
	char *temp = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC);
	int err = fd < 0 ? errno : 0;

	if (!err) {
		err = write_file(fd, root);
		if (!err && rename(temp, path))
			err = errno;
		if (err)
			unlink(temp);
		else
			err = sync_dir(path);
	}
	free(temp);
	return err;
}

/* To a file, or with "-" to the standard output; @what: whose messages they are. */
int write_json(const char *what, const char *path, const json_t *root)
{
	struct stat st;
	char *real;
	int err, fd;

	if (!strcmp(path, "-")) {
		out_json(root);
		return EXIT_SUCCESS;
	}
	/* Replacing a link or a device would surprise. */
	real = realpath(path, NULL);
	if (real && !stat(real, &st) && !S_ISREG(st.st_mode)) {
		fd = open(real, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		err = fd < 0 ? errno : write_file(fd, root);
	} else {
		err = replace_file(real ?: path, root);
	}
	free(real);
	return err ? error("%s: %s: %s", what, path, strerror(err)) : EXIT_SUCCESS;
}

int do_save(struct ctx *ctx, int argc, char **argv)
{
	struct snapshot snap;
	json_t *root;
	int ret;

	if (tnl_open(&ctx->nl, 0) || snapshot_take(&ctx->nl, &snap))
		return EXIT_FAILURE;
	root = snapshot_json(&snap);
	snapshot_free(&snap);
	if (!root)
		return EXIT_FAILURE;
	ret = write_json("save", argc ? argv[0] : CONFIG_FILE, root);
	json_decref(root);
	return ret;
}
