/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TGTCORE_REPORT_H
#define _TGTCORE_REPORT_H

#include "resp.h"

bool tgt_report_opcodes(struct tgt_resp *r, const u8 *cdb, u16 have);

#endif
