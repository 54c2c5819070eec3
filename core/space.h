/* SPDX-License-Identifier: GPL-2.0 */
/* Thresholds of thin provisioned devices. */
#ifndef _TGTCORE_SPACE_H
#define _TGTCORE_SPACE_H

#include <tgtcore/tgtcore.h>

void tgt_space_init(struct tgt_device *dev);
void tgt_space_exit(struct tgt_device *dev);
void tgt_space_watch(struct tgt_device *dev);

#endif
