/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asymmetric logical unit access, SPC-5 5.16: the states of target port groups as one logical
 * unit sees them. Pure: also built in user space for the unit tests.
 */
#ifndef _TGTCORE_ALUA_H
#define _TGTCORE_ALUA_H

#include <tgtcore/tgtcore.h>
#include "resp.h"

/* ASYMMETRIC ACCESS STATE, SPC-5 6.36 */
enum tgt_alua_state {
	TGT_ALUA_OPTIMIZED	= 0x0,
	TGT_ALUA_NON_OPTIMIZED	= 0x1,
	TGT_ALUA_STANDBY	= 0x2,
	TGT_ALUA_UNAVAILABLE	= 0x3,
	TGT_ALUA_LBA_DEPENDENT	= 0x4,		/* not supported */
	TGT_ALUA_OFFLINE	= 0xe,
	TGT_ALUA_TRANSITIONING	= 0xf,
};

/* STATUS CODE, likewise: how a group came into its state */
enum tgt_alua_status {
	TGT_ALUA_STATUS_NONE,
	TGT_ALUA_STATUS_EXPLICIT,
	TGT_ALUA_STATUS_IMPLICIT,
};

/* In which states a command is executed. */
enum tgt_alua_class {
	TGT_ALUA_CLASS_ACTIVE,		/* when active, optimized or not */
	TGT_ALUA_CLASS_STANDBY,		/* ... and in standby */
	TGT_ALUA_CLASS_SETTLED,		/* in all but transitioning */
	TGT_ALUA_CLASS_ALWAYS,
};

/**
 * struct tgt_alua_group - a target port group
 * @id: TARGET PORT GROUP
 * @state: &enum tgt_alua_state
 * @before: the state it was in before it was transitioning
 * @status: &enum tgt_alua_status
 * @pref: preferred
 */
struct tgt_alua_group {
	u16	id;
	u8	state;
	u8	before;
	u8	status;
	bool	pref;
};

/**
 * struct tgt_alua_port - a target port of a group
 * @rtpi: relative target port identifier
 * @group: id of the group
 */
struct tgt_alua_port {
	u16	rtpi;
	u16	group;
};

/* What a change comes to: the unit attention that is due for it. */
enum tgt_alua_change {
	TGT_ALUA_SAME,
	TGT_ALUA_CHANGED,
	TGT_ALUA_FAILED,
};

const char *tgt_alua_state_name(u8 state);
int tgt_alua_state_parse(const char *text, size_t len);
bool tgt_alua_state_valid(u8 state);
enum tgt_sense tgt_alua_filter(u8 state, enum tgt_alua_class class);
bool tgt_alua_absent(u8 state);
enum tgt_alua_change tgt_alua_implicit(struct tgt_alua_group *g, u8 state);
enum tgt_sense tgt_alua_explicit(struct tgt_alua_group *groups, u32 nr, const u8 *list, u32 len,
				 bool *changed);
bool tgt_alua_report(struct tgt_resp *r, u8 format, const struct tgt_alua_group *groups, u32 nr,
		     const struct tgt_alua_port *ports, u32 nr_ports);

#endif
