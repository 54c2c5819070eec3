/* SPDX-License-Identifier: GPL-2.0 */
/* Timestamp, identifying information and diagnostics. Pure. */
#ifndef _TGTCORE_IDENT_H
#define _TGTCORE_IDENT_H

#include <tgtcore/tgtcore.h>
#include "resp.h"

#define TGT_TIMESTAMP_LEN	12	/* bytes of the parameter list, and of the answer */

void tgt_timestamp_report(struct tgt_resp *r, u64 ms, bool set);
enum tgt_sense tgt_timestamp_set(const u8 *list, u32 len, u64 *ms);

bool tgt_ident_report(struct tgt_resp *r, const u8 *cdb, const struct tgt_ident *id);
enum tgt_sense tgt_ident_set(const u8 *cdb, const u8 *list, u32 len, struct tgt_ident *id);
int tgt_ident_parse(const char *text, struct tgt_ident *id);
void tgt_ident_text(const struct tgt_ident *id, char *text);

/* SELF-TEST CODE of those that there are, SPC-5 6.42; and nothing to test */
enum tgt_self_test_code {
	TGT_TEST_DEFAULT	= 0,	/* with SELFTEST=1 */
	TGT_TEST_BG_SHORT	= 1,
	TGT_TEST_BG_EXTENDED	= 2,
	TGT_TEST_ABORT		= 4,	/* of what runs in the background */
	TGT_TEST_SHORT		= 5,	/* short, in foreground mode */
	TGT_TEST_NONE		= 0xff,
};

static inline bool tgt_test_background(u8 code)
{
	return code == TGT_TEST_BG_SHORT || code == TGT_TEST_BG_EXTENDED;
}

enum tgt_sense tgt_diagnostic(const u8 *cdb, const u8 *list, u32 len, u8 *test);
bool tgt_diagnostic_results(struct tgt_resp *r, const u8 *cdb);

#endif
