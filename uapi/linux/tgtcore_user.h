/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The user backstore: what passes between the kernel and a daemon that serves a device of
 * backend=user through /dev/tgtcore/NAME.
 *
 * In order: open, TGTCORE_USER_INFO, TGTCORE_USER_SETUP, mmap() of each queue's two areas,
 * TGTCORE_USER_REGISTER of the memory data is in, TGTCORE_USER_START, and then one
 * TGTCORE_USER_ENTER for each batch. A daemon that comes while another serves says so in SETUP, and
 * has TGTCORE_USER_TAKEOVER before START. docs/user.md says how it all works together.
 *
 * Whatever is reserved is 0, in both directions, and checked where a daemon writes it. Every
 * field is in the machine's byte order.
 *
 * What grows, grows by feature bits: the kernel offers features in TGTCORE_USER_INFO and uses
 * those the daemon chose in TGTCORE_USER_SETUP. Only with one does a reserved field get a meaning,
 * or the daemon see an operation, or the kernel take a flag or status, that is not here.
 * Structures never change their size, an entry and an answer are 64 bytes for ever. What a
 * daemon only reads (TGTCORE_USER_INFO) may also tell it more without: 0 is "not told".
 */
#ifndef _UAPI_LINUX_TGTCORE_USER_H
#define _UAPI_LINUX_TGTCORE_USER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TGTCORE_USER_VERSION		1

/* Features: bits of info.features and setup.features. */
#define TGTCORE_USER_F_RESIZE		0x01	/* may be asked to resize: TGTCORE_USER_SQ_RESIZE */
#define TGTCORE_USER_F_MAP		0x02	/* is asked what is mapped: TGTCORE_USER_OP_MAP */

/* info.level: what the daemon is given */
#define TGTCORE_USER_LEVEL_MEDIA	0	/* blocks; the kernel does all SCSI */
#define TGTCORE_USER_LEVEL_RAW		1	/* commands as they came; the daemon does it all */

/* info.flags */
#define TGTCORE_USER_RDONLY		0x01	/* nothing is written */
#define TGTCORE_USER_UNMAP		0x02	/* blocks are unmapped, and read as zeroes then */
#define TGTCORE_USER_CACHE		0x04	/* there are flushes, and writes with FUA; if not,
						 * a write is stable when it is answered
						 */
#define TGTCORE_USER_NO_DATA		0x08	/* no data is moved: for measuring */

/* info.policy: what becomes of commands when the daemon is lost */
#define TGTCORE_USER_POLICY_HOLD	0
#define TGTCORE_USER_POLICY_FAIL	1
#define TGTCORE_USER_POLICY_REISSUE	2

/**
 * struct tgtcore_user_info - the device, for TGTCORE_USER_INFO
 * @version: TGTCORE_USER_VERSION of the kernel
 * @level: TGTCORE_USER_LEVEL_*
 * @features: features it has
 * @size: capacity in bytes; 0 with TGTCORE_USER_LEVEL_RAW
 * @block_size: bytes of a logical block
 * @flags: TGTCORE_USER_RDONLY and so on
 * @depth: commands the daemon can have at once; tags are below that
 * @max_queues: most queues it may ask for: one for each CPU there can be, but 64 at most
 * @max_regions: most regions it may register
 * @policy: TGTCORE_USER_POLICY_*
 * @timeout: seconds after which a command is answered without the daemon
 * @held: commands that wait for a daemon now
 * @generation: how often TGTCORE_USER_START has succeeded
 * @max_io: longest transfer of one command, in bytes
 * @queues: of this open file: what TGTCORE_USER_SETUP gave it, 0 before
 * @resize_to: bytes it is to have, for TGTCORE_USER_RESIZE; or 0
 * @entries: of this open file: of each ring; 0 before TGTCORE_USER_SETUP
 * @started: of this open file: 1 after TGTCORE_USER_START
 * @resv: 0
 * @name: of the device
 * @service: option service=, what kind of daemon is meant; may be empty
 * @config: option config=, text for that daemon; may be empty
 */
