// SPDX-License-Identifier: GPL-2.0
/*
 * A small target daemon on NETLINK_TGT, as those of 2006 were: one socket, one thread, a message
 * read with a buffer of exactly its size; a message of another length ends it. LUNs are
 * mini_tgtd's. With --send it says one thing that it should not, and prints what comes back.
 */
#include <errno.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mini_tgtd.h"
#include "nlmsg.h"

#define CMDS		4096

/* Both revisions in one program: every event begins where the longer one does. */
union event {
	struct event_d d;
	struct event_c c;
};

static int fd = -1, proto = 17, rev = 'd', room = 256 << 10;	/* bytes of the socket */
static size_t size = sizeof(struct event_d);
static struct target target;
static struct nexus nexus;
static struct cmd *cmds[CMDS];
static __u32 cids[CMDS];
static volatile sig_atomic_t ended;
static struct {
	unsigned long commands, done, tmfs, unbound;
} stats;

/* --- messages -------------------------------------------------------------- */

static ssize_t send_raw(const void *buf, size_t len)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };

	return sendto(fd, buf, len, 0, (struct sockaddr *)&to, sizeof(to));
}

static void send_event(int type, const union event *e, __u32 pid)
{
	struct {
		struct nlmsghdr h;
		union event e;
	} m = { .h = { .nlmsg_len = NLMSG_SPACE(size), .nlmsg_type = type, .nlmsg_pid = pid } };

	memcpy(&m.e, e, size);
	if (send_raw(&m, m.h.nlmsg_len) != (ssize_t)m.h.nlmsg_len)
		die("send: %s", strerror(errno));
}

/* -1: nothing came in time, or a signal. */
static int receive(union event *e, int flags)
{
	struct {
		struct nlmsghdr h;
		union event e;
	} m;
	struct sockaddr_nl from;
	socklen_t from_len = sizeof(from);
	ssize_t n;

	n = recvfrom(fd, &m, NLMSG_SPACE(size), MSG_WAITALL | flags, (struct sockaddr *)&from,
		     &from_len);
	if (n < 0)
		return -1;
	if (n != (ssize_t)NLMSG_SPACE(size) || m.h.nlmsg_len != n)
		die("a message of %zd bytes that says %u", n, m.h.nlmsg_len);
	if (from.nl_pid || m.h.nlmsg_flags || m.h.nlmsg_seq)
		fault("header: from %u, flags %x, seq %u", from.nl_pid, m.h.nlmsg_flags,
		      m.h.nlmsg_seq);
	memcpy(e, &m.e, size);
	return m.h.nlmsg_type;
}

