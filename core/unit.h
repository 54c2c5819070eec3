/* SPDX-License-Identifier: GPL-2.0 */
/* What initiators can change of a device, and what log pages count of it. */
#ifndef _TGTCORE_UNIT_H
#define _TGTCORE_UNIT_H

#include <tgtcore/tgtcore.h>

struct tgt_log_facts;
struct tgt_self_test;

void tgt_mode_itl(struct tgt_itl *itl);
void tgt_mode_get(struct tgt_device *dev, struct tgt_mode_state *state);
void tgt_mode_set(struct tgt_device *dev, const struct tgt_mode_state *state,
		  const struct tgt_itl *by);

int tgt_unit_init(struct tgt_device *dev, const char *modes, const char *ident);
void tgt_unit_exit(struct tgt_device *dev);

void tgt_log_itl_gone(struct tgt_itl *itl);
void tgt_log_error(struct tgt_cmd *cmd, bool write);
void tgt_log_facts(struct tgt_device *dev, struct tgt_log_facts *f);
void tgt_log_reset(struct tgt_device *dev, unsigned int what, const struct tgt_itl *by);

const u8 *tgt_self_test_begin(struct tgt_device *dev, u8 code);
void tgt_self_test_progress(struct tgt_device *dev, u16 progress);
void tgt_self_test_end(struct tgt_device *dev, struct tgt_self_test *t);
bool tgt_self_test_state(struct tgt_device *dev, u16 *progress);
bool tgt_self_test_abort(struct tgt_device *dev);
void tgt_self_test_stop(struct tgt_device *dev);
bool tgt_self_test_stopped(struct tgt_device *dev, unsigned long timeout);

void tgt_ident_get(struct tgt_device *dev, struct tgt_ident *ident);
void tgt_ident_change(struct tgt_device *dev, const struct tgt_ident *ident,
		      const struct tgt_itl *by);
u64 tgt_clock_get(struct tgt_device *dev, bool *set);
void tgt_clock_set(struct tgt_device *dev, u64 ms, const struct tgt_itl *by);

#define TGT_ECHO_MAX	4096	/* bytes of the echo buffer */

void tgt_echo_write(struct tgt_device *dev, const struct tgt_itl *by, const u8 *data, u32 len);
int tgt_echo_read(struct tgt_device *dev, const struct tgt_itl *by, u8 *data);
void tgt_echo_gone(struct tgt_itl *itl);

#endif
