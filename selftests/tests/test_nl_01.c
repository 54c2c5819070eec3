// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: requests that cannot be granted, one reason each; this test will check the
 * errno, that the text names the object and the valid choice, and that nothing changed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/nl.h"

#define LONG49	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee"
#define NAME48	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeee"

static void __attribute__((constructor)) setup(void)
{
	if (system("modprobe -a tgtcore tgtcore_ram tgtcore_null tgtcore_file tgtcore_loop"))
		exit(1);
}

FIXTURE(nl) {
	struct nl nl;
	__u64 generation;
};

/* A device "taken" that is LUN 7 of loop:t, and a group "g" of it. */
FIXTURE_SETUP(nl)
{
	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE,
			   ARGS(STR(D(NAME), "taken"), STR(D(BACKEND), "ram"),
				U64(D(SIZE), MIB), STR(D(SERIAL), "SN1"))));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_TARGET_CREATE,
			   ARGS(STR(T(FABRIC), "loop"), STR(T(NAME), "t"))));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_GROUP_CREATE,
			   ARGS(STR(G(FABRIC), "loop"), STR(G(TARGET), "t"),
				STR(G(NAME), "g"))));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_LUN_CREATE,
			   ARGS(STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
				STR(L(GROUP), "g"), U32(L(NUMBER), 7),
				STR(L(DEVICE), "taken"))));
	self->generation = nl_generation(&self->nl);
}

FIXTURE_TEARDOWN(nl)
{
	if (system("tgtctl clear"))
		TH_LOG("tgtctl clear failed");
	nl_close(&self->nl);
}

/* Refused with @err, a text with @part in it, and no change of the configuration. */
#define REFUSED(err, part, cmd, ...) do {					\
	EXPECT_EQ(-(err), nl_do(&self->nl, TGTCORE_CMD_##cmd, ARGS(__VA_ARGS__)))\
		TH_LOG("%s: \"%s\"", #cmd, self->nl.text);			\
	EXPECT_NE(NULL, strstr(self->nl.text, part))				\
		TH_LOG("\"%s\" has no \"%s\"", self->nl.text, part);		\
	EXPECT_EQ(self->generation, nl_generation(&self->nl));			\
} while (0)

#define DEVICE(name, be)	STR(D(NAME), name), STR(D(BACKEND), be)
#define RAM(name)		DEVICE(name, "ram"), U64(D(SIZE), MIB)
#define LUN(n, dev)		STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),	\
				U32(L(NUMBER), n), STR(L(DEVICE), dev)

TEST_F(nl, device_backend)
{
	REFUSED(ENOENT, "'floppy'", DEVICE_CREATE, DEVICE("d", "floppy"));
	REFUSED(ENOENT, "ram", DEVICE_CREATE, DEVICE("d", "floppy"), U64(D(SIZE), MIB));
	REFUSED(EINVAL, "backend", DEVICE_CREATE, STR(D(NAME), "d"), U64(D(SIZE), MIB));
	REFUSED(ENOENT, "'../../etc'", DEVICE_CREATE, DEVICE("d", "../../etc"));
	REFUSED(ENOENT, "''", DEVICE_CREATE, DEVICE("d", ""));
}

TEST_F(nl, device_path)
{
	REFUSED(EINVAL, "path", DEVICE_CREATE, DEVICE("d", "file"), U64(D(SIZE), MIB));
	REFUSED(EINVAL, "path", DEVICE_CREATE, DEVICE("d", "blk"));
	REFUSED(EINVAL, "absolute", DEVICE_CREATE, DEVICE("d", "file"),
		OPT(D(OPTION), "path", "relative/file"));
	REFUSED(EINVAL, "path", DEVICE_CREATE, DEVICE("d", "file"),
		OPT(D(OPTION), "path", ""));
}

/* What a backend finds out when it opens has changed the generation: the name was taken. */
TEST_F(nl, device_path_of_nothing)
{
	const struct nl_arg *file = ARGS(DEVICE("d", "file"),
					 OPT(D(OPTION), "path", "/nowhere/at/all"));
	const struct nl_arg *blk = ARGS(DEVICE("d", "blk"),
					OPT(D(OPTION), "path", "/dev/null"));

	EXPECT_EQ(-ENOENT, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE, file));
	EXPECT_NE(NULL, strstr(self->nl.text, "/nowhere/at/all"));
	EXPECT_NE(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE, blk));
	EXPECT_NE(NULL, strstr(self->nl.text, "/dev/null"));
	/* the name is free again */
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE, ARGS(RAM("d"))));
}

