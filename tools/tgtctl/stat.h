/* SPDX-License-Identifier: GPL-2.0 */
/* tgtctl stat --daemons */
#ifndef TGTCTL_STAT_H
#define TGTCTL_STAT_H

#include <jansson.h>

#include "schema.h"

json_t *stat_daemon_rows(const struct records *before, const struct records *recs);
void stat_daemon_table(const json_t *rows);

#endif
