/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_SHIM_LIST_H
#define _UNIT_SHIM_LIST_H

#include "../shim.h"

static inline int list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

#endif
