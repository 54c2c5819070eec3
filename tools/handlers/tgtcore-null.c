// SPDX-License-Identifier: GPL-2.0
/*
 * tgtcore-null NAME: answers at once, for measuring; the device is made with data=no.
 */
#include <err.h>
#include <stdlib.h>
#include <libtgtcore.h>

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	(void)priv;
	tgtcore_done(q, req, TGTCORE_USER_OK);
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = { .request = request };
	struct tgtcore *t;

	if (argc != 2)
		errx(2, "usage: tgtcore-null NAME");
	t = tgtcore_open(argv[1], 0);
	if (!t)
		err(1, "/dev/tgtcore/%s", argv[1]);
	if (!(tgtcore_info(t)->flags & TGTCORE_USER_NO_DATA))
		errx(1, "%s moves data; make it with data=no", argv[1]);
	if (tgtcore_start(t, &params) || tgtcore_run(t))
		err(1, "%s", argv[1]);
	tgtcore_close(t);
	return 0;
}
