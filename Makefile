# SPDX-License-Identifier: GPL-2.0
#
# What people type; "make help" lists it. The kernel's build system reads Kbuild.

ROOT := $(CURDIR)
BUILD := $(ROOT)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# Every supported kernel whose headers are installed.
SERIES := 6.1 6.12
KRELS := $(patsubst /lib/modules/%/build,%, \
	$(wildcard $(SERIES:%=/lib/modules/%.*-amd64/build)))
KREL ?= $(KRELS)
RUNNING := $(shell uname -r)

# V=1 shows the commands; WERROR=1 makes warnings fatal, STRICT=1 all that make lint does.
Q := $(if $(V),,@)
S := $(if $(V),,--no-print-directory)
export V

# Daemons to test with instead of the packaged ones, handed on to the tests.
export TGTD TGTADM

# The directory of an old ibmvstgt.c, to build as it is and test with: abi-tests/old-driver.
export IBMVSTGT_SRC

all: modules tools

help:
	@echo 'make                modules for every kernel whose headers are installed, and tools'
	@echo 'make modules        only the modules; KREL=VERSION for one kernel'
	@echo 'make tools          only the tools'
	@echo 'make demo           install what is needed, build, and see a disk served in a VM'
	@echo 'make check          lint, unit tests, VM tests on both kernels'
	@echo 'make lint           static checks; LINT=NAME for one of them'
	@echo 'make unit           unit tests in user space, under ASan and UBSan'
	@echo 'make fuzz           fuzzers in user space; FUZZ_SECONDS=60 each, FUZZ="cdb ..."'
	@echo 'make vm-check       VM tests; KERNEL=6.1|6.12, TESTS="loop_01 ..."'
	@echo 'make check-debug    VM tests on a kernel with KASAN, lockdep, kmemleak; TESTS="..."'
	@echo 'make check-kcsan    VM tests of the engine and the rings on a kernel with KCSAN'
	@echo 'make check-arch     VM tests on another architecture; ARCH=ppc64el|s390x|arm64, TESTS="..."'
	@echo 'make coverage       what the tests visit, by gcov; writes docs/coverage.md; TESTS="..." adds'
	@echo 'make abi-check      replay what the old scsi_tgt did; GOLDEN=DIR, MODE=strict|default'
	@echo 'make bench          instructions per I/O, beside other targets, in a VM'
	@echo 'make soak           the long tests'
	@echo 'make shell          a shell in a VM; KERNEL=6.1|6.12|debug|kcsan'
	@echo 'make debug-kernel   build the kernel of check-debug; make kcsan-kernel likewise'
	@echo 'make build-deps     install the packages that building needs (root or sudo)'
	@echo 'make deps           install the packages that all this needs (root or sudo)'
	@echo 'make deps-arch      install what check-arch needs beside that (root or sudo)'
	@echo 'make install        modules for the running kernel, and tools (root)'
	@echo 'make dkms-install   the same with the modules under DKMS'
	@echo 'make uninstall      take away what either has installed (root)'
	@echo 'make clean          remove build/'
	@echo
	@echo 'kernels here: $(or $(strip $(KRELS)),none with headers; try make deps)'

# --- modules ---------------------------------------------------------------
# External modules are built where their sources are, so every kernel gets a
# directory of links to the sources: objects of two kernels never meet, and none
# lands in the tree. 6.12 tries to make BTF, which wants a vmlinux that Debian's
# headers do not bring. KREL=debug and KREL=kcsan are kernels of selftests/vm/kernel;
# those have UBSAN, but only for whoever asks for it.
KCACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tgtcore/kernels
kdir = $(firstword $(wildcard $(KCACHE)/$(1)/lib/modules/$(1)/build) /lib/modules/$(1)/build)
kbuild = $(MAKE) $(S) -C $(call kdir,$(1)) M=$(2) CONFIG_DEBUG_INFO_BTF_MODULES= \
	UBSAN_SANITIZE=y $(if $(STRICT),$(strict),$(if $(WERROR),WERROR=y W=1)) \
	$(3) modules

define link_sources
	@mkdir -p $(1)
	@cp -rsf $(ROOT)/Kbuild $(ROOT)/core $(ROOT)/compat $(ROOT)/abi-tests $(ROOT)/uapi $(1)/
	@find $(1) -xtype l -delete
endef

