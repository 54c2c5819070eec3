// SPDX-License-Identifier: GPL-2.0
/* The user backstore's rings: indices, words of a slot, and what a daemon may say. */
// uses: core/backend/user_ring.c
#include "shim.h"
#include "unit.h"
#include "backend/user_ring.h"

UNIT(rings_hold_every_tag_and_are_a_power_of_two)
{
	EQ(user_ring_entries(1), 1);
	EQ(user_ring_entries(2), 2);
	EQ(user_ring_entries(3), 4);
	EQ(user_ring_entries(512), 512);
	EQ(user_ring_entries(513), 1024);
	EQ(user_ring_entries(4096), 4096);
	EQ(user_sq_bytes(4), 64 + 4 * 64);
	EQ(user_cq_bytes(4), 64 + 4 * 64);
}

UNIT(answers_are_counted_across_the_wrap_and_never_more_than_fit)
{
	EQ(user_cq_ready(5, 5, 8), 0);
	EQ(user_cq_ready(13, 5, 8), 8);
	EQ(user_cq_ready(2, UINT_MAX - 1, 8), 4);
	EQ(user_cq_ready(14, 5, 8), (u64)-EPROTO);
	EQ(user_cq_ready(4, 5, 8), (u64)-EPROTO);
	EQ(user_cq_ready(0, 0x80000000U, 8), (u64)-EPROTO);
}

UNIT(what_waits_is_bounded_whatever_the_daemon_says)
{
	EQ(user_sq_waiting(5, 5, 8), 0);
	EQ(user_sq_waiting(1, UINT_MAX, 8), 2);
	EQ(user_sq_waiting(5, 6, 8), 8);
	EQ(user_sq_waiting(5, 0x80000000U, 8), 8);
}

UNIT(words_of_a_slot)
{
	u64 word = user_word(7, USER_DAEMON);

	EQ(user_word_state(word), USER_DAEMON);
	EQ(user_word_state(user_word_to(word, USER_REMAINDER)), USER_REMAINDER);
	EQ(user_id(user_word_to(word, USER_CLAIMED), 9), user_id(word, 9));
	OK(user_id(user_word_next(word, USER_DAEMON), 9) != user_id(word, 9));
	EQ(user_word_state(user_word_next(word, USER_BUSY)), USER_BUSY);
	EQ(user_id_tag(user_id(word, 4095)), 4095);
	EQ(user_id(word, 3), 7 << 16 | 3);
}

UNIT(ranges_do_not_wrap)
{
	OK(user_range_ok(0, 0, 0));
	OK(user_range_ok(0, 10, 10));
	OK(user_range_ok(9, 1, 10));
	OK(!user_range_ok(10, 1, 10));
	OK(!user_range_ok(0, 11, 10));
	OK(!user_range_ok(ULLONG_MAX, 2, 10));
	OK(!user_range_ok(2, ULLONG_MAX, 10));
}

/* Each byte that is reserved refuses by itself. */
UNIT(setup_reserved)
{
	struct tgtcore_user_setup ok = { .version = 1, .queues = 2 }, s;
	unsigned int i;

	EQ(user_check_setup(&ok, 2), 0);
	for (i = 16; i < sizeof(s); i++) {
		s = ok;
		((u8 *)&s)[i] = 1;
		/* 20: TGTCORE_USER_SETUP_STANDBY */
		EQ(user_check_setup(&s, 2), i == 20 ? 0 : (u64)-EINVAL);
	}
	s = ok;
	s.flags = 2;
	EQ(user_check_setup(&s, 2), (u64)-EINVAL);
	s = ok;
	s.version = 2;
	EQ(user_check_setup(&s, 2), (u64)-EPROTONOSUPPORT);
	s = ok;
	s.features = 1ULL << 63;
	EQ(user_check_setup(&s, 2), (u64)-EOPNOTSUPP);
	s = ok;
	s.queues = 0;
	EQ(user_check_setup(&s, 2), (u64)-EINVAL);
	s.queues = 3;
	EQ(user_check_setup(&s, 2), (u64)-EINVAL);
}

