// SPDX-License-Identifier: GPL-2.0
/*
 * tgtprobe: send a command or a function through the probe fabric, from a shell test.
 *
 *   tgtprobe cmd TARGET [OPTIONS] BYTE...    a CDB in hexadecimal
 *   tgtprobe abort TARGET [OPTIONS] BYTE...  a CDB, and at once ABORT TASK for it
 *   tgtprobe tmf TARGET [OPTIONS] FUNCTION   abort-task-set, lun-reset, ... or a number
 *   tgtprobe hold TARGET [OPTIONS]           a session, until standard input ends
 *   tgtprobe flood TARGET [OPTIONS] N        N writes of 4 KiB, the first 2048 blocks, at once
 *
 * cmd prints "status SS sense K/AA/QQ residual N|overflow N" and data-in in hexadecimal.
 * abort prints "ready" once the LUN is, and goes on when standard input ends; it prints what
 * the function was answered, then "status SS" or "aborted".
 * flood prints "sent" when all are, and reads words: "abort" sends ABORT TASK for each and waits
 * for the answers, "reset" LOGICAL UNIT RESET likewise, "close" ends the session; each is
 * followed by a line of how it went.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "probe.h"

struct options {
	const char	*initiator;
	const char	*out;		/* file with data-out */
	__u8		lun[8];
	__u32	in_len;
	__u32	out_len;
	__u64	tag;
	bool		keep_ua;
	bool		raw;
	bool		defer;
};

static const char * const functions[] = {
	[ABORT_TASK] = "abort-task",
	[ABORT_TASK_SET] = "abort-task-set",
	[CLEAR_ACA] = "clear-aca",
	[CLEAR_TASK_SET] = "clear-task-set",
	[LUN_RESET] = "lun-reset",
};

static const char * const responses[] = {
	[TMF_COMPLETE] = "complete",
	[TMF_SUCCEEDED] = "succeeded",
	[TMF_REJECTED] = "rejected",
	[TMF_INCORRECT_LUN] = "incorrect-lun",
	[TMF_FAILED] = "failed",
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
		"usage: tgtprobe cmd|abort|tmf|hold|flood TARGET [OPTIONS] [BYTE...|FUNCTION|N]\n"
		"  -l, --lun N|HEX16   LUN, or its 8 bytes as 0x and 16 digits (default 0)\n"
		"  -i, --initiator I   initiator port name (default tgtprobe)\n"
		"  -n, --in N          expect N bytes of data-in\n"
		"  -o, --out FILE      send data-out from FILE (- is standard input)\n"
		"  -t, --tag N         tag of the command, or of the task to be aborted\n"
		"  -k, --keep-ua       do not clear unit attentions first\n"
		"  -d, --defer         data-out is asked for, and does not come (abort)\n"
		"  -r, --raw           write data-in as it is, nothing else\n");
	exit(2);
}

static void __attribute__((noreturn)) die(const char *what, int err)
{
	fprintf(stderr, "tgtprobe: %s: %s\n", what, strerror(-err));
	exit(1);
}

static void parse_lun(const char *text, __u8 *lun)
{
	char *end;
	__u64 v = strtoull(text, &end, 0);
	int i;

	if (*end || !*text)
		usage();
	memset(lun, 0, 8);
	if (strlen(text) == 18 && !strncmp(text, "0x", 2)) {
		for (i = 0; i < 8; i++)
			lun[i] = v >> (56 - 8 * i);
		return;
	}
	lun[0] = v > 255 ? 0x40 | v >> 8 : 0;
	lun[1] = v;
}

static void *read_file(const char *name, __u32 *len)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
	__u8 *buf = malloc(TGTPROBE_DATA_MAX);

	if (!f || !buf)
		die(name, -errno);
	*len = fread(buf, 1, TGTPROBE_DATA_MAX, f);
	if (f != stdin)
		fclose(f);
	return buf;
}

/* A LUN that a daemon serves is busy until that knows us. */
static void clear_ua(struct nexus *n, const __u8 *lun)
{
	int i, uas = 0, outcome;

	for (i = 0; i < 100 && uas < 8; i++) {
		struct io io = { TUR };

		memcpy(io.lun, lun, sizeof(io.lun));
		outcome = probe_outcome(n, &io);
		if (outcome >> 16 == 6)
			uas++;
		else if (outcome < 0 && io.r.status == BUSY)
			usleep(50000);
		else
			return;
	}
}

static void print_data(const __u8 *data, __u32 len)
{
	__u32 i;

	for (i = 0; i < len; i++)
		printf("%02x%c", data[i], i % 16 == 15 || i == len - 1 ? '\n' : ' ');
}

