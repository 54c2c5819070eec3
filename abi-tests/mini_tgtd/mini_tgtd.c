// SPDX-License-Identifier: GPL-2.0
/*
 * A small target daemon on /dev/tgt that behaves as tgtd 1.0.13 does on the ring: one
 * thread, level-triggered epoll, one write() for each answer, events of hosts that are not
 * bound swallowed without an answer, commands of unknown nexuses too.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "mini_tgtd.h"
#include "ring.h"

#define BUCKETS		1024
#define MAX_TARGETS	16

struct tmf {
	struct target *target;
	__u64 itn_id, mid;
	int result;
	unsigned int pending;	/* commands whose end it waits for, and 1 while it is begun */
};

struct waiter {
	struct waiter *next;
	struct tmf *tmf;
};

static int fd = -1, generation = 3;
static struct ring tx, rx;		/* from the kernel, to the kernel */
static bool batch, unwritten, check;
static unsigned int delay_ms, held;
static struct target targets[MAX_TARGETS];
static int n_targets;
static struct cmd *buckets[BUCKETS], *free_cmds;
static volatile sig_atomic_t ended;

static struct {
	unsigned long commands, done, aborted, tmfs, nexuses, unbound, refused, wakeups;
} stats;

static __u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* --- to the kernel --------------------------------------------------------- */

static void kick(void)
{
	unwritten = false;
	if (write(fd, &rx, 1) != 1)
		die("write: %s", strerror(errno));
}

static void *new_answer(__u16 type)
{
	struct hdr *hdr = (struct hdr *)rx.slot;

	/* In time all that was posted has been taken: write() does it. */
	if (slot_status(hdr)) {
		kick();
		if (slot_status(hdr))
			die("a slot stays full");
	}
	memset(hdr, 0, rx.event_size);
	hdr->type = type;
	return hdr;
}

static void post_answer(void *slot)
{
	set_slot_status(slot, 1);
	ring_next(&rx);
	if (batch)
		unwritten = true;
	else
		kick();
}

static void answer_cmd3(const struct cmd *cmd)
{
	struct event3 *e = new_answer(CMD_RSP);

	e->cmd_rsp.host_no = cmd->target->host_no;
	e->cmd_rsp.result = cmd->result;
	e->cmd_rsp.itn_id = cmd->itn_id;
	e->cmd_rsp.tag = cmd->tag;
	e->cmd_rsp.uaddr = cmd->uaddr;
	e->cmd_rsp.sense_uaddr = (uintptr_t)cmd->sense;
	e->cmd_rsp.len = cmd->len;
	e->cmd_rsp.sense_len = cmd->sense_len;
	e->cmd_rsp.rw = cmd->write ? 1 : 2;
	post_answer(e);
}

static void answer_cmd2(const struct cmd *cmd)
{
	struct event2 *e = new_answer(CMD_RSP);

	e->cmd_rsp.host_no = cmd->target->host_no;
	e->cmd_rsp.result = cmd->result;
	e->cmd_rsp.tag = cmd->tag;
	e->cmd_rsp.uaddr = cmd->uaddr;
	e->cmd_rsp.sense_uaddr = (uintptr_t)cmd->sense;
	e->cmd_rsp.len = cmd->len;
	e->cmd_rsp.sense_len = cmd->sense_len;
	e->cmd_rsp.rw = cmd->write;
	post_answer(e);
}

/* Sense is all the data that a failed command has. */
static void answer_cmd1(const struct cmd *cmd)
{
	struct event2 *e = new_answer(CMD_RSP);

	e->cmd_rsp1.host_no = cmd->target->host_no;
	e->cmd_rsp1.result = cmd->result;
	e->cmd_rsp1.tag = cmd->tag;
	e->cmd_rsp1.uaddr = cmd->sense_len ? (uintptr_t)cmd->sense : cmd->uaddr;
	e->cmd_rsp1.len = cmd->sense_len ? cmd->sense_len : cmd->len;
	e->cmd_rsp1.rw = cmd->write && !cmd->sense_len;
	post_answer(e);
}

static void answer_cmd(struct cmd *cmd)
{
	cmd->answered = true;
	if (generation == 3)
		answer_cmd3(cmd);
	else if (generation == 2)
		answer_cmd2(cmd);
	else
		answer_cmd1(cmd);
}

