// SPDX-License-Identifier: GPL-2.0
/*
 * The client partition as an initiator: its connection. A queue, the exchange of initializations,
 * adapter information, login; and again from the start when the server goes.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <scsi/viosrp.h>
#include "client.h"

static const u8 client_init_msg[SIM_CRQ_SIZE] = { 0xc0, 0x01 };
static const u8 client_init_done[SIM_CRQ_SIZE] = { 0xc0, 0x02 };

long client_send(struct sim_client *c, unsigned int slot, u8 format, u16 len)
{
	struct viosrp_crq crq = { };

	crq.valid = VIOSRP_CRQ_CMD_RSP;
	crq.format = format;
	crq.timeout = (__be16 __force)sim16(30);
	crq.IU_length = (__be16 __force)sim16(len);
	crq.IU_data_ptr = (__be64 __force)sim64(c->slot[slot].ioba);
	return sim_send_crq(&c->adapter->client, &crq);
}

/* ---- connecting ------------------------------------------------------------------------- */

static void client_state(struct sim_client *c, enum client_state state)
{
	spin_lock_irq(&c->lock);
	if (c->state != CLIENT_STOPPED)
		c->state = state;
	spin_unlock_irq(&c->lock);
}

static void client_ask_info(struct sim_client *c)
{
	struct client_slot *slot = &c->slot[CLIENT_SLOT_MAD];
	struct mad_adapter_info_data *info = (void *)slot->page + CLIENT_TABLE;
	struct viosrp_adapter_info *mad = (void *)slot->page;

	memset(slot->page, 0, PAGE_SIZE);
	strscpy(info->srp_version, SRP_VERSION, sizeof(info->srp_version));
	strscpy(info->partition_name, "sim-client", sizeof(info->partition_name));
	info->partition_number = (__be32 __force)sim32(2);
	info->mad_version = (__be32 __force)sim32(SRP_MAD_VERSION_1);
	info->os_type = (__be32 __force)sim32(SRP_MAD_OS_LINUX);
	mad->common.type = (__be32 __force)sim32(VIOSRP_ADAPTER_INFO_TYPE);
	mad->common.length = (__be16 __force)sim16(sizeof(*info));
	mad->common.tag = (__be64 __force)sim64(1);
	mad->buffer = (__be64 __force)sim64(slot->ioba + CLIENT_TABLE);
	client_state(c, CLIENT_INFO);
	client_send(c, CLIENT_SLOT_MAD, VIOSRP_MAD_FORMAT, sizeof(*mad));
}

static void client_login(struct sim_client *c)
{
	struct client_slot *slot = &c->slot[CLIENT_SLOT_MAD];
	struct mad_adapter_info_data *info = (void *)slot->page + CLIENT_TABLE;
	struct srp_login_req *login = (void *)slot->page;
	u32 max = sim32((u32 __force)info->port_max_txu[0]);

	if (max)
		c->shost->max_sectors = max >> 9;
	memset(slot->page, 0, PAGE_SIZE);
	login->opcode = SRP_LOGIN_REQ;
	login->tag = sim64(2);
	login->req_it_iu_len = (__be32 __force)sim32(CLIENT_IU_MAX);
	login->req_buf_fmt = (__be16 __force)sim16(SRP_BUF_FORMAT_DIRECT | SRP_BUF_FORMAT_INDIRECT);
	client_state(c, CLIENT_LOGIN);
	client_send(c, CLIENT_SLOT_MAD, VIOSRP_SRP_FORMAT, sizeof(*login));
}

static void client_login_rsp(struct sim_client *c)
{
	struct srp_login_rsp *rsp = (void *)c->slot[CLIENT_SLOT_MAD].page;

	if (rsp->opcode != SRP_LOGIN_RSP) {
		pr_warn("vio_sim: login was rejected\n");
		return;
	}
	spin_lock_irq(&c->lock);
	c->credit = sim32((u32 __force)rsp->req_lim_delta);
	if (c->state == CLIENT_LOGIN)
		c->state = CLIENT_RUN;
	spin_unlock_irq(&c->lock);
	scsi_unblock_requests(c->shost);
}

static void client_connect(struct sim_client *c)
{
	struct sim_end *end = &c->adapter->client;

	sim_free_crq(end);
	memset(c->crq, 0, PAGE_SIZE);
	c->get = 0;
	client_state(c, CLIENT_CLOSED);
	client_fail_all(c);
	sim_reg_crq(end, c->crq_ioba, PAGE_SIZE);
	WRITE_ONCE(end->irq, true);
	sim_send_crq(end, client_init_msg);
}

void client_reset(struct sim_client *c)
{
	WRITE_ONCE(c->reset, true);
	queue_work(c->wq, &c->work);
}

/* ---- elements --------------------------------------------------------------------------- */

static void client_srp(struct sim_client *c, const struct viosrp_crq *crq)
{
	u64 tag = sim64((u64 __force)crq->IU_data_ptr);

	if (c->state == CLIENT_LOGIN && tag == 2)
		client_login_rsp(c);
	else
		client_rsp(c, crq->status, tag);
}

