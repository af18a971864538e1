/**
 * check_policy_service: asks a program over a socket (SMTPD_POLICY_README): attributes `name=value`, a line each, an
 * empty line; the answer is `action=…` with what could stand in an access table.
 *
 * Does: `inet:host:port`, `unix:path`, and `{ inet:host:port, default_action=… }`. Asks again after
 *       smtpd_policy_service_retry_delay when nobody answers, then does smtpd_policy_service_default_action.
 * Lacks: connections that are kept for the next question; limits on requests.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { LineReader } from '../../libc/stdio';
import { getaddrinfo } from '../../libc/netdb';
import { strerror } from '../../libc/strerror';
import { decode, encode } from '../../libc/text';
import { close, connect, poll, sleep, socket, write } from '../../libc/unistd';
import { Fatal } from '../errors';
import { splitItems } from '../main-cf';
import { parseSeconds } from '../values';
import { act } from './access';
import type { Check, Outcome, RestrictionRow } from './evaluation';

interface Endpoint {
	readonly transport: 'inet' | 'unix';
	readonly place: string;
	readonly settings: ReadonlyMap<string, string>;
}

/** @throws Fatal */
export function parseEndpoint(argument: string): Endpoint {
	const inner = /^\{(.*)\}$/s.exec(argument.trim())?.[1];
	const [first = '', ...more] = splitItems(inner ?? argument).map(({ text }) => text);
	const match = /^(inet|unix):(.+)$/.exec(first);
	if (!match) throw new Fatal(`need service transport:endpoint instead of "${first}"`);
	const settings = new Map<string, string>();
	for (const one of more) {
		const pair = /^\{?\s*([^\s=]+)\s*=\s*(.*?)\s*\}?$/s.exec(one);
		if (!pair) throw new Fatal(`attribute syntax error: ${one}`);
		settings.set(pair[1]!, pair[2]!);
	}
	return { transport: match[1] as 'inet' | 'unix', place: match[2]!, settings };
}

function request(check: Check): string {
	const { session } = check;
	const { peer } = session;
	const values: readonly (readonly [string, string | number])[] = [
		['request', 'smtpd_access_policy'],
		['protocol_state', session.where === 'CONNECT' ? 'CONNECT' : session.where],
		['protocol_name', session.protocol],
		['client_address', peer.addressText],
		['client_name', peer.name],
		['client_port', peer.port],
		['reverse_client_name', peer.reverseName],
		['server_address', ''],
		['server_port', 25],
		['helo_name', session.helo ?? ''],
		['sender', session.sender ?? ''],
		['recipient', session.recipient ?? ''],
		['recipient_count', session.where === 'RCPT' ? 0 : session.recipients],
		['queue_id', session.submission?.queueId ?? ''],
		['instance', session.id],
		['size', session.actualSize || session.messageSize],
		['etrn_domain', session.where === 'ETRN' ? check.replyName : ''],
		['stress', ''],
		['sasl_method', session.saslMethod],
		['sasl_username', session.saslUsername],
		['sasl_sender', ''],
		['ccert_subject', ''],
		['ccert_issuer', ''],
		['ccert_fingerprint', ''],
		['ccert_pubkey_fingerprint', ''],
		['encryption_protocol', ''],
		['encryption_cipher', ''],
		['encryption_keysize', 0],
		['policy_context', session.daemon.config.text('smtpd_policy_service_policy_context')]
	];
	return `${values.map(([name, value]) => `${name}=${value}\n`).join('')}\n`;
}

function* dial({ transport, place }: Endpoint): Sys<number> {
	if (transport === 'unix') {
		const fd = yield* socket('unix', 'stream');
		yield* connect(fd, { family: 'unix', path: place });
		return fd;
	}
	const colon = place.lastIndexOf(':');
	const host = place.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, '$1') || '127.0.0.1';
	const found = yield* getaddrinfo(host);
	const fd = yield* socket('inet', 'stream');
	const address = found.ok ? found.addresses[0]!.address : 0;
	yield* connect(fd, { family: 'inet', address, port: Number(place.slice(colon + 1)) });
	return fd;
}

/** One question. @returns the action; null when nothing sensible came; throws `Errno` when nobody is there */
function* ask(endpoint: Endpoint, text: string, timeout: number): Sys<string | null> {
	const fd = yield* dial(endpoint);
	try {
		yield* write(fd, encode(text));
		const reader = new LineReader(fd);
		let action: string | null = null;
		for (;;) {
			if ((yield* poll([{ fd, read: true }], timeout)).length === 0) return null;
			const line = yield* reader.line();
			if (line === null) return null;
			const words = decode(line).trimEnd();
			if (words === '') return action;
			if (words.startsWith('action=')) action = words.slice('action='.length);
		}
	} finally {
		yield* close(fd);
	}
}

function* checkPolicy(check: Check): Sys<Outcome> {
	const { config, log } = check.session.daemon;
	const endpoint = parseEndpoint(check.argument);
	const time = (name: string): number => {
		const own = endpoint.settings.get(name);
		return own === undefined ? config.seconds(`smtpd_policy_service_${name}`) : parseSeconds(name, own, 's');
	};
	const tries = Number(endpoint.settings.get('try_limit') ?? config.number('smtpd_policy_service_try_limit'));
	let action: string | null = null;
	for (let count = 1; count <= tries && action === null; count++) {
		if (count > 1) yield* sleep(time('retry_delay') * 1e6);
		let problem: Errno | null = null;
		try {
			action = yield* ask(endpoint, request(check), time('timeout') * 1e6);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			problem = thrown;
			yield* log.warn(`connect to ${endpoint.place}: ${strerror(problem)}`);
		}
		if (action === null && (count > 1 || (problem && problem.code !== 'ENOENT')))
			yield* log.warn(
				`problem talking to server ${endpoint.place}: ${problem ? strerror(problem) : 'Connection timed out'}`
			);
	}
	const value = action ?? endpoint.settings.get('default_action') ?? config.text('smtpd_policy_service_default_action');
	return yield* act(check, { value, source: check.source }, 'policy query', {
		replyName: check.replyName,
		replyClass: check.replyClass
	});
}

export const POLICY: RestrictionRow = { argument: 'server', run: checkPolicy };
