// SPDX-License-Identifier: GPL-2.0
/* Backend "user": index arithmetic, and checks of what a daemon says. Pure. */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include "user_ring.h"

#define USER_REGION_MAX	BIT_ULL(39)

#define USER_AT(type, field, offset)	\
	static_assert(offsetof(struct tgtcore_user_##type, field) == (offset))

/* for ever */
static_assert(sizeof(struct tgtcore_user_info) == 512);
USER_AT(info, features, 8);
USER_AT(info, size, 16);
USER_AT(info, block_size, 24);
USER_AT(info, depth, 32);
USER_AT(info, max_regions, 40);
USER_AT(info, timeout, 48);
USER_AT(info, generation, 56);
USER_AT(info, max_io, 64);
USER_AT(info, queues, 68);
USER_AT(info, resize_to, 72);
USER_AT(info, entries, 80);
USER_AT(info, started, 84);
USER_AT(info, resv, 88);
USER_AT(info, name, 128);
USER_AT(info, service, 192);
USER_AT(info, config, 256);
static_assert(sizeof(struct tgtcore_user_setup) == 64);
USER_AT(setup, features, 8);
USER_AT(setup, entries, 16);
USER_AT(setup, flags, 20);
USER_AT(setup, sq_bytes, 24);
USER_AT(setup, cq_bytes, 32);
USER_AT(setup, resv, 40);
static_assert(sizeof(struct tgtcore_user_region) == 64);
USER_AT(region, len, 8);
USER_AT(region, index, 16);
USER_AT(region, flags, 20);
USER_AT(region, resv, 24);
static_assert(sizeof(struct tgtcore_user_start) == 64);
USER_AT(start, buf_region, 4);
USER_AT(start, buf_offset, 8);
USER_AT(start, buf_stride, 16);
USER_AT(start, max_io, 20);
USER_AT(start, generation, 24);
USER_AT(start, resv, 32);
static_assert(sizeof(struct tgtcore_user_sqe) == 64);
USER_AT(sqe, tag, 8);
USER_AT(sqe, op, 10);
USER_AT(sqe, flags, 11);
USER_AT(sqe, len, 12);
USER_AT(sqe, offset, 16);
USER_AT(sqe, region, 24);
USER_AT(sqe, data, 32);
USER_AT(sqe, resv, 40);
static_assert(sizeof(struct tgtcore_user_cqe) == 64);
USER_AT(cqe, status, 8);
USER_AT(cqe, flags, 12);
USER_AT(cqe, region, 16);
USER_AT(cqe, pieces, 20);
USER_AT(cqe, data, 24);
USER_AT(cqe, len, 32);
USER_AT(cqe, sense, 40);
USER_AT(cqe, resv, 48);
static_assert(sizeof(struct tgtcore_user_scsi) == 512);
USER_AT(scsi, task, 8);
USER_AT(scsi, function, 16);
USER_AT(scsi, cdb_len, 18);
USER_AT(scsi, initiator, 24);
USER_AT(scsi, cdb, 248);
USER_AT(scsi, resv, 508);
static_assert(sizeof(struct tgtcore_user_piece) == 16);
USER_AT(piece, region, 8);
USER_AT(piece, len, 12);
static_assert(sizeof(struct tgtcore_user_sq) == 64);
USER_AT(sq, cq_head, 4);
USER_AT(sq, flags, 8);
static_assert(sizeof(struct tgtcore_user_cq) == 64);
static_assert(sizeof(struct tgtcore_user_resize) == 32);
USER_AT(resize, error, 8);
USER_AT(resize, resv, 16);
static_assert(sizeof(struct tgtcore_user_bell) == 16);
USER_AT(bell, resv, 8);
static_assert(USER_STATE_BITS + USER_SEQ_BITS <= 64);
static_assert(USER_TAG_BITS + USER_SEQ_BITS == 64);

/* Each tag is in a ring once at most, so that no ring ever overflows. */
u32 user_ring_entries(u32 depth)
{
	u32 n = 1;

	while (n < depth)
		n <<= 1;
	return n;
}

size_t user_sq_bytes(u32 entries)
{
	return sizeof(struct tgtcore_user_sq) + entries * sizeof(struct tgtcore_user_sqe);
}

size_t user_cq_bytes(u32 entries)
{
	return sizeof(struct tgtcore_user_cq) + entries * sizeof(struct tgtcore_user_cqe);
}

/* Answers between the kernel's @head and the @tail a daemon wrote; -EPROTO: there cannot be. */
int user_cq_ready(u32 tail, u32 head, u32 entries)
{
	u32 n = tail - head;

	return n <= entries ? (int)n : -EPROTO;
}

/* Commands the daemon says it has not seen; whatever it says, no more than there can be. */
u32 user_sq_waiting(u32 tail, u32 head, u32 entries)
{
	return min(tail - head, entries);
}

bool user_range_ok(u64 offset, u64 len, u64 size)
{
	return len <= size && offset <= size - len;
}

static bool user_zeroes(const u64 *word, unsigned int n)
{
	while (n--)
		if (word[n])
			return false;
	return true;
}

int user_check_setup(const struct tgtcore_user_setup *setup, u32 max_queues)
{
	if (setup->version != TGTCORE_USER_VERSION)
		return -EPROTONOSUPPORT;
	if (setup->features & ~USER_FEATURES)
		return -EOPNOTSUPP;
	if (!setup->queues || setup->queues > max_queues || setup->entries ||
	    setup->flags & ~TGTCORE_USER_SETUP_STANDBY || setup->sq_bytes || setup->cq_bytes ||
	    !user_zeroes(setup->resv, ARRAY_SIZE(setup->resv)))
		return -EINVAL;
	return 0;
}

int user_check_region(const struct tgtcore_user_region *region, u32 page_size)
{
	bool pool = region->flags & TGTCORE_USER_REGION_POOL;
	u64 mask = page_size - 1;

	if (region->flags & ~TGTCORE_USER_REGION_POOL ||
	    !user_zeroes(region->resv, ARRAY_SIZE(region->resv)) ||
	    region->index >= USER_REGIONS || !region->len || (pool && region->addr) ||
	    (region->addr | region->len) & mask || region->addr + region->len < region->addr)
		return -EINVAL;
	return region->len > (pool ? USER_POOL_MAX : USER_REGION_MAX) ? -EFBIG : 0;
}

/* @region_len: bytes of region @start->buf_region, or 0; @max_io: of the kernel. */
int user_check_start(const struct tgtcore_user_start *start, u32 block_size, u32 depth,
		     u64 region_len, u32 max_io)
{
	if (start->write_mode > TGTCORE_USER_WRITE_FETCH || start->generation ||
	    !user_zeroes(start->resv, ARRAY_SIZE(start->resv)) ||
	    (start->buf_stride | start->max_io) & (block_size - 1) || start->max_io > max_io)
		return -EINVAL;
	if (!start->buf_stride)
		return start->buf_region || start->buf_offset ? -EINVAL : 0;
	if (start->max_io > start->buf_stride)
		return -EINVAL;
	if (!user_range_ok(start->buf_offset, (u64)start->buf_stride * depth, region_len))
		return -EFAULT;
	return 0;
}

int user_check_resize(const struct tgtcore_user_resize *resize)
{
	if (resize->resv32 || !user_zeroes(resize->resv, ARRAY_SIZE(resize->resv)) ||
	    resize->error > 4095)
		return -EINVAL;
	return 0;
}

static bool user_check_status(u32 status)
{
	u32 key = status >> 8 & 0xff;

	if ((status & 0xff) == TGTCORE_USER_SENSE)
		return key && key <= 0xf;
	return status < TGTCORE_USER_SENSE;
}

/* Whether there is data where the answer says, or is to be. */
bool user_cqe_moves(const struct tgtcore_user_cqe *cqe, u8 op)
{
	if (op == TGTCORE_USER_OP_READ)
		return cqe->status == TGTCORE_USER_OK && !(cqe->flags & TGTCORE_USER_CQE_ZERO);
	return cqe->flags & TGTCORE_USER_CQE_FETCH;
}

/* Of a list. */
static bool user_check_place(const struct tgtcore_user_cqe *cqe)
{
	return cqe->pieces && cqe->pieces <= TGTCORE_USER_PIECES &&
	       !(cqe->data & (sizeof(struct tgtcore_user_piece) - 1));
}

/* An answer whose data is in pieces: right if with one place it would be. */
static bool user_check_list(const struct tgtcore_user_cqe *cqe, u8 op)
{
	struct tgtcore_user_cqe one = *cqe;

	if (!(cqe->flags & TGTCORE_USER_CQE_LIST) || !user_check_place(cqe))
		return false;
	one.flags &= ~TGTCORE_USER_CQE_LIST;
	one.pieces = 0;
	return user_cqe_moves(&one, op) && user_check_cqe(&one, op);
}

/* Whether an answer to @op says what it may; where its data is, is looked at later. */
bool user_check_cqe(const struct tgtcore_user_cqe *cqe, u8 op)
{
	u32 may = 0;

	/* not user_zeroes(): this is each command's */
	if (cqe->pieces | cqe->len | cqe->sense | cqe->resv[0] | cqe->resv[1])
		return cqe->pieces && user_check_list(cqe, op);
	if (!user_check_status(cqe->status))
		return false;
	if (op == TGTCORE_USER_OP_READ)
		may = TGTCORE_USER_CQE_ZERO;
	else if (op == TGTCORE_USER_OP_WRITE)
		may = TGTCORE_USER_CQE_FETCH | TGTCORE_USER_CQE_MORE;
	else if (op > TGTCORE_USER_OP_UNMAP)
		return false;
	if (cqe->flags & ~may || (cqe->flags && cqe->status != TGTCORE_USER_OK))
		return false;
	if (!user_cqe_moves(cqe, op) && (cqe->region || cqe->data))
		return false;
	/* what is to come again was asked for */
	return (cqe->flags & (TGTCORE_USER_CQE_FETCH | TGTCORE_USER_CQE_MORE)) !=
	       TGTCORE_USER_CQE_MORE;
}

/* The same of an answer to TGTCORE_USER_OP_MAP. */
bool user_check_map(const struct tgtcore_user_cqe *cqe, u32 block_size)
{
	if (cqe->flags & ~TGTCORE_USER_CQE_UNMAPPED || cqe->region | cqe->pieces | cqe->data |
	    cqe->sense | cqe->resv[0] | cqe->resv[1] || !user_check_status(cqe->status))
		return false;
	if (cqe->status != TGTCORE_USER_OK)
		return !cqe->flags && !cqe->len;
	return cqe->len && !(cqe->len & (block_size - 1));
}

static bool user_check_sam(u32 status)
{
	switch (status & 0xff) {
	case 0x02:	/* CHECK CONDITION */
		return status >> 8 >= 8 && status >> 8 <= TGTCORE_USER_SENSE_MAX;
	case 0x00:	/* GOOD */
	case 0x04:	/* CONDITION MET */
	case 0x08:	/* BUSY */
	case 0x18:	/* RESERVATION CONFLICT */
	case 0x28:	/* TASK SET FULL */
	case 0x30:	/* ACA ACTIVE */
	case 0x40:	/* TASK ABORTED */
		return !(status >> 8);
	}
	return false;
}

/* The same of an answer to a whole command that has @room bytes of data, @out or in. */
bool user_check_raw(const struct tgtcore_user_cqe *cqe, bool out, u32 room)
{
	u32 may = TGTCORE_USER_CQE_LIST |
		  (out ? TGTCORE_USER_CQE_FETCH | TGTCORE_USER_CQE_MORE : 0);
	bool fetch = cqe->flags & TGTCORE_USER_CQE_FETCH;
	bool more = cqe->flags & TGTCORE_USER_CQE_MORE;
	bool list = cqe->flags & TGTCORE_USER_CQE_LIST;
	bool moves = fetch || (!out && cqe->len);

	if (cqe->flags & ~may || cqe->resv[0] | cqe->resv[1] || !user_check_sam(cqe->status))
		return false;
	if (cqe->len > room || (fetch && !room) || (list && !moves))
		return false;
	if (more && (!fetch || cqe->status || cqe->len || cqe->sense))
		return false;
	if (list ? !user_check_place(cqe) : cqe->pieces)
		return false;
	if (!(cqe->status >> 8) && (cqe->sense || (!moves && cqe->region)))
		return false;
	return moves || !cqe->data;
}

bool user_check_tmf(const struct tgtcore_user_cqe *cqe)
{
	return !(cqe->flags | cqe->region | cqe->pieces | cqe->data | cqe->len | cqe->sense |
		 cqe->resv[0] | cqe->resv[1]) && cqe->status <= TGTCORE_USER_REJECTED &&
	       cqe->status != TGTCORE_USER_SENSE;
}
