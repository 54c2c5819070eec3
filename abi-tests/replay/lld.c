// SPDX-License-Identifier: GPL-2.0
/* The target driver's side: what it asks of scsi_tgt, and what scsi_tgt calls it with. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "replay.h"

#define NODE "/dev/lld_probe"

static int fd = -1;

/* Held open only while it is loaded: an open descriptor keeps it from being unloaded. */
int lld_fd(void)
{
	struct lld_hosts hosts;
	int i;

	if (fd >= 0)
		return fd;
	fd = open(NODE, O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, LLD_IOC_HOSTS, &hosts)) {
		problem("%s: %s", NODE, strerror(errno));
		return fd;
	}
	for (i = 0; i < HOSTS_MAX; i++)
		S->host_real[i] = hosts.host_no[i];
	return fd;
}

void lld_close(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static bool lld_ioctl(unsigned long cmd, void *arg)
{
	if (lld_fd() >= 0 && !ioctl(fd, cmd, arg))
		return true;
	problem("%s: ioctl %lu: %s", NODE, cmd & 0xff, strerror(errno));
	return false;
}

/* ---- requests --------------------------------------------------------------------------- */

/*
 * What the initiator's data is. Where a trace has only its CRC-32, any data with that will do:
 * everything the trace says of it later is the same.
 */
static __u8 *payload(const json_t *line, size_t len)
{
	const char *what = str_of(line, "payload");
	__u8 *p = calloc(1, len + 1);
	unsigned int n;

	if (sscanf(what, "seed %u", &n) == 1)
		fill(p, len, n);
	else if (sscanf(what, "byte %u", &n) == 1)
		memset(p, n, len);
	else if (len)
		forge(p, len, NULL, 0, NULL, 0, strtoul(str_of(line, "payload_crc32"), NULL, 16));
	return p;
}

static bool inject_cmd(const json_t *line, json_t *actual)
{
	struct lld_cmd c = {
		.host = host_index(int_of(line, "host_no")),
		.itn_id = itn_to_real(u64_of(line, "itn_id")),
		.tag = u64_of(line, "tag"),
		.data_len = int_of(line, "data_len"),
		.dir = int_of(line, "dir"),
		.attr = int_of(line, "attr"),
		.payload_len = int_of(line, "payload_len"),
	};
	__u8 *p = payload(line, c.payload_len);
	bool ok;

	unhex(str_of(line, "cdb"), c.cdb, sizeof(c.cdb));
	unhex(str_of(line, "lun"), c.lun, sizeof(c.lun));
	c.payload = (__u64)p;
	if (has(line, "payload_crc32"))
		json_object_set_new(actual, "payload_crc32",
				    json_sprintf("%08x", crc32_of(p, c.payload_len)));
	ok = lld_ioctl(LLD_IOC_CMD, &c);
	json_object_set_new(actual, "rc", json_integer(c.rc));
	free(p);
	return ok;
}

int inject_tmf(int host, __u64 itn, int function, __u64 tag, __u64 mid)
{
	struct lld_tmf m = {
		.host = host, .itn_id = itn, .function = function, .tag = tag, .mid = mid,
	};

	return lld_ioctl(LLD_IOC_TMF, &m) ? m.rc : -EIO;
}

int inject_tur(int host, __u64 itn, __u64 tag)
{
	struct lld_cmd c = { .host = host, .itn_id = itn, .tag = tag, .dir = 2, .attr = 0x20 };

	return lld_ioctl(LLD_IOC_CMD, &c) ? c.rc : -EIO;
}

static bool inject_tsk_mgmt(const json_t *line, json_t *actual)
{
	struct lld_tmf m = {
		.host = host_index(int_of(line, "host_no")),
		.itn_id = itn_to_real(u64_of(line, "itn_id")),
		.function = int_of(line, "function"),
		.tag = u64_of(line, "tag"),
		.mid = u64_of(line, "mid"),
	};
	bool ok;

	unhex(str_of(line, "lun"), m.lun, sizeof(m.lun));
	ok = lld_ioctl(LLD_IOC_TMF, &m);
	json_object_set_new(actual, "rc", json_integer(m.rc));
	return ok;
}

static bool inject_nexus(const json_t *line, json_t *actual)
{
	struct lld_nexus n = {
		.host = host_index(int_of(line, "host_no")),
		.itn_id = itn_to_real(u64_of(line, "itn_id")),
		.destroy = !strcmp(str_of(line, "what"), "nexus_destroy"),
		.initiator_len = -1,
	};
	bool ok;

	if (json_is_string(json_object_get(line, "initiator")))
		n.initiator_len = unhex(str_of(line, "initiator"), n.initiator, LLD_INITIATOR_MAX);
	ok = lld_ioctl(LLD_IOC_NEXUS, &n);
	json_object_set_new(actual, "rc", json_integer(n.rc));
	return ok;
}

/* The port of the traces, unless a line says another. */
static const __u8 default_port[16] = "30000002";

static int rport(bool del, int host, const char *port_id)
{
	struct lld_rport r = { .host = host, .del = del };

	memcpy(r.port_id, default_port, sizeof(default_port));
	if (*port_id)
		unhex(port_id, r.port_id, sizeof(r.port_id));
	if (!lld_ioctl(LLD_IOC_RPORT, &r))
		return -EIO;
	S->itn_expected = !del && !r.rc;
	return r.rc;
}

int rport_add(void)
{
	return rport(false, LLD_HOST_A, "");
}

static bool inject_rport(const json_t *line, json_t *actual)
{
	int host = has(line, "host_no") ? host_index(int_of(line, "host_no")) : LLD_HOST_A;
	bool del = !strcmp(str_of(line, "what"), "srp_rport_del");

	json_object_set_new(actual, "rc",
			    json_integer(rport(del, host, str_of(line, "port_id"))));
	return true;
}

static const struct {
	const char *what;
	bool (*inject)(const json_t *line, json_t *actual);
	bool on_host;
} injects[] = {
	{ "cmd", inject_cmd, true },
	{ "tsk_mgmt", inject_tsk_mgmt, true },
	{ "nexus_create", inject_nexus, true },
	{ "nexus_destroy", inject_nexus, true },
	{ "srp_rport_add", inject_rport },
	{ "srp_rport_del", inject_rport },
};

/* NULL: not done, and why has been said */
static json_t *inject(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(injects); i++) {
		if (strcmp(injects[i].what, str_of(line, "what")))
			continue;
		if (injects[i].on_host && host_index(int_of(line, "host_no")) < 0) {
			skip_line("the trace does not say what host %lld is",
				  int_of(line, "host_no"));
			break;
		}
		if (injects[i].inject(line, actual))
			return actual;
		break;
	}
	if (i == ARRAY_SIZE(injects))
		skip_line("there is no request \"%s\"", str_of(line, "what"));
	json_decref(actual);
	return NULL;
}

