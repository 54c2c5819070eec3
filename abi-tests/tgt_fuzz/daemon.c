// SPDX-License-Identifier: GPL-2.0
/*
 * A daemon that means harm: answers that are half right, events that are noise, addresses
 * of what is not its own or is gone by the time it is used, status bits that move while the
 * kernel looks at them. About half of what it says is right, so that commands keep coming.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "ring.h"
#include "rnd.h"

#define AREA		(1024 * 1024u)	/* of each of the mappings */
#define REMEMBERED	512		/* requests, answered or not */
#define MANGLED		(16 * 4096)	/* at the start of the area that comes and goes */

/* What the kernel said, to be used rightly, wrongly or twice. */
struct request {
	__u16 type;
	int host_no;
	__u64 itn_id, tag;		/* or mid */
	__u32 data_len;
	__u8 opcode;
};

static int fd = -1;
static __u8 *map;
static unsigned long map_bytes;
static struct ring tx, rx;
static struct request requests[REMEMBERED];
static unsigned int n_requests, n_fresh;	/* in all; not looked at yet */
static __u8 *good, *moving, *read_only, *file_end;
static unsigned long left;

/* --- from the kernel ------------------------------------------------------- */

static void remember(const void *slot)
{
	struct request *r = &requests[n_requests++ % REMEMBERED];
	const struct event3 *e = slot;
	const struct event2 *old = slot;

	memset(r, 0, sizeof(*r));
	r->type = e->hdr.type;
	r->host_no = e->cmd_req.host_no;
	shared->requests++;
	if (options.generation != 3) {
		r->tag = r->type == CMD_REQ ? old->cmd_req.tag : old->tsk_mgmt_req.mid;
		r->data_len = old->cmd_req.data_len;
		r->opcode = old->cmd_req.scb[0];
		r->type = r->type == TSK_MGMT_REQ_OLD ? TSK_MGMT_REQ : r->type;
		return;
	}
	r->itn_id = e->cmd_req.itn_id;
	switch (r->type) {
	case CMD_REQ:
		r->tag = e->cmd_req.tag;
		r->data_len = e->cmd_req.data_len;
		r->opcode = e->cmd_req.scb[0];
		break;
	case TSK_MGMT_REQ:
		r->tag = e->tsk_mgmt_req.mid;
		break;
	case IT_NEXUS_REQ:
		r->data_len = e->it_nexus_req.function;
		break;
	}
}

/* Takes what has come; at times not all of it, at times later. */
static void take_events(void)
{
	while (slot_status(tx.slot) && rnd(200)) {
		if (((struct hdr *)tx.slot)->type != CMD_DONE) {
			remember(tx.slot);
			n_fresh = n_fresh < REMEMBERED ? n_fresh + 1 : n_fresh;
		}
		set_slot_status(tx.slot, rnd(500) ? 0 : rnd(65536));
		ring_next(&tx);
	}
}

static struct request *next_request(void)
{
	if (n_fresh && rnd(20))
		return &requests[(n_requests - n_fresh--) % REMEMBERED];
	return n_requests ? &requests[rnd(n_requests < REMEMBERED ? n_requests : REMEMBERED)] :
	       &requests[0];
}

/* --- what goes wrong ------------------------------------------------------- */

static __u64 bad_address(void)
{
	static const __u64 fixed[] = {
		0, 1, 4095, 0x7fffffffeffful, 0x7fffffffffffull, 0x800000000000ull,
		0xffff800000000000ull, 0xffff888000000000ull, 0xffffc90000000000ull,
		0xffffffff81000000ull, 0xffffffffff600000ull, 0xfffffffffffff000ull,
		0xffffffffffffffffull, 0xdead000000000100ull, 0x00000000fffff000ull,
		0x0000000100000000ull,
	};

	switch (rnd(10)) {
	case 0:
		return (uintptr_t)map + rnd(map_bytes);
	case 1:
		return (uintptr_t)read_only + rnd(AREA);
	case 2:
		return (uintptr_t)file_end + rnd(AREA);
	case 3:
	case 4:
	case 5:
		return (uintptr_t)moving + rnd(MANGLED);
	case 6:
		return (uintptr_t)good + AREA - rnd(8192);
	case 7:
		return (__u64)rnd(0x10000) << 48 | (__u64)rnd(0x10000) << 32 | rnd(0x7fffffff);
	case 8:
		return (uintptr_t)&daemon_run;
	default:
		return fixed[rnd(ARRAY_SIZE(fixed))];
	}
}

