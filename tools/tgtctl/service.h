/* SPDX-License-Identifier: GPL-2.0 */
/* Daemons of devices of backend user, by the device's option service=. */
#ifndef TGTCTL_SERVICE_H
#define TGTCTL_SERVICE_H

#include <jansson.h>
#include <stdbool.h>

#include "types.h"

#define SERVICE_WAIT_S	60.0

bool backend_has_service(const char *backend);
const char *service_of(const json_t *dev);
char *service_missing(const char *service);
int service_create(const char *device, const char *service);
int service_start(const char *device, const char *service, double timeout);
void service_stop(const char *device, const char *service);

#endif
