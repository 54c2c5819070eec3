// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: one change after the other, with somebody listening; this test will check
 * that each is told once, by the right event, with a generation that grows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/nl.h"

#define WAIT_MS	10000

static void __attribute__((constructor)) setup(void)
{
	if (system("modprobe -a sd_mod tgtcore tgtcore_ram tgtcore_loop"))
		exit(1);
}

FIXTURE(event) {
	struct nl nl;
	struct nl ear;
	__u64 generation;
};

FIXTURE_SETUP(event)
{
	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_EQ(0, nl_open(&self->ear));
	ASSERT_EQ(0, nl_listen(&self->ear));
	self->generation = nl_generation(&self->nl);
}

FIXTURE_TEARDOWN(event)
{
	if (system("tgtctl clear"))
		TH_LOG("tgtctl clear failed");
	nl_close(&self->nl);
	nl_close(&self->ear);
}

/* The sets have the generation at different numbers. */
static __u16 generation_attr(__u8 cmd)
{
	switch (cmd) {
	case TGTCORE_CMD_DEVICE_NTF:
	case TGTCORE_CMD_DEVICE_GONE_NTF:
		return D(GENERATION);
	case TGTCORE_CMD_TARGET_NTF:
	case TGTCORE_CMD_TARGET_GONE_NTF:
		return T(GENERATION);
	case TGTCORE_CMD_GROUP_NTF:
	case TGTCORE_CMD_GROUP_GONE_NTF:
		return G(GENERATION);
	case TGTCORE_CMD_SESSION_NTF:
	case TGTCORE_CMD_SESSION_GONE_NTF:
		return S(GENERATION);
	default:
		return L(GENERATION);
	}
}

/* A session is no change of the configuration, nor is that a disk is ready to be used. */
static bool changes(__u8 cmd)
{
	return cmd != TGTCORE_CMD_SESSION_NTF && cmd != TGTCORE_CMD_SESSION_GONE_NTF &&
	       cmd != TGTCORE_CMD_LUN_READY_NTF;
}

