/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * tgtcore: control plane of the SCSI target engine, on generic netlink.
 *
 * docs/netlink/tgtcore.yaml describes the same in the form of the kernel's netlink specs.
 * Numbers here are never changed or used again. A request may only carry the attributes
 * of its object's set, as the tables below say.
 */
#ifndef _UAPI_LINUX_TGTCORE_H
#define _UAPI_LINUX_TGTCORE_H

#define TGTCORE_GENL_NAME	"tgtcore"
#define TGTCORE_GENL_VERSION	1
#define TGTCORE_MCGRP_EVENTS	"events"

/* Commands. The *_NTF ones are only ever sent by the kernel, to the group "events". */
enum {
	TGTCORE_CMD_UNSPEC,

	TGTCORE_CMD_INFO_GET,		/* do: set "info" */

	TGTCORE_CMD_DEVICE_CREATE,	/* set "device" */
	TGTCORE_CMD_DEVICE_SET,
	TGTCORE_CMD_DEVICE_DELETE,
	TGTCORE_CMD_DEVICE_GET,		/* do and dump */

	TGTCORE_CMD_TARGET_CREATE,	/* set "target" */
	TGTCORE_CMD_TARGET_DELETE,
	TGTCORE_CMD_TARGET_GET,

	TGTCORE_CMD_LUN_CREATE,		/* set "lun" */
	TGTCORE_CMD_LUN_DELETE,
	TGTCORE_CMD_LUN_GET,

	TGTCORE_CMD_GROUP_CREATE,	/* set "group" */
	TGTCORE_CMD_GROUP_DELETE,
	TGTCORE_CMD_GROUP_ADD,
	TGTCORE_CMD_GROUP_REMOVE,
	TGTCORE_CMD_GROUP_GET,

	TGTCORE_CMD_SESSION_GET,	/* set "session"; do and dump */
	TGTCORE_CMD_STAT_GET,		/* set "stat"; dump: a record per I_T_L nexus and per LUN */

	TGTCORE_CMD_DEVICE_NTF,		/* created, changed */
	TGTCORE_CMD_DEVICE_GONE_NTF,
	TGTCORE_CMD_TARGET_NTF,
	TGTCORE_CMD_TARGET_GONE_NTF,
	TGTCORE_CMD_LUN_NTF,
	TGTCORE_CMD_LUN_READY_NTF,	/* the initiator can use it; carries NODE if local */
	TGTCORE_CMD_LUN_GONE_NTF,
	TGTCORE_CMD_GROUP_NTF,
	TGTCORE_CMD_GROUP_GONE_NTF,
	TGTCORE_CMD_SESSION_NTF,
	TGTCORE_CMD_SESSION_GONE_NTF,

	TGTCORE_CMD_DEVICE_ABANDON,	/* set "device": drop what a backend has left to do */
	TGTCORE_CMD_RECENT_GET,		/* set "recent"; dump: a record per command of a LUN */

	TGTCORE_CMD_ALUA_CREATE,	/* set "alua" */
	TGTCORE_CMD_ALUA_SET,
	TGTCORE_CMD_ALUA_DELETE,
	TGTCORE_CMD_ALUA_GET,		/* do and dump */
	TGTCORE_CMD_ALUA_NTF,
	TGTCORE_CMD_ALUA_GONE_NTF,
	TGTCORE_CMD_PR_GET,		/* do and dump */
	TGTCORE_CMD_PR_SET,
	TGTCORE_CMD_PR_NTF,
	TGTCORE_CMD_LUN_SET,		/* set "lun" */

	__TGTCORE_CMD_MAX,
	TGTCORE_CMD_MAX = __TGTCORE_CMD_MAX - 1
};

/* State of an object. */
enum {
	TGTCORE_STATE_CREATING,		/* a *_NTF or *_GONE_NTF follows */
	TGTCORE_STATE_ACTIVE,
	TGTCORE_STATE_DELETING,		/* draining; a *_GONE_NTF follows */
};