static void answer_tmf(const struct tmf *tmf)
{
	if (generation == 3) {
		struct event3 *e = new_answer(TSK_MGMT_RSP);

		e->tsk_mgmt_rsp.host_no = tmf->target->host_no;
		e->tsk_mgmt_rsp.result = tmf->result;
		e->tsk_mgmt_rsp.itn_id = tmf->itn_id;
		e->tsk_mgmt_rsp.mid = tmf->mid;
		post_answer(e);
	} else {
		struct event2 *e = new_answer(TSK_MGMT_RSP_OLD);

		e->tsk_mgmt_rsp.host_no = tmf->target->host_no;
		e->tsk_mgmt_rsp.result = tmf->result;
		e->tsk_mgmt_rsp.mid = tmf->mid;
		post_answer(e);
	}
}

/* --- commands -------------------------------------------------------------- */

static struct cmd **bucket(__u64 itn_id, __u64 tag)
{
	return &buckets[((itn_id ^ tag) * 0x9e3779b97f4a7c15ull) >> 54];
}

static struct cmd *new_cmd(void)
{
	struct cmd *cmd = free_cmds;

	if (cmd) {
		free_cmds = cmd->next;
		cmd->waiters = NULL;
		cmd->answered = false;
		return cmd;
	}
	cmd = calloc(1, sizeof(*cmd));
	if (!cmd || posix_memalign((void **)&cmd->buf, BUF_SIZE, BUF_SIZE))
		die("out of memory");
	return cmd;
}

static void put_tmf(struct tmf *tmf)
{
	if (--tmf->pending)
		return;
	answer_tmf(tmf);
	free(tmf);
}

static void end_cmd(struct cmd *cmd)
{
	struct cmd **p = bucket(cmd->itn_id, cmd->tag);
	struct waiter *w;

	while (*p != cmd)
		p = &(*p)->next;
	*p = cmd->next;
	held -= !cmd->answered;
	while ((w = cmd->waiters)) {
		cmd->waiters = w->next;
		put_tmf(w->tmf);
		free(w);
	}
	cmd->next = free_cmds;
	free_cmds = cmd;
}

static struct cmd *find_cmd(const struct target *t, __u64 itn_id, __u64 tag)
{
	struct cmd *cmd = *bucket(itn_id, tag);

	while (cmd && (cmd->tag != tag || cmd->itn_id != itn_id || cmd->target != t))
		cmd = cmd->next;
	return cmd;
}

static struct target *find_target(int host_no)
{
	int i;

	for (i = 0; i < n_targets; i++)
		if (targets[i].host_no == host_no)
			return &targets[i];
	stats.unbound++;
	return NULL;
}

static struct nexus *find_nexus(const struct target *t, __u64 itn_id)
{
	struct nexus *n = t->nexuses;

	while (n && n->itn_id != itn_id)
		n = n->next;
	return n;
}

static void keep_cmd(struct cmd *cmd, __u64 due)
{
	cmd->due = due;
	held++;
}

static void cmd_req(int host_no, __u64 itn_id, __u64 tag, __u32 data_len,
		    const __u8 *scb, const __u8 *lun)
{
	struct target *t = find_target(host_no);
	struct nexus *nexus = t ? find_nexus(t, itn_id) : NULL;
	struct cmd *cmd, **p;

	if (!nexus) {
		stats.refused += !!t;
		return;
	}
	if (check && find_cmd(t, itn_id, tag))
		fault("command %llx of nexus %llx came twice", tag, itn_id);
	stats.commands++;
	cmd = new_cmd();
	cmd->target = t;
	cmd->nexus = nexus;
	cmd->itn_id = itn_id;
	cmd->tag = tag;
	cmd->data_len = data_len;
	memcpy(cmd->scb, scb, sizeof(cmd->scb));
	cmd->lun = decode_lun(lun);
	p = bucket(itn_id, tag);
	cmd->next = *p;
	*p = cmd;
	if (__builtin_expect(delay_ms, 0)) {
		keep_cmd(cmd, now_ms() + random() % (delay_ms + 1));
		return;
	}
	if (__builtin_expect(disk_execute(cmd), 1))
		answer_cmd(cmd);
	else
		keep_cmd(cmd, UINT64_MAX);
}

static void cmd_done(int host_no, __u64 itn_id, __u64 tag, int result)
{
	struct target *t = find_target(host_no);
	struct cmd *cmd = t ? find_cmd(t, itn_id, tag) : NULL;

	if (!t)
		return;
	if (!cmd || !cmd->answered || cmd->result != result) {
		fault("end of command %llx of nexus %llx, %s", tag, itn_id,
		      !cmd ? "which is unknown" : !cmd->answered ? "which has no answer" :
		      "with another result");
		return;
	}
	stats.done++;
	end_cmd(cmd);
}

