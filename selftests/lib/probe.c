// SPDX-License-Identifier: GPL-2.0
/* An initiator for test programs, on the probe fabric. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "probe.h"

extern char **environ;

static pid_t configured_by;

/* Runs a command line without quoting or a shell; its exit code. */
static int run_line(char *line)
{
	char *argv[64], *save;
	int n = 0, status;
	pid_t pid;

	for (argv[0] = strtok_r(line, " ", &save); argv[n] && n < 62;)
		argv[++n] = strtok_r(NULL, " ", &save);
	argv[n] = NULL;
	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
		return 127;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Runs tgtctl; its exit code. */
int tgtctl(const char *fmt, ...)
{
	char line[4096];
	size_t n = snprintf(line, sizeof(line), "tgtctl ");
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	fflush(stdout);
	return run_line(line);
}

static void unconfigure(void)
{
	/* not in the children in which tests run */
	if (configured_by == getpid() && tgtctl("clear"))
		fprintf(stderr, "# tgtctl clear failed\n");
}

static void __attribute__((noreturn)) bail_out(const char *what)
{
	printf("Bail out! %s\n", what);
	fflush(stdout);
	exit(1);
}

void probe_configure(const char * const *lines)
{
	char modprobe[] = "modprobe -a tgtcore tgtcore_probe";

	configured_by = getpid();
	atexit(unconfigure);
	if (run_line(modprobe))
		bail_out("modprobe tgtcore_probe");
	for (; *lines; lines++)
		if (tgtctl("%s", *lines))
			bail_out(*lines);
}

static int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

int probe_attach(const char *target)
{
	struct tgtprobe_attach arg = { };
	int fd, err;

	if (strlen(target) >= sizeof(arg.name))
		return -EINVAL;
	strcpy(arg.name, target);
	fd = open(TGTPROBE_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = do_ioctl(fd, TGTPROBE_IOC_ATTACH, &arg);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int probe_begin(struct nexus *n, int fd, const char *initiator, const void *transport_id,
		__u32 len)
{
	struct tgtprobe_open arg = { .transport_id_len = len };
	int err;

	/* a name that fills the field is for the kernel to refuse */
	memcpy(arg.initiator, initiator, strnlen(initiator, sizeof(arg.initiator)));
	if (len <= sizeof(arg.transport_id))
		memcpy(arg.transport_id, transport_id, len);
	err = do_ioctl(fd, TGTPROBE_IOC_OPEN, &arg);
	*n = (struct nexus){ .fd = fd, .session = arg.session, .tag = 1 };
	return err;
}

/* A TransportID of a SAS initiator port (SPC-5 7.6.4.7) made of the name. */
static void sas_transport_id(const char *initiator, __u8 *id)
{
	__u64 hash = 0x5000000000000000;
	int i;

	memset(id, 0, 24);
	while (*initiator)
		hash ^= (hash << 5 & 0x0fffffffffffffff) + (__u8)*initiator++;
	id[0] = 0x06;
	for (i = 0; i < 8; i++)
		id[4 + i] = hash >> (56 - 8 * i);
}

int probe_open(struct nexus *n, const char *target, const char *initiator)
{
	int fd = probe_attach(target), err;
	__u8 id[24];

	*n = (struct nexus){ .fd = -1 };
	if (fd < 0)
		return fd;
	sas_transport_id(initiator, id);
	err = probe_begin(n, fd, initiator, id, sizeof(id));
	if (err) {
		close(fd);
		n->fd = -1;
	}
	return err;
}

int probe_end(struct nexus *n, __u32 flags)
{
	struct tgtprobe_close arg = { .session = n->session, .flags = flags };

	return do_ioctl(n->fd, TGTPROBE_IOC_CLOSE, &arg);
}

void probe_close(struct nexus *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

int probe_send(struct nexus *n, struct io *io)
{
	struct tgtprobe_submit arg = {
		.session = n->session,
		.flags = io->flags,
		.tag = io->tag ?: n->tag++,
		.cdb = (uintptr_t)io->cdb,
		.cdb_len = io->cdb_len,
		.data = (uintptr_t)io->data,
		.result = io->dir == TGTPROBE_IN ? (uintptr_t)io->data : 0,
		.data_len = io->len,
		.segs = (uintptr_t)io->segs,
		.nr_segs = io->nr_segs,
		.offset = io->offset,
		.task_attr = io->attr,
		.dir = io->dir,
	};
	int err;

	memcpy(arg.lun, io->lun, sizeof(arg.lun));
	memset(&io->r, 0xff, sizeof(io->r));
	err = do_ioctl(n->fd, TGTPROBE_IOC_SUBMIT, &arg);
	io->id = arg.id;
	return err;
}

/* Signals only interrupt: the harness' alarm does not come back here. */
int probe_reap(struct nexus *n, __u32 id, struct tgtprobe_reap *r, __u32 timeout_ms)
{
	int err;

	do {
		memset(r, 0, sizeof(*r));
		r->session = n->session;
		r->id = id;
		r->timeout_ms = timeout_ms;
		err = do_ioctl(n->fd, TGTPROBE_IOC_REAP, r);
	} while (err == -EINTR);
	return err;
}

int probe_wait(struct nexus *n, struct io *io)
{
	return probe_reap(n, io->id, &io->r, PROBE_TIMEOUT_MS);
}

int probe_run(struct nexus *n, struct io *io)
{
	int err = probe_send(n, io);

	return err ?: probe_wait(n, io);
}

int probe_data(struct nexus *n, struct io *io, const void *data)
{
	struct tgtprobe_data arg = {
		.session = n->session,
		.id = io->id,
		.data = (uintptr_t)data,
		.timeout_ms = PROBE_TIMEOUT_MS,
	};

	return do_ioctl(n->fd, TGTPROBE_IOC_DATA, &arg);
}

int probe_state(struct nexus *n, __u32 id, struct tgtprobe_state *st)
{
	*st = (struct tgtprobe_state){ .session = n->session, .id = id };
	return do_ioctl(n->fd, TGTPROBE_IOC_STATE, st);
}

int probe_tmf_send(struct nexus *n, __u8 function, const __u8 *lun, __u64 tag,
		   __u32 victim)
{
	struct tgtprobe_tmf arg = {
		.session = n->session,
		.function = function,
		.tag = tag,
		.victim = victim,
	};
	int err;

	memcpy(arg.lun, lun, sizeof(arg.lun));
	err = do_ioctl(n->fd, TGTPROBE_IOC_TMF, &arg);
	return err ?: (int)arg.id;
}

int probe_tmf(struct nexus *n, __u8 function, unsigned int lun, __u64 tag)
{
	const struct io io = { LUN(lun) };
	int id = probe_tmf_send(n, function, io.lun, tag, 0), err;
	struct tgtprobe_reap r;

	if (id < 0)
		return id;
	err = probe_reap(n, id, &r, PROBE_TIMEOUT_MS);
	return err ?: r.response;
}

/* SPC-5 4.4: fixed format is 8 bytes and its additional length, 18 with all of it. */
static int sense_fixed(const __u8 *s, unsigned int len)
{
	if (len < 18 || s[7] + 8U != len)
		return -1;
	return SENSE(s[2] & 0x0f, s[12], s[13]);
}

static int sense_descriptor(const __u8 *s, unsigned int len)
{
	unsigned int at;

	if (len < 8 || s[7] + 8U != len)
		return -1;
	for (at = 8; at < len; at += 2 + s[at + 1])
		if (at + 2 > len || at + 2 + s[at + 1] > len)
			return -1;
	return SENSE(s[1] & 0x0f, s[2], s[3]);
}

int probe_sense(const struct tgtprobe_reap *r)
{
	if (r->status != CHECK_CONDITION || r->sense_len > sizeof(r->sense))
		return -1;
	switch (r->sense[0] & 0x7f) {
	case 0x70:
		return sense_fixed(r->sense, r->sense_len);
	case 0x72:
		return sense_descriptor(r->sense, r->sense_len);
	}
	return -1;
}

int probe_outcome(struct nexus *n, struct io *io)
{
	int err = probe_run(n, io);

	if (err)
		return err;
	return io->r.status == GOOD ? 0 : probe_sense(&io->r);
}

int probe_ready(struct nexus *n, unsigned int lun)
{
	int i, what = -1;

	for (i = 0; i < 8 && what; i++) {
		struct io io = { LUN(lun), TUR };

		what = probe_outcome(n, &io);
		if (what < 0 || (what && what >> 16 != 6))
			break;
	}
	return what;
}

__u32 probe_got(const struct io *io)
{
	if (io->r.flags & TGTPROBE_R_OVERFLOW)
		return io->len;
	return io->r.residual > io->len ? 0 : io->len - io->r.residual;
}

/* Bytes that differ from block to block and from seed to seed. */
void probe_fill(void *buf, size_t len, __u32 seed)
{
	__u32 x = seed * 2654435761U + 1;
	__u8 *p = buf;

	while (len--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		*p++ = x;
	}
}

int probe_hold(struct nexus *n, struct io *io, unsigned int lun, unsigned int lba, __u64 tag,
	       __u32 flags)
{
	static __u8 cdb[32][10];
	static int next;
	const __u8 write[10] = { 0x2a, 0, 0, 0, 0, lba, 0, 0, 1, 0 };
	__u8 *mine = cdb[next++ % 32];
	struct tgtprobe_state st = { };
	int err, i;

	memcpy(mine, write, 10);
	*io = (struct io){ LUN(lun), .cdb = mine, .cdb_len = 10, .tag = tag,
			   .dir = TGTPROBE_OUT, .len = 512, .flags = flags };
	err = probe_send(n, io);
	for (i = 0; !err && !(st.state & TGTPROBE_S_WANTS_DATA) && i < 1000; i++) {
		err = probe_state(n, io->id, &st);
		usleep(1000);
	}
	return err ?: st.state == TGTPROBE_S_WANTS_DATA ? 0 : -ETIMEDOUT;
}
