/**
 * smtp(8): hands mail to other hosts.
 *
 * Does: looks up MX and addresses, tries them in order of preference, speaks SMTP with pipelining, and takes the other
 *       side's words as the result of each recipient.
 * Reads: DNS; /etc/hosts where smtp_host_lookup says so; the queue file.
 * Trusts: nobody's greeting.
 * Lacks: connection caching, IPv6 (addresses are looked up, hosts have none), LMTP's own commands.
 */
import type { Sys } from '#kernel/syscalls';
import { deliveryAgent, type Delivery } from './delivery';
import { findHosts, type Destination } from './smtp/hosts';
import { DictError } from './dict';
import { Outgoing } from './smtp/outgoing';
import { Security } from './smtp/security';
import { SmtpSession, type Prepared } from './smtp/session';

/** "[relay.isp.com]:2525" → host, port, whether MX records count. */
export function parseDestination(nexthop: string, service: string): Destination {
	const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(nexthop);
	const host = match?.[1] ?? nexthop;
	const literal = /^\[(.*)\]$/.exec(host);
	return {
		host: literal ? literal[1]! : host,
		mx: !literal,
		port: Number(match?.[2] ?? 25) || (match?.[2] === 'submission' ? 587 : 25),
		service
	};
}

/** The mail as it leaves: generic(5) addresses, checked headers. */
function* prepare(delivery: Delivery, outgoing: Outgoing): Sys<Prepared | null> {
	const { request, mail } = delivery;
	try {
		const addresses = new Map<string, string>();
		for (const { address } of request.recipients) addresses.set(address, yield* outgoing.address(address));
		return {
			sender: yield* outgoing.address(request.sender),
			addresses,
			content: delivery.probe ? '' : yield* outgoing.content(delivery.id, mail.content)
		};
	} catch (thrown) {
		if (!(thrown instanceof DictError)) throw thrown;
		const dsn = { status: '4.3.0', text: 'table lookup error' };
		for (const recipient of request.recipients) yield* delivery.deferredRecipient(recipient, 'none', dsn);
		return null;
	}
}

function* deliver(delivery: Delivery, outgoing: Outgoing, security: Security): Sys<void> {
	const { config, log } = delivery.daemon;
	/* several next hops may be named: one is asked when those before it failed (postconf(5), relayhost) */
	const named = delivery.request.nexthop.split(/[\s,]+/).filter((text) => text !== '');
	const relayhosts = config.items('relayhost').map(({ text }) => text);
	const nexthops = [...named, ...config.items('smtp_fallback_relay').map(({ text }) => text)];
	const prepared = yield* prepare(delivery, outgoing);
	if (prepared === null) return;
	const session = new SmtpSession(delivery, prepared, security);
	for (const [i, nexthop] of nexthops.entries()) {
		const found = yield* findHosts(delivery.daemon, parseDestination(nexthop, 'smtp'), nexthop);
		if (!found.ok) {
			if (found.dsn.status.startsWith('5') && relayhosts.includes(nexthop)) {
				yield* log.warn('relayhost configuration problem');
				session.failure = { status: '4.3.5', text: found.dsn.text };
			} else session.failure = found.dsn;
			session.siteFailed = true;
			continue;
		}
		yield* session.tryHosts(found.hosts, i === nexthops.length - 1, nexthop);
		if (session.waiting.length === 0) return;
	}
	yield* session.giveUp();
}

export const smtp: ReturnType<typeof deliveryAgent> = (argv, env) => {
	let outgoing: Outgoing | null = null;
	let security: Security | null = null;
	return deliveryAgent('smtp', (delivery) => deliver(delivery, outgoing!, security!), {
		*postJail(daemon) {
			outgoing = yield* Outgoing.open(daemon, 'smtp');
			security = yield* Security.open(daemon);
		}
	})(argv, env);
};
