// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: asymmetric logical unit access (SPC-5 5.16, 6.36, 6.45): what INQUIRY claims, what
 * the groups report, which commands each state lets pass, who is told of a change. This test
 * will put a disk behind two target ports into every state, by tgtctl and by an initiator.
 *
 * timeout: 180
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create a_ram backend=ram size=16M",
	     "device create a_two backend=ram size=16M",
	     "target create probe:p rtpi=10",
	     "target create probe:q rtpi=20",
	     "target create probe:n rtpi=30",
	     "alua create 1 targets=probe:p preferred=yes",
	     "alua create 258 targets=probe:q state=non-optimized",
	     "lun create probe:p 0 device=a_ram",
	     "lun create probe:p 1 device=a_two",
	     "lun create probe:q 0 device=a_ram",
	     "lun create probe:n 0 device=a_two")

FIXTURE(alua) {
	struct nexus p, q;
	__u8 buf[1024];
};

FIXTURE_SETUP(alua)
{
	ASSERT_EQ(0, tgtctl("alua set 1 state=optimized devices="));
	ASSERT_EQ(0, tgtctl("alua set 258 state=non-optimized devices="));
	ASSERT_EQ(0, probe_open(&self->p, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->q, "q", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->p, 0));
	ASSERT_EQ(0, probe_ready(&self->p, 1));
	ASSERT_EQ(0, probe_ready(&self->q, 0));
}

FIXTURE_TEARDOWN(alua)
{
	probe_close(&self->p);
	probe_close(&self->q);
}

#define RTPG(fmt, n)	CDB(0xa3, (fmt) << 5 | 0x0a, 0, 0, 0, 0, BE32(n), 0, 0)
#define SHOW		"tgtctl alua show 1 --json | grep -q "
#define STPG(n)		CDB(0xa4, 0x0a, 0, 0, 0, 0, BE32(n), 0, 0)

static int tur(struct nexus *n, unsigned int lun)
{
	struct io io = { LUN(lun), TUR };

	return probe_outcome(n, &io);
}

/* The state byte and the status of a group of LUN 0; -1 if it is not reported. */
static int state_of(struct nexus *n, unsigned int lun, unsigned int group)
{
	__u8 buf[256] = { };
	struct io io = { LUN(lun), RTPG(0, 256), DATA_IN(buf, 256) };
	__u32 at;

	if (probe_outcome(n, &io))
		return -2;
	for (at = 4; at < 4 + get_be32(buf); at += 8 + 4 * buf[at + 7])
		if (get_be16(buf + at + 2) == group)
			return buf[at] << 8 | buf[at + 5];
	return -1;
}

TEST_F(alua, inquiry)
{
	struct io std = { LUN(0), INQUIRY(96), DATA_IN(self->buf, 96) };
	struct io vpd = { LUN(0), VPD(0x83, 255), DATA_IN(self->buf, 255) };
	struct nexus n;
	__u32 at;
	int tpg = -1;

	EXPECT_GOOD(&self->q, std);
	EXPECT_EQ(0x00, self->buf[0]);
	EXPECT_EQ(0x30, self->buf[5] & 0x30);		/* TPGS: implicit and explicit */
	EXPECT_GOOD(&self->q, vpd);
	for (at = 4; at < 4u + get_be16(self->buf + 2); at += 4 + self->buf[at + 3])
		if ((self->buf[at + 1] & 0x3f) == 0x15)	/* target port, its group */
			tpg = get_be16(self->buf + at + 6);
	EXPECT_EQ(258, tpg);

	/* a port in no group claims nothing, and its device has no groups */
	ASSERT_EQ(0, probe_open(&n, "n", "init-a"));
	EXPECT_GOOD(&n, std);
	EXPECT_EQ(0x00, self->buf[5] & 0x30);
	EXPECT_GOOD(&n, vpd);
	for (at = 4; at < 4u + get_be16(self->buf + 2); at += 4 + self->buf[at + 3])
		EXPECT_NE(0x15, self->buf[at + 1] & 0x3f);
	probe_close(&n);
}

