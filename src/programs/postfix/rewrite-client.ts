/**
 * Asking trivial-rewrite (rewrite_clnt(3), resolve_clnt(3)), as often as it takes: a mail system whose rewrite service is
 * down waits.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { sleep, time } from '../libc/unistd';
import { attribute, mailCommand, type Attributes } from './attr';
import type { Daemon } from './server';
import { quote822, unquote822 } from './tok822';
import { RESOLVE, type Resolution } from './trivial-rewrite';

const RETRY = 10_000_000;

/** Asks a service that must be there until it answers. */
export function* askUntilAnswered(daemon: Daemon, service: string, request: Attributes): Sys<Attributes> {
	for (;;) {
		try {
			const reply = yield* mailCommand('private', service, request);
			if (reply) return reply;
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
		}
		yield* daemon.log.warn(`problem talking to service ${service}: Success`);
		yield* sleep(RETRY);
	}
}

/** @param rule 'local' or 'remote' @param address in quoted form */
export function* rewriteExternal(daemon: Daemon, rule: string, address: string): Sys<string> {
	const request: Attributes = [
		['request', 'rewrite'],
		['rule', rule],
		['address', address]
	];
	return attribute(yield* askUntilAnswered(daemon, daemon.config.text('rewrite_service_name'), request), 'address');
}

/** The same for an address without quotes. */
export function* rewriteInternal(daemon: Daemon, rule: string, address: string): Sys<string> {
	return unquote822(yield* rewriteExternal(daemon, rule, quote822(address)));
}

const LAST = new WeakMap<Daemon, { sender: string; address: string; until: number; found: Resolution }>();
const LAST_GOOD_FOR = 30_000_000;

/** The last answer is kept for half a minute, as resolve_clnt.c does: the same question is not asked twice in a row. */
/** @param isProbe for an address probe: the `address_verify_` parameters say where it goes */
export function* resolve(daemon: Daemon, sender: string, address: string, isProbe = false): Sys<Resolution> {
	if (isProbe) return yield* ask(daemon, sender, address, 'verify');
	const last = LAST.get(daemon);
	const now = yield* time();
	if (last && last.sender === sender && last.address === address && now <= last.until) return last.found;
	const found = yield* ask(daemon, sender, address);
	if (!(found.flags & RESOLVE.FAIL)) LAST.set(daemon, { sender, address, until: now + LAST_GOOD_FOR, found });
	return found;
}

function* ask(daemon: Daemon, sender: string, address: string, what = 'resolve'): Sys<Resolution> {
	const request: Attributes = [
		['request', what],
		['sender', sender],
		['address', address]
	];
	const reply = yield* askUntilAnswered(daemon, daemon.config.text('rewrite_service_name'), request);
	return {
		transport: attribute(reply, 'transport'),
		nexthop: attribute(reply, 'nexthop'),
		recipient: attribute(reply, 'recipient'),
		flags: Number(attribute(reply, 'flags'))
	};
}
