// SPDX-License-Identifier: GPL-2.0
/*
 * The command path of the engine, from tgt_cmd_submit() to ->send_response(): a device of any
 * shape, mapped at some LUNs, gets commands of any bytes. Of each: it is answered once; status,
 * sense, residual and counters fit together; nothing is written beyond buffer and sense; the
 * backend is asked only for what lies on the medium, and of a read or write for exactly what the
 * CDB says, by a decoder of this file's own; a shorter answer is the beginning of a longer one;
 * what is remembered of the last commands is what they were.
 */
// uses: core/cmd.c core/answer.c core/ua.c core/scsi/ua.c
// uses: core/scsi/copy_in.c core/scsi/disk.c core/scsi/token.c
// uses: core/scsi/opcode.c core/scsi/sense.c core/scsi/profile.c
// uses: core/scsi/unmap.c core/scsi/alua.c
// uses: core/scsi/spc.c core/scsi/sbc.c core/scsi/lun.c core/scsi/mode.c core/recent.c
#include "fuzz.h"
#include "core.h"
#include "scsi/opcode.h"
#include "scsi/exec.h"
#include "scsi/profile.h"
#include "scsi/sense.h"
#include "tasks.h"
#include "unit.h"

#define LUNS		4
#define COMMANDS	64
#define LONG		(256U << 10)	/* holds every answer */
#define CDB_LEN		32		/* longest CDB tried */

/* One command: what came, what became of it. */
struct one {
	struct tgt_cmd	cmd;
	u8		*data;
	u32		room;		/* bytes at @data */
	u32		copied;		/* bytes the engine put there */
	u32		moved;		/* bytes the backend was asked for */
	u64		offset;		/* ... and from where */
	bool		submitted;
	bool		answered;
	bool		raw;
	u8		backend;	/* how it answers: enum below */
};

enum { NOW, LATER, FAILS, FULL, DEFERS, BACKEND_WAYS };

static struct tgt_device dev;
static struct tgt_target target;
static struct tgt_session sess;
static struct tgt_itl itls[LUNS];
static struct tgt_lun luns[LUNS];
static struct tgt_itl_cpu cpus[LUNS];
static u64 clock;
static unsigned int nr_itls;
static struct one *now;			/* the command that runs */
static struct work_struct *queued;
static void (*queued_fn)(struct work_struct *work);

struct mutex tgt_config_mutex;		/* held by nobody */
struct workqueue_struct *tgt_cmd_wq;

/* --- what engine.h leaves to a harness ---------------------------------------- */

/*
 * Commands that are executed by a procedure, or on state of their own, have fuzzers of their
 * parameter lists and tests of their own; here they are busy. All commands are SIMPLE ones.
 */
#define ELSEWHERE(name) \
	enum tgt_ret tgt_exec_##name(struct tgt_cmd *cmd) { return TGT_BUSY; }

ELSEWHERE(all_tokens)
ELSEWHERE(compare_write)
ELSEWHERE(copy_abort)
ELSEWHERE(copy_params)
ELSEWHERE(copy_status)
ELSEWHERE(defects10)
ELSEWHERE(defects12)
ELSEWHERE(format)
ELSEWHERE(lba_status)
ELSEWHERE(log_select)
ELSEWHERE(log_sense)
ELSEWHERE(mode_select10)
ELSEWHERE(mode_select6)
ELSEWHERE(mode_sense10)
ELSEWHERE(mode_sense6)
ELSEWHERE(orwrite)
ELSEWHERE(populate_token)
ELSEWHERE(pi_read)
ELSEWHERE(pi_write)
ELSEWHERE(pr_in)
ELSEWHERE(pr_out)
ELSEWHERE(prefetch)
ELSEWHERE(read_buffer)
ELSEWHERE(receive_diagnostic)
ELSEWHERE(report_ident)
ELSEWHERE(report_timestamp)
ELSEWHERE(report_tpgs)
ELSEWHERE(reserve10)
ELSEWHERE(reserve6)
ELSEWHERE(sanitize)
ELSEWHERE(send_diagnostic)
ELSEWHERE(set_ident)
ELSEWHERE(set_timestamp)
ELSEWHERE(set_tpgs)
ELSEWHERE(token_info)
ELSEWHERE(unmap)
ELSEWHERE(use_token)
ELSEWHERE(verify)
ELSEWHERE(write_buffer)
ELSEWHERE(write_atomic)
ELSEWHERE(write_same)
ELSEWHERE(write_verify)
ELSEWHERE(xcopy)

