// SPDX-License-Identifier: GPL-2.0
/*
 * I_T nexuses. LIO tells a backend nothing of sessions: one of ours is made when a command comes
 * that has none, and ends when LIO has no session of that name any more.
 */
#include <linux/hash.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include <linux/xxhash.h>
#include "lio.h"

#define LIO_AGE_MAX	3600U
#define LIO_AGE_MISSED	2		/* looks that must miss it */
#define LIO_PATH_MISSED	60		/* looks that find a path unused */

static uint lio_age_s = 10;
module_param_named(age, lio_age_s, uint, 0444);
MODULE_PARM_DESC(age, "seconds from one look for sessions that have gone to the next; default: 10");

static void lio_age_work(struct work_struct *work);

DEFINE_MUTEX(lio_make_mutex);	/* what is made, see lio.h */
DEFINE_MUTEX(lio_mutex);	/* the lists */
LIST_HEAD(lio_devs);
static DECLARE_DELAYED_WORK(lio_age, lio_age_work);

/* ---- who is who ------------------------------------------------------------------------------ */

/* The ISID in digits; empty where the fabric has none. */
static void lio_sid(struct se_session *se_sess, char sid[LIO_SID_LEN])
{
	const struct target_core_fabric_ops *tfo = se_sess->se_tpg->se_tpg_tfo;

	memset(sid, 0, LIO_SID_LEN);
	if (tfo->sess_get_initiator_sid)
		tfo->sess_get_initiator_sid(se_sess, sid, LIO_SID_LEN);
	sid[LIO_SID_LEN - 1] = 0;
}

/* Without a look at the port. */
static bool lio_nexus_from(const struct lio_nexus *nexus, struct se_session *se_sess)
{
	char sid[LIO_SID_LEN];

	if (!lio_name_is(nexus->initiator, nexus->initiator_len,
			 se_sess->se_node_acl->initiatorname))
		return false;
	if (!se_sess->se_tpg->se_tpg_tfo->sess_get_initiator_sid)
		return true;
	lio_sid(se_sess, sid);
	return lio_name_is(nexus->sid, nexus->sid_len, sid);
}

static bool lio_nexus_is(const struct lio_nexus *nexus, struct se_session *se_sess)
{
	return lio_nexus_from(nexus, se_sess) && lio_port_is(nexus->port, se_sess->se_tpg);
}

/* ---- how a command finds its own ------------------------------------------------------------- */

static struct hlist_head *lio_bucket(struct lio_dev *ld, const struct se_session *se_sess)
{
	return &ld->paths[hash_ptr(se_sess, ilog2(LIO_PATHS))];
}

/* Under RCU; NULL if it is to be made, or made again. */
struct lio_path *lio_path_find(struct lio_dev *ld, struct se_session *se_sess,
			       const struct se_lun *lun)
{
	struct lio_path *path;

	hlist_for_each_entry_rcu(path, lio_bucket(ld, se_sess), node)
		if (path->se_sess == se_sess && path->number == lun->unpacked_lun)
			break;
	if (!path || !lio_nexus_is(path->nexus, se_sess) || READ_ONCE(path->itl->killed))
		return NULL;
	if (!READ_ONCE(path->used))
		WRITE_ONCE(path->used, true);
	return path;
}

static void lio_path_free(struct rcu_head *rcu)
{
	struct lio_path *path = container_of(rcu, struct lio_path, rcu);

	tgt_itl_put(path->itl);
	kfree(path);
}

static void lio_path_drop(struct lio_path *path)
{
	lockdep_assert_held(&lio_mutex);
	hlist_del_rcu(&path->node);
	call_rcu(&path->rcu, lio_path_free);
}

/* Those of a storage object, or with @nexus those of it there. */
void lio_paths_drop(struct lio_dev *ld, struct lio_nexus *nexus)
{
	struct hlist_node *next;
	struct lio_path *path;
	int i;

	lockdep_assert_held(&lio_mutex);
	for (i = 0; i < LIO_PATHS; i++)
		hlist_for_each_entry_safe(path, next, &ld->paths[i], node)
			if (!nexus || path->nexus == nexus)
				lio_path_drop(path);
}

