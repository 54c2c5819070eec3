// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: random CDBs of every opcode and length, buffers of any length, direction and
 * shape, random LUNs, functions in between: this test will ask of each command one answer,
 * a status and sense there are, and no byte written where it must not be.
 *
 * TGT_FUZZ is how many (default 1000; 100000 with TGT_FULL set), TGT_SEED which ones.
 *
 * timeout: 1800
 */
#include <stdlib.h>
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/rnd.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create f_ram backend=ram size=16M",
	     "device create f_4k backend=null zero=yes size=1G block-size=4096",
	     "device create f_file backend=file path=/scratch/f_file size=16M",
	     "device create f_ro backend=ram size=1M readonly=yes",
	     "target create probe:p",
	     "lun create probe:p 0 device=f_ram",
	     "lun create probe:p 1 device=f_4k",
	     "lun create probe:p 2 device=f_file",
	     "lun create probe:p 300 device=f_ro")

#define DEPTH		16	/* commands in flight at once */
#define BUFFER		(64 << 10)
#define MAX_SEGS	16
#define FILL		0xee	/* what buffers hold before a command */

struct slot {
	bool busy;
	struct io io;
	__u8 cdb[TGTPROBE_CDB_MAX];
	__u32 segs[MAX_SEGS];
	__u8 *buf;
};

static bool chance(__u32 percent)
{
	return rnd(100) < percent;
}

static void random_bytes(void *to, __u32 n)
{
	__u8 *p = to;

	while (n--)
		*p++ = rnd(256);
}

/* Known commands: opcode, service action, length, where a big-endian LBA is and how long. */
static const struct known {
	__u8 opcode, sa, len, dir, lba_at, lba_len, n_at, n_len;
} known[] = {
	{ 0x00, 0, 6, TGTPROBE_NONE, 0, 0, 0, 0 },
	{ 0x03, 0, 6, TGTPROBE_IN, 0, 0, 4, 1 },
	{ 0x08, 0, 6, TGTPROBE_IN, 2, 2, 4, 1 },
	{ 0x0a, 0, 6, TGTPROBE_OUT, 2, 2, 4, 1 },
	{ 0x12, 0, 6, TGTPROBE_IN, 0, 0, 3, 2 },
	{ 0x12, 1, 6, TGTPROBE_IN, 0, 0, 3, 2 },
	{ 0x1a, 0, 6, TGTPROBE_IN, 0, 0, 4, 1 },
	{ 0x1b, 0, 6, TGTPROBE_NONE, 0, 0, 4, 1 },
	{ 0x25, 0, 10, TGTPROBE_IN, 0, 0, 0, 0 },
	{ 0x28, 0, 10, TGTPROBE_IN, 2, 4, 7, 2 },
	{ 0x2a, 0, 10, TGTPROBE_OUT, 2, 4, 7, 2 },
	{ 0x35, 0, 10, TGTPROBE_NONE, 2, 4, 7, 2 },
	{ 0x5a, 0, 10, TGTPROBE_IN, 0, 0, 7, 2 },
	{ 0x88, 0, 16, TGTPROBE_IN, 2, 8, 10, 4 },
	{ 0x8a, 0, 16, TGTPROBE_OUT, 2, 8, 10, 4 },
	{ 0x91, 0, 16, TGTPROBE_NONE, 2, 8, 10, 4 },
	{ 0x9e, 0x10, 16, TGTPROBE_IN, 0, 0, 10, 4 },
	{ 0xa0, 0, 12, TGTPROBE_IN, 0, 0, 6, 4 },
	{ 0xa3, 0x0c, 12, TGTPROBE_IN, 0, 0, 6, 4 },
	{ 0xa3, 0x0d, 12, TGTPROBE_IN, 0, 0, 6, 4 },
	{ 0xa8, 0, 12, TGTPROBE_IN, 2, 4, 6, 4 },
	{ 0xaa, 0, 12, TGTPROBE_OUT, 2, 4, 6, 4 },
};