struct tgtcore_user_info {
	__u32	version;
	__u32	level;
	__u64	features;
	__u64	size;
	__u32	block_size;
	__u32	flags;
	__u32	depth;
	__u32	max_queues;
	__u32	max_regions;
	__u32	policy;
	__u32	timeout;
	__u32	held;
	__u64	generation;
	__u32	max_io;
	__u32	queues;
	__u64	resize_to;
	__u32	entries;
	__u32	started;
	__u64	resv[5];
	char	name[64];
	char	service[64];
	char	config[256];
};

/* setup.flags */
#define TGTCORE_USER_SETUP_STANDBY	0x01	/* beside another daemon, if there is one */

/**
 * struct tgtcore_user_setup - rings, for TGTCORE_USER_SETUP
 * @version: TGTCORE_USER_VERSION the daemon was made for
 * @queues: how many it wants; CPU n submits to queue n modulo that. 0, or more than
 *	info.max_queues: EINVAL
 * @features: features it uses, of those offered
 * @entries: returned: entries of each ring, a power of two
 * @flags: TGTCORE_USER_SETUP_*
 * @sq_bytes: returned: bytes to mmap() for a submission area
 * @cq_bytes: returned: bytes to mmap() for a completion area
 * @resv: 0
 */
struct tgtcore_user_setup {
	__u32	version;
	__u32	queues;
	__u64	features;
	__u32	entries;
	__u32	flags;
	__u64	sq_bytes;
	__u64	cq_bytes;
	__u64	resv[3];
};

/* region.flags */
#define TGTCORE_USER_REGION_POOL	0x01	/* memory of the kernel's, see there */

/**
 * struct tgtcore_user_region - memory data is in, for TGTCORE_USER_REGISTER
 * @addr: where it begins; of a page
 * @len: bytes, a multiple of the page size
 * @index: number it gets, below info.max_regions; EEXIST: one has it
 * @flags: TGTCORE_USER_REGION_*
 * @resv: 0
 *
 * It is pinned until the file is closed by all who have it, and counts against RLIMIT_MEMLOCK.
 * With TGTCORE_USER_REGION_POOL the kernel allocates it instead: @addr is 0, and the daemon maps
 * all of it at TGTCORE_USER_MMAP_POOL(). It counts as memory of the daemon's control group; all
 * pools of a file together have 1 GiB at most.
 */
struct tgtcore_user_region {
	__u64	addr;
	__u64	len;
	__u32	index;
	__u32	flags;
	__u64	resv[5];
};

/* start.write_mode: how the data of a write gets to the daemon */
#define TGTCORE_USER_WRITE_BUFFER	0	/* it is in the tag's buffer already */
#define TGTCORE_USER_WRITE_FETCH	1	/* the daemon asks: TGTCORE_USER_CQE_FETCH */

/**
 * struct tgtcore_user_start - the daemon is ready, for TGTCORE_USER_START
 * @write_mode: TGTCORE_USER_WRITE_*; with TGTCORE_USER_LEVEL_RAW data is fetched, and @max_io 0
 * @buf_region: region of the tags' buffers; 0 without any
 * @buf_offset: where in it that of tag 0 begins
 * @buf_stride: bytes of a buffer, a multiple of the block size: tag n's begins n times that
 *	further on; 0: tags have none
 * @max_io: longest transfer of one command, a multiple of the block size and at most
 *	info.max_io; 0: a buffer's length, or without buffers info.max_io. What is longer comes in
 *	pieces.
 * @generation: returned: number of this daemon among those of the device
 * @resv: 0
 *
 * It is the daemon's word that all I/O of the daemons before it is over. EBUSY: another serves;
 * ESTALE: the device has another size than TGTCORE_USER_INFO told this file last.
 */
struct tgtcore_user_start {
	__u32	write_mode;
	__u32	buf_region;
	__u64	buf_offset;
	__u32	buf_stride;
	__u32	max_io;
	__u64	generation;
	__u64	resv[4];
};

/* sqe.op; the daemon answers what it does not know with TGTCORE_USER_EIO */
#define TGTCORE_USER_OP_READ		1
#define TGTCORE_USER_OP_WRITE		2
#define TGTCORE_USER_OP_FLUSH		3	/* all that was answered is stable before this is */
#define TGTCORE_USER_OP_UNMAP		4	/* @len bytes from @offset on read as zeroes; what
						 * is long comes in pieces, with a deadline each
						 */
