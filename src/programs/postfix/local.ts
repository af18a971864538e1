/**
 * local(8): delivers to this host's users.
 *
 * Does: aliases, .forward files, mailboxes (mailbox_command, home_mailbox, /var/mail/USER), `|command`, `/file`,
 *       `:include:`, owner- aliases, address extensions; sends on what leaves the user as a new mail.
 * Reads: alias_maps, /etc/passwd, ~/.forward as the user; writes mailboxes as the user.
 * Trusts: aliases(5) as the administrator's word, .forward as the user's: commands and files run with the rights of the
 *         one who wrote them (default_privs for aliases).
 * Lacks: mailbox_transport, fallback_transport, luser_relay with expansions beyond $user/$local/$domain/$extension.
 */
import type { Sys } from '#kernel/syscalls';
import { DictError, openMaps, type Maps } from './dict';
import { deliveryAgent, type Delivery } from './delivery';
import { LocalRecipient, type LocalContext } from './local/recipient';

function* deliver(delivery: Delivery, aliases: Maps): Sys<void> {
	for (const recipient of delivery.request.recipients) {
		const context: LocalContext = { delivery, aliases, recipient, forwards: [], commands: 0, been: new Set() };
		try {
			yield* new LocalRecipient(context).deliver();
		} catch (thrown) {
			if (!(thrown instanceof DictError)) throw thrown;
			yield* delivery.deferredRecipient(recipient, 'local', { status: '4.3.0', text: 'alias database unavailable' });
		}
	}
}

export const local: ReturnType<typeof deliveryAgent> = (argv, env) => {
	let aliases: Maps | null = null;
	return deliveryAgent('local', (delivery) => deliver(delivery, aliases!), {
		privileged: true,
		*postJail(daemon) {
			aliases = yield* openMaps(daemon.config, 'alias_maps', { missing: 'surrogate', paranoid: true });
		}
	})(argv, env);
};