/* ---- a request made while the recorder slept in poll() ---------------------------------- */

static pthread_t later;
static const json_t *later_line;

static void *inject_fn(void *line)
{
	usleep(200000);
	return inject(line);
}

void inject_later(const json_t *line)
{
	lld_fd();
	later_line = line;
	if (pthread_create(&later, NULL, inject_fn, (void *)line))
		later_line = NULL;
}

void do_inject(const json_t *line)
{
	void *actual;

	if (line == later_line) {
		later_line = NULL;
		pthread_join(later, &actual);
	} else {
		actual = inject(line);
	}
	if (actual)
		compare(line, actual);
}

/* ---- callbacks -------------------------------------------------------------------------- */

static const char * const cb_names[] = {
	[LLD_CB_TRANSFER_RESPONSE]	= "transfer_response",
	[LLD_CB_TRANSFER_RESPONSE_BUSY]	= "transfer_response_busy",
	[LLD_CB_EH_ABORT_HANDLER]	= "eh_abort_handler",
	[LLD_CB_TSK_MGMT_RESPONSE]	= "tsk_mgmt_response",
	[LLD_CB_IT_NEXUS_RESPONSE]	= "it_nexus_response",
};

static void put_data(json_t *o, const struct lld_record *r)
{
	json_object_set_new(o, "data_len", json_integer(r->data_len));
	json_object_set_new(o, "data_crc32", json_sprintf("%08x", r->data_crc32));
	if (r->data_len > LLD_DATA_HEAD) {
		json_object_set_new(o, "data_head", hex_json(r->head, LLD_DATA_TAIL));
		json_object_set_new(o, "data_tail", hex_json(r->tail, LLD_DATA_TAIL));
	} else if (r->data_len) {
		json_object_set_new(o, "data", hex_json(r->head, r->data_len));
	}
}

/* In pages of the trace, where there were more of them: only if it is what ours must come to. */
static void put_pages(json_t *o, const struct lld_record *r)
{
	__u32 page = getpagesize(), off = r->sg0_off % PAGE, len = r->sg0_len, n = r->sg_count;

	if (page > PAGE && n == (r->sg0_off + r->bufflen + page - 1) / page && n) {
		n = (off + r->bufflen + PAGE - 1) / PAGE;
		len = len < PAGE - off ? len : PAGE - off;
	} else {
		off = r->sg0_off;
	}
	json_object_set_new(o, "sg_count", json_integer(n));
	json_object_set_new(o, "sg0_off", json_integer(off));
	json_object_set_new(o, "sg0_len", json_integer(len));
}

static void put_response(json_t *o, const struct lld_record *r)
{
	static const __u8 none[sizeof(r->sense)];

	json_object_set_new(o, "tag", u64_json(r->tag));
	json_object_set_new(o, "result", json_integer(r->result));
	json_object_set_new(o, "bufflen", json_integer(r->bufflen));
	put_pages(o, r);
	json_object_set_new(o, "dir", json_integer(r->dir));
	put_data(o, r);
	json_object_set_new(o, "sense", memcmp(r->sense, none, sizeof(none)) ?
			    hex_json(r->sense, sizeof(r->sense)) : json_null());
}

