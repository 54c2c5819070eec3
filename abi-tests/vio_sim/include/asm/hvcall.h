/* SPDX-License-Identifier: GPL-2.0 */
/* Hypervisor calls of virtual I/O, as vio_sim.ko answers them (PAPR+ 2.x, 14.5.3 and 16). */
#ifndef _VIO_SIM_ASM_HVCALL_H
#define _VIO_SIM_ASM_HVCALL_H

#ifdef CONFIG_PPC
#include_next <asm/hvcall.h>
#else
#define H_SUCCESS		0
#define H_BUSY			1
#define H_CLOSED		2
#define H_NOT_AVAILABLE		3
#define H_LONG_BUSY_START_RANGE	9900
#define H_LONG_BUSY_ORDER_1_MSEC 9900
#define H_LONG_BUSY_END_RANGE	9905
#define H_IS_LONG_BUSY(x) \
	((x) >= H_LONG_BUSY_START_RANGE && (x) <= H_LONG_BUSY_END_RANGE)
#define H_HARDWARE		(-1)
#define H_FUNCTION		(-2)
#define H_PARAMETER		(-4)
#define H_PERMISSION		(-11)
#define H_DROPPED		(-12)
#define H_SOURCE_PARM		(-13)
#define H_DEST_PARM		(-14)
#define H_REMOTE_PARM		(-15)
#define H_RESOURCE		(-16)

#define H_REG_CRQ		0xfc
#define H_FREE_CRQ		0x100
#define H_VIO_SIGNAL		0x104
#define H_SEND_CRQ		0x108
#define H_COPY_RDMA		0x110
#define H_VIOCTL		0x2a8
#define H_ENABLE_CRQ		0x2b0

#endif

long vio_sim_hcall(unsigned long opcode, ...);

#endif
