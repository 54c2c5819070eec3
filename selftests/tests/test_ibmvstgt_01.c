// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: ibmvstgt on the simulated hypervisor; this test will be the client partition: send
 * queue elements, management datagrams, logins, commands and task management, and compare each
 * answer byte by byte with what clients got, or what SRP says they have to; break the protocol in
 * every way there is and log in again; and throw random bytes at it.
 *
 * timeout: 120
 */
#include "../lib/vioclient.h"

/* --- with nobody serving --------------------------------------------------- */

FIXTURE(bare) {
};

FIXTURE_SETUP(bare)
{
	ASSERT_TRUE(run("modprobe vio_sim && modprobe ibmvstgt"));
	sim = open("/dev/vio_sim", O_RDWR);
	ASSERT_LE(0, sim);
	ASSERT_TRUE(connect_client());
}

FIXTURE_TEARDOWN(bare)
{
	fault(0, 0, 0, 0);
	ioctl(sim, VIO_SIM_FREE);
	close(sim);
}

TEST_F(bare, mads)
{
	static const struct exact table[] = {
		{ "empty IU", MAD, "00000001 0000 0018 00000000000000a1 0000000000110000", 0x99,
		  "00000001 0000 0018 00000000000000a1" },
		{ "error log", MAD, "00000002 0000 0010 00000000000000a2 0000000000110000", 0x99,
		  "00000002 0001 0010 00000000000000a2 0000000000110000" },
		{ "host config", MAD, "00000004 0000 0010 00000000000000a3 0000000000110000", 0x99,
		  "00000004 0001 0010 00000000000000a3 0000000000110000" },
		{ "unknown", MAD, "00000077 0000 0010 00000000000000a4 0000000000110000", 0x99,
		  "00000077 00f1 0010 00000000000000a4" },
		{ "adapter info", MAD, "00000003 0000 0094 00000000000000a5 0000000000110000", 0x99,
		  "00000003 0000 0094 00000000000000a5 0000000000110000" },
		{ "adapter info, too long", MAD,
		  "00000003 0000 0095 00000000000000a6 0000000000110000", 0x99,
		  "00000003 00f7 0095 00000000000000a6 0000000000110000" },
		{ "adapter info, nowhere", MAD,
		  "00000003 0000 0094 00000000000000a7 00000000fff00000", 0x99,
		  "00000003 0001 0094 00000000000000a7 00000000fff00000" },
		{ "capabilities, too short", MAD,
		  "00000005 0000 0043 00000000000000a8 0000000000110000", 0x99,
		  "00000005 00f7 0043 00000000000000a8" },
		{ "fast fail", MAD, "00000008 0000 0010 00000000000000a9", 0x99,
		  "00000008 0000 0010 00000000000000a9" },
		{ "by OS/400", 3, "00000008 0000 0010 00000000000000aa", 0x99,
		  "00000008 0000 0010 00000000000000aa" },
		{ "by AIX", 4, "00000008 0000 0010 00000000000000ab", 0x99,
		  "00000008 0000 0010 00000000000000ab" },
		{ "by Linux", 5, "00000008 0000 0010 00000000000000ac", 0x99,
		  "00000008 0000 0010 00000000000000ac" },
	};

	CHECK_TABLE(table);
}

/* What is at the address, and no byte more of it than the client has room for. */
TEST_F(bare, adapter_info)
{
	struct vio_sim_crq crq;
	__u8 info[152], want[152] = "16.a", reply[256];

	memset(info, 0x55, sizeof(info));
	ASSERT_EQ(152, pwrite(sim, info, 152, DATA_AT));
	ASSERT_EQ(24, exchange(MAD, "00000003 0000 0094 00000000000000a1 0000000000110000", &crq,
			       reply));
	ASSERT_EQ(152, pread(sim, info, 152, DATA_AT));
	strcpy((char *)want + 8, "sim-server");
	want[107] = 10;		/* partition */
	want[111] = 1;		/* MAD version */
	want[115] = 2;		/* Linux */
	want[117] = 2;		/* 131072 bytes */
	memset(want + 148, 0x55, 4);
	EXPECT_EQ(0, memcmp(info, want, 152)) TH_LOG("%s", tohex(info, 152));

	memset(info, 0x55, sizeof(info));
	ASSERT_EQ(152, pwrite(sim, info, 152, DATA_AT));
	ASSERT_EQ(24, exchange(MAD, "00000003 0000 0020 00000000000000a1 0000000000110000", &crq,
			       reply));
	ASSERT_EQ(152, pread(sim, info, 152, DATA_AT));
	memset(want + 32, 0x55, 120);
	EXPECT_EQ(0, memcmp(info, want, 152)) TH_LOG("%s", tohex(info, 152));
}

