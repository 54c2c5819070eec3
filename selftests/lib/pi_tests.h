/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests of a disk with protection information, whatever keeps it: logical unit self->type is one of
 * that type. A test program includes this behind its FIXTURE_SETUP(pi) and FIXTURE_TEARDOWN(pi).
 */

TEST_F(pi, what_it_says_of_itself)
{
	static const __u8 spt[4] = { 0, 0, 2, 4 };
	__u8 buf[96];

	EXPECT_CMD(&self->n, 0, LUN(self->type), INQUIRY(96), DATA_IN(buf, 96));
	EXPECT_EQ(1, buf[5] & 1);
	EXPECT_CMD(&self->n, 0, LUN(self->type), VPD(0x86, 64), DATA_IN(buf, 64));
	EXPECT_EQ((self->any ? 7 : spt[self->type]) << 3 | 7, buf[4]);
	EXPECT_CMD(&self->n, 0, LUN(self->type), CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0),
		   DATA_IN(buf, 32));
	EXPECT_EQ((self->type - 1) << 1 | 1, buf[12]);
	EXPECT_EQ(0, buf[13] & 0xf0);
	EXPECT_CMD(&self->n, 0, LUN(self->type), CDB(0x1a, 0x08, 0x0a, 0, 96, 0),
		   DATA_IN(buf, 16));
	EXPECT_EQ(0x80, buf[4 + 5] & 0x80);
}

/* On the medium, by WRPROTECT=011b, which checks nothing; then every way to look at it. */
TEST_F(pi, the_medium_is_checked)
{
	__u32 bad = LBA + BLOCKS - 3;
	__u8 protect;
	int what;

	for (what = NOTHING; what < DAMAGES; what++) {
		fill(self->out, LBA, BLOCKS, what);
		damage(self->out + (BLOCKS - 3) * WIRE, what);
		EXPECT_IO(0, WRITE, 3, LBA, BLOCKS, self->out);
		for (protect = 0; protect < 8; protect++) {
			EXPECT_IO(expected(self->type, protect, what, true), READ, protect, LBA,
				  BLOCKS, self->in);
			EXPECT_IO(expected(self->type, protect, what, true), VERIFY, protect, LBA,
				  BLOCKS, NULL);
		}
		EXPECT_IO(0, READ, 3, LBA, BLOCKS, self->in);
		EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * WIRE));
	}
}

TEST_F(pi, data_out_is_checked)
{
	__u32 bad = LBA + 2;
	__u8 protect;
	int what, want;

	for (what = NOTHING; what < DAMAGES; what++) {
		for (protect = 1; protect < 8; protect++) {
			fill(self->out, LBA, 4, 7);
			EXPECT_IO(0, WRITE, 1, LBA, 4, self->out);
			fill(self->out, LBA, 4, 8 + protect);
			damage(self->out + 2 * WIRE, what);
			want = expected(self->type, protect, what, false);
			EXPECT_IO(want, WRITE, protect, LBA, 4, self->out);
			EXPECT_IO(0, READ, 3, LBA, 4, self->in);
			EXPECT_EQ(!want, !memcmp(self->in, self->out, 4 * WIRE));
		}
	}
}

TEST_F(pi, nothing_is_sent)
{
	__u32 bad = 0, i;

	fill(self->out, LBA, BLOCKS, 1);
	strip(self->out, BLOCKS);
	EXPECT_IO(0, WRITE, 0, LBA, BLOCKS, self->out);
	EXPECT_IO(0, READ, 0, LBA, BLOCKS, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * BLOCK));
	fill(self->out, LBA, BLOCKS, 1);
	for (i = 0; i < BLOCKS; i++)
		put_tuple(self->out + i * WIRE + BLOCK, crc(self->out + i * WIRE), 0xffff,
			  self->type == 1 ? LBA + i : 0xffffffff);
	EXPECT_IO(0, READ, 1, LBA, BLOCKS, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * WIRE));
}

TEST_F(pi, only_one_tag_escapes)
{
	__u32 bad = LBA;

	fill(self->out, LBA, 1, 1);
	put_tuple(self->out + BLOCK, 1, 0xffff, 0x12345678);
	EXPECT_IO(0, WRITE, 3, LBA, 1, self->out);
	EXPECT_IO(self->type == 3 ? BAD_GUARD : 0, READ, 1, LBA, 1, self->in);
	put_tuple(self->out + BLOCK, 1, 0xffff, 0xffffffff);
	EXPECT_IO(0, WRITE, 3, LBA, 1, self->out);
	EXPECT_IO(0, READ, 1, LBA, 1, self->in);
	/* of the medium only */
	EXPECT_IO(BAD_GUARD, WRITE, 1, LBA, 1, self->out);
}