/* Stage of a recent command. */
enum {
	TGTCORE_RECENT_ENDED,
	TGTCORE_RECENT_ACTIVE,		/* in flight */
	TGTCORE_RECENT_ABORTING,	/* in flight; task management waits for its end */
};

/* Daemon of a device. */
enum {
	TGTCORE_DAEMON_NONE,		/* there has been none */
	TGTCORE_DAEMON_SERVING,
	TGTCORE_DAEMON_HANGING,		/* and has not answered commands that were taken from it */
	TGTCORE_DAEMON_DEAD,		/* there was one */
};

/* Set "info": what is loaded, where the configuration stands. */
enum {
	TGTCORE_A_INFO_UNSPEC,
	TGTCORE_A_INFO_GENERATION,	/* u64: counts changes of the configuration */
	TGTCORE_A_INFO_VERSION,		/* string: of the module */
	TGTCORE_A_INFO_BACKEND,		/* string, repeated: backends loaded now */
	TGTCORE_A_INFO_FABRIC,		/* string, repeated */
	TGTCORE_A_INFO_HANDLER,		/* string, repeated */
	TGTCORE_A_INFO_PAD,

	__TGTCORE_A_INFO_MAX,
	TGTCORE_A_INFO_MAX = __TGTCORE_A_INFO_MAX - 1
};

/* Set "option": one KEY=VALUE, nested in *_OPTION. */
enum {
	TGTCORE_A_OPTION_UNSPEC,
	TGTCORE_A_OPTION_KEY,		/* string, at most 31 bytes */
	TGTCORE_A_OPTION_VALUE,		/* string, at most 4095 bytes */

	__TGTCORE_A_OPTION_MAX,
	TGTCORE_A_OPTION_MAX = __TGTCORE_A_OPTION_MAX - 1
};

/*
 * GENERATION, in every set: in a request, the change is made only if the configuration
 * still has this generation (else EAGAIN); in an answer or event, the generation after it.
 * FORCE: tear down what uses the object, in order. In a request 1, or left out.
 */

