// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles of LUNs: what each changes of a disk, and nothing else. What ESXi takes is in VMware's
 * documentation (sector formats; space reclamation: a factor of 1 MiB), docs/profiles.md.
 */
// uses: core/scsi/profile.c
#include "shim.h"
#include "unit.h"
#include "scsi/profile.h"

static const struct tgt_disk disk = {
	.nblocks = 1000,
	.serial = "SN",
	.name = "disk0",
	.block_shift = 9,
	.phys_exp = 7,			/* 64 KiB */
	.lbp = true,
	.unmap_gran = 3 << 20,
	.max_unmap = 1 << 29,
};

static struct tgt_disk as(const char *name, const struct tgt_disk *of)
{
	struct tgt_disk d = *of;

	tgt_profile_apply(tgt_profile_find(name), &d);
	return d;
}

UNIT(names)
{
	static const char * const bad[] = { "", "esx", "ESXi", "linux ", "windows1", "aix," };
	unsigned int i;

	for (i = 0; i < __TGT_PROFILE_MAX; i++) {
		EQ(tgt_profile_find(tgt_profile_names[i]), i);
		OK(strlen(tgt_profile_names[i]) <= TGT_PROFILE_NAME_MAX);
	}
	EQ(tgt_profile_find("linux"), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		OK(tgt_profile_find(bad[i]) < 0);
}

UNIT(linux_is_told_what_is)
{
	struct tgt_disk d = as("linux", &disk);

	OK(!memcmp(&d, &disk, sizeof(d)));
}

/* One product: claim rules, MPIO hardware IDs and ODM classes go by vendor and product. */
UNIT(one_product_for_the_others)
{
	static const char * const names[] = { "esxi", "windows", "aix" };
	struct tgt_disk d;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		d = as(names[i], &disk);
		OK(!strcmp(d.name, "VIRTUAL DISK"));
		/* nothing of the rest but what the tests below are about */
		d.name = disk.name;
		d.phys_exp = disk.phys_exp;
		d.unmap_gran = disk.unmap_gran;
		OK(!memcmp(&d, &disk, sizeof(d)));
	}
}

/* 512n, 512e and 4Kn: a physical block of 512 or 4096 bytes, and never less than a logical one */
UNIT(physical_blocks)
{
	struct tgt_disk in = disk;
	u8 exp;

	for (exp = 0; exp < 16; exp++) {
		in.block_shift = 9;
		in.phys_exp = exp;
		EQ(as("esxi", &in).phys_exp, exp > 3 ? 3 : exp);
		EQ(as("windows", &in).phys_exp, exp > 3 ? 3 : exp);
		EQ(as("aix", &in).phys_exp, exp);
		in.block_shift = 12;
		EQ(as("esxi", &in).phys_exp, 0);
		EQ(as("windows", &in).phys_exp, 0);
	}
}

/* A factor of 1 MiB stays, all else is 1 MiB; where nothing is known nothing is said. */
UNIT(unmap_granularity)
{
	static const u32 good[] = { 0, 512, 4096, 65536, 1 << 20 };
	static const u32 bad[] = { 12288, 786432, 2 << 20, 3 << 20, 16 << 20 };
	struct tgt_disk in = disk;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		in.unmap_gran = good[i];
		EQ(as("esxi", &in).unmap_gran, good[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		in.unmap_gran = bad[i];
		EQ(as("esxi", &in).unmap_gran, 1 << 20);
		EQ(as("windows", &in).unmap_gran, bad[i]);
	}
}
