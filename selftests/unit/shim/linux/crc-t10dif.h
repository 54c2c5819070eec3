/* SPDX-License-Identifier: GPL-2.0 */
/* CRC of the protection information, SBC-4 4.21.4.2: bit by bit, as it is defined. */
#ifndef _UNIT_CRC_T10DIF_H
#define _UNIT_CRC_T10DIF_H

#include "shim.h"

static inline u16 crc_t10dif(const u8 *p, size_t len)
{
	u16 crc = 0;
	int bit;

	for (; len; len--, p++) {
		crc ^= *p << 8;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x8bb7 : crc << 1;
	}
	return crc;
}

#endif