/* In place of one that was, for a session that had this memory or a LUN that had the number. */
static void lio_path_publish(struct lio_dev *ld, struct lio_path *path)
{
	struct hlist_head *bucket = lio_bucket(ld, path->se_sess);
	struct hlist_node *next;
	struct lio_path *old;

	mutex_lock(&lio_mutex);
	hlist_for_each_entry_safe(old, next, bucket, node)
		if (old->se_sess == path->se_sess && old->number == path->number)
			lio_path_drop(old);
	hlist_add_head_rcu(&path->node, bucket);
	mutex_unlock(&lio_mutex);
}

/* ---- begin ----------------------------------------------------------------------------------- */

/* One that LIO names as no initiator of that protocol is named has a name of our own. */
static int lio_nexus_tid(const struct lio_nexus *nexus, int protocol, u8 *tid)
{
	int len = lio_transport_id(protocol, nexus->initiator, nexus->sid, tid);
	u64 naa;

	if (len > 0)
		return len;
	naa = xxh64(nexus->initiator, strlen(nexus->initiator), 0);
	tid[0] = SCSI_PROTOCOL_SAS;
	put_unaligned_be64(3ULL << 60 | (naa & GENMASK_ULL(59, 0)), tid + 4);
	return 24;
}

/* The engine's session; its name is that of the initiator port, if it is not too long. */
static struct tgt_session *lio_nexus_session(struct lio_nexus *nexus, int protocol)
{
	u8 tid[TGT_TRANSPORT_ID_MAX] = { };
	char name[TGT_INITIATOR_MAX + 1];
	int len = lio_nexus_tid(nexus, protocol, tid);

	if (!*nexus->sid || snprintf(name, sizeof(name), "%s,i,0x%s", nexus->initiator,
				     nexus->sid) >= sizeof(name))
		strscpy(name, nexus->initiator, sizeof(name));
	return tgt_session_create(nexus->port->target, name, tid, len, nexus);
}

static struct lio_nexus *lio_nexus_create(struct lio_port *port, struct se_session *se_sess)
{
	struct lio_nexus *nexus = kzalloc(sizeof(*nexus), GFP_KERNEL);
	int err = -ENOMEM;

	if (!nexus)
		return ERR_PTR(err);
	if (sbitmap_init_node(&nexus->map, LIO_CMDS, -1, GFP_KERNEL, NUMA_NO_NODE, false, true))
		goto out_free;
	nexus->port = port;
	nexus->used = true;
	strscpy(nexus->initiator, se_sess->se_node_acl->initiatorname, sizeof(nexus->initiator));
	nexus->initiator_len = strlen(nexus->initiator) + 1;
	lio_sid(se_sess, nexus->sid);
	nexus->sid_len = strlen(nexus->sid) + 1;
	nexus->sess = lio_nexus_session(nexus, se_sess->se_tpg->proto_id);
	err = PTR_ERR_OR_ZERO(nexus->sess);
	if (err)
		goto out_map;
	mutex_lock(&lio_mutex);
	list_add_tail(&nexus->node, &port->nexuses);
	mutex_unlock(&lio_mutex);
	return nexus;

out_map:
	sbitmap_free(&nexus->map);
out_free:
	kfree(nexus);
	return ERR_PTR(err);
}

static struct lio_nexus *lio_nexus_make(struct lio_port *port, struct se_session *se_sess)
{
	struct lio_nexus *nexus, *found = NULL;

	mutex_lock(&lio_mutex);
	list_for_each_entry(nexus, &port->nexuses, node)
		if (lio_nexus_is(nexus, se_sess))
			found = nexus;
	mutex_unlock(&lio_mutex);
	return found ?: lio_nexus_create(port, se_sess);
}