/* Answer what is due, in whatever order that makes. Returns the time until the next. */
static int answer_held(void)
{
	__u64 now = now_ms(), next = UINT64_MAX;
	struct cmd *cmd;
	int i;

	for (i = 0; i < BUCKETS && held; i++) {
		for (cmd = buckets[i]; cmd; cmd = cmd->next) {
			if (cmd->answered)
				continue;
			if (cmd->due > now) {
				next = cmd->due < next ? cmd->due : next;
				continue;
			}
			held--;
			if (disk_execute(cmd))
				answer_cmd(cmd);
			else
				keep_cmd(cmd, UINT64_MAX);
		}
	}
	return next == UINT64_MAX ? -1 : next - now;
}

/* --- task management ------------------------------------------------------- */

/* What has been answered is waited for; what has not never will be. */
static void abort_cmd(struct cmd *cmd, struct tmf *tmf)
{
	struct waiter *w;

	if (cmd->answered) {
		w = malloc(sizeof(*w));
		if (!w)
			die("out of memory");
		w->tmf = tmf;
		w->next = cmd->waiters;
		cmd->waiters = w;
		tmf->pending++;
		return;
	}
	cmd->result = RESULT_TASK_ABORTED;
	cmd->uaddr = 0;
	cmd->len = 0;
	cmd->sense_len = 0;
	cmd->write = false;
	held--;
	answer_cmd(cmd);
	stats.aborted++;
	end_cmd(cmd);
}

static void abort_cmds(struct tmf *tmf, int function, int lun)
{
	struct cmd *cmd, *next;
	int i;

	for (i = 0; i < BUCKETS; i++) {
		for (cmd = buckets[i]; cmd; cmd = next) {
			next = cmd->next;
			if (cmd->target != tmf->target)
				continue;
			if (function == ABORT_TASK_SET ? cmd->itn_id == tmf->itn_id :
			    cmd->lun == lun)
				abort_cmd(cmd, tmf);
		}
	}
}

static void attention(struct target *t, int lun, __u16 ua, __u64 but_itn_id)
{
	struct nexus *n;

	for (n = t->nexuses; n; n = n->next)
		if (lun >= 0 && n->itn_id != but_itn_id)
			n->ua[lun] = ua;
}

static void tsk_mgmt_req(int host_no, __u64 itn_id, int function, __u64 tag,
			 const __u8 *lun8, __u64 mid)
{
	struct target *t = find_target(host_no);
	int lun = decode_lun(lun8);
	struct cmd *cmd;
	struct tmf *tmf;

	if (!t)
		return;
	stats.tmfs++;
	tmf = calloc(1, sizeof(*tmf));
	if (!tmf)
		die("out of memory");
	*tmf = (struct tmf){ .target = t, .itn_id = itn_id, .mid = mid, .pending = 1 };
	switch (function) {
	case ABORT_TASK:
		cmd = find_cmd(t, itn_id, tag);
		if (!cmd || cmd->answered)
			tmf->result = -EEXIST;
		if (cmd)
			abort_cmd(cmd, tmf);
		break;
	case LUN_RESET:
		if (lun >= 0 && t->luns[lun])
			t->luns[lun]->holder = 0;
		attention(t, lun, UA_POWER_ON, 0);
		abort_cmds(tmf, function, lun);
		break;
	case CLEAR_TASK_SET:
		attention(t, lun, UA_CLEARED, itn_id);
		abort_cmds(tmf, function, lun);
		break;
	case ABORT_TASK_SET:
		abort_cmds(tmf, function, lun);
		break;
	default:
		tmf->result = -EINVAL;
	}
	put_tmf(tmf);
}

/* --- nexuses --------------------------------------------------------------- */

static int create_nexus(struct target *t, __u64 itn_id)
{
	struct nexus *n;
	int i;

	if (find_nexus(t, itn_id))
		return -EEXIST;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->itn_id = itn_id;
	for (i = 0; i < MAX_LUNS; i++)
		n->ua[i] = UA_POWER_ON;
	n->next = t->nexuses;
	t->nexuses = n;
	return 0;
}

static int destroy_nexus(struct target *t, __u64 itn_id)
{
	struct nexus *n = find_nexus(t, itn_id), **p = &t->nexuses;
	struct cmd *cmd;
	int i;

	if (!n)
		return -ENOENT;
	for (i = 0; i < BUCKETS; i++)
		for (cmd = buckets[i]; cmd; cmd = cmd->next)
			if (cmd->nexus == n)
				return -EBUSY;
	for (i = 0; i < MAX_LUNS; i++)
		if (t->luns[i] && t->luns[i]->holder == itn_id)
			t->luns[i]->holder = 0;
	while (*p != n)
		p = &(*p)->next;
	*p = n->next;
	free(n);
	return 0;
}