/* Set "device". */
enum {
	TGTCORE_A_DEVICE_UNSPEC,
	TGTCORE_A_DEVICE_NAME,		/* string, 1..48 of [A-Za-z0-9._:-], not first '-' or '.' */
	TGTCORE_A_DEVICE_BACKEND,	/* string */
	TGTCORE_A_DEVICE_SIZE,		/* u64, bytes */
	TGTCORE_A_DEVICE_BLOCK_SIZE,	/* u32: 512 or 4096 */
	TGTCORE_A_DEVICE_SERIAL,	/* string, 1..36 printable */
	TGTCORE_A_DEVICE_READONLY,	/* u8: 0 or 1 */
	TGTCORE_A_DEVICE_QUEUE_LIMIT,	/* u32, 1..4096: commands the backend may hold at once */
	TGTCORE_A_DEVICE_OPTION,	/* nest "option", repeated: the backend's */
	TGTCORE_A_DEVICE_GENERATION,	/* u64 */
	TGTCORE_A_DEVICE_FORCE,		/* u8 */
	/* answers only */
	TGTCORE_A_DEVICE_ID,		/* u32 */
	TGTCORE_A_DEVICE_STATE,		/* u32 */
	TGTCORE_A_DEVICE_NAA,		/* u64: NAA designator of VPD page 83h */
	TGTCORE_A_DEVICE_WCE,		/* u8: a volatile write cache is there */
	TGTCORE_A_DEVICE_INFO,		/* string: what is special about it */
	TGTCORE_A_DEVICE_LUNS,		/* u32: LUNs it is mapped at */
	TGTCORE_A_DEVICE_HELD,		/* u32: commands its backend holds now */
	TGTCORE_A_DEVICE_ABORTING,	/* u32: aborted commands still with the backend */
	TGTCORE_A_DEVICE_AGE_MS,	/* u64: since when it is as STATE, RESIZE_TO, REMAINDERS or
					 * ABORTING says; of the first that is not as usual
					 */
	TGTCORE_A_DEVICE_PAD,
	TGTCORE_A_DEVICE_RESIZE_TO,	/* u64, bytes: it is being made that large */
	TGTCORE_A_DEVICE_REMAINDERS,	/* u32: left of detached commands; not 0: it is fenced */
	TGTCORE_A_DEVICE_REASON,	/* string, in an event: why it is not made or resized */
	TGTCORE_A_DEVICE_UPPER,		/* string, repeated: devices over this one */
	/* in requests and answers */
	TGTCORE_A_DEVICE_MODES,		/* string: saved mode parameters: words with commas between,
					 * of tst, qerr or qerr-nexus, restricted,
					 * d-sense, swp, no-tas, no-wce, nuar, situa,
					 * avail:SETS and used:SETS
					 */
	TGTCORE_A_DEVICE_IDENT,		/* string: identifying information, hexadecimal */
	TGTCORE_A_DEVICE_PI,		/* u32, 1..3: type of protection information; 0 or left out:
					 * none
					 */
	TGTCORE_A_DEVICE_PR_FILE,	/* string: absolute path of the file that keeps persistent
					 * reservations through loss of power
					 */
	/* answers only */
	TGTCORE_A_DEVICE_MODES_NOW,	/* string, as MODES: those in force, where they are not
					 * the saved ones
					 */
	TGTCORE_A_DEVICE_REACHED,	/* string: thresholds that are: avail, used */
	TGTCORE_A_DEVICE_PR_CHANGING,	/* u8, 1: reservations are being changed, and the PR_FILE
					 * is waited for
					 */
	TGTCORE_A_DEVICE_DAEMON,	/* u32: one of them above; only where daemons serve devices,
					 * as what follows
					 */
	TGTCORE_A_DEVICE_DAEMON_PID,	/* u32: its process, if there is one */
	TGTCORE_A_DEVICE_DAEMON_STARTS,	/* u64: daemons there have been; of this one, its number */
	TGTCORE_A_DEVICE_DAEMON_COMMANDS, /* u32: it has, or that wait for one */
	TGTCORE_A_DEVICE_DAEMON_OLDEST_MS, /* u32: age of the oldest of them */
	TGTCORE_A_DEVICE_DAEMON_HELD,	/* u32: of them, those that wait for a daemon */
	/* since it was made: */
	TGTCORE_A_DEVICE_DAEMON_LOST,	/* u64: daemons that died, ended, or broke a rule */
	TGTCORE_A_DEVICE_DAEMON_HANDOVERS, /* u64: daemons that left for another */
	TGTCORE_A_DEVICE_DAEMON_REISSUED, /* u64: commands given to a second daemon */
	TGTCORE_A_DEVICE_DAEMON_TIMEOUTS, /* u64: commands whose deadline passed */
	TGTCORE_A_DEVICE_DAEMON_LATE,	/* u64: answers nobody waited for any more */
	TGTCORE_A_DEVICE_DAEMON_BAD,	/* u64: answers that are none; each ended its daemon */

	__TGTCORE_A_DEVICE_MAX,
	TGTCORE_A_DEVICE_MAX = __TGTCORE_A_DEVICE_MAX - 1
};

/* Set "target". */
enum {
	TGTCORE_A_TARGET_UNSPEC,
	TGTCORE_A_TARGET_FABRIC,	/* string */
	TGTCORE_A_TARGET_NAME,		/* string, as DEVICE_NAME */
	TGTCORE_A_TARGET_HANDLER,	/* string; "engine" if left out */
	TGTCORE_A_TARGET_RTPI,		/* u32, 1..65535: relative target port identifier */
	TGTCORE_A_TARGET_OPTION,	/* nest "option", repeated: the fabric's */
	TGTCORE_A_TARGET_GENERATION,	/* u64 */
	TGTCORE_A_TARGET_FORCE,		/* u8 */
	/* answers only */
	TGTCORE_A_TARGET_ID,		/* u32 */
	TGTCORE_A_TARGET_STATE,		/* u32 */
	TGTCORE_A_TARGET_HOST,		/* u32: SCSI host number of a local target */
	TGTCORE_A_TARGET_PORT_NAA,	/* u64 */
	TGTCORE_A_TARGET_LUNS,		/* u32: LUNs in all its maps */
	TGTCORE_A_TARGET_SESSIONS,	/* u32 */
	TGTCORE_A_TARGET_AGE_MS,	/* u64 */
	TGTCORE_A_TARGET_PAD,
	TGTCORE_A_TARGET_INFO,		/* string: who serves it, from the handler */
	TGTCORE_A_TARGET_REASON,	/* string, in an event: why it is not made */

