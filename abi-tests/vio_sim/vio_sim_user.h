/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/vio_sim: the client partition in a test program's hands.
 *
 * An adapter has two ends. Of the server's, the driver under test is the owner. The client's is
 * the simulator's own initiator's (VIO_SIM_HOST), or the program's: with calls it has a queue of
 * elements, and by pread(2) and pwrite(2) the client's memory, where position and DMA address are
 * the same.
 */
#ifndef VIO_SIM_USER_H
#define VIO_SIM_USER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VIO_SIM_MEM_BASE	0x100000	/* first DMA address of the program's memory */
#define VIO_SIM_MEM_SIZE	0x100000	/* its bytes */

/* One element, as it is in memory: sixteen bytes. */
struct vio_sim_crq {
	__u8	b[16];
};

/**
 * struct vio_sim_recv - wait for an element from the server
 * @timeout_ms: how long
 * @got: 0: none came
 * @crq: the element
 */
struct vio_sim_recv {
	__u32			timeout_ms;
	__u32			got;
	struct vio_sim_crq	crq;
};

/**
 * struct vio_sim_fault - what a hypervisor call of the server is to do
 * @op: H_*; 0: none, forget what was asked for before
 * @skip: calls that go well before
 * @times: then so many fail
 * @result: with this
 * @delay_us: or, if 0, go well after this long; at most 10000
 */
struct vio_sim_fault {
	__u32	op;
	__u32	skip;
	__u32	times;
	__s32	result;
	__u32	delay_us;
};

/**
 * struct vio_sim_state - of the adapter
 * @server_open: the server has a queue
 * @client_open: the client has one
 * @server_irq: the server wants interrupts
 * @mapped: DMA pages the server has mapped
 * @waiting: elements in the server's queue
 * @faults: how many calls failed by VIO_SIM_FAULT
 * @host_no: of the client's SCSI host, or -1
 * @rdma: H_COPY_RDMA so far
 * @rdma_bytes: their bytes
 */
struct vio_sim_state {
	__u32	server_open;
	__u32	client_open;
	__u32	server_irq;
	__u32	mapped;
	__u32	waiting;
	__u32	faults;
	__s32	host_no;
	__u32	pad;
	__u64	rdma;
	__u64	rdma_bytes;
};

/*
 * ADAPTER chooses which the file is about (0 at first). REG and FREE: the client's queue; the ioctl
 * returns what the call did, as SEND does. RAW: an element in the server's queue as the hypervisor
 * itself writes it. HOST: 1 makes the client an initiator with a SCSI host, 0 ends that.
 */
#define VIO_SIM_ADAPTER	_IOW('V', 1, __u32)
#define VIO_SIM_REG	_IO('V', 2)
#define VIO_SIM_FREE	_IO('V', 3)
#define VIO_SIM_SEND	_IOW('V', 4, struct vio_sim_crq)
#define VIO_SIM_RAW	_IOW('V', 5, struct vio_sim_crq)
#define VIO_SIM_RECV	_IOWR('V', 6, struct vio_sim_recv)
#define VIO_SIM_FAULT	_IOW('V', 7, struct vio_sim_fault)
#define VIO_SIM_STATE	_IOR('V', 8, struct vio_sim_state)
#define VIO_SIM_HOST	_IOW('V', 9, __u32)

#endif
