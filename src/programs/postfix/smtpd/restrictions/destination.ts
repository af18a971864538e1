/** Restrictions that keep the host from relaying: whether the recipient's domain is one of its own. */
import type { Source, Sys } from '#kernel/syscalls';
import { splitAddress } from '../../tok822';
import { RESOLVE, type Resolution } from '../../trivial-rewrite';
import type { Check, Restriction } from '../evaluation';
import { noMatch, number, permitted, plain, refused, withAddress, type Row } from './answers';

const CLASS_PARAMETER: readonly (readonly [flag: number, parameter: string])[] = [
	[RESOLVE.LOCAL, 'mydestination'],
	[RESOLVE.ALIAS, 'virtual_alias_domains'],
	[RESOLVE.VIRTUAL, 'virtual_mailbox_domains'],
	[RESOLVE.RELAY, 'relay_domains']
];

/** The two that a reader always asks about, and those that somebody has set. */
const isTold = (check: Check, parameter: string): boolean =>
	parameter === 'mydestination' || parameter === 'relay_domains' || check.session.daemon.config.isSet(parameter);

export function* destination(check: Check, recipient: string): Sys<{ ours: boolean; text: string; because: Source[] }> {
	const { evaluation, session } = check;
	const { config } = session.daemon;
	const reply: Resolution = yield* evaluation.resolve(session.sender ?? '', recipient);
	if (reply.flags & RESOLVE.FAIL) yield* evaluation.lookupFailed(recipient);
	const domain = splitAddress(reply.recipient)[1] ?? '';
	if (reply.flags & RESOLVE.ROUTED && !config.flag('allow_untrusted_routing'))
		return {
			ours: false,
			text: `${recipient} names a further host behind its local part (allow_untrusted_routing = no)`,
			because: [config.source('allow_untrusted_routing')]
		};
	for (const [flag, parameter] of CLASS_PARAMETER) {
		if (!(reply.flags & flag)) continue;
		const item = config.items(parameter).find(({ text }) => text.toLowerCase() === domain.toLowerCase());
		return { ours: true, text: `${domain} is in ${parameter}`, because: [item?.source ?? config.source(parameter)] };
	}
	const names = CLASS_PARAMETER.map(([, parameter]) => parameter).filter((name) => isTold(check, name));
	return {
		ours: false,
		text: `${domain} is in none of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
		because: names.map((name) => config.source(name))
	};
}

const unauthDestination = (later: boolean): Restriction =>
	withAddress('recipient', function* (check, recipient) {
		const { ours, text, because } = yield* destination(check, recipient);
		if (ours) return noMatch(check, text, because, 'passed');
		const code = number(check, 'relay_domains_reject_code') - (later ? 100 : 0);
		return yield* refused(check, text, code, later ? '4.7.1' : '5.7.1', `<${recipient}>: Relay access denied`, because);
	});

const permitAuthDestination = withAddress('recipient', function* (check, recipient) {
	const { ours, text, because } = yield* destination(check, recipient);
	return ours ? permitted(check, text, because) : noMatch(check, text, because);
});

export const DESTINATION: readonly Row[] = [
	['reject_unauth_destination', plain(unauthDestination(false))],
	['defer_unauth_destination', plain(unauthDestination(true))],
	['permit_auth_destination', plain(permitAuthDestination)]
];