TEST_F(nl, device_size)
{
	REFUSED(EINVAL, "size", DEVICE_CREATE, DEVICE("d", "ram"));
	REFUSED(EINVAL, "size 0", DEVICE_CREATE, DEVICE("d", "ram"), U64(D(SIZE), 0));
	REFUSED(EINVAL, "multiple", DEVICE_CREATE, DEVICE("d", "ram"), U64(D(SIZE), 1000));
	REFUSED(EINVAL, "4096", DEVICE_CREATE, DEVICE("d", "ram"), U64(D(SIZE), MIB + 512),
		U32(D(BLOCK_SIZE), 4096));
	REFUSED(EFBIG, "too large", DEVICE_CREATE, DEVICE("d", "null"),
		U64(D(SIZE), 0xfffffffffffff000));
}

TEST_F(nl, device_block_size)
{
	static const __u32 bad[] = { 0, 1, 511, 777, 1024, 2048, 8192, 0x80000000 };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		REFUSED(EINVAL, "512 or 4096", DEVICE_CREATE, RAM("d"),
			U32(D(BLOCK_SIZE), bad[i]));
}

TEST_F(nl, device_names)
{
	static const char * const bad[] = {
		"", " ", "a b", "a/b", "../x", ".hidden", "-force", "a\nb", "a\tb", "caf\xc3\xa9",
		"\xff\xfe", "a\x7f", "a%n", "a=b", "a\"b", LONG49,
	};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		REFUSED(EINVAL, "1 to 48", DEVICE_CREATE, RAM(bad[i]));
	REFUSED(EINVAL, "device", DEVICE_CREATE, STR(D(BACKEND), "ram"), U64(D(SIZE), MIB));
	REFUSED(EEXIST, "taken", DEVICE_CREATE, RAM("taken"));
	/* the longest and the oddest that are names */
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE, ARGS(RAM(NAME48))));
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE, ARGS(RAM("_A.z:0-"))));
}

TEST_F(nl, device_serial)
{
	REFUSED(EEXIST, "taken", DEVICE_CREATE, RAM("d"), STR(D(SERIAL), "SN1"));
	REFUSED(EINVAL, "1 to 36", DEVICE_CREATE, RAM("d"), STR(D(SERIAL), ""));
	REFUSED(EINVAL, "1 to 36", DEVICE_CREATE, RAM("d"),
		STR(D(SERIAL), "0123456789012345678901234567890123456"));
	REFUSED(EINVAL, "printable", DEVICE_CREATE, RAM("d"), STR(D(SERIAL), "a\x01"));
	REFUSED(EINVAL, "printable", DEVICE_CREATE, RAM("d"), STR(D(SERIAL), "\xc3\xa9"));
	REFUSED(EINVAL, "space", DEVICE_CREATE, RAM("d"), STR(D(SERIAL), "a "));
}

TEST_F(nl, device_options)
{
	REFUSED(EINVAL, "'colour'", DEVICE_CREATE, RAM("d"), OPT(D(OPTION), "colour", "red"));
	REFUSED(EINVAL, "zero", DEVICE_CREATE, DEVICE("d", "null"), U64(D(SIZE), MIB),
		OPT(D(OPTION), "colour", "red"));
	REFUSED(EINVAL, "twice", DEVICE_CREATE, DEVICE("d", "null"), U64(D(SIZE), MIB),
		OPT(D(OPTION), "zero", "yes"), OPT(D(OPTION), "zero", "no"));
	REFUSED(EINVAL, "yes or no", DEVICE_CREATE, DEVICE("d", "null"), U64(D(SIZE), MIB),
		OPT(D(OPTION), "zero", "maybe"));
	REFUSED(EINVAL, "key", DEVICE_CREATE, RAM("d"),
		NEST(D(OPTION), STR(TGTCORE_A_OPTION_KEY, "zero")));
	REFUSED(EINVAL, "key", DEVICE_CREATE, RAM("d"),
		NEST(D(OPTION), STR(TGTCORE_A_OPTION_VALUE, "yes")));
	REFUSED(ERANGE, "1 to 4096", DEVICE_CREATE, RAM("d"), U32(D(QUEUE_LIMIT), 0));
	REFUSED(ERANGE, "1 to 4096", DEVICE_CREATE, RAM("d"), U32(D(QUEUE_LIMIT), 4097));
}

TEST_F(nl, device_missing)
{
	REFUSED(ENOENT, "nobody", DEVICE_DELETE, STR(D(NAME), "nobody"));
	REFUSED(ENOENT, "nobody", DEVICE_GET, STR(D(NAME), "nobody"));
	REFUSED(ENOENT, "nobody", DEVICE_SET, STR(D(NAME), "nobody"), U64(D(SIZE), MIB));
	REFUSED(EINVAL, "device", DEVICE_DELETE, U8(D(FORCE), 1));
	REFUSED(EBUSY, "LUN 7", DEVICE_DELETE, STR(D(NAME), "taken"));
}