static void client_element(struct sim_client *c, const struct viosrp_crq *crq)
{
	switch (crq->valid) {
	case VIOSRP_CRQ_INIT_RSP:
		if (crq->format == VIOSRP_CRQ_INIT)
			sim_send_crq(&c->adapter->client, client_init_done);
		if (c->state == CLIENT_CLOSED)
			client_ask_info(c);
		return;
	case VIOSRP_CRQ_XPORT_EVENT:
		if (c->state != CLIENT_CLOSED)
			c->reset = true;
		return;
	case VIOSRP_CRQ_CMD_RSP:
		if (crq->format == VIOSRP_SRP_FORMAT)
			client_srp(c, crq);
		else if (crq->format == VIOSRP_MAD_FORMAT && c->state == CLIENT_INFO)
			client_login(c);
		return;
	}
	pr_warn("vio_sim: the server sent %*ph\n", SIM_CRQ_SIZE, crq);
}

static void client_work(struct work_struct *work)
{
	struct sim_client *c = container_of(work, struct sim_client, work);
	struct viosrp_crq crq;
	u8 *at;

	for (;;) {
		if (READ_ONCE(c->reset)) {
			WRITE_ONCE(c->reset, false);
			if (c->state == CLIENT_STOPPED)
				return;
			client_connect(c);
		}
		at = c->crq + c->get * SIM_CRQ_SIZE;
		if (!READ_ONCE(*at))
			return;
		smp_rmb();	/* sim_store() wrote the first byte last */
		memcpy(&crq, at, sizeof(crq));
		smp_store_release(at, 0);	/* it was read before */
		c->get = (c->get + 1) % (PAGE_SIZE / SIM_CRQ_SIZE);
		client_element(c, &crq);
	}
}

static void client_kick(struct sim_end *end)
{
	struct sim_client *c = READ_ONCE(end->adapter->host);

	if (c)
		sim_client_kick(c);
}

void sim_client_kick(struct sim_client *c)
{
	queue_work(c->wq, &c->work);
}

/* ---- start and stop --------------------------------------------------------------------- */

static int client_memory(struct sim_client *c)
{
	struct sim_end *end = &c->adapter->client;
	unsigned int i;

	c->crq = (u8 *)get_zeroed_page(GFP_KERNEL);
	if (!c->crq)
		return -ENOMEM;
	c->crq_ioba = sim_map(end, c->crq, PAGE_SIZE);
	for (i = 0; i < CLIENT_SLOTS; i++) {
		c->slot[i].page = (u8 *)get_zeroed_page(GFP_KERNEL);
		if (!c->slot[i].page)
			return -ENOMEM;
		c->slot[i].ioba = sim_map(end, c->slot[i].page, PAGE_SIZE);
	}
	return 0;
}

static void client_free(struct sim_client *c)
{
	struct sim_end *end = &c->adapter->client;
	unsigned int i;

	for (i = 0; i < CLIENT_SLOTS; i++)
		if (c->slot[i].page) {
			sim_unmap(end, c->slot[i].ioba, PAGE_SIZE);
			free_page((unsigned long)c->slot[i].page);
		}
	if (c->crq) {
		sim_unmap(end, c->crq_ioba, PAGE_SIZE);
		free_page((unsigned long)c->crq);
	}
	if (c->wq)
		destroy_workqueue(c->wq);
	scsi_host_put(c->shost);
}

struct sim_client *sim_client_start(struct sim_adapter *a)
{
	struct Scsi_Host *shost = scsi_host_alloc(&client_template, sizeof(struct sim_client));
	struct sim_client *c;
	int err = -ENOMEM;

	if (!shost)
		return ERR_PTR(-ENOMEM);
	c = shost_priv(shost);
	c->shost = shost;
	c->adapter = a;
	spin_lock_init(&c->lock);
	init_completion(&c->tmf);
	INIT_WORK(&c->work, client_work);
	shost->max_id = 1;
	shost->max_lun = 32;
	shost->max_channel = 0;
	shost->max_cmd_len = sizeof_field(struct srp_cmd, cdb);
	c->wq = alloc_ordered_workqueue("vio_sim_client", WQ_MEM_RECLAIM);
	if (c->wq)
		err = client_memory(c);
	if (!err)
		err = scsi_add_host(shost, &a->vdev->dev);
	if (err) {
		client_free(c);
		return ERR_PTR(err);
	}
	WRITE_ONCE(a->host, c);
	a->client.kick = client_kick;
	client_reset(c);
	return c;
}

void sim_client_stop(struct sim_client *c)
{
	scsi_remove_host(c->shost);
	spin_lock_irq(&c->lock);
	c->state = CLIENT_STOPPED;
	spin_unlock_irq(&c->lock);
	sim_free_crq(&c->adapter->client);
	WRITE_ONCE(c->adapter->host, NULL);
	/* who kicks does so under sim_lock */
	spin_lock_irq(&sim_lock);
	spin_unlock_irq(&sim_lock);
	cancel_work_sync(&c->work);
	client_fail_all(c);
	client_free(c);
}

int sim_client_host_no(struct sim_client *c)
{
	return c->shost->host_no;
}
