// SPDX-License-Identifier: GPL-2.0
/*
 * System calls. Their arguments are told in words, so each call has a small vocabulary here; a
 * line with a word that is not in it is skipped, and says so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "replay.h"

#define MAPS_MAX	64
#define KERNEL_ADDR	0xffff880000001000
#define UNMAPPED_ADDR	0x7000000
#define WRITE_MAX	(4 << 20)

/* Besides the session's: mappings and descriptors a trace makes in passing. */
static struct {
	void	*p;
	size_t	len;
	bool	is_private;
} maps[MAPS_MAX];
static int nmaps;

static int rdonly_fd = -1, wronly_fd = -1;
static int private_slot;

/* What the call gave. done: it was made. */
struct result {
	bool	done;
	long	ret;
	int	err;
};

static void done(struct result *r, long ret)
{
	r->done = true;
	r->ret = ret;
	r->err = ret < 0 ? errno : 0;
}

void sys_reset(void)
{
	while (nmaps) {
		nmaps--;
		munmap(maps[nmaps].p, maps[nmaps].len);
	}
	if (rdonly_fd >= 0)
		close(rdonly_fd);
	if (wronly_fd >= 0)
		close(wronly_fd);
	rdonly_fd = -1;
	wronly_fd = -1;
}

/* ---- words ------------------------------------------------------------------------------ */

