/**
 * virtual(8): mailboxes of virtual_mailbox_domains, found in virtual_mailbox_maps; users without accounts.
 */
import type { Sys } from '#kernel/syscalls';
import { time } from '../libc/unistd';
import { asUser } from './as-user';
import { DictError, openMaps, type Maps } from './dict';
import { deliveryAgent, type Delivery } from './delivery';
import { LocalDomains, mailAddrFind } from './mail-addr-find';
import { appendMaildir, appendMbox, deliveryHeaders, mboxText } from './mailbox-file';
import type { QueuedRecipient } from './queue-file';

interface Tables {
	readonly mailbox: Maps;
	readonly uid: Maps;
	readonly gid: Maps;
}

function* deliver(delivery: Delivery, recipient: QueuedRecipient, tables: Tables): Sys<void> {
	const { config, log } = delivery.daemon;
	const locals = new LocalDomains(config);
	const strategy = { atDomain: true };
	const find = (maps: Maps) => mailAddrFind(maps, recipient.address, locals, strategy);
	const mailbox = yield* find(tables.mailbox);
	if (!mailbox)
		return yield* delivery.bounced(recipient, 'virtual', {
			status: '5.1.1',
			text: `unknown user: "${recipient.address}"`
		});
	const uid = Number((yield* find(tables.uid))?.value);
	const gid = Number((yield* find(tables.gid))?.value);
	if (!(uid >= config.number('virtual_minimum_uid')) || !(gid > 0)) {
		yield* log.warn(
			`recipient ${recipient.address}: not found in ${uid >= 0 ? 'virtual_gid_maps' : 'virtual_uid_maps'}`
		);
		return yield* delivery.deferredRecipient(recipient, 'virtual', {
			status: '4.3.5',
			text: 'mail system configuration error'
		});
	}
	const base = config.text('virtual_mailbox_base');
	const path = base === '' ? mailbox.value : `${base}/${mailbox.value}`;
	const headers = {
		sender: delivery.request.sender,
		originalTo: recipient.original || recipient.address,
		deliveredTo: recipient.address,
		returnPath: true
	};
	const now = yield* time();
	const locks = config.items('virtual_mailbox_lock').map(({ text }) => text);
	const { content } = delivery.mail;
	const limit = config.number('virtual_mailbox_limit');
	const maildir = path.endsWith('/');
	if (delivery.probe) {
		const text = maildir ? 'delivers to maildir' : 'delivers to mailbox';
		return yield* delivery.sent(recipient, 'virtual', { status: '2.0.0', text });
	}
	const result = yield* asUser(uid, gid, () =>
		maildir
			? appendMaildir(path, deliveryHeaders(headers) + content, limit)
			: appendMbox(path, mboxText(content, headers, now), locks, limit)
	);
	if (result.ok)
		yield* delivery.sent(recipient, 'virtual', {
			status: '2.0.0',
			text: maildir ? 'delivered to maildir' : 'delivered to mailbox'
		});
	else
		yield* delivery.failed(
			recipient,
			'virtual',
			maildir
				? result.dsn
				: { ...result.dsn, text: `cannot update mailbox ${path} for user ${recipient.address}. ${result.dsn.text}` }
		);
}

export const virtual: ReturnType<typeof deliveryAgent> = (argv, env) => {
	let tables: Tables | null = null;
	const agent = function* (delivery: Delivery): Sys<void> {
		for (const recipient of delivery.request.recipients) {
			try {
				yield* deliver(delivery, recipient, tables!);
			} catch (thrown) {
				if (!(thrown instanceof DictError)) throw thrown;
				yield* delivery.deferredRecipient(recipient, 'virtual', {
					status: '4.3.5',
					text: 'mail system configuration error'
				});
			}
		}
	};
	return deliveryAgent('virtual', agent, {
		privileged: true,
		*postJail(daemon) {
			const open = (name: string) => openMaps(daemon.config, name, { missing: 'surrogate' });
			tables = {
				mailbox: yield* open('virtual_mailbox_maps'),
				uid: yield* open('virtual_uid_maps'),
				gid: yield* open('virtual_gid_maps')
			};
		}
	})(argv, env);
};