	__TGTCORE_A_TARGET_MAX,
	TGTCORE_A_TARGET_MAX = __TGTCORE_A_TARGET_MAX - 1
};

/* Set "lun". */
enum {
	TGTCORE_A_LUN_UNSPEC,
	TGTCORE_A_LUN_FABRIC,		/* string */
	TGTCORE_A_LUN_TARGET,		/* string */
	TGTCORE_A_LUN_GROUP,		/* string; the open map if left out */
	TGTCORE_A_LUN_NUMBER,		/* u32, 0..16383 */
	TGTCORE_A_LUN_DEVICE,		/* string */
	TGTCORE_A_LUN_READONLY,		/* u8 */
	TGTCORE_A_LUN_GENERATION,	/* u64 */
	TGTCORE_A_LUN_FORCE,		/* u8 */
	/* answers only */
	TGTCORE_A_LUN_STATE,		/* u32 */
	TGTCORE_A_LUN_NODE,		/* string: e.g. "sda"; local targets */
	TGTCORE_A_LUN_SESSIONS,		/* u32: nexuses that see it */
	TGTCORE_A_LUN_AGE_MS,		/* u64 */
	TGTCORE_A_LUN_PAD,
	/* while it or its target is DELETING */
	TGTCORE_A_LUN_IN_FLIGHT,	/* u32: commands in flight */
	TGTCORE_A_LUN_OPEN,		/* u8: this machine has the disk open */
	/* in requests and answers */
	TGTCORE_A_LUN_PROFILE,		/* string: linux, esxi, windows or aix: what it says of
					 * itself; linux if left out
					 */

	__TGTCORE_A_LUN_MAX,
	TGTCORE_A_LUN_MAX = __TGTCORE_A_LUN_MAX - 1
};

/* Set "group": an access group, a LUN map for some initiators. */
enum {
	TGTCORE_A_GROUP_UNSPEC,
	TGTCORE_A_GROUP_FABRIC,		/* string */
	TGTCORE_A_GROUP_TARGET,		/* string */
	TGTCORE_A_GROUP_NAME,		/* string */
	TGTCORE_A_GROUP_INITIATOR,	/* string: one in a request, repeated in an answer */
	TGTCORE_A_GROUP_GENERATION,	/* u64 */
	TGTCORE_A_GROUP_FORCE,		/* u8 */
	/* answers only */
	TGTCORE_A_GROUP_LUNS,		/* u32 */
	TGTCORE_A_GROUP_SESSIONS,	/* u32 */
	TGTCORE_A_GROUP_PAD,

	__TGTCORE_A_GROUP_MAX,
	TGTCORE_A_GROUP_MAX = __TGTCORE_A_GROUP_MAX - 1
};

/* Set "session": an I_T nexus. */
enum {
	TGTCORE_A_SESSION_UNSPEC,
	TGTCORE_A_SESSION_ID,		/* u64 */
	TGTCORE_A_SESSION_FABRIC,	/* string */
	TGTCORE_A_SESSION_TARGET,	/* string */
	TGTCORE_A_SESSION_INITIATOR,	/* string */
	TGTCORE_A_SESSION_TRANSPORT_ID,	/* binary, SPC-5 7.6.4 */
	TGTCORE_A_SESSION_GROUP,	/* string; left out for the open map */
	TGTCORE_A_SESSION_LUNS,		/* u32 */
	TGTCORE_A_SESSION_GENERATION,	/* u64 */
	TGTCORE_A_SESSION_PAD,
	TGTCORE_A_SESSION_STATE,	/* u32: ACTIVE, or DELETING: it ends */
	/* while DELETING */
	TGTCORE_A_SESSION_AGE_MS,	/* u64 */
	TGTCORE_A_SESSION_IN_FLIGHT,	/* u32: commands in flight */
	TGTCORE_A_SESSION_NUMBER,	/* u32: LUN of the first */
	TGTCORE_A_SESSION_DEVICE,	/* string: device of that LUN */

