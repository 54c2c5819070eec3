// SPDX-License-Identifier: GPL-2.0
/* Pending unit attention conditions: pure functions of the set there is. */
#include "ua.h"

/* ASC and ASCQ (SPC-5 annex F), and which conditions make others moot (SAM-6 5.14). */
static const struct {
	u8		asc;
	u8		ascq;
	unsigned long	moot;
} tgt_ua_table[__TGT_UA_MAX] = {
	[TGT_UA_POWER_ON]	= { 0x29, 0x00, ~BIT(TGT_UA_POWER_ON) },
	[TGT_UA_RESET]		= { 0x29, 0x03, 0 },
	[TGT_UA_NEXUS_LOSS]	= { 0x29, 0x07, 0 },
	[TGT_UA_CLEARED]	= { 0x2f, 0x00, 0 },
	[TGT_UA_RES_PREEMPTED]	= { 0x2a, 0x03, 0 },
	[TGT_UA_RES_RELEASED]	= { 0x2a, 0x04, 0 },
	[TGT_UA_REG_PREEMPTED]	= { 0x2a, 0x05, 0 },
	[TGT_UA_MODE]		= { 0x2a, 0x01, 0 },
	[TGT_UA_LOG]		= { 0x2a, 0x02, 0 },
	[TGT_UA_ALUA]		= { 0x2a, 0x06, 0 },
	[TGT_UA_ALUA_FAILED]	= { 0x2a, 0x07, 0 },
	[TGT_UA_TIMESTAMP]	= { 0x2a, 0x10, 0 },
	[TGT_UA_CAPACITY]	= { 0x2a, 0x09, 0 },
	[TGT_UA_INQUIRY]	= { 0x3f, 0x03, 0 },
	[TGT_UA_IDENT]		= { 0x3f, 0x05, 0 },
	[TGT_UA_LUNS_CHANGED]	= { 0x3f, 0x0e, 0 },
	[TGT_UA_THRESHOLD]	= { 0x38, 0x07, 0 },
};

/* What is pending with @ua established, unless another covers it. */
unsigned long tgt_ua_add(unsigned long pending, enum tgt_ua ua)
{
	unsigned int i;

	for (i = 0; i < __TGT_UA_MAX; i++)
		if (pending & BIT(i) && tgt_ua_table[i].moot & BIT(ua))
			return pending;
	return (pending & ~tgt_ua_table[ua].moot) | BIT(ua);
}

/* The one that is told first; the number of all, or 0: there is none. */
unsigned int tgt_ua_first(unsigned long pending, enum tgt_ua *ua, u8 *asc, u8 *ascq)
{
	if (!pending)
		return 0;
	*ua = __ffs(pending);
	*asc = tgt_ua_table[*ua].asc;
	*ascq = tgt_ua_table[*ua].ascq;
	return hweight_long(pending);
}
