/* SPDX-License-Identifier: GPL-2.0 */
/* Carrying out a plan, or undoing it. */
#ifndef TGTCTL_APPLY_H
#define TGTCTL_APPLY_H

#include "plan.h"
#include "tgtctl.h"

int apply(struct ctx *ctx, struct plan *plan);

#endif
