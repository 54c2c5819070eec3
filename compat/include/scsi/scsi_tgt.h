/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The in-kernel API of STGT for target drivers, under its old names: as a driver of Linux
 * 2.6.24 to 3.16 included it.
 */
#ifndef _SCSI_SCSI_TGT_H
#define _SCSI_SCSI_TGT_H

#include <linux/dma-mapping.h>
#include <stgt/shadow.h>

struct Scsi_Host *scsi_tgt_cmd_to_host(struct stgt_scsi_cmnd *cmd);
int scsi_tgt_alloc_queue(struct Scsi_Host *shost);
void scsi_tgt_free_queue(struct Scsi_Host *shost);
int scsi_tgt_queue_command(struct stgt_scsi_cmnd *cmd, u64 itn_id, struct scsi_lun *lun, u64 tag);
int scsi_tgt_tsk_mgmt_request(struct Scsi_Host *shost, u64 itn_id, int function, u64 tag,
			      struct scsi_lun *lun, void *data);
struct stgt_scsi_cmnd *scsi_host_get_command(struct Scsi_Host *shost,
					     enum dma_data_direction dir, gfp_t gfp);
void scsi_host_put_command(struct Scsi_Host *shost, struct stgt_scsi_cmnd *cmd);
int scsi_tgt_it_nexus_create(struct Scsi_Host *shost, u64 itn_id, char *initiator);
int scsi_tgt_it_nexus_destroy(struct Scsi_Host *shost, u64 itn_id);

#endif
