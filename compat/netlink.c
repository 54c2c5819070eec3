// SPDX-License-Identifier: GPL-2.0
/*
 * The interface from before the ring: the same events as netlink messages, NETLINK_TGT of 2006.
 *
 * To the rest of the module a netlink daemon is one that has /dev/tgt open: events for it go
 * into the ring as ever, and a worker here, the pump, reads them there instead of the daemon, and
 * sends them. So nothing is on the ring's way that is not there anyway, nothing is lost while
 * the daemon's socket is full (the pump comes again, and the ring fills as with any slow daemon),
 * and a daemon that goes is fenced as the ring's is. The pump never waits in a socket: its port may
 * be a stranger's by then.
 *
 * What a daemon sends is handled in its sendmsg(2), in whose memory its addresses are.
 */
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>
#include <scsi/scsi_proto.h>
#include "nlwire.h"
#include "stgt.h"

#define NL_MAX_CIDS	65536	/* commands that a daemon has, and those that it never answered */
#define NL_RETRY_DELAY	(HZ / 50)	/* no memory for a message, or no room in the socket */

static int netlink = -1;
module_param(netlink, int, 0444);
MODULE_PARM_DESC(netlink,
		 "netlink protocol for daemons from before the ring, theirs is 17; -1: none (-1)");

/**
 * struct nl_cid - a command's number to the daemon, which has 32 bits, not the tag's 64
 * @node: in nl.tags
 * @id: number
 * @host_no: host
 * @itn: I_T nexus
 * @tag: tag
 * @answered: the daemon has answered it
 */
struct nl_cid {
	struct hlist_node	node;
	u32			id;
	int			host_no;
	u64			itn;
	u64			tag;
	bool			answered;
};

static int nl_wake(struct wait_queue_entry *wait, unsigned int mode, int flags, void *key);

/**
 * struct stgt_nl - the only one
 * @sk: the kernel's socket
 * @wq: runs @pump
 * @pump: sends what is in the ring
 * @wait: queues @pump
 * @bind_lock: a bind, or the end of a daemon
 * @portid: of the daemon's socket, or 0; written under @bind_lock
 * @peer: that socket, which is held from its bind to nl_gone(); written before @portid
 * @wire: its layout; likewise
 * @lock: @cids, @tags, @next
 * @cids: &struct nl_cid by number
 * @tags: the same by tag
 * @nr: how many
 * @next: where the next number is looked for
 */
static struct stgt_nl {
	struct sock		*sk;
	struct workqueue_struct	*wq;
	struct delayed_work	pump;
	struct wait_queue_entry	wait;
	struct mutex		bind_lock;	/* @portid, @peer, @wire */
	u32			portid;
	struct sock		*peer;
	const struct nlwire	*wire;
	struct mutex		lock;	/* @cids, @tags, @nr, @next */
	struct xarray		cids;
	DECLARE_HASHTABLE(tags, 10);
	u32			nr;
	u32			next;
} nl;

/* ---- commands by number ----------------------------------------------------------------- */

static noinline int nl_cid_new(const struct tgt_event *ev, u32 *id)
{
	struct nl_cid *cid;
	int err = -ENOSPC;

	cid = kzalloc(sizeof(*cid), GFP_NOIO);
	if (!cid)
		return -ENOMEM;
	cid->host_no = ev->p.cmd_req.host_no;
	cid->itn = ev->p.cmd_req.itn_id;
	cid->tag = ev->p.cmd_req.tag;
	mutex_lock(&nl.lock);
	if (nl.nr < NL_MAX_CIDS)
		err = xa_alloc_cyclic(&nl.cids, &cid->id, cid, xa_limit_32b, &nl.next, GFP_NOIO);
	if (err >= 0) {
		hash_add(nl.tags, &cid->node, cid->tag);
		nl.nr++;
		*id = cid->id;
	}
	mutex_unlock(&nl.lock);
	if (err < 0)
		kfree(cid);
	return min(err, 0);
}

static void nl_cid_free(struct nl_cid *cid)
{
	lockdep_assert_held(&nl.lock);
	xa_erase(&nl.cids, cid->id);
	hash_del(&cid->node);
	nl.nr--;
	kfree(cid);
}

/* The number of a command that is over, which nobody needs from then on. */
static bool nl_cid_done(const struct tgt_event *ev, u32 *id)
{
	struct nl_cid *cid, *hit = NULL;

	mutex_lock(&nl.lock);
	/* an old driver's tags are the initiator's: of two the one that was answered */
	hash_for_each_possible(nl.tags, cid, node, ev->p.cmd_done.tag)
		if (cid->tag == ev->p.cmd_done.tag && cid->itn == ev->p.cmd_done.itn_id &&
		    cid->host_no == ev->p.cmd_done.host_no && (!hit || cid->answered))
			hit = cid;
	if (hit) {
		*id = hit->id;
		nl_cid_free(hit);
	}
	mutex_unlock(&nl.lock);
	return hit;
}

