/* SPDX-License-Identifier: GPL-2.0 */
/* What a LUN says of its disk for the sake of who uses it. Pure; the reasons: docs/profiles.md. */
#ifndef _TGTCORE_PROFILE_H
#define _TGTCORE_PROFILE_H

#include "disk.h"

enum tgt_profile {
	TGT_PROFILE_LINUX,		/* everything as it is */
	TGT_PROFILE_ESXI,
	TGT_PROFILE_WINDOWS,
	TGT_PROFILE_AIX,
	__TGT_PROFILE_MAX,
};

#define TGT_PROFILE_NAME_MAX	15	/* bytes of the longest name there may be */
#define TGT_PROFILE_PRODUCT	"VIRTUAL DISK"
#define TGT_PROFILE_SECTOR_EXP	12	/* log2 of the longest physical block some take */
#define TGT_PROFILE_UNMAP	1048576U	/* bytes in which VMFS gives space back */

extern const char * const tgt_profile_names[__TGT_PROFILE_MAX];

int tgt_profile_find(const char *name);
void tgt_profile_apply(u8 profile, struct tgt_disk *d);

#endif