TEST_F(bare, capabilities)
{
	struct vio_sim_crq crq;
	__u8 caps[92] = { }, reply[256];

	caps[3] = 0x05;			/* migrated, list supported */
	caps[71] = 1;			/* migration */
	caps[73] = 12;
	caps[75] = 1;
	caps[83] = 2;			/* reservation */
	caps[85] = 12;
	caps[87] = 1;
	ASSERT_EQ(92, pwrite(sim, caps, 92, DATA_AT));
	ASSERT_EQ(16, exchange(MAD, "00000005 0000 005c 00000000000000a1 0000000000110000", &crq,
			       reply));
	EXPECT_EQ(0, reply[4]);
	EXPECT_EQ(0, reply[5]);
	ASSERT_EQ(92, pread(sim, caps, 92, DATA_AT));
	EXPECT_EQ(0x01, caps[3]);
	EXPECT_STREQ(UNIT, (char *)caps + 4);
	EXPECT_EQ(1, caps[71]);
	EXPECT_EQ(0, caps[75]);
	EXPECT_EQ(2, caps[83]);
	EXPECT_EQ(0, caps[87]);

	caps[73] = 7;			/* less than its own header */
	ASSERT_EQ(92, pwrite(sim, caps, 92, DATA_AT));
	ASSERT_EQ(16, exchange(MAD, "00000005 0000 005c 00000000000000a1 0000000000110000", &crq,
			       reply));
	EXPECT_EQ(0xf7, reply[5]);
}

TEST_F(bare, logins)
{
	static const struct exact table[] = {
		{ "IU too large", SRP, LOGIN("00000101", "0006", "00", NO_EXT, NO_EXT), 0x99,
		  LOGIN_REJ("02") },
		{ "IU too small", SRP, LOGIN("0000003f", "0006", "00", NO_EXT, NO_EXT), 0x99,
		  LOGIN_REJ("00") },
		{ "initiator extension", SRP,
		  LOGIN("00000100", "0006", "00", "0000000000000001", NO_EXT), 0x99,
		  LOGIN_REJ("03") },
		{ "target extension", SRP,
		  LOGIN("00000100", "0006", "00", NO_EXT, "0100000000000000"), 0x99,
		  LOGIN_REJ("03") },
		{ "two channels", SRP, LOGIN("00000100", "0006", "01", NO_EXT, NO_EXT), 0x99,
		  LOGIN_REJ("05") },
		{ "no format", SRP, LOGIN("00000100", "0000", "00", NO_EXT, NO_EXT), 0x99,
		  LOGIN_REJ("04") },
		{ "a format of its own", SRP, LOGIN("00000100", "000e", "00", NO_EXT, NO_EXT), 0x99,
		  LOGIN_REJ("04") },
		{ "login", SRP, LOGIN_OK, 0x99, LOGIN_RSP },
		{ "again", SRP, LOGIN_OK, 0x99, LOGIN_REJ("06") },
		{ "fast fail, too late", MAD, "00000008 0000 0010 00000000000000a9", 0x99,
		  "00000008 00f7 0010 00000000000000a9" },
		/* nobody is there to execute it */
		{ "command", SRP,
		  CMD("00", "00", "00", "8000000000000000", TUR, ""), 0x99,
		  RSP("00", "08", ZERO4, ZERO4, ZERO4) ZERO18 },
		{ "function", SRP,
		  TMF("8000000000000000", "08", "00"), 0x99, TMF_RSP("01", "05") },
		{ "no function", SRP,
		  TMF("8000000000000000", "10", "00"), 0x99, TMF_RSP("01", "04") },
	};

	CHECK_TABLE(table);
}