/* Puts into an answer the tag of the command. No CMD_DONE follows TASK_ABORTED. */
static bool nl_cid_answered(struct tgt_event *ev, u32 id)
{
	struct nl_cid *cid;
	bool found;

	mutex_lock(&nl.lock);
	cid = xa_load(&nl.cids, id);
	found = cid && cid->host_no == ev->p.cmd_rsp.host_no;
	if (found) {
		cid->answered = true;
		ev->p.cmd_rsp.tag = cid->tag;
		ev->p.cmd_rsp.itn_id = cid->itn;
		if (ev->p.cmd_rsp.result == TGT_RESULT_TASK_ABORTED)
			nl_cid_free(cid);
	}
	mutex_unlock(&nl.lock);
	return found;
}

static void nl_cids_drop(void)
{
	struct nl_cid *cid;
	unsigned long i;

	mutex_lock(&nl.lock);
	xa_for_each(&nl.cids, i, cid)
		nl_cid_free(cid);
	mutex_unlock(&nl.lock);
}

/* ---- to the daemon ---------------------------------------------------------------------- */

/* Nobody else sends to it: what fits now fits later. What does not would be an overrun to it. */
static bool nl_room(const struct sock *peer, const struct sk_buff *skb)
{
	unsigned int used = atomic_read(&peer->sk_rmem_alloc);

	return !used || used + skb->truesize <= READ_ONCE(peer->sk_rcvbuf);
}

/* To a socket that is held. -EAGAIN: it is full. */
static noinline int nl_send(const struct nlwire *w, const struct sock *peer, u32 portid, u16 type,
			    const u8 *buf)
{
	struct sk_buff *skb = nlmsg_new(w->size, GFP_NOIO);
	struct nlmsghdr *nlh;

	if (!skb)
		return -ENOMEM;
	if (!nl_room(peer, skb)) {
		kfree_skb(skb);
		return -EAGAIN;
	}
	nlh = nlmsg_put(skb, portid, 0, type, w->size, 0);
	memcpy(nlmsg_data(nlh), buf, w->size);
	return min(netlink_unicast(nl.sk, skb, portid, MSG_DONTWAIT), 0);
}

/* The answer to a bind, or to what nobody knows; it is lost where there is no room for it. */
static void nl_reply(const struct nlwire *w, const struct sock *sk, u32 portid, int err)
{
	u8 buf[NLWIRE_MAX];

	nlwire_rsp(w, err, buf);
	nl_send(w, sk, portid, NLWIRE_KEVENT_RSP, buf);
}

static bool nl_again(int err)
{
	return err == -ENOMEM || err == -EAGAIN;
}

/*
 * Revision N-C has no task management on the wire: the engine does what it does with a daemon
 * that does not answer, but at once; a driver hears that there is no such function.
 */
static void nl_no_tmf(const struct tgt_event *ev)
{
	u64 mid = ev->p.tsk_mgmt_req.mid;
	bool engine = mid > STGT_TAG_BASE && mid <= STGT_TAG_BASE + INT_MAX;
	struct tgt_event rsp = {
		.hdr.type = TGT_UEVENT_TSK_MGMT_RSP,
		.p.tsk_mgmt_rsp = {
			.host_no = ev->p.tsk_mgmt_req.host_no,
			.result = engine ? 0 : -EINVAL,
			.itn_id = ev->p.tsk_mgmt_req.itn_id,
			.mid = mid,
		},
	};

	stgt_receive(&rsp);
}

/* A daemon that answers nothing gets no more; the initiator may try again. */
static void nl_full(const struct tgt_event *req)
{
	struct tgt_event rsp = {
		.hdr.type = TGT_UEVENT_CMD_RSP,
		.p.cmd_rsp = {
			.host_no = req->p.cmd_req.host_no,
			.result = SAM_STAT_TASK_SET_FULL,
			.itn_id = req->p.cmd_req.itn_id,
			.tag = req->p.cmd_req.tag,
		},
	};

	stgt_receive(&rsp);
}

/* A number that was made for a message which then was not sent. */
static void nl_cid_undo(u32 id)
{
	struct nl_cid *cid;

	mutex_lock(&nl.lock);
	cid = xa_load(&nl.cids, id);
	if (cid)
		nl_cid_free(cid);
	mutex_unlock(&nl.lock);
}

