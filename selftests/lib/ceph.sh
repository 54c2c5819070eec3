# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A cluster of Ceph with one monitor and one OSD in memory, on the loopback interface. Source it
# after tap.sh. TGT_CEPH=DIR: Debian's packages of it unpacked there, not installed.

CEPH_DIR='' CEPH_CONF='' CEPH_MON='' CEPH_OSD=''

ceph_find() # skips the test where there is none
{
	if [ -n "${TGT_CEPH:-}" ]; then
		PATH=$TGT_CEPH/usr/bin:$PATH
		local libs=$TGT_CEPH/usr/lib/x86_64-linux-gnu
		export LD_LIBRARY_PATH=$libs:$libs/ceph:$TGT_CEPH/lib/x86_64-linux-gnu
		export PYTHONPATH=$TGT_CEPH/usr/lib/python3/dist-packages
	fi
	need_program ceph-mon ceph-osd monmaptool ceph rbd
}

ceph_start()
{
	local fsid=3fd8ee4d-7c1c-4e0f-9d92-1fbd1f4e0c5a libs=${TGT_CEPH:-}/usr/lib/x86_64-linux-gnu

	CEPH_DIR=$(mktemp -d /tmp/ceph.XXXXXX)
	CEPH_CONF=$CEPH_DIR/ceph.conf
	export CEPH_CONF
	mkdir "$CEPH_DIR/mon" "$CEPH_DIR/osd"
	cat > "$CEPH_CONF" <<-END
		[global]
		fsid = $fsid
		mon host = v1:127.0.0.1:6789
		auth cluster required = none
		auth service required = none
		auth client required = none
		osd pool default size = 1
		osd pool default min size = 1
		mon allow pool size one = true
		mon warn on pool no redundancy = false
		osd crush chooseleaf type = 0
		osd objectstore = memstore
		memstore device bytes = 1073741824
		osd class dir = $libs/rados-classes
		plugin dir = $libs/ceph
		erasure code dir = $libs/ceph/erasure-code
		run dir = $CEPH_DIR
		admin socket =
		pid file =
		log file = $CEPH_DIR/\$name.log
		mon data = $CEPH_DIR/mon
		mon cluster log file = $CEPH_DIR/cluster.log
		osd data = $CEPH_DIR/osd
		public addr = 127.0.0.1
		ms bind msgr2 = false
		rbd default features = 5
	END
	monmaptool --create --add a 127.0.0.1:6789 --fsid $fsid "$CEPH_DIR/monmap" &&
		ceph-mon -c "$CEPH_CONF" --mkfs -i a --monmap "$CEPH_DIR/monmap" || return 1
	ceph-mon -c "$CEPH_CONF" -i a -f > "$CEPH_DIR/mon.out" 2>&1 &
	CEPH_MON=$!
	timeout 100 ceph -c "$CEPH_CONF" osd new 7a3e2c9f-0d59-4c06-b8b4-5f0f5b5b7f11 &&
		ceph-osd -c "$CEPH_CONF" -i 0 --mkfs --osd-uuid 7a3e2c9f-0d59-4c06-b8b4-5f0f5b5b7f11 ||
		return 1
	ceph-osd -c "$CEPH_CONF" -i 0 -f > "$CEPH_DIR/osd.out" 2>&1 &
	CEPH_OSD=$!
	timeout 100 ceph -c "$CEPH_CONF" osd pool create rbd 8 &&
		timeout 100 rbd -c "$CEPH_CONF" create --size 64M rbd/disk
}

ceph_stop()
{
	local pid

	for pid in $CEPH_OSD $CEPH_MON; do
		kill -KILL "$pid"
		wait "$pid" || :
	done
	rm -rf "$CEPH_DIR"
}
