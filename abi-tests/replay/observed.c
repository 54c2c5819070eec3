// SPDX-License-Identifier: GPL-2.0
/*
 * Traces of a daemon at work: its answers were read from the ring when the kernel had taken
 * them. A step lists its requests, then the events of both rings in the order of their slots;
 * the order in time is that of the kernel's events. Each is made by the request or the answer
 * that it comes from, and the answers are given by another process, as the daemon was one.
 *
 * What the answers pointed at was the daemon's. It is known from what the driver got; where
 * that is told by beginning, end and CRC-32, bytes with these are taken.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "replay.h"

static int step_start, step_end_line;

static void play_done(int i)
{
	json_object_set_new(T->line[i], "played", json_true());
}

static bool played(int i)
{
	return has(T->line[i], "played");
}

/* The driver's record of the answer in this line: the n-th with its tag, as the line is. */
static const json_t *record_of(int u2k, __u64 tag)
{
	int i, n = 0;

	for (i = step_start; i < u2k; i++) {
		if (is_kind(T->line[i], "u2k") && u64_of(T->line[i], "tag") == tag)
			n++;
	}
	for (i = step_start; i < step_end_line; i++) {
		if (is_kind(T->line[i], "lld") && u64_of(T->line[i], "tag") == tag &&
		    !strncmp(str_of(T->line[i], "cb"), "transfer", 8) && !n--)
			return T->line[i];
	}
	return NULL;
}

/* A mapping that failed says where: then nothing was there. */
static bool was_hole(__u64 addr)
{
	char text[64];
	int i;

	snprintf(text, sizeof(text), "ret -14 uaddr %llx ", (unsigned long long)addr);
	for (i = step_start; i < step_end_line; i++) {
		if (is_kind(T->line[i], "klog") && strstr(str_of(T->line[i], "text"), text))
			return true;
	}
	return false;
}

static __u8 *data_of(const json_t *record, __u32 len)
{
	__u8 *p = calloc(1, len + 1), head[LLD_DATA_TAIL], tail[LLD_DATA_TAIL];

	if (!record || int_of(record, "data_len") != len)
		return p;
	if (has(record, "data"))
		unhex(str_of(record, "data"), p, len);
	else if (has(record, "data_head"))
		forge(p, len, head, unhex(str_of(record, "data_head"), head, sizeof(head)),
		      tail, unhex(str_of(record, "data_tail"), tail, sizeof(tail)),
		      strtoul(str_of(record, "data_crc32"), NULL, 16));
	return p;
}

static void move_data(__u8 *ev, const json_t *record)
{
	__u64 addr = get64(ev + 32), real;
	__u32 len = get32(ev + 48);
	__u8 *data;

	if (!addr || !len)
		return;
	if (was_hole(addr)) {
		real = hole(addr);
	} else {
		data = data_of(record, len);
		real = place(addr, data, len);
		free(data);
	}
	addr_learn(addr, real);
	put64(ev + 32, real);
}

static void move_sense(__u8 *ev, const json_t *record)
{
	__u64 addr = get64(ev + 40), real;
	__u32 len = get32(ev + 52);
	__u8 sense[96] = {};

	if (!addr || !len || len > sizeof(sense))
		return;
	if (record)
		unhex(str_of(record, "sense"), sense, len);
	real = place(addr, sense, len);
	addr_learn(addr, real);
	put64(ev + 40, real);
}

static void write_by_daemon(void)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(write(ring_fd, "", 1) == 1 ? 0 : 1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		problem("write() by another process failed");
}

static void answer(int i)
{
	const json_t *line = T->line[i];
	int slot = int_of(line, "slot");
	__u8 ev[EV_SIZE];
	json_t *actual;

	event_of(line, ev);
	event_to_real(ev);
	if (get16(ev + 4) == 1) {
		const json_t *record = record_of(i, get64(ev + 24));

		move_data(ev, record);
		move_sense(ev, record);
	}
	put16(ev + 2, 1);
	slot_fill(slot, ev);
	write_by_daemon();
	memcpy(ev, slot_at(U2K, slot), sizeof(ev));
	event_to_trace(ev);
	actual = json_copy((json_t *)line);
	json_object_set_new(actual, "hex", event_json(ev));
	compare(line, actual);
	slot_account(U2K, slot);
	play_done(i);
}

/* The next answer, in the order of the ring; false: there is none. */
static bool answer_next(__u64 *tag)
{
	int i;

	for (i = step_start; i < step_end_line; i++) {
		if (!is_kind(T->line[i], "u2k") || played(i))
			continue;
		*tag = u64_of(T->line[i], "tag");
		answer(i);
		return true;
	}
	return false;
}

static bool inject_next(void)
{
	int i;

	for (i = step_start; i < step_end_line; i++) {
		if (!is_kind(T->line[i], "inject") || played(i))
			continue;
		do_inject(T->line[i]);
		play_done(i);
		return true;
	}
	return false;
}

/* The daemon had consumed the event when it was looked at. */
static void event(const json_t *line)
{
	int slot = int_of(line, "slot"), real = k2u_find(line);
	__u8 ev[EV_SIZE];

	if (real < 0)
		return;
	memcpy(ev, slot_at(K2U, real), sizeof(ev));
	if (get16(ev + 2) != 1)
		problem("slot %d has status %u, not 1", slot, get16(ev + 2));
	put16(ev + 2, 0);
	compare(line, k2u_json(slot, ev));
	slot_consume(real);
}

static void play_event(const json_t *line)
{
	__u64 tag;

	if (strcmp(str_of(line, "type"), "CMD_DONE")) {
		inject_next();
	} else {
		while (answer_next(&tag) && tag != u64_of(line, "tag"))
			;
	}
	event(line);
}

int observed_step(int from)
{
	__u64 tag;
	int i;

	if (!ring) {
		skip_line("the ring is not mapped");
		return from;
	}
	step_start = from;
	step_end_line = step_end_of(from);
	for (i = from; i < step_end_line; i++) {
		if (!is_kind(T->line[i], "k2u"))
			continue;
		play_event(T->line[i]);
		play_done(i);
	}
	while (inject_next())
		;
	while (answer_next(&tag))
		;
	return from;
}
