// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: the probe fabric itself. What it refuses, that data-out really waits until
 * it is handed over, that completion order is told, that nothing hangs when its user dies
 * or its target goes: this test will fail if other tests on it could not be trusted.
 *
 * timeout: 180
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create probe_ram backend=ram size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=probe_ram")

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

FIXTURE(probe) {
	struct nexus n;
	__u8 buf[65536];
	__u8 want[65536];
};

FIXTURE_SETUP(probe)
{
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, 0));
}

FIXTURE_TEARDOWN(probe)
{
	probe_close(&self->n);
}

TEST(attach)
{
	struct tgtprobe_attach again = { "p" };
	struct nexus n;
	int fd;

	EXPECT_EQ(-ENOENT, probe_attach("nobody"));
	EXPECT_EQ(-ENOENT, probe_attach(""));
	fd = open(TGTPROBE_DEVICE, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENODEV, probe_begin(&n, fd, "a", NULL, 0));
	close(fd);
	fd = probe_attach("p");
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, ioctl(fd, TGTPROBE_IOC_ATTACH, &again));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, ioctl(fd, _IO('P', 0x7f), NULL));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(fd, TGTPROBE_IOC_OPEN, NULL));
	EXPECT_EQ(EFAULT, errno);
	close(fd);
}

TEST(privilege)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];

	ASSERT_EQ(0, syscall(SYS_capget, &head, caps));
	caps[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &= ~CAP_TO_MASK(CAP_SYS_ADMIN);
	ASSERT_EQ(0, syscall(SYS_capset, &head, caps));
	EXPECT_EQ(-EPERM, probe_attach("p"));
}

TEST(initiator)
{
	char name[300], id[TGTPROBE_ID_LEN] = { 0x06 };
	int fd = probe_attach("p");
	struct nexus n;

	ASSERT_LE(0, fd);
	memset(name, 'n', sizeof(name));
	name[223] = '\0';
	EXPECT_EQ(0, probe_begin(&n, fd, name, id, 24));
	EXPECT_EQ(0, probe_ready(&n, 0));
	name[223] = 'n';
	name[224] = '\0';
	EXPECT_EQ(-EINVAL, probe_begin(&n, fd, name, id, 24));
	name[224] = 'n';
	EXPECT_EQ(-EINVAL, probe_begin(&n, fd, name, id, 24));
	EXPECT_EQ(-EINVAL, probe_begin(&n, fd, "", id, 24));
	EXPECT_EQ(0, probe_begin(&n, fd, "long-id", id, 256));
	EXPECT_EQ(-EINVAL, probe_begin(&n, fd, "too-long-id", id, 257));
	EXPECT_EQ(-EINVAL, probe_begin(&n, fd, "far-too-long-id", id, TGTPROBE_ID_LEN + 1));
	close(fd);
}

TEST_F(probe, bad_arguments)
{
	__u8 cdb[TGTPROBE_CDB_MAX + 1] = { };
	const __u32 zero[] = { 512, 0 }, few[] = { 512 }, many[] = { 1024, 4 << 20 };
	struct io base = { LUN(0), TUR };
	struct tgtprobe_reap r;
	struct nexus other = self->n;
	struct io io;

	io = base;
	io.cdb = cdb;
	io.cdb_len = sizeof(cdb);
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io.cdb_len = TGTPROBE_CDB_MAX;
	EXPECT_EQ(0, probe_run(&self->n, &io));
	io = base;
	io.flags = 0x80000000;
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io = base;
	io.dir = 3;
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io = base;
	io.len = TGTPROBE_DATA_MAX + 1;
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io = base;
	io.offset = 4096;
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io = (struct io){ LUN(0), TUR, DATA_IN(self->buf, 1024), .segs = zero, .nr_segs = 2 };
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io = (struct io){ LUN(0), TUR, DATA_IN(self->buf, 1024), .segs = few, .nr_segs = 1 };
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io = (struct io){ LUN(0), TUR, DATA_IN(self->buf, 1024), .segs = many, .nr_segs = 2 };
	EXPECT_EQ(-EINVAL, probe_send(&self->n, &io));
	io = base;
	io.cdb = NULL;
	EXPECT_EQ(-EFAULT, probe_send(&self->n, &io));
	other.session = 77;
	io = base;
	EXPECT_EQ(-ENOENT, probe_send(&other, &io));
	EXPECT_EQ(-ENOENT, probe_reap(&self->n, 12345, &r, 0));
	EXPECT_EQ(-ENOENT, probe_reap(&self->n, 0, &r, 0));
	EXPECT_EQ(-EINVAL, probe_reap(&self->n, 0, &r, TGTPROBE_TIMEOUT_MAX + 1));
	EXPECT_EQ(-EINVAL, probe_end(&self->n, 0x80));
}