modules: $(KREL:%=modules-%)
	$(if $(strip $(KREL)),,$(error no kernel headers found: make deps))

modules-%: | need-Kbuild
	@test -d $(call kdir,$*) || \
		{ echo "no headers for kernel $*: install linux-headers-$*" >&2; exit 1; }
	$(call link_sources,$(BUILD)/$*/src)
	+$(Q)flock $(BUILD)/$*/.lock $(call kbuild,$*,$(BUILD)/$*/src)
	@cd $(BUILD)/$* && for ko in $$(find src -name '*.ko'); do \
		cmp -s $$ko $${ko##*/} || { cp $$ko . && echo "  $* $${ko##*/}"; }; done
	@cd $(BUILD)/$* && for ko in *.ko; do \
		test -n "$$(find src -name $$ko)" || rm -f $$ko; done
	@abi-tests/old-driver $(BUILD)/$* $(call kdir,$*)

modules-debug modules-kcsan: modules-%: %-kernel
	+@$(MAKE) $(S) modules-$$(selftests/vm/kernel/make --krel $*)

# For make coverage: gcov's counters in them, and no function inlined before it has its own.
modules-coverage: debug-kernel
	+@$(MAKE) $(S) coverage-modules-$$(selftests/vm/kernel/make --krel debug)

coverage-modules-%: | need-Kbuild
	$(call link_sources,$(BUILD)/coverage/src)
	+$(Q)$(call kbuild,$*,$(BUILD)/coverage/src,GCOV_PROFILE=y KCFLAGS=-fno-early-inlining)
	@rm -rf $(BUILD)/coverage/modules && mkdir $(BUILD)/coverage/modules
	@find $(BUILD)/coverage/src -name '*.ko' -exec cp -t $(BUILD)/coverage/modules {} +

# The kernels with checkers: minutes the first time, nothing after that.
debug-kernel kcsan-kernel: %-kernel:
	+$(Q)selftests/vm/kernel/make $*

# For make lint: the same with every warning fatal, and sparse on each file that
# is compiled, in a place of its own, so that neither build undoes the other.
strict := W=1 WERROR=y C=1 CF="-D__CHECK_ENDIAN__ -Wsparse-error"

lint-modules-%: | need-Kbuild
	$(call link_sources,$(BUILD)/$*/lint)
	+$(Q)$(call kbuild,$*,$(BUILD)/$*/lint,$(strict))

smatch-modules-%: | need-Kbuild
	$(call link_sources,$(BUILD)/$*/smatch)
	+$(Q)$(call kbuild,$*,$(BUILD)/$*/smatch,C=1 CHECK="smatch -p=kernel")

need-Kbuild:
	@test -f core/Kbuild || { echo "core/Kbuild is missing" >&2; exit 1; }

# --- tools and tests -------------------------------------------------------
tools:
	$(Q)$(MAKE) $(S) -C tools O=$(BUILD)/tools

unit:
	$(Q)$(MAKE) $(S) -C selftests/unit O=$(BUILD)/unit
	$(Q)$(MAKE) $(S) -C tools check O=$(BUILD)/tools
	$(Q)$(MAKE) $(S) -C abi-tests layout LAYOUT=$(BUILD)/layout

# Goes on where it was; what it has found stays in build/fuzz/found.
FUZZ_SECONDS ?= 60

fuzz:
	$(Q)selftests/fuzz/run --seconds $(FUZZ_SECONDS) $(FUZZ)

selftests:
	$(Q)$(MAKE) $(S) -C selftests O=$(BUILD)/tests
	$(Q)$(MAKE) $(S) -C abi-tests O=$(BUILD)/tests

lint:
	$(Q)selftests/lint/run $(filter-out lint,$(LINT))

KERNEL ?= 6.1

vm-check: modules tools selftests
	$(Q)selftests/vm/check --kernel $(KERNEL) $(TESTS)

check-debug: modules-debug tools selftests
	$(Q)selftests/vm/check --kernel debug $(TESTS)

check-kcsan: modules-kcsan tools selftests
	$(Q)selftests/vm/check --kernel kcsan $(or $(TESTS),$$(cat selftests/vm/kernel/kcsan.tests))

check-arch:
	$(Q)selftests/vm/arch/check "$(ARCH)" $(TESTS)

# In build/ARCH, for selftests/vm/run --kernel ARCH.
arch-%:
	$(Q)selftests/vm/arch/build $*

coverage:
	$(Q)selftests/coverage/run $(TESTS)

shell: modules tools
	$(Q)selftests/vm/run --kernel $(KERNEL) --shell

# On this machine, if it has headers or modules for its kernel, else in a VM.
GOLDEN ?= abi-tests/golden
export MODE VERBOSE

abi-check: $(if $(wildcard /lib/modules/$(RUNNING)/build),modules-$(RUNNING),$(KREL:%=modules-%)) \
		selftests
	$(Q)$(if $(filter command environment,$(firstword $(origin KERNEL))),KERNEL=$(KERNEL)) \
		abi-tests/check $(GOLDEN)

check:
	$(Q)selftests/lib/check

demo: deps
	$(Q)$(MAKE) $(S) modules-$$(selftests/vm/run --print-kernel) tools
	$(Q)selftests/demo/run

bench: modules tools
	$(Q)selftests/bench/run

soak: modules tools selftests
	$(Q)selftests/soak/run

deps:
	$(Q).ci/deps

deps-arch:
	$(Q).ci/deps --arch

build-deps:
	$(Q).ci/deps --build

# --- a real machine --------------------------------------------------------
# For the running kernel, or for KREL=VERSION. The probes are for tests alone, and so is what
# needs the simulator.
FOR := $(if $(filter command,$(firstword $(origin KREL))),$(KREL),$(RUNNING))
MODDIR = $(DESTDIR)/lib/modules/$(FOR)/updates/tgtcore

install: modules-$(FOR) install-tools
	install -d $(MODDIR)
	for ko in $(BUILD)/$(FOR)/*.ko; do \
		case $${ko##*/} in *_probe.ko|vio_sim.ko) continue ;; \
		ibmvstgt.ko) [ ! -e $(BUILD)/$(FOR)/vio_sim.ko ] || continue ;; esac; \
		install -m 644 $$ko $(MODDIR)/ || exit 1; \
	done
	$(if $(DESTDIR),,depmod $(FOR))