#define DO(cmd, ...)								\
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_##cmd, ARGS(__VA_ARGS__)))	\
		TH_LOG("%s: \"%s\"", #cmd, self->nl.text)

/* The next event is @cmd; leaves it in m. */
#define NEXT(want) do {								\
	__u64 _g;								\
										\
	ASSERT_EQ(0, nl_event(&self->ear, &m, WAIT_MS))				\
		TH_LOG("no event; wanted %s", #want);				\
	ASSERT_EQ(TGTCORE_CMD_##want, m.cmd)					\
		TH_LOG("wanted %s", #want);					\
	_g = nl_u64(&m, generation_attr(m.cmd));				\
	if (changes(m.cmd))							\
		EXPECT_LT(self->generation, _g);				\
	EXPECT_LE(self->generation, _g);					\
	self->generation = _g;							\
} while (0)

#define QUIET(ms)	EXPECT_EQ(-EAGAIN, nl_event(&self->ear, &m, ms))	\
				TH_LOG("an event %u too many", m.cmd)

TEST_F(event, device)
{
	struct nl_msg m;
	__u64 gen;

	DO(DEVICE_CREATE, STR(D(NAME), "d"), STR(D(BACKEND), "ram"), U64(D(SIZE), MIB));
	ASSERT_TRUE(nl_reply(&self->nl, &m));
	gen = nl_u64(&m, D(GENERATION));
	EXPECT_EQ(TGTCORE_STATE_ACTIVE, nl_u64(&m, D(STATE)));
	NEXT(DEVICE_NTF);
	EXPECT_STREQ("d", nl_str(&m, D(NAME)));
	EXPECT_EQ(MIB, nl_u64(&m, D(SIZE)));
	EXPECT_EQ(gen, self->generation);	/* the answer told the same */

	DO(DEVICE_SET, STR(D(NAME), "d"), U64(D(SIZE), 2 * MIB));
	NEXT(DEVICE_NTF);
	EXPECT_EQ(2 * MIB, nl_u64(&m, D(SIZE)));

	DO(DEVICE_DELETE, STR(D(NAME), "d"));
	NEXT(DEVICE_NTF);
	EXPECT_EQ(TGTCORE_STATE_DELETING, nl_u64(&m, D(STATE)));
	NEXT(DEVICE_GONE_NTF);
	EXPECT_STREQ("d", nl_str(&m, D(NAME)));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
	QUIET(200);
}

TEST_F(event, what_is_refused_or_only_asked)
{
	struct nl_msg m;

	nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE, ARGS(STR(D(NAME), "d")));
	nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE,
	      ARGS(STR(D(NAME), "d"), STR(D(BACKEND), "ram"), U64(D(SIZE), 1)));
	nl_do(&self->nl, TGTCORE_CMD_DEVICE_DELETE, ARGS(STR(D(NAME), "nobody")));
	nl_do(&self->nl, TGTCORE_CMD_DEVICE_GET, ARGS(STR(D(NAME), "nobody")));
	nl_dump(&self->nl, TGTCORE_CMD_DEVICE_GET, NULL, NULL, NULL);
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
	QUIET(200);
}

TEST_F(event, target_lun_group_session)
{
	int err = 0;
	struct nl_msg m;
	char initiator[256];
	__u64 session;

	DO(DEVICE_CREATE, STR(D(NAME), "d"), STR(D(BACKEND), "ram"), U64(D(SIZE), MIB));
	NEXT(DEVICE_NTF);

	/* the local initiator logs in while the target is made */
	DO(TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "t"));
	NEXT(SESSION_NTF);
	EXPECT_STREQ("t", nl_str(&m, S(TARGET)));
	session = nl_u64(&m, S(ID));
	snprintf(initiator, sizeof(initiator), "%s", nl_str(&m, S(INITIATOR)));
	NEXT(TARGET_NTF);
	EXPECT_EQ(TGTCORE_STATE_ACTIVE, nl_u64(&m, T(STATE)));
	EXPECT_EQ(1, nl_u64(&m, T(SESSIONS)));

	DO(LUN_CREATE, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"), U32(L(NUMBER), 5),
	   STR(L(DEVICE), "d"));
	NEXT(LUN_NTF);
	EXPECT_EQ(5, nl_u64(&m, L(NUMBER)));
	EXPECT_STREQ("d", nl_str(&m, L(DEVICE)));
	NEXT(LUN_READY_NTF);
	EXPECT_EQ(5, nl_u64(&m, L(NUMBER)));
	ASSERT_NE(NULL, nl_str(&m, L(NODE)));
	EXPECT_EQ(0, strncmp(nl_str(&m, L(NODE)), "sd", 2));

	DO(GROUP_CREATE, STR(G(FABRIC), "loop"), STR(G(TARGET), "t"), STR(G(NAME), "g"));
	NEXT(GROUP_NTF);
	EXPECT_STREQ("g", nl_str(&m, G(NAME)));
	DO(GROUP_ADD, STR(G(FABRIC), "loop"), STR(G(TARGET), "t"), STR(G(NAME), "g"),
	   STR(G(INITIATOR), "somebody.else"));
	NEXT(GROUP_NTF);
	EXPECT_STREQ("somebody.else", nl_str(&m, G(INITIATOR)));
	DO(GROUP_REMOVE, STR(G(FABRIC), "loop"), STR(G(TARGET), "t"), STR(G(NAME), "g"),
	   STR(G(INITIATOR), "somebody.else"));
	NEXT(GROUP_NTF);
	EXPECT_EQ(NULL, nl_str(&m, G(INITIATOR)));

	/* moving the live session is an event of its own */
	DO(GROUP_ADD, STR(G(FABRIC), "loop"), STR(G(TARGET), "t"), STR(G(NAME), "g"),
	   STR(G(INITIATOR), initiator));
	NEXT(GROUP_NTF);
	NEXT(SESSION_NTF);
	EXPECT_EQ(session, nl_u64(&m, S(ID)));
	EXPECT_STREQ("g", nl_str(&m, S(GROUP)));
	EXPECT_EQ(0, nl_u64(&m, S(LUNS)));

	DO(GROUP_DELETE, STR(G(FABRIC), "loop"), STR(G(TARGET), "t"), STR(G(NAME), "g"),
	   U8(G(FORCE), 1));
	NEXT(GROUP_NTF);
	NEXT(SESSION_NTF);
	EXPECT_EQ(NULL, nl_str(&m, S(GROUP)));
	EXPECT_EQ(1, nl_u64(&m, S(LUNS)));
	/* back in the open map its disk is found again; that and the end race */
	for (session = 0; session < 2; session++) {
		ASSERT_EQ(0, nl_event(&self->ear, &m, WAIT_MS));
		EXPECT_TRUE(m.cmd == TGTCORE_CMD_GROUP_GONE_NTF ||
			    m.cmd == TGTCORE_CMD_LUN_READY_NTF);
		EXPECT_LE(self->generation, nl_u64(&m, generation_attr(m.cmd)));
		self->generation = nl_u64(&m, generation_attr(m.cmd));
	}

	/* ready means that the disk is there; who looks at a new disk may have it open yet */
	for (session = 0; session < 100; session++) {
		err = nl_do(&self->nl, TGTCORE_CMD_LUN_DELETE,
			    ARGS(STR(L(FABRIC), "loop"), STR(L(TARGET), "t"), U32(L(NUMBER), 5)));
		if (err != -EBUSY)
			break;
		usleep(100000);
	}
	ASSERT_EQ(0, err);
	NEXT(LUN_NTF);
	EXPECT_EQ(TGTCORE_STATE_DELETING, nl_u64(&m, L(STATE)));
	NEXT(LUN_GONE_NTF);
	EXPECT_EQ(5, nl_u64(&m, L(NUMBER)));

	DO(TARGET_DELETE, STR(T(FABRIC), "loop"), STR(T(NAME), "t"));
	NEXT(TARGET_NTF);
	EXPECT_EQ(TGTCORE_STATE_DELETING, nl_u64(&m, T(STATE)));
	NEXT(SESSION_GONE_NTF);
	NEXT(TARGET_GONE_NTF);
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
	QUIET(200);
}

