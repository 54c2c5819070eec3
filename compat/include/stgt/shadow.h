/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a target driver of Linux 3.16 finds in the SCSI headers and today's do not have. Its
 * sources compile as they are with compat/include in front of the kernel's include path.
 *
 * Three structures lost fields that such drivers need. Here they are structures of our own, and
 * macros give them the old names: a command never is one of the SCSI midlayer's, a host template
 * is turned into one of today's when the host is allocated, and the hooks of the SRP
 * transport are kept beside the template the transport makes.
 */
#ifndef _STGT_SHADOW_H
#define _STGT_SHADOW_H

/* all of today's first: the macros below must not reach into them */
#include <linux/dma-direction.h>
#include <linux/interrupt.h>
#include <linux/scatterlist.h>
#include <linux/sysfs.h>
#include <scsi/scsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_eh.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_tcq.h>
#include <scsi/scsi_transport.h>
#include <scsi/scsi_transport_srp.h>

#ifndef MSG_SIMPLE_TAG
#define MSG_SIMPLE_TAG		0x20
#define MSG_HEAD_TAG		0x21
#define MSG_ORDERED_TAG		0x22
#define MSG_ACA_TAG		0x24
#endif
#ifndef BUSY
#define BUSY			0x04
#endif
#ifndef TASK_ABORTED
#define TASK_ABORTED		0x20
#endif
#ifndef IRQF_DISABLED
#define IRQF_DISABLED		0
#endif
#ifndef DISABLE_CLUSTERING
#define DISABLE_CLUSTERING	0
#define ENABLE_CLUSTERING	1
#endif

/**
 * struct stgt_scsi_cmnd - a target driver's command
 * @request: NULL; there is no block layer in between any more
 * @cmnd: CDB, 16 bytes
 * @sdb: length: the announced data length, then bytes of the daemon's data; table: its pages
 * @sense_buffer: SCSI_SENSE_BUFFERSIZE bytes
 * @result: SAM status
 * @sc_data_direction: as seen by the initiator's data
 * @tag: task attribute, a SCSI message code
 * @cmd_len: 16
 * @jiffies_at_alloc: when the driver got it
 * @SCp: the driver's
 */
struct stgt_scsi_cmnd {
	struct request		*request;
	unsigned char		*cmnd;
	struct scsi_data_buffer	sdb;
	unsigned char		*sense_buffer;
	int			result;
	enum dma_data_direction	sc_data_direction;
	unsigned char		tag;
	unsigned short		cmd_len;
	unsigned long		jiffies_at_alloc;
	struct {
		char		*ptr;
		int		Status;
		int		Message;
		dma_addr_t	dma_handle;
	} SCp;
};

/**
 * struct stgt_host_template - what a target driver says of its hosts
 * @module: driver
 * @name: for the log and for sysfs
 * @proc_name: likewise
 * @info: what scsi_add_host() logs, or NULL: @name
 * @transfer_response: send data and status; calls @done when that is over. 0, or
 *	SCSI_MLQUEUE_HOST_BUSY or _DEVICE_BUSY. Process context: the daemon's.
 * @eh_abort_handler: the command ends without an answer; the driver forgets it
 * @supported_mode: MODE_TARGET
 * @use_clustering: not looked at: every page is a segment
 * @this_id: not looked at by a target
 * @cmd_per_lun: likewise
 * @can_queue: commands at once, each direction
 * @sg_tablesize: pages the daemon's data may touch
 * @max_sectors: its length, 512 byte units
 * @shost_attrs: for sysfs, ended by NULL
 */
struct stgt_host_template {
	struct module		*module;
	const char		*name;
	const char		*proc_name;
	const char		*(*info)(struct Scsi_Host *shost);
	int			(*transfer_response)(struct stgt_scsi_cmnd *cmd,
						     void (*done)(struct stgt_scsi_cmnd *cmd));
	int			(*eh_abort_handler)(struct stgt_scsi_cmnd *cmd);
	struct device_attribute	**shost_attrs;
	unsigned int		supported_mode:2;
	unsigned int		use_clustering:1;
	int			can_queue;
	int			this_id;
	unsigned short		sg_tablesize;
	unsigned short		max_sectors;
	short			cmd_per_lun;
};

/**
 * struct stgt_srp_function_template - what an SRP target driver wants to hear
 * @rport_delete: as in today's
 * @tsk_mgmt_response: the daemon's answer to scsi_tgt_tsk_mgmt_request()
 * @it_nexus_response: its answer to an I_T nexus made or gone
 */
struct stgt_srp_function_template {
	void	(*rport_delete)(struct srp_rport *rport);
	int	(*tsk_mgmt_response)(struct Scsi_Host *shost, u64 itn_id, u64 mid, int result);
	int	(*it_nexus_response)(struct Scsi_Host *shost, u64 itn_id, int result);
};

struct Scsi_Host *stgt_host_alloc(struct stgt_host_template *sht, int privsize);
struct stgt_host_template *stgt_hostt(struct Scsi_Host *shost);

struct scsi_transport_template *
stgt_srp_attach_transport(struct stgt_srp_function_template *ft);
void stgt_srp_release_transport(struct scsi_transport_template *t);
struct srp_rport *stgt_srp_rport_add(struct Scsi_Host *shost, struct srp_rport_identifiers *ids);
void stgt_srp_rport_del(struct srp_rport *rport);
void stgt_srp_remove_host(struct Scsi_Host *shost);

/* scsi_tgt itself works with today's structures under their own names */
#ifndef STGT_INTERNAL

#define scsi_cmnd			stgt_scsi_cmnd
#define scsi_host_template		stgt_host_template
#define srp_function_template		stgt_srp_function_template

#define scsi_sglist(cmd)		((cmd)->sdb.table.sgl)
#define scsi_sg_count(cmd)		((cmd)->sdb.table.nents)
#define scsi_bufflen(cmd)		((cmd)->sdb.length)
#undef scsi_for_each_sg
#define scsi_for_each_sg(cmd, sg, nseg, i) \
	for_each_sg(scsi_sglist(cmd), sg, nseg, i)

#define scsi_host_alloc(sht, size)	stgt_host_alloc(sht, size)

#define srp_attach_transport		stgt_srp_attach_transport
#define srp_release_transport		stgt_srp_release_transport
#define srp_rport_add			stgt_srp_rport_add
#define srp_rport_del			stgt_srp_rport_del
#define srp_remove_host			stgt_srp_remove_host

#endif
#endif