/* A big-endian field: mostly small, so that most commands pass their checks. */
static void put_field(__u8 *cdb, unsigned int at, unsigned int len, __u32 small)
{
	unsigned int i;

	if (chance(10)) {
		random_bytes(cdb + at, len);
		return;
	}
	for (i = len; i--; small >>= 8)
		cdb[at + i] = small;
}

/* A CDB of a known command, perhaps with a few bytes gone wrong. */
static void known_cdb(struct slot *s)
{
	const struct known *k = &known[rnd(ARRAY_SIZE(known))];

	memset(s->cdb, 0, sizeof(s->cdb));
	s->cdb[0] = k->opcode;
	s->cdb[1] = k->sa;
	if (k->lba_len)
		put_field(s->cdb, k->lba_at, k->lba_len, rnd(2200));
	if (k->n_len)
		put_field(s->cdb, k->n_at, k->n_len, rnd(130));
	if (chance(25))
		s->cdb[1 + rnd(k->len - 1)] = rnd(256);
	if (!chance(5))
		s->cdb[k->len - 1] = 0;
	s->io.cdb_len = chance(90) ? k->len : rnd(TGTPROBE_CDB_MAX + 1);
	s->io.dir = chance(90) ? k->dir : rnd(3);
}

static void random_cdb(struct slot *s)
{
	random_bytes(s->cdb, sizeof(s->cdb));
	s->io.cdb_len = rnd(TGTPROBE_CDB_MAX + 1);
	if (chance(50))
		s->io.cdb_len = 6 + rnd(11);
	s->io.dir = rnd(3);
}

static void random_lun(__u8 *lun)
{
	static const __u8 good[][2] = { { 0, 0 }, { 0, 1 }, { 0, 2 }, { 0x41, 0x2c } };

	memset(lun, 0, 8);
	if (chance(90))
		memcpy(lun, good[rnd(4)], 2);
	else
		random_bytes(lun, 8);
}

/* Direct I/O moves sectors, so the pieces are of sectors most of the time. */
static void random_buffer(struct slot *s)
{
	__u32 unit = chance(80) ? 512 : 1, sum = 0, i;

	s->io.len = chance(70) ? 512 * rnd(129) : rnd(BUFFER + 1);
	if (chance(5))
		s->io.len = 0;
	s->io.offset = unit * rnd(4096 / unit);
	s->io.nr_segs = 0;
	s->io.segs = s->segs;
	if (!s->io.len || chance(40))
		return;
	for (i = 0; i < MAX_SEGS && sum < s->io.len; i++)
		sum += s->segs[i] = unit * (1 + rnd(8192 / unit));
	if (sum < s->io.len)
		s->segs[i - 1] += s->io.len - sum;
	s->io.nr_segs = i;
}

/* SIMPLE mostly; HEAD OF QUEUE, ORDERED, ACA, or anything. */
static __u8 random_attribute(void)
{
	static const __u8 known[] = { 0, 0x21, 0x22, 0x2f };

	if (chance(90))
		return 0x20;
	return chance(80) ? known[rnd(4)] : rnd(256);
}

static void random_command(struct slot *s)
{
	__u8 *buf = s->buf;

	s->io = (struct io){ .cdb = s->cdb, .data = buf, .attr = random_attribute() };
	if (chance(70))
		known_cdb(s);
	else
		random_cdb(s);
	random_lun(s->io.lun);
	random_buffer(s);
	memset(buf, FILL, s->io.len);
	/* one that keeps others waiting gets its data: who waits may be looked at first */
	if (s->io.dir == TGTPROBE_OUT && s->io.attr == 0x20 && chance(10))
		s->io.flags = TGTPROBE_DEFER;
	if (chance(5))
		s->io.tag = 1 + rnd(4);
}