TEST_F(nl, device_resize)
{
	REFUSED(EINVAL, "multiple", DEVICE_SET, STR(D(NAME), "taken"), U64(D(SIZE), MIB + 1));
	REFUSED(EINVAL, "grows", DEVICE_SET, STR(D(NAME), "taken"), U64(D(SIZE), MIB - 512));
	REFUSED(EINVAL, "0", DEVICE_SET, STR(D(NAME), "taken"), U64(D(SIZE), 0));
	REFUSED(EINVAL, "size", DEVICE_SET, STR(D(NAME), "taken"));
	REFUSED(EINVAL, "size", DEVICE_SET, STR(D(NAME), "taken"), U64(D(SIZE), 2 * MIB),
		STR(D(SERIAL), "new"));
}

TEST_F(nl, target_bad)
{
	REFUSED(ENOENT, "'smoke'", TARGET_CREATE, STR(T(FABRIC), "smoke"), STR(T(NAME), "x"));
	REFUSED(ENOENT, "loop", TARGET_CREATE, STR(T(FABRIC), "smoke"), STR(T(NAME), "x"));
	REFUSED(EEXIST, "loop:t", TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "t"));
	REFUSED(ENOENT, "engine", TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "x"),
		STR(T(HANDLER), "nobody"));
	REFUSED(EINVAL, "1 to 48", TARGET_CREATE, STR(T(FABRIC), "loop"),
		STR(T(NAME), LONG49));
	REFUSED(EINVAL, "1 to 48", TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "a b"));
	REFUSED(EINVAL, "fabric", TARGET_CREATE, STR(T(NAME), "x"));
	REFUSED(EINVAL, "target", TARGET_CREATE, STR(T(FABRIC), "loop"));
	REFUSED(ERANGE, "1 to 65535", TARGET_CREATE, STR(T(FABRIC), "loop"),
		STR(T(NAME), "x"), U32(T(RTPI), 0));
	REFUSED(ERANGE, "1 to 65535", TARGET_CREATE, STR(T(FABRIC), "loop"),
		STR(T(NAME), "x"), U32(T(RTPI), 65536));
	REFUSED(EEXIST, "loop:t", TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "x"),
		U32(T(RTPI), 1));
	REFUSED(EINVAL, "poll-queues", TARGET_CREATE, STR(T(FABRIC), "loop"),
		STR(T(NAME), "x"), OPT(T(OPTION), "wings", "2"));
	REFUSED(EINVAL, "0 to 64", TARGET_CREATE, STR(T(FABRIC), "loop"),
		STR(T(NAME), "x"), OPT(T(OPTION), "poll-queues", "65"));
	REFUSED(ENOENT, "loop:x", TARGET_DELETE, STR(T(FABRIC), "loop"), STR(T(NAME), "x"));
	REFUSED(EBUSY, "1 LUN", TARGET_DELETE, STR(T(FABRIC), "loop"), STR(T(NAME), "t"));
	REFUSED(ENOENT, "smoke:t", TARGET_GET, STR(T(FABRIC), "smoke"), STR(T(NAME), "t"));
}

TEST_F(nl, lun_bad)
{
	REFUSED(ERANGE, "0 to 16383", LUN_CREATE, LUN(16384, "taken"));
	REFUSED(ERANGE, "0 to 16383", LUN_CREATE, LUN(0xffffffff, "taken"));
	REFUSED(ERANGE, "0 to 16383", LUN_GET, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		U32(L(NUMBER), 16384));
	REFUSED(EEXIST, "LUN 7", LUN_CREATE, LUN(7, "taken"), STR(L(GROUP), "g"));
	REFUSED(EEXIST, "taken", LUN_CREATE, LUN(7, "taken"), STR(L(GROUP), "g"));
	REFUSED(ENOENT, "nobody", LUN_CREATE, LUN(1, "nobody"));
	REFUSED(ENOENT, "nogroup", LUN_CREATE, LUN(1, "taken"), STR(L(GROUP), "nogroup"));
	REFUSED(ENOENT, "loop:x", LUN_CREATE, STR(L(FABRIC), "loop"), STR(L(TARGET), "x"),
		U32(L(NUMBER), 0), STR(L(DEVICE), "taken"));
	REFUSED(EINVAL, "LUN", LUN_CREATE, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		STR(L(DEVICE), "taken"));
	REFUSED(EINVAL, "device", LUN_CREATE, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		U32(L(NUMBER), 0));
	REFUSED(EINVAL, "no profile 'AIX'", LUN_CREATE, LUN(1, "taken"), STR(L(PROFILE), "AIX"));
	REFUSED(EINVAL, "no profile", LUN_SET, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		STR(L(GROUP), "g"), U32(L(NUMBER), 7));
	REFUSED(EINVAL, "no profile ''", LUN_SET, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		STR(L(GROUP), "g"), U32(L(NUMBER), 7), STR(L(PROFILE), ""));
	REFUSED(ENOENT, "LUN 7", LUN_SET, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		U32(L(NUMBER), 7), STR(L(PROFILE), "aix"));
	REFUSED(ENOENT, "LUN 7", LUN_DELETE, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		U32(L(NUMBER), 7));
	REFUSED(ENOENT, "LUN 8", LUN_GET, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		U32(L(NUMBER), 8));
}

