/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last test of those of ibmvstgt, to be included at their end, for fixtures run in their order:
 * what was loaded for all goes, and nothing keeps it.
 */
FIXTURE(last) {
};

FIXTURE_SETUP(last)
{
}

FIXTURE_TEARDOWN(last)
{
}

TEST_F(last, unload)
{
	EXPECT_TRUE(run("modprobe -r ibmvstgt && modprobe -r vio_sim"));
}