/* Takes "word" out of the text. */
static bool take(char *text, const char *word)
{
	char *at = strstr(text, word);

	if (at)
		memset(at, ' ', strlen(word));
	return at;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first number left, with its unit, taken out. */
static bool take_number(char *text, long long *v)
{
	char *end;

	for (; *text; text++) {
		if (!is_digit(text[*text == '-']))
			continue;
		*v = strtoll(text, &end, 0);
		if (!strncmp(end, "K", 1) || !strncmp(end, " KiB", 4))
			*v <<= 10;
		else if (!strncmp(end, " MiB", 4))
			*v <<= 20;
		end += strspn(end, " KMiB");
		memset(text, ' ', end - text);
		return true;
	}
	return false;
}

static void drop_remarks(char *text)
{
	char *at;

	while ((at = strchr(text, '(')) && strchr(at, ')'))
		memset(at, ' ', strchr(at, ')') - at + 1);
	take(text, "again");
	take(text, "after writes");
}

static bool nothing_left(const char *text)
{
	return !text[strspn(text, " ,|()")];
}

static int take_fd(char *text)
{
	if (take(text, "second fd"))
		return second_fd;
	if (take(text, "O_RDONLY fd"))
		return rdonly_fd;
	if (take(text, "O_WRONLY fd"))
		return wronly_fd;
	take(text, "fd");
	return ring_fd;
}

/* A descriptor that this run did not get: nothing can be said of what is done with it. */
static bool no_fd(int fd)
{
	if (fd < 0)
		skip_line("there is no such descriptor: its open() failed, or the trace has none");
	return fd < 0;
}

/* ---- open, close, stat ------------------------------------------------------------------ */

static void play_child(void);

static void call_open(char *args, struct result *r)
{
	int fd;

	if (take(args, "second")) {
		fd = open(node_path(), O_RDWR | O_CLOEXEC);
		second_fd = fd >= 0 ? fd : second_fd;
	} else if (take(args, "module gone")) {
		fd = open(node_path(), O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
	} else if (take(args, "O_RDWR")) {
		/* this is the next session: the one before has ended */
		fd = session_open();
		errno = fd < 0 ? -fd : 0;
	} else if (take(args, "O_RDONLY")) {
		fd = open(node_path(), O_RDONLY | O_CLOEXEC);
		rdonly_fd = fd;
	} else if (take(args, "O_WRONLY")) {
		fd = open(node_path(), O_WRONLY | O_CLOEXEC);
		wronly_fd = fd;
	} else {
		return;
	}
	done(r, fd < 0 ? -1 : 0);
}

static void call_close(char *args, struct result *r)
{
	int fd = take_fd(args);

	if (no_fd(fd))
		return;
	done(r, close(fd));
	if (fd == second_fd)
		second_fd = -1;
	else if (fd == rdonly_fd)
		rdonly_fd = -1;
	else if (fd == wronly_fd)
		wronly_fd = -1;
	else
		ring_fd = -1;
}

static void call_dup(char *args, struct result *r)
{
	int fd = take_fd(args);

	if (no_fd(fd))
		return;
	fd = dup(fd);
	done(r, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

static void call_stat(char *args, struct result *r)
{
	bool own = strstr(args, "made by this program");
	struct stat st;
	char *path;

	drop_remarks(args);
	args[strcspn(args, " ")] = '\0';
	path = text_to_real(args);
	done(r, stat(own ? node_path() : path, &st));
	free(path);
}

/* ---- mappings --------------------------------------------------------------------------- */

/* The store whose fate a later line tells is made where the kernel would look next. */
static void private_store(__u8 *p)
{
	int i;

	for (i = S->pos; i < step_end_of(S->pos); i++) {
		if (!is_kind(T->line[i], "private_slot_status_after"))
			continue;
		private_slot = S->next_u2k;
		put16(p + ring_bytes() + private_slot * EV_SIZE + 2, 1);
		return;
	}
}

static int take_prot(char *args)
{
	if (take(args, "PROT_READ|WRITE") || take(args, "PROT_READ|PROT_WRITE"))
		return PROT_READ | PROT_WRITE;
	if (take(args, "PROT_RWX"))
		return PROT_READ | PROT_WRITE | PROT_EXEC;
	if (take(args, "PROT_READ"))
		return PROT_READ;
	if (take(args, "PROT_WRITE"))
		return PROT_WRITE;
	if (take(args, "PROT_NONE"))
		return PROT_NONE;
	take(args, "RW");
	return PROT_READ | PROT_WRITE;
}

static void call_mmap(char *args, struct result *r)
{
	long long len = 2 * ring_bytes(), off = 0;
	int flags, prot, fd;
	bool session;
	void *p;

	session = !strcmp(args, "NULL,131072,RW,SHARED,fd,0");
	drop_remarks(args);
	fd = take_fd(args);
	prot = take_prot(args);
	flags = take(args, "MAP_PRIVATE") || take(args, "PRIVATE") ? MAP_PRIVATE : MAP_SHARED;
	if (!take(args, "MAP_SHARED"))
		take(args, "SHARED");
	take(args, "NULL");
	take(args, "len");
	if (take(args, "off")) {
		char *rest = args + strlen(args);

		while (rest > args && (is_digit(rest[-1]) || rest[-1] == ' '))
			rest--;
		rest += strspn(rest, " ");
		/* "131072   4096": the last number is the offset */
		if (strrchr(rest, ' '))
			take_number(strrchr(rest, ' '), &off);
	}
	take_number(args, &len);
	if (!off)
		take_number(args, &off);
	if (!nothing_left(args) || no_fd(fd))
		return;
	if (session) {
		errno = -session_map();
		done(r, errno ? -1 : 0);
		return;
	}
	/* the library would refuse an offset that is not of pages: ask the kernel */
	p = (void *)syscall(SYS_mmap, NULL, len, prot, flags, fd, off);
	done(r, p == MAP_FAILED ? -1 : 0);
	if (p == MAP_FAILED || nmaps == MAPS_MAX)
		return;
	maps[nmaps].p = p;
	maps[nmaps].len = len;
	maps[nmaps++].is_private = flags == MAP_PRIVATE;
	if (flags == MAP_PRIVATE && (prot & PROT_WRITE))
		private_store(p);
}

void do_private_slot(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	int i;

	for (i = nmaps - 1; i >= 0 && !maps[i].is_private; i--)
		;
	if (i < 0) {
		skip_line("there is no private mapping");
		json_decref(actual);
		return;
	}
	json_object_set_new(actual, "status", json_integer(get16((__u8 *)maps[i].p +
					ring_bytes() + private_slot * EV_SIZE + 2)));
	compare(line, actual);
}

/* Of the last mapping made in passing; of the session's, if there is none. */
static void call_munmap(char *args, struct result *r)
{
	bool scratch = nmaps;
	__u8 *p = scratch ? maps[nmaps - 1].p : ring;
	size_t len = scratch ? maps[nmaps - 1].len : 2 * ring_bytes();
	long long n = len;
	bool first = take(args, "first");

	take(args, "rest");
	take(args, "all");
	take_number(args, &n);
	if (!nothing_left(args) || !p)
		return;
	done(r, munmap(p, n));
	if (first && (size_t)n < len && scratch) {
		maps[nmaps - 1].p = p + n;
		maps[nmaps - 1].len = len - n;
	} else if (scratch) {
		nmaps--;
	} else {
		ring = first ? ring : NULL;
	}
}

static void call_mremap(char *args, struct result *r)
{
	void *p;

	if (!take(args, "grow") || !nothing_left(args) || !nmaps)
		return;
	p = mremap(maps[nmaps - 1].p, maps[nmaps - 1].len, 2 * maps[nmaps - 1].len,
		   MREMAP_MAYMOVE);
	done(r, p == MAP_FAILED ? -1 : 0);
	if (p == MAP_FAILED)
		return;
	maps[nmaps - 1].p = p;
	maps[nmaps - 1].len *= 2;
}

/* Both descriptors show the same memory: what is put into one mapping is in the other. */
void do_same_pages(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	__u8 *p, *q, old;
	bool equal;

	if (!nmaps || !ring) {
		skip_line("there are no two mappings");
		json_decref(actual);
		return;
	}
	/* no event has anything in the last byte of a free slot */
	p = slot_at(U2K, EV_MAX - 1) + EV_SIZE - 1;
	q = (__u8 *)maps[nmaps - 1].p + (p - ring);
	old = *p;
	*p = ~old;
	equal = *q == (__u8)~old && !memcmp(ring, maps[nmaps - 1].p, 2 * ring_bytes());
	*p = old;
	json_object_set_new(actual, "equal", json_boolean(equal && *q == old));
	compare(line, actual);
}

/* ---- read, write ------------------------------------------------------------------------ */

static __u8 *write_buf(void)
{
	static __u8 *buf;

	if (!buf)
		buf = calloc(1, WRITE_MAX);
	return buf;
}

static void call_write(char *args, struct result *r)
{
	const void *buf = write_buf();
	long long count = 1;
	int fd = take_fd(args);

	if (take(args, "ring_slot") || take(args, "ring"))
		buf = ring ? (void *)slot_at(U2K, S->next_u2k) : buf;
	if (take(args, "NULL buffer") || take(args, "NULL"))
		buf = NULL;
	if (take(args, "unmapped user buffer"))
		buf = (void *)hole(UNMAPPED_ADDR);
	if (take(args, "kernel buffer") || take(args, "kernel address"))
		buf = (void *)KERNEL_ADDR;
	take(args, "count");
	take_number(args, &count);
	if (!nothing_left(args) || no_fd(fd))
		return;
	done(r, syscall(SYS_write, fd, buf, (size_t)count));
	/* the most that a call takes ends with a page; here it may be a larger one */
	if (r->ret == (INT_MAX & -(long)getpagesize()))
		r->ret = INT_MAX & -PAGE;
}

static void call_pwrite(char *args, struct result *r)
{
	long long count = 0, off = 0;

	if (take_number(args, &count) && take(args, "@") && take_number(args, &off) &&
	    !no_fd(ring_fd))
		done(r, pwrite(ring_fd, write_buf(), count, off));
}

static void call_writev(char *args, struct result *r)
{
	struct iovec iov[16];
	long long len;
	int n = 0;

	while (n < 16 && take_number(args, &len)) {
		iov[n].iov_base = write_buf();
		iov[n++].iov_len = len;
		take(args, ",");
	}
	if (nothing_left(args) && !no_fd(ring_fd))
		done(r, writev(ring_fd, iov, n));
}

static void call_read(char *args, struct result *r)
{
	long long count = 0;
	int fd = take_fd(args);

	if (take_number(args, &count) && nothing_left(args) && count <= WRITE_MAX && !no_fd(fd))
		done(r, read(fd, write_buf(), count));
}

static void call_pread(char *args, struct result *r)
{
	long long count = 0, off = 0;

	if (take_number(args, &count) && take(args, "@") && take_number(args, &off) &&
	    count <= WRITE_MAX && !no_fd(ring_fd))
		done(r, pread(ring_fd, write_buf(), count, off));
}

/* ---- the rest --------------------------------------------------------------------------- */

static void call_ioctl(char *args, struct result *r)
{
	char room[256] = {};
	long long cmd;

	if (take(args, "TCGETS"))
		cmd = TCGETS;
	else if (take(args, "FIONREAD"))
		cmd = FIONREAD;
	else if (take(args, "FIONBIO"))
		cmd = FIONBIO;
	else if (!take_number(args, &cmd))
		return;
	if (nothing_left(args) && !no_fd(ring_fd))
		done(r, ioctl(ring_fd, cmd, room));
}

static void call_lseek(char *args, struct result *r)
{
	long long off;
	int whence = -1;

	drop_remarks(args);
	if (take(args, "SEEK_SET"))
		whence = SEEK_SET;
	else if (take(args, "SEEK_CUR"))
		whence = SEEK_CUR;
	else if (take(args, "SEEK_END"))
		whence = SEEK_END;
	if (whence >= 0 && take_number(args, &off) && nothing_left(args) && !no_fd(ring_fd))
		done(r, lseek(ring_fd, off, whence));
}

static void call_fsync(char *args, struct result *r)
{
	if (nothing_left(args) && !no_fd(ring_fd))
		done(r, fsync(ring_fd));
}

static void call_ftruncate(char *args, struct result *r)
{
	long long len;

	if (take_number(args, &len) && nothing_left(args) && !no_fd(ring_fd))
		done(r, ftruncate(ring_fd, len));
}

static void call_delete_module(char *args, struct result *r)
{
	int flags = take(args, "O_NONBLOCK") ? O_NONBLOCK : 0;

	args[strcspn(args, " ")] = '\0';
	args = (char *)name_to_real(args);
	/* this program's hold on the driver is not the trace's business */
	if (!strcmp(args, "lld_probe"))
		lld_close();
	done(r, syscall(SYS_delete_module, args, flags));
}

static void call_finit_module(char *args, struct result *r)
{
	args[strcspn(args, " ")] = '\0';
	args = (char *)name_to_real(args);
	errno = -module_load(args);
	done(r, errno ? -1 : 0);
	if (!strcmp(args, "scsi_tgt"))
		node_make();
}

static const struct {
	const char *call;
	void (*fn)(char *args, struct result *r);
} calls[] = {
	{ "open", call_open },
	{ "close", call_close },
	{ "dup", call_dup },
	{ "stat", call_stat },
	{ "mmap", call_mmap },
	{ "munmap", call_munmap },
	{ "mremap", call_mremap },
	{ "write", call_write },
	{ "pwrite", call_pwrite },
	{ "writev", call_writev },
	{ "read", call_read },
	{ "pread", call_pread },
	{ "ioctl", call_ioctl },
	{ "lseek", call_lseek },
	{ "fsync", call_fsync },
	{ "ftruncate", call_ftruncate },
	{ "delete_module", call_delete_module },
	{ "finit_module", call_finit_module },
};

static bool opens_session(const json_t *line)
{
	return !strcmp(str_of(line, "call"), "open") && strstr(str_of(line, "args"), "O_RDWR") &&
	       !strstr(str_of(line, "args"), "second");
}

void do_sys(const json_t *line)
{
	struct result r = {};
	bool known = false;
	json_t *actual;
	char *args;
	int before;
	size_t i;

	if (opens_session(line) && session_child_end(S->pos) >= 0) {
		/* in the child this is called again, and then there is no such end */
		play_child();
		return;
	}
	args = strdup(str_of(line, "args"));
	before = S->nskips;
	for (i = 0; i < ARRAY_SIZE(calls) && !known; i++) {
		known = !strcmp(calls[i].call, str_of(line, "call"));
		if (known)
			calls[i].fn(args, &r);
	}
	free(args);
	if (!r.done) {
		if (S->nskips == before)
			skip_line("%s(%s) cannot be made from these words", str_of(line, "call"),
				  str_of(line, "args"));
		return;
	}
	actual = json_copy((json_t *)line);
	json_object_set_new(actual, "ret", json_integer(r.ret));
	json_object_set_new(actual, "errno", json_integer(r.err));
	json_object_set_new(actual, "err", json_string(r.err ? strerrorname_np(r.err) : ""));
	compare(line, actual);
}

/* ---- children --------------------------------------------------------------------------- */

static int child_status;
static bool child_told;

/* A forked child changes its own copy of the memory, then lets the kernel look. */
void child_write(const json_t *line)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		memset((void *)u64_of(line, "addr"), int_of(line, "byte"), int_of(line, "len"));
		_exit(write(ring_fd, write_buf(), 1) == 1 ? 0 : 1);
	}
	child_told = pid > 0 && waitpid(pid, &child_status, 0) == pid;
}

void do_child(const json_t *line)
{
	json_t *actual = json_pack("{s:s}", "t", "child");

	if (!child_told) {
		skip_line("nothing in the trace says what this child did");
		json_decref(actual);
		return;
	}
	child_told = false;
	json_object_set(actual, "#", json_object_get(line, "#"));
	if (WIFSIGNALED(child_status))
		json_object_set_new(actual, "signal", json_integer(WTERMSIG(child_status)));
	else
		json_object_set_new(actual, "exit", json_integer(WEXITSTATUS(child_status)));
	compare(line, actual);
}

/*
 * A session that ends with its process is played by a process that ends as the trace says. What
 * it finds out is in shared memory.
 */
static void play_child(void)
{
	int end = session_child_end(S->pos);
	const json_t *last = T->line[end];
	pid_t pid;

	session_close();
	fflush(NULL);
	pid = fork();
	if (!pid) {
		in_child = true;
		for (; S->pos < end; S->pos++)
			play_line(T->line[S->pos]);
		fflush(NULL);
		if (int_of(last, "signal"))
			raise(int_of(last, "signal"));
		_exit(int_of(last, "exit"));
	}
	child_told = pid > 0 && waitpid(pid, &child_status, 0) == pid && is_kind(last, "child");
	if (S->pos != end)
		problem("the session's process ended before its time");
	/* what follows looks at the lines from the child's end on */
	S->pos = end - 1;
}