# The tool, and what a daemon of old looks for: the module at boot, the header at build.
install-tools: tools
	$(Q)$(MAKE) $(S) -C tools O=$(BUILD)/tools DESTDIR=$(DESTDIR) install
	install -D -m 644 compat/scsi_tgt.conf $(DESTDIR)/usr/lib/modules-load.d/scsi_tgt.conf
	install -D -m 644 uapi/scsi/scsi_tgt_if.h $(DESTDIR)/usr/include/scsi/scsi_tgt_if.h

DKMS_SRC := $(DESTDIR)/usr/src/tgtcore-$(VERSION)

# Again after a change: DKMS adds no version twice.
dkms-install: need-dkms install-tools
	dkms remove -m tgtcore -v $(VERSION) --all >/dev/null 2>&1 || :
	rm -rf $(DKMS_SRC)
	install -d $(DKMS_SRC)
	cp -r Makefile Kbuild COPYING dkms.conf core compat abi-tests uapi $(DKMS_SRC)/
	dkms add -m tgtcore -v $(VERSION)
	dkms build -m tgtcore -v $(VERSION)
	dkms install -m tgtcore -v $(VERSION)

need-dkms:
	@command -v dkms >/dev/null || { echo "dkms is missing: apt-get install dkms" >&2; exit 1; }

# Either way of installing; what was saved with "tgtctl save" stays.
uninstall:
	$(Q)$(MAKE) $(S) -C tools O=$(BUILD)/tools DESTDIR=$(DESTDIR) uninstall
	if command -v dkms >/dev/null && [ -d $(DKMS_SRC) ]; then \
		dkms remove -m tgtcore -v $(VERSION) --all; fi
	rm -rf $(MODDIR) $(DKMS_SRC)
	rm -f $(DESTDIR)/usr/lib/modules-load.d/scsi_tgt.conf
	rm -f $(DESTDIR)/usr/include/scsi/scsi_tgt_if.h
	$(if $(DESTDIR),,test ! -d /lib/modules/$(FOR) || depmod $(FOR))

clean:
	rm -rf build

.PHONY: all help modules modules-debug modules-kcsan modules-coverage debug-kernel kcsan-kernel \
	check-debug check-kcsan check-arch coverage tools unit fuzz selftests lint vm-check abi-check shell \
	check demo bench soak deps deps-arch build-deps install install-tools dkms-install uninstall need-dkms clean \
	need-Kbuild