static __u32 bad_length(__u32 data_len)
{
	switch (rnd(8)) {
	case 0:
		return 0xffffffff - rnd(3);
	case 1:
		return 0x80000000 - rnd(3);
	case 2:
		return data_len + 1 + rnd(5000);
	case 3:
		return data_len ? rnd(data_len) : 0;
	case 4:
		return rnd(0x7fffffff);
	case 5:
		return 0;
	default:
		return data_len;
	}
}

static int some_result(void)
{
	static const int results[] = { 2, 2, 2, 0x20, 0x20, 0x08, 0x18, 0x28, 0x40, 0x04,
				       0x10000, 0x20000, 0x70000, -1, 0x7fffffff, 0x80 };

	return results[rnd(ARRAY_SIZE(results))];
}

static int some_errno(void)
{
	static const int results[] = { 0, 0, -EEXIST, -EINVAL, -ENOENT, -EBUSY, -1, 1, 0x1055,
				       -2147483647 };

	return results[rnd(ARRAY_SIZE(results))];
}

/* --- to the kernel --------------------------------------------------------- */

/* What write() is given means nothing; the kernel must not be led to believe it does. */
static void kick(void)
{
	static const size_t counts[] = { 0, 1, 64, 4096, 0x7fffffff, (size_t)-1 };

	if (rnd(10))
		(void)!write(fd, &fd, 1);
	else
		(void)!write(fd, rnd(2) ? NULL : map, counts[rnd(6)]);
	shared->writes++;
}

static void fill_rsp(void *slot, const struct request *r, bool right)
{
	bool write = r->opcode == 0x2a || r->opcode == 0x8a || r->opcode == 0x0a;
	__u64 uaddr = right ? (uintptr_t)good + rnd(4096) : bad_address();
	__u64 sense = right || rnd(2) ? (uintptr_t)good : bad_address();
	__u32 len = right || rnd(3) ? r->data_len : bad_length(r->data_len);
	__u32 sense_len = rnd(4) ? 18 : bad_length(96);
	int result = right || rnd(3) ? 0 : some_result();
	struct event2 *old = slot;
	struct event3 *e = slot;

	if (right && len > AREA - 4096)
		len = AREA - 4096;
	/*
	 * Linux's scan believes the length that a REPORT LUNS says, allocates that much, and warns
	 * if it is too much: nothing that a module below it could be blamed for.
	 */
	if (r->opcode == 0xa0)
		uaddr = (uintptr_t)read_only;
	if (options.generation == 3) {
		e->cmd_rsp.host_no = r->host_no;
		e->cmd_rsp.result = result;
		e->cmd_rsp.itn_id = r->itn_id;
		e->cmd_rsp.tag = r->tag;
		e->cmd_rsp.uaddr = uaddr;
		e->cmd_rsp.len = len;
		e->cmd_rsp.sense_uaddr = sense;
		e->cmd_rsp.sense_len = sense_len;
		e->cmd_rsp.rw = right ? 2 - write : rnd(256);
	} else if (options.generation == 2) {
		old->cmd_rsp.host_no = r->host_no;
		old->cmd_rsp.result = result;
		old->cmd_rsp.tag = r->tag;
		old->cmd_rsp.uaddr = uaddr;
		old->cmd_rsp.len = len;
		old->cmd_rsp.sense_uaddr = sense;
		old->cmd_rsp.sense_len = sense_len;
		old->cmd_rsp.rw = right ? write : rnd(256);
	} else {
		old->cmd_rsp1.host_no = r->host_no;
		old->cmd_rsp1.result = result;
		old->cmd_rsp1.tag = r->tag;
		old->cmd_rsp1.uaddr = uaddr;
		old->cmd_rsp1.len = len;
		old->cmd_rsp1.rw = right ? write : rnd(256);
	}
}

static void fill_tmf(void *slot, const struct request *r, bool right)
{
	struct event2 *old = slot;
	struct event3 *e = slot;
	__u64 mid = right || rnd(2) ? r->tag : bad_address();
	int result = right ? 0 : some_errno();

	if (options.generation == 3) {
		e->tsk_mgmt_rsp.host_no = r->host_no;
		e->tsk_mgmt_rsp.result = result;
		e->tsk_mgmt_rsp.itn_id = r->itn_id;
		e->tsk_mgmt_rsp.mid = mid;
	} else {
		old->tsk_mgmt_rsp.host_no = r->host_no;
		old->tsk_mgmt_rsp.result = result;
		old->tsk_mgmt_rsp.mid = mid;
	}
}