UNIT(region_reserved_and_whole_pages)
{
	struct tgtcore_user_region ok = { .addr = 0x10000, .len = 0x2000, .index = 63 }, r;
	unsigned int i;

	EQ(user_check_region(&ok, 4096), 0);
	for (i = 20; i < sizeof(r); i++) {
		r = ok;
		((u8 *)&r)[i] = 1;
		EQ(user_check_region(&r, 4096), (u64)-EINVAL);
	}
	r = ok;
	r.flags = TGTCORE_USER_REGION_POOL;
	EQ(user_check_region(&r, 4096), (u64)-EINVAL);	/* it has an address */
	r.addr = 0;
	EQ(user_check_region(&r, 4096), 0);
	r.len = 1ULL << 30;
	EQ(user_check_region(&r, 4096), 0);
	r.len += 4096;
	EQ(user_check_region(&r, 4096), (u64)-EFBIG);
	r = ok;
	r.flags = 2;
	EQ(user_check_region(&r, 4096), (u64)-EINVAL);
	r = ok;
	r.index = 64;
	EQ(user_check_region(&r, 4096), (u64)-EINVAL);
	r = ok;
	r.addr++;
	EQ(user_check_region(&r, 4096), (u64)-EINVAL);
	r = ok;
	r.len = 0;
	EQ(user_check_region(&r, 4096), (u64)-EINVAL);
	r.len = 100;
	EQ(user_check_region(&r, 4096), (u64)-EINVAL);
	r.len = -4096ULL;
	EQ(user_check_region(&r, 4096), (u64)-EINVAL);
	r.len = 1ULL << 39;
	EQ(user_check_region(&r, 4096), 0);
	r.len += 4096;
	EQ(user_check_region(&r, 4096), (u64)-EFBIG);
}

UNIT(start_buffers_are_inside_their_region)
{
	struct tgtcore_user_start ok = { .buf_stride = 8192, .buf_offset = 4096 }, s;
	unsigned int i;

	EQ(user_check_start(&ok, 512, 4, 4096 + 4 * 8192, 1 << 24), 0);
	EQ(user_check_start(&ok, 512, 4, 4095 + 4 * 8192, 1 << 24), (u64)-EFAULT);
	EQ(user_check_start(&ok, 512, 5, 4096 + 4 * 8192, 1 << 24), (u64)-EFAULT);
	for (i = 24; i < sizeof(s); i++) {
		s = ok;
		((u8 *)&s)[i] = 1;
		EQ(user_check_start(&s, 512, 4, 1 << 20, 1 << 24), (u64)-EINVAL);
	}
	s = ok;
	s.write_mode = 2;
	EQ(user_check_start(&s, 512, 4, 1 << 20, 1 << 24), (u64)-EINVAL);
	s = ok;
	s.buf_stride = 8193;
	EQ(user_check_start(&s, 512, 4, 1 << 20, 1 << 24), (u64)-EINVAL);
	s = ok;
	s.max_io = 16384;
	EQ(user_check_start(&s, 512, 4, 1 << 20, 1 << 24), (u64)-EINVAL);
	s.max_io = 4096;
	EQ(user_check_start(&s, 512, 4, 1 << 20, 1 << 24), 0);
	s = ok;
	s.buf_offset = ULLONG_MAX;
	EQ(user_check_start(&s, 512, 4, 1 << 20, 1 << 24), (u64)-EFAULT);
	s = ok;
	s.buf_stride = 0;
	EQ(user_check_start(&s, 512, 4, 1 << 20, 1 << 24), (u64)-EINVAL);
	s.buf_offset = 0;
	EQ(user_check_start(&s, 512, 4, 0, 1 << 24), 0);
	s.max_io = 1 << 25;
	EQ(user_check_start(&s, 512, 4, 0, 1 << 24), (u64)-EINVAL);
}

static bool cqe_ok(u8 op, u32 status, u32 flags)
{
	struct tgtcore_user_cqe cqe = { .status = status, .flags = flags };

	return user_check_cqe(&cqe, op);
}