static json_t *record_json(const struct lld_record *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "t", json_string("lld"));
	json_object_set_new(o, "cb", json_string(cb_names[r->cb]));
	json_object_set_new(o, "host_no", json_integer(host_to_trace(r->host_no)));
	json_object_set_new(o, "itn_id", u64_json(itn_to_trace(r->itn_id)));
	switch (r->cb) {
	case LLD_CB_EH_ABORT_HANDLER:
		json_object_set_new(o, "tag", u64_json(r->tag));
		json_object_set_new(o, "cmd_result", json_integer(r->result));
		break;
	case LLD_CB_TSK_MGMT_RESPONSE:
		json_object_set_new(o, "mid", u64_json(r->mid));
		json_object_set_new(o, "result", json_integer(r->result));
		break;
	case LLD_CB_IT_NEXUS_RESPONSE:
		json_object_set_new(o, "result", json_integer(r->result));
		break;
	default:
		put_response(o, r);
	}
	json_object_set_new(o, "cb_ret", json_integer(r->cb_ret));
	json_object_set_new(o, "ctx", json_integer(r->ctx));
	json_object_set_new(o, "in_writer_process", json_boolean(r->pid == getpid()));
	return o;
}

/* NULL: there is none, or no driver */
static json_t *record_next(void)
{
	struct lld_record r;

	if (fd < 0 || ioctl(fd, LLD_IOC_LOG, &r))
		return NULL;
	return record_json(&r);
}

static bool same_event(const json_t *a, const json_t *b)
{
	return !strcmp(str_of(a, "cb"), str_of(b, "cb")) && u64_of(a, "tag") == u64_of(b, "tag") &&
	       u64_of(a, "mid") == u64_of(b, "mid");
}

/* Records seen too early: the trace has another one first. */
static json_t *early[64];
static int nearly;

void do_lld(const json_t *line)
{
	json_t *actual;
	int i;

	for (i = 0; i < nearly; i++) {
		if (!same_event(line, early[i]))
			continue;
		differ("+lld", NULL, json_pack("{s:s, s:s, s:O}", "t", "lld", "order",
					       "this came before what the trace has before it",
					       "line", early[i]));
		compare(line, early[i]);
		memmove(&early[i], &early[i + 1], (--nearly - i) * sizeof(*early));
		return;
	}
	while ((actual = record_next())) {
		if (same_event(line, actual) || nearly == (int)ARRAY_SIZE(early)) {
			compare(line, actual);
			return;
		}
		early[nearly++] = actual;
	}
	differ("-lld", line, NULL);
}

void lld_check(void)
{
	struct lld_state st;
	json_t *actual;
	int i;

	for (i = 0; i < nearly; i++)
		differ("+lld", NULL, early[i]);
	nearly = 0;
	while ((actual = record_next()))
		differ("+lld", NULL, actual);
	if (fd >= 0 && !ioctl(fd, LLD_IOC_STATE, &st) && st.dropped)
		problem("%u callbacks were not recorded", st.dropped);
}

int lld_drain(void)
{
	struct lld_record r;
	int n = 0;

	while (lld_fd() >= 0 && !ioctl(fd, LLD_IOC_LOG, &r))
		n += r.cb == LLD_CB_TRANSFER_RESPONSE;
	return n;
}

/* ---- the driver's behaviour ------------------------------------------------------------- */

void do_lld_set(const json_t *line)
{
	static const char * const settings[] = {
		[LLD_SET_DEFER] = "defer",
		[LLD_SET_COMPLETE] = "complete",
		[LLD_SET_BUSY] = "busy",
		[LLD_SET_ABORT_RC] = "abort_rc",
		[LLD_SET_RSP_RC] = "rsp_rc",
	};
	struct lld_set set = {
		.what = ARRAY_SIZE(settings),
		.value = int_of(line, "value"),
		.tag = u64_of(line, "tag"),
		.flags = int_of(line, "flags"),
	};
	json_t *actual;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!strcmp(settings[i], str_of(line, "what")))
			set.what = i;
	}
	if (set.what == ARRAY_SIZE(settings)) {
		skip_line("the driver has no setting \"%s\"", str_of(line, "what"));
		return;
	}
	if (!lld_ioctl(LLD_IOC_SET, &set))
		return;
	actual = json_copy((json_t *)line);
	json_object_set_new(actual, "rc", json_integer(set.rc));
	compare(line, actual);
}

void do_lld_outstanding(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	struct lld_state st = {};

	if (lld_ioctl(LLD_IOC_STATE, &st))
		json_object_set_new(actual, "count", json_integer(st.outstanding));
	compare(line, actual);
}
