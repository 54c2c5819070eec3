/* SPDX-License-Identifier: GPL-2.0 */
/*
 * replay: plays a trace of the old scsi_tgt against today's, line by line.
 *
 * A line of a trace is either something its recorder did, which is done again, or something it
 * saw, which is looked at again, put into the trace's own terms (host numbers, addresses) and
 * compared. What is seen and not in the trace is a difference as well.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <jansson.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include "../lld_probe/lld_probe.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* ---- a trace ---------------------------------------------------------------------------- */

#define PAGE		4096		/* the recorder's; here one may be larger */
#define EV_SIZE		64
#define EV_MAX		1024

struct trace {
	char	name[64];		/* scenario, or the file's name without .jsonl */
	char	file[128];		/* the file's name */
	json_t	**line;
	int	n;
	bool	observed;		/* of a daemon at work: see observed.c */
};

bool trace_load(struct trace *t, const char *path);
void trace_free(struct trace *t);
/* Of a host parameter that a trace tells in the names of its steps; 0: none. */
unsigned int trace_param(const struct trace *t, const char *name);

const char *kind_of(const json_t *line);
const char *str_of(const json_t *line, const char *key);	/* "" if it has none */
long long int_of(const json_t *line, const char *key);		/* 0 if it has none */
__u64 u64_of(const json_t *line, const char *key);
bool has(const json_t *line, const char *key);
bool is_kind(const json_t *line, const char *kind);
json_t *u64_json(__u64 v);
json_t *hex_json(const void *p, size_t len);
size_t unhex(const char *hex, void *out, size_t max);

/* ---- state shared with forked sessions -------------------------------------------------- */

#define HOSTS_MAX	3
#define SKIPS_MAX	8
#define DEVIATIONS_MAX	128
#define KLOG_MAX	512
#define ITNS_MAX	16
#define ADDRS_MAX	256

struct skipped {
	char	why[160];
	int	lines, first;
};

struct klog_line {
	int	level;
	char	text[400];
};

struct shared {
	/* report.c */
	int	tests, failed, skipped, deviated;
	char	step[256];
	int	compared, differences, declared, step_line;
	struct skipped skips[SKIPS_MAX];
	int	nskips;
	bool	deviation_seen[DEVIATIONS_MAX];
	size_t	diag_len;
	char	diag[1 << 16];

	int	pos;				/* line being played */

	/* the trace's names of things and ours */
	int	host_trace[HOSTS_MAX], host_real[HOSTS_MAX], nhosts;
	__u64 itn_trace[ITNS_MAX], itn_real[ITNS_MAX];
	int	nitns;
	bool	itn_expected;			/* the next nexus made is a pointer */
	__u64 addr_trace[ADDRS_MAX], addr_real[ADDRS_MAX];
	int	naddrs;
	int	minor;				/* of /dev/tgt, in the trace; -1: not told yet */

	/* ring.c */
	__u8	seen[2][EV_MAX][EV_SIZE];	/* at the recorder's last look */
	__u8	base[2][EV_MAX][EV_SIZE];	/* when something was last accounted for */
	int	real_slot[EV_MAX];
	int	shift;				/* our slot less the trace's */
	int	next_consume, next_u2k;
	bool	stale;				/* just opened: what is there is old */
	__u8	last_u2k[EV_SIZE];

	/* klog.c */
	struct klog_line klog[KLOG_MAX];
	int	nklog;
};

extern struct shared *S;

/* ---- what was asked for ----------------------------------------------------------------- */

struct options {
	bool		strict;			/* how the module is loaded now */
	bool		both;			/* once so and once not */
	bool		verbose;
	const char	*moddir;
	const char	*tables;		/* directory of deviations, not-ours */
};

extern struct options opt;
extern struct trace *T;				/* being played */

json_t *line_at(int i);				/* NULL past the end */
int step_end_of(int i);				/* index of the next step line, or of the end */

/* ---- report.c --------------------------------------------------------------------------- */