/* Data handed over late is what gets written, not what the buffer held before. */
TEST_F(probe, deferred_data)
{
	struct io wr = { LUN(0), WRITE10(0, 8), DATA_OUT(self->buf, 4096),
			 .flags = TGTPROBE_DEFER };
	struct io rd = { LUN(0), READ10(0, 8), DATA_IN(self->buf, 4096) };
	struct tgtprobe_state st;
	struct tgtprobe_reap r;

	probe_fill(self->want, 4096, 1);
	ASSERT_EQ(0, probe_send(&self->n, &wr));
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->n, wr.id, &r, 200));
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->n, 0, &r, 0));
	ASSERT_EQ(0, probe_state(&self->n, wr.id, &st));
	EXPECT_EQ(TGTPROBE_S_WANTS_DATA, st.state);
	EXPECT_EQ(1, st.in_flight);
	EXPECT_EQ(0, probe_data(&self->n, &wr, self->want));
	ASSERT_EQ(0, probe_wait(&self->n, &wr));
	EXPECT_EQ(GOOD, wr.r.status);
	EXPECT_EQ(0, wr.r.residual);
	EXPECT_EQ(-ENOENT, probe_data(&self->n, &wr, self->want));
	EXPECT_GOOD(&self->n, rd);
	EXPECT_EQ(0, memcmp(self->buf, self->want, 4096));
}

/* A command that ends without data-out does not take it any more. */
TEST_F(probe, deferred_not_wanted)
{
	struct io wr = { LUN(7), WRITE10(0, 8), DATA_OUT(self->buf, 4096),
			 .flags = TGTPROBE_DEFER };

	ASSERT_EQ(0, probe_send(&self->n, &wr));
	EXPECT_EQ(-EALREADY, probe_data(&self->n, &wr, self->want));
	ASSERT_EQ(0, probe_wait(&self->n, &wr));
	EXPECT_EQ(LUN_NOT_SUPPORTED, probe_sense(&wr.r));
}

/* SAM-6 5.8: overlapped commands are the initiator's fault; each still gets its answer. */
TEST_F(probe, duplicate_tags)
{
	struct io wr[2];
	int i;

	for (i = 0; i < 2; i++) {
		wr[i] = (struct io){ LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512),
				     .tag = 42, .flags = TGTPROBE_DEFER };
		ASSERT_EQ(0, probe_send(&self->n, &wr[i]));
	}
	EXPECT_NE(wr[0].id, wr[1].id);
	for (i = 1; i >= 0; i--) {
		EXPECT_EQ(0, probe_data(&self->n, &wr[i], self->buf));
		ASSERT_EQ(0, probe_wait(&self->n, &wr[i]));
		EXPECT_EQ(42, wr[i].r.tag);
	}
}

TEST_F(probe, completion_order)
{
	__u64 seq = 0;
	struct tgtprobe_reap r;
	struct io wr[16];
	int i;

	for (i = 0; i < 16; i++) {
		wr[i] = (struct io){ LUN(0), WRITE10(i, 1), DATA_OUT(self->buf, 512),
				     .tag = 100 + i, .flags = TGTPROBE_DEFER };
		ASSERT_EQ(0, probe_send(&self->n, &wr[i]));
	}
	for (i = 15; i >= 0; i--)
		ASSERT_EQ(0, probe_data(&self->n, &wr[i], self->buf));
	for (i = 15; i >= 0; i--) {
		ASSERT_EQ(0, probe_reap(&self->n, 0, &r, PROBE_TIMEOUT_MS));
		EXPECT_EQ(100 + i, r.tag);
		EXPECT_EQ(wr[i].id, r.id);
		EXPECT_LT(seq, r.seq);
		seq = r.seq;
	}
	EXPECT_EQ(-ENOENT, probe_reap(&self->n, 0, &r, 0));
}

