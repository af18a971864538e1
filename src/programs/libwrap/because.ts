/**
 * Why a pattern of hosts_access(5) matched or did not, in a sentence that names the value it was held against. Decides
 * nothing, looks nothing up: it is told the outcome, and reads what the request knows by then.
 */
import { dottedQuad, looksNumeric, prefixMask } from './address';
import { sameWord, toText, wholeUnsigned, type ByteText } from './bytes';
import { isKnownName, matchesString, PARANOID, UNKNOWN } from './pattern';
import type { HostInfo, Request } from './request';
import { splitAt, splitEndpoint } from './table';

type Sentence = (pattern: ByteText, host: HostInfo, matched: boolean) => string;

/** Patterns that have a sentence of their own; the first that fits is taken. */
const KINDS: readonly (readonly [fits: (pattern: ByteText) => boolean, sentence: Sentence])[] = [
	[(pattern) => pattern.startsWith('@'), netgroup],
	[(pattern) => pattern.startsWith('/'), patternFile],
	[(pattern) => sameWord(pattern, 'KNOWN'), known],
	[(pattern) => sameWord(pattern, 'LOCAL'), local],
	[(pattern) => splitAt(pattern, '/') !== undefined, network],
	[(pattern) => sameWord(pattern, 'ALL'), () => 'everybody'],
	[(pattern) => sameWord(pattern, UNKNOWN), unknown],
	[(pattern) => sameWord(pattern, PARANOID), paranoid]
];

export function becauseOfHost(pattern: ByteText, host: HostInfo, matched: boolean): string {
	const row = KINDS.find(([fits]) => fits(pattern));
	return (row?.[1] ?? compared)(pattern, host, matched);
}

/** `daemon` or `daemon@host` */
export function becauseOfServer(token: ByteText, request: Request, matched: boolean): string {
	const { name, host } = splitEndpoint(token);
	const port = wholeUnsigned(name, 10);
	const isPort = port !== undefined && port <= 65_535;
	const own = isPort ? request.server.endpoint?.port === port : matchesString(name, request.daemon);
	const daemon = toText(request.daemon);
	if (!own || host === undefined) {
		if (isPort) return matched ? `the port is ${port}` : `the port is ${request.server.endpoint?.port ?? 'not known'}`;
		if (sameWord(name, 'ALL')) return 'every daemon';
		return `the daemon is ${daemon}`;
	}
	return becauseOfHost(host, request.server, matched);
}

/** `host` or `user@host` */
export function becauseOfClient(token: ByteText, request: Request, matched: boolean): string {
	const { name, host } = splitEndpoint(token);
	if (host === undefined) return becauseOfHost(token, request.client, matched);
	/* the host is asked first; the user only when it matched */
	if (!matched && request.user === '') return becauseOfHost(host, request.client, false);
	const user = request.user === '' ? UNKNOWN : request.user;
	if (!matched && matchesString(name, user)) return becauseOfHost(host, request.client, false);
	return sameWord(user, UNKNOWN) ? 'the user is not known' : `the user is ${toText(user)}`;
}

/* ---- one sentence a kind ----------------------------------------------------------------------------------------- */

function nameless({ name }: HostInfo): string {
	if (name === '') return 'its name was not asked for';
	return sameWord(name, PARANOID) ? 'its name is not believed' : 'its name is not known';
}

function netgroup(pattern: ByteText, { name }: HostInfo, matched: boolean): string {
	return `${toText(name)} is ${matched ? '' : 'not '}in the netgroup ${toText(pattern.slice(1))}`;
}

function patternFile(pattern: ByteText, _host: HostInfo, matched: boolean): string {
	return `${matched ? 'a' : 'no'} pattern of the file ${toText(pattern)} matches`;
}

function known(_pattern: ByteText, host: HostInfo, matched: boolean): string {
	return matched ? `its name is known: ${toText(host.name)}` : nameless(host);
}

function unknown(_pattern: ByteText, host: HostInfo, matched: boolean): string {
	if (matched) return 'its name is not known';
	return isKnownName(host.name) ? `its name is known: ${toText(host.name)}` : 'it has a name, which is not believed';
}

function paranoid(_pattern: ByteText, host: HostInfo, matched: boolean): string {
	if (matched) return 'its name does not lead back to its address';
	return isKnownName(host.name) ? `${toText(host.name)} leads back to its address` : nameless(host);
}

function local(_pattern: ByteText, host: HostInfo, matched: boolean): string {
	if (!isKnownName(host.name)) return nameless(host);
	return `${toText(host.name)} has ${matched ? 'no' : 'a'} dot`;
}

function network(pattern: ByteText, { address }: HostInfo, matched: boolean): string {
	const where = `${toText(address)} ${matched ? 'lies' : 'does not lie'} in it`;
	if (matched) return where;
	const [net, mask] = splitAt(pattern, '/')!;
	const [base, bits] = [dottedQuad(net), dottedQuad(mask) ?? prefixMask(mask)];
	if (net.startsWith('[')) return where;
	if (base === undefined || (bits === 0 && dottedQuad(mask) === undefined)) return 'that is no network and mask';
	if ((base & bits) >>> 0 !== base) return 'nothing lies in it: the network has bits outside of its mask';
	return where;
}

/** Exact, prefix, suffix, `*` and `?`: held against the address, then against the name. */
function compared(pattern: ByteText, host: HostInfo, matched: boolean): string {
	const [address, name] = [toText(host.address), toText(host.name)];
	const text = toText(pattern);
	const byAddress = matched ? matchesString(pattern, host.address) : looksNumeric(pattern);
	const who = byAddress ? address : isKnownName(host.name) && name !== '' ? name : '';
	if (who === '') return nameless(host);
	const not = matched ? '' : 'not ';
	if (/[*?]/.test(pattern)) return `${who} does ${not}look like it`.replace('does look', 'looks');
	const ends = pattern.startsWith('.') ? 'end' : pattern.endsWith('.') ? 'begin' : '';
	if (ends === '') return matched ? `it is ${who}` : `it is ${who}, not ${text}`;
	const preposition = ends === 'end' ? 'in' : 'with';
	return matched ? `${who} ${ends}s ${preposition} ${text}` : `${who} does not ${ends} ${preposition} ${text}`;
}