/* SPC-5 7.7.14: each port once, in whatever order */
TEST_F(alua, scsi_ports)
{
	struct io vpd = { LUN(0), VPD(0x88, 255), DATA_IN(self->buf, 255) };
	unsigned int seen = 0, at;

	EXPECT_GOOD(&self->p, vpd);
	EXPECT_EQ(4 + 2 * 24, probe_got(&vpd));
	ASSERT_EQ(2 * 24, get_be16(self->buf + 2));
	for (at = 4; at < 4 + 2 * 24; at += 24)
		seen |= get_be16(self->buf + at + 2) == 10 ? 1 :
			get_be16(self->buf + at + 2) == 20 ? 2 : 4;
	EXPECT_EQ(3, seen);
}

TEST_F(alua, report)
{
	struct io io = { LUN(0), RTPG(0, 256), DATA_IN(self->buf, 256) };
	struct io ext = { LUN(0), RTPG(1, 256), DATA_IN(self->buf, 256) };
	__u8 plain[256];

	EXPECT_GOOD(&self->p, io);
	EXPECT_EQ(4 + 2 * 12, probe_got(&io));
	EXPECT_EQ(2 * 12, get_be32(self->buf));
	memcpy(plain, self->buf, sizeof(plain));
	EXPECT_EQ(0x80, state_of(&self->p, 0, 1) >> 8);	/* preferred, optimized */
	EXPECT_EQ(0x01, state_of(&self->p, 0, 258) >> 8);
	EXPECT_EQ(0xcf, self->buf[5]);			/* all but LBA dependent */
	EXPECT_GOOD(&self->p, ext);
	EXPECT_EQ(4 + 2 * 12 + 4, probe_got(&ext));
	EXPECT_EQ(4 + 2 * 12, get_be32(self->buf));
	EXPECT_EQ(0x10, self->buf[4]);
	EXPECT_EQ(0, memcmp(self->buf + 8, plain + 4, 2 * 12));
	EXPECT_CMD(&self->p, INVALID_FIELD, LUN(0), RTPG(2, 256), DATA_IN(self->buf, 256));
	/* cut */
	EXPECT_CMD(&self->p, 0, LUN(0), RTPG(0, 4), DATA_IN(self->buf, 256));
	EXPECT_EQ(2 * 12, get_be32(self->buf));
	/* the other device has one group, though its other port is in none */
	EXPECT_EQ(0x80, state_of(&self->p, 1, 1) >> 8);
	EXPECT_EQ(-1, state_of(&self->p, 1, 258));
}

/* REPORT SUPPORTED OPERATION CODES, one command: its SUPPORT field, SPC-5 6.35.3. */
static int support(struct nexus *n, unsigned int lun, __u8 opcode, __u8 sa)
{
	__u8 buf[64] = { };
	struct io io = { LUN(lun), CDB(0xa3, 0x0c, 2, opcode, 0, sa, BE32(64), 0, 0),
			 DATA_IN(buf, 64) };

	return probe_outcome(n, &io) ? -1 : buf[1] & 7;
}

/* All commands, SPC-5 6.35.2: whether one is there. */
static bool lists(struct nexus *n, unsigned int lun, __u8 opcode, __u8 sa)
{
	__u8 buf[2048] = { };
	struct io io = { LUN(lun), CDB(0xa3, 0x0c, 0, 0, 0, 0, BE32(2048), 0, 0),
			 DATA_IN(buf, 2048) };
	__u32 at;

	if (probe_outcome(n, &io))
		return false;
	for (at = 4; at < 4 + get_be32(buf); at += 8)
		if (buf[at] == opcode && get_be16(buf + at + 2) == sa)
			return true;
	return false;
}

