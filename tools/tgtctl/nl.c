// SPDX-License-Identifier: GPL-2.0
/*
 * Requests and their answers. libnl makes sockets and messages; reading is done here, because
 * the texts of errors, batches and dumps that must be taken again want every header.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tgtcore.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"
#include "nl_sock.h"
#include "nlerr.h"
#include "util.h"

#define MSG_SIZE	65536	/* one request: several options of 4095 bytes fit */
#define DUMP_TRIES	10

/* The socket, with room for the answers of a batch or a burst of events. */
struct nl_sock *tnl_sock_open(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int one = 1, room = NL_RCVBUF, fd;

	if (!sock || nl_connect(sock, NETLINK_GENERIC)) {
		nl_socket_free(sock);
		return NULL;
	}
	fd = nl_socket_get_fd(sock);
	/* Without the capability, as much as the system allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return sock;
}

/* Ends when the modules have been loaded, or cannot be: the kernel says so where they miss. */
void tnl_modprobe(char *const *argv)
{
	int status;
	pid_t pid;

	if (geteuid())
		return;
	if (!posix_spawn(&pid, "/sbin/modprobe", NULL, NULL, argv, environ))
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
}

/* Connect. A request may have been begun before: what is typed wrong needs no kernel. */
int tnl_open(struct nl *nl, unsigned int flags)
{
	nl->sock = tnl_sock_open();
	if (!nl->sock)
		return error("cannot open a netlink socket: %s", strerror(errno));
	nl->fd = nl_socket_get_fd(nl->sock);
	nl->family = genl_ctrl_resolve(nl->sock, TGTCORE_GENL_NAME);
	/*
	 * Looking the family up makes the kernel load the module, if it can find it by its alias.
	 * This is for the rest: a module installed where depmod has not been run, for one.
	 */
	if (nl->family < 0 && (flags & NL_AUTOLOAD)) {
		tnl_modprobe((char *[]){ "modprobe", "tgtcore", NULL });
		nl->family = genl_ctrl_resolve(nl->sock, TGTCORE_GENL_NAME);
	}
	if (nl->family < 0) {
		nl_socket_free(nl->sock);
		nl->sock = NULL;
		if (!(flags & NL_QUIET))
			error("the tgtcore module %s", flags & NL_AUTOLOAD && !geteuid() ?
			      "cannot be loaded: is it installed for this kernel?" :
			      "is not loaded: modprobe tgtcore");
		return EXIT_FAILURE;
	}
	nl->buf = xcalloc(NL_RECV_SIZE, 1);
	return 0;
}

void tnl_close(struct nl *nl)
{
	nlmsg_free(nl->msg);
	nl_socket_free(nl->sock);
	free(nl->buf);
	memset(nl, 0, sizeof(*nl));
}

/* The next requests may have @size bytes. */
void tnl_request_room(struct nl *nl, size_t size)
{
	nlmsg_free(nl->msg);
	nl->msg = nlmsg_alloc_size(size);
	if (!nl->msg)
		exit(error("out of memory"));
}

/* A send buffer for them, on a connection that is open. */
int tnl_send_room(struct nl *nl)
{
	int room = nlmsg_get_max_size(nl->msg) * 2;

	if (setsockopt(nl->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		return setsockopt(nl->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return 0;
}

/* Begin a request. The message is the connection's own, made empty again. */
struct nl_msg *tnl_request(struct nl *nl, u8 cmd)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *genl;

	if (!nl->msg)
		nl->msg = nlmsg_alloc_size(MSG_SIZE);
	if (!nl->msg)
		exit(error("out of memory"));
	nlh = nlmsg_hdr(nl->msg);
	memset(nlh, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = nlmsg_data(nlh);
	genl->cmd = cmd;
	genl->version = TGTCORE_GENL_VERSION;
	return nl->msg;
}

/* The request, ready to be sent. */
static struct nlmsghdr *tnl_finish(struct nl *nl)
{
	struct nlmsghdr *nlh = nlmsg_hdr(nl->msg);

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_seq = nl_socket_use_seq(nl->sock);
	return nlh;
}

static int tnl_set_error(struct nl *nl, int err, const char *text)
{
	nl->err = err;
	snprintf(nl->error, sizeof(nl->error), "%s", text);
	return err;
}

static int tnl_send(struct nl *nl, const void *buf, size_t len)
{
	ssize_t ret;

	do {
		ret = send(nl->fd, buf, len, 0);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? tnl_set_error(nl, -errno, strerror(errno)) : 0;
}

/* One datagram: its bytes, or -errno. */
static int tnl_recv_bytes(struct nl *nl)
{
	ssize_t ret;

	do {
		ret = recv(nl->fd, nl->buf, NL_RECV_SIZE, 0);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0 && errno == ENOBUFS)
		return tnl_set_error(nl, -errno, "answers were lost: the receive buffer is full");
	return ret < 0 ? tnl_set_error(nl, -errno, strerror(errno)) : (int)ret;
}

/* A message of the family as a record; NULL if it is some other. */
struct record *tnl_record(const struct nlmsghdr *nlh, int family)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	const struct set *set;

	if (nlh->nlmsg_type != family || nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return NULL;
	set = cmd_set(genl->cmd);
	if (!set)
		return NULL;
	return record_parse(set, genl->cmd, (const char *)genl + GENL_HDRLEN,
			    nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
}

/*
 * Send the request and wait for its answer. On failure -errno, with nl->error; @reply, if
 * wanted, is the caller's to free, and NULL where the kernel had nothing to say.
 */
int tnl_call(struct nl *nl, struct record **reply)
{
	const struct nlmsghdr *req = tnl_finish(nl);
	struct record *rec = NULL;
	struct nlmsghdr *nlh;
	int ret, rem;

	if (reply)
		*reply = NULL;
	ret = tnl_send(nl, req, req->nlmsg_len);
	if (ret)
		return ret;
	for (;;) {
		rem = tnl_recv_bytes(nl);
		if (rem < 0)
			break;
		for (nlh = nl->buf; nlmsg_ok(nlh, rem); nlh = nlmsg_next(nlh, &rem)) {
			if (nlh->nlmsg_seq != req->nlmsg_seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				ret = nlerr_parse(nlh, req, nl->error, sizeof(nl->error));
				nl->err = ret;
				if (ret || !reply)
					free(rec);
				else
					*reply = rec;
				return ret;
			}
			if (!rec)
				rec = tnl_record(nlh, nl->family);
		}
	}
	free(rec);
	return rem;
}

/* One pass of a dump. Returns 0, -errno, or 1 if something changed while it ran. */
static int tnl_dump_once(struct nl *nl, struct records *recs)
{
	const struct nlmsghdr *req = tnl_finish(nl);
	bool changed = false;
	struct nlmsghdr *nlh;
	int ret, rem;

	ret = tnl_send(nl, req, req->nlmsg_len);
	if (ret)
		return ret;
	for (;;) {
		rem = tnl_recv_bytes(nl);
		if (rem < 0)
			return rem;
		for (nlh = nl->buf; nlmsg_ok(nlh, rem); nlh = nlmsg_next(nlh, &rem)) {
			struct record *rec;

			if (nlh->nlmsg_seq != req->nlmsg_seq)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				changed = true;
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
				ret = nlerr_parse(nlh, req, nl->error, sizeof(nl->error));
				nl->err = ret;
				return ret ?: changed;
			}
			rec = tnl_record(nlh, nl->family);
			if (rec)
				records_add(recs, rec);
		}
	}
}

/* Send the request as a dump; all objects it tells of, sorted. */
int tnl_dump(struct nl *nl, struct records *recs)
{
	int ret;

	memset(recs, 0, sizeof(*recs));
	nlmsg_hdr(nl->msg)->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (int i = 0; i < DUMP_TRIES; i++) {
		ret = tnl_dump_once(nl, recs);
		if (ret != 1 || i == DUMP_TRIES - 1)
			break;
		records_free(recs);
	}
	nl->torn = ret == 1;
	if (ret < 0)
		records_free(recs);
	records_sort(recs);
	return ret < 0 ? ret : 0;
}

int tnl_dump_set(struct nl *nl, const struct set *set, struct records *recs)
{
	tnl_request(nl, set->get);
	return tnl_dump(nl, recs);
}

/*
 * Print why the last request failed, after the object it was about; the kernel's text may
 * begin with the same words.
 */
int tnl_fail(const struct nl *nl, const char *fmt, ...)
{
	const char *text = nl->error;
	char subject[256];
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(subject, sizeof(subject), fmt, ap);
	va_end(ap);
	len = strlen(subject);
	if (!strncmp(text, subject, len) && (text[len] == ':' || text[len] == ' '))
		return error("%s", text);
	return error("%s: %s", subject, text);
}

/* ---- batches ------------------------------------------------------------------------- */

static struct nlmsghdr *batch_request(struct tnl_batch *batch, size_t i)
{
	return (struct nlmsghdr *)(batch->buf + batch->offs[i]);
}

/* Read until each request of the batch has its acknowledgment, telling of them in order. */
static int batch_collect(struct tnl_batch *batch)
{
	struct nl *nl = batch->nl;
	struct record *reply = NULL;
	struct nlmsghdr *nlh;
	size_t next = 0;
	int rem = 0;

	while (next < batch->nr) {
		rem = tnl_recv_bytes(nl);
		if (rem < 0)
			break;
		for (nlh = nl->buf; nlmsg_ok(nlh, rem); nlh = nlmsg_next(nlh, &rem)) {
			int err;

			/* The kernel works through a batch in order. */
			if (next == batch->nr || nlh->nlmsg_seq != batch->seq + next)
				continue;
			if (nlh->nlmsg_type != NLMSG_ERROR) {
				if (!reply)
					reply = tnl_record(nlh, nl->family);
				continue;
			}
			err = nlerr_parse(nlh, batch_request(batch, next), nl->error,
					  sizeof(nl->error));
			batch->done(batch->arg, batch->base + next, err, reply);
			reply = NULL;
			next++;
		}
	}
	free(reply);
	/* What was done of the rest nobody knows. */
	for (; next < batch->nr; next++)
		batch->done(batch->arg, batch->base + next, nl->err, NULL);
	return rem < 0 ? rem : 0;
}

/* Send what has been added and tell of each answer. -errno only if the connection failed. */
int tnl_batch_flush(struct tnl_batch *batch)
{
	int ret;

	if (!batch->nr)
		return 0;
	ret = tnl_send(batch->nl, batch->buf, batch->len);
	if (ret)
		for (size_t i = 0; i < batch->nr; i++)
			batch->done(batch->arg, batch->base + i, ret, NULL);
	else
		ret = batch_collect(batch);
	batch->base += batch->nr;
	batch->nr = 0;
	batch->len = 0;
	return ret;
}

/* Add the connection's current request, sending those before it if they fill a batch. */
int tnl_batch_add(struct tnl_batch *batch)
{
	struct nlmsghdr *nlh = tnl_finish(batch->nl);
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);
	int ret;

	if (!batch->buf)
		batch->buf = xcalloc(NL_BATCH_BYTES + MSG_SIZE, 1);
	if (batch->nr == NL_BATCH_MSGS || (batch->nr && batch->len + len > NL_BATCH_BYTES)) {
		ret = tnl_batch_flush(batch);
		if (ret)
			return ret;
	}
	if (!batch->nr)
		batch->seq = nlh->nlmsg_seq;
	nlh->nlmsg_seq = batch->seq + batch->nr;
	memcpy(batch->buf + batch->len, nlh, nlh->nlmsg_len);
	batch->offs[batch->nr++] = batch->len;
	batch->len += len;
	return 0;
}

void tnl_batch_free(struct tnl_batch *batch)
{
	free(batch->buf);
	batch->buf = NULL;
}
