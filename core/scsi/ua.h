/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pending unit attention conditions of an I_T_L nexus, SAM-6 5.14: a bit each, by &enum tgt_ua.
 * Pure: also built in user space for the unit tests.
 */
#ifndef _TGTCORE_UA_H
#define _TGTCORE_UA_H

#include <tgtcore/tgtcore.h>

unsigned long tgt_ua_add(unsigned long pending, enum tgt_ua ua);
unsigned int tgt_ua_first(unsigned long pending, enum tgt_ua *ua, u8 *asc, u8 *ascq);

#endif
