// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: INQUIRY and its VPD pages say what a disk has to say, in the form SPC-5 and
 * SBC-4 give: this test will check every field an initiator relies on.
 *
 * timeout: 120
 */
#include <ctype.h>
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create i_ram backend=ram size=16M serial=SN-0815",
	     "device create i_null backend=null size=1G block-size=4096",
	     "target create probe:p",
	     "target create probe:iscsi protocol=5",
	     "lun create probe:p 0 device=i_ram",
	     "lun create probe:p 1 device=i_null",
	     "lun create probe:iscsi 0 device=i_ram")

FIXTURE(inquiry) {
	struct nexus n;
	__u8 buf[1024];
};

FIXTURE_SETUP(inquiry)
{
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
}

FIXTURE_TEARDOWN(inquiry)
{
	probe_close(&self->n);
}

/* Reads a VPD page with room to spare; its length, header included, or -1. */
static int get_vpd(struct nexus *n, unsigned int lun, __u8 page, __u8 *buf)
{
	struct io io = { LUN(lun), VPD(page, 1024), DATA_IN(buf, 1024) };

	memset(buf, 0xee, 1024);
	if (probe_outcome(n, &io))
		return -1;
	return probe_got(&io);
}

static bool printable(const __u8 *p, unsigned int n)
{
	while (n--)
		if (*p < 0x20 || *p++ > 0x7e)
			return false;
	return true;
}

TEST_F(inquiry, standard)
{
	struct io io = { LUN(0), INQUIRY(1024), DATA_IN(self->buf, 1024) };
	__u8 *b = self->buf;

	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(0x00, b[0]);			/* connected, direct access */
	EXPECT_EQ(0, b[1] & 0x80);		/* not removable */
	EXPECT_LE(0x05, b[2]);			/* SPC-3 or later */
	EXPECT_EQ(0x02, b[3] & 0x0f);		/* response data format */
	EXPECT_EQ(0x20, b[3] & 0x20);		/* NormACA */
	EXPECT_LE(31, b[4]);
	EXPECT_EQ(b[4] + 5, probe_got(&io));
	EXPECT_EQ(0x02, b[7] & 0x02);		/* CmdQue */
	EXPECT_TRUE(printable(b + 8, 28));
	EXPECT_NE(' ', b[8]);
	EXPECT_NE(' ', b[16]);
	EXPECT_NE(' ', b[32]);
}

/* SPC-5 4.2.5.6: cut at the allocation length, with nothing else changed; 0 is no error. */
TEST_F(inquiry, allocation_length)
{
	struct io all = { LUN(0), INQUIRY(255), DATA_IN(self->buf, 255) };
	__u8 cut[256];
	unsigned int n;

	EXPECT_GOOD(&self->n, all);
	for (n = 0; n <= 36; n++) {
		struct io io = { LUN(0), INQUIRY(n), DATA_IN(cut, 256) };

		memset(cut, 0xee, sizeof(cut));
		EXPECT_GOOD(&self->n, io);
		EXPECT_EQ(n, probe_got(&io));
		EXPECT_EQ(0, memcmp(cut, self->buf, n));
		EXPECT_EQ(0xee, cut[n]);
	}
}

TEST_F(inquiry, bad_fields)
{
	unsigned int page;

	/* SPC-5 6.7.2: a page code without EVPD is an error */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0x12, 0, 0x80, 0, 255, 0),
		   DATA_IN(self->buf, 255));
	for (page = 1; page < 256; page++) {
		__u8 list[1024];
		int len = get_vpd(&self->n, 0, 0, list);

		ASSERT_LT(4, len);
		if (memchr(list + 4, page, len - 4))
			continue;
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), VPD(page, 255),
			   DATA_IN(self->buf, 255));
	}
}

TEST_F(inquiry, vpd_list)
{
	static const __u8 must[] = { 0x00, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2 };
	int len = get_vpd(&self->n, 0, 0, self->buf), got, i;
	__u8 page[1024], *list = self->buf + 4;

	ASSERT_LT(4, len);
	EXPECT_EQ(len - 4, get_be16(self->buf + 2));
	for (i = 0; i < (int)sizeof(must); i++)
		EXPECT_NE(NULL, memchr(list, must[i], len - 4));
	for (i = 0; i < len - 4; i++) {
		if (i)
			EXPECT_LT(list[i - 1], list[i]);
		got = get_vpd(&self->n, 0, list[i], page);
		EXPECT_LE(4, got);
		EXPECT_EQ(0, page[0]);
		EXPECT_EQ(list[i], page[1]);
		EXPECT_EQ(got - 4, get_be16(page + 2));
	}
}

TEST_F(inquiry, serial)
{
	ASSERT_EQ(4 + 7, get_vpd(&self->n, 0, 0x80, self->buf));
	EXPECT_EQ(0, memcmp(self->buf + 4, "SN-0815", 7));
	/* one that was not given is there nevertheless */
	ASSERT_LT(4, get_vpd(&self->n, 1, 0x80, self->buf));
	EXPECT_TRUE(printable(self->buf + 4, get_be16(self->buf + 2)));
}

struct designators {
	const __u8 *naa;		/* of the logical unit */
	unsigned int naa_len;
	unsigned int t10;
	unsigned int rel_port;
	unsigned int port_naa;
	unsigned int protocol;		/* of those of the port; 0xff if they differ */
};

