// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: good requests with bytes, lengths, types and order changed at random, and
 * plain garbage; this test will check that each has an answer and that the engine works
 * afterwards as before.
 *
 * TGT_FUZZ is how many (default 10000), TGT_SEED which ones.
 *
 * timeout: 2000
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/rnd.h"
#include "../lib/nl.h"

static void __attribute__((constructor)) setup(void)
{
	/* a name that is no module's costs a modprobe; a cheaper program saves that */
	if (system("modprobe -a tgtcore tgtcore_ram tgtcore_null tgtcore_loop tgtcore_probe") ||
	    system("echo /bin/false > /proc/sys/kernel/modprobe"))
		exit(1);
}

/* A request that makes sense, on a handful of names that meet each other. */
static __u32 good(struct nl *nl, void *buf)
{
	static const char * const names[] = { "a", "b", "c", "d" };
	const char *dev = names[rnd(4)], *tgt = names[rnd(2)], *grp = names[rnd(2)];
	static const __u8 gets[] = {
		TGTCORE_CMD_DEVICE_GET, TGTCORE_CMD_TARGET_GET, TGTCORE_CMD_LUN_GET,
		TGTCORE_CMD_GROUP_GET, TGTCORE_CMD_SESSION_GET, TGTCORE_CMD_STAT_GET,
	};

	switch (rnd(12)) {
	case 0:
		return nl_build(nl, buf, TGTCORE_CMD_DEVICE_CREATE, 0,
				ARGS(STR(D(NAME), dev), STR(D(BACKEND), "ram"),
				     U64(D(SIZE), MIB), U32(D(BLOCK_SIZE), 512),
				     STR(D(SERIAL), dev), U8(D(READONLY), 0)));
	case 1:
		return nl_build(nl, buf, TGTCORE_CMD_DEVICE_CREATE, 0,
				ARGS(STR(D(NAME), dev), STR(D(BACKEND), "null"),
				     U64(D(SIZE), MIB), OPT(D(OPTION), "zero", "yes")));
	case 2:
		return nl_build(nl, buf, TGTCORE_CMD_DEVICE_SET, 0,
				ARGS(STR(D(NAME), dev), U64(D(SIZE), MIB << rnd(4))));
	case 3:
		return nl_build(nl, buf, TGTCORE_CMD_DEVICE_DELETE, 0,
				ARGS(STR(D(NAME), dev), U8(D(FORCE), 1)));
	case 4:
		return nl_build(nl, buf, TGTCORE_CMD_TARGET_CREATE, 0,
				ARGS(STR(T(FABRIC), "probe"), STR(T(NAME), tgt),
				     STR(T(HANDLER), "engine"), U32(T(RTPI), 1 + rnd(9))));
	case 5:
		return nl_build(nl, buf, TGTCORE_CMD_TARGET_DELETE, 0,
				ARGS(STR(T(FABRIC), "probe"), STR(T(NAME), tgt),
				     U8(T(FORCE), 1)));
	case 6:
	case 7:
		return nl_build(nl, buf, TGTCORE_CMD_LUN_CREATE, 0,
				ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), tgt),
				     U32(L(NUMBER), rnd(4)), STR(L(DEVICE), dev),
				     U8(L(READONLY), 1)));
	case 8:
		return nl_build(nl, buf, TGTCORE_CMD_LUN_DELETE, 0,
				ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), tgt),
				     U32(L(NUMBER), rnd(4)), U8(L(FORCE), 1)));
	case 9:
		return nl_build(nl, buf, TGTCORE_CMD_GROUP_CREATE + rnd(4), 0,
				ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), tgt),
				     STR(G(NAME), grp)));
	case 10:
		return nl_build(nl, buf, TGTCORE_CMD_GROUP_ADD + rnd(2), 0,
				ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), tgt),
				     STR(G(NAME), grp), STR(G(INITIATOR), dev)));
	default:
		return nl_build(nl, buf, gets[rnd(sizeof(gets))], rnd(2) ? NLM_F_DUMP : 0,
				ARGS(STR(1, rnd(2) ? "probe" : dev), STR(2, tgt)));
	}
}

/* Headers of netlink and generic netlink stay mostly good: what is behind is ours. */
static __u32 mutate(char *buf, __u32 len)
{
	const __u32 head = NLMSG_HDRLEN + GENL_HDRLEN;
	__u32 n = 1 + rnd(4), at;

	while (n-- && len > head) {
		at = head + rnd(len - head);
		switch (rnd(8)) {
		case 0:
			buf[at] ^= 1 << rnd(8);
			break;
		case 1:
			buf[at] = rnd(256);
			break;
		case 2:		/* cut */
			len = at;
			break;
		case 3:		/* random tail */
			for (at = rnd(64); at; at--)
				buf[len++] = rnd(256);
			break;
		case 4:		/* some attribute twice */
			at = head + NLA_ALIGN(rnd(len - head));
			if (at + 8 <= len) {
				memcpy(buf + len, buf + at, len - at);
				len += len - at;
			}
			break;
		case 5:		/* a length or a type */
			at = head + NLA_ALIGN(rnd(len - head));
			if (at + 4 <= len)
				*(__u16 *)(buf + at + 2 * rnd(2)) = rnd(2) ? rnd(40) : rnd(65536);
			break;
		case 6:
			buf[NLMSG_HDRLEN] = rnd(32);	/* another command's attributes */
			break;
		default:
			memset(buf + at, rnd(256), (len - at) < 8 ? len - at : 8);
		}
	}
	return len;
}

