/* SPDX-License-Identifier: GPL-2.0 */
/* vio_sim.ko, inside. */
#ifndef VIO_SIM_H
#define VIO_SIM_H

#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <asm/vio.h>
#include "vio_sim_user.h"

#define SIM_TCES	16384		/* pages of a DMA window */
#define SIM_RDMA_MAX	(128 << 10)	/* bytes a H_COPY_RDMA may move */
#define SIM_CRQ_SIZE	16

/* POWER has a bus of the real name. */
#define VIO_SIM_BUS	(IS_ENABLED(CONFIG_PPC) ? "vio_sim" : "vio")

struct sim_adapter;

/**
 * struct sim_end - one partition's end of an adapter
 * @adapter: whose
 * @partner: the other end
 * @unit: unit address
 * @liobn: number of its DMA window
 * @lock: @tce, @used
 * @tce: kernel address of each mapped page of the window
 * @used: which are taken
 * @mapped: how many
 * @crq: DMA address of its queue
 * @nr: elements of it; 0: it has none
 * @put: next one to be filled
 * @irq: it wants interrupts
 * @kick: tell the partition, under sim_lock
 */
struct sim_end {
	struct sim_adapter	*adapter;
	struct sim_end		*partner;
	u32			unit;
	u32			liobn;
	rwlock_t		lock;	/* @tce, @used, @mapped */
	void			**tce;
	unsigned long		*used;
	u32			mapped;
	u64			crq;
	u32			nr;
	u32			put;
	bool			irq;
	void			(*kick)(struct sim_end *end);
};

struct sim_client;

/**
 * struct sim_adapter - two ends, one of which is a device here
 * @server: the device's
 * @client: the simulator's own
 * @vdev: device; NULL once it is gone
 * @window: its ibm,my-dma-window
 * @irq_work: raises its interrupt
 * @fault: what calls are to do; sim_lock
 * @nr_faults: how many did
 * @rdma: calls
 * @rdma_bytes: moved
 * @mutex: who is the client, and what it has
 * @raw_crq: queue of a test program, or NULL; a page
 * @raw_get: next element to be looked at
 * @raw_mem: its memory
 * @raw_wait: for elements
 * @host: the initiator, or NULL
 */
struct sim_adapter {
	struct sim_end		server;
	struct sim_end		client;
	struct vio_dev		*vdev;
	u32			window[10];
	struct irq_work		irq_work;
	struct vio_sim_fault	fault;
	u32			nr_faults;
	atomic64_t		rdma;
	atomic64_t		rdma_bytes;

	struct mutex		mutex;	/* who the client is, and its things */
	u8			*raw_crq;
	u32			raw_get;
	u8			*raw_mem;
	wait_queue_head_t	raw_wait;
	struct sim_client	*host;
};

#define SIM_MAX_ADAPTERS 8

extern spinlock_t sim_lock;	/* queues, faults */
extern struct sim_adapter *sim_adapters[SIM_MAX_ADAPTERS];
extern unsigned int sim_nr_adapters;
extern bool sim_native;

/* Fields of IUs and properties, in the order that the driver under test takes them. */
static inline u32 sim32(u32 v)
{
	return sim_native ? v : (u32 __force)cpu_to_be32(v);
}

static inline u64 sim64(u64 v)
{
	return sim_native ? v : (u64 __force)cpu_to_be64(v);
}

static inline u16 sim16(u16 v)
{
	return sim_native ? v : (u16 __force)cpu_to_be16(v);
}

/* window.c */
int sim_window_init(struct sim_end *end);
void sim_window_exit(struct sim_end *end);
u64 sim_map(struct sim_end *end, void *addr, size_t len);
void sim_map_at(struct sim_end *end, u64 ioba, void *addr, size_t len);
void sim_unmap(struct sim_end *end, u64 ioba, size_t len);
bool sim_access(struct sim_end *end, u64 ioba, void *buf, size_t len, bool write);
long sim_copy(struct sim_end *from, u64 src, struct sim_end *to, u64 dst, size_t len);
extern const struct dma_map_ops sim_dma_ops;

/* hcall.c */
long sim_reg_crq(struct sim_end *end, u64 ioba, u64 len);
long sim_free_crq(struct sim_end *end);
long sim_send_crq(struct sim_end *end, const void *element);
long sim_put_crq(struct sim_end *end, const void *element);

/* bus.c */
struct sim_adapter *sim_of_dev(struct device *dev);
int sim_bus_init(void);
void sim_bus_exit(void);
int sim_device_add(struct sim_adapter *a);
void sim_device_del(struct sim_adapter *a);

/* client.c */
struct sim_client *sim_client_start(struct sim_adapter *a);
void sim_client_stop(struct sim_client *c);
int sim_client_host_no(struct sim_client *c);
void sim_client_kick(struct sim_client *c);

/* raw.c */
int sim_raw_init(void);
void sim_raw_exit(void);
void sim_raw_close(struct sim_adapter *a);

#endif