/* ... and with TGTCORE_USER_LEVEL_RAW only these; struct tgtcore_user_scsi tells the rest */
#define TGTCORE_USER_OP_SCSI		5	/* a command, @len bytes of data */
#define TGTCORE_USER_OP_TMF		6	/* a task management function */
/* ... and with TGTCORE_USER_F_MAP and TGTCORE_USER_UNMAP */
#define TGTCORE_USER_OP_MAP		7	/* whether the byte at @offset is mapped, how far
						 * it goes on like that
						 */

/* sqe.flags */
#define TGTCORE_USER_SQE_FUA		0x01	/* a write: it is stable before it is answered;
						 * only with TGTCORE_USER_CACHE
						 */
#define TGTCORE_USER_SQE_REISSUED	0x02	/* a daemon before this one may have done it, or
						 * part of it
						 */
#define TGTCORE_USER_SQE_DATA		0x04	/* a write's data is at @region, @data */
#define TGTCORE_USER_SQE_IN		0x08	/* OP_SCSI: data to the initiator */
#define TGTCORE_USER_SQE_OUT		0x10	/* OP_SCSI: data from it, to be fetched */

#define TGTCORE_USER_NO_REGION		0xffffffffU

/**
 * struct tgtcore_user_sqe - a command
 * @id: what the answer carries
 * @tag: its low 16 bits: below @depth, no two commands have the same
 * @op: TGTCORE_USER_OP_*
 * @flags: TGTCORE_USER_SQE_*
 * @len: bytes
 * @offset: first byte on the medium
 * @region: of the tag's buffer, or TGTCORE_USER_NO_REGION
 * @resv32: 0
 * @data: where in the region it begins
 * @resv: 0
 */
struct tgtcore_user_sqe {
	__u64	id;
	__u16	tag;
	__u8	op;
	__u8	flags;
	__u32	len;
	__u64	offset;
	__u32	region;
	__u32	resv32;
	__u64	data;
	__u64	resv[3];
};

/**
 * struct tgtcore_user_scsi - a command or function, with TGTCORE_USER_LEVEL_RAW
 * @nexus: number of the I_T_L nexus it came through, which no other ever gets
 * @task: OP_TMF: the entry's id of the command it is about; 0: of none the daemon has
 * @function: OP_TMF: as in iSCSI: 1 ABORT TASK, 2 ABORT TASK SET, 3 CLEAR ACA, 4 CLEAR TASK SET,
 *	5 LOGICAL UNIT RESET, ...; 0: nobody waits for it any more
 * @task_attr: OP_SCSI: 0x20 or 0 SIMPLE, 0x21 HEAD OF QUEUE, 0x22 ORDERED, 0x2f ACA
 * @cdb_len: OP_SCSI: bytes of @cdb
 * @resv32: 0
 * @initiator: name of the initiator port
 * @cdb: OP_SCSI
 * @resv: 0
 *
 * One for each tag, in that order, in an area at TGTCORE_USER_MMAP_SCSI which only the kernel
 * writes: info.depth of them, in whole pages. A tag's is good until the answer.
 */
struct tgtcore_user_scsi {
	__u64	nexus;
	__u64	task;
	__u8	function;
	__u8	task_attr;
	__u16	cdb_len;
	__u32	resv32;
	__u8	initiator[224];
	__u8	cdb[260];
	__u8	resv[4];
};

/*
 * cqe.status to OP_SCSI: a status of SAM; with 02h, CHECK CONDITION, the bytes of sense data times
 * 256: 8 to TGTCORE_USER_SENSE_MAX. To OP_TMF: TGTCORE_USER_OK, when no command it is about has an
 * effect any more, TGTCORE_USER_REJECTED or another below TGTCORE_USER_SENSE, which is that it
 * failed. Those commands are answered too, best before; what they say is not told.
 */
#define TGTCORE_USER_SENSE_MAX		96
#define TGTCORE_USER_REJECTED		6	/* OP_TMF: there is no such function */

/* cqe.status: the low byte; the rest is 0 but for TGTCORE_USER_SENSE */
#define TGTCORE_USER_OK			0
#define TGTCORE_USER_EIO		1	/* medium error; OP_MAP: it is not known */
#define TGTCORE_USER_ENOSPC		2	/* no space for what is written */
#define TGTCORE_USER_EBUSY		3	/* SCSI status BUSY: the initiator tries again */
#define TGTCORE_USER_ENOTREADY		4	/* the medium cannot be reached */
#define TGTCORE_USER_SENSE		5	/* sense as TGTCORE_USER_SENSE_OF() puts it there */