/* One long buffer and one in a thousand odd pieces hold the same. */
TEST_F(probe, scattered)
{
	__u32 segs[1000], i, sum = 0;
	struct io io = { LUN(0), WRITE10(0, 128), DATA_OUT(self->want, 65536) };

	probe_fill(self->want, 65536, 2);
	EXPECT_GOOD(&self->n, io);
	for (i = 0; i < 999; i++)
		sum += segs[i] = 1 + i % 127;
	segs[999] = 65536 - sum + 100;
	io = (struct io){ LUN(0), READ10(0, 128), DATA_IN(self->buf, 65536),
			  .segs = segs, .nr_segs = 1000, .offset = 4093 };
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(0, memcmp(self->buf, self->want, 65536));
}

TEST_F(probe, session_loss)
{
	struct io wr = { LUN(0), WRITE10(100, 1), DATA_OUT(self->want, 512),
			 .flags = TGTPROBE_DEFER };
	struct io again = { LUN(0), TUR };
	struct io rd = { LUN(0), READ10(100, 1), DATA_IN(self->buf, 512) };
	struct io zero = { LUN(0), WRITE10(100, 1), DATA_OUT(self->want, 512) };
	struct nexus n;
	double t;

	EXPECT_GOOD(&self->n, zero);
	ASSERT_EQ(0, probe_send(&self->n, &wr));
	EXPECT_EQ(-EBUSY, probe_end(&self->n, TGTPROBE_CLOSE_DRAIN | TGTPROBE_CLOSE_KEEP));
	t = seconds();
	EXPECT_EQ(0, probe_end(&self->n, TGTPROBE_CLOSE_KEEP));
	EXPECT_GT(5, seconds() - t);
	EXPECT_EQ(0, probe_end(&self->n, TGTPROBE_CLOSE_KEEP));
	ASSERT_EQ(0, probe_wait(&self->n, &wr));
	EXPECT_EQ(TGTPROBE_R_ABORTED, wr.r.flags);
	EXPECT_EQ(-ENOTCONN, probe_send(&self->n, &again));
	EXPECT_EQ(-ENOTCONN, probe_tmf(&self->n, LUN_RESET, 0, 0));
	EXPECT_EQ(0, probe_end(&self->n, 0));
	EXPECT_EQ(-ENOENT, probe_end(&self->n, 0));

	ASSERT_EQ(0, probe_open(&n, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&n, 0));
	EXPECT_GOOD(&n, rd);
	EXPECT_EQ(0, memcmp(self->buf, self->want, 512));
	probe_close(&n);
}

/* kill -9 with commands in flight, reaped and not: nothing hangs and nothing is left. */
TEST_F(probe, killed)
{
	struct nexus n;
	double t;
	pid_t pid;
	int i, status;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (probe_open(&n, "p", "victim") || probe_ready(&n, 0))
			_exit(1);
		for (i = 0; i < 32; i++) {
			struct io wr = { LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512),
					 .flags = i & 1 ? TGTPROBE_DEFER : 0 };

			if (probe_send(&n, &wr))
				_exit(2);
		}
		kill(getpid(), SIGKILL);
	}
	t = seconds();
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_GT(10, seconds() - t);
	EXPECT_EQ(0, probe_ready(&self->n, 0));
}

TEST_F(probe, target_goes)
{
	struct io wr = { LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512),
			 .flags = TGTPROBE_DEFER };
	struct io tur = { LUN(0), TUR };
	struct nexus n, late;

	ASSERT_EQ(0, tgtctl("target create probe:going"));
	ASSERT_EQ(0, tgtctl("lun create probe:going 0 device=probe_ram"));
	ASSERT_EQ(0, probe_open(&n, "going", "init-a"));
	ASSERT_EQ(0, probe_ready(&n, 0));
	ASSERT_EQ(0, probe_send(&n, &wr));
	EXPECT_NE(0, tgtctl("target delete probe:going"));
	EXPECT_EQ(0, probe_state(&n, wr.id, &(struct tgtprobe_state){ }));
	EXPECT_EQ(0, tgtctl("target delete --force probe:going"));
	ASSERT_EQ(0, probe_wait(&n, &wr));
	EXPECT_EQ(TGTPROBE_R_ABORTED, wr.r.flags);
	EXPECT_EQ(-ENOTCONN, probe_send(&n, &tur));
	EXPECT_EQ(-ENODEV, probe_begin(&late, n.fd, "late", NULL, 0));
	probe_close(&n);
	EXPECT_EQ(-ENOENT, probe_attach("going"));
}

TEST_HARNESS_MAIN