TEST_F(nl, group_bad)
{
#define IN_T	STR(G(FABRIC), "loop"), STR(G(TARGET), "t")
	char name[300];

	memset(name, 'i', sizeof(name));
	name[224] = 0;
	REFUSED(EEXIST, "group g", GROUP_CREATE, IN_T, STR(G(NAME), "g"));
	REFUSED(EINVAL, "1 to 48", GROUP_CREATE, IN_T, STR(G(NAME), "g g"));
	REFUSED(EINVAL, "1 to 48", GROUP_CREATE, IN_T, STR(G(NAME), ""));
	REFUSED(ENOENT, "loop:x", GROUP_CREATE, STR(G(FABRIC), "loop"), STR(G(TARGET), "x"),
		STR(G(NAME), "g"));
	REFUSED(ENOENT, "group h", GROUP_ADD, IN_T, STR(G(NAME), "h"), STR(G(INITIATOR), "i"));
	REFUSED(EINVAL, "1 to 223", GROUP_ADD, IN_T, STR(G(NAME), "g"), STR(G(INITIATOR), ""));
	REFUSED(EINVAL, "1 to 223", GROUP_ADD, IN_T, STR(G(NAME), "g"),
		STR(G(INITIATOR), name));
	REFUSED(EINVAL, "initiator", GROUP_ADD, IN_T, STR(G(NAME), "g"));
	REFUSED(ENOENT, "initiator i", GROUP_REMOVE, IN_T, STR(G(NAME), "g"),
		STR(G(INITIATOR), "i"));
	REFUSED(EBUSY, "1 LUN", GROUP_DELETE, IN_T, STR(G(NAME), "g"));
	REFUSED(ENOENT, "group h", GROUP_GET, IN_T, STR(G(NAME), "h"));
}

/* One initiator is in one group of a target at most. */
TEST_F(nl, group_initiator_twice)
{
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_GROUP_ADD,
			   ARGS(IN_T, STR(G(NAME), "g"), STR(G(INITIATOR), "i"))));
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_GROUP_CREATE,
			   ARGS(IN_T, STR(G(NAME), "h"))));
	self->generation = nl_generation(&self->nl);
	REFUSED(EEXIST, "group g", GROUP_ADD, IN_T, STR(G(NAME), "h"), STR(G(INITIATOR), "i"));
	REFUSED(EEXIST, "group g", GROUP_ADD, IN_T, STR(G(NAME), "g"), STR(G(INITIATOR), "i"));
}

TEST_F(nl, wrong_generation)
{
	const __u64 old = self->generation - 1;

#define STALE(cmd, set, ...) \
	REFUSED(EAGAIN, "generation", cmd, U64(TGTCORE_A_##set##_GENERATION, old), __VA_ARGS__)
	STALE(DEVICE_CREATE, DEVICE, RAM("d"));
	STALE(DEVICE_SET, DEVICE, STR(D(NAME), "taken"), U64(D(SIZE), 2 * MIB));
	STALE(DEVICE_DELETE, DEVICE, STR(D(NAME), "taken"), U8(D(FORCE), 1));
	STALE(TARGET_CREATE, TARGET, STR(T(FABRIC), "loop"), STR(T(NAME), "x"));
	STALE(TARGET_DELETE, TARGET, STR(T(FABRIC), "loop"), STR(T(NAME), "t"),
	      U8(T(FORCE), 1));
	STALE(LUN_CREATE, LUN, LUN(1, "taken"));
	STALE(LUN_SET, LUN, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
	      STR(L(GROUP), "g"), U32(L(NUMBER), 7), STR(L(PROFILE), "aix"));
	STALE(LUN_DELETE, LUN, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
	      STR(L(GROUP), "g"), U32(L(NUMBER), 7));
	STALE(GROUP_CREATE, GROUP, IN_T, STR(G(NAME), "h"));
	STALE(GROUP_ADD, GROUP, IN_T, STR(G(NAME), "g"), STR(G(INITIATOR), "i"));
	STALE(GROUP_REMOVE, GROUP, IN_T, STR(G(NAME), "g"), STR(G(INITIATOR), "i"));
	STALE(GROUP_DELETE, GROUP, IN_T, STR(G(NAME), "g"), U8(G(FORCE), 1));
	REFUSED(EAGAIN, "generation", DEVICE_CREATE, RAM("d"), U64(D(GENERATION), old + 2));
	/* and with the right one it works */
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE,
			   ARGS(RAM("d"), U64(D(GENERATION), self->generation))));
	EXPECT_LT(self->generation, nl_generation(&self->nl));
}

