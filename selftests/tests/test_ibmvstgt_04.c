// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: ibmvstgt, whose client is out of its mind; this test will throw queue elements and
 * IUs of random bytes at it (VIO_FUZZ: how many, 10,000), logging in again all the while, and check
 * that it then serves who behaves.
 *
 * timeout: 120
 */
#include "../lib/vioclient.h"

FIXTURE(served) {
};

FIXTURE_SETUP(served)
{
	ASSERT_TRUE(serve());
	sim = open("/dev/vio_sim", O_RDWR);
	ASSERT_LE(0, sim);
	ASSERT_TRUE(login_again());
}

FIXTURE_TEARDOWN(served)
{
	unserve();
}

static unsigned int seed = 1;

static unsigned int rnd(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 8;
}

/* An IU that begins as one could, and is anything behind. */
static void random_iu(__u8 *iu)
{
	static const __u8 opcodes[] = { 2, 2, 2, 2, 1, 0, 3, 0xc1, 0x80 };
	static const __u8 formats[] = { 0, 1, 2, 0x10, 0x20, 0x11, 0x33 };
	int i;

	for (i = 0; i < 256; i++)
		iu[i] = rnd() % 3 ? 0 : rnd();
	if (rnd() % 16 == 0)
		return;
	iu[0] = opcodes[rnd() % sizeof(opcodes)];
	if (iu[0] != 2)
		return;
	iu[5] = formats[rnd() % sizeof(formats)];
	iu[6] = rnd() % 4;
	iu[7] = rnd() % 4;
	memset(iu + 20, 0, 8);
	iu[20] = 0x80;
	iu[21] = rnd() % 8 ? 3 : rnd();
	iu[31] = rnd() % 8 ? 0 : rnd();
	iu[32] = rnd() % 2 ? 0x28 : rnd();
}

static int drain(void)
{
	struct vio_sim_crq crq;
	int n = 0;

	while (receive(&crq, 0) == 1)
		n += crq.b[0] != 0;
	return n;
}

TEST_F(served, fuzz)
{
	const char *count = getenv("VIO_FUZZ");
	int i, k, n = count ? atoi(count) : 10000;
	__u8 iu[256];

	for (i = 0; i < n; i++) {
		struct vio_sim_crq crq = { };

		random_iu(iu);
		if (rnd() % 8 == 0) {
			for (k = 0; k < 16; k++)
				crq.b[k] = rnd();
			crq.b[0] |= 0x80;
			ioctl(sim, rnd() % 2 ? VIO_SIM_RAW : VIO_SIM_SEND, &crq);
		} else {
			k = rnd() % 64 ? 48 + rnd() % 208 : rnd() % 256;
			send_iu(rnd() % 8 ? SRP : MAD, iu, k, IU_AT + 256 * (i % 64));
		}
		if (i % 32 == 0) {
			drain();
			unhex(iu, LOGIN_OK);
			send_iu(SRP, iu, 64, IU_AT);
		}
		if (i % 512 == 0)
			ASSERT_TRUE(connect_client());
	}
	ASSERT_TRUE(login_again());
	/* more of them than may be out at once: none of the limit is lost */
	for (i = 0; i < 40; i++) {
		struct vio_sim_crq crq;

		ASSERT_LT(0, exchange(SRP, CMD("00", "00", "00", LUN3, TUR, ""), &crq, iu));
	}
}

#include "../lib/vio_last.h"

TEST_HARNESS_MAIN
