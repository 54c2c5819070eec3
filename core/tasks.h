/* SPDX-License-Identifier: GPL-2.0 */
/* Task sets: see tasks.c. */
#ifndef _TGTCORE_TASKS_H
#define _TGTCORE_TASKS_H

#include <tgtcore/tgtcore.h>

enum tgt_ret tgt_tasks_gate(struct tgt_cmd *cmd);
void tgt_tasks_answer(struct tgt_cmd *cmd);
bool tgt_tasks_detach(struct tgt_itl *itl, struct tgt_cmd *cmd);
bool tgt_tasks_waits(struct tgt_itl *itl, struct tgt_cmd *cmd);
bool tgt_tasks_wants_fault(const struct tgt_cmd *cmd);
int tgt_tasks_fault(struct tgt_cmd *cmd);
void tgt_tasks_begin(struct tgt_device *dev);
void tgt_tasks_modes(struct tgt_device *dev);
void tgt_tasks_clear_aca(struct tgt_device *dev, struct tgt_itl *itl);
void tgt_tasks_set_init(struct tgt_tasks *t);
void tgt_tasks_init(struct tgt_device *dev);
void tgt_tasks_exit(struct tgt_device *dev);

#endif
