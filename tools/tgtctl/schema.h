/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attribute sets of the netlink family as tables. Everything that depends on what an
 * object has (KEY=VALUE pairs, messages, JSON, the saved file) is driven by them, so a new
 * attribute is one new row.
 */
#ifndef TGTCTL_SCHEMA_H
#define TGTCTL_SCHEMA_H

#include <jansson.h>
#include <netlink/msg.h>
#include <netlink/attr.h>

#include "types.h"

enum attr_type {
	ATTR_NONE,
	ATTR_STRING,
	ATTR_NAME,		/* string that obeys name_valid() */
	ATTR_BOOL,
	ATTR_U32,
	ATTR_U64,
	ATTR_SIZE,		/* u64, bytes */
	ATTR_HEX64,		/* u64, an identifier: hexadecimal, as text also in JSON */
	ATTR_STATE,
	ATTR_STAGE,
	ATTR_DAEMON,
	ATTR_NODE,		/* string; /dev/ is put before it */
	ATTR_WORDS,		/* string: words with commas between, in any order */
	ATTR_STRINGS,		/* string, repeated */
	ATTR_OPTIONS,		/* nest of key and value, repeated */
	ATTR_REGISTRANTS,	/* nest of a registrant, repeated */
	ATTR_BINARY,
	ATTR_U64_ARRAY,
};

#define ATTR_CREATE	0x1	/* a KEY=VALUE of create */
#define ATTR_SET	0x2	/* a KEY=VALUE of set */
#define ATTR_SAVED	0x4	/* in the saved file */
#define ATTR_REQUIRED	0x8	/* ... always */

/**
 * struct attr - one attribute; its number is its index in the set's table
 * @name: as in the YAML spec; in the plural if it is repeated
 * @type: &enum attr_type
 * @flags: ATTR_*
 * @min: smallest number, or shortest text, of a saved value
 * @max: largest number, or longest text
 */
struct attr {
	const char	*name;
	u8		type;
	u8		flags;
	u16	min;
	u64	max;
};

#define SET_ATTR_MAX	47

/**
 * struct set - an object's attribute set
 * @name: of the object
 * @attrs: its attributes, from number 0 (unused) on
 * @nr: entries of @attrs
 * @get: command that reads, also by dump
 * @create: command that makes one, or 0
 * @del: command that deletes one, or 0
 * @ntf: event: it is there or has changed
 * @gone: event: it is gone
 * @generation: number of the attribute, or 0
 * @force: number of the attribute, or 0
 * @state: number of the attribute, or 0
 * @age: number of the attribute, or 0
 * @key: attributes that name the object, in order of sorting, 0 after the last
 */
struct set {
	const char	*name;
	const struct attr *attrs;
	unsigned int	nr;
	u8		get, create, del, ntf, gone;
	u8		generation, force, state, age;
	u8		key[6];
};

extern const struct set set_info, set_device, set_target, set_lun, set_group, set_session,
	set_stat, set_recent, set_alua, set_pr;

const char *cmd_name(u8 cmd);
const struct set *cmd_set(u8 cmd);
unsigned int attr_by_name(const struct set *set, const char *name, size_t len);
const char *state_name(u32 state);
const char *stage_name(u32 stage);
const char *daemon_name(u32 state);

/* ---- messages ------------------------------------------------------------------------ */

/**
 * struct record - one object as a message described it
 * @set: what it is
 * @cmd: command of the message
 * @tb: attributes by number; of a repeated one the first
 * @len: bytes of attributes
 * @data: the attributes
 */
struct record {
	const struct set *set;
	u8		cmd;
	const struct nlattr *tb[SET_ATTR_MAX + 1];
	int		len;
	u64	data[];
};

struct records {
	struct record	**rec;
	size_t		nr;
};

struct record *record_parse(const struct set *set, u8 cmd, const void *attrs, int len);
const char *record_str(const struct record *rec, unsigned int attr);
u64 record_u64(const struct record *rec, unsigned int attr);
const char *record_reason(const struct record *rec);
bool record_being_made(const struct record *rec);
json_t *sorted_words(const char *text);
json_t *record_json(const struct record *rec, unsigned int flags);
char *record_subject(const struct record *rec);
char *subject_device(const char *name);
char *subject_target(const char *fabric, const char *name);
char *subject_group(const char *fabric, const char *target, const char *name);
char *subject_alua(u64 id);
char *subject_pr(const char *device);
char *subject_lun(const char *fabric, const char *target, const char *group, u64 number);

void records_add(struct records *recs, struct record *rec);
void records_sort(struct records *recs);
void records_free(struct records *recs);

/* What is wrong with the value, or NULL. */
const char *put_text(struct nl_msg *msg, const struct set *set, unsigned int attr,
		     const char *val);
const char *put_json(struct nl_msg *msg, const struct set *set, unsigned int attr,
		     const json_t *val);
const char *put_option(struct nl_msg *msg, unsigned int attr, const char *key, const char *val);

#endif