/* Elements that carry nothing. After each the driver is as it was. */
TEST_F(bare, elements)
{
	static const char * const ignored[] = {
		"c002", "c007", "8100", "9001", "8007", "8000", "8006000000", "fe00",
	};
	static const struct exact login = { "login", SRP, LOGIN_OK, 0x99, LOGIN_RSP };
	static const struct exact mad = {
		"fast fail", MAD, "00000008 0000 0010 00000000000000a9", 0x99,
		"00000008 00f7 0010 00000000000000a9",
	};
	struct vio_sim_crq crq;
	unsigned int i;

	ASSERT_TRUE(check(_metadata, &login));
	for (i = 0; i < NR(ignored); i++) {
		EXPECT_EQ(0, event(ignored[i]));
		EXPECT_TRUE(quiet()) TH_LOG("%s was answered", ignored[i]);
		EXPECT_TRUE(check(_metadata, &mad));
	}
	EXPECT_EQ(0, element("800600f5"));	/* ping */
	EXPECT_EQ(1, receive(&crq, 1000));
	EXPECT_STREQ("800600f6000000000000000000000000", tohex(crq.b, 16));
	/* the client is gone, and there again, in each of the ways there are */
	for (i = 1; i <= 6; i++) {
		char ev[8];

		sprintf(ev, "ff%02x", i);
		EXPECT_EQ(0, event(ev));
		EXPECT_TRUE(check(_metadata, &login)) TH_LOG("after %s", ev);
	}
	EXPECT_EQ(0, element("c001"));
	EXPECT_TRUE(await(0xc0, 2));
	EXPECT_TRUE(check(_metadata, &login));
}

/* What breaks the protocol ends the connection; the next one is a good one. */
TEST_F(bare, broken)
{
	static const struct {
		const char	*name;
		int		login;
		__u8		format;
		const char	*iu;
		int		len;
		__u64		at;
	} table[] = {
		{ "no bytes", 1, SRP, "", 0, IU_AT },
		{ "257 bytes", 1, SRP, "02", 257, IU_AT },
		{ "65535 bytes", 1, MAD, "02", 65535, IU_AT },
		{ "no such address", 1, SRP, "02", 48, ~0ULL << 12 },
		{ "half a command", 1, SRP, "02", 47, IU_AT },
		{ "half a function", 1, SRP, "01", 47, IU_AT },
		{ "half a login", 0, SRP, "00", 63, IU_AT },
		{ "a command before the login", 0, SRP, "02", 48, IU_AT },
		{ "a function before the login", 0, SRP, "01", 64, IU_AT },
		{ "logout", 1, SRP, "03 00000000000000 0000000000000001", 16, IU_AT },
	};
	static const struct exact login = { "login", SRP, LOGIN_OK, 0x99, LOGIN_RSP };
	unsigned int i;

	for (i = 0; i < NR(table); i++) {
		struct vio_sim_crq crq = { .b = { 0x80, table[i].format } };
		__u8 iu[256] = { };
		int k;

		unhex(iu, table[i].iu);
		crq.b[6] = table[i].len >> 8;
		crq.b[7] = table[i].len;
		for (k = 0; k < 8; k++)
			crq.b[8 + k] = table[i].at >> (56 - 8 * k);
		if (table[i].login)
			EXPECT_TRUE(check(_metadata, &login));
		ASSERT_EQ(256, pwrite(sim, iu, 256, IU_AT));
		EXPECT_EQ(0, ioctl(sim, VIO_SIM_SEND, &crq));
		EXPECT_TRUE(await(0xff, 2)) TH_LOG("%s: not disconnected", table[i].name);
		EXPECT_TRUE(await(0xc0, 1)) TH_LOG("%s: not there again", table[i].name);
		EXPECT_TRUE(check(_metadata, &login));
		EXPECT_TRUE(connect_client());
	}
}

