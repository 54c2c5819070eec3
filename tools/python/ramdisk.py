#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""ramdisk.py NAME: serves a device of backend user from memory, which ends with it."""
import sys
import tgtcore


class RamDisk(tgtcore.Backstore):
    def start(self, info):
        self.mem = bytearray(info.size)

    def read(self, offset, length):
        return self.mem[offset:offset + length]

    def write(self, offset, data, fua):
        self.mem[offset:offset + len(data)] = data


tgtcore.serve(sys.argv[1], RamDisk())
