/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recording one command: into this CPU's ring, without a lock. Whoever reads may be on another
 * CPU: it finds an entry whole or leaves it out.
 */
#ifndef _TGTCORE_RECENT_H
#define _TGTCORE_RECENT_H

#include <linux/percpu.h>
#include <linux/preempt.h>
#include <tgtcore/kcompat.h>
#include "core.h"

/* What makes an entry whole: which it is, SAM status, bytes of the CDB. */
static inline u32 tgt_recent_tag(u32 nr, u8 status, u8 cdb_len)
{
	return cdb_len << 24 | status << 16 | (u16)nr;
}

u32 tgt_recent_slow(struct tgt_recent *r, const struct tgt_cmd *cmd, u32 nr);

/*
 * A command that ended, @ns after it arrived. Without its tag an entry is none; should the
 * commands of an interrupt lap the ring meanwhile, it has an old one in the end.
 */
static inline void tgt_recent_cmd(struct tgt_itl_cpu __percpu *cpu, const struct tgt_cmd *cmd,
				  u64 ns)
{
	const u8 *cdb = cmd->cdb;
	struct tgt_recent *r;
	u32 nr, tag;

	preempt_disable();
	nr = this_cpu_inc_return(cpu->recent.nr);
	r = &this_cpu_ptr(cpu)->recent.cmd[nr % TGT_RECENT];
	OPTIMIZER_HIDE_VAR(r);	/* computed once, not for each field */
	WRITE_ONCE(r->tag, 0);
	smp_wmb();	/* pairs with tgt_recent_read() */
	WRITE_ONCE(r->start, cmd->start);
	WRITE_ONCE(r->ns, ns);
	if (likely(cmd->cdb_len == 10 && !cmd->status)) {
		WRITE_ONCE(r->cdb.u64[0], get_unaligned((const u64 *)cdb));
		WRITE_ONCE(r->cdb.u16[4], get_unaligned((const u16 *)(cdb + 8)));
		tag = tgt_recent_tag(nr, 0, 10);
	} else {
		tag = tgt_recent_slow(r, cmd, nr);
	}
	smp_store_release(&r->tag, tag);	/* likewise */
	preempt_enable();
}

#endif
