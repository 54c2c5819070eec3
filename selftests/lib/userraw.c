// SPDX-License-Identifier: GPL-2.0
/*
 * userraw NAME BYTES: a disk of level raw, in memory, as small as Linux takes one. The first
 * command of each nexus but INQUIRY gets POWER ON, its reservation is RESERVE(6) of SPC-2, and
 * opcode C0h is not answered before a task management function is. Prints what functions come,
 * and of what.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "../../tools/libtgtcore/libtgtcore.c"

#define NEXUSES	64
#define SENSE	18
#define BLOCK	512

static struct tgtcore *t;
static char *disk, *buf;	/* region 0; region 1: of each tag */
static __u64 size;
static __u64 nexus[NEXUSES], reserved;
static struct tgtcore_req hung;

#define BUF	4096

static __u64 number(const __u8 *p, int n)
{
	__u64 v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void put(void *to, __u64 v, int n)
{
	__u8 *p = to;

	while (n--) {
		p[n] = v;
		v >>= 8;
	}
}

static char *buffer(const struct tgtcore_req *req)
{
	return buf + req->tag * BUF;
}

static void status(struct tgtcore_queue *q, const struct tgtcore_req *req, __u8 value)
{
	struct tgtcore_user_cqe cqe = { .status = value };

	tgtcore_answer(q, req, &cqe);
}

static void sense(struct tgtcore_queue *q, const struct tgtcore_req *req, __u8 key, __u16 asc)
{
	struct tgtcore_user_cqe cqe = {
		.status = 0x02 | SENSE << 8,
		.region = 1,
		.sense = req->tag * BUF,
	};
	char *s = buffer(req);

	memset(s, 0, SENSE);
	s[0] = 0x70;
	s[2] = key;
	s[7] = SENSE - 8;
	put(s + 12, asc, 2);
	tgtcore_answer(q, req, &cqe);
}

/* What is in the buffer; the initiator may want less. */
static void reply(struct tgtcore_queue *q, const struct tgtcore_req *req, __u32 len,
		  __u32 want)
{
	struct tgtcore_user_cqe cqe = { .region = 1, .data = req->tag * BUF };

	cqe.len = len < want ? len : want;
	cqe.len = cqe.len < req->len ? cqe.len : req->len;
	if (!cqe.len) {
		cqe.region = 0;
		cqe.data = 0;
	}
	tgtcore_answer(q, req, &cqe);
}

static void inquiry(struct tgtcore_queue *q, const struct tgtcore_req *req, const __u8 *cdb)
{
	char *d = buffer(req);

	if (cdb[1] & 1) {
		sense(q, req, 5, 0x2400);
		return;
	}
	memset(d, 0, 36);
	d[2] = 6;
	d[3] = 2;
	d[4] = 31;
	memcpy(d + 8, "tgtcore userraw         0001", 28);
	reply(q, req, 36, number(cdb + 3, 2));
}

static void transfer(struct tgtcore_queue *q, const struct tgtcore_req *req, __u64 lba,
		     __u32 n)
{
	struct tgtcore_user_cqe cqe = { .data = lba * BLOCK, .len = (__u64)n * BLOCK };

	if (lba + n > size / BLOCK) {
		sense(q, req, 5, 0x2100);
		return;
	}
	if (req->len < cqe.len)
		cqe.len = req->len;
	if (req->flags & TGTCORE_USER_SQE_OUT && cqe.len)
		cqe.flags = TGTCORE_USER_CQE_FETCH;
	if (!cqe.len)
		cqe.data = 0;
	tgtcore_answer(q, req, &cqe);
}

static int is_new(__u64 number_of)
{
	unsigned int i;

	for (i = 0; i < NEXUSES && nexus[i]; i++)
		if (nexus[i] == number_of)
			return 0;
	if (i < NEXUSES)
		nexus[i] = number_of;
	return 1;
}

static void execute(struct tgtcore_queue *q, const struct tgtcore_req *req, const __u8 *cdb)
{
	char *d = buffer(req);

	switch (cdb[0]) {
	case 0x12:
		inquiry(q, req, cdb);
		break;
	case 0x25:
		put(d, size / BLOCK - 1, 4);
		put(d + 4, BLOCK, 4);
		reply(q, req, 8, 8);
		break;
	case 0x28:
	case 0x2a:
		transfer(q, req, number(cdb + 2, 4), number(cdb + 7, 2));
		break;
	case 0x00:
	case 0x1e:
	case 0x35:
		status(q, req, 0);
		break;
	case 0x16:
		reserved = tgtcore_scsi(q, req)->nexus;
		status(q, req, 0);
		break;
	case 0x17:
		reserved = 0;
		status(q, req, 0);
		break;
	case 0xc0:
		hung = *req;
		break;
	default:
		sense(q, req, 5, 0x2000);
	}
}

static void function(struct tgtcore_queue *q, const struct tgtcore_req *req)
{
	const struct tgtcore_user_scsi *s = tgtcore_scsi(q, req);

	printf("function %u%s\n", s->function,
	       !s->task ? "" : s->task == hung.id ? " of it" : " of another");
	fflush(stdout);
	if (hung.id)
		status(q, &hung, 0x40);
	hung.id = 0;
	if (s->function == 5)
		reserved = 0;
	status(q, req, s->function > 5 ? TGTCORE_USER_REJECTED : TGTCORE_USER_OK);
}

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	const struct tgtcore_user_scsi *s = tgtcore_scsi(q, req);

	(void)priv;
	if (req->op == TGTCORE_USER_OP_TMF)
		function(q, req);
	else if (s->cdb_len < 6 || !s->initiator[0])
		sense(q, req, 5, 0x2400);
	else if (s->cdb[0] != 0x12 && is_new(s->nexus))
		sense(q, req, 6, 0x2900);
	else if (s->cdb[0] != 0x12 && reserved && reserved != s->nexus)
		status(q, req, 0x18);
	else
		execute(q, req, s->cdb);
}

static void *region(__u64 len, int wanted)
{
	void *mem;

	if (tgtcore_pool(t, len, &mem) != wanted)
		err(1, "a pool of %llu bytes", (unsigned long long)len);
	return mem;
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH,
		.request = request,
	};

	if (argc != 3)
		errx(2, "usage: userraw NAME BYTES");
	size = strtoull(argv[2], NULL, 0);
	t = tgtcore_open(argv[1], 1);
	if (!t)
		err(1, "/dev/tgtcore/%s", argv[1]);
	if (tgtcore_info(t)->level != TGTCORE_USER_LEVEL_RAW)
		errx(1, "%s is no raw device", argv[1]);
	disk = region(size, 0);
	buf = region((__u64)tgtcore_info(t)->depth * BUF, 1);
	if (tgtcore_start(t, &params) || tgtcore_run(t))
		err(1, "%s", argv[1]);
	tgtcore_close(t);
	return 0;
}