static void it_nexus_req(int host_no, __u64 itn_id, __u32 function)
{
	struct target *t = find_target(host_no);
	struct event3 *e;
	int result;

	if (!t)
		return;
	stats.nexuses++;
	if (!itn_id)
		result = -EINVAL;
	else
		result = function ? destroy_nexus(t, itn_id) : create_nexus(t, itn_id);
	e = new_answer(IT_NEXUS_RSP);
	e->it_nexus_rsp.host_no = host_no;
	e->it_nexus_rsp.result = result;
	e->it_nexus_rsp.itn_id = itn_id;
	e->it_nexus_rsp.function = function;
	post_answer(e);
}

/* --- from the kernel ------------------------------------------------------- */

/* Bytes that are zero in what the kernel sends. */
static const struct {
	int generation, type, from, to;
} zeros[] = {
	{ 3, CMD_REQ, 52, 56 }, { 3, CMD_DONE, 32, 64 }, { 3, TSK_MGMT_REQ, 48, 64 },
	{ 3, IT_NEXUS_REQ, 24, 28 }, { 3, IT_NEXUS_REQ, 44, 64 },
	{ 2, CMD_REQ, 44, 48 }, { 2, CMD_DONE, 12, 16 }, { 2, CMD_DONE, 28, 56 },
	{ 2, TSK_MGMT_REQ_OLD, 40, 56 }, { }
};

static void check_event(const struct hdr *hdr)
{
	const __u8 *byte = (const __u8 *)hdr;
	int i, at, gen = generation == 3 ? 3 : 2;

	if (hdr->version || hdr->len || hdr->status != 1)
		fault("header %x %x %x %x", hdr->version, hdr->status, hdr->type, hdr->len);
	for (i = 0; zeros[i].generation; i++) {
		if (zeros[i].generation != gen || zeros[i].type != hdr->type)
			continue;
		for (at = zeros[i].from; at < zeros[i].to; at++)
			if (byte[at])
				fault("type %x: byte %d is %x", hdr->type, at, byte[at]);
	}
}

static void handle3(const struct event3 *e)
{
	switch (e->hdr.type) {
	case CMD_REQ:
		cmd_req(e->cmd_req.host_no, e->cmd_req.itn_id, e->cmd_req.tag,
			e->cmd_req.data_len, e->cmd_req.scb, e->cmd_req.lun);
		break;
	case CMD_DONE:
		cmd_done(e->cmd_done.host_no, e->cmd_done.itn_id, e->cmd_done.tag,
			 e->cmd_done.result);
		break;
	case IT_NEXUS_REQ:
		it_nexus_req(e->it_nexus_req.host_no, e->it_nexus_req.itn_id,
			     e->it_nexus_req.function);
		break;
	case TSK_MGMT_REQ:
		tsk_mgmt_req(e->tsk_mgmt_req.host_no, e->tsk_mgmt_req.itn_id,
			     e->tsk_mgmt_req.function, e->tsk_mgmt_req.tag,
			     e->tsk_mgmt_req.lun, e->tsk_mgmt_req.mid);
		break;
	default:
		fault("event of type %x", e->hdr.type);
	}
}

/* There is one nexus, and nobody says so: number 0, made when the daemon starts. */
static void handle2(const struct event2 *e)
{
	switch (e->hdr.type) {
	case CMD_REQ:
		cmd_req(e->cmd_req.host_no, 0, e->cmd_req.tag, e->cmd_req.data_len,
			e->cmd_req.scb, e->cmd_req.lun);
		break;
	case CMD_DONE:
		cmd_done(e->cmd_done.host_no, 0, e->cmd_done.tag, e->cmd_done.result);
		break;
	case TSK_MGMT_REQ_OLD:
		tsk_mgmt_req(e->tsk_mgmt_req.host_no, 0, e->tsk_mgmt_req.function,
			     e->tsk_mgmt_req.tag, e->tsk_mgmt_req.lun, e->tsk_mgmt_req.mid);
		break;
	default:
		fault("event of type %x", e->hdr.type);
	}
}

static void handle_events(void)
{
	while (slot_status(tx.slot)) {
		if (check)
			check_event((struct hdr *)tx.slot);
		if (generation == 3)
			handle3((struct event3 *)tx.slot);
		else
			handle2((struct event2 *)tx.slot);
		set_slot_status(tx.slot, 0);
		ring_next(&tx);
	}
}