	__TGTCORE_A_SESSION_MAX,
	TGTCORE_A_SESSION_MAX = __TGTCORE_A_SESSION_MAX - 1
};

/*
 * Set "stat". A record with SESSION is one I_T_L nexus; one without is the whole LUN,
 * nexuses that have ended included. A dump request may carry FABRIC and TARGET to select.
 */
enum {
	TGTCORE_A_STAT_UNSPEC,
	TGTCORE_A_STAT_FABRIC,		/* string */
	TGTCORE_A_STAT_TARGET,		/* string */
	TGTCORE_A_STAT_GROUP,		/* string */
	TGTCORE_A_STAT_NUMBER,		/* u32: LUN */
	TGTCORE_A_STAT_DEVICE,		/* string */
	TGTCORE_A_STAT_SESSION,		/* u64 */
	TGTCORE_A_STAT_INITIATOR,	/* string */
	TGTCORE_A_STAT_TIME_NS,		/* u64: CLOCK_MONOTONIC when read */
	TGTCORE_A_STAT_READS,		/* u64: commands ended */
	TGTCORE_A_STAT_WRITES,		/* u64 */
	TGTCORE_A_STAT_OTHERS,		/* u64: neither */
	TGTCORE_A_STAT_READ_BYTES,	/* u64 */
	TGTCORE_A_STAT_WRITE_BYTES,	/* u64 */
	TGTCORE_A_STAT_ERRORS,		/* u64: ended neither GOOD nor with a unit attention */
	TGTCORE_A_STAT_BUSY_NS,		/* u64: sum of the latencies of all commands */
	TGTCORE_A_STAT_HELD,		/* u32: commands the backend holds now */
	TGTCORE_A_STAT_LATENCY,		/* binary: TGTCORE_LAT_BUCKETS times u64 */
	TGTCORE_A_STAT_PAD,

	__TGTCORE_A_STAT_MAX,
	TGTCORE_A_STAT_MAX = __TGTCORE_A_STAT_MAX - 1
};

/*
 * Latency histogram: two buckets an octave. Bucket 0 counts commands below 256 ns; bucket
 * 1 + 2 * n those of 256 * 2^n ns up to 1.5 times that, bucket 2 + 2 * n the rest of that
 * octave; the last one also everything longer.
 */
#define TGTCORE_LAT_BUCKETS	64

/* Set "alua": a target port group of asymmetric logical unit access. */
enum {
	TGTCORE_A_ALUA_UNSPEC,
	TGTCORE_A_ALUA_ID,		/* u32, 1..65535 */
	TGTCORE_A_ALUA_STATE,		/* string: optimized, non-optimized, standby, unavailable,
					 * offline or transitioning; optimized if left out
					 */
	TGTCORE_A_ALUA_PREFERRED,	/* u8: 0 or 1 */
	TGTCORE_A_ALUA_TARGETS,		/* string: FABRIC:NAME with commas between */
	TGTCORE_A_ALUA_DEVICES,		/* string: DEVICE=STATE with commas between: for these the
					 * group has another state; they need not be there
					 */
	TGTCORE_A_ALUA_GENERATION,	/* u64 */
	TGTCORE_A_ALUA_FORCE,		/* u8 */
	TGTCORE_A_ALUA_PAD,
	TGTCORE_A_ALUA_EXPLICIT,	/* string, as DEVICES: states that initiators have set and
					 * that hold now; answers only
					 */