ELSEWHERE(scsi_ports)

void tgt_token_write(struct tgt_cmd *cmd)
{
	/* the gate is closed to nothing else: SBC-4 4.28 */
	CHECK(cmd->op->flags & TGT_OP_DATA_OUT || cmd->op->opcode == 0x48);
}

bool tgt_guard_meets(struct tgt_cmd *cmd)
{
	/* a plain write */
	CHECK(cmd->op->flags & TGT_OP_DATA_OUT);
	return false;
}

bool tgt_wipe_pass(struct tgt_cmd *cmd)
{
	return true;
}

bool tgt_self_test_state(struct tgt_device *d, u16 *progress)
{
	*progress = 0;
	return false;
}

void tgt_self_test_stop(struct tgt_device *d)
{
}

bool tgt_wipe_state(struct tgt_device *d, enum tgt_sense *sense, u16 *progress)
{
	return false;
}

bool tgt_pr_pass(struct tgt_cmd *cmd)
{
	return true;
}

void tgt_log_error(struct tgt_cmd *cmd, bool write)
{
}

enum tgt_ret tgt_tasks_gate(struct tgt_cmd *cmd)
{
	return TGT_PASS;
}

void tgt_tasks_answer(struct tgt_cmd *cmd)
{
	cmd->sess->send_response(cmd);
}

bool tgt_tasks_wants_fault(const struct tgt_cmd *cmd)
{
	return false;
}

u64 local_clock(void)
{
	return clock;
}

/* Commands run one at a time; only a list of what is remembered would ask. */
u32 tgt_lun_in_flight(struct tgt_lun *lun)
{
	return 0;
}

int sbitmap_get(struct sbitmap *sb)
{
	if (sb->unused >= (int)dev.queue_limit)
		return -1;
	return sb->unused++;
}

void sbitmap_put(struct sbitmap *sb, unsigned int bit)
{
	CHECK(sb->unused > 0 && bit < dev.queue_limit);
	sb->unused--;
}

void *fuzz_xa_find(struct xarray *xa, unsigned long *index)
{
	unsigned int i;

	CHECK(xa == &sess.itls);
	for (i = 0; i < nr_itls; i++)	/* they stand in order */
		if (itls[i].number >= *index) {
			*index = itls[i].number;
			return &itls[i];
		}
	return NULL;
}

size_t sg_copy_from_buffer(struct scatterlist *sgl, unsigned int nents, const void *buf,
			   size_t len)
{
	CHECK(!now->copied && now->cmd.dir == TGT_DIR_IN);
	CHECK(len <= now->cmd.data_len && len <= now->room);
	memcpy(now->data, buf, len);
	now->copied = len;
	return len;
}

void fuzz_queue_work(struct work_struct *work, void (*fn)(struct work_struct *work))
{
	CHECK(!queued);
	queued = work;
	queued_fn = fn;
}

struct tgt_itl *tgt_itl_enter(struct tgt_session *s, const struct scsi_lun *lun)
{
	int number = tgt_lun_decode(lun);
	unsigned int i;

	for (i = 0; number >= 0 && i < nr_itls; i++)
		if (itls[i].number == number) {
			itls[i].ref.unused++;
			return &itls[i];
		}
	return NULL;
}

bool tgt_cmd_end_special(struct tgt_cmd *cmd, int state)
{
	/* only one without a logical unit was never the engine's to abort */
	CHECK(state == TGT_CMD_IDLE && !cmd->itl);
	return true;
}

/* --- the backend ----------------------------------------------------------------- */

static enum tgt_ret answer(struct tgt_cmd *cmd);

static enum tgt_ret deferred(struct tgt_cmd *cmd)
{
	now->backend = NOW;
	return answer(cmd);
}