/* TPGS=00b: neither command is supported, though other ports of the device are in groups. */
TEST_F(alua, no_group)
{
	static const __u8 one[] = { 0, 0, 0, 0, 0x02, 0, BE16(1) };
	struct nexus n;
	int i;

	ASSERT_EQ(0, probe_open(&n, "n", "init-a"));
	ASSERT_EQ(0, probe_ready(&n, 0));
	for (i = 0; i < 2; i++) {
		EXPECT_CMD(&n, INVALID_FIELD, LUN(0), RTPG(0, 256), DATA_IN(self->buf, 256));
		EXPECT_CMD(&n, INVALID_FIELD, LUN(0), RTPG(1, 256), DATA_IN(self->buf, 256));
		EXPECT_CMD(&n, INVALID_FIELD, LUN(0), STPG(8), DATA_OUT(one, 8));
		EXPECT_CMD(&n, INVALID_FIELD, LUN(0), STPG(0));
		EXPECT_EQ(1, support(&n, 0, 0xa3, 0x0a));
		EXPECT_EQ(1, support(&n, 0, 0xa4, 0x0a));
		EXPECT_EQ(3, support(&n, 0, 0xa4, 0x0f));
		EXPECT_FALSE(lists(&n, 0, 0xa3, 0x0a));
		EXPECT_FALSE(lists(&n, 0, 0xa4, 0x0a));
		EXPECT_TRUE(lists(&n, 0, 0xa4, 0x0f));
		/* by the other port they are there, and nothing has changed */
		EXPECT_EQ(0x8000, state_of(&self->p, 1, 1) & 0xff00);
		EXPECT_EQ(3, support(&self->p, 1, 0xa3, 0x0a));
		EXPECT_EQ(3, support(&self->p, 1, 0xa4, 0x0a));
		EXPECT_TRUE(lists(&self->p, 1, 0xa3, 0x0a));
		EXPECT_TRUE(lists(&self->p, 1, 0xa4, 0x0a));
		if (i)
			break;
		/* in a group it has them, out of it again it does not */
		ASSERT_EQ(0, tgtctl("alua create 9 targets=probe:n"));
		EXPECT_EQ(UA_INQUIRY, tur(&n, 0));
		EXPECT_EQ(0x0000, state_of(&n, 0, 9) & 0xff00);
		EXPECT_EQ(3, support(&n, 0, 0xa3, 0x0a));
		EXPECT_EQ(3, support(&n, 0, 0xa4, 0x0a));
		EXPECT_TRUE(lists(&n, 0, 0xa3, 0x0a));
		EXPECT_TRUE(lists(&n, 0, 0xa4, 0x0a));
		EXPECT_CMD(&n, 0, LUN(0), STPG(0));
		ASSERT_EQ(0, tgtctl("alua delete 9 --force"));
		EXPECT_EQ(UA_INQUIRY, tur(&n, 0));
	}
	probe_close(&n);
}

/* What a command must be answered with, in each state: SPC-5 5.16.2.4 */
static const struct {
	const char *what;
	__u8 cdb[16];
	__u8 len;
	__u16 in;
	bool standby, always;
} cmds[] = {
	{ "TEST UNIT READY", { 0x00 }, 6, 0, false, false },
	{ "READ (6)", { 0x08, 0, 0, 0, 1 }, 6, 512, false, false },
	{ "READ (10)", { 0x28, [8] = 1 }, 10, 512, false, false },
	{ "READ (16)", { 0x88, [13] = 1 }, 16, 512, false, false },
	{ "READ CAPACITY (10)", { 0x25 }, 10, 8, false, false },
	{ "READ CAPACITY (16)", { 0x9e, 0x10, [13] = 32 }, 16, 32, false, false },
	{ "SYNCHRONIZE CACHE", { 0x35 }, 10, 0, false, false },
	{ "START STOP UNIT", { 0x1b, 0, 0, 0, 1 }, 6, 0, false, false },
	{ "REPORT SUPPORTED OPERATION CODES", { 0xa3, 0x0c, [9] = 64 }, 12, 64, false, false },
	{ "REPORT TIMESTAMP", { 0xa3, 0x0f, [9] = 12 }, 12, 12, false, false },
	{ "REPORT IDENTIFYING INFORMATION", { 0xa3, 0x05, [9] = 64 }, 12, 64, false, false },
	{ "MODE SENSE (6)", { 0x1a, 0, 0x3f, 0, 255 }, 6, 255, true, false },
	{ "MODE SENSE (10)", { 0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 255 }, 10, 255, true, false },
	{ "MODE SELECT (6)", { 0x15, 0x10 }, 6, 0, true, false },
	{ "LOG SENSE", { 0x4d, 0, 0x40, [8] = 64 }, 10, 64, true, false },
	{ "LOG SELECT", { 0x4c, 0, 0x40 }, 10, 0, true, false },
	{ "SEND DIAGNOSTIC", { 0x1d }, 6, 0, true, false },
	{ "RECEIVE DIAGNOSTIC RESULTS", { 0x1c, 1, 0, 0, 64 }, 6, 64, true, false },
	{ "INQUIRY", { 0x12, 0, 0, 0, 96 }, 6, 96, true, true },
	{ "REPORT LUNS", { 0xa0, [9] = 64 }, 12, 64, true, true },
	{ "REQUEST SENSE", { 0x03, 0, 0, 0, 18 }, 6, 18, true, true },
	{ "REPORT TARGET PORT GROUPS", { 0xa3, 0x0a, [9] = 64 }, 12, 64, true, true },
	{ "READ BUFFER, echo", { 0x3c, 0x0b, [8] = 4 }, 10, 4, true, true },
};