static void open_socket(void)
{
	struct timeval tv = { .tv_usec = 400000 };

	fd = socket(PF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, proto);
	if (fd < 0)
		die("socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/* What a bind is answered, or 1 for nothing. */
static int bind_kernel(__u32 pid)
{
	union event e;
	int type;

	memset(&e, 0xa5, sizeof(e));	/* nobody looks at it */
	send_event(UEVENT_REQ, &e, pid);
	type = receive(&e, 0);
	if (type < 0)
		return 1;
	if (type != KEVENT_RSP)
		die("bind: answered by a message of type %d", type);
	return e.d.k.event_rsp.err;	/* at the same place in both */
}

/* --- commands -------------------------------------------------------------- */

static void answer(const struct cmd *cmd, __u32 cid)
{
	union event e;

	memset(&e, 0, sizeof(e));
	e.d.u.cmd_rsp = (struct cmd_rsp){
		.host_no = target.host_no, .cid = cid, .result = cmd->result,
		.len = cmd->sense_len ? cmd->sense_len : cmd->len,
		.uaddr = cmd->sense_len ? (uintptr_t)cmd->sense : cmd->uaddr,
		.rw = cmd->write,
	};
	send_event(UEVENT_CMD_RSP, &e, getpid());
}

static int slot_of(__u32 cid)
{
	int i;

	for (i = 0; i < CMDS; i++)
		if (cmds[i] && cmds[i]->answered && cids[i] == cid)
			return i;
	return -1;
}

static struct cmd *new_cmd(__u32 cid)
{
	int i;

	for (i = 0; i < CMDS && cmds[i] && cmds[i]->answered; i++)
		;
	if (i == CMDS)
		die("too many commands");
	if (!cmds[i]) {
		cmds[i] = calloc(1, sizeof(struct cmd));
		if (!cmds[i] || posix_memalign((void **)&cmds[i]->buf, BUF_SIZE, BUF_SIZE))
			die("out of memory");
	}
	cids[i] = cid;
	return cmds[i];
}

/* The bytes of an event behind those of its fields, and all before them, are zero. */
static void check_zero(const union event *e, int type, size_t from)
{
	const __u8 *p = (const __u8 *)e;
	size_t i;

	for (i = 0; i < size; i++)
		if ((i < K || i >= K + from) && p[i])
			fault("type %d: byte %zu is %x", type, i, p[i]);
}

static void cmd_req(const union event *e)
{
	struct cmd *cmd;

	check_zero(e, KEVENT_CMD_REQ, rev == 'd' ? 48 : 40);
	if (e->d.k.cmd_req.host_no != target.host_no) {
		stats.unbound++;
		return;
	}
	if (slot_of(e->d.k.cmd_req.cid) >= 0)
		fault("command %u came twice", e->d.k.cmd_req.cid);
	if (rev == 'd' && !e->d.k.cmd_req.tag)
		fault("command %u has no tag", e->d.k.cmd_req.cid);
	if (e->d.k.cmd_req.attribute < 0x20 || e->d.k.cmd_req.attribute > 0x22)
		fault("attribute %x", e->d.k.cmd_req.attribute);
	stats.commands++;
	cmd = new_cmd(e->d.k.cmd_req.cid);
	cmd->target = &target;
	cmd->nexus = &nexus;
	cmd->data_len = e->d.k.cmd_req.data_len;
	memcpy(cmd->scb, e->d.k.cmd_req.scb, sizeof(cmd->scb));
	cmd->lun = decode_lun(e->d.k.cmd_req.lun);
	cmd->answered = true;
	if (disk_execute(cmd))
		answer(cmd, e->d.k.cmd_req.cid);
}

static void cmd_done(const union event *e)
{
	int i = slot_of(e->d.k.cmd_done.cid);

	check_zero(e, KEVENT_CMD_DONE, 12);
	if (i < 0 || e->d.k.cmd_done.host_no != target.host_no ||
	    cmds[i]->result != e->d.k.cmd_done.result) {
		fault("end of command %u, %s", e->d.k.cmd_done.cid,
		      i < 0 ? "which is unknown" : "with another host or result");
		return;
	}
	cmds[i]->answered = false;
	stats.done++;
}

/* No command is held back here: all have been answered by the time that this comes. */
static void tsk_mgmt(const union event *e)
{
	union event rsp;
	int lun;

	check_zero(e, KEVENT_TSK_MGMT_REQ, 32);
	memset(&rsp, 0, sizeof(rsp));
	stats.tmfs++;
	rsp.d.u.tsk_mgmt_rsp.host_no = e->d.k.tsk_mgmt_req.host_no;
	rsp.d.u.tsk_mgmt_rsp.mid = e->d.k.tsk_mgmt_req.mid;
	switch (e->d.k.tsk_mgmt_req.function) {
	case LUN_RESET:
		lun = decode_lun(e->d.k.tsk_mgmt_req.lun);
		if (lun >= 0)
			nexus.ua[lun] = UA_POWER_ON;
		break;
	case ABORT_TASK:
		rsp.d.u.tsk_mgmt_rsp.result = -EEXIST;
		break;
	case ABORT_TASK_SET:
	case CLEAR_TASK_SET:
		break;
	default:
		rsp.d.u.tsk_mgmt_rsp.result = -EINVAL;
	}
	send_event(UEVENT_TSK_MGMT_RSP, &rsp, getpid());
}

static void run(void)
{
	union event e;
	int type;

	while (!ended) {
		type = receive(&e, 0);
		if (type < 0 && errno != EAGAIN && errno != EINTR)
			die("recvfrom: %s", strerror(errno));
		if (type < 0)
			continue;
		if (type == KEVENT_CMD_REQ)
			cmd_req(&e);
		else if (type == KEVENT_CMD_DONE)
			cmd_done(&e);
		else if (type == KEVENT_TSK_MGMT_REQ && rev == 'd')
			tsk_mgmt(&e);
		else
			die("an event of type %d", type);
	}
}

/* --- what is not good manners ---------------------------------------------- */

static const char *reply(void)
{
	static char text[32];
	union event e;
	int type = receive(&e, 0);

	if (type < 0)
		return errno == EAGAIN ? "silence" : strerror(errno);
	snprintf(text, sizeof(text), type == KEVENT_RSP ? "err %d" : "type %d",
		 type == KEVENT_RSP ? e.d.k.event_rsp.err : type);
	check_zero(&e, type, 4);
	return errors ? "dirty" : text;
}

static void flood(int n)
{
	union event e;
	int i;

	srandom(1);
	for (i = 0; i < n; i++) {
		size_t at;

		for (at = 0; at < sizeof(e); at++)
			((__u8 *)&e)[at] = random();
		send_event(random() % 20 + 1, &e, random());
	}
}

static void send_bad(const char *what)
{
	struct {
		struct nlmsghdr h;
		union event e;
	} m = { .h = { .nlmsg_len = NLMSG_SPACE(size) } }, two[2];
	struct sockaddr_nl me = { .nl_family = AF_NETLINK, .nl_pid = 4000000000u };
	union event e = { };

	if (!strcmp(what, "bind")) {
		printf("err %d\n", bind_kernel(getpid()));
		return;
	} else if (!strcmp(what, "port")) {	/* not the process's number, and it lies too */
		bind(fd, (struct sockaddr *)&me, sizeof(me));
		printf("err %d\n", bind_kernel(1));
		return;
	} else if (!strcmp(what, "unknown")) {
		send_event(9, &e, getpid());
	} else if (!strcmp(what, "short")) {	/* the whole is less than it says */
		send_raw(&m, 40);
	} else if (!strcmp(what, "tiny")) {	/* less than a header */
		m.h.nlmsg_len = 8;
		send_raw(&m, NLMSG_SPACE(size));
	} else if (!strcmp(what, "size")) {	/* of no revision */
		m.h.nlmsg_len = 64;
		send_raw(&m, 64);
	} else if (!strcmp(what, "two")) {	/* the first is good, the second is not */
		two[0] = m;
		two[0].h.nlmsg_type = 9;
		memcpy((char *)&two + NLMSG_SPACE(size), &m, 16);
		send_raw(&two, NLMSG_SPACE(size) + 16);
		printf("%s, ", reply());
	} else if (!strcmp(what, "answer")) {	/* somebody else's command */
		memset(&e, 0, sizeof(e));
		e.d.u.cmd_rsp.host_no = target.host_no;
		send_event(UEVENT_CMD_RSP, &e, getpid());
	} else {
		flood(atoi(what));
		puts("sent");
		return;
	}
	puts(reply());
}

/* --- setting up ------------------------------------------------------------ */

static void add_lun(const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 0);

	if (n < 0 || n >= MAX_LUNS || *end++ != '=')
		die("LUN %s: wants a number below %d, and =", arg, MAX_LUNS);
	target.luns[n] = lun_open(end);
	if (!target.luns[n])
		die("LUN %s: %s", arg, strerror(errno));
	nexus.ua[n] = UA_POWER_ON;
}

static void end(int sig)
{
	ended = 1;
}

static int usage(void)
{
	fputs("usage: mini_nltgtd [--rev c|d] [--proto N] [--room N] --host N {--lun L=WHAT}...\n"
	      "       mini_nltgtd [--rev c|d] [--proto N] [--host N] --send WHAT\n"
	      "  --lun as mini_tgtd's. --send: bind, port, unknown, short, tiny, size, two, answer,\n"
	      "  or a number of random messages; prints the answer, or silence.\n"
	      "  --room: bytes of its socket.\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "host", 1, NULL, 'h' }, { "lun", 1, NULL, 'l' }, { "rev", 1, NULL, 'r' },
		{ "proto", 1, NULL, 'p' }, { "send", 1, NULL, 's' },
		{ "room", 1, NULL, 'b' }, { }
	};
	struct sigaction sa = { .sa_handler = end };
	const char *bad = NULL;
	int opt, err;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'h')
			target.host_no = atoi(optarg);
		else if (opt == 'l')
			add_lun(optarg);
		else if (opt == 'r' && (optarg[0] == 'c' || optarg[0] == 'd'))
			rev = optarg[0];
		else if (opt == 'p')
			proto = atoi(optarg);
		else if (opt == 'b')
			room = atoi(optarg);
		else if (opt == 's')
			bad = optarg;
		else
			return usage();
	}
	if (optind != argc)
		return usage();
	size = rev == 'd' ? sizeof(struct event_d) : sizeof(struct event_c);
	open_socket();
	if (bad) {
		send_bad(bad);
		return 0;
	}
	err = bind_kernel(getpid());
	if (err)
		die("bind: %d", err);
	sigaction(SIGTERM, &sa, NULL);
	puts("ready");
	fflush(stdout);
	run();
	printf("commands %lu\ndone %lu\noutstanding %lu\ntmfs %lu\nunbound %lu\nerrors %lu\n",
	       stats.commands, stats.done, stats.commands - stats.done, stats.tmfs,
	       stats.unbound, errors);
	return errors ? 3 : 0;
}