	__TGTCORE_A_ALUA_MAX,
	TGTCORE_A_ALUA_MAX = __TGTCORE_A_ALUA_MAX - 1
};

/*
 * Set "recent": the last commands of one LUN, which FABRIC, TARGET, NUMBER and perhaps GROUP of
 * the request name. First those that have ended, in order of their ends, then those in
 * flight, in order of arrival.
 */
enum {
	TGTCORE_A_RECENT_UNSPEC,
	TGTCORE_A_RECENT_FABRIC,	/* string */
	TGTCORE_A_RECENT_TARGET,	/* string */
	TGTCORE_A_RECENT_GROUP,		/* string; the open map if left out */
	TGTCORE_A_RECENT_NUMBER,	/* u32: LUN */
	/* answers only */
	TGTCORE_A_RECENT_SESSION,	/* u64: I_T nexus it came through, perhaps gone */
	TGTCORE_A_RECENT_STAGE,		/* u32 */
	TGTCORE_A_RECENT_CDB,		/* binary: the first bytes of the CDB, at most 16 */
	TGTCORE_A_RECENT_TIME_NS,	/* u64: when it arrived, by the clock of the kernel's log */
	TGTCORE_A_RECENT_AGE_NS,	/* u64: how long ago that was */
	TGTCORE_A_RECENT_LATENCY_NS,	/* u64: of one that has ended */
	TGTCORE_A_RECENT_STATUS,	/* u32: SAM status, likewise */
	TGTCORE_A_RECENT_SENSE,		/* u32: key << 16 | ASC << 8 | ASCQ, if there was sense */
	TGTCORE_A_RECENT_PAD,

	__TGTCORE_A_RECENT_MAX,
	TGTCORE_A_RECENT_MAX = __TGTCORE_A_RECENT_MAX - 1
};

/*
 * Set "pr": the persistent reservations of a device. Where a device has more registrants than fit
 * one message of a dump, more messages of the device follow, each with the next of them.
 */
enum {
	TGTCORE_A_PR_UNSPEC,
	TGTCORE_A_PR_DEVICE,		/* string */
	TGTCORE_A_PR_APTPL,		/* u8: 1: they are kept through loss of power */
	TGTCORE_A_PR_TYPE,		/* u32: of the reservation, SPC-5 table "TYPE field"; left
					 * out: there is none
					 */
	TGTCORE_A_PR_SCOPE,		/* u32: with TYPE, 0: the logical unit */
	TGTCORE_A_PR_REGISTRANT,	/* nest "registrant", repeated */
	TGTCORE_A_PR_GENERATION,	/* u64: of the configuration */
	/* answers only */
	TGTCORE_A_PR_PRGENERATION,	/* u32 */
	TGTCORE_A_PR_LOST,		/* u8: 1: what was to be kept has been lost */
	TGTCORE_A_PR_COUNT,	/* u32: how many there are in all */
	TGTCORE_A_PR_FIRST,		/* u32: place of the first one in this message, from 0 */
	TGTCORE_A_PR_PAD,

	__TGTCORE_A_PR_MAX,
	TGTCORE_A_PR_MAX = __TGTCORE_A_PR_MAX - 1
};

/* Set "registrant": nested in PR_REGISTRANT; in the order in which they registered. */
enum {
	TGTCORE_A_REGISTRANT_UNSPEC,
	TGTCORE_A_REGISTRANT_KEY,	/* u64: reservation key, not 0 */
	TGTCORE_A_REGISTRANT_TRANSPORT_ID, /* binary, SPC-5 7.6.4 */
	TGTCORE_A_REGISTRANT_RTPI,	/* u32, 1..65535: relative target port identifier */
	TGTCORE_A_REGISTRANT_HOLDER,	/* u8: 1: it holds the reservation */
	TGTCORE_A_REGISTRANT_PAD,

	__TGTCORE_A_REGISTRANT_MAX,
	TGTCORE_A_REGISTRANT_MAX = __TGTCORE_A_REGISTRANT_MAX - 1
};

#endif