static const struct {
	const char *name;
	__u8 byte;
	int sense;		/* 0: all is executed */
	__u8 qualifier;
} states[] = {
	{ "optimized", 0x0, 0, 0x00 },
	{ "non-optimized", 0x1, 0, 0x00 },
	{ "standby", 0x2, ALUA_STANDBY, 0x00 },
	{ "unavailable", 0x3, ALUA_UNAVAILABLE, 0x20 },
	{ "offline", 0xe, ALUA_OFFLINE, 0x20 },
	{ "transitioning", 0xf, ALUA_TRANSITION, 0x00 },
};

TEST_F(alua, states_and_commands)
{
	__u8 stpg[8] = { 0, 0, 0, 0, 0x01, 0, BE16(258) };
	unsigned int s, i;
	int want;

	for (s = 0; s < ARRAY_SIZE(states); s++) {
		struct io inq = { LUN(0), INQUIRY(96), DATA_IN(self->buf, 96) };
		struct io sense = { LUN(0), REQUEST_SENSE, DATA_IN(self->buf, 252) };

		ASSERT_EQ(0, tgtctl("alua set 258 state=%s", states[s].name));
		while (tur(&self->q, 0) >> 16 == 6)
			;
		for (i = 0; i < ARRAY_SIZE(cmds); i++) {
			struct io io = { LUN(0), .cdb = cmds[i].cdb, .cdb_len = cmds[i].len,
					 .dir = cmds[i].in ? TGTPROBE_IN : 0,
					 .data = self->buf, .len = cmds[i].in };

			want = states[s].sense;
			if (cmds[i].always || (cmds[i].standby && states[s].byte == 0x2))
				want = 0;
			EXPECT_EQ(want, probe_outcome(&self->q, &io))
				TH_LOG("%s in %s: sense %06x", cmds[i].what, states[s].name,
				       probe_sense(&io.r));
		}
		EXPECT_GOOD(&self->q, inq);
		EXPECT_EQ(states[s].qualifier, self->buf[0]);
		EXPECT_GOOD(&self->q, sense);
		EXPECT_EQ(states[s].sense,
			  SENSE(self->buf[2] & 0x0f, self->buf[12], self->buf[13]));
		EXPECT_EQ(states[s].byte, state_of(&self->q, 0, 258) >> 8);
		/* setting a state is possible in all states but the last */
		stpg[4] = 0x01;
		want = states[s].byte == 0xf ? ALUA_TRANSITION :
		       states[s].byte == 0xe ? SENSE(4, 0x67, 0x0a) : 0;
		EXPECT_CMD(&self->q, want, LUN(0), STPG(8), DATA_OUT(stpg, 8));
		/* the other port is as it was */
		while (tur(&self->p, 0) >> 16 == 6)
			;
		EXPECT_EQ(0, tur(&self->p, 0));
		ASSERT_EQ(0, tgtctl("alua set 258 devices="));
	}
}

