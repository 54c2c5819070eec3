/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Persistent reservations as a pure state machine, SPC-5 5.14, 6.16 and 6.17, and RESERVE and
 * RELEASE of SPC-2 with the exceptions of SPC-5 5.14.3. Also built in user space for the tests.
 *
 * A state never changes: a command makes the next one of it, beside what it does to others, and
 * whoever called decides whether that comes into force. So it can be written to a disk first,
 * and read without a lock meanwhile.
 */
#ifndef _TGTCORE_PR_H
#define _TGTCORE_PR_H

#include <tgtcore/tgtcore.h>
#include "param.h"
#include "resp.h"

#define TGT_PR_MAX		1024	/* registrations of a logical unit */
#define TGT_PR_OUT_LEN		24	/* parameter list without TransportIDs */
#define TGT_PR_SCOPE_LU		0
#define TGT_PR_NO_HOLDER	0xffffffff

enum tgt_pr_type {
	TGT_PR_WE = 1,			/* Write Exclusive */
	TGT_PR_EA = 3,			/* Exclusive Access */
	TGT_PR_WE_RO = 5,		/* ... - Registrants Only */
	TGT_PR_EA_RO = 6,
	TGT_PR_WE_AR = 7,		/* ... - All Registrants */
	TGT_PR_EA_AR = 8,
};

enum tgt_pr_in_sa {
	TGT_PR_READ_KEYS,
	TGT_PR_READ_RESERVATION,
	TGT_PR_REPORT_CAPABILITIES,
	TGT_PR_READ_FULL_STATUS,
};

enum tgt_pr_out_sa {
	TGT_PR_REGISTER,
	TGT_PR_RESERVE,
	TGT_PR_RELEASE,
	TGT_PR_CLEAR,
	TGT_PR_PREEMPT,
	TGT_PR_PREEMPT_ABORT,
	TGT_PR_REGISTER_IGNORE,
	TGT_PR_REGISTER_MOVE,
	TGT_PR_REPLACE_LOST,
};

/* What a command comes to. */
enum tgt_pr_error {
	TGT_PR_OK,
	TGT_PR_CONFLICT,	/* status RESERVATION CONFLICT */
	TGT_PR_BAD_CDB,		/* INVALID FIELD IN CDB */
	TGT_PR_BAD_PARAM,	/* INVALID FIELD IN PARAMETER LIST */
	TGT_PR_BAD_LENGTH,	/* PARAMETER LIST LENGTH ERROR */
	TGT_PR_BAD_RELEASE,	/* INVALID RELEASE OF PERSISTENT RESERVATION */
	TGT_PR_RESOURCES,	/* INSUFFICIENT REGISTRATION RESOURCES */
	TGT_PR_LOST,		/* PERSISTENT RESERVATION INFORMATION LOST */
	TGT_PR_STORE,		/* INTERNAL TARGET FAILURE: it cannot be kept */
	TGT_PR_BUSY,		/* no memory: status BUSY */
	__TGT_PR_ERROR_MAX,
};

/* Status, and with CHECK CONDITION the sense, of each. */
struct tgt_pr_status {
	u8	status;
	u8	key;
	u8	asc;
	u8	ascq;
};

extern const struct tgt_pr_status tgt_pr_status[__TGT_PR_ERROR_MAX];

/* What happens to a registrant. */
#define TGT_PR_RES_PREEMPTED	0x01	/* unit attention RESERVATIONS PREEMPTED */
#define TGT_PR_RES_RELEASED	0x02	/* unit attention RESERVATIONS RELEASED */
#define TGT_PR_REG_PREEMPTED	0x04	/* unit attention REGISTRATIONS PREEMPTED */
#define TGT_PR_ABORT		0x08	/* its commands are aborted, but for the PR OUT itself */

/* Which commands of a nexus a reservation refuses. */
#define TGT_PR_NO_READ		0x01	/* those that conflict with Exclusive Access */
#define TGT_PR_NO_WRITE		0x02	/* those that conflict with Write Exclusive */
#define TGT_PR_NO_OTHER		0x04	/* those that only RESERVE or a loss keeps out */

/* An I_T nexus: it need not be there. */
struct tgt_pr_nexus {
	const u8	*tid;		/* TransportID, SPC-5 7.6.4 */
	u16		tid_len;
	u16		rtpi;		/* relative target port identifier */
};

/* A target port through which the logical unit is reached. */
struct tgt_pr_port {
	u16		rtpi;
	u8		protocol;
};

/**
 * struct tgt_pr_reg - a registration
 * @key: reservation key, not 0
 * @was: its place in the state this one was made of, or -1
 * @rtpi: target port
 * @tid_len: bytes at @tid
 * @tid: initiator port
 */
struct tgt_pr_reg {
	u64		key;
	int		was;
	u16		rtpi;
	u16		tid_len;
	u8		tid[TGT_TRANSPORT_ID_MAX];
};

