/* SPDX-License-Identifier: GPL-2.0 */
/* Between scsi_tgt.ko and the modules that give a transport its target hooks. */
#ifndef _STGT_TRANSPORT_H
#define _STGT_TRANSPORT_H

#include <linux/types.h>

struct Scsi_Host;
struct scsi_transport_template;

struct stgt_transport_hooks {
	int	(*tsk_mgmt_response)(struct Scsi_Host *shost, u64 itn_id, u64 mid, int result);
	int	(*it_nexus_response)(struct Scsi_Host *shost, u64 itn_id, int result);
};

u32 stgt_daemon_number(bool *nexuses);
int stgt_transport_hooks_set(struct scsi_transport_template *transport,
			     const struct stgt_transport_hooks *hooks);

#endif
