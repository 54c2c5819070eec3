// SPDX-License-Identifier: GPL-2.0
/* Names of target ports, and TransportIDs (SPC-5 7.6.4) from LIO's names of initiators. Pure. */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <scsi/scsi_proto.h>
#include "lio_id.h"

#define LIO_TID_FIXED	24	/* bytes of all but iSCSI's */
#define LIO_TID_ISCSI	256	/* longest */

static bool lio_name_char(char c)
{
	return isalnum(c) || c == '.' || c == '_' || c == ':' || c == '-';
}

/*
 * FABRIC.WWN.TAG as a target's name of at most 48 bytes. One that is too long, or has what no name
 * has, ends in @hash, which is of the whole @id.
 */
void lio_port_name(const struct lio_port_id *id, u64 hash, char *name)
{
	char full[sizeof(id->fabric) + sizeof(id->wwn) + 8];
	bool plain = true;
	int i, len;

	len = snprintf(full, sizeof(full), "%s.%s.%u", id->fabric, id->wwn, id->tag);
	for (i = 0; i < len; i++)
		if (!lio_name_char(full[i])) {
			full[i] = '_';
			plain = false;
		}
	if (plain && len < LIO_PORT_NAME)
		memcpy(name, full, len + 1);
	else
		snprintf(name, LIO_PORT_NAME, "%.31s.%016llx", full, (unsigned long long)hash);
}

static int lio_hex(char c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/*
 * A number in hexadecimal digits, perhaps with colons between them, right-aligned in @len bytes.
 * False if it is none, or too long.
 */
static bool lio_digits(const char *s, u8 *buf, unsigned int len)
{
	unsigned int n = 2 * len;
	size_t i = strlen(s);

	if (!i)
		return false;
	memset(buf, 0, len);
	while (i--) {
		if (s[i] == ':')
			continue;
		if (!isxdigit(s[i]) || !n)
			return false;
		n--;
		buf[n / 2] |= lio_hex(s[i]) << (n % 2 ? 0 : 4);
	}
	return true;
}

/* What stands before the digits of a name. */
static const char *lio_after(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncasecmp(name, prefix, len) ? name : name + len;
}

/* The iSCSI name, and with an ISID that of the initiator port; padded to a multiple of four. */
static int lio_tid_iscsi(const char *initiator, const char *sid, u8 *tid)
{
	char *name = (char *)tid + 4;
	int len, room = LIO_TID_ISCSI - 4;

	if (*sid)
		len = snprintf(name, room, "%s,i,0x%s", initiator, sid);
	else
		len = snprintf(name, room, "%s", initiator);
	if (!*initiator || len >= room)
		return -EINVAL;
	len = max((len + 1 + 3) & ~3, 20);
	tid[0] = SCSI_PROTOCOL_ISCSI | (*sid ? 0x40 : 0);
	tid[2] = len >> 8;
	tid[3] = len;
	return 4 + len;
}

/**
 * lio_transport_id() - the TransportID of an initiator port
 * @protocol: protocol identifier
 * @initiator: LIO's name of it
 * @sid: ISID in hexadecimal digits, or empty
 * @tid: gets it; 256 bytes
 *
 * Return: its length, or -EINVAL: the protocol has none, or the name is not one of its.
 */
int lio_transport_id(int protocol, const char *initiator, const char *sid, u8 *tid)
{
	bool ok;

	memset(tid, 0, LIO_TID_ISCSI);
	switch (protocol) {
	case SCSI_PROTOCOL_FCP:
		ok = lio_digits(lio_after(initiator, "fc."), tid + 8, 8);
		break;
	case SCSI_PROTOCOL_SBP:
		ok = lio_digits(initiator, tid + 8, 8);
		break;
	case SCSI_PROTOCOL_SRP:
		ok = lio_digits(lio_after(initiator, "0x"), tid + 8, 16);
		break;
	case SCSI_PROTOCOL_SAS:
		ok = lio_digits(lio_after(initiator, "naa."), tid + 4, 8);
		break;
	case SCSI_PROTOCOL_ISCSI:
		return lio_tid_iscsi(initiator, sid, tid);
	default:
		return -EINVAL;
	}
	tid[0] = protocol;
	return ok ? LIO_TID_FIXED : -EINVAL;
}
