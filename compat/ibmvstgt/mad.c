// SPDX-License-Identifier: GPL-2.0
/*
 * Management datagrams. Each is answered; those that Linux clients knew from this driver with 24
 * bytes, the others with their header.
 */
#include "ibmvstgt.h"

#define VST_MAD_HEADER		sizeof(struct mad_common)
#define VST_MAD_KNOWN		24
#define VST_MAD_HOST_CONFIG	4	/* has no name any more */
#define VST_MAD_REFUSED		1	/* as ever, for what was never supported */

#define VST_CAPS_HEADER		offsetof(struct capabilities, migration)
#define VST_CAPS_MAX		VST_LIST_MAX	/* bytes; behind the IU, where lists are else */

static void vst_mad_reply(struct vst_iu *iu, u16 status, u16 len)
{
	struct mad_common *mad = (void *)iu->buf;

	mad->status = cpu_to_be16(status);
	vst_reply(iu, len, VIOSRP_OK2);
}

static u8 *vst_mad_data(struct vst_iu *iu)
{
	return iu->buf + SRP_MAX_IU_LEN;
}

static bool vst_mad_copy(struct vst_iu *iu, u32 len, bool out)
{
	struct viosrp_adapter_info *mad = (void *)iu->buf;

	return !vst_copy(iu->a, iu->dma + SRP_MAX_IU_LEN, be64_to_cpu(mad->buffer), len, out);
}

/* No more than the client has room for is written. */
static void vst_mad_info(struct vst_iu *iu)
{
	struct mad_adapter_info_data *info = (void *)vst_mad_data(iu);
	struct viosrp_adapter_info *mad = (void *)iu->buf;
	u16 len = be16_to_cpu(mad->common.length);

	memset(info, 0, sizeof(*info));
	if (len > sizeof(*info)) {
		vst_mad_reply(iu, VIOSRP_MAD_FAILED, VST_MAD_KNOWN);
		return;
	}
	if (!vst_mad_copy(iu, len, true))
		goto failed;
	pr_debug("ibmvstgt: %x: client %.96s, partition %u\n", iu->a->vdev->unit_address,
		 info->partition_name, be32_to_cpu(info->partition_number));
	memset(info, 0, sizeof(*info));
	strscpy(info->srp_version, SRP_VERSION, sizeof(info->srp_version));
	strscpy(info->partition_name, vst_partition_name, sizeof(info->partition_name));
	info->partition_number = cpu_to_be32(vst_partition_number);
	info->mad_version = cpu_to_be32(SRP_MAD_VERSION_1);
	info->os_type = cpu_to_be32(SRP_MAD_OS_LINUX);
	info->port_max_txu[0] = cpu_to_be32(VST_MAX_DATA);
	if (!vst_mad_copy(iu, len, false))
		goto failed;
	vst_mad_reply(iu, VIOSRP_MAD_SUCCESS, VST_MAD_KNOWN);
	return;
failed:
	vst_mad_reply(iu, VST_MAD_REFUSED, VST_MAD_KNOWN);
}

/* We have none of the capabilities there are: each one listed is answered so. */
static bool vst_caps_refuse(u8 *data, u32 len)
{
	struct mad_capability_common *cap;
	u32 at, n;

	for (at = VST_CAPS_HEADER; at < len; at += n) {
		if (len - at < sizeof(*cap))
			return false;
		cap = (void *)(data + at);
		n = be16_to_cpu(cap->length);
		if (n < sizeof(*cap) || n > len - at || n % 4)
			return false;
		cap->server_support = cpu_to_be16(SERVER_DOES_NOT_SUPPORTS_CAP);
	}
	return true;
}

static void vst_mad_capabilities(struct vst_iu *iu)
{
	struct capabilities *caps = (void *)vst_mad_data(iu);
	struct viosrp_capabilities *mad = (void *)iu->buf;
	u16 len = be16_to_cpu(mad->common.length);
	u16 status = VIOSRP_MAD_FAILED;

	if (len < VST_CAPS_HEADER || len > VST_CAPS_MAX || !vst_mad_copy(iu, len, true) ||
	    !vst_caps_refuse((u8 *)caps, len))
		goto out;
	caps->flags &= cpu_to_be32(~CAP_LIST_SUPPORTED);
	memset(caps->name, 0, sizeof(caps->name));
	strscpy(caps->name, dev_name(&iu->a->vdev->dev), sizeof(caps->name));
	if (vst_mad_copy(iu, len, false))
		status = VIOSRP_MAD_SUCCESS;
out:
	vst_mad_reply(iu, status, VST_MAD_HEADER);
}

static void vst_mad_fast_fail(struct vst_iu *iu)
{
	if (!iu->a->logged_in)
		iu->a->fast_fail = true;
	vst_mad_reply(iu, iu->a->logged_in ? VIOSRP_MAD_FAILED : VIOSRP_MAD_SUCCESS,
		      VST_MAD_HEADER);
}

void vst_mad(struct vst_iu *iu)
{
	struct mad_common *mad = (void *)iu->buf;

	switch (be32_to_cpu(mad->type)) {
	case VIOSRP_EMPTY_IU_TYPE:
		vst_mad_reply(iu, VIOSRP_MAD_SUCCESS, VST_MAD_HEADER);
		return;
	case VIOSRP_ERROR_LOG_TYPE:
	case VST_MAD_HOST_CONFIG:
		vst_mad_reply(iu, VST_MAD_REFUSED, VST_MAD_KNOWN);
		return;
	case VIOSRP_ADAPTER_INFO_TYPE:
		vst_mad_info(iu);
		return;
	case VIOSRP_CAPABILITIES_TYPE:
		vst_mad_capabilities(iu);
		return;
	case VIOSRP_ENABLE_FAST_FAIL:
		vst_mad_fast_fail(iu);
		return;
	}
	vst_mad_reply(iu, VIOSRP_MAD_NOT_SUPPORTED, VST_MAD_HEADER);
}