/* Sends an event; an error of nl_again() if it is to be tried again. */
static int nl_pump_one(const struct tgt_event *ev, u32 portid)
{
	bool req = ev->hdr.type == TGT_KEVENT_CMD_REQ;
	u8 buf[NLWIRE_MAX];
	u32 id = 0;
	int err, type;

	if (sock_flag(nl.peer, SOCK_DEAD))
		return -ECONNREFUSED;
	if (req) {
		err = nl_cid_new(ev, &id);
		if (err == -ENOSPC) {
			nl_full(ev);
			return 0;
		}
		if (err)
			return err;
	} else if (ev->hdr.type == TGT_KEVENT_CMD_DONE && !nl_cid_done(ev, &id)) {
		return 0;	/* of the time before this daemon */
	}
	type = nlwire_encode(nl.wire, ev, id, buf);
	if (type < 0) {
		if (ev->hdr.type == TGT_KEVENT_TSK_MGMT_REQ)
			nl_no_tmf(ev);
		return 0;
	}
	do {
		err = nl_send(nl.wire, nl.peer, portid, type, buf);
		/* a number that is forgotten by now is to arrive */
		if (nl_again(err) && !req)
			schedule_timeout_uninterruptible(NL_RETRY_DELAY);
	} while (nl_again(err) && !req && READ_ONCE(nl.portid));
	if (err && req)
		nl_cid_undo(id);
	return err;
}

static void nl_pump(struct work_struct *work)
{
	struct tgt_event ev;
	u32 portid;
	int err;

	/* read once: number 0 is the kernel's own socket; pairs with nl_bind() */
	while ((portid = smp_load_acquire(&nl.portid)) && stgt_ring_peek(&ev)) {
		err = nl_pump_one(&ev, portid);
		if (nl_again(err)) {
			queue_delayed_work(nl.wq, &nl.pump, NL_RETRY_DELAY);
			return;
		}
		if (err == -ECONNREFUSED)	/* its socket is closed: nl_event() comes */
			return;
		if (err)
			stgt_warn("could not send skb\n");
		stgt_ring_next();
		cond_resched();
	}
}

static int nl_wake(struct wait_queue_entry *wait, unsigned int mode, int flags, void *key)
{
	queue_delayed_work(nl.wq, &nl.pump, 0);
	return 0;
}

/* ---- from the daemon -------------------------------------------------------------------- */

/*
 * Who comes first has it, and keeps it until its socket is closed. (The original took whoever
 * came last, and heard of no close.) The answer goes out before any event.
 */
static void nl_bind(const struct nlwire *w, struct sock *sk, u32 portid)
{
	bool again;
	int err;

	mutex_lock(&nl.bind_lock);
	again = nl.portid;
	if (again)
		err = nl.peer == sk && nl.wire == w ? 0 : -EBUSY;
	else
		err = stgt_ring_claim(&nl.wait);
	nl_reply(w, sk, portid, err);
	if (!again && !err) {
		sock_hold(sk);
		nl.peer = sk;
		nl.wire = w;
		smp_store_release(&nl.portid, portid);	/* pairs with nl_pump() */
		queue_delayed_work(nl.wq, &nl.pump, 0);
	}
	mutex_unlock(&nl.bind_lock);
}

/* An answer counts if it is the daemon's; none is ever answered. */
static void nl_answer(const struct nlwire *w, const struct sock *sk, u16 type, const u8 *buf)
{
	struct tgt_event ev;
	u32 cid;

	/* one that is the daemon's stays so while it sends */
	if (!smp_load_acquire(&nl.portid) || READ_ONCE(nl.peer) != sk || READ_ONCE(nl.wire) != w)
		return;
	if (!nlwire_decode(w, type, buf, &ev, &cid))
		return;
	if (type == NLWIRE_UEVENT_CMD_RSP && !nl_cid_answered(&ev, cid)) {
		stgt_err("Could not find tag %u\n", cid);
		return;
	}
	stgt_receive(&ev);
}

static void nl_receive(const struct nlwire *w, struct sock *sk, u32 portid, u16 type,
		       const u8 *buf)
{
	switch (type) {
	case NLWIRE_UEVENT_REQ:
		nl_bind(w, sk, portid);
		break;
	case NLWIRE_UEVENT_CMD_RSP:
	case NLWIRE_UEVENT_TSK_MGMT_RSP:
		nl_answer(w, sk, type, buf);
		break;
	default:
		stgt_warn("unknown type %d\n", type);
		nl_reply(w, sk, portid, -EINVAL);
	}
}

/* Only of the x86 family is there a second layout; x32 has the first. */
static bool nl_sender_is_i386(void)
{
#ifdef CONFIG_X86
	return in_ia32_syscall();
#else
	return false;
#endif
}

/*
 * Messages of root's, whose socket is root's too: a program with rights that is handed a
 * socket as its output sends nothing here. Others are dropped, and nobody is told.
 *
 * All types are below NLMSG_MIN_TYPE and no message is marked a request: netlink_rcv_skb() would
 * take none of them. What the message says its sender is does not matter.
 */
