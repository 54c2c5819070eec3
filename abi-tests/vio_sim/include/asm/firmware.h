/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing of it is needed where the hypervisor is vio_sim.ko; on POWER other headers do. */
#ifdef CONFIG_PPC
#include_next <asm/firmware.h>
#endif