/* What goes with a target is told as well, each with a generation of its own. */
TEST_F(event, groups_of_a_target)
{
	struct nl_msg m;

	DO(TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "t"));
	DO(GROUP_CREATE, STR(G(FABRIC), "loop"), STR(G(TARGET), "t"), STR(G(NAME), "g"));
	DO(GROUP_CREATE, STR(G(FABRIC), "loop"), STR(G(TARGET), "t"), STR(G(NAME), "h"));
	do {
		ASSERT_EQ(0, nl_event(&self->ear, &m, WAIT_MS));
	} while (m.cmd != TGTCORE_CMD_GROUP_NTF || strcmp(nl_str(&m, G(NAME)), "h"));
	self->generation = nl_u64(&m, G(GENERATION));

	DO(TARGET_DELETE, STR(T(FABRIC), "loop"), STR(T(NAME), "t"));
	NEXT(TARGET_NTF);
	NEXT(SESSION_GONE_NTF);
	NEXT(GROUP_GONE_NTF);
	EXPECT_STREQ("g", nl_str(&m, G(NAME)));
	NEXT(GROUP_GONE_NTF);
	EXPECT_STREQ("h", nl_str(&m, G(NAME)));
	NEXT(TARGET_GONE_NTF);
	QUIET(200);
}

/* --force on a device tells of the LUNs it takes along, and the device goes last. */
TEST_F(event, forced_teardown_in_order)
{
	unsigned int luns = 0;
	struct nl_msg m;
	int i;

	DO(DEVICE_CREATE, STR(D(NAME), "d"), STR(D(BACKEND), "ram"), U64(D(SIZE), MIB));
	DO(TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "t"));
	for (i = 0; i < 3; i++)
		DO(LUN_CREATE, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		   U32(L(NUMBER), i), STR(L(DEVICE), "d"));
	for (i = 0; i < 3;) {
		ASSERT_EQ(0, nl_event(&self->ear, &m, WAIT_MS));
		i += m.cmd == TGTCORE_CMD_LUN_READY_NTF;
	}
	DO(DEVICE_DELETE, STR(D(NAME), "d"), U8(D(FORCE), 1));
	do {
		ASSERT_EQ(0, nl_event(&self->ear, &m, WAIT_MS));
		luns += m.cmd == TGTCORE_CMD_LUN_GONE_NTF;
	} while (m.cmd != TGTCORE_CMD_DEVICE_GONE_NTF);
	EXPECT_EQ(3, luns);
	QUIET(200);
}

TEST_HARNESS_MAIN