static enum tgt_ret answer(struct tgt_cmd *cmd)
{
	switch (now->backend) {
	case LATER:
		if (!now->raw && !tgt_cmd_hold(cmd))
			return TGT_FULL;
		queued = &cmd->work;
		queued_fn = NULL;
		return TGT_QUEUED;
	case FAILS:
		return tgt_cmd_fail(cmd, TGT_SENSE_READ_ERROR);
	case FULL:
		return TGT_FULL;
	case DEFERS:
		return tgt_cmd_defer(cmd, deferred);
	default:
		return TGT_DONE;
	}
}

static enum tgt_ret fuzz_submit(struct tgt_cmd *cmd)
{
	u32 block = 1U << dev.block_shift;

	CHECK(&now->cmd == cmd && !now->submitted && !now->answered);
	CHECK(!(cmd->itl->gate & (TGT_GATE_STOPPED | TGT_GATE_FENCED)));
	CHECK(cmd->dir == TGT_DIR_IN ||
	      (cmd->dir == TGT_DIR_OUT && !(cmd->itl->gate & TGT_GATE_RO)));
	CHECK(cmd->len && !(cmd->len % block) && cmd->len <= cmd->data_len);
	CHECK(cmd->len <= TGT_MAX_IO && !(cmd->offset % block));
	CHECK(cmd->offset >> dev.block_shift < dev.nblocks);
	CHECK(cmd->len >> dev.block_shift <= dev.nblocks - (cmd->offset >> dev.block_shift));
	now->submitted = true;
	now->moved = cmd->len;
	now->offset = cmd->offset;
	return answer(cmd);
}

static enum tgt_ret fuzz_flush(struct tgt_cmd *cmd)
{
	CHECK(&now->cmd == cmd && !now->answered && !(cmd->itl->gate & TGT_GATE_FENCED));
	now->submitted = true;
	return answer(cmd);
}

static enum tgt_ret fuzz_raw(struct tgt_cmd *cmd)
{
	CHECK(&now->cmd == cmd && !now->answered && cmd->len == cmd->data_len);
	now->submitted = true;
	now->moved = cmd->len;
	now->raw = true;
	return answer(cmd);
}

/* --- the fabric ------------------------------------------------------------------- */

static void send_response(struct tgt_cmd *cmd)
{
	CHECK(&now->cmd == cmd && !now->answered);
	now->answered = true;
}

static void recv_data(struct tgt_cmd *cmd)
{
	CHECK(cmd->dir != TGT_DIR_NONE && cmd->data_len);
	tgt_cmd_data_ready(cmd);
}

/* --- a world ----------------------------------------------------------------------- */

static struct tgt_backend_ops backend = { .submit = fuzz_submit };
static struct tgt_fabric_ops fabric = { };

static void text(struct input *in, char *buf, size_t max)
{
	size_t n = take_u8(in) % (max + 1), i;

	for (i = 0; i < n; i++)
		buf[i] = 0x21 + take_u8(in) % 94;
	buf[n] = 0;
}

static void make_itl(struct tgt_itl *itl, u32 number, struct tgt_itl_cpu *cpu, unsigned long gate)
{
	struct list_head *last = dev.itls.prev;

	*itl = (struct tgt_itl) { .dev = &dev, .sess = &sess, .number = number, .cpu = cpu,
				  .gate = gate, .lun = &luns[itl - itls] };
	luns[itl - itls].profile = number % __TGT_PROFILE_MAX;
	itl->dev_node = (struct list_head) { &dev.itls, last };
	last->next = &itl->dev_node;
	dev.itls.prev = &itl->dev_node;
}

