/**
 * DNS blocklists (reject_rbl_client and its siblings): the query, the answers that count, the reply that is made from
 * default_rbl_reply or rbl_reply_maps.
 */
import type { Source, Sys } from '#kernel/syscalls';
import { DictError } from '../dict';
import { lookupHost } from '../dns-lookup';
import { Fatal } from '../errors';
import type { Daemon } from '../server';
import { splitAddress } from '../tok822';
import { fixDsn, splitDsn, type Check, type Outcome, type ReplyClass } from './evaluation';

export interface Listed {
	readonly query: string;
	readonly addresses: readonly string[];
	readonly text: string;
	readonly sources: readonly Source[];
}

/** `127.0.0.[2;4..8]`: whether an answer is one of those that count (ip_match(3)). */
export function matchesPattern(address: string, pattern: string): boolean {
	const octets = address.split('.').map(Number);
	const parts = pattern.match(/\[[^\]]*\]|\d+/g) ?? [];
	return (
		parts.length === 4 &&
		parts.every((part, i) => {
			if (!part.startsWith('[')) return Number(part) === octets[i];
			return part
				.slice(1, -1)
				.split(';')
				.some((range) => {
					const [low, high] = range.split('..');
					return octets[i]! >= Number(low) && octets[i]! <= Number(high ?? low);
				});
		})
	);
}

/** A pattern is looked at when there is an answer to compare. @throws Fatal */
function checkPattern(pattern: string): void {
	const bad = /[^\d.[\];]/.exec(pattern);
	if (bad)
		throw new Fatal(
			`RBL reply error: need decimal number 0..255 or "[" at "${pattern.slice(0, bad.index)}>${pattern.slice(bad.index)}<"`
		);
}

/** @param list "rbl.example.com" or "rbl.example.com=127.0.0.2" @returns null when not listed, or not to be found out */
export function* blocklisted(daemon: Daemon, name: string, list: string): Sys<Listed | null> {
	const [domain, pattern] = list.split('=');
	const query = `${name}.${domain}`;
	const found = yield* lookupHost(query, 'A');
	if (found.status !== 'ok') {
		if (found.status !== 'not-found' && found.status !== 'null-mx')
			yield* daemon.log.warn(`${query}: RBL lookup error: ${found.why}`);
		return null;
	}
	if (pattern) checkPattern(pattern);
	const addresses = found.records.map((record) => record.name);
	if (pattern && !addresses.some((address) => matchesPattern(address, pattern))) return null;
	const text = yield* lookupHost(query, 'TXT');
	const words = text.status === 'ok' ? text.records[0]!.name : '';
	const sources: Source[] = addresses.map((data) => ({ kind: 'record', server: '', name: query, type: 'A', data }));
	return { query, addresses, text: words, sources };
}

export function* blocklistReply(check: Check, listed: Listed, what: string, replyClass: ReplyClass): Sys<Outcome> {
	const { config, log } = check.session.daemon;
	const { peer, helo, sender, recipient } = check.session;
	const [domain] = check.argument.split('=');
	const at = what.indexOf('@');
	const values = new Map<string, string>([
		['client', peer.nameAddress],
		['client_address', peer.addressText],
		['client_name', peer.name],
		['reverse_client_name', peer.reverseName],
		['helo_name', helo ?? ''],
		['sender', sender ?? ''],
		['sender_domain', splitAddress(sender ?? '')[1] ?? ''],
		['sender_name', splitAddress(sender ?? '')[0]],
		['recipient', recipient ?? ''],
		['recipient_domain', splitAddress(recipient ?? '')[1] ?? ''],
		['recipient_name', splitAddress(recipient ?? '')[0]],
		['rbl_class', replyClass],
		['rbl_code', String(config.number('maps_rbl_reject_code'))],
		['rbl_domain', domain!],
		['rbl_reason', listed.text],
		['rbl_txt', listed.text],
		['rbl_what', at >= 0 ? what : what]
	]);
	let template = config.raw('default_rbl_reply');
	try {
		template = (yield* check.tables.rblReply.find(check.argument))?.value ?? template;
	} catch (thrown) {
		if (!(thrown instanceof DictError)) throw thrown;
		yield* check.evaluation.serverError();
	}
	const text = config.expand(template, values);
	const match = /^([45]\d\d) (.*)$/.exec(text);
	if (!match) {
		yield* log.warn(`rbl response code configuration error: ${text}`);
		return yield* check.evaluation.refuse('policy', 450, '4.7.1', 'Service unavailable');
	}
	const [dsn, words] = splitDsn('4.7.1', match[2]!);
	return yield* check.evaluation.refuse(
		'policy',
		Number(match[1]),
		fixDsn(dsn, replyClass),
		words || 'Service unavailable'
	);
}
