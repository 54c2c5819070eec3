/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to tgtcore_lio.ko, see docs/lio.md.
 *
 *   lio.c        LIO's side: storage objects
 *   lio_port.c   our side: target ports
 *   lio_nexus.c  I_T nexuses, how a command finds its own, and how they age
 *   lio_cmd.c    commands and task management
 *   lio_id.c     names and TransportIDs
 */
#ifndef _TGT_LIO_H
#define _TGT_LIO_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#ifdef CONFIG_DCACHE_WORD_ACCESS
#include <asm/word-at-a-time.h>
#endif
#include <target/target_core_base.h>
#include <target/target_core_backend.h>
#include <target/target_core_fabric.h>
#include <tgtcore/bits.h>
#include <tgtcore/kcompat.h>
#include <tgtcore/tgtcore.h>
#include "lio_id.h"

#define LIO_FABRIC		"lio"
#define LIO_CHUNK		4	/* commands allocated at a time: less than a page */
#define LIO_CMDS		2048	/* commands of a nexus */
#define LIO_PATHS		16	/* hash buckets of a storage object */
#define LIO_SID_LEN		16	/* ISID as LIO has it: 12 digits */
#define LIO_PROTOCOLS		16

struct lio_nexus;

/**
 * struct lio_cmd - a command of LIO's that is with the engine
 * @cmd: for the engine
 * @se_cmd: LIO's
 * @nexus: whose it is
 * @ref: the engine, whoever looks at it; LIO gets its command back with the last
 * @bit: place in nexus->map
 * @sense: for the engine
 */
struct lio_cmd {
	struct tgt_cmd		cmd;
	struct se_cmd		*se_cmd;
	struct lio_nexus	*nexus;
	refcount_t		ref;
	u32			bit;
	u8			sense[TGT_SENSE_LEN];
};

/**
 * struct lio_port - a target port
 *
 * From ->target_create to ->target_remove.
 *
 * @target: the engine's
 * @node: in lio_ports
 * @nexuses: of initiators
 * @ending: nexuses that are off that list and end
 * @bound: who it is has been seen
 * @fabric_len: bytes of id.fabric with its NUL
 * @wwn_len: of id.wwn
 * @id: that
 */
struct lio_port {
	struct tgt_target	*target;
	struct list_head	node;
	struct list_head	nexuses;
	u32			ending;
	bool			bound;
	u8			fabric_len;
	u8			wwn_len;
	struct lio_port_id	id __aligned(sizeof(long));
};

/**
 * struct lio_nexus - an I_T nexus
 *
 * From the first command of an initiator until it has gone from LIO's lists; freed by RCU.
 *
 * @port: target port
 * @sess: the engine's
 * @map: places of @chunk that are taken
 * @chunk: commands
 * @node: in port->nexuses
 * @busy: task management functions of it
 * @dying: there may be no more
 * @used: a command came since somebody looked
 * @seen: LIO has a session of it
 * @missed: looks in a row that found no such session
 * @initiator_len: bytes of @initiator with its NUL
 * @sid_len: of @sid
 * @initiator: name
 * @sid: ISID as digits, or empty
 * @rcu: frees it
 */
struct lio_nexus {
	struct lio_port		*port;
	struct tgt_session	*sess;
	struct sbitmap		map;
	struct lio_cmd		*chunk[LIO_CMDS / LIO_CHUNK];
	struct list_head	node;
	atomic_t		busy;
	bool			dying;
	bool			used;
	bool			seen;
	u8			missed;
	u8			initiator_len;
	u8			sid_len;
	char			initiator[TRANSPORT_IQN_LEN] __aligned(sizeof(long));
	char			sid[LIO_SID_LEN] __aligned(sizeof(long));
	struct rcu_head		rcu;
};

