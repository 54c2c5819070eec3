/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the user sees. Everything shown is JSON first; tables are made from the same values, so
 * that both always tell the same.
 */
#ifndef TGTCTL_OUT_H
#define TGTCTL_OUT_H

#include <jansson.h>
#include <stdio.h>

#include "schema.h"

enum out_format {
	OUT_TEXT,
	OUT_NUMBER,	/* the rest: to the right */
	OUT_SIZE,
	OUT_RATE,
	OUT_NS,
	OUT_AGE,
	OUT_BOOL,	/* the rest: to the left */
	OUT_LIST,
	OUT_TARGET,	/* "fabric" and this key */
	OUT_DETAILS,	/* options and info of a device */
};

struct column {
	const char	*heading;
	const char	*key;
	enum out_format	format;
};

void out_json(const json_t *val);
void out_json_line(const json_t *val);
void out_table(const json_t *rows, const struct column *cols, size_t nr, bool heading);
void out_object(const json_t *row, const struct set *set);

#endif