/* A hypervisor that is busy, or fails. */
TEST_F(bare, hypervisor)
{
	static const struct exact login = { "login", SRP, LOGIN_OK, 0x99, LOGIN_RSP };
	static const struct exact lost = {	/* the answer was not copied: the element says so */
		"fast fail", MAD, "00000008 0000 0010 00000000000000a9", 0x00,
		"00000008 0000 0010 00000000000000a9",
	};
	static const __u8 logout[16] = { 3 };
	struct vio_sim_state st;
	struct vio_sim_crq crq;
	__u8 reply[256];

	fault(H_SEND_CRQ, 0, 3, H_DROPPED);
	EXPECT_TRUE(check(_metadata, &login));
	fault(H_COPY_RDMA, 1, 1, H_HARDWARE);
	EXPECT_TRUE(check(_metadata, &lost));
	fault(H_COPY_RDMA, 0, 1, H_HARDWARE);
	EXPECT_EQ(-1, exchange(MAD, "00000008", &crq, reply));
	EXPECT_TRUE(await(0xc0, 1));
	EXPECT_TRUE(check(_metadata, &login));
	fault(H_FREE_CRQ, 0, 20, 9900);		/* long busy */
	EXPECT_EQ(0, send_iu(SRP, logout, 16, IU_AT));
	EXPECT_TRUE(await(0xc0, 1));
	fault(H_REG_CRQ, 0, 1, H_HARDWARE);
	EXPECT_EQ(0, send_iu(SRP, logout, 16, IU_AT));
	EXPECT_TRUE(await(0xc0, 1)) TH_LOG("a queue that could not be registered is tried again");
	EXPECT_EQ(0, ioctl(sim, VIO_SIM_STATE, &st));
	EXPECT_EQ(1, st.server_open);
}

/* --- served by the engine -------------------------------------------------- */

FIXTURE(served) {
};

FIXTURE_SETUP(served)
{
	static const struct exact login = { "login", SRP, LOGIN_OK, 0x99, LOGIN_RSP };
	struct vio_sim_crq crq;
	__u8 reply[256];

	ASSERT_TRUE(serve());
	sim = open("/dev/vio_sim", O_RDWR);
	ASSERT_LE(0, sim);
	ASSERT_TRUE(connect_client());
	ASSERT_TRUE(check(_metadata, &login));
	/* power on, reset */
	ASSERT_LT(0, exchange(SRP, CMD("00", "00", "00", LUN3, TUR, ""), &crq, reply));
	ASSERT_LT(0, exchange(SRP, CMD("00", "00", "00", "8005000000000000", TUR, ""), &crq,
			      reply));
}

FIXTURE_TEARDOWN(served)
{
	unserve();
}