static void make_world(struct input *in)
{
	u8 how = take_u8(in), more = take_u8(in);
	u32 number = 0;
	unsigned int i;

	memset(cpus, 0, sizeof(cpus));
	dev = (struct tgt_device) {
		.be = &backend,
		.block_shift = how & 1 ? 12 : 9,
		.readonly = how & 2,
		.wce = how & 4,
		.rotational = how & 8,
		.phys_exp = how & 16 && !(how & 1) ? 3 : 0,
		.queue_limit = 1 + more % 3,
		.naa = take_u64(in),
		.opt_io = take_u32(in),
		.prot_type = more & 4 ? 2 : 0,
		.nblocks = take_u64(in),
	};
	/* a device is never empty, and its last byte has a number (loff_t) */
	dev.nblocks &= ((u64)S64_MAX >> dev.block_shift) >> (more & 63);
	dev.nblocks = dev.nblocks ?: 1;
	dev.itls = (struct list_head) { &dev.itls, &dev.itls };
	text(in, dev.name, TGT_NAME_MAX);
	text(in, dev.serial, sizeof(dev.serial) - 1);
	backend.flags = how & 32 ? TGT_BE_HOLDS : 0;
	backend.flush = how & 64 ? fuzz_flush : NULL;
	backend.raw = how & 128 ? fuzz_raw : NULL;
	fabric.protocol = take_u8(in) & 0xf;
	target = (struct tgt_target) { .fops = &fabric, .rtpi = take_u16(in),
				       .port_naa = take_u64(in) };
	sess = (struct tgt_session) { .target = &target, .queue = tgt_engine_queue,
				      .send_response = send_response };
	nr_itls = more >> 6;
	for (i = 0; i < nr_itls; i++) {
		make_itl(&itls[i], number, &cpus[i], (dev.readonly ? TGT_GATE_RO : 0) |
			 (backend.raw ? TGT_GATE_RAW : 0));
		if (!backend.raw)
			tgt_ua_set(&itls[i], TGT_UA_POWER_ON);
		number += 1 + take_u16(in) % 5000;
	}
}

/* --- what must be true ----------------------------------------------------------------- */