static void run(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC), timeout = -1;
	sigset_t none;

	sigemptyset(&none);
	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		die("epoll: %s", strerror(errno));
	while (!ended) {
		if (epoll_pwait(ep, &ev, 1, timeout, &none) < 0 && errno != EINTR)
			die("epoll_wait: %s", strerror(errno));
		stats.wakeups++;
		handle_events();
		if (delay_ms)
			timeout = answer_held();
		if (unwritten)
			kick();
	}
}

/* --- setting up ------------------------------------------------------------ */

static void open_ring(const char *path)
{
	unsigned int page = sysconf(_SC_PAGESIZE);
	unsigned long bytes;
	__u8 *map;

	ring_init(&tx, NULL, page, generation);
	bytes = ring_bytes(&tx);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	map = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	ring_init(&tx, map, page, generation);
	ring_init(&rx, map + bytes, page, generation);
}

static void add_host(const char *arg)
{
	struct target *t = &targets[n_targets];

	if (n_targets == MAX_TARGETS)
		die("at most %d hosts", MAX_TARGETS);
	t->host_no = atoi(arg);
	t->number = n_targets++;
}

/* N=WHAT, of the host named last */
static void add_lun(const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 0);
	struct lun **lun;

	if (!n_targets || n < 0 || n >= MAX_LUNS || *end++ != '=')
		die("LUN %s: wants --host before it, a number below %d, and =", arg, MAX_LUNS);
	lun = &targets[n_targets - 1].luns[n];
	if (*lun)
		die("LUN %s: there is one already", arg);
	*lun = lun_open(end);
	if (!*lun)
		die("LUN %s: %s", arg, strerror(errno));
}

static int usage(void)
{
	fputs("usage: mini_tgtd {--host N {--lun L=WHAT}...}...\n"
	      "  WHAT is file:PATH, ro:PATH (read-only), ram:SIZE, silent:SIZE: memory of which the\n"
	      "  second half is never answered for, or stuck:SIZE: memory that whoever touches it\n"
	      "  waits for, for ever\n"
	      "  --abi g1|g2|g3  generation of the ring (default g3)\n"
	      "  --batch         one write() for all answers that are ready at a time\n"
	      "  --delay-ms D    answer after 0 to D ms, in random order\n"
	      "  --check         check the events: zero bytes, no command twice\n"
	      "  --device PATH   default /dev/tgt\n"
	      "Ends with SIGTERM, and says on standard output what it has seen; exit code 3\n"
	      "if the kernel broke a rule.\n", stderr);
	return 2;
}

static void end(int sig)
{
	ended = 1;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = end };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

/* Nexuses that have not ended. */
static unsigned long nexuses_left(void)
{
	unsigned long n = 0;
	struct nexus *nexus;
	int i;

	for (i = 0; i < n_targets; i++)
		for (nexus = targets[i].nexuses; nexus; nexus = nexus->next)
			n++;
	return n;
}

static int report(void)
{
	unsigned long outstanding = stats.commands - stats.done - stats.aborted;

	printf("commands %lu\ndone %lu\naborted %lu\noutstanding %lu\ntmfs %lu\nnexuses %lu\n"
	       "unbound %lu\nrefused %lu\nwakeups %lu\nleft %lu\nerrors %lu\n", stats.commands,
	       stats.done, stats.aborted, outstanding, stats.tmfs, stats.nexuses, stats.unbound,
	       stats.refused, stats.wakeups, nexuses_left(), errors);
	return errors ? 3 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "host", 1, NULL, 'h' }, { "lun", 1, NULL, 'l' }, { "abi", 1, NULL, 'a' },
		{ "batch", 0, NULL, 'b' }, { "delay-ms", 1, NULL, 'd' },
		{ "check", 0, NULL, 'c' }, { "device", 1, NULL, 'D' }, { }
	};
	const char *device = "/dev/tgt";
	int opt, i;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'h':
			add_host(optarg);
			break;
		case 'l':
			add_lun(optarg);
			break;
		case 'b':
			batch = true;
			break;
		case 'c':
			check = true;
			break;
		case 'd':
			delay_ms = atoi(optarg);
			break;
		case 'D':
			device = optarg;
			break;
		case 'a':
			generation = optarg[0] == 'g' ? atoi(optarg + 1) : 0;
			if (generation >= 1 && generation <= 3)
				break;
			/* fall through */
		default:
			return usage();
		}
	}
	if (optind != argc || !n_targets)
		return usage();
	catch_signals();
	open_ring(device);
	for (i = 0; generation < 3 && i < n_targets; i++)
		create_nexus(&targets[i], 0);
	puts("ready");
	fflush(stdout);
	run();
	return report();
}