#define TGTCORE_USER_SENSE_OF(key, asc, ascq)	\
	(TGTCORE_USER_SENSE | (__u32)(key) << 8 | (__u32)(asc) << 16 | (__u32)(ascq) << 24)

/* cqe.flags, with status TGTCORE_USER_OK, or to OP_SCSI with any */
#define TGTCORE_USER_CQE_ZERO		0x01	/* a read: it is all zeroes, nothing is copied */
#define TGTCORE_USER_CQE_FETCH		0x02	/* a write: put the data at @region, @data */
#define TGTCORE_USER_CQE_MORE		0x04	/* with FETCH: no answer yet, submit it again */
#define TGTCORE_USER_CQE_LIST		0x08	/* at @region, @data is a list of @pieces */
#define TGTCORE_USER_CQE_UNMAPPED	0x10	/* OP_MAP: the bytes are not mapped */

#define TGTCORE_USER_PIECES		256	/* most of an answer */

/**
 * struct tgtcore_user_piece - part of an answer's data, with TGTCORE_USER_CQE_LIST
 * @offset: where in the region it begins
 * @region: where it is
 * @len: bytes, not 0; those of all pieces are what the command moves
 *
 * The list begins at a multiple of 16 bytes. It is read while its answer is taken.
 */
struct tgtcore_user_piece {
	__u64	offset;
	__u32	region;
	__u32	len;
};

/**
 * struct tgtcore_user_cqe - an answer
 * @id: of the command
 * @status: TGTCORE_USER_OK or another
 * @flags: TGTCORE_USER_CQE_*
 * @region: a read: where its data is; with FETCH: where it is to be put; else 0
 * @pieces: with LIST: how many; else 0
 * @data: where in the region
 * @len: OP_SCSI: bytes given to the initiator, or taken from it, no more than there are: what is
 *	left is the residual. 0 with MORE, which is for all of them. OP_MAP, with TGTCORE_USER_OK:
 *	bytes from its @offset on that are alike, blocks and not 0; they may end behind the medium.
 *	Else 0
 * @sense: OP_SCSI: where in @region sense data is
 * @resv: 0
 *
 * It may be given in any queue, not only that the command came in.
 *
 * A command whose data was asked for with TGTCORE_USER_CQE_MORE comes again with another @id and
 * the same tag; or it does not, if it was ended without the daemon meanwhile (deadline, abort).
 * It may even be another command that comes with that tag, without TGTCORE_USER_SQE_DATA. So a
 * daemon keeps what it fetches to by tag, not by command, and does not wait for it.
 */
struct tgtcore_user_cqe {
	__u64	id;
	__u32	status;
	__u32	flags;
	__u32	region;
	__u32	pieces;
	__u64	data;
	__u64	len;
	__u64	sense;
	__u64	resv[2];
};

/* sq.flags: look at it after each TGTCORE_USER_ENTER; who sleeps is woken when a flag is set. */
#define TGTCORE_USER_SQ_LEAVE		0x01	/* another takes over: no command comes any more */
#define TGTCORE_USER_SQ_RESIZE		0x02	/* of queue 0: info.resize_to is set */

/**
 * struct tgtcore_user_sq - head of a submission area, which only the kernel writes
 * @tail: entries submitted so far; entry n is at n modulo @entries
 * @cq_head: answers taken so far
 * @flags: TGTCORE_USER_SQ_*
 * @resv: 0
 *
 * The entries follow. The daemon copies each as it reads it, in order, and answers no command
 * whose entry it has not read: then what it has not read is never overwritten, while what it has
 * may be, answered or not.
 */
struct tgtcore_user_sq {
	__u32	tail;
	__u32	cq_head;
	__u32	flags;
	__u32	resv[13];
};

/**
 * struct tgtcore_user_cq - head of a completion area, which only the daemon writes
 * @tail: answers written so far; answer n is at n modulo @entries
 * @sq_head: commands seen so far: what decides whether there is something to wait for
 * @resv: 0
 *
 * The answers follow.
 */
struct tgtcore_user_cq {
	__u32	tail;
	__u32	sq_head;
	__u32	resv[14];
};

