/* SPDX-License-Identifier: GPL-2.0 */
/* SANITIZE and FORMAT UNIT: what they are to a device, and to other commands. */
#ifndef _TGTCORE_WIPE_H
#define _TGTCORE_WIPE_H

#include <tgtcore/tgtcore.h>
#include "scsi/wipe.h"

struct tgt_proc;

unsigned long tgt_wipe_gate(const struct tgt_device *dev);
bool tgt_wipe_pass(struct tgt_cmd *cmd);
bool tgt_wipe_answer(struct tgt_cmd *cmd);
bool tgt_wipe_state(struct tgt_device *dev, enum tgt_sense *sense, u16 *progress);
bool tgt_wipe_restricted(struct tgt_device *dev);
bool tgt_wipe_exit(struct tgt_device *dev);
void tgt_wipe_run(struct tgt_proc *p, enum tgt_wipe_what what, const struct tgt_wipe_ask *ask);

#endif