/**
 * struct tgt_pr - all there is to know; NULL is a state too: nobody has registered yet
 * @rcu: whoever keeps it
 * @generation: PRGENERATION
 * @type: of the persistent reservation, or 0: none
 * @aptpl: kept through loss of power
 * @lost: what was to be kept so has been lost (SPC-5 5.14.5.3)
 * @reserved: by RESERVE of SPC-2
 * @reserver: whose, if @reserved; nothing else there counts
 * @holder: place in @reg of the holder, or -1: none, or all
 * @nr: registrations
 * @max: there is room for
 * @reg: in the order they were made
 */
struct tgt_pr {
	struct rcu_head		rcu;
	u32			generation;
	u8			type;
	bool			aptpl;
	bool			lost;
	bool			reserved;
	struct tgt_pr_reg	reserver;
	int			holder;
	u32			nr;
	u32			max;
	struct tgt_pr_reg	reg[];
};

/**
 * struct tgt_pr_req - a PERSISTENT RESERVE OUT command
 * @nexus: where it came from
 * @ports: all target ports
 * @nr_ports: how many
 * @sa: &enum tgt_pr_out_sa
 * @scope: of the CDB
 * @type: of the CDB
 * @ptpl: persistence through power loss can be had
 * @nuar: NUAR=1: a reservation that is released is nobody's unit attention
 * @param: parameter list
 * @len: its bytes, PARAMETER LIST LENGTH
 */
struct tgt_pr_req {
	struct tgt_pr_nexus		nexus;
	const struct tgt_pr_port	*ports;
	u32				nr_ports;
	u8				sa;
	u8				scope;
	u8				type;
	bool				ptpl;
	bool				nuar;
	const u8			*param;
	u32				len;
};

/**
 * struct tgt_pr_result - what it does
 * @next: the next state, or NULL: no change
 * @effect: TGT_PR_* for each registration of the old state, or NULL: nothing for any of them
 */
struct tgt_pr_result {
	struct tgt_pr	*next;
	u8		*effect;
};

bool tgt_pr_type_valid(u8 type);
bool tgt_pr_all_registrants(u8 type);
bool tgt_pr_tid_valid(const u8 *tid, u32 len);
const char *tgt_pr_add(struct tgt_pr *pr, u64 key, const struct tgt_pr_nexus *n);
const char *tgt_pr_hold(struct tgt_pr *pr, u8 type, u32 holder);
bool tgt_pr_is_holder(const struct tgt_pr *pr, int i);
int tgt_pr_find(const struct tgt_pr *pr, const struct tgt_pr_nexus *n);
struct tgt_pr *tgt_pr_copy(const struct tgt_pr *pr, u32 room);
void tgt_pr_free(struct tgt_pr *pr);
void tgt_pr_result_free(struct tgt_pr_result *res);

enum tgt_pr_error tgt_pr_out(const struct tgt_pr *pr, const struct tgt_pr_req *req,
			     struct tgt_pr_result *res);
enum tgt_pr_error tgt_pr_reserve6(const struct tgt_pr *pr, const struct tgt_pr_nexus *n,
				  struct tgt_pr_result *res);
enum tgt_pr_error tgt_pr_release6(const struct tgt_pr *pr, const struct tgt_pr_nexus *n,
				  struct tgt_pr_result *res);
u8 tgt_pr_conflict(const struct tgt_pr *pr, const struct tgt_pr_nexus *n);

/* pr_replace.c */
enum tgt_pr_error tgt_pr_replace(const struct tgt_pr *pr, const struct tgt_pr *by,
				 struct tgt_pr_result *res);

/* pr_in.c */
enum tgt_pr_error tgt_pr_in(const struct tgt_pr *pr, u8 sa, bool ptpl, struct tgt_resp *r);

/* pr_file.c */
#define TGT_PR_ID_MAX		36	/* bytes of the identity of a logical unit, in its file */
#define TGT_PR_SLOT		0x44000	/* bytes an image may have; the file has two */

/**
 * struct tgt_pr_place - where in its file a state was found
 * @seq: number of the image
 * @slot: 0 or 1
 * @twins: the other slot has the same image
 */
struct tgt_pr_place {
	u64	seq;
	u8	slot;
	bool	twins;
};

extern const char *const tgt_pr_no_memory;

u32 tgt_pr_image_len(const struct tgt_pr *pr);
void tgt_pr_export(const struct tgt_pr *pr, const char *id, u64 seq, struct tgt_resp *r);
struct tgt_pr *tgt_pr_import(const u8 *buf, u32 len, const char *id, u64 *seq,
			     const char **why);
struct tgt_pr *tgt_pr_pick(const u8 *file, u32 len, const char *id, struct tgt_pr_place *at,
			   const char **why);

#endif