/* A change by the administrator is told to every nexus of every device concerned, once. */
TEST_F(alua, implicit_change)
{
	ASSERT_EQ(0, tgtctl("alua set 1 state=standby"));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 0));
	EXPECT_EQ(ALUA_STANDBY, tur(&self->p, 0));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 1));
	EXPECT_EQ(UA_ALUA, tur(&self->q, 0));
	EXPECT_EQ(0, tur(&self->q, 0));
	EXPECT_EQ(0x8202, state_of(&self->q, 0, 1));	/* status: implicit */
	/* the same again is no change */
	ASSERT_EQ(0, tgtctl("alua set 1 state=standby"));
	EXPECT_EQ(ALUA_STANDBY, tur(&self->p, 0));
	/* a transition that comes back to where it was has failed */
	ASSERT_EQ(0, tgtctl("alua set 1 state=transitioning"));
	EXPECT_EQ(ALUA_TRANSITION, tur(&self->p, 0));
	EXPECT_EQ(0, tur(&self->q, 0));
	ASSERT_EQ(0, tgtctl("alua set 1 state=standby"));
	EXPECT_EQ(UA_ALUA_FAILED, tur(&self->p, 0));
	EXPECT_EQ(UA_ALUA_FAILED, tur(&self->q, 0));
	ASSERT_EQ(0, tgtctl("alua set 1 state=transitioning"));
	ASSERT_EQ(0, tgtctl("alua set 1 state=optimized"));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 0));
	EXPECT_EQ(0, tur(&self->p, 0));
}

/* One device may have a state of its own. */
TEST_F(alua, device_of_its_own)
{
	ASSERT_EQ(0, tgtctl("alua set 1 devices=a_two=unavailable,not_there=standby"));
	EXPECT_EQ(0, tur(&self->p, 0));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 1));
	EXPECT_EQ(ALUA_UNAVAILABLE, tur(&self->p, 1));
	/* the group's own changes pass it by */
	ASSERT_EQ(0, tgtctl("alua set 1 state=standby"));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 0));
	EXPECT_EQ(ALUA_UNAVAILABLE, tur(&self->p, 1));
	ASSERT_EQ(0, tgtctl("alua set 1 state=optimized devices="));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 1));
	EXPECT_EQ(0, tur(&self->p, 1));
}

/* SET TARGET PORT GROUPS: for this device alone; the others are told, not who did it. */
TEST_F(alua, explicit_change)
{
	static const __u8 swap[] = { 0, 0, 0, 0, 0x02, 0, BE16(1), 0x00, 0, BE16(258) };
	static const __u8 unknown[] = { 0, 0, 0, 0, 0x00, 0, BE16(2) };
	static const __u8 lba[] = { 0, 0, 0, 0, 0x04, 0, BE16(1) };

	EXPECT_CMD(&self->q, 0, LUN(0), STPG(12), DATA_OUT(swap, 12));
	EXPECT_EQ(0, tur(&self->q, 0));
	EXPECT_EQ(0x8201, state_of(&self->q, 0, 1));	/* status: explicit */
	EXPECT_EQ(0x0001, state_of(&self->q, 0, 258));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 0));
	EXPECT_EQ(ALUA_STANDBY, tur(&self->p, 0));
	EXPECT_EQ(0, tur(&self->p, 1));			/* another device */
	/* nothing changes on an error, nor without a list */
	EXPECT_CMD(&self->q, PARAM_FIELD, LUN(0), STPG(8), DATA_OUT(unknown, 8));
	EXPECT_CMD(&self->q, PARAM_FIELD, LUN(0), STPG(8), DATA_OUT(lba, 8));
	EXPECT_CMD(&self->q, PARAM_LENGTH, LUN(0), STPG(7), DATA_OUT(lba, 7));
	EXPECT_CMD(&self->q, 0, LUN(0), STPG(0));
	EXPECT_EQ(0x8201, state_of(&self->q, 0, 1));
	/* it is shown, apart from what the administrator has set, and not saved */
	EXPECT_EQ(0, system(SHOW "'\"explicit\": *\"a_ram=standby\"'"));
	EXPECT_EQ(0, system(SHOW "'\"devices\": *\"\"'"));
	EXPECT_EQ(0, system("s=$(tgtctl save -) && ! echo \"$s\" | grep -q a_ram=standby"));
	/* ... until the administrator sets the state, though the group had that one */
	ASSERT_EQ(0, tgtctl("alua set 1 state=optimized"));
	EXPECT_EQ(UA_ALUA, tur(&self->p, 0));
	EXPECT_EQ(0, tur(&self->p, 0));
	EXPECT_EQ(0, tur(&self->p, 1));
	EXPECT_EQ(0x80, state_of(&self->p, 0, 1) >> 8);
}