/* Attributes of answers, and numbers that are none, have no place in a request. */
TEST_F(nl, attributes_out_of_place)
{
	__u16 a;

	for (a = D(ID); a <= D(AGE_MS); a++)
		REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"), U64(a, 1));
	for (a = T(ID); a <= T(AGE_MS); a++)
		REFUSED(EINVAL, "", TARGET_CREATE, STR(T(FABRIC), "loop"), STR(T(NAME), "x"),
			U64(a, 1));
	for (a = L(STATE); a <= L(AGE_MS); a++)
		REFUSED(EINVAL, "", LUN_CREATE, LUN(1, "taken"), U64(a, 1));
	for (a = G(LUNS); a <= G(SESSIONS); a++)
		REFUSED(EINVAL, "", GROUP_CREATE, IN_T, STR(G(NAME), "h"), U32(a, 1));
	REFUSED(EINVAL, "no place", DEVICE_DELETE, STR(D(NAME), "taken"), U64(D(SIZE), MIB));
	EXPECT_EQ(D(SIZE), self->nl.attr);
	REFUSED(EINVAL, "no place", DEVICE_GET, STR(D(NAME), "taken"), U8(D(FORCE), 1));
	EXPECT_EQ(D(FORCE), self->nl.attr);
	REFUSED(EINVAL, "no place", LUN_CREATE, LUN(1, "taken"), U8(L(FORCE), 1));
	REFUSED(EINVAL, "no place", LUN_SET, STR(L(FABRIC), "loop"), STR(L(TARGET), "t"),
		STR(L(GROUP), "g"), U32(L(NUMBER), 7), STR(L(PROFILE), "aix"),
		U8(L(READONLY), 1));
	REFUSED(EINVAL, "no place", TARGET_GET, STR(T(FABRIC), "loop"), STR(T(NAME), "t"),
		U64(T(GENERATION), 1));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"), U32(TGTCORE_A_DEVICE_MAX + 1, 1));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"), U32(0x3fff, 1));
	REFUSED(EINVAL, "", INFO_GET, U32(TGTCORE_A_INFO_GENERATION, 1));
}

TEST_F(nl, attributes_malformed)
{
	char huge[5000];

	memset(huge, 'x', sizeof(huge));
	huge[sizeof(huge) - 1] = 0;
	/* no NUL, too short, too long, of another width */
	REFUSED(EINVAL, "", DEVICE_CREATE, RAW(D(NAME), "abc", 3), STR(D(BACKEND), "ram"));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAW(D(NAME), "", 0), STR(D(BACKEND), "ram"));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"), RAW(D(BLOCK_SIZE), "\0\2", 2));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"), RAW(D(BLOCK_SIZE), "\0\2\0\0\0\0\0\0", 8));
	REFUSED(EINVAL, "", DEVICE_CREATE, DEVICE("d", "ram"), U32(D(SIZE), MIB));
	REFUSED(ERANGE, "", DEVICE_CREATE, RAM("d"), U8(D(READONLY), 2));
	REFUSED(ERANGE, "", DEVICE_DELETE, STR(D(NAME), "taken"), U8(D(FORCE), 255));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM(huge));
	/* a nest that says it is none, one of rubbish, one with too much in it */
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"), RAW(D(OPTION), "\0\0\0\0", 4));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"),
		RAW(D(OPTION) | NLA_F_NESTED, "\xff\xff\xff\xff\xff", 5));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"),
		NEST(D(OPTION), STR(TGTCORE_A_OPTION_KEY, "zero"),
		     STR(TGTCORE_A_OPTION_VALUE, "yes"), U32(9, 9)));
	REFUSED(EINVAL, "", DEVICE_CREATE, DEVICE("d", "file"),
		OPT(D(OPTION), "path", huge));
	REFUSED(EINVAL, "", DEVICE_CREATE, RAM("d"),
		OPT(D(OPTION), "a-key-that-is-longer-than-thirty-one", "x"));
}

/* Netlink takes the last of them, so that the first would be ignored. */
TEST_F(nl, attributes_twice)
{
	REFUSED(EINVAL, "twice", DEVICE_CREATE, RAM("d"), STR(D(NAME), "e"));
	EXPECT_EQ(D(NAME), self->nl.attr);
	REFUSED(EINVAL, "twice", LUN_CREATE, LUN(1, "taken"), U32(L(NUMBER), 2));
	REFUSED(EINVAL, "twice", GROUP_ADD, IN_T, STR(G(NAME), "g"), STR(G(INITIATOR), "i"),
		STR(G(INITIATOR), "j"));
	REFUSED(EINVAL, "twice", DEVICE_CREATE, DEVICE("d", "null"), U64(D(SIZE), MIB),
		NEST(D(OPTION), STR(TGTCORE_A_OPTION_KEY, "zero"),
		     STR(TGTCORE_A_OPTION_VALUE, "no"), STR(TGTCORE_A_OPTION_VALUE, "yes")));
}

