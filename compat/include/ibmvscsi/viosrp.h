/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The header of this name that lay beside IBM's drivers until Linux 3.16: today's, and what has
 * gone from it or has another number since.
 */
#ifndef _STGT_VIOSRP_H
#define _STGT_VIOSRP_H

#define mad_iu			viosrp_mad_iu_now
#define viosrp_iu		viosrp_iu_now
#define VIOSRP_LINUX_FORMAT	VIOSRP_LINUX_FORMAT_NOW
#define VIOSRP_INLINE_FORMAT	VIOSRP_INLINE_FORMAT_NOW
#include <scsi/viosrp.h>
#undef mad_iu
#undef viosrp_iu
#undef VIOSRP_LINUX_FORMAT
#undef VIOSRP_INLINE_FORMAT

#define VIOSRP_LINUX_FORMAT	0x06
#define VIOSRP_INLINE_FORMAT	0x07
#define VIOSRP_HOST_CONFIG_TYPE	0x04

struct viosrp_host_config {
	struct mad_common	common;
	__be64			buffer;
};

union mad_iu {
	struct viosrp_empty_iu		empty_iu;
	struct viosrp_error_log		error_log;
	struct viosrp_adapter_info	adapter_info;
	struct viosrp_host_config	host_config;
	struct viosrp_fast_fail		fast_fail;
	struct viosrp_capabilities	capabilities;
};

union viosrp_iu {
	union srp_iu	srp;
	union mad_iu	mad;
};

#endif