/* A device with a state of its own keeps that through what an initiator set meanwhile. */
TEST_F(alua, explicit_and_own)
{
	static const __u8 active[] = { 0, 0, 0, 0, 0x00, 0, BE16(1) };
	static const char own[] = "tgtctl save - | grep -q '\"devices\": *\"a_ram=standby\"'";

	ASSERT_EQ(0, tgtctl("alua set 1 devices=a_ram=standby"));
	EXPECT_EQ(UA_ALUA, tur(&self->q, 0));
	EXPECT_CMD(&self->q, 0, LUN(0), STPG(8), DATA_OUT(active, 8));
	EXPECT_EQ(0x8001, state_of(&self->q, 0, 1));
	EXPECT_EQ(0, system(own));
	EXPECT_EQ(0, system(SHOW "'\"explicit\": *\"a_ram=optimized\"'"));
	ASSERT_EQ(0, tgtctl("alua set 1 state=non-optimized"));
	EXPECT_EQ(UA_ALUA, tur(&self->q, 0));
	EXPECT_EQ(0x8202, state_of(&self->q, 0, 1));	/* status: implicit */
	EXPECT_EQ(0, system(own));
	EXPECT_NE(0, system(SHOW "explicit"));
	/* the list ends it too, though the state is the same */
	EXPECT_CMD(&self->q, 0, LUN(0), STPG(8), DATA_OUT(active, 8));
	ASSERT_EQ(0, tgtctl("alua set 1 devices=a_ram=optimized"));
	EXPECT_EQ(0, tur(&self->q, 0));
	EXPECT_EQ(0x8002, state_of(&self->q, 0, 1));
}

/* A target that comes into a group, or leaves it, says so. */
TEST_F(alua, membership)
{
	struct io std = { LUN(0), INQUIRY(96), DATA_IN(self->buf, 96) };
	struct nexus n;

	ASSERT_EQ(0, probe_open(&n, "n", "init-a"));
	ASSERT_EQ(0, probe_ready(&n, 0));
	ASSERT_EQ(0, tgtctl("alua create 7 state=standby targets=probe:n"));
	EXPECT_EQ(UA_ALUA, tur(&n, 0));
	EXPECT_EQ(UA_INQUIRY, tur(&n, 0));
	EXPECT_EQ(ALUA_STANDBY, tur(&n, 0));
	/* by another port the same is to be read in the report */
	EXPECT_EQ(UA_ALUA, tur(&self->p, 1));
	EXPECT_EQ(0, tur(&self->p, 1));
	EXPECT_GOOD(&n, std);
	EXPECT_EQ(0x30, self->buf[5] & 0x30);
	EXPECT_NE(0, tgtctl("alua create 8 targets=probe:n"));
	EXPECT_NE(0, tgtctl("alua delete 7"));
	EXPECT_EQ(0, tgtctl("alua delete 7 --force"));
	EXPECT_EQ(UA_ALUA, tur(&n, 0));
	EXPECT_EQ(UA_INQUIRY, tur(&n, 0));
	EXPECT_EQ(0, tur(&n, 0));
	probe_close(&n);
}

TEST_HARNESS_MAIN