/* A file or block device must not be made by chance: those names do not survive. */
static bool harmless(const char *buf, __u32 len)
{
	__u32 i;

	for (i = 0; i + 4 <= len; i++)
		if (!memcmp(buf + i, "file", 4) || !memcmp(buf + i, "blk", 4))
			return false;
	return true;
}

/* The outcome of a request or the end of a dump; false if none comes. */
static bool answered(struct nl *nl)
{
	const struct nlmsghdr *h = (const void *)nl->buf;

	/* with NLM_F_DUMP by request or by chance, what comes ends with DONE or an error */
	for (;;) {
		int ret = nl_continue_dump(nl, NULL, NULL);

		if (ret == -ETIMEDOUT)
			return false;
		if (h->nlmsg_seq == nl->seq)
			return true;
	}
}

FIXTURE(fuzz) {
	struct nl nl;
};

FIXTURE_SETUP(fuzz)
{
	ASSERT_EQ(0, nl_open(&self->nl));
}

FIXTURE_TEARDOWN(fuzz)
{
	nl_close(&self->nl);
	if (system("tgtctl clear"))
		TH_LOG("tgtctl clear failed");
}

static unsigned long from_env(const char *name, unsigned long dflt)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 0) : dflt;
}

TEST_F_TIMEOUT(fuzz, mutated_requests, 1200)
{
	unsigned long n = from_env("TGT_FUZZ", 10000), i, granted = 0, refused = 0;
	char *buf = calloc(1, NL_BUF);
	struct nlmsghdr *h = (void *)buf;
	__u32 len;

	rng = from_env("TGT_SEED", 1);
	for (i = 0; i < n; i++) {
		memset(buf, 0, 4096);
		len = good(&self->nl, buf);
		if (rnd(8))
			len = mutate(buf, len);
		if (!harmless(buf, len))
			continue;
		h->nlmsg_len = len;
		if (nl_send(&self->nl, buf, len))
			continue;
		ASSERT_TRUE(answered(&self->nl))
			TH_LOG("request %lu has no answer", i);
		if (((struct nlmsghdr *)self->nl.buf)->nlmsg_type == NLMSG_ERROR &&
		    ((struct nlmsgerr *)NLMSG_DATA(self->nl.buf))->error)
			refused++;
		else
			granted++;
	}
	TH_LOG("%lu granted, %lu refused", granted, refused);
	/* else it was not what it is meant to be */
	EXPECT_LT(n / 100, granted);
	EXPECT_LT(n / 4, refused);
	free(buf);
}

/* Rubbish behind a good header, and rubbish all through. */
TEST_F_TIMEOUT(fuzz, garbage, 300)
{
	unsigned long n = from_env("TGT_FUZZ", 10000) / 5, i;
	struct nlmsghdr *h;
	char buf[4096];
	__u32 len, b;

	h = (void *)buf;
	rng = from_env("TGT_SEED", 1) + 1;
	for (i = 0; i < n; i++) {
		len = rnd(2) ? rnd(128) : rnd(sizeof(buf));
		for (b = 0; b < len; b++)
			buf[b] = rnd(256);
		if (!harmless(buf, len))
			continue;
		if (len >= NLMSG_HDRLEN + GENL_HDRLEN && rnd(4)) {
			h->nlmsg_type = self->nl.family;
			h->nlmsg_len = len;
			h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
			h->nlmsg_seq = ++self->nl.seq;
			buf[NLMSG_HDRLEN] = rnd(40);
			ASSERT_EQ(0, nl_send(&self->nl, buf, len));
			ASSERT_TRUE(answered(&self->nl));
		} else {
			/* to nobody in particular; of what is answered nothing is waited for */
			if (len >= NLMSG_HDRLEN)
				h->nlmsg_type = self->nl.family;
			nl_send(&self->nl, buf, len);
		}
	}
}

/* What is left can be told and taken away, and a new device made. */
TEST_F_TIMEOUT(fuzz, afterwards, 60)
{
	static const __u8 dumps[] = {
		TGTCORE_CMD_DEVICE_GET, TGTCORE_CMD_TARGET_GET, TGTCORE_CMD_LUN_GET,
		TGTCORE_CMD_GROUP_GET, TGTCORE_CMD_SESSION_GET, TGTCORE_CMD_STAT_GET,
	};
	unsigned int i;

	for (i = 0; i < sizeof(dumps); i++)
		EXPECT_EQ(0, nl_dump(&self->nl, dumps[i], NULL, NULL, NULL));
	EXPECT_EQ(0, system("tgtctl clear"));
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE,
			   ARGS(STR(D(NAME), "after"), STR(D(BACKEND), "ram"),
				U64(D(SIZE), MIB))));
	EXPECT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_DELETE, ARGS(STR(D(NAME), "after"))));
	/* no reference is left behind: all of it can be unloaded */
	EXPECT_EQ(0, system("tgtctl clear"));
	EXPECT_EQ(0, system("modprobe -r tgtcore_probe tgtcore_loop tgtcore_ram tgtcore_null"));
	EXPECT_EQ(0, system("echo /sbin/modprobe > /proc/sys/kernel/modprobe"));
}

TEST_HARNESS_MAIN
