/* SPDX-License-Identifier: GPL-2.0 */
/* The saved file: what may stand in it. Pure. */
#ifndef TGTCTL_CONFIG_H
#define TGTCTL_CONFIG_H

#include <jansson.h>

#include "types.h"

#define CONFIG_FILE	"/etc/tgtcore.json"
#define CONFIG_KEY	"tgtcore"
#define CONFIG_VERSION	1
#define CONFIG_ERRORS	20	/* more are counted, not kept */

/**
 * struct config_errors - what is wrong with a file, each with its place in it
 * @text: the first CONFIG_ERRORS of them
 * @nr: all of them
 */
struct config_errors {
	char	*text[CONFIG_ERRORS];
	size_t	nr;
};

__printf(2, 3)
void config_error(struct config_errors *errors, const char *fmt, ...);
bool config_check(const json_t *root, struct config_errors *errors);
void config_errors_free(struct config_errors *errors);

const char *config_str(const json_t *obj, const char *key);
json_int_t config_int(const json_t *obj, const char *key);

#endif
