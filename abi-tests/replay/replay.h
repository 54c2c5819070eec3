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
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include "../lld_probe/lld_probe.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* ---- a trace ------------------------------------------------------------------------------ */

#define PAGE		4096
#define EV_SIZE		64
#define EV_MAX		1024

struct trace {
	char	name[64];		/* scenario, or the file's name without .jsonl */
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
uint64_t u64_of(const json_t *line, const char *key);
bool has(const json_t *line, const char *key);
bool is_kind(const json_t *line, const char *kind);
json_t *u64_json(uint64_t v);
json_t *hex_json(const void *p, size_t len);
size_t unhex(const char *hex, void *out, size_t max);

/* ---- state shared with forked sessions ------------------------------------------------------ */

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
	uint64_t itn_trace[ITNS_MAX], itn_real[ITNS_MAX];
	int	nitns;
	bool	itn_expected;			/* the next nexus made has a pointer for its number */
	uint64_t addr_trace[ADDRS_MAX], addr_real[ADDRS_MAX];
	int	naddrs;
	int	minor;				/* of /dev/tgt, in the trace; -1: not told yet */

	/* ring.c */
	uint8_t	seen[2][EV_MAX][EV_SIZE];	/* at the recorder's last look */
	uint8_t	base[2][EV_MAX][EV_SIZE];	/* when something was last accounted for */
	int	real_slot[EV_MAX];
	int	shift;				/* our slot less the trace's */
	int	next_consume, next_u2k;
	bool	stale;				/* just opened: what is there is old */
	uint8_t	last_u2k[EV_SIZE];

	/* klog.c */
	struct klog_line klog[KLOG_MAX];
	int	nklog;
};

extern struct shared *S;

/* ---- what was asked for --------------------------------------------------------------------- */

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

/* ---- report.c ------------------------------------------------------------------------------- */

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

/* ---- names.c -------------------------------------------------------------------------------- */

void hosts_set(const json_t *line);
int host_index(int trace_no);			/* of enum lld_host, or -1 */
int host_to_real(int trace_no);
int host_to_trace(int real_no);
void itn_learn(uint64_t trace, uint64_t real);
uint64_t itn_to_real(uint64_t itn);
uint64_t itn_to_trace(uint64_t itn);
void addr_learn(uint64_t trace, uint64_t real);
uint64_t addr_to_trace(uint64_t addr);
void event_to_real(uint8_t *ev);
void event_to_trace(uint8_t *ev);
uint64_t get64(const uint8_t *p);
void put64(uint8_t *p, uint64_t v);
uint32_t get32(const uint8_t *p);
void put32(uint8_t *p, uint32_t v);
uint16_t get16(const uint8_t *p);
void put16(uint8_t *p, uint16_t v);
const char *name_to_real(const char *trace_name);	/* of a module or driver */
char *text_to_real(const char *text);		/* paths; malloc'ed */
char *text_to_trace(const char *text);		/* what a file says; malloc'ed */

/* ---- data.c --------------------------------------------------------------------------------- */

void data_reset(void);
void do_buf(const json_t *line);
bool in_area(uint64_t addr);
void fill(uint8_t *p, size_t len, uint32_t seed);
uint32_t crc32_of(const void *p, size_t len);
/* Bytes with this beginning, end and CRC-32; false if there are none. */
bool forge(uint8_t *p, size_t len, const uint8_t *head, size_t nhead, const uint8_t *tail,
	   size_t ntail, uint32_t crc);
size_t readable(uint64_t addr, size_t len, uint8_t *copy, size_t max);
/* Memory at the same offset in its page, followed by a hole; 0 if out of memory. */
uint64_t place(uint64_t addr, const void *bytes, size_t len);
uint64_t hole(uint64_t addr);
void do_target_buf(const json_t *line);

/* ---- ring.c --------------------------------------------------------------------------------- */

enum { K2U, U2K };

extern int ring_fd, second_fd;
extern uint8_t *ring;

size_t ring_bytes(void);
int ring_slots(void);
uint8_t *slot_at(int way, int slot);
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
void slot_fill(int slot, const uint8_t *ev);	/* user to kernel */
void slot_consume(int slot);
json_t *k2u_json(int trace_slot, const uint8_t *ev);
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

/* ---- summary.c ------------------------------------------------------------------------------ */

void do_full(const json_t *line);
void do_full_cmds(const json_t *line);
void do_u2k_full(const json_t *line);
void do_slots_with_status(const json_t *line);
void do_slot_dump(const json_t *line);
void do_consumed_until(const json_t *line);

/* ---- sys.c ---------------------------------------------------------------------------------- */

void do_sys(const json_t *line);
void do_private_slot(const json_t *line);
void sys_reset(void);
void child_write(const json_t *line);
void do_child(const json_t *line);

/* ---- lld.c ---------------------------------------------------------------------------------- */

int lld_fd(void);				/* opens it */
void lld_close(void);
void do_inject(const json_t *line);
void inject_later(const json_t *line);		/* in a while, by a thread; do_inject() ends it */
void do_lld(const json_t *line);
void do_lld_set(const json_t *line);
void do_lld_outstanding(const json_t *line);
void lld_check(void);				/* no record that is not in the trace */
int lld_drain(void);				/* number of transfer_response records */
int inject_tmf(int host, uint64_t itn, int function, uint64_t tag, uint64_t mid);
int inject_tur(int host, uint64_t itn, uint64_t tag);
int rport_add(void);

/* ---- klog.c --------------------------------------------------------------------------------- */

void klog_open(void);
void klog_forget(void);
void do_klog(const json_t *line);
void do_klog_more(const json_t *line);
void klog_check(void);

/* ---- sysfs.c -------------------------------------------------------------------------------- */

void do_file(const json_t *line);
void do_entry(const json_t *line);
void do_node(const json_t *line);
void do_dev(const json_t *line);
void do_module(const json_t *line);
int tgt_minor(void);				/* of the misc device; -1: there is none */

/* ---- modules.c ------------------------------------------------------------------------------ */

bool module_loaded(const char *name);
int module_load(const char *name);		/* 0 or -errno */
void modules_unload(void);
bool modules_fresh(void);

/* ---- observed.c ----------------------------------------------------------------------------- */

int observed_step(int from);			/* plays to the end of the step; where that is */

/* ---- main.c --------------------------------------------------------------------------------- */

extern bool ring_uaddr;				/* the step says: uaddr is in the ring */
extern bool in_child;				/* this is a forked session */
void play_line(json_t *line);
int session_child_end(int open_line);		/* line at which a forked session ends, or -1 */

#endif
