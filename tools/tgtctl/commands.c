// SPDX-License-Identifier: GPL-2.0
/*
 * The table of commands. The manual page, the completion and a test of both follow it. The
 * first sentence of a help text is its summary.
 */
#include "config.h"
#include "tgtctl.h"

#define PAIRS_MAX	256
#define SHOW		(OPT_JSON | OPT_BLOCKED)
#define DELETE		(OPT_FORCE | OPT_NO_WAIT | OPT_TIMEOUT | OPT_GENERATION)

#define MAKE		(OPT_NO_WAIT | OPT_TIMEOUT | OPT_GENERATION)

#define DEVICE_ARGS \
	"NAME backend=BACKEND [size=SIZE] [block-size=512|4096] [serial=TEXT] " \
	"[readonly=yes|no] [queue-limit=N] [pi=0|1|2|3] [pr-file=FILE] " \
	"[KEY=VALUE...]"

#define MADE_HELP \
	"The kernel answers after 5 s at most, and goes on if it takes longer; the command\n" \
	"waits until it is done (60 s at most)."

#define GONE_HELP \
	"The kernel answers when the object has begun to go; the command waits until it is gone\n" \
	"(60 s at most)."

const struct command commands[] = {
	{ "device", "create", DEVICE_ARGS,
	  MAKE, 1, PAIRS_MAX, device_create,
	  "Make a logical unit. BACKEND is what stores its data:\n"
	  "  null   nothing: reads and writes are answered and forgotten\n"
	  "  ram    memory, as much as has been written\n"
	  "  file   a file, path=FILE\n"
	  "  blk    a block device, path=FILE\n"
	  "  user   a daemon, at /dev/tgtcore/NAME; service=file|mem|null|rbd starts one of ours,\n"
	  "         which serves from what config=TEXT says\n"
	  "  user-raw  the same, but the daemon executes whole commands and says what SIZE is\n"
	  "  fault  another device, lower=NAME, and fails as it is told to: for tests\n"
	  "  stgt   a daemon such as tgtd, LUN lun=N of the host host=N that it serves\n"
	  "SIZE is in bytes, or a number with K, M, G, T or P (powers of 1024). pr-file= keeps\n"
	  "persistent reservations of initiators that ask for it through loss of power; it is taken\n"
	  "up as it is if it is there. Other KEY=VALUE pairs are options of the backend, such as\n"
	  "path=: see tgtctl(8); one that it does not have is refused, with those that it has.\n"
	  MADE_HELP },
	{ "device", "set", "NAME size=SIZE|KEY=VALUE...",
	  MAKE, 2, PAIRS_MAX, device_set,
	  "Change the size of a device, and of the file it is on. It can only grow. Initiators that\n"
	  "use it are told. Or its mode parameters, modes=WORD[,WORD...]; policy= and timeout= of a\n"
	  "user device; the rules of a fault device, rule=ACTION[,KEY=VALUE...] any number of times,\n"
	  "rules=clear, release=yes; see tgtctl(8).\n"
	  MADE_HELP },
	{ "device", "abandon", "NAME", 0, 1, 1, device_abandon,
	  "Give up what the backend still does for commands that were taken from it, so that the\n"
	  "device is no longer fenced, or can close its medium. What is given up may still reach the\n"
	  "medium if the backend could not stop it." },
	{ "device", "delete", "NAME", DELETE, 1, 1, device_delete,
	  "Delete a device. Refused while LUNs or other devices use it; --force deletes those first.\n"
	  GONE_HELP },
	{ "device", "show", "[NAME]", SHOW, 0, 1, device_show,
	  "Show all devices, or one in full." },

	{ "target", "create", "FABRIC:NAME [handler=HANDLER] [rtpi=N] [KEY=VALUE...]",
	  MAKE, 1, PAIRS_MAX, target_create,
	  "Make a target port. FABRIC is how initiators reach it; loop is this machine itself,\n"
	  "and the number of the SCSI host it got is printed. HANDLER executes the commands of\n"
	  "the target: engine (the default), or stgt, a daemon such as tgtd. Other KEY=VALUE pairs\n"
	  "are options of the fabric: of loop, poll-queues=, can-queue= and guard=crc|ip.\n"
	  MADE_HELP },
	{ "target", "delete", "FABRIC:NAME", DELETE, 1, 1, target_delete,
	  "Delete a target port. Refused while it has LUNs; --force deletes those first.\n"
	  GONE_HELP },
	{ "target", "show", "[FABRIC:NAME]", SHOW, 0, 1, target_show,
	  "Show all target ports, or one in full." },

	{ "lun", "create",
	  "FABRIC:NAME LUN device=NAME [group=G] [readonly=yes|no] [profile=PROFILE]",
	  OPT_NO_WAIT | OPT_TIMEOUT | OPT_GENERATION, 2, PAIRS_MAX, lun_create,
	  "Map a device at a LUN of a target. Without group= all initiators see it that are in\n"
	  "no group of the target, else those of the group. If this machine is the initiator, the\n"
	  "command waits (15 s at most) until the disk is there and prints its name. PROFILE is\n"
	  "linux (the default), esxi, windows or aix: what the disk says of itself." },
	{ "lun", "set", "FABRIC:NAME LUN [group=G] profile=PROFILE", OPT_GENERATION, 3, 4, lun_set,
	  "Give a LUN another profile. Initiators that use it are told." },
	{ "lun", "delete", "FABRIC:NAME LUN [group=G]", DELETE, 2, 3, lun_delete,
	  "Take a LUN away. Refused while this machine has the disk open; --force takes it away\n"
	  "all the same.\n"
	  GONE_HELP },
	{ "lun", "show", "[FABRIC:NAME [LUN]]", SHOW, 0, 2, lun_show,
	  "Show all LUNs, or those of a target, or one in full." },
	{ "lun", "recent", "FABRIC:NAME LUN [group=G]", OPT_JSON, 2, 3, lun_recent,
	  "Show the last commands of a LUN, and those in flight. The kernel remembers 16 of each\n"
	  "CPU and session, and the last 16 of sessions that are gone. TIME is that of the kernel's\n"
	  "log." },

	{ "group", "create", "FABRIC:NAME G", OPT_GENERATION, 2, 2, group_create,
	  "Make an access group: a LUN map of their own for some initiators of a target." },
	{ "group", "delete", "FABRIC:NAME G", DELETE, 2, 2, group_delete,
	  "Delete an access group. Refused while it has LUNs or sessions; --force deletes its\n"
	  "LUNs and lets the sessions see the map of all others.\n"
	  GONE_HELP },
	{ "group", "add", "FABRIC:NAME G initiator=ID", OPT_GENERATION, 3, 3, group_add,
	  "Put an initiator into a group." },
	{ "group", "remove", "FABRIC:NAME G initiator=ID", OPT_GENERATION, 3, 3, group_remove,
	  "Take an initiator out of a group." },
	{ "group", "show", "[FABRIC:NAME [G]]", SHOW, 0, 2, group_show,
	  "Show all access groups, or those of a target, or one in full." },

	{ "session", "show", "[FABRIC:NAME]", SHOW, 0, 1, session_show,
	  "Show which initiators use the targets, or one target." },

	{ "alua", "create", "ID [state=STATE] [preferred=yes|no] [targets=LIST] [devices=LIST]",
	  OPT_GENERATION, 1, PAIRS_MAX, alua_create,
	  "Make a target port group of asymmetric logical unit access. ID is 1 to 65535. LIST of\n"
	  "targets is FABRIC:NAME,... STATE is optimized (the default), non-optimized, standby,\n"
	  "unavailable, offline or transitioning. LIST of devices is NAME=STATE,...: for these the\n"
	  "group has another state." },
	{ "alua", "set", "ID [state=STATE] [preferred=yes|no] [targets=LIST] [devices=LIST]",
	  OPT_GENERATION, 2, PAIRS_MAX, alua_set,
	  "Change a target port group. What is given replaces what it had, a LIST too. Initiators\n"
	  "are told." },
	{ "alua", "delete", "ID", DELETE, 1, 1, alua_delete,
	  "Delete a target port group. Refused while it has targets, unless --force is given.\n"
	  GONE_HELP },
	{ "alua", "show", "[ID]", OPT_JSON, 0, 1, alua_show,
	  "Show all target port groups, or one in full." },

	{ "pr", "show", "[DEVICE]", OPT_JSON, 0, 1, pr_show,
	  "Show the persistent reservations of all devices, or those of one with all who are\n"
	  "registered." },
	{ "pr", "export", "DEVICE [FILE]", 0, 1, 2, pr_export,
	  "Write the persistent reservations of a device to FILE, or to the standard output." },
	{ "pr", "import", "DEVICE [FILE]", OPT_GENERATION, 1, 2, pr_import,
	  "Replace the persistent reservations of a device with those in FILE, or the standard\n"
	  "input, as pr export writes them. Initiators that lose by it are told. What is refused has\n"
	  "changed nothing." },

	{ "lio", "attach", "DEVICE [name=NAME] [to=FABRIC/WWN/TPG] [lun=N]", 0, 1, 4, lio_attach,
	  "Make a device a storage object of LIO's, tgtcore_0/NAME (the device's name if left out),\n"
	  "and with to= map it at LUN N (0 if left out) of a target port group that LIO has." },
	{ "lio", "detach", "DEVICE", OPT_FORCE, 1, 1, lio_detach,
	  "Take a device's storage object out of LIO. Refused while LIO has it at a LUN; --force\n"
	  "takes these away first." },
	{ "lio", "show", "", OPT_JSON, 0, 0, lio_show,
	  "Show which devices are storage objects of LIO's, and at which LUNs they are." },

	{ "save", NULL, "[FILE]", 0, 0, 1, do_save,
	  "Write the configuration to FILE, " CONFIG_FILE " if left out, - for the standard\n"
	  "output. A file is replaced at once and as a whole." },
	{ "restore", NULL, "[FILE]",
	  OPT_NO_WAIT | OPT_TIMEOUT | OPT_DRY_RUN | OPT_GENERATION, 0, 1, do_restore,
	  "Make what FILE describes and is not there yet. " CONFIG_FILE " is read if FILE is left\n"
	  "out, - is the standard input. Everything is checked before the first change; what is\n"
	  "there with other settings is an error. If the kernel refuses something, what was made\n"
	  "before it is deleted again. Waits until the disks of this machine are there, as long as\n"
	  "they go on appearing (15 s without one at most)." },
	{ "clear", NULL, "", OPT_NO_WAIT | OPT_TIMEOUT | OPT_GENERATION, 0, 0, do_clear,
	  "Delete all targets, then all devices. Asks nothing. Waits until they are gone (60 s\n"
	  "without progress at most)." },
	{ "monitor", NULL, "", OPT_JSON, 0, 0, do_monitor,
	  "Print what happens, a line for each event, until interrupted." },
	{ "stat", NULL, "[FABRIC:NAME]",
	  OPT_JSON | OPT_INTERVAL | OPT_COUNT | OPT_SESSIONS | OPT_DAEMONS, 0, 1, do_stat,
	  "Print what LUNs have done since they were made, or with --interval what they do:\n"
	  "commands and bytes per second, latency, commands in flight on average, errors. With\n"
	  "--daemons: what has become of the daemons of devices, and of what these had." },
	{ "info", NULL, "", OPT_JSON, 0, 0, do_info,
	  "Print the generation of the configuration, the version of the module, and which\n"
	  "backends, fabrics and handlers are loaded." },
};

const unsigned int nr_commands = ARRAY_SIZE(commands);
