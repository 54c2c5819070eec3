// SPDX-License-Identifier: GPL-2.0
/*
 * tgtctl stat --daemons: what is counted of the daemons of each device that they serve, since it
 * was made, or, with --interval, since the row before; the state is that of the moment.
 */
#include <linux/tgtcore.h>
#include <stdlib.h>

#include "stat.h"
#include "tgtctl.h"

static const struct {
	struct column col;
	unsigned int attr;	/* in the row under that name */
	bool counts;		/* and only grows */
} daemon_columns[] = {
	{ { "DEVICE", "device", OUT_TEXT }, TGTCORE_A_DEVICE_NAME, false },
	{ { "DAEMON", "daemon", OUT_TEXT }, TGTCORE_A_DEVICE_DAEMON, false },
	{ { "PID", "pid", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_PID, false },
	{ { "COMMANDS", "commands", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_COMMANDS, false },
	{ { "HELD", "held", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_HELD, false },
	{ { "STARTS", "starts", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_STARTS, true },
	{ { "LOST", "lost", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_LOST, true },
	{ { "HANDOVERS", "handovers", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_HANDOVERS, true },
	{ { "REISSUED", "reissued", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_REISSUED, true },
	{ { "TIMEOUTS", "timeouts", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_TIMEOUTS, true },
	{ { "LATE", "late", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_LATE, true },
	{ { "BAD", "bad", OUT_NUMBER }, TGTCORE_A_DEVICE_DAEMON_BAD, true },
};

static json_t *daemon_row(const struct record *dev, const struct record *was)
{
	json_t *row = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(daemon_columns); i++) {
		const char *key = daemon_columns[i].col.key;
		unsigned int attr = daemon_columns[i].attr;
		u64 n = record_u64(dev, attr);

		if (!dev->tb[attr])
			continue;
		if (attr == TGTCORE_A_DEVICE_NAME)
			json_object_set_new(row, key, json_string(record_str(dev, attr)));
		else if (attr == TGTCORE_A_DEVICE_DAEMON)
			json_object_set_new(row, key, json_string(daemon_name(n)));
		else if (was && daemon_columns[i].counts)
			json_object_set_new(row, key, json_integer(n - record_u64(was, attr)));
		else
			json_object_set_new(row, key, json_integer(n));
	}
	return row;
}

/* The same device in the dump before; one that has been made anew has another number. */
static const struct record *same_device(const struct records *before, const struct record *dev)
{
	for (size_t i = 0; i < before->nr; i++)
		if (record_u64(before->rec[i], TGTCORE_A_DEVICE_ID) ==
		    record_u64(dev, TGTCORE_A_DEVICE_ID))
			return before->rec[i];
	return NULL;
}

/* @before: what was there at the row before, NULL: counters are as they are. */
json_t *stat_daemon_rows(const struct records *before, const struct records *recs)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < recs->nr; i++) {
		const struct record *was = before ? same_device(before, recs->rec[i]) : NULL;

		if (recs->rec[i]->tb[TGTCORE_A_DEVICE_DAEMON] && (was || !before))
			json_array_append_new(rows, daemon_row(recs->rec[i], was));
	}
	return rows;
}

void stat_daemon_table(const json_t *rows)
{
	struct column cols[ARRAY_SIZE(daemon_columns)];

	for (size_t i = 0; i < ARRAY_SIZE(daemon_columns); i++)
		cols[i] = daemon_columns[i].col;
	out_table(rows, cols, ARRAY_SIZE(cols), true);
}