/* Offsets for mmap() */
#define TGTCORE_USER_MMAP_SQ(queue)	((__u64)(queue) << 32)
#define TGTCORE_USER_MMAP_CQ(queue)	(1ULL << 40 | (__u64)(queue) << 32)
#define TGTCORE_USER_MMAP_POOL(region)	(2ULL << 40 | (__u64)(region) << 32)
#define TGTCORE_USER_MMAP_SCSI		(3ULL << 40)

/**
 * struct tgtcore_user_resize - a daemon's word on the size, for TGTCORE_USER_RESIZE
 * @size: bytes
 * @error: 0, or why it cannot be, an errno
 * @resv32: 0
 * @resv: 0
 *
 * The answer to TGTCORE_USER_SQ_RESIZE, with @size as info.resize_to has it; or, without being
 * asked and with @error 0, that the medium has become longer.
 */
struct tgtcore_user_resize {
	__u64	size;
	__u32	error;
	__u32	resv32;
	__u64	resv[2];
};

/**
 * struct tgtcore_user_bell - TGTCORE_USER_ENTER as a command of io_uring
 * @enter: its argument, without TGTCORE_USER_WAIT
 * @resv32: 0
 * @resv: 0
 *
 * sqe->cmd of IORING_OP_URING_CMD, whose cmd_op is TGTCORE_USER_ENTER. It completes at once, with 0
 * or an error: what waits is to be seen in the ring.
 */
struct tgtcore_user_bell {
	__u32	enter;
	__u32	resv32;
	__u64	resv;
};

/* Argument of TGTCORE_USER_ENTER: the number of the queue, and */
#define TGTCORE_USER_WAIT		0x10000	/* sleep until there is a command */
#define TGTCORE_USER_WAKE		0x20000	/* end a sleep; alone, see there */

#define TGTCORE_USER_MAGIC	0xd7
#define TGTCORE_USER_INFO	_IOR(TGTCORE_USER_MAGIC, 0, struct tgtcore_user_info)
#define TGTCORE_USER_SETUP	_IOWR(TGTCORE_USER_MAGIC, 1, struct tgtcore_user_setup)
#define TGTCORE_USER_REGISTER	_IOW(TGTCORE_USER_MAGIC, 2, struct tgtcore_user_region)
#define TGTCORE_USER_START	_IOWR(TGTCORE_USER_MAGIC, 3, struct tgtcore_user_start)

/*
 * Takes the answers of a queue, then returns how many of its commands wait to be seen.
 *
 * With TGTCORE_USER_WAKE it takes no answers and returns 0: one that sleeps in that queue returns,
 * with 0; if there is none, the next one that is about to sleep. Wake-ups do not add up, and
 * poll() does not return for them.
 *
 * Errors: EINTR a signal came while it slept, the answers were taken; EINVAL there is no such queue
 * or flag, or WAIT and WAKE at once; ENOTCONN before TGTCORE_USER_START; EPROTO the daemon broke a
 * rule, and is fenced; ENODEV the device is gone; ESHUTDOWN the process that called it last is, or
 * another daemon takes over and this one has answered all it had: the end of a daemon's work.
 *
 * No ioctl has had an effect when it fails, but for these: EINTR as said, and EPROTO.
 */
#define TGTCORE_USER_ENTER	_IO(TGTCORE_USER_MAGIC, 4)

/*
 * Asks the daemon that serves to leave, and waits until it has answered all it has, or is gone.
 * Commands wait for TGTCORE_USER_START meanwhile, whatever the policy. If this daemon closes its
 * file before START, the other one goes on; if that has gone, the policy counts.
 *
 * What the other has begun and not answered is over when this returns, if it lives; START is this
 * daemon's word for it all the same, so it has its lock by then. Errors: EINTR, the wish stays;
 * ENOTCONN before SETUP; ESHUTDOWN, ENODEV as above.
 */
#define TGTCORE_USER_TAKEOVER	_IO(TGTCORE_USER_MAGIC, 5)

/*
 * Errors: EINVAL a size less than there is, or no multiple of a block; EBUSY it is being resized to
 * another; ENOTCONN before TGTCORE_USER_START; ESHUTDOWN, ENODEV as above.
 */
#define TGTCORE_USER_RESIZE	_IOW(TGTCORE_USER_MAGIC, 6, struct tgtcore_user_resize)

#endif
