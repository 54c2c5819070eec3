/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mode parameters of a disk: what MODE SENSE shows and MODE SELECT may change. Pure: also built
 * in user space for the unit tests.
 */
#ifndef _TGTCORE_MODE_H
#define _TGTCORE_MODE_H

#include <tgtcore/tgtcore.h>
#include "disk.h"

/* MODE SELECT, byte 1 of the CDB */
#define TGT_MODE_PF	0x10
#define TGT_MODE_RTD	0x02
#define TGT_MODE_SP	0x01

/* Page control of MODE SENSE */
enum tgt_mode_pc {
	TGT_MODE_CURRENT,
	TGT_MODE_CHANGEABLE,
	TGT_MODE_DEFAULT,
	TGT_MODE_SAVED,
};

/* QERR, SPC-5 7.5.10: commands that end when one ends with CHECK CONDITION */
enum tgt_qerr {
	TGT_QERR_NONE = 0,
	TGT_QERR_ALL = 1,		/* the rest of the task set */
	TGT_QERR_NEXUS = 3,		/* those of the same I_T nexus */
};

#define TGT_MODE_PAGES_MAX	256	/* bytes that hold all pages, header and descriptor */

extern const struct tgt_modes tgt_modes_default;

#define TGT_MODES_TEXT	128	/* bytes that hold any as text */

int tgt_modes_parse(const char *text, struct tgt_modes *m);
void tgt_modes_text(const struct tgt_modes *m, char *text);
bool tgt_thresholds_equal(const struct tgt_modes *a, const struct tgt_modes *b);
bool tgt_modes_equal(const struct tgt_modes *a, const struct tgt_modes *b);
bool tgt_mode_pages(struct tgt_resp *r, const struct tgt_disk *d, u8 pc, u8 page, u8 subpage);
u8 tgt_mode_device_specific(const struct tgt_disk *d);
bool tgt_mode_sense(struct tgt_resp *r, const struct tgt_disk *d, const u8 *cdb);
enum tgt_sense tgt_mode_select(const struct tgt_disk *d, const u8 *cdb, const u8 *list, u32 len,
			       struct tgt_mode_state *state);

#endif
