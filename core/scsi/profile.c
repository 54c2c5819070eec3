// SPDX-License-Identifier: GPL-2.0
/* Profiles of LUNs: where initiators want to be told other than what is. Pure. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "profile.h"

const char * const tgt_profile_names[__TGT_PROFILE_MAX] = {
	[TGT_PROFILE_LINUX]	= "linux",
	[TGT_PROFILE_ESXI]	= "esxi",
	[TGT_PROFILE_WINDOWS]	= "windows",
	[TGT_PROFILE_AIX]	= "aix",
};

/* &enum tgt_profile of a name; -EINVAL if it is none. */
int tgt_profile_find(const char *name)
{
	int i;

	for (i = 0; i < __TGT_PROFILE_MAX; i++)
		if (!strcmp(tgt_profile_names[i], name))
			return i;
	return -EINVAL;
}

/* A physical block is 4096 bytes at most: those that follow take no other. */
static void tgt_profile_sector(struct tgt_disk *d)
{
	u8 most = d->block_shift < TGT_PROFILE_SECTOR_EXP ?
		TGT_PROFILE_SECTOR_EXP - d->block_shift : 0;

	if (d->phys_exp > most)
		d->phys_exp = most;
}

/**
 * tgt_profile_apply() - what a profile makes of a disk
 * @profile: &enum tgt_profile
 * @d: the facts; what is told of them changes, not what the disk does
 */
void tgt_profile_apply(u8 profile, struct tgt_disk *d)
{
	switch (profile) {
	case TGT_PROFILE_ESXI:
		tgt_profile_sector(d);
		if (d->unmap_gran && TGT_PROFILE_UNMAP % d->unmap_gran)
			d->unmap_gran = TGT_PROFILE_UNMAP;
		break;
	case TGT_PROFILE_WINDOWS:
		tgt_profile_sector(d);
		break;
	case TGT_PROFILE_AIX:
		break;
	default:
		return;
	}
	/* rules for disks are made by vendor and product: all are one product */
	d->name = TGT_PROFILE_PRODUCT;
}
