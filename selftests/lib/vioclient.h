/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client partition of ibmvstgt's adapter, for C tests: /dev/vio_sim. Static, as all of it
 * belongs to one test.
 */
#ifndef VIOCLIENT_H
#define VIOCLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../../abi-tests/vio_sim/vio_sim_user.h"

#define UNIT	"30000002"
#define IU_AT	(VIO_SIM_MEM_BASE + 0x1000)
#define DATA_AT	(VIO_SIM_MEM_BASE + 0x10000)
#define LIST_AT	(VIO_SIM_MEM_BASE + 0x8000)
#define BLOCKS	8192

#define SRP	1
#define MAD	2

#define H_COPY_RDMA	0x110
#define H_SEND_CRQ	0x108
#define H_FREE_CRQ	0x100
#define H_REG_CRQ	0xfc
#define H_DROPPED	(-12)
#define H_HARDWARE	(-1)

static int sim = -1;

/* Hexadecimal digits to bytes; returns how many. */
static inline int unhex(__u8 *to, const char *hex)
{
	unsigned int v;
	int n;

	for (n = 0; *hex; n++) {
		while (*hex == ' ')
			hex++;
		if (!*hex || sscanf(hex, "%2x", &v) != 1)
			break;
		to[n] = v;
		hex += 2;
	}
	return n;
}

static inline const char *tohex(const __u8 *b, int n)
{
	static char text[4096];
	int i;

	for (i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", b[i]);
	text[2 * n] = 0;
	return text;
}

/* --- the client ------------------------------------------------------------ */

static inline int element(const char *hex)
{
	struct vio_sim_crq crq = { };

	unhex(crq.b, hex);
	return ioctl(sim, VIO_SIM_SEND, &crq);
}

static inline int event(const char *hex)
{
	struct vio_sim_crq crq = { };

	unhex(crq.b, hex);
	return ioctl(sim, VIO_SIM_RAW, &crq);
}

/* 1 if one came. */
static inline int receive(struct vio_sim_crq *crq, int ms)
{
	struct vio_sim_recv r = { .timeout_ms = ms };

	if (ioctl(sim, VIO_SIM_RECV, &r))
		return -1;
	*crq = r.crq;
	return r.got;
}

/* Wait for an element with such a beginning; what comes before is dropped. */
static inline int await(__u8 valid, __u8 format)
{
	struct vio_sim_crq crq;
	int i;

	for (i = 0; i < 50; i++)
		if (receive(&crq, 2000) != 1)
			return 0;
		else if (crq.b[0] == valid && crq.b[1] == format)
			return 1;
	return 0;
}

static inline int quiet(void)
{
	struct vio_sim_crq crq;

	return receive(&crq, 100) == 0;
}

/* The server may be about to disconnect us, or have no queue at that moment: it says so. */
static inline int connect_once(void)
{
	struct vio_sim_crq crq;

	ioctl(sim, VIO_SIM_FREE);
	if (ioctl(sim, VIO_SIM_REG) < 0)
		return 0;
	element("c001");
	while (receive(&crq, 3000) == 1) {
		if (crq.b[0] == 0xff)
			return 0;
		if (crq.b[0] == 0xc0 && crq.b[1] == 1)
			return !element("c002");
		if (crq.b[0] == 0xc0 && crq.b[1] == 2)
			return 1;
	}
	return 0;
}

static inline int connect_client(void)
{
	int i;

	for (i = 0; i < 5; i++)
		if (connect_once())
			return 1;
	return 0;
}

static inline int send_iu(__u8 format, const __u8 *iu, int len, __u64 at)
{
	struct vio_sim_crq crq = { .b = { 0x80, format, 0, 0, 0, 0, len >> 8, len } };
	int i;

	for (i = 0; i < 8; i++)
		crq.b[8 + i] = at >> (56 - 8 * i);
	if (len && pwrite(sim, iu, len, at) != len)
		return -1;
	return ioctl(sim, VIO_SIM_SEND, &crq);
}

/* The answer's element and IU; bytes of the latter, or -1. */
static inline int answer(struct vio_sim_crq *crq, __u8 *reply, __u64 at)
{
	int len;

	if (receive(crq, 5000) != 1 || crq->b[0] != 0x80)
		return -1;
	len = crq->b[6] << 8 | crq->b[7];
	return len <= 256 ? pread(sim, reply, len, at) : -1;
}

static inline int exchange(__u8 format, const char *hex, struct vio_sim_crq *crq, __u8 *reply)
{
	__u8 iu[256] = { };
	int len = unhex(iu, hex);

	if (send_iu(format, iu, len, IU_AT))
		return -1;
	return answer(crq, reply, IU_AT);
}

#define LOGIN(len, formats, flags, init, target) \
	"00 00000000000000 1122334455667788" len "00000000" formats flags "00 0000 0000" \
	init "0000000000000000" target "0000000000000000"
#define NO_EXT		"0000000000000000"
#define LOGIN_OK	LOGIN("00000100", "0006", "00", NO_EXT, NO_EXT)
#define LOGIN_RSP	"c0000000 00000010 1122334455667788 00000100 00000100 0006" \
			"00000000000000000000000000000000000000000000 00000000"
#define LOGIN_REJ(why)	"c2000000 000100" why "1122334455667788 0000000000000000 0006 000000000000"

/* Connect and log in, after anything; a disconnection may still be on its way. */
static inline int login_again(void)
{
	struct vio_sim_crq crq;
	__u8 reply[256], want[256];
	int i, len = unhex(want, LOGIN_RSP);

	for (i = 0; i < 5; i++)
		if (connect_client() && exchange(SRP, LOGIN_OK, &crq, reply) == len &&
		    !memcmp(reply, want, len))
			return 1;
	return 0;
}

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

#define ZERO4	"00000000"
#define ZERO8	"0000000000000000"
#define ZERO18	"000000000000000000000000000000000000"
#define LUN3	"8003000000000000"
#define TUR	"00000000000000000000000000000000"
#define READ1	"28 00 00000000 00 0001 00 000000000000"	/* one block */
#define READ2	"28 00 00000000 00 0002 00 000000000000"
#define WRITE2	"2a 00 00000000 00 0002 00 000000000000"
#define TAG	"00000000000000c1"
#define BUF(at, len)	ZERO4 "00" at ZERO4 len

#define CMD(fmt, out, in, lun, cdb, data) \
	"02 000000 00" fmt out in TAG ZERO4 lun "00 00 00 00" cdb data
#define RSP(flags, status, out, in, sense) \
	"c1000000 00000001" TAG "0000" flags status out in sense ZERO4
#define SENSE(key, asc) "7000" key "000000000a 00000000" asc ZERO4
#define TMF(lun, function, task) \
	"01 00 000000000000" TAG ZERO4 lun "0000" function "0000000000000000" task ZERO8
#define TMF_RSP(delta, code) \
	"c1000000 000000" delta TAG "0000 01 00" ZERO4 ZERO4 ZERO4 "00000004 000000" code \
	"0000" ZERO4 ZERO8

/* A request and what is answered: format and status of the element, and all bytes. */
struct exact {
	const char	*name;
	__u8		format;
	const char	*iu;
	__u8		status;
	const char	*reply;
};

static inline int check(struct __test_metadata *_metadata, const struct exact *e)
{
	struct vio_sim_crq crq;
	__u8 reply[256], want[256], head[16] = { 0x80, e->format, 0, e->status };
	__u8 iu[256] = { };
	int n, len = unhex(want, e->reply), ilen = unhex(iu, e->iu);

	n = exchange(e->format, e->iu, &crq, reply);
	head[6] = len >> 8;
	head[7] = len;
	memcpy(head + 8, iu + 8, 8);
	if (n != len || memcmp(reply, want, len)) {
		TH_LOG("%s: %d bytes: %s", e->name, n, n > 0 ? tohex(reply, n) : "");
		TH_LOG("%s: wanted %d: %s", e->name, len, tohex(want, len));
		return 0;
	}
	if (memcmp(crq.b, head, 16)) {
		TH_LOG("%s: element %s", e->name, tohex(crq.b, 16));
		TH_LOG("%s: wanted  %s", e->name, tohex(head, 16));
		return 0;
	}
	return ilen > 0;
}

#define CHECK_TABLE(table) do {						\
	unsigned int i_;						\
	for (i_ = 0; i_ < sizeof(table) / sizeof((table)[0]); i_++)	\
		EXPECT_TRUE(check(_metadata, &(table)[i_]));		\
} while (0)

