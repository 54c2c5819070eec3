/* SPDX-License-Identifier: GPL-2.0 */
/* Commands that read and then write, and no write in between: see guard.c. */
#ifndef _TGTCORE_GUARD_H
#define _TGTCORE_GUARD_H

#include <tgtcore/tgtcore.h>

struct tgt_proc;

void tgt_guard_init(struct tgt_device *dev);
unsigned long tgt_guard_gate(const struct tgt_device *dev);
bool tgt_guard_meets(struct tgt_cmd *cmd);
struct tgt_guard_range *tgt_guard_lock(struct tgt_proc *p, u64 offset, u64 len);
int tgt_guard_enter(struct tgt_proc *p, u64 offset, u64 len, struct tgt_guard_range **range);
void tgt_guard_leave(struct tgt_proc *p, struct tgt_guard_range *r);

#endif
