/* SPDX-License-Identifier: GPL-2.0 */
/* Memory to copy through, where a backend's medium cannot reach the initiator's. */
#ifndef _TGTCORE_BOUNCE_H
#define _TGTCORE_BOUNCE_H

#include <linux/gfp.h>

#define BOUNCE_ORDER	4

/* Pages for __free_pages(), 1 << @order of them: some if they are to be had, else one. */
static inline struct page *bounce_alloc(unsigned int *order)
{
	struct page *page;

	*order = BOUNCE_ORDER;
	page = alloc_pages(GFP_NOIO | __GFP_NOWARN | __GFP_NORETRY, *order);
	if (page)
		return page;
	*order = 0;
	return alloc_page(GFP_NOIO);
}

#endif