UNIT(answers_fit_their_command)
{
	u8 op;

	for (op = TGTCORE_USER_OP_READ; op <= TGTCORE_USER_OP_UNMAP; op++) {
		OK(cqe_ok(op, TGTCORE_USER_OK, 0));
		OK(cqe_ok(op, TGTCORE_USER_ENOTREADY, 0));
		OK(!cqe_ok(op, 6, 0));
		OK(!cqe_ok(op, 0x100, 0));
		OK(!cqe_ok(op, TGTCORE_USER_EIO | 0x100, 0));
		OK(!cqe_ok(op, TGTCORE_USER_SENSE, 0));
		OK(cqe_ok(op, TGTCORE_USER_SENSE_OF(3, 0x11, 0), 0));
		OK(!cqe_ok(op, TGTCORE_USER_SENSE_OF(16, 0x11, 0), 0));
		OK(!cqe_ok(op, TGTCORE_USER_OK, TGTCORE_USER_CQE_LIST));	/* of no pieces */
		OK(!cqe_ok(op, TGTCORE_USER_OK, 0x10));
		OK(!cqe_ok(op, TGTCORE_USER_EIO, TGTCORE_USER_CQE_FETCH));
		OK(!cqe_ok(op, TGTCORE_USER_OK, TGTCORE_USER_CQE_MORE));
		EQ(cqe_ok(op, TGTCORE_USER_OK, TGTCORE_USER_CQE_ZERO), op == TGTCORE_USER_OP_READ);
		EQ(cqe_ok(op, TGTCORE_USER_OK, TGTCORE_USER_CQE_FETCH),
		   op == TGTCORE_USER_OP_WRITE);
		EQ(cqe_ok(op, TGTCORE_USER_OK, TGTCORE_USER_CQE_FETCH | TGTCORE_USER_CQE_MORE),
		   op == TGTCORE_USER_OP_WRITE);
	}
}

UNIT(answers_name_a_place_only_for_data)
{
	struct tgtcore_user_cqe cqe = { .region = 1, .data = 5 };
	unsigned int i;

	OK(user_check_cqe(&cqe, TGTCORE_USER_OP_READ));
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_WRITE));
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_FLUSH));
	cqe.flags = TGTCORE_USER_CQE_FETCH;
	OK(user_check_cqe(&cqe, TGTCORE_USER_OP_WRITE));
	cqe.flags = TGTCORE_USER_CQE_ZERO;
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_READ));
	cqe.flags = 0;
	cqe.status = TGTCORE_USER_EIO;
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_READ));
	cqe.status = 0;
	for (i = 0; i < sizeof(cqe); i++) {
		cqe = (struct tgtcore_user_cqe) { .region = 1, .data = 5 };
		((u8 *)&cqe)[i] = 1;
		/* status and flags that name no place, and reserved bytes, refuse by themselves */
		EQ(user_check_cqe(&cqe, TGTCORE_USER_OP_READ),
		   i < 8 || (i >= 16 && i < 20) || (i >= 24 && i < 32));
	}
}

/* A run of whole blocks, or why not. */
UNIT(answers_to_what_is_mapped)
{
	struct tgtcore_user_cqe cqe;
	unsigned int i;

	cqe = (struct tgtcore_user_cqe) { .len = 512 };
	OK(user_check_map(&cqe, 512));
	OK(!user_check_map(&cqe, 4096));
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_MAP));		/* which is of the others */
	cqe.flags = TGTCORE_USER_CQE_UNMAPPED;
	OK(user_check_map(&cqe, 512));
	cqe.len = -4096ULL;					/* behind the medium */
	OK(user_check_map(&cqe, 4096));
	cqe.len = 0;
	OK(!user_check_map(&cqe, 512));
	cqe.len = 513;
	OK(!user_check_map(&cqe, 512));
	cqe = (struct tgtcore_user_cqe) { .status = TGTCORE_USER_EIO };
	OK(user_check_map(&cqe, 512));
	cqe.status = TGTCORE_USER_SENSE_OF(2, 0x04, 0);
	OK(user_check_map(&cqe, 512));
	cqe.status = TGTCORE_USER_REJECTED;
	OK(!user_check_map(&cqe, 512));
	cqe = (struct tgtcore_user_cqe) { .status = TGTCORE_USER_EIO, .len = 512 };
	OK(!user_check_map(&cqe, 512));
	cqe = (struct tgtcore_user_cqe) {
		.status = TGTCORE_USER_EIO, .flags = TGTCORE_USER_CQE_UNMAPPED,
	};
	OK(!user_check_map(&cqe, 512));
	for (i = 0; i < sizeof(cqe); i++) {
		cqe = (struct tgtcore_user_cqe) { .len = 512 };
		((u8 *)&cqe)[i] |= 0x20;
		/* the id is looked at before; a length may be any of whole blocks */
		EQ(user_check_map(&cqe, 512), i < 8 || (i >= 33 && i < 40));
	}
}