/* Walks page 83h; false if it is malformed. */
static bool parse_83(const __u8 *b, int len, struct designators *d)
{
	const __u8 *p = b + 4, *end = b + len;

	memset(d, 0, sizeof(*d));
	for (; p < end; p += 4 + p[3]) {
		__u8 assoc = p[1] >> 4 & 3, type = p[1] & 0x0f, set = p[0] & 0x0f;

		if (end - p < 4 || end - p < 4 + p[3])
			return false;
		/* PIV: protocol identifier valid, only for ports and target devices */
		if ((p[1] & 0x80) && !assoc)
			return false;
		if (assoc == 1 && p[1] & 0x80)
			d->protocol = p[0] >> 4;
		if (!assoc && type == 3 && set == 1) {
			d->naa = p + 4;
			d->naa_len = p[3];
		}
		d->t10 += !assoc && type == 1 && set == 2 && p[3] > 8 && printable(p + 4, p[3]);
		d->rel_port += assoc == 1 && type == 4 && set == 1 && p[3] == 4 &&
			       get_be16(p + 6);
		d->port_naa += assoc == 1 && type == 3 && set == 1;
	}
	return p == end;
}

TEST_F(inquiry, identification)
{
	int len = get_vpd(&self->n, 0, 0x83, self->buf);
	__u8 other[1024];
	struct designators d, e;

	ASSERT_LT(4, len);
	ASSERT_TRUE(parse_83(self->buf, len, &d));
	ASSERT_NE(NULL, d.naa);
	/* 3h locally assigned, 5h IEEE registered: 8 bytes; 6h: 16 */
	EXPECT_EQ(d.naa[0] >> 4 == 6 ? 16 : 8, d.naa_len);
	EXPECT_NE(NULL, strchr("\x2\x3\x5\x6", d.naa[0] >> 4));
	EXPECT_EQ(1, d.t10);
	EXPECT_EQ(1, d.rel_port);
	EXPECT_EQ(6, d.protocol);

	len = get_vpd(&self->n, 1, 0x83, other);
	ASSERT_LT(4, len);
	ASSERT_TRUE(parse_83(other, len, &e));
	ASSERT_NE(NULL, e.naa);
	EXPECT_NE(0, memcmp(d.naa, e.naa, 8));
}

/* One logical unit through two ports: same name, other port, other protocol. */
TEST_F(inquiry, two_ports)
{
	struct designators d, e;
	__u8 other[1024];
	struct nexus n;
	int len, len2;

	ASSERT_EQ(0, probe_open(&n, "iscsi", "iqn.2024-01.example:a"));
	len = get_vpd(&self->n, 0, 0x83, self->buf);
	len2 = get_vpd(&n, 0, 0x83, other);
	ASSERT_TRUE(len > 4 && len2 > 4);
	ASSERT_TRUE(parse_83(self->buf, len, &d) && parse_83(other, len2, &e));
	EXPECT_EQ(0, memcmp(d.naa, e.naa, d.naa_len));
	EXPECT_EQ(5, e.protocol);
	EXPECT_NE(0, memcmp(self->buf, other, len));
	probe_close(&n);
}

/* SPC-5 7.7.7: always 60 bytes. */
TEST_F(inquiry, extended)
{
	ASSERT_EQ(64, get_vpd(&self->n, 0, 0x86, self->buf));
	EXPECT_EQ(0x01, self->buf[5] & 0x01);		/* SIMPSUP */
	EXPECT_EQ(0, self->buf[4] & 0x3f);		/* no protection information */
}

/* SBC-4 6.6.4, and that what it says is kept. */
TEST_F(inquiry, block_limits)
{
	__u32 max;

	ASSERT_EQ(64, get_vpd(&self->n, 1, 0xb0, self->buf));
	max = get_be32(self->buf + 8);
	EXPECT_NE(0, max);
	EXPECT_EQ(255, self->buf[5]);			/* COMPARE AND WRITE: test_sbc_01 */
	EXPECT_EQ(0, get_be32(self->buf + 20));		/* UNMAP: not on null */
	if (get_be32(self->buf + 12))
		EXPECT_LE(get_be32(self->buf + 12), max);
	ASSERT_EQ(0, probe_ready(&self->n, 1));
	EXPECT_CMD(&self->n, 0, LUN(1), READ16(0, max), DATA_IN(self->buf, 512));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), READ16(0, max + 1), DATA_IN(self->buf, 512));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), WRITE16(0, max + 1),
		   DATA_OUT(self->buf, 512));
}

TEST_F(inquiry, block_characteristics)
{
	ASSERT_EQ(64, get_vpd(&self->n, 0, 0xb1, self->buf));
	EXPECT_EQ(1, get_be16(self->buf + 4));		/* non-rotating */
}

TEST_F(inquiry, provisioning)
{
	/* UNMAP, WRITE SAME (16) and (10) that unmap, blocks that read zeroes then; test_sbc_01 */
	ASSERT_LE(8, get_vpd(&self->n, 0, 0xb2, self->buf));
	EXPECT_EQ(0xe4, self->buf[5] & 0xfc);
	/* a command that is not there must not be promised */
	ASSERT_LE(8, get_vpd(&self->n, 1, 0xb2, self->buf));
	EXPECT_EQ(0, self->buf[5] & 0xe4);
}

TEST_HARNESS_MAIN
