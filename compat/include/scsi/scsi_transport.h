/* SPDX-License-Identifier: GPL-2.0 */
/* Today's header, and what target drivers of Linux 3.16 found in it. */
#include_next <scsi/scsi_transport.h>
#include <stgt/shadow.h>