#define NO_DUMP(part, cmd, ...) do {						\
	EXPECT_EQ(-EINVAL, nl_dump(&self->nl, TGTCORE_CMD_##cmd, ARGS(__VA_ARGS__), NULL, NULL)) \
		TH_LOG("%s: \"%s\"", #cmd, self->nl.text);			\
	EXPECT_NE(NULL, strstr(self->nl.text, part))				\
		TH_LOG("\"%s\" has no \"%s\"", self->nl.text, part);		\
} while (0)

TEST_F(nl, dumps_refused)
{
	NO_DUMP("1 to 48", LUN_GET, STR(L(FABRIC), ""));
	NO_DUMP("1 to 48", LUN_GET, STR(L(FABRIC), "loop"), STR(L(TARGET), LONG49));
	NO_DUMP("1 to 48", GROUP_GET, STR(G(TARGET), ""));
	NO_DUMP("1 to 48", SESSION_GET, STR(S(FABRIC), "loop"), STR(S(TARGET), ""));
	NO_DUMP("1 to 48", STAT_GET, STR(TGTCORE_A_STAT_FABRIC, LONG49));
	NO_DUMP("1 to 48", RECENT_GET, STR(TGTCORE_A_RECENT_FABRIC, "loop"),
		STR(TGTCORE_A_RECENT_TARGET, "t"), STR(TGTCORE_A_RECENT_GROUP, ""),
		U32(TGTCORE_A_RECENT_NUMBER, 7));
	NO_DUMP("no place", DEVICE_GET, STR(D(NAME), "taken"));
	NO_DUMP("no place", TARGET_GET, STR(T(FABRIC), "loop"));
	NO_DUMP("no place", LUN_GET, U32(L(NUMBER), 7));
	NO_DUMP("no place", SESSION_GET, U64(S(ID), 1));
	NO_DUMP("twice", LUN_GET, STR(L(FABRIC), "loop"), STR(L(FABRIC), "probe"));
	NO_DUMP("", STAT_GET, U32(0x3fff, 1));
	EXPECT_NE('\0', self->nl.text[0]);
	/* none of that ends the dumps that are right */
	EXPECT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_LUN_GET,
			     ARGS(STR(L(FABRIC), "loop"), STR(L(TARGET), "t")), NULL, NULL));
}

/* Every prefix of a good message, whose last attribute is one it needs, is refused. */
TEST_F(nl, message_truncated)
{
	char buf[1024], cut[1024];
	__u32 len = nl_build(&self->nl, buf, TGTCORE_CMD_DEVICE_CREATE, 0,
			     ARGS(OPT(D(OPTION), "zero", "yes"), DEVICE("d", "null"),
				  U64(D(SIZE), MIB)));
	struct nlmsghdr *h = (void *)cut;
	__u32 n;

	for (n = NLMSG_HDRLEN; n < len; n++) {
		memcpy(cut, buf, n);
		h->nlmsg_len = n;
		h->nlmsg_seq = ++self->nl.seq;
		ASSERT_EQ(0, nl_send(&self->nl, cut, n));
		EXPECT_GT(0, nl_ack(&self->nl))
			TH_LOG("cut to %u bytes it was granted", n);
		EXPECT_EQ(self->generation, nl_generation(&self->nl));
	}
	/* a length that claims more than was sent is not even looked at */
	memcpy(cut, buf, len);
	h->nlmsg_len = len + 100;
	ASSERT_EQ(0, nl_send(&self->nl, cut, len));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
}

TEST_F(nl, message_oversized)
{
	const __u32 size = 200 << 10;
	char *buf = calloc(1, NL_BUF);
	struct nlmsghdr *h = (void *)buf;
	struct nlattr *a;
	__u32 len, i;

	/* an attribute as long as one can be */
	len = nl_build(&self->nl, buf, TGTCORE_CMD_DEVICE_CREATE, 0, ARGS(RAM("d")));
	a = (void *)(buf + len);
	a->nla_type = D(SERIAL);
	a->nla_len = 0xffff;
	h->nlmsg_len = len + 0xffff;
	ASSERT_EQ(0, nl_send(&self->nl, buf, h->nlmsg_len));
	EXPECT_GT(0, nl_ack(&self->nl));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));

	/* options without end */
	len = nl_build(&self->nl, buf, TGTCORE_CMD_DEVICE_CREATE, 0, ARGS(RAM("d")));
	for (i = len; i + 8 <= size; i += 8) {
		a = (void *)(buf + i);
		a->nla_type = D(OPTION) | NLA_F_NESTED;
		a->nla_len = 8;
	}
	h->nlmsg_len = i;
	ASSERT_EQ(0, nl_send(&self->nl, buf, i));
	EXPECT_EQ(-EINVAL, nl_ack(&self->nl));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
	free(buf);
}

