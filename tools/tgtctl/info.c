// SPDX-License-Identifier: GPL-2.0
/* tgtctl info */
#include <linux/tgtcore.h>
#include <stdlib.h>

#include "tgtctl.h"

int do_info(struct ctx *ctx, int argc, char **argv)
{
	struct record *rec;
	json_t *info;

	(void)argc;
	(void)argv;
	tnl_request(&ctx->nl, TGTCORE_CMD_INFO_GET);
	if (tnl_open(&ctx->nl, 0))
		return EXIT_FAILURE;
	if (tnl_call(&ctx->nl, &rec) || !rec)
		return tnl_fail(&ctx->nl, "info");
	info = record_json(rec, 0);
	free(rec);
	if (ctx->given & OPT_JSON)
		out_json(info);
	else
		out_object(info, &set_info);
	json_decref(info);
	return EXIT_SUCCESS;
}