static bool list_ok(u8 op, u32 flags, u32 pieces, u64 data)
{
	struct tgtcore_user_cqe cqe = {
		.flags = flags | TGTCORE_USER_CQE_LIST,
		.region = 3,
		.pieces = pieces,
		.data = data,
	};

	return user_check_cqe(&cqe, op);
}

UNIT(lists_are_of_what_has_data)
{
	struct tgtcore_user_cqe cqe = { .region = 3, .pieces = 2, .data = 32 };

	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_READ));	/* pieces, and no list */
	OK(list_ok(TGTCORE_USER_OP_READ, 0, 1, 0));
	OK(list_ok(TGTCORE_USER_OP_READ, 0, 256, 16));
	OK(!list_ok(TGTCORE_USER_OP_READ, 0, 257, 16));
	OK(!list_ok(TGTCORE_USER_OP_READ, 0, UINT_MAX, 16));
	OK(!list_ok(TGTCORE_USER_OP_READ, 0, 1, 8));
	OK(!list_ok(TGTCORE_USER_OP_READ, TGTCORE_USER_CQE_ZERO, 1, 0));
	OK(!list_ok(TGTCORE_USER_OP_READ, 0x10, 1, 0));
	OK(!list_ok(TGTCORE_USER_OP_WRITE, 0, 1, 0));
	OK(list_ok(TGTCORE_USER_OP_WRITE, TGTCORE_USER_CQE_FETCH, 1, 0));
	OK(list_ok(TGTCORE_USER_OP_WRITE, TGTCORE_USER_CQE_FETCH | TGTCORE_USER_CQE_MORE, 1, 0));
	OK(!list_ok(TGTCORE_USER_OP_FLUSH, 0, 1, 0));
	OK(!list_ok(TGTCORE_USER_OP_UNMAP, TGTCORE_USER_CQE_FETCH, 1, 0));
	cqe.flags = TGTCORE_USER_CQE_LIST;
	OK(user_check_cqe(&cqe, TGTCORE_USER_OP_READ));
	cqe.resv[1] = 1;
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_READ));
	cqe.resv[1] = 0;
	cqe.len = 512;
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_READ));
	cqe.len = 0;
	cqe.status = TGTCORE_USER_EIO;
	OK(!user_check_cqe(&cqe, TGTCORE_USER_OP_READ));
}

UNIT(a_word_on_the_size)
{
	struct tgtcore_user_resize ok = { .size = 1 << 20, .error = 4095 }, r;
	unsigned int i;

	EQ(user_check_resize(&ok), 0);
	for (i = 12; i < sizeof(r); i++) {
		r = ok;
		((u8 *)&r)[i] = 1;
		EQ(user_check_resize(&r), (u64)-EINVAL);
	}
	r = ok;
	r.error++;
	EQ(user_check_resize(&r), (u64)-EINVAL);
}

static bool raw_ok(bool out, u32 room, struct tgtcore_user_cqe cqe)
{
	return user_check_raw(&cqe, out, room);
}

#define RAW(out, room, ...)	raw_ok(out, room, (struct tgtcore_user_cqe) { __VA_ARGS__ })

#define FETCH	TGTCORE_USER_CQE_FETCH
#define MORE	TGTCORE_USER_CQE_MORE
#define LIST	TGTCORE_USER_CQE_LIST

