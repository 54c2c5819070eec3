// SPDX-License-Identifier: GPL-2.0
/*
 * Protection information of any blocks and tuples: what is made passes its check, whatever the
 * tags; the check stops at the first block that is bad, and that one is bad alone as well; and
 * what goes over the wire, or by IP checksums, comes back.
 */
// uses: core/scsi/pi.c
#include "fuzz.h"
#include <tgtcore/tgtcore.h>
#include "scsi/pi.h"

#define MAX	8

static void check_run(struct tgt_pi pi, const __u8 *data, struct tgt_tuple *t, __u32 n, __u8 shift)
{
	enum tgt_sense sense = TGT_SENSE_NONE, again;
	__u32 good = tgt_pi_check(&pi, data, t, n, shift, &sense), i;

	CHECK(good <= n && (good == n) == !sense);
	for (i = 0; i <= good && i < n; i++, pi.ref += pi.ref_step) {
		again = TGT_SENSE_NONE;
		CHECK(tgt_pi_check(&pi, data + (i << shift), &t[i], 1, shift, &again) == (i < good));
		CHECK(again == (i < good ? TGT_SENSE_NONE : sense));
	}
}

static void check_made(struct tgt_pi pi, const __u8 *data, struct tgt_tuple *t, __u32 n, __u8 shift)
{
	enum tgt_sense sense;

	tgt_pi_generate(&pi, data, t, n, shift);
	CHECK(tgt_pi_check(&pi, data, t, n, shift, &sense) == n);
	tgt_pi_to_ip(data, t, n, shift);
	tgt_pi_from_ip(data, t, n, shift);
	CHECK(tgt_pi_check(&pi, data, t, n, shift, &sense) == n);
}

static void check_wire(const __u8 *data, const struct tgt_tuple *t, __u32 n, __u8 shift)
{
	__u8 *wire = malloc(n * ((1U << shift) + 8) ?: 1), *out = malloc(n << shift ?: 1);
	struct tgt_tuple back[MAX];

	tgt_pi_join(wire, data, t, n, shift);
	tgt_pi_split(wire, out, back, n, shift);
	CHECK(!memcmp(out, data, n << shift) && !memcmp(back, t, n * 8));
	free(wire);
	free(out);
}

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size)
{
	struct input in = { bytes, size };
	__u8 shift = 9 + take_u8(&in) % 4;
	__u32 n = take_u8(&in) % (MAX + 1);
	struct tgt_pi pi = {
		.type = 1 + take_u8(&in) % 3, .check = take_u8(&in), .escape = take_u8(&in) & 1,
		.ref_step = take_u8(&in) & 1, .ref = take_u32(&in), .app = take_u16(&in),
		.mask = take_u16(&in),
	};
	struct tgt_tuple t[MAX];
	__u8 *data = malloc(n << shift ?: 1);

	take(&in, t, sizeof(t));
	take(&in, data, n << shift);
	check_run(pi, data, t, n, shift);
	check_wire(data, t, n, shift);
	check_made(pi, data, t, n, shift);
	free(data);
	return 0;
}
