// SPDX-License-Identifier: GPL-2.0
/*
 * tgtcore-null NAME: answers at once, for measuring; the device is made with data=no.
 */
#include <err.h>
#include <stdlib.h>
#include "handler.h"

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	(void)priv;
	tgtcore_done(q, req, TGTCORE_USER_OK);
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = { .request = request };
	struct handler h = {
		.program = "tgtcore-null",
		.args = "",
		.help = "Answers all commands for the device NAME of backend user, made with\n"
			"data=no, at once: for measuring.",
	};

	handler_args(&h, argc, argv);
	handler_open(&h);
	if (!(tgtcore_info(h.t)->flags & TGTCORE_USER_NO_DATA))
		errx(1, "%s moves data; make it with data=no", h.name);
	if (h.create)
		return 0;
	handler_shield(&h);
	if (tgtcore_start(h.t, &params))
		err(1, "%s", h.name);
	handler_ready(&h);
	if (tgtcore_run(h.t))
		err(1, "%s", h.name);
	tgtcore_close(h.t);
	return 0;
}