/* What the residual says was not transferred was not: the buffer has its first bytes there. */
static bool tail_untouched(const struct io *io)
{
	const __u8 *p = io->data, *end = p + io->len;

	if (io->dir != TGTPROBE_IN || io->r.flags & (TGTPROBE_R_OVERFLOW | TGTPROBE_R_ABORTED))
		return true;
	for (p += probe_got(io); p < end; p++)
		if (*p != FILL)
			return false;
	return true;
}

static const char *wrong(const struct io *io)
{
	const struct tgtprobe_reap *r = &io->r;

	if (r->flags & PROBE_DAMAGE)
		return "memory was damaged";
	switch (r->status) {
	case CHECK_CONDITION:
		if (r->flags & TGTPROBE_R_ABORTED)
			break;
		if (probe_sense(r) < 0)
			return "malformed sense data";
		if (probe_sense(r) >> 16 == 4)
			return "hardware error";
		break;
	case GOOD:
	case CONDITION_MET:
	case RESERVATION_CONFLICT:
	case BUSY:
	case ACA_ACTIVE:
	case TASK_SET_FULL:
		if (r->sense_len)
			return "sense data with a status that has none";
		break;
	case TASK_ABORTED:
		if (!(r->flags & TGTPROBE_R_ABORTED))
			return "TASK ABORTED, but nobody aborted it";
		break;
	default:
		return "a status there is no reason for";
	}
	if (!(r->flags & TGTPROBE_R_OVERFLOW) && r->residual > io->len)
		return "underflow of more than the buffer";
	if (!tail_untouched(io))
		return "data beyond what the residual says";
	return NULL;
}

static void describe(const struct slot *s, __u32 nr, const char *what)
{
	const struct io *io = &s->io;
	__u32 i;

	printf("# command %u: %s: status %02x flags %x residual %u sense %06x; lun", nr, what,
	       io->r.status, io->r.flags, io->r.residual, probe_sense(&io->r));
	for (i = 0; i < 8; i++)
		printf(" %02x", io->lun[i]);
	printf("; dir %u len %u offset %u segs", io->dir, io->len, io->offset);
	for (i = 0; i < io->nr_segs; i++)
		printf(" %u", io->segs[i]);
	printf("; CDB of %u bytes:", io->cdb_len);
	for (i = 0; i < io->cdb_len && i < 32; i++)
		printf(" %02x", s->cdb[i]);
	printf("\n");
}

/* A CDB with NACA that failed: until that is cleared nothing else is executed. */
static void clear_aca(struct nexus *n)
{
	static const __u8 lun[][8] = { { 0, 0 }, { 0, 1 }, { 0, 2 }, { 0x41, 0x2c } };
	unsigned int i;
	int id;

	for (i = 0; i < ARRAY_SIZE(lun); i++) {
		struct tgtprobe_reap r;

		id = probe_tmf_send(n, CLEAR_ACA, lun[i], 0, 0);
		if (id > 0)
			probe_reap(n, id, &r, PROBE_TIMEOUT_MS);
	}
}

/* Its end; it may be waiting for its data, or wait for others, or for an ACA condition's end. */
static int take_end(struct nexus *nexus, struct nexus *n, struct io *io, const void *data)
{
	int err = -ETIMEDOUT, i;

	for (i = 0; i < PROBE_TIMEOUT_MS / 100 && err == -ETIMEDOUT; i++) {
		struct tgtprobe_state st = { };

		if (io->flags & TGTPROBE_DEFER && !probe_state(n, io->id, &st) &&
		    st.state & TGTPROBE_S_WANTS_DATA)
			probe_data(n, io, data);
		err = probe_reap(n, io->id, &io->r, i ? 100 : 20);
		if (err == -ETIMEDOUT || (!err && io->r.status == ACA_ACTIVE)) {
			clear_aca(&nexus[0]);
			clear_aca(&nexus[1]);
		}
	}
	return err;
}

/* Takes one command's answer; the first that is wrong ends the test. */
static const char *take(struct nexus *nexus, struct nexus *n, struct slot *s, __u32 nr)
{
	const char *what;
	int err = take_end(nexus, n, &s->io, s->buf);

	s->busy = false;
	what = err ? strerror(-err) : wrong(&s->io);
	if (what)
		describe(s, nr, what);
	return what;
}

