# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034	# for those who source this
#
# What differs between the architectures that the VM has.

arches="ppc64el s390x arm64"

# arch_is NAME: sets, for an architecture of Debian's,
#   triplet  of its compiler             flavour  of its kernel package
#   qemu     the program                 machine  what it is, and its CPU
#   bus      of virtio devices: virtio-blk-BUS
#   console  of the kernel               booting  what else it is told
#   hvc      the first console of virtio
arch_is()
{
	bus=pci hvc=hvc0 booting=''
	case $1 in
	amd64)
		triplet=x86_64-linux-gnu flavour=amd64 qemu=qemu-system-x86_64 console=ttyS0
		# Without cmpxchg16b: emulated (7.2), it may leave an address among the flags, and an
		# interrupt just then brings them back to the kernel's allocator, trap flag and all.
		machine=(-machine "${TGTVM_MACHINE:-q35}" -cpu "max,-cx16")
		booting="reboot=t,force random.trust_cpu=on no_timer_check tsc=reliable 8250.nr_uarts=1" ;;
	ppc64el)
		triplet=powerpc64le-linux-gnu flavour=powerpc64le qemu=qemu-system-ppc64 console=hvc0 hvc=hvc1
		# What TCG cannot emulate of the mitigations, and firmware that does little.
		machine=(-machine "pseries,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
			 -cpu power9) ;;
	s390x)
		triplet=s390x-linux-gnu flavour=s390x qemu=qemu-system-s390x console=ttysclp0 bus=ccw
		machine=(-machine s390-ccw-virtio -cpu qemu) ;;
	arm64)
		triplet=aarch64-linux-gnu flavour=arm64 qemu=qemu-system-aarch64 console=ttyAMA0
		machine=(-machine "virt,gic-version=3" -cpu cortex-a72) ;;
	*)
		return 1 ;;
	esac
}