/* The command that is asked for; no unit attention is in its way. */
static void prepare(struct nexus *n, struct options *opt, int argc, char **argv, __u8 *cdb,
		    struct io *io)
{
	char *end;

	*io = (struct io){ .cdb = cdb, .tag = opt->tag };
	if (argc > TGTPROBE_CDB_MAX)
		usage();
	for (; (int)io->cdb_len < argc; io->cdb_len++) {
		cdb[io->cdb_len] = strtoul(argv[io->cdb_len], &end, 16);
		if (*end)
			usage();
	}
	memcpy(io->lun, opt->lun, sizeof(io->lun));
	if (opt->out) {
		io->dir = TGTPROBE_OUT;
		io->data = read_file(opt->out, &io->len);
	} else if (opt->in_len) {
		io->dir = TGTPROBE_IN;
		io->len = opt->in_len;
		io->data = calloc(1, io->len);
	}
	if (!opt->keep_ua)
		clear_ua(n, opt->lun);
}

static void do_hold(void)
{
	char c;

	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static int do_abort(struct nexus *n, struct options *opt, int argc, char **argv)
{
	__u8 cdb[TGTPROBE_CDB_MAX];
	struct tgtprobe_reap r;
	struct io io;
	int id, err;

	prepare(n, opt, argc, argv, cdb, &io);
	io.flags = opt->defer ? TGTPROBE_DEFER : 0;
	do_hold();
	err = probe_send(n, &io);
	if (err)
		die("command", err);
	id = probe_tmf_send(n, ABORT_TASK, opt->lun, opt->tag, io.id);
	if (id < 0)
		die("abort-task", id);
	err = probe_reap(n, id, &r, PROBE_TIMEOUT_MS);
	if (err)
		die("abort-task", err);
	/* by then the command has ended, one way or the other */
	err = probe_reap(n, io.id, &io.r, 0);
	if (err)
		die("command", err);
	printf("%s", r.response <= TMF_FAILED ? responses[r.response] : "unknown");
	if (io.r.flags & TGTPROBE_R_ABORTED)
		printf(" aborted\n");
	else
		printf(" status %02x\n", io.r.status);
	free(io.data);
	return !!(io.r.flags & PROBE_DAMAGE);
}

/* Functions one for each command, or one for all; how many were not "complete". */
static unsigned int flood_tmf(struct nexus *n, struct options *opt, int function,
			      const struct io *io, unsigned int nr)
{
	int *ids = calloc(nr, sizeof(*ids));
	unsigned int i, bad = 0;
	struct tgtprobe_reap r;

	for (i = 0; i < nr; i++)
		ids[i] = probe_tmf_send(n, function, opt->lun, io[i].tag, io[i].id);
	for (i = 0; i < nr; i++)
		bad += ids[i] < 0 || probe_reap(n, ids[i], &r, 3 * PROBE_TIMEOUT_MS) ||
		       r.response != TMF_COMPLETE;
	free(ids);
	return bad;
}

static void flood_send(struct nexus *n, struct options *opt, struct io *io, __u8 (*cdb)[10],
		       __u8 *buf, unsigned int nr)
{
	unsigned int i, lba;
	int err;

	for (i = 0; i < nr; i++) {
		lba = i * 8 % 2048;
		memcpy(cdb[i], (const __u8 []){ 0x2a, 0, BE32(lba), 0, BE16(8), 0 }, 10);
		io[i] = (struct io){ .tag = opt->tag + i + 1, .cdb = cdb[i], .cdb_len = 10,
				     DATA_OUT(buf, 4096) };
		memcpy(io[i].lun, opt->lun, sizeof(io[i].lun));
		err = probe_send(n, &io[i]);
		if (err)
			die("command", err);
	}
}

static int do_flood(struct nexus *n, struct options *opt, const char *number)
{
	unsigned int nr = strtoul(number, NULL, 0);
	__u8 (*cdb)[10] = calloc(nr, sizeof(*cdb));
	struct io *io = calloc(nr, sizeof(*io));
	__u8 *buf = calloc(1, 4096);
	char word[16];

	if (!nr)
		usage();
	clear_ua(n, opt->lun);
	flood_send(n, opt, io, cdb, buf, nr);
	printf("sent\n");
	fflush(stdout);
	while (fgets(word, sizeof(word), stdin)) {
		if (!strcmp(word, "abort\n"))
			printf("abort %u not complete\n", flood_tmf(n, opt, ABORT_TASK, io, nr));
		else if (!strcmp(word, "reset\n"))
			printf("reset %u not complete\n", flood_tmf(n, opt, LUN_RESET, io, 1));
		else if (!strcmp(word, "close\n"))
			printf("close %d\n", probe_end(n, 0));
		fflush(stdout);
	}
	free(buf);
	free(io);
	free(cdb);
	return 0;
}

static int do_cmd(struct nexus *n, struct options *opt, int argc, char **argv)
{
	__u8 cdb[TGTPROBE_CDB_MAX];
	struct io io;
	int err;

	prepare(n, opt, argc, argv, cdb, &io);
	err = probe_run(n, &io);
	if (err)
		die("command", err);
	if (io.r.flags & PROBE_DAMAGE)
		fprintf(stderr, "tgtprobe: memory was damaged, flags %#x\n", io.r.flags);
	if (!opt->raw) {
		printf("status %02x", io.r.status);
		if (io.r.status == CHECK_CONDITION)
			printf(" sense %x/%02x/%02x", probe_sense(&io.r) >> 16,
			       probe_sense(&io.r) >> 8 & 0xff, probe_sense(&io.r) & 0xff);
		printf(" %s %u\n", io.r.flags & TGTPROBE_R_OVERFLOW ? "overflow" : "residual",
		       io.r.residual);
	}
	if (io.dir == TGTPROBE_IN && opt->raw)
		fwrite(io.data, 1, probe_got(&io), stdout);
	else if (io.dir == TGTPROBE_IN)
		print_data(io.data, probe_got(&io));
	free(io.data);
	return io.r.status != GOOD || io.r.flags & PROBE_DAMAGE;
}

static int do_tmf(struct nexus *n, struct options *opt, const char *name)
{
	unsigned int function = 0;
	struct tgtprobe_reap r;
	char *end;
	int id, err;

	for (function = ABORT_TASK; function <= LUN_RESET; function++)
		if (!strcmp(functions[function], name))
			break;
	if (function > LUN_RESET) {
		function = strtoul(name, &end, 0);
		if (*end || function > 255)
			usage();
	}
	id = probe_tmf_send(n, function, opt->lun, opt->tag, 0);
	if (id < 0)
		die(name, id);
	err = probe_reap(n, id, &r, PROBE_TIMEOUT_MS);
	if (err)
		die(name, err);
	printf("%s\n", r.response <= TMF_FAILED ? responses[r.response] : "unknown");
	return r.response > TMF_SUCCEEDED;
}

static void parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{ "lun", required_argument, NULL, 'l' },
		{ "initiator", required_argument, NULL, 'i' },
		{ "in", required_argument, NULL, 'n' },
		{ "out", required_argument, NULL, 'o' },
		{ "tag", required_argument, NULL, 't' },
		{ "keep-ua", no_argument, NULL, 'k' },
		{ "raw", no_argument, NULL, 'r' },
		{ "defer", no_argument, NULL, 'd' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "l:i:n:o:t:krd", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			parse_lun(optarg, opt->lun);
			break;
		case 'i':
			opt->initiator = optarg;
			break;
		case 'n':
			opt->in_len = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			opt->out = optarg;
			break;
		case 't':
			opt->tag = strtoull(optarg, NULL, 0);
			break;
		case 'k':
			opt->keep_ua = true;
			break;
		case 'r':
			opt->raw = true;
			break;
		case 'd':
			opt->defer = true;
			break;
		default:
			usage();
		}
	}
}

int main(int argc, char **argv)
{
	struct options opt = { .initiator = "tgtprobe" };
	struct nexus n;
	int err, rc = 0;

	parse_options(argc, argv, &opt);
	argc -= optind;
	argv += optind;
	if (argc < 2)
		usage();
	err = probe_open(&n, argv[1], opt.initiator);
	if (err)
		die(argv[1], err);
	if (!strcmp(argv[0], "cmd"))
		rc = do_cmd(&n, &opt, argc - 2, argv + 2);
	else if (!strcmp(argv[0], "abort") && opt.tag)
		rc = do_abort(&n, &opt, argc - 2, argv + 2);
	else if (!strcmp(argv[0], "tmf") && argc == 3)
		rc = do_tmf(&n, &opt, argv[2]);
	else if (!strcmp(argv[0], "hold") && argc == 2)
		do_hold();
	else if (!strcmp(argv[0], "flood") && argc == 3)
		rc = do_flood(&n, &opt, argv[2]);
	else
		usage();
	probe_close(&n);
	return rc;
}
