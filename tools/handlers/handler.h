/* SPDX-License-Identifier: GPL-2.0 */
/* What the daemons have in common: their arguments, and a daemon's duties. */
#ifndef _TGTCORE_HANDLER_H
#define _TGTCORE_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <libtgtcore.h>

#define HANDLER_NO_DEVICE	3	/* exit status */

/**
 * struct handler - a daemon
 * @program: what it is called
 * @args: its arguments after NAME, for the usage line
 * @help: what it does, in lines of text
 * @max_args: how many it takes
 * @name: the device
 * @arg: those given; NULL: it was not
 * @can_take_over: there is --takeover
 * @create: --create was given: make what is not there yet, and end
 * @takeover: --takeover was given: another may serve it, and is to leave
 * @queues: of -q, or 0
 * @others: a library has threads of its own: stacks stay as long as they are, and are locked as far
 *	as they are used
 * @t: the device, when it is open
 */
struct handler {
	const char	*program;
	const char	*args;
	const char	*help;
	int		max_args;
	bool		can_take_over;
	const char	*name;
	const char	*arg;
	bool		create;
	bool		takeover;
	unsigned int	queues;
	bool		others;
	struct tgtcore	*t;
};

void handler_args(struct handler *h, int argc, char **argv);
void handler_open(struct handler *h);
const char *handler_config(struct handler *h, const char *what);
void handler_shield(const struct handler *h);
void handler_takeover(const struct handler *h);
void handler_ready(struct handler *h);
void handler_run(struct handler *h, void *(*serve)(void *worker), void *workers, size_t size);
bool handler_stopping(void);

#endif