static inline void fault(__u32 op, int skip, int times, int result)
{
	struct vio_sim_fault f = { .op = op, .skip = skip, .times = times, .result = result };

	ioctl(sim, VIO_SIM_FAULT, &f);
}

static inline int run(const char *cmd)
{
	return system(cmd) ? 0 : 1;
}

/* Disks of the engine: LUN 3, and LUN 5, which is over it and can be made slow. */
static inline int serve(void)
{
	return run("modprobe vio_sim && modprobe ibmvstgt") &&
	       run("tgtctl device create vst backend=ram size=4M > /dev/null") &&
	       run("tgtctl device create vstf backend=fault lower=vst > /dev/null") &&
	       run("tgtctl target create ibmvstgt:" UNIT " > /dev/null") &&
	       run("tgtctl lun create ibmvstgt:" UNIT " 3 device=vst > /dev/null") &&
	       run("tgtctl lun create ibmvstgt:" UNIT " 5 device=vstf > /dev/null");
}

static inline void unserve(void)
{
	fault(0, 0, 0, 0);
	ioctl(sim, VIO_SIM_FREE);
	close(sim);
	run("tgtctl target delete ibmvstgt:" UNIT " --force > /dev/null");
	run("tgtctl device delete vstf --force > /dev/null");
	run("tgtctl device delete vst --force > /dev/null");
}

#endif
