// SPDX-License-Identifier: GPL-2.0
/*
 * Data buffers of the probe fabric: scattered as a test asks, each piece between guard
 * bytes that tell whether somebody wrote outside it.
 */
#include <linux/crc32.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "probe.h"

/* A page of guard before, so that any offset leaves enough of it. */
static void *probe_seg_data(struct probe_buf *buf, u32 i)
{
	return buf->segs[i].mem + PAGE_SIZE + buf->offset;
}

/* Bytes of the segment that are data, @done being in the segments before. */
static u32 probe_seg_used(struct probe_buf *buf, u32 i, u32 done)
{
	return min(buf->segs[i].len, buf->data_len - done);
}

static int probe_seg_alloc(struct probe_buf *buf, u32 i, u32 len)
{
	struct probe_seg *seg = &buf->segs[i];

	seg->len = len;
	seg->size = PAGE_ALIGN(PAGE_SIZE + buf->offset + len + PROBE_GUARD_LEN);
	seg->mem = alloc_pages_exact(seg->size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!seg->mem)
		return -ENOMEM;
	memset(seg->mem, PROBE_GUARD, seg->size);
	return 0;
}

void probe_buf_free(struct probe_buf *buf)
{
	u32 i;

	sg_free_table(&buf->sgt);
	for (i = 0; i < buf->nr; i++)
		if (buf->segs[i].mem)
			free_pages_exact(buf->segs[i].mem, buf->segs[i].size);
	kvfree(buf->segs);
	memset(buf, 0, sizeof(*buf));
}

static int probe_buf_map(struct probe_buf *buf)
{
	struct scatterlist *sg;
	int err, i;

	err = sg_alloc_table(&buf->sgt, buf->nr, GFP_KERNEL);
	if (err)
		return err;
	for_each_sgtable_sg(&buf->sgt, sg, i)
		sg_set_buf(sg, probe_seg_data(buf, i), buf->segs[i].len);
	return 0;
}

/**
 * probe_buf_alloc() - make a buffer
 * @buf: filled in; zeroed on failure
 * @data_len: bytes of data
 * @offset: of each segment in its page
 * @segs: lengths of the segments, checked: none 0, at least @data_len in all
 * @nr: how many; 0 for the fewest that will do
 *
 * Return: 0 or an errno.
 */
int probe_buf_alloc(struct probe_buf *buf, u32 data_len, u32 offset, const u32 *segs, u32 nr)
{
	u32 i, len, left = data_len;
	int err = 0;

	memset(buf, 0, sizeof(*buf));
	if (!data_len)
		return 0;
	buf->nr = nr ?: DIV_ROUND_UP(data_len, TGTPROBE_SEG_MAX);
	buf->offset = offset;
	buf->data_len = data_len;
	buf->segs = kvcalloc(buf->nr, sizeof(*buf->segs), GFP_KERNEL);
	if (!buf->segs) {
		buf->nr = 0;
		return -ENOMEM;
	}
	for (i = 0; i < buf->nr && !err; i++) {
		len = nr ? segs[i] : min(left, TGTPROBE_SEG_MAX);
		left -= min(left, len);
		err = probe_seg_alloc(buf, i, len);
	}
	if (!err)
		err = probe_buf_map(buf);
	if (err)
		probe_buf_free(buf);
	return err;
}

/* Everything zero if @from is NULL. */
int probe_buf_from_user(struct probe_buf *buf, const void __user *from)
{
	u32 i, n, done = 0;

	for (i = 0; i < buf->nr; i++, done += n) {
		n = probe_seg_used(buf, i, done);
		if (!from)
			memset(probe_seg_data(buf, i), 0, n);
		else if (copy_from_user(probe_seg_data(buf, i), from + done, n))
			return -EFAULT;
	}
	return 0;
}

int probe_buf_to_user(struct probe_buf *buf, void __user *to)
{
	u32 i, n, done = 0;

	for (i = 0; i < buf->nr; i++, done += n) {
		n = probe_seg_used(buf, i, done);
		if (copy_to_user(to + done, probe_seg_data(buf, i), n))
			return -EFAULT;
	}
	return 0;
}

void probe_buf_fill(struct probe_buf *buf, u8 byte)
{
	u32 i, n, done = 0;

	for (i = 0; i < buf->nr; i++, done += n) {
		n = probe_seg_used(buf, i, done);
		memset(probe_seg_data(buf, i), byte, n);
	}
}

u32 probe_buf_sum(struct probe_buf *buf)
{
	u32 i, n, done = 0, sum = ~0;

	for (i = 0; i < buf->nr; i++, done += n) {
		n = probe_seg_used(buf, i, done);
		sum = crc32_le(sum, probe_seg_data(buf, i), n);
	}
	return sum;
}

/**
 * probe_buf_intact() - whether nobody wrote outside the data
 * @buf: buffer
 */
bool probe_buf_intact(struct probe_buf *buf)
{
	u32 i, n, done = 0;
	void *data, *end;

	for (i = 0; i < buf->nr; i++, done += n) {
		n = probe_seg_used(buf, i, done);
		data = probe_seg_data(buf, i);
		end = buf->segs[i].mem + buf->segs[i].size;
		if (memchr_inv(buf->segs[i].mem, PROBE_GUARD, data - buf->segs[i].mem) ||
		    memchr_inv(data + n, PROBE_GUARD, end - (data + n)))
			return false;
	}
	return true;
}