static void fill_nexus(struct event3 *e, const struct request *r, bool right)
{
	e->it_nexus_rsp.host_no = r->host_no;
	e->it_nexus_rsp.itn_id = right || rnd(2) ? r->itn_id : bad_address();
	e->it_nexus_rsp.result = right ? 0 : some_errno();
	e->it_nexus_rsp.function = right || rnd(2) ? r->data_len : rnd(4);
}

static __u16 answer_type(const struct request *r)
{
	switch (r->type) {
	case CMD_REQ:
		return CMD_RSP;
	case TSK_MGMT_REQ:
		return options.generation == 3 ? TSK_MGMT_RSP : TSK_MGMT_RSP_OLD;
	case IT_NEXUS_REQ:
		return IT_NEXUS_RSP;
	}
	return rnd(65536);
}

static void noise(void *slot)
{
	struct hdr *hdr = slot;
	__u8 *byte = slot;
	unsigned int i;

	for (i = 0; i < rx.event_size; i++)
		byte[i] = rnd(256);
	/* most of it under a number and for a host that exist */
	hdr->type = rnd(4) ? rnd(5) : rnd(65536);
	if (rnd(4))
		((struct event3 *)slot)->cmd_rsp.host_no = options.hosts[rnd(options.n_hosts)];
}

/* One event; half of them are right. */
static void send_event(void)
{
	const struct request *r = next_request();
	bool right = rnd(2);
	void *slot = rx.slot;
	struct hdr *hdr = slot;

	memset(slot, 0, rx.event_size);
	if (!right && !rnd(3)) {
		noise(slot);
	} else {
		hdr->type = answer_type(r);
		if (hdr->type == CMD_RSP)
			fill_rsp(slot, r, right);
		else if (r->type == TSK_MGMT_REQ)
			fill_tmf(slot, r, right);
		else if (options.generation == 3)
			fill_nexus(slot, r, right);
	}
	if (!right && !rnd(16)) {
		hdr->type = rnd(6);
		((struct event3 *)slot)->cmd_rsp.host_no = rnd(2) ? (int)rnd(20) : -1;
	}
	set_slot_status(slot, right || rnd(4) ? 1 : 1 + rnd(65535));
	ring_next(&rx);
	shared->events++;
	left -= left > 0;
}

/* --- things that a device file is used for ---------------------------------- */

static void odd_calls(void)
{
	struct pollfd p = { .fd = fd, .events = rnd(65536) };
	char buf[64];
	void *again;
	int status;
	pid_t pid;

	switch (rnd(9)) {
	case 0:
		(void)!read(fd, buf, sizeof(buf));
		break;
	case 1:
		ioctl(fd, rnd(0x7fffffff), buf);
		break;
	case 2:
		lseek(fd, rnd(0x7fffffff), SEEK_SET);
		break;
	case 3:
		poll(&p, 1, 0);
		break;
	case 4:
		again = mmap(NULL, map_bytes + (rnd(3) - 1) * 4096, PROT_READ | PROT_WRITE,
			     rnd(2) ? MAP_SHARED : MAP_PRIVATE, fd, rnd(2) * 4096);
		if (again != MAP_FAILED)
			munmap(again, map_bytes);
		break;
	case 5:
		status = open(options.device, O_RDWR);
		if (status >= 0)
			close(status);
		break;
	case 6:		/* of another process, whose addresses are copies of ours */
		pid = fork();
		if (!pid) {
			(void)!write(fd, "", 1);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, &status, 0);
		break;
	case 7:
		fsync(fd);
		break;
	case 8:		/* the kernel's own ring, as the daemon may write to it */
		map[rnd(map_bytes)] = rnd(256);
		break;
	}
}

/* --- the other threads ------------------------------------------------------ */