/* More options than any object has. */
TEST_F(nl, too_many_options)
{
	struct nl_arg args[64] = { DEVICE("d", "null"), U64(D(SIZE), MIB) };
	const struct nl_arg one = OPT(D(OPTION), "zero", "yes");
	int i;

	for (i = 3; i < 60; i++)
		args[i] = one;
	EXPECT_EQ(-EINVAL, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE, args));
	EXPECT_NE(NULL, strstr(self->nl.text, "32"));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
}

TEST_F(nl, unknown_commands)
{
	int cmd;

	for (cmd = TGTCORE_CMD_DEVICE_NTF; cmd < 256; cmd++)
		if (cmd != TGTCORE_CMD_DEVICE_ABANDON && cmd != TGTCORE_CMD_PR_GET &&
		    cmd != TGTCORE_CMD_PR_SET && cmd != TGTCORE_CMD_LUN_SET &&
		    (cmd < TGTCORE_CMD_ALUA_CREATE || cmd > TGTCORE_CMD_ALUA_GET))
			EXPECT_EQ(-EOPNOTSUPP, nl_do(&self->nl, cmd, NULL));
	EXPECT_EQ(-EOPNOTSUPP, nl_do(&self->nl, TGTCORE_CMD_UNSPEC, NULL));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
}

#define P(attr)	TGTCORE_A_PR_##attr
#define R(attr)	TGTCORE_A_REGISTRANT_##attr
#define TID	"\x06\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0"	/* and a 0 */
#define REG(...) NEST(P(REGISTRANT), RAW(R(TRANSPORT_ID), TID, 24), __VA_ARGS__)

/* Persistent reservations: what there cannot be is refused, and nothing changes. */
TEST_F(nl, reservations)
{
	REFUSED(EINVAL, "device", PR_SET, U8(P(APTPL), 0));
	REFUSED(ENOENT, "nobody", PR_GET, STR(P(DEVICE), "nobody"));
	REFUSED(ENOENT, "nobody", PR_SET, STR(P(DEVICE), "nobody"));
	REFUSED(EAGAIN, "generation", PR_SET, STR(P(DEVICE), "taken"), U64(P(GENERATION), 1));
	REFUSED(EOPNOTSUPP, "pr-file", PR_SET, STR(P(DEVICE), "taken"), U8(P(APTPL), 1));
	REFUSED(EINVAL, "type 2", PR_SET, STR(P(DEVICE), "taken"), U32(P(TYPE), 2));
	REFUSED(EINVAL, "type 0", PR_SET, STR(P(DEVICE), "taken"), U32(P(TYPE), 0));
	REFUSED(EINVAL, "no holder", PR_SET, STR(P(DEVICE), "taken"), U32(P(TYPE), 1));
	REFUSED(EINVAL, "no holder", PR_SET, STR(P(DEVICE), "taken"), U32(P(TYPE), 1),
		REG(U64(R(KEY), 1), U32(R(RTPI), 1)));
	REFUSED(EINVAL, "holder of nothing", PR_SET, STR(P(DEVICE), "taken"),
		REG(U64(R(KEY), 1), U32(R(RTPI), 1), U8(R(HOLDER), 1)));
	REFUSED(EINVAL, "are needed", PR_SET, STR(P(DEVICE), "taken"), REG(U64(R(KEY), 1)));
	REFUSED(EINVAL, "no key", PR_SET, STR(P(DEVICE), "taken"),
		REG(U64(R(KEY), 0), U32(R(RTPI), 1)));
	REFUSED(ERANGE, "1 to 65535", PR_SET, STR(P(DEVICE), "taken"),
		REG(U64(R(KEY), 1), U32(R(RTPI), 65536)));
	REFUSED(EINVAL, "twice", PR_SET, STR(P(DEVICE), "taken"),
		REG(U64(R(KEY), 1), U32(R(RTPI), 1)), REG(U64(R(KEY), 2), U32(R(RTPI), 1)));
	REFUSED(EINVAL, "7.6.4", PR_SET, STR(P(DEVICE), "taken"),
		NEST(P(REGISTRANT), RAW(R(TRANSPORT_ID), TID, 20), U64(R(KEY), 1),
		     U32(R(RTPI), 1)));
	REFUSED(EINVAL, "absolute", DEVICE_CREATE, RAM("d"), STR(D(PR_FILE), "relative"));
	/* what can be is no change of the configuration */
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_PR_SET,
			   ARGS(STR(P(DEVICE), "taken"), U32(P(TYPE), 7),
				REG(U64(R(KEY), 1), U32(R(RTPI), 1)))));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
}