static u64 be(const u8 *p, unsigned int n)
{
	u64 v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* A read or write as SBC-4 lays it out; false for anything else. */
static bool decode_rw(const u8 *cdb, unsigned int len, u64 *lba, u32 *n, u8 *byte1, u8 *dir)
{
	static const u8 lens[8] = { 6, 10, 10, 0, 16, 12, 0, 0 };
	u8 op = cdb[0];

	if (len < 6 || ((op & 0x1f) != 0x08 && (op & 0x1f) != 0x0a) || op >> 5 == 2 ||
	    len < lens[op >> 5] || !lens[op >> 5] || cdb[lens[op >> 5] - 1] & 0x04)
		return false;
	*dir = op & 2 ? TGT_DIR_OUT : TGT_DIR_IN;
	*byte1 = op >> 5 ? cdb[1] : 0;
	switch (op >> 5) {
	case 0:
		*lba = (cdb[1] & 0x1f) << 16 | cdb[2] << 8 | cdb[3];
		*n = cdb[4] ?: 256;
		return true;
	case 1:
		*lba = be(cdb + 2, 4);
		*n = cdb[7] << 8 | cdb[8];
		return true;
	case 5:
		*lba = be(cdb + 2, 4);
		*n = be(cdb + 6, 4);
		return true;
	default:
		*lba = be(cdb + 2, 8);
		*n = be(cdb + 10, 4);
		return true;
	}
}

static bool has_sense(const struct tgt_cmd *cmd, u8 key, u8 asc, u8 ascq)
{
	return cmd->status == SAM_STAT_CHECK_CONDITION && cmd->sense[2] == key &&
	       cmd->sense[12] == asc && cmd->sense[13] == ascq;
}

/* What is out of range tells the first LBA that is, if it fits; nothing else here tells any. */
static bool information(const struct tgt_cmd *cmd, u64 lba)
{
	bool fits = lba <= 0xffffffff;

	return cmd->sense[0] == (fits ? 0xf0 : 0x70) && be(cmd->sense + 3, 4) == (fits ? lba : 0);
}

static bool known_sense(const struct tgt_cmd *cmd)
{
	static const u8 ua[__TGT_UA_MAX][2] = {
		{ 0x29, 0x00 }, { 0x29, 0x03 }, { 0x29, 0x07 }, { 0x2f, 0x00 },
		{ 0x2a, 0x03 }, { 0x2a, 0x04 }, { 0x2a, 0x05 }, { 0x2a, 0x01 },
		{ 0x2a, 0x02 }, { 0x2a, 0x06 }, { 0x2a, 0x07 }, { 0x2a, 0x10 },
		{ 0x2a, 0x09 }, { 0x3f, 0x03 }, { 0x3f, 0x05 }, { 0x3f, 0x0e },
		{ 0x38, 0x07 },
	};
	unsigned int i;

	for (i = TGT_SENSE_NONE + 1; i < __TGT_SENSE_MAX; i++)
		if (has_sense(cmd, tgt_sense_codes[i].key, tgt_sense_codes[i].asc,
			      tgt_sense_codes[i].ascq))
			return true;
	for (i = 0; i < ARRAY_SIZE(ua); i++)
		if (has_sense(cmd, UNIT_ATTENTION, ua[i][0], ua[i][1]))
			return true;
	return false;
}

/* A read or write that met no gate. */
static void check_rw(const struct one *o, u64 lba, u32 n, u8 byte1, u8 dir)
{
	const struct tgt_cmd *cmd = &o->cmd;
	u64 bytes = (u64)n << dev.block_shift, room = cmd->dir == dir ? cmd->data_len : 0;
	u64 fits = bytes < room ? bytes : room;

	fits -= fits % (1U << dev.block_shift);
	if (lba >= dev.nblocks || n > dev.nblocks - lba) {
		CHECK(has_sense(cmd, ILLEGAL_REQUEST, 0x21, 0x00));
		CHECK(information(cmd, lba > dev.nblocks ? lba : dev.nblocks));
	} else if (byte1 & 0xe0 || bytes > TGT_MAX_IO) {
		CHECK(has_sense(cmd, ILLEGAL_REQUEST, 0x24, 0x00));
	} else if (dir == TGT_DIR_OUT && bytes > room) {
		CHECK(has_sense(cmd, ILLEGAL_REQUEST, 0x0e, 0x03));
		CHECK(cmd->flags & TGT_CMD_OVERFLOW && cmd->residual == bytes - room);
	} else {
		CHECK(o->submitted == !!fits);
		CHECK(o->moved == fits && (!fits || o->offset == lba << dev.block_shift));
		CHECK(!!(cmd->flags & TGT_CMD_FUA) == !!(byte1 & 0x08));
		if (cmd->status == SAM_STAT_GOOD) {
			CHECK(!!(cmd->flags & TGT_CMD_OVERFLOW) == (bytes > room));
			CHECK(cmd->residual == (bytes > room ? bytes - room :
						cmd->data_len - bytes));
		}
		return;
	}
	CHECK(!o->submitted);
}

static void check_answer(const struct one *o)
{
	const struct tgt_cmd *cmd = &o->cmd;

	CHECK(o->answered);
	switch (cmd->status) {
	case SAM_STAT_CHECK_CONDITION:
		CHECK(cmd->sense_len == TGT_FIXED_SENSE_LEN && cmd->sense_len <= TGT_SENSE_LEN);
		CHECK(cmd->sense[0] == 0x70 || (cmd->sense[0] == 0xf0 &&
						has_sense(cmd, ILLEGAL_REQUEST, 0x21, 0x00)));
		CHECK(cmd->sense[7] == cmd->sense_len - 8);
		CHECK(known_sense(cmd));
		break;
	case SAM_STAT_GOOD:
		CHECK(!cmd->sense_len && cmd->len <= cmd->data_len);
		CHECK(o->raw || cmd->len == o->copied + o->moved);
		if (cmd->flags & TGT_CMD_OVERFLOW)
			CHECK(cmd->residual);
		else if (!o->raw)
			CHECK(cmd->residual == cmd->data_len - cmd->len);
		return;
	default:
		CHECK(cmd->status == SAM_STAT_BUSY || cmd->status == SAM_STAT_TASK_SET_FULL);
		CHECK(!cmd->sense_len);
	}
	CHECK(!cmd->len && !o->copied);
	if (cmd->flags & TGT_CMD_OVERFLOW)
		CHECK(cmd->residual && has_sense(cmd, ILLEGAL_REQUEST, 0x0e, 0x03));
	else
		CHECK(cmd->residual == cmd->data_len);
}

/* Bytes of parameter data tell how long they are. */
static void check_body(const struct one *o)
{
	const u8 *cdb = o->cmd.cdb, *d = o->data;
	u32 n = o->copied;

	if (cdb[0] == 0x12 && cdb[1] & 1 && n >= 4)
		CHECK(d[1] == cdb[2] && n <= 4U + (d[2] << 8 | d[3]));
	else if (cdb[0] == 0x12 && n >= 5)
		CHECK(n <= 5U + d[4]);
	else if (cdb[0] == 0x1a && n >= 4)
		CHECK(n <= 1U + d[0] && (!d[3] || d[3] == 8));
	else if (cdb[0] == 0x5a && n >= 8)
		CHECK(n <= 2U + (d[0] << 8 | d[1]) && (d[7] == 0 || d[7] == 8 || d[7] == 16));
	else if (cdb[0] == 0xa0 && n >= 8)
		CHECK(n <= 8 + be(d, 4) && !(d[3] & 7));
}

/* --- commands ---------------------------------------------------------------------------- */

static void run(struct one *o)
{
	struct tgt_cmd *cmd = &o->cmd;
	struct work_struct *work;

	now = o;
	queued = NULL;
	tgt_cmd_submit(cmd);
	while (queued && !o->answered) {
		work = queued;
		queued = NULL;
		if (queued_fn)
			queued_fn(work);
		else
			tgt_cmd_complete(cmd);
	}
	check_answer(o);
	CHECK(!dev.hold.unused);
}

static u64 counted(const struct tgt_itl_stats *s)
{
	return s->cmds[0] + s->cmds[1] + s->cmds[2];
}

/* The last command of those that are remembered is this one. */
static void check_remembered(const struct one *o)
{
	struct tgt_recent_past recent = { };
	struct tgt_lun_past past = { .recent = &recent };
	const struct tgt_recent_rec *r;

	tgt_recent_keep(o->cmd.itl, &past);
	CHECK(recent.nr && recent.nr <= TGT_RECENT);
	r = &recent.rec[recent.nr - 1];
	CHECK(r->stage == TGTCORE_RECENT_ENDED && r->status == o->cmd.status);
	CHECK(r->start == clock && !r->ns);
	CHECK(r->cdb_len == min_t(u16, o->cmd.cdb_len, 16));
	CHECK(!memcmp(r->cdb.byte, o->cmd.cdb, r->cdb_len));
	CHECK(o->raw || r->status != SAM_STAT_CHECK_CONDITION ||
	      r->sense == (u32)(o->cmd.sense[2] << 16 | o->cmd.sense[12] << 8 | o->cmd.sense[13]));
}

/* The command once more with a buffer that holds all of the answer. */
static void check_longer(const struct one *o)
{
	struct one *longer;

	if (o->cmd.status || !memchr("\x12\x1a\x5a\x25\x9e\xa0\xa3", o->cmd.cdb[0], 7) ||
	    !o->copied)
		return;
	longer = calloc(1, sizeof(*longer));
	longer->cmd = o->cmd;
	longer->cmd.data_len = LONG;
	longer->room = LONG;
	longer->data = malloc(LONG);
	run(longer);
	CHECK(longer->cmd.status == SAM_STAT_GOOD && longer->copied >= o->copied);
	CHECK(!memcmp(longer->data, o->data, o->copied));
	free(longer->data);
	free(longer);
}

/* Something happens to the device between two commands. */
static void happen(u8 what)
{
	unsigned int i;

	switch (what & 3) {
	case 0:
		if (!backend.raw)
			tgt_ua_device(&dev, (what >> 2) % __TGT_UA_MAX);
		break;
	case 1:
		dev.nblocks += dev.nblocks < S64_MAX >> dev.block_shift;
		break;
	case 2:
		for (i = 0; i < nr_itls && !backend.raw; i++)
			tgt_gate_change(&itls[i], what & 4 ? TGT_GATE_RO : 0,
					what & 4 ? 0 : TGT_GATE_RO);
		break;
	case 3:
		for (i = 0; i < nr_itls && !backend.raw; i++)
			tgt_gate_change(&itls[i], what & 4 ? TGT_GATE_FENCED : 0,
					what & 4 ? 0 : TGT_GATE_FENCED);
		break;
	}
}

/*
 * A CDB of up to CDB_LEN bytes; its length. Of random bytes few are a command, so half of them
 * are made one: a row of the table gives opcode, service action and length.
 */
static u8 take_cdb(struct input *in, u8 *cdb)
{
	static const u8 pages[] = { 0x00, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2, 0xb3,
				    0x08, 0x0a, 0x1c, 0x3f };
	u8 len = take_u8(in), row = take_u8(in);
	const struct tgt_op *op;

	if (!(row & 0x80)) {
		len = len > CDB_LEN ? 16 : len;
		take(in, cdb, len);
		return len;
	}
	op = &tgt_ops[2 + row % (tgt_nr_ops - 2)];
	take(in, cdb, op->cdb_len);
	cdb[0] = op->opcode;
	if (op->opcode == TGT_OP_VARIABLE) {
		cdb[1] &= len;
		cdb[7] = op->cdb_len - 8;
		cdb[8] = op->sa >> 8;
		cdb[9] = op->sa;
		return op->cdb_len;
	}
	if (op->flags & TGT_OP_SA)
		cdb[1] = (cdb[1] & 0xe0) | op->sa;
	if (row & 0x40 && op->flags & TGT_OP_DATA_IN && cdb[1] < 0x80) {
		cdb[1] |= op->opcode == INQUIRY;
		cdb[2] = pages[cdb[2] % ARRAY_SIZE(pages)];
	}
	cdb[op->cdb_len - 1] &= len;	/* rarely NACA */
	return op->cdb_len;
}

static void one_command(struct input *in)
{
	u8 how = take_u8(in), cdb_len, cdb[CDB_LEN] = { }, byte1, dir;
	struct one *o = calloc(1, sizeof(*o));
	struct tgt_itl *itl;
	unsigned long gate;
	bool ua, rw;
	u64 lba, n_before;
	u32 n;

	if (how & 0x80)
		happen(take_u8(in));
	cdb_len = take_cdb(in, cdb);
	o->cmd = (struct tgt_cmd) {
		.sess = &sess,
		.cdb = exactly(cdb, cdb_len),
		.cdb_len = cdb_len,
		.dir = (how & 3) % 3,
		.data_len = take_u32(in),
		.sense = malloc(TGT_SENSE_LEN),
	};
	o->backend = (how >> 4 & 7) % BACKEND_WAYS;
	if (o->cmd.data_len & 0x80000000)
		o->cmd.data_len &= 0x3ff;	/* short ones matter most */
	o->cmd.data_len = o->cmd.dir ? o->cmd.data_len % (2 * TGT_MAX_IO) : 0;
	o->room = min(o->cmd.data_len, LONG);
	o->data = malloc(o->room ?: 1);
	sess.recv_data = how & 8 ? recv_data : NULL;
	if (how & 4 && nr_itls)
		o->cmd.itl = &itls[take_u8(in) % nr_itls];
	else
		take(in, &o->cmd.lun, sizeof(o->cmd.lun));

	itl = o->cmd.itl;
	if (!itl) {
		itl = tgt_itl_enter(&sess, &o->cmd.lun);
		if (itl)
			itl->ref.unused--;
	}
	gate = itl ? itl->gate : 0;
	ua = itl && itl->ua;
	n_before = itl ? counted(&itl->cpu->stats) : 0;
	rw = decode_rw(cdb, cdb_len, &lba, &n, &byte1, &dir);
	clock++;	/* each command later than those before it */
	run(o);
	CHECK(o->cmd.itl == itl);
	if (itl) {
		CHECK(!itl->ref.unused);
		CHECK(counted(&itl->cpu->stats) == n_before + 1);
		check_remembered(o);
		CHECK(!(itl->gate & TGT_GATE_STOPPED) == !dev.stopped);
	} else {
		CHECK(!o->submitted);
	}
	/* nothing but INQUIRY, REPORT LUNS and REQUEST SENSE passes a unit attention */
	if (ua && (!cdb_len || !memchr("\x03\x12\xa0", cdb[0], 3)))
		CHECK(has_sense(&o->cmd, UNIT_ATTENTION, o->cmd.sense[12], o->cmd.sense[13]));
	else if (rw && itl && !gate)
		check_rw(o, lba, n, byte1, dir);
	if (o->cmd.status == SAM_STAT_GOOD && !o->raw && o->copied) {
		check_body(o);
		check_longer(o);
	}
	free((void *)o->cmd.cdb);
	free(o->cmd.sense);
	free(o->data);
	free(o);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	unsigned int i;

	tgt_op_init();
	make_world(&in);
	for (i = 0; i < COMMANDS && in.len; i++)
		one_command(&in);
	return 0;
}