/* Moves status and contents of slots, of both rings, under the kernel's eyes. */
static void *move_slots(void *arg)
{
	rng = (uintptr_t)arg;
	while (left) {
		struct ring *r = rnd(4) ? &rx : &tx;
		__u8 *slot = ring_slot(r, rnd(ring_slots(r)));
		int i;

		/* where the kernel is now, or will be soon */
		if (rnd(2))
			slot = rx.slot - rnd(4) * rx.event_size;
		if (slot < map || slot >= map + map_bytes)
			continue;
		for (i = 0; i < 20; i++) {
			if (rnd(3))
				slot[8 + rnd(r->event_size - 8)] = rnd(256);
			else
				set_slot_status(slot, rnd(3));
		}
		usleep(rnd(2000));
	}
	return NULL;
}

/* Takes pages away between answer and use, and puts others there. */
static void *move_pages(void *arg)
{
	rng = (uintptr_t)arg;
	while (left) {
		__u8 *at = moving + rnd(MANGLED / 4096) * 4096;
		size_t len = (1 + rnd(4)) * 4096;

		switch (rnd(6)) {
		case 0:
			munmap(at, len);
			break;
		case 1:
			mprotect(at, len, rnd(2) ? PROT_NONE : PROT_READ);
			break;
		case 2:
			madvise(at, len, MADV_DONTNEED);
			break;
		default:
			mmap(at, len, PROT_READ | PROT_WRITE,
			     MAP_FIXED | MAP_ANONYMOUS | (rnd(2) ? MAP_SHARED : MAP_PRIVATE),
			     -1, 0);
		}
		usleep(rnd(2000));
	}
	return NULL;
}

/* --- life and death ---------------------------------------------------------- */

static __u8 *area(int prot)
{
	void *p = mmap(NULL, AREA, prot, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(3);
	return p;
}

static void set_up_memory(void)
{
	int file = memfd_create("fuzz", 0);

	good = area(PROT_READ | PROT_WRITE);
	moving = area(PROT_READ | PROT_WRITE);
	read_only = area(PROT_READ);
	/* a file that ends in the middle of its mapping: SIGBUS beyond */
	if (file < 0 || ftruncate(file, AREA / 2 + 100))
		_exit(3);
	file_end = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (file_end == MAP_FAILED)
		_exit(3);
}

static void open_ring(void)
{
	int tries;

	ring_init(&tx, NULL, 4096, options.generation);
	map_bytes = 2 * ring_bytes(&tx);
	/* busy while a child of the one before still has it open */
	for (tries = 0; fd < 0 && tries < 1000; tries++) {
		fd = open(options.device, O_RDWR);
		if (fd < 0)
			usleep(10000);
	}
	map = fd < 0 ? MAP_FAILED :
	      mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		fprintf(stderr, "tgt_fuzz: %s: %s\n", options.device, strerror(errno));
		_exit(4);
	}
	ring_init(&tx, map, 4096, options.generation);
	ring_init(&rx, map + map_bytes / 2, 4096, options.generation);
}

/* The ring is closed and opened again; a mapping alone keeps it, too, from others. */
static int reopen(void)
{
	__u8 *old = map;

	close(fd);
	fd = rnd(2) ? open(options.device, O_RDWR) : -1;
	if (fd >= 0) {
		fprintf(stderr, "tgt_fuzz: %s is mapped, and was opened\n", options.device);
		_exit(4);
	}
	munmap(old, map_bytes);
	open_ring();
	return fd;
}

static void __attribute__((noreturn)) die(void)
{
	shared->deaths++;
	if (rnd(2))
		kill(getpid(), SIGKILL);
	if (rnd(2))
		close(fd);
	_exit(0);
}

void daemon_run(__u64 seed, unsigned long events)
{
	struct pollfd p = { .events = POLLIN };
	pthread_t thread;
	int burst;

	rng = seed;
	left = 1 + rnd(events);
	set_up_memory();
	open_ring();
	p.fd = fd;
	if (rnd(2))
		pthread_create(&thread, NULL, move_slots, (void *)(uintptr_t)rnd(0x7fffffff));
	if (rnd(2))
		pthread_create(&thread, NULL, move_pages, (void *)(uintptr_t)rnd(0x7fffffff));
	while (left && !shared->stop) {
		take_events();
		if (!n_fresh && rnd(4))
			poll(&p, 1, rnd(4));
		/* one event for a request, some where there is none; at times rather many */
		burst = !rnd(500) ? rnd(1500) : n_fresh ? 1 : 1 + rnd(8);
		for (; burst > 0 && left; burst--)
			send_event();
		if (rnd(50))
			kick();
		if (!rnd(100))
			odd_calls();
		if (!rnd(2000))
			p.fd = reopen();
	}
	die();
}