/**
 * struct lio_path - how commands of a session for a LUN get to their I_T_L nexus
 *
 * Until its nexus or storage object goes, or nobody has used it for long; freed by RCU.
 *
 * @se_sess: where to look; who it is, is compared for each command
 * @number: LUN of the port
 * @nexus: I_T nexus
 * @itl: I_T_L nexus, with a reference
 * @used: a command took it since somebody looked
 * @missed: looks in a row that found it unused
 * @node: in lio_dev.paths
 * @rcu: frees it
 */
struct lio_path {
	const struct se_session	*se_sess;
	u64			number;
	struct lio_nexus	*nexus;
	struct tgt_itl		*itl;
	bool			used;
	u8			missed;
	struct hlist_node	node;
	struct rcu_head		rcu;
};

/**
 * struct lio_dev - a storage object
 *
 * LIO's, from its directory to that directory's end.
 *
 * @se_dev: LIO's
 * @facts: of the device
 * @name: of the device
 * @claim: what the device is told to be
 * @paths: RCU; writers hold lio_mutex
 * @node: in lio_devs, while it is enabled
 */
struct lio_dev {
	struct se_device	se_dev;
	struct tgt_device_facts	facts;
	char			name[TGT_NAME_MAX + 1];
	char			claim[96];
	struct hlist_head	paths[LIO_PATHS];
	struct list_head	node;
};

/*
 * Compares a name of LIO's with one of ours, whose NUL is its byte @len - 1 of an array of whole
 * words, zeros after it. A word is read only when all before it are the same and so have no NUL:
 * it begins within LIO's string, and may reach beyond it.
 */
static inline bool lio_name_is(const char *ours, u32 len, const char *theirs)
{
#ifdef CONFIG_DCACHE_WORD_ACCESS
	const unsigned long *word = (const unsigned long *)ours;
	const u32 size = sizeof(*word);

	for (; len > size; len -= size, theirs += size)
		if (*word++ != load_unaligned_zeropad(theirs))
			return false;
	return !((*word ^ load_unaligned_zeropad(theirs)) &
		 (len == size ? ~0UL : bytemask_from_count(len)));
#else
	return !strcmp(ours, theirs);
#endif
}

static inline struct lio_dev *lio_dev(struct se_device *se_dev)
{
	return container_of(se_dev, struct lio_dev, se_dev);
}

/*
 * lio_make_mutex: ports, nexuses and paths are made, and nexuses ended, one at a time. lio_mutex:
 * the lists of storage objects, ports, nexuses and paths; the engine is not called under it.
 */
extern struct mutex lio_make_mutex;
extern struct mutex lio_mutex;
extern struct list_head lio_devs;
extern struct list_head lio_ports;

/* lio_port.c */
int lio_fabric_register(void);
void lio_fabric_unregister(void);
struct lio_port *lio_port_of(struct se_portal_group *tpg);
struct lio_port *lio_port_make(struct se_portal_group *tpg);
bool lio_port_is(const struct lio_port *port, struct se_portal_group *tpg);
void lio_ports_reap(void);

/* lio_nexus.c */
struct lio_path *lio_path_find(struct lio_dev *ld, struct se_session *se_sess,
			       const struct se_lun *lun);
int lio_path_make(struct lio_dev *ld, struct se_session *se_sess, const struct se_lun *lun);
void lio_paths_drop(struct lio_dev *ld, struct lio_nexus *nexus);
bool lio_nexus_enter(struct lio_nexus *nexus);
void lio_nexus_leave(struct lio_nexus *nexus);
void lio_nexus_unlink(struct lio_nexus *nexus);
void lio_nexus_end(struct lio_nexus *nexus);
void lio_age_start(void);
void lio_age_stop(void);

/* lio_cmd.c */
sense_reason_t lio_execute(struct se_cmd *se_cmd);
void lio_tmr_notify(struct se_device *se_dev, enum tcm_tmreq_table type,
		    struct list_head *aborted);
void lio_response(struct tgt_cmd *cmd);
void lio_iter(struct tgt_session *sess, void (*fn)(struct tgt_cmd *cmd, void *data), void *data);

#endif