UNIT(answers_to_whole_commands)
{
	u32 status;

	OK(RAW(false, 0, .id = 1));
	for (status = 0; status < 256; status++)
		EQ(RAW(false, 0, .status = status),
		   !status || status == 0x04 || status == 0x08 || status == 0x18 ||
		   status == 0x28 || status == 0x30 || status == 0x40);
	OK(RAW(false, 36, .len = 36, .region = 1, .data = 5));
	OK(RAW(false, 36, .len = 10, .region = 1, .data = 5));
	OK(!RAW(false, 36, .len = 37, .region = 1, .data = 5));
	OK(!RAW(false, 0, .len = 1));
	OK(!RAW(false, 36, .len = 1ULL << 32));
	OK(!RAW(false, 36, .region = 1));	/* no data, and a place for it */
	OK(!RAW(false, 36, .data = 1));
	OK(!RAW(false, 36, .len = 36, .flags = FETCH));
	OK(!RAW(false, 36, .flags = TGTCORE_USER_CQE_ZERO));
	OK(!RAW(false, 36, .flags = 0x10));
	OK(RAW(true, 36, .len = 36));		/* it was fetched before */
	OK(RAW(true, 36, .len = 36, .flags = FETCH, .region = 1, .data = 5));
	OK(RAW(true, 36, .flags = FETCH | MORE, .region = 1, .data = 5));
	OK(!RAW(true, 36, .flags = FETCH | MORE, .region = 1, .len = 36));
	OK(!RAW(true, 36, .flags = FETCH | MORE, .status = 8));
	OK(!RAW(true, 36, .flags = MORE));
	OK(!RAW(true, 0, .flags = FETCH));
	OK(!RAW(true, 36, .len = 36, .data = 5));
	OK(RAW(false, 36, .len = 36, .flags = LIST, .pieces = 2, .data = 16));
	OK(!RAW(false, 36, .len = 36, .flags = LIST, .pieces = 2, .data = 8));
	OK(!RAW(false, 36, .len = 36, .flags = LIST, .pieces = 257));
	OK(!RAW(false, 36, .len = 36, .flags = LIST));
	OK(!RAW(false, 36, .len = 36, .pieces = 1));
	OK(!RAW(false, 36, .flags = LIST, .pieces = 1));
	OK(!RAW(false, 36, .resv[1] = 1));
}

UNIT(sense_of_whole_commands)
{
	OK(!RAW(false, 0, .status = 2));
	OK(!RAW(false, 0, .status = 2 | 7 << 8));
	OK(RAW(false, 0, .status = 2 | 8 << 8, .region = 3, .sense = 100));
	OK(RAW(false, 0, .status = 2 | 96 << 8, .region = 3));
	OK(!RAW(false, 0, .status = 2 | 97 << 8, .region = 3));
	OK(!RAW(false, 0, .status = 2 | 18 << 8 | 1U << 31, .region = 3));
	OK(!RAW(false, 0, .status = 18 << 8));
	OK(!RAW(false, 0, .status = 8 | 18 << 8));
	OK(!RAW(false, 0, .sense = 100));
	OK(RAW(false, 36, .status = 2 | 18 << 8, .region = 3, .sense = 100, .len = 36, .data = 7));
}

UNIT(answers_to_functions)
{
	struct tgtcore_user_cqe cqe = { .id = 1 };
	unsigned int i;

	for (i = 0; i < 20; i++) {
		cqe.status = i;
		EQ(user_check_tmf(&cqe), i <= TGTCORE_USER_REJECTED && i != TGTCORE_USER_SENSE);
	}
	for (i = 12; i < sizeof(cqe); i++) {
		cqe = (struct tgtcore_user_cqe) { .id = 1 };
		((u8 *)&cqe)[i] = 1;
		OK(!user_check_tmf(&cqe));
	}
	for (i = TGTCORE_USER_OP_SCSI; i < 256; i++)
		OK(!cqe_ok(i, 0, 0));	/* these are not for the others' check */
}