void tables_load(void);
void step_begin(const char *name);
void step_end(void);
void remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void skip_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Compare; takes over "actual". Returns whether they are equal. */
bool compare(const json_t *expected, json_t *actual);
/* One side is NULL. Takes over "actual". kind as in the table of deviations. */
void differ(const char *kind, const json_t *expected, json_t *actual);
void problem(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Why a line is none of the module's business, or NULL. */
const char *not_ours(const char *kind, const char *subject);
void scenario_end(void);
int report_end(void);

/* ---- names.c ---------------------------------------------------------------------------- */

void hosts_set(const json_t *line);
int host_index(int trace_no);			/* of enum lld_host, or -1 */
int host_to_real(int trace_no);
int host_to_trace(int real_no);
void itn_learn(__u64 trace, __u64 real);
__u64 itn_to_real(__u64 itn);
__u64 itn_to_trace(__u64 itn);
void addr_learn(__u64 trace, __u64 real);
__u64 addr_to_trace(__u64 addr);
void event_to_real(__u8 *ev);
void event_to_trace(__u8 *ev);
void event_of(const json_t *line, __u8 *ev);	/* EV_SIZE bytes */
json_t *event_json(const __u8 *ev);
__u64 get64(const __u8 *p);
void put64(__u8 *p, __u64 v);
__u32 get32(const __u8 *p);
void put32(__u8 *p, __u32 v);
__u16 get16(const __u8 *p);
void put16(__u8 *p, __u16 v);
const char *name_to_real(const char *trace_name);	/* of a module or driver */
char *text_to_real(const char *text);		/* paths; malloc'ed */
char *text_to_trace(const char *text);		/* what a file says; malloc'ed */

/* ---- data.c ----------------------------------------------------------------------------- */

void data_reset(void);
void do_buf(const json_t *line);
bool in_area(__u64 addr);
__u64 area_to_real(__u64 addr);
void fill(__u8 *p, size_t len, __u32 seed);
__u32 crc32_of(const void *p, size_t len);
/* Bytes with this beginning, end and CRC-32; false if there are none. */
bool forge(__u8 *p, size_t len, const __u8 *head, size_t nhead, const __u8 *tail,
	   size_t ntail, __u32 crc);
size_t readable(__u64 addr, size_t len, __u8 *copy, size_t max);
/* Memory at the same offset in its page, followed by a hole; 0 if out of memory. */
__u64 place(__u64 addr, const void *bytes, size_t len);
__u64 hole(__u64 addr);
void do_target_buf(const json_t *line);

/* ---- ring.c ----------------------------------------------------------------------------- */

enum { K2U, U2K };

extern int ring_fd, second_fd;
extern __u8 *ring;

size_t ring_bytes(void);
int ring_slots(void);
__u8 *slot_at(int way, int slot);
void node_make(void);
void node_remove(void);
const char *node_path(void);
int session_open(void);				/* ring_fd or -errno */
int session_map(void);				/* 0 or -errno */
void session_unmap(void);
void session_close(void);			/* everything */
void session_close_fd(void);
void ring_sync(void);				/* what is there now is accounted for */
void ring_check(void);				/* nothing there that is not */
void slot_fill(int slot, const __u8 *ev);	/* user to kernel */
void slot_consume(int slot);
json_t *k2u_json(int trace_slot, const __u8 *ev);
void do_ring_initial(const json_t *line);
int k2u_find(const json_t *line);		/* our slot of a new event; -1: it is missing */
void slot_account(int way, int slot);
void do_k2u(const json_t *line);
void do_consume(const json_t *line);
void do_u2k(const json_t *line);
void do_u2k_data(const json_t *line);
void do_u2k_sense(const json_t *line);
void do_u2k_after(const json_t *line);
void do_poll(const json_t *line);
void do_epoll(const json_t *line);
void do_same_pages(const json_t *line);
void poll_reset(void);

/* ---- summary.c -------------------------------------------------------------------------- */

void do_full(const json_t *line);
void do_full_cmds(const json_t *line);
void do_u2k_full(const json_t *line);
void do_slots_with_status(const json_t *line);
void do_slot_dump(const json_t *line);
void do_consumed_until(const json_t *line);

/* ---- sys.c ------------------------------------------------------------------------------ */

void do_sys(const json_t *line);
void do_private_slot(const json_t *line);
void sys_reset(void);
void child_write(const json_t *line);
void do_child(const json_t *line);

/* ---- lld.c ------------------------------------------------------------------------------ */

int lld_fd(void);				/* opens it */
void lld_close(void);
void do_inject(const json_t *line);
void inject_later(const json_t *line);		/* in a while, by a thread; do_inject() ends it */
void do_lld(const json_t *line);
void do_lld_set(const json_t *line);
void do_lld_outstanding(const json_t *line);
void lld_check(void);				/* no record that is not in the trace */
int lld_drain(void);				/* number of transfer_response records */
int inject_tmf(int host, __u64 itn, int function, __u64 tag, __u64 mid);
int inject_tur(int host, __u64 itn, __u64 tag);
int rport_add(void);

/* ---- klog.c ----------------------------------------------------------------------------- */

void klog_open(void);
void klog_forget(void);
void do_klog(const json_t *line);
void do_klog_more(const json_t *line);
void klog_check(void);
void klog_pace(void);

/* ---- sysfs.c ---------------------------------------------------------------------------- */

void do_file(const json_t *line);
void do_entry(const json_t *line);
void do_node(const json_t *line);
void do_dev(const json_t *line);
void do_module(const json_t *line);
int tgt_minor(void);				/* of the misc device; -1: there is none */

/* ---- modules.c -------------------------------------------------------------------------- */

bool module_loaded(const char *name);
int module_load(const char *name);		/* 0 or -errno */
void modules_unload(void);
bool modules_fresh(void);

/* ---- observed.c ------------------------------------------------------------------------- */

int observed_step(int from);			/* plays to the end of the step; where that is */

/* ---- main.c ----------------------------------------------------------------------------- */

extern bool ring_uaddr;				/* the step says: uaddr is in the ring */
extern bool in_child;				/* this is a forked session */
void play_line(json_t *line);
int session_child_end(int open_line);		/* line at which a forked session ends, or -1 */

#endif