#define A(attr)	TGTCORE_A_ALUA_##attr

/* Target port groups: each is refused for its own reason, and nothing changes. */
TEST_F(nl, alua_bad)
{
	const struct {
		struct nl_arg args[4];
		int err;
		const char *text;
	} t[] = {
		{ { STR(A(STATE), "standby") }, -EINVAL, "names no target port group" },
		{ { U32(A(ID), 0) }, -ERANGE, "1 to 65535" },
		{ { U32(A(ID), 65536) }, -ERANGE, "1 to 65535" },
		{ { U32(A(ID), 1), STR(A(STATE), "lba-dependent") }, -EINVAL, "no state" },
		{ { U32(A(ID), 1), STR(A(TARGETS), "probe") }, -EINVAL, "FABRIC:NAME" },
		{ { U32(A(ID), 1), STR(A(TARGETS), "probe:none") }, -ENOENT, "probe:none" },
		{ { U32(A(ID), 1), STR(A(DEVICES), "d") }, -EINVAL, "DEVICE=STATE" },
		{ { U32(A(ID), 1), STR(A(DEVICES), "d=never") }, -EINVAL, "no state" },
		{ { U32(A(ID), 1), STR(A(DEVICES), ".d=standby") }, -EINVAL, "no name" },
		{ { U32(A(ID), 1), STR(A(DEVICES), "d=standby,d=offline") }, -EINVAL, "twice" },
	};
	const struct nl_arg one[] = { U32(A(ID), 1), { } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_EQ(t[i].err, nl_do(&self->nl, TGTCORE_CMD_ALUA_CREATE, t[i].args));
		EXPECT_NE(NULL, strstr(self->nl.text, t[i].text))
			TH_LOG("%s", self->nl.text);
	}
	EXPECT_EQ(-ENOENT, nl_do(&self->nl, TGTCORE_CMD_ALUA_SET, one));
	EXPECT_EQ(-ENOENT, nl_do(&self->nl, TGTCORE_CMD_ALUA_DELETE, one));
	EXPECT_EQ(-ENOENT, nl_do(&self->nl, TGTCORE_CMD_ALUA_GET, one));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
}

/* A backend that lets go of nothing leaves nothing to give up. */
TEST_F(nl, abandon)
{
	EXPECT_EQ(-EINVAL, nl_do(&self->nl, TGTCORE_CMD_DEVICE_ABANDON, NULL));
	EXPECT_EQ(-ENOENT, nl_do(&self->nl, TGTCORE_CMD_DEVICE_ABANDON,
				 ARGS(STR(D(NAME), "none"))));
	EXPECT_EQ(-EOPNOTSUPP, nl_do(&self->nl, TGTCORE_CMD_DEVICE_ABANDON,
				     ARGS(STR(D(NAME), "taken"))));
	EXPECT_EQ(-EINVAL, nl_do(&self->nl, TGTCORE_CMD_DEVICE_ABANDON,
				 ARGS(STR(D(NAME), "taken"), U8(D(FORCE), 1))));
	EXPECT_EQ(self->generation, nl_generation(&self->nl));
}

/* Without CAP_NET_ADMIN everything can be looked at, nothing changed. */
TEST_F(nl, unprivileged)
{
	static const struct nl_arg * const none;
	int cmd, err;
	struct nl nl;
	pid_t pid = fork();

	if (pid) {
		int status;

		waitpid(pid, &status, 0);
		EXPECT_EQ(0, status);	/* neither refused in vain nor killed */
		EXPECT_EQ(self->generation, nl_generation(&self->nl));
		return;
	}
	if (setgroups(0, NULL) || setgid(65534) || setuid(65534) || nl_open(&nl))
		_exit(100);
	for (cmd = TGTCORE_CMD_DEVICE_CREATE; cmd <= TGTCORE_CMD_GROUP_REMOVE; cmd++) {
		if (cmd == TGTCORE_CMD_DEVICE_GET || cmd == TGTCORE_CMD_TARGET_GET ||
		    cmd == TGTCORE_CMD_LUN_GET)
			continue;
		if (nl_do(&nl, cmd, none) != -EPERM)
			_exit(cmd);
	}
	err = nl_do(&nl, TGTCORE_CMD_DEVICE_CREATE, ARGS(RAM("d")));
	if (err != -EPERM)
		_exit(101);
	if (nl_do(&nl, TGTCORE_CMD_DEVICE_ABANDON, ARGS(STR(D(NAME), "taken"))) != -EPERM)
		_exit(104);
	if (nl_do(&nl, TGTCORE_CMD_DEVICE_GET, ARGS(STR(D(NAME), "taken"))))
		_exit(102);
	_exit(nl_dump(&nl, TGTCORE_CMD_LUN_GET, NULL, NULL, NULL) ? 103 : 0);
}

TEST_HARNESS_MAIN