/* Random CDBs stop disks and RESERVE them; do not test such disks only. */
static void start_all(struct nexus *n)
{
	static const unsigned int lun[] = { 0, 1, 2, 300 };
	int i;

	for (i = 0; i < 4; i++) {
		struct io release = { LUN(lun[i]), CDB(0x17, 0, 0, 0, 0, 0) };
		struct io io = { LUN(lun[i]), CDB(0x1b, 0, 0, 0, 1, 0) };

		probe_run(n, &release);
		probe_run(n, &io);
	}
}

/* A function does not wait: commands of this very thread may be what it waits for. */
static int random_function(struct nexus *n)
{
	__u8 lun[8];
	int id;

	random_lun(lun);
	id = probe_tmf_send(n, chance(90) ? 1 + rnd(5) : rnd(256), lun, 1 + rnd(4), 0);
	return id;
}

FIXTURE(fuzz) {
	struct nexus n[2];
	struct slot slots[DEPTH];
	__u32 count;
};

static __u32 number(const char *name, __u32 dflt)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : dflt;
}

FIXTURE_SETUP(fuzz)
{
	int i;

	self->count = number("TGT_FUZZ", getenv("TGT_FULL") ? 100000 : 1000);
	rng = number("TGT_SEED", 1);
	TH_LOG("%u commands, seed %llu", self->count, rng);
	ASSERT_EQ(0, probe_open(&self->n[0], "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->n[1], "p", "init-b"));
	for (i = 0; i < DEPTH; i++) {
		self->slots[i].buf = calloc(1, BUFFER);
		ASSERT_NE(NULL, self->slots[i].buf);
	}
}

FIXTURE_TEARDOWN(fuzz)
{
	probe_close(&self->n[0]);
	probe_close(&self->n[1]);
}

/* One at a time: the command that did it is the last one. */
TEST_F_TIMEOUT(fuzz, one_by_one, 1500)
{
	struct slot *s = self->slots;
	struct nexus *n = self->n;
	__u32 i;

	for (i = 0; i < self->count; i++) {
		if (i % 100 == 99)
			start_all(n);
		random_command(s);
		ASSERT_EQ(0, probe_send(n, &s->io));
		ASSERT_EQ(NULL, take(self->n, n, s, i));
	}
}

/* Many at once through two nexuses, and functions that abort some of them. */
TEST_F_TIMEOUT(fuzz, many_at_once, 1500)
{
	struct tgtprobe_reap r;
	int functions[2] = { };
	struct slot *s;
	__u32 i, at;

	rng += 1;
	for (i = 0; i < self->count; i++) {
		at = rnd(DEPTH);
		s = &self->slots[at];
		if (s->busy)
			ASSERT_EQ(NULL, take(self->n, &self->n[at & 1], s, i));
		if (i % 100 == 99)
			start_all(&self->n[0]);
		if (chance(1)) {
			ASSERT_LT(0, random_function(&self->n[at & 1]));
			functions[at & 1]++;
		}
		random_command(s);
		ASSERT_EQ(0, probe_send(&self->n[at & 1], &s->io));
		s->busy = true;
	}
	for (at = 0; at < DEPTH; at++)
		if (self->slots[at].busy)
			ASSERT_EQ(NULL, take(self->n, &self->n[at & 1], &self->slots[at], i));
	/* nothing is left but the functions: each has one answer */
	for (at = 0; at < 2; at++) {
		for (; functions[at]; functions[at]--) {
			ASSERT_EQ(0, probe_reap(&self->n[at], 0, &r, PROBE_TIMEOUT_MS));
			EXPECT_EQ(TGTPROBE_TMF, r.type);
			EXPECT_GE(TMF_INCORRECT_LUN, r.response);
		}
		EXPECT_EQ(-ENOENT, probe_reap(&self->n[at], 0, &r, 0));
	}
}

TEST_HARNESS_MAIN