TEST_F(served, commands)
{
	static const struct exact table[] = {
		{ "TEST UNIT READY", SRP, CMD("00", "00", "00", LUN3, TUR, ""), 0x99,
		  RSP("00", "00", ZERO4, ZERO4, ZERO4) ZERO18 },
		{ "flat and peripheral addressing", SRP,
		  CMD("00", "00", "00", "4003000000000000", TUR, ""), 0x99,
		  RSP("00", "00", ZERO4, ZERO4, ZERO4) ZERO18 },
		{ "no such LUN", SRP, CMD("00", "00", "00", "8004000000000000", TUR, ""), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "2500") },
		{ "read, direct", SRP,
		  CMD("01", "00", "00", LUN3, READ1, BUF("110000", "00000200")), 0x99,
		  RSP("00", "00", ZERO4, ZERO4, ZERO4) ZERO18 },
		{ "read of less than there is room for", SRP,
		  CMD("01", "00", "00", LUN3, READ1, BUF("110000", "00000400")), 0x99,
		  RSP("20", "00", ZERO4, "00000200", ZERO4) ZERO18 },
		{ "read of more", SRP,
		  CMD("01", "00", "00", LUN3, READ2, BUF("110000", "00000200")), 0x99,
		  RSP("10", "00", ZERO4, "00000200", ZERO4) ZERO18 },
		{ "read, indirect", SRP,
		  CMD("02", "00", "02", LUN3, READ1, BUF("101044", "00000020") "00000200"
		      BUF("110000", "00000100") BUF("110800", "00000100")), 0x99,
		  RSP("00", "00", ZERO4, ZERO4, ZERO4) ZERO18 },
		{ "read, a list of the client's", SRP,
		  CMD("02", "00", "00", LUN3, READ1, BUF("108000", "00000020") "00000200"), 0x99,
		  RSP("00", "00", ZERO4, ZERO4, ZERO4) ZERO18 },
		{ "read, a list that is nowhere", SRP,
		  CMD("02", "00", "00", LUN3, READ1, BUF("010000", "00000020") "00000200"), 0x99,
		  RSP("22", "02", ZERO4, "00000200", "00000012") SENSE("0b", "4b00") },
		{ "read to nowhere", SRP,
		  CMD("01", "00", "00", LUN3, READ1, BUF("010000", "00000200")), 0x99,
		  RSP("22", "02", ZERO4, "00000200", "00000012") SENSE("0b", "4b00") },
		{ "write from nowhere", SRP,
		  CMD("10", "00", "00", LUN3, WRITE2, BUF("010000", "00000400")), 0x99,
		  RSP("0a", "02", "00000400", ZERO4, "00000012") SENSE("0b", "4b00") },
		{ "write, direct", SRP,
		  CMD("10", "00", "00", LUN3, WRITE2, BUF("110000", "00000400")), 0x99,
		  RSP("00", "00", ZERO4, ZERO4, ZERO4) ZERO18 },
		{ "the list bears less than it says", SRP,
		  CMD("02", "00", "01", LUN3, READ2, BUF("101044", "00000010") "00000400"
		      BUF("110000", "00000200")), 0x99,
		  RSP("22", "02", ZERO4, "00000400", "00000012") SENSE("0b", "4b00") },
		{ "data both ways", SRP, CMD("11", "00", "00", LUN3, READ1,
		  BUF("110000", "00000200") BUF("110000", "00000200")), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "0e03") },
		{ "no such format", SRP, CMD("03", "00", "00", LUN3, READ1,
		  BUF("110000", "00000200")), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "0e03") },
		{ "a descriptor that is not there", SRP,
		  CMD("01", "00", "00", LUN3, READ1, ""), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "0e03") },
		{ "a list that is not there", SRP, CMD("02", "00", "02", LUN3, READ1,
		  BUF("101044", "00000020") "00000200" BUF("110000", "00000100")), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "0e03") },
		{ "a list of half a descriptor", SRP, CMD("02", "00", "00", LUN3, READ1,
		  BUF("108000", "00000018") "00000200"), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "0e03") },
		{ "a list of a megabyte", SRP, CMD("02", "00", "00", LUN3, READ1,
		  BUF("108000", "00100000") "00000200"), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "0e03") },
		{ "more data than was agreed", SRP, CMD("01", "00", "00", LUN3, READ1,
		  BUF("110000", "00020001")), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("05", "0e03") },
		{ "abort of nothing", SRP, TMF(LUN3, "01", "c7"), 0x99, TMF_RSP("01", "00") },
		{ "reset", SRP, TMF(LUN3, "08", "00"), 0x99, TMF_RSP("01", "00") },
		{ "of which it is told", SRP, CMD("00", "00", "00", LUN3, TUR, ""), 0x99,
		  RSP("02", "02", ZERO4, ZERO4, "00000012") SENSE("06", "2903") },
	};
	__u8 list[32];

	unhex(list, BUF("110000", "00000100") BUF("110100", "00000100"));
	ASSERT_EQ(32, pwrite(sim, list, 32, LIST_AT));
	CHECK_TABLE(table);
}

