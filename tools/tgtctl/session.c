// SPDX-License-Identifier: GPL-2.0
/* tgtctl session */
#include "tgtctl.h"

int session_show(struct ctx *ctx, int argc, char **argv)
{
	struct records recs;
	int ret;

	ret = show_dump(ctx, &set_session, argc ? argv[0] : NULL, &recs);
	return ret ?: show_records(ctx, &set_session, &recs, false);
}
