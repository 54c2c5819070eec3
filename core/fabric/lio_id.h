/* SPDX-License-Identifier: GPL-2.0 */
/* Who is who behind LIO: pure, see lio_id.c. */
#ifndef _TGT_LIO_ID_H
#define _TGT_LIO_ID_H

#include <linux/types.h>

#define LIO_WWN_MAX		224	/* an iSCSI name with its NUL */
#define LIO_PORT_NAME		49	/* a target's name with its NUL */

/**
 * struct lio_port_id - a target port as LIO names it
 * @fabric: fabric module
 * @wwn: name in its configuration
 * @tag: of the target port group
 */
struct lio_port_id {
	char			fabric[32];
	char			wwn[LIO_WWN_MAX];
	u16			tag;
};

void lio_port_name(const struct lio_port_id *id, u64 hash, char *name);
int lio_transport_id(int protocol, const char *initiator, const char *sid, u8 *tid);

#endif