/* The bytes themselves, in and out, over descriptors of all kinds. */
TEST_F(served, bytes)
{
	struct vio_sim_crq crq;
	__u8 out[1024], in[1024], reply[256];
	int i;

	for (i = 0; i < 1024; i++)
		out[i] = i * 7 + (i >> 8);
	/* out of three pieces that lie in disorder */
	ASSERT_EQ(100, pwrite(sim, out, 100, DATA_AT + 0x3000));
	ASSERT_EQ(900, pwrite(sim, out + 100, 900, DATA_AT + 0x0f00));
	ASSERT_EQ(24, pwrite(sim, out + 1000, 24, DATA_AT));
	ASSERT_LT(0, exchange(SRP, CMD("20", "03", "00", LUN3, WRITE2, BUF("101044", "00000030")
			      "00000400" BUF("113000", "00000064") BUF("110f00", "00000384")
			      BUF("110000", "00000018")), &crq, reply));
	EXPECT_EQ(0, reply[19]);
	ASSERT_LT(0, exchange(SRP, CMD("01", "00", "00", LUN3, READ2, BUF("114ffe", "00000400")),
			      &crq, reply));
	EXPECT_EQ(0, reply[19]);
	ASSERT_EQ(1024, pread(sim, in, 1024, DATA_AT + 0x4ffe));
	EXPECT_EQ(0, memcmp(in, out, 1024));
}

/* A read of a disk that takes its time, at an address and with a tag of its own. */
static int slow_read(int i)
{
	__u8 iu[256] = { };
	int n = unhex(iu, CMD("01", "00", "00", "8005000000000000", READ1,
			      BUF("110000", "00000200")));

	iu[15] = i;
	return send_iu(SRP, iu, n, IU_AT + 256 * i);
}

/* Sixteen may be out, and not one more. */
TEST_F(served, limit)
{
	struct vio_sim_crq crq;
	int i;

	ASSERT_TRUE(run("tgtctl device set vstf rule=delay,ms=300,op=read"));
	for (i = 1; i <= 16; i++)
		ASSERT_EQ(0, slow_read(i));
	for (i = 1; i <= 16; i++) {
		ASSERT_EQ(1, receive(&crq, 2000));
		EXPECT_EQ(0x80, crq.b[0]);
		EXPECT_EQ(0x99, crq.b[3]);
	}
	for (i = 1; i <= 17; i++)
		ASSERT_EQ(0, slow_read(i));
	EXPECT_TRUE(await(0xff, 2));
	/* those sixteen are waited for, and not answered */
	EXPECT_TRUE(login_again());
	EXPECT_TRUE(quiet());
}

/* The client ends a command itself: it gets no answer to it, and both requests back. */
TEST_F(served, abort)
{
	static const struct exact abort = {
		"abort", SRP, TMF("8005000000000000", "01", "01"), 0x99, TMF_RSP("02", "00")
	};

	ASSERT_TRUE(run("tgtctl device set vstf rule=delay,ms=600,op=read"));
	ASSERT_EQ(0, slow_read(1));
	EXPECT_TRUE(check(_metadata, &abort));
	EXPECT_TRUE(quiet());
}

/* A client that goes with its commands out, and comes back at once, at every stage of that. */
TEST_F(served, reset)
{
	__u8 iu[256] = { };
	int i, k;

	ASSERT_TRUE(run("tgtctl device set vstf rule=delay,ms=20,op=read"));
	for (i = 0; i < 40; i++) {
		for (k = 1; k <= i % 17; k++)
			ASSERT_EQ(0, slow_read(k));
		if (i % 3 == 0)
			event("ff01");
		else if (i % 3 == 1)
			send_iu(SRP, iu, unhex(iu, "03 00000000000000 0000000000000001"), IU_AT);
		usleep(i * 700);
		ASSERT_TRUE(login_again()) TH_LOG("round %d", i);
	}
}

#include "../lib/vio_last.h"

TEST_HARNESS_MAIN
