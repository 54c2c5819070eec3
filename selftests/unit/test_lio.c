// SPDX-License-Identifier: GPL-2.0
/* Names of LIO's: ports as targets of ours, initiator ports as TransportIDs (SPC-5 7.6.4). */
// uses: core/fabric/lio_id.c
#include "shim.h"
#include "unit.h"
#include <scsi/scsi_proto.h>
#include "fabric/lio_id.h"

#define STR_EQ(got, want)	MEM_EQ(got, want, strlen(want) + 1)

static struct lio_port_id port(const char *fabric, const char *wwn, u16 tag)
{
	struct lio_port_id id = { .tag = tag };

	snprintf(id.fabric, sizeof(id.fabric), "%s", fabric);
	snprintf(id.wwn, sizeof(id.wwn), "%s", wwn);
	return id;
}

UNIT(names_that_fit_are_as_they_are)
{
	struct lio_port_id id = port("loopback", "naa.5001405000000001", 1);
	char name[LIO_PORT_NAME];

	lio_port_name(&id, 7, name);
	STR_EQ(name, "loopback.naa.5001405000000001.1");
}

UNIT(a_name_of_48_bytes_fits_and_one_of_49_does_not)
{
	/* "f." and ".1" and 44 or 45 of the name */
	struct lio_port_id id = port("f", "12345678901234567890123456789012345678901234", 1);
	char name[LIO_PORT_NAME];

	lio_port_name(&id, 0xabc, name);
	STR_EQ(name, "f.12345678901234567890123456789012345678901234.1");
	EQ(strlen(name), 48);
	strcat(id.wwn, "5");
	lio_port_name(&id, 0xabc, name);
	STR_EQ(name, "f.12345678901234567890123456789.0000000000000abc");
	EQ(strlen(name), 48);
}

UNIT(what_no_name_has_is_told_by_the_hash)
{
	struct lio_port_id id = port("srpt", "fe80:0000/1", 1);
	char name[LIO_PORT_NAME];

	lio_port_name(&id, 0x1234, name);
	STR_EQ(name, "srpt.fe80:0000_1.1.0000000000001234");
}

static int tid(int protocol, const char *initiator, const char *sid, u8 *buf)
{
	memset(buf, 0xee, 256);
	return lio_transport_id(protocol, initiator, sid, buf);
}

UNIT(sas_has_its_address)
{
	static const u8 want[24] = { 0x06, [4] = 0x50, 0x01, 0x40, 0x5a, 0, 0, 0, 0x12 };
	u8 buf[256];

	EQ(tid(SCSI_PROTOCOL_SAS, "naa.5001405a00000012", "", buf), 24);
	MEM_EQ(buf, want, 24);
	EQ(tid(SCSI_PROTOCOL_SAS, "NAA.5001405A00000012", "", buf), 24);
	MEM_EQ(buf, want, 24);
}

UNIT(fc_has_its_port_name)
{
	static const u8 want[24] = { 0x00, [8] = 0x21, 0, 0, 0xe0, 0x8b, 0x05, 0x05, 0x04 };
	u8 buf[256];

	EQ(tid(SCSI_PROTOCOL_FCP, "21:00:00:e0:8b:05:05:04", "", buf), 24);
	MEM_EQ(buf, want, 24);
	EQ(tid(SCSI_PROTOCOL_FCP, "fc.210000e08b050504", "", buf), 24);
	MEM_EQ(buf, want, 24);
}

UNIT(srp_has_sixteen_bytes)
{
	static const u8 want[24] = {
		0x04, [8] = 0xfe, 0x80, 0, 0, 0, 0, 0, 0,
		0x50, 0x54, 0, 0xff, 0xfe, 0x12, 0x34, 0x56,
	};
	static const u8 shorter[24] = { 0x04, [20] = 0x01, 0x23, 0x45, 0x67 };
	u8 buf[256];

	EQ(tid(SCSI_PROTOCOL_SRP, "0xfe80000000000000505400fffe123456", "", buf), 24);
	MEM_EQ(buf, want, 24);
	EQ(tid(SCSI_PROTOCOL_SRP, "fe80:0000:0000:0000:5054:00ff:fe12:3456", "", buf), 24);
	MEM_EQ(buf, want, 24);
	EQ(tid(SCSI_PROTOCOL_SRP, "0x1234567", "", buf), 24);
	MEM_EQ(buf, shorter, 24);
}

UNIT(sbp_has_its_eui)
{
	static const u8 want[24] = { 0x03, [8] = 0x00, 0x11, 0x06, 0x66, 0, 0, 0, 0x01 };
	u8 buf[256];

	EQ(tid(SCSI_PROTOCOL_SBP, "0011066600000001", "", buf), 24);
	MEM_EQ(buf, want, 24);
}

/* Table 508: null-terminated, padded to a multiple of four, 20 bytes at least. */
UNIT(iscsi_has_name_and_isid)
{
	u8 buf[256];

	EQ(tid(SCSI_PROTOCOL_ISCSI, "iqn.1993-08.org.debian:01", "00023d000001", buf), 4 + 44);
	EQ(buf[0], 0x45);
	EQ(buf[1], 0);
	EQ(buf[2] << 8 | buf[3], 44);
	STR_EQ((char *)buf + 4, "iqn.1993-08.org.debian:01,i,0x00023d000001");
	EQ(buf[46], 0);
	EQ(buf[47], 0);
	EQ(tid(SCSI_PROTOCOL_ISCSI, "iqn.a", "", buf), 24);
	EQ(buf[0], 0x05);
	EQ(buf[3], 20);
	STR_EQ((char *)buf + 4, "iqn.a");
	OK(!memchr_inv(buf + 9, 0, 15));
}

UNIT(the_longest_iscsi_name)
{
	char name[300];
	u8 buf[256];

	memset(name, 'x', sizeof(name));
	name[223] = 0;
	EQ(tid(SCSI_PROTOCOL_ISCSI, name, "00023d000001", buf), 4 + 244);
	EQ(buf[2] << 8 | buf[3], 244);
	name[223] = 'x';
	name[260] = 0;
	EQ(tid(SCSI_PROTOCOL_ISCSI, name, "00023d000001", buf), -EINVAL);
}

UNIT(what_is_no_name_of_the_protocol)
{
	u8 buf[256];

	EQ(tid(SCSI_PROTOCOL_SAS, "iqn.2003-01.org", "", buf), -EINVAL);
	EQ(tid(SCSI_PROTOCOL_SAS, "naa.", "", buf), -EINVAL);
	EQ(tid(SCSI_PROTOCOL_SAS, "naa.60014050000000011", "", buf), -EINVAL);
	EQ(tid(SCSI_PROTOCOL_FCP, "", "", buf), -EINVAL);
	EQ(tid(SCSI_PROTOCOL_ISCSI, "", "", buf), -EINVAL);
	EQ(tid(SCSI_PROTOCOL_SPI, "7", "", buf), -EINVAL);
}
