/* SPDX-License-Identifier: GPL-2.0 */
/* What the target driver took from the client driver's header of this name. */
#ifndef _STGT_IBMVSCSI_H
#define _STGT_IBMVSCSI_H

#include <linux/list.h>
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include "viosrp.h"

/**
 * struct crq_queue - a command/response queue of this partition
 * @msgs: elements, one page
 * @size: how many
 * @cur: the next one to be filled
 * @msg_token: DMA address of @msgs
 * @lock: the driver's
 */
struct crq_queue {
	struct viosrp_crq	*msgs;
	int			size;
	int			cur;
	dma_addr_t		msg_token;
	spinlock_t		lock;	/* the driver's */
};

/* Of the target driver itself, which never said so before it is defined. */
struct iu_entry;
int send_adapter_info(struct iu_entry *iue, dma_addr_t remote_buffer, uint16_t length);

#endif