/* Under lio_make_mutex, which keeps port and nexus. */
static int lio_path_create(struct lio_dev *ld, struct se_session *se_sess,
			   const struct se_lun *lun)
{
	struct lio_nexus *nexus;
	struct lio_path *path;
	struct lio_port *port;
	int err;

	port = lio_port_make(se_sess->se_tpg);
	if (IS_ERR(port))
		return PTR_ERR(port);
	err = tgt_port_map(port->target, lun->unpacked_lun, ld->facts.id, ld->claim);
	if (err)
		return err;
	nexus = lio_nexus_make(port, se_sess);
	if (IS_ERR(nexus))
		return PTR_ERR(nexus);
	path = kzalloc(sizeof(*path), GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	path->se_sess = se_sess;
	path->number = lun->unpacked_lun;
	path->used = true;
	path->nexus = nexus;
	path->itl = tgt_itl_get(nexus->sess, path->number);
	if (!path->itl) {
		kfree(path);
		return -EAGAIN;
	}
	lio_path_publish(ld, path);
	return 0;
}

/**
 * lio_path_make() - have a way to a storage object's device
 * @ld: storage object
 * @se_sess: LIO's session
 * @lun: LUN of its target port group
 *
 * Return: 0; -ENOENT: there is no such device any more; -EAGAIN: not just now; or -ENOMEM.
 * Context: process.
 */
int lio_path_make(struct lio_dev *ld, struct se_session *se_sess, const struct se_lun *lun)
{
	unsigned int noio;
	int err;

	/* LIO's own copies come without a port; LUNs beyond ours are not served */
	if (!se_sess->se_tpg->se_tpg_wwn || lun->unpacked_lun > TGT_MAX_LUN)
		return -ENOENT;
	mutex_lock(&lio_make_mutex);
	noio = memalloc_noio_save();	/* which may be for a disk that waits for the mutex */
	err = lio_path_create(ld, se_sess, lun);
	memalloc_noio_restore(noio);
	mutex_unlock(&lio_make_mutex);
	return err;
}

/* ---- end ------------------------------------------------------------------------------------- */

static void lio_nexus_free(struct rcu_head *rcu)
{
	struct lio_nexus *nexus = container_of(rcu, struct lio_nexus, rcu);
	int i;

	for (i = 0; i < ARRAY_SIZE(nexus->chunk); i++)
		kfree(nexus->chunk[i]);
	sbitmap_free(&nexus->map);
	kfree(nexus);
}

/* Keeps one from ending for a function; false if it ends. Under RCU. */
bool lio_nexus_enter(struct lio_nexus *nexus)
{
	if (READ_ONCE(nexus->dying))
		return false;
	WRITE_ONCE(nexus->used, true);
	atomic_inc(&nexus->busy);
	return true;
}

void lio_nexus_leave(struct lio_nexus *nexus)
{
	rcu_read_lock();	/* it may be freed by RCU from here on */
	if (atomic_dec_and_test(&nexus->busy))
		wake_up_var(&nexus->busy);
	rcu_read_unlock();
}

/* One that is to end is not found any more; its port waits for it. */
void lio_nexus_unlink(struct lio_nexus *nexus)
{
	lockdep_assert_held(&lio_mutex);
	list_del(&nexus->node);
	nexus->port->ending++;
}

/* Ends one that is unlinked. Waits for commands in flight. */
void lio_nexus_end(struct lio_nexus *nexus)
{
	struct lio_port *port = nexus->port;
	struct lio_dev *ld;

	mutex_lock(&lio_mutex);
	list_for_each_entry(ld, &lio_devs, node)
		lio_paths_drop(ld, nexus);
	mutex_unlock(&lio_mutex);
	WRITE_ONCE(nexus->dying, true);
	synchronize_rcu();	/* nobody is on such a path, or enters */
	wait_var_event(&nexus->busy, !atomic_read(&nexus->busy));
	tgt_session_destroy(nexus->sess);
	call_rcu(&nexus->rcu, lio_nexus_free);
	mutex_lock(&lio_mutex);
	port->ending--;
	wake_up_var(&port->ending);
	mutex_unlock(&lio_mutex);
}

/* ---- age ------------------------------------------------------------------------------------- */

/* Notes which of a port's nexuses LIO has sessions of. */
static void lio_age_tpg(struct se_portal_group *tpg)
{
	struct lio_port *port = lio_port_of(tpg);
	struct se_session *se_sess;
	struct lio_nexus *nexus;

	if (!port)
		return;
	spin_lock_irq(&tpg->session_lock);
	list_for_each_entry(se_sess, &tpg->tpg_sess_list, sess_list)
		list_for_each_entry(nexus, &port->nexuses, node)
			if (!nexus->seen && se_sess->se_node_acl &&
			    lio_nexus_from(nexus, se_sess))
				nexus->seen = true;
	spin_unlock_irq(&tpg->session_lock);
}

/* A target port group stays while it has a LUN, and a LUN while it is in its device's list. */
static void lio_age_dev(struct lio_dev *ld)
{
	struct se_lun *lun;

	spin_lock(&ld->se_dev.se_port_lock);
	list_for_each_entry(lun, &ld->se_dev.dev_sep_list, lun_dev_link)
		lio_age_tpg(lun->lun_tpg);
	spin_unlock(&ld->se_dev.se_port_lock);
}

/* One whose time has come is taken off its list; NULL if there is none. */
static struct lio_nexus *lio_age_one(void)
{
	struct lio_nexus *nexus;
	struct lio_port *port;

	lockdep_assert_held(&lio_mutex);
	list_for_each_entry(port, &lio_ports, node)
		list_for_each_entry(nexus, &port->nexuses, node)
			if (nexus->missed >= LIO_AGE_MISSED) {
				lio_nexus_unlink(nexus);
				return nexus;
			}
	return NULL;
}

/* A command is as good as a session. True if there is one to be looked for in LIO's lists. */
static bool lio_age_begin(void)
{
	struct lio_nexus *nexus;
	struct lio_port *port;
	bool idle = false;

	lockdep_assert_held(&lio_mutex);
	list_for_each_entry(port, &lio_ports, node)
		list_for_each_entry(nexus, &port->nexuses, node) {
			nexus->seen = READ_ONCE(nexus->used);
			WRITE_ONCE(nexus->used, false);
			idle |= !nexus->seen;
		}
	return idle;
}

static void lio_age_count(void)
{
	struct lio_nexus *nexus;
	struct lio_port *port;

	lockdep_assert_held(&lio_mutex);
	list_for_each_entry(port, &lio_ports, node)
		list_for_each_entry(nexus, &port->nexuses, node)
			nexus->missed = nexus->seen ? 0 : nexus->missed + 1;
}

/* Sessions of LIO's leave theirs when they end; of one that is only idle it is made again. */
static void lio_age_paths(struct lio_dev *ld)
{
	struct hlist_node *next;
	struct lio_path *path;
	int i;

	lockdep_assert_held(&lio_mutex);
	for (i = 0; i < LIO_PATHS; i++)
		hlist_for_each_entry_safe(path, next, &ld->paths[i], node) {
			path->missed = READ_ONCE(path->used) ? 0 : path->missed + 1;
			WRITE_ONCE(path->used, false);
			if (path->missed >= LIO_PATH_MISSED)
				lio_path_drop(path);
		}
}

static void lio_age_look(void)
{
	struct lio_dev *ld;

	mutex_lock(&lio_mutex);
	list_for_each_entry(ld, &lio_devs, node)
		lio_age_paths(ld);
	if (lio_age_begin())
		list_for_each_entry(ld, &lio_devs, node)
			lio_age_dev(ld);
	lio_age_count();
	mutex_unlock(&lio_mutex);
}

static struct lio_nexus *lio_age_next(void)
{
	struct lio_nexus *nexus;

	/* nobody is making a path to it, nor finds it to do so */
	mutex_lock(&lio_make_mutex);
	mutex_lock(&lio_mutex);
	nexus = lio_age_one();
	mutex_unlock(&lio_mutex);
	mutex_unlock(&lio_make_mutex);
	return nexus;
}

static void lio_age_work(struct work_struct *work)
{
	struct lio_nexus *nexus;

	lio_age_look();
	while ((nexus = lio_age_next()))
		lio_nexus_end(nexus);
	lio_age_start();
}

void lio_age_start(void)
{
	queue_delayed_work(system_long_wq, &lio_age, clamp(lio_age_s, 1U, LIO_AGE_MAX) * HZ);
}

void lio_age_stop(void)
{
	cancel_delayed_work_sync(&lio_age);
	rcu_barrier();	/* paths and nexuses that are being freed */
}