TEST_F(pi, verify_compares)
{
	static const __u8 compared[6][DAMAGES] = {
		[1] = { 0, 1, 1, 1 }, [2] = { 0, 0, 1, 1 }, [3] = { 0, 1, 1, 1 },
		[4] = { 0, 1, 0, 0 }, [5] = { 0, 1, 1, 1 },
	};
	__u32 bad = LBA + 1;
	__u8 protect;
	int what, want;

	fill(self->out, LBA, 3, 1);
	EXPECT_IO(0, WRITE, 1, LBA, 3, self->out);
	for (what = NOTHING; what < DAMAGES; what++) {
		for (protect = 1; protect < 6; protect++) {
			fill(self->out, LBA, 3, 1);
			damage(self->out + WIRE, what);
			/* checked first, then compared */
			want = expected(self->type, protect, what, false) ?:
			       compared[protect][what] ? MISCOMPARED : 0;
			EXPECT_IO(want, VERIFY_BYTES, protect, LBA, 3, self->out);
		}
	}
	fill(self->out, LBA, 3, 1);
	strip(self->out, 3);
	EXPECT_IO(0, VERIFY_BYTES, 0, LBA, 3, self->out);
	self->out[BLOCK] ^= 1;
	EXPECT_IO(MISCOMPARED, VERIFY_BYTES, 0, LBA, 3, self->out);
}

TEST_F(pi, write_same_counts)
{
	__u32 bad = 0, i;

	fill(self->out, LBA, 1, 1);
	EXPECT_IO(0, WRITE_SAME, 1, LBA, BLOCKS, self->out);
	for (i = 1; i < BLOCKS; i++) {
		memcpy(self->out + i * WIRE, self->out, WIRE);
		put_tuple(self->out + i * WIRE + BLOCK, crc(self->out), APP,
			  self->type == 3 ? LBA : LBA + i);
	}
	EXPECT_IO(0, READ, 1, LBA, BLOCKS, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * WIRE));
	EXPECT_IO(0, WRITE_SAME, 0, LBA, BLOCKS, self->out);
	EXPECT_IO(0, READ, 1, LBA, BLOCKS, self->in);
	for (i = 0; i < BLOCKS; i++)
		EXPECT_EQ(self->type == 1 ? LBA + i : 0xffffffff,
			  get_be32(self->in + i * WIRE + BLOCK + 4));
}

/* Of a buffer that is too short, the whole blocks there is room for; of one too long, the rest. */
TEST_F(pi, residuals)
{
	__u8 cdb[32];
	struct io io;

	fill(self->out, LBA, 3, 1);
	io = block_io(self->type, WRITE, 1, LBA, 3, self->out, cdb);
	io.len--;
	EXPECT_OUTCOME(&self->n, io, INVALID_FIELD_IN_IU);
	io.len++;
	EXPECT_GOOD(&self->n, io);
	memset(self->in, 0, sizeof(self->in));
	io = block_io(self->type, READ, 1, LBA, 3, self->in, cdb);
	io.len = 2 * WIRE + BLOCK;
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(TGTPROBE_R_OVERFLOW, io.r.flags & TGTPROBE_R_OVERFLOW);
	EXPECT_EQ(0, memcmp(self->in, self->out, 2 * WIRE));
	io = block_io(self->type, READ, 1, LBA, 3, self->in, cdb);
	io.len += 5;
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(5, io.r.residual);
	EXPECT_EQ(0, memcmp(self->in, self->out, 3 * WIRE));
}

/* Writes and reads of the same blocks at the same time: no guard is ever that of other data. */
TEST_F(pi, blocks_and_tuples_change_together)
{
	static __u8 data[FLIGHT][8 * WIRE_MAX], cdb[FLIGHT][32];
	struct io io[FLIGHT];
	unsigned int i, round;

	for (round = 0; round < 8; round++) {
		for (i = 0; i < FLIGHT; i++) {
			fill(data[i], LBA, 8, round * FLIGHT + i);
			io[i] = block_io(self->type, i % 2 ? READ : WRITE, 1, LBA, 8, data[i],
					 cdb[i]);
			ASSERT_EQ(0, probe_send(&self->n, &io[i]));
		}
		for (i = 0; i < FLIGHT; i++) {
			ASSERT_EQ(0, probe_wait(&self->n, &io[i]));
			EXPECT_EQ(GOOD, io[i].r.status)
				TH_LOG("sense %06x", probe_sense(&io[i].r));
		}
	}
}