static void nl_input(struct sk_buff *skb)
{
	u32 portid = NETLINK_CB(skb).portid, len;
	const struct nlwire *w;
	struct nlmsghdr *nlh;

	if (!uid_eq(NETLINK_CREDS(skb)->uid, GLOBAL_ROOT_UID) ||
	    !netlink_capable(skb, CAP_SYS_ADMIN))
		return;
	/* the socket takes messages before nl_register() has it */
	if (unlikely(!READ_ONCE(nl.sk))) {
		mutex_lock(&nl.bind_lock);
		mutex_unlock(&nl.bind_lock);
	}
	while (skb->len >= NLMSG_HDRLEN) {
		nlh = nlmsg_hdr(skb);
		len = nlh->nlmsg_len;
		if (len < NLMSG_HDRLEN || len > skb->len)
			return;
		w = nlwire_find(len - NLMSG_HDRLEN, nl_sender_is_i386());
		if (w)
			nl_receive(w, NETLINK_CB(skb).sk, portid, nlh->nlmsg_type, nlmsg_data(nlh));
		else
			stgt_warn("a message of %u bytes is of no known revision\n", len);
		skb_pull(skb, min_t(u32, NLMSG_ALIGN(len), skb->len));
		if (fatal_signal_pending(current))
			return;
		cond_resched();
	}
}

/* ---- its end ---------------------------------------------------------------------------- */

static void nl_pump_end(void)
{
	cancel_delayed_work_sync(&nl.pump);
}

static void nl_gone(void)
{
	lockdep_assert_held(&nl.bind_lock);
	WRITE_ONCE(nl.portid, 0);
	stgt_ring_unclaim(&nl.wait, nl_pump_end);
	sock_put(nl.peer);
	WRITE_ONCE(nl.peer, NULL);
	nl_cids_drop();
}

/*
 * The last process that has the socket closes it; none is in its sendmsg(2) then. Another's socket
 * may have had the same port before, and end late: ours is dead when it is ours.
 */
static int nl_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct netlink_notify *n = data;

	if (event != NETLINK_URELEASE || n->protocol != netlink || !net_eq(n->net, &init_net))
		return NOTIFY_DONE;
	mutex_lock(&nl.bind_lock);
	if (n->portid && nl.portid == n->portid && sock_flag(nl.peer, SOCK_DEAD))
		nl_gone();
	mutex_unlock(&nl.bind_lock);
	return NOTIFY_DONE;
}

static struct notifier_block nl_notifier = {
	.notifier_call = nl_event,
};

/* ---- module ----------------------------------------------------------------------------- */

static int nl_register(void)
{
	struct netlink_kernel_cfg cfg = { .input = nl_input };
	int err = netlink_register_notifier(&nl_notifier);

	if (err)
		return err;
	mutex_lock(&nl.bind_lock);
	nl.sk = netlink_kernel_create(&init_net, netlink, &cfg);
	mutex_unlock(&nl.bind_lock);
	if (nl.sk)
		return 0;
	netlink_unregister_notifier(&nl_notifier);
	pr_warn("scsi_tgt: netlink protocol %d is taken; there is /dev/tgt alone\n", netlink);
	return -EBUSY;
}

/**
 * stgt_nl_init() - be there for netlink daemons, if that is wanted
 *
 * A number that somebody else has is nothing that /dev/tgt has to suffer from.
 *
 * Return: 0, -ENOMEM, or -EINVAL beside a parameter that is for the ring. Context: process.
 */
int stgt_nl_init(void)
{
	if (netlink < 0)
		return 0;
	if (stgt_strict || stgt_gen != STGT_G3) {
		pr_err("scsi_tgt: netlink= goes with neither abi= nor strict=\n");
		return -EINVAL;
	}
	mutex_init(&nl.bind_lock);
	mutex_init(&nl.lock);
	xa_init_flags(&nl.cids, XA_FLAGS_ALLOC);
	hash_init(nl.tags);
	init_waitqueue_func_entry(&nl.wait, nl_wake);
	INIT_DELAYED_WORK(&nl.pump, nl_pump);
	nl.wq = alloc_workqueue("stgt_netlink", WQ_MEM_RECLAIM | WQ_UNBOUND, 1);
	if (!nl.wq)
		return -ENOMEM;
	if (nl_register()) {
		destroy_workqueue(nl.wq);
		nl.wq = NULL;
	}
	return 0;
}

/* No socket is open: each holds the module. */
void stgt_nl_exit(void)
{
	if (!nl.wq)
		return;
	netlink_kernel_release(nl.sk);
	netlink_unregister_notifier(&nl_notifier);
	destroy_workqueue(nl.wq);
}
