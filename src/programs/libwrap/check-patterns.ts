/** What tcpdchk says about single patterns: reserved words in the wrong place, hosts that do not exist, bad masks. */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { getnetgrent } from '../libc/netgroup';
import { strerror } from '../libc/strerror';
import { close, getpid, open } from '../libc/unistd';
import { dottedQuad, ipv6, looksNumeric, prefixMask } from './address';
import { atoi, sameWord, toText, type ByteText } from './bytes';
import { readOpen } from './hosts-access';
import type { Services } from './inetd-conf';
import type { Library } from './library';
import { PARANOID, UNKNOWN } from './pattern';
import { Request } from './request';
import { hostAddresses, toolMethods } from './sock-host';
import { BUFFER_LENGTH, PhysicalLines, splitAt, splitEndpoint, words } from './table';

export interface Checker {
	readonly library: Library;
	readonly services: Services;
	/** undefined: there is none */
	readonly inetdConf: ByteText | undefined;
	/** whether hosts are looked up; the editor does not wait for name servers */
	readonly asksNames: boolean;
}

/** What a host pattern turned out to be. */
interface Host {
	/** how many addresses it has; 1 for what is no host, 0 when it is not found */
	readonly addresses: number;
	/** it was a file with lines, whose words took the place of the list's */
	readonly forgets: boolean;
}

const ONE: Host = { addresses: 1, forgets: false };

const SEPARATORS = /[, \t\n]+/;
const RESERVED = [UNKNOWN, 'KNOWN', PARANOID, 'ALL', 'LOCAL'];

function isReserved(pattern: ByteText): boolean {
	return RESERVED.some((word) => sameWord(word, pattern));
}

export function* checkDaemons(checker: Checker, list: ByteText): Sys<void> {
	const { library } = checker;
	yield* checkList(library, list, 'daemon', function* (token) {
		const { name, host } = splitEndpoint(token);
		const found = host === undefined ? ONE : yield* checkHost(checker, host);
		if (found.addresses > 1) {
			yield* library.warn(`host ${host} has more than one address`);
			yield* library.warn('(consider using an address instead)');
		}
		yield* checkDaemon(checker, name);
		return found;
	});
}

export function* checkClients(checker: Checker, list: ByteText): Sys<void> {
	const { library } = checker;
	yield* checkList(library, list, 'client', function* (token) {
		const { name, host } = splitEndpoint(token);
		if (host !== undefined) yield* checkUser(library, name);
		return yield* checkHost(checker, host ?? name);
	});
}

/**
 * Checks the words of a list one after the other. A file of patterns makes the real tool forget where it was: what stands
 * behind it is not checked.
 */
function* checkList(library: Library, list: ByteText, what: string, check: (word: ByteText) => Sys<Host>): Sys<void> {
	let count = 0;
	for (const word of words(list, SEPARATORS)) {
		count = sameWord(word, 'EXCEPT') ? 0 : count + 1;
		if (count > 0 && (yield* check(word)).forgets) break;
	}
	if (count === 0) yield* library.warn(`${what} list is empty or ends in EXCEPT`);
}

/** Warnings that daemon and user names share. @returns whether there was one, or the name needs no more looking at */
function* checkName(library: Library, pattern: ByteText, what: 'daemon' | 'user'): Sys<boolean> {
	const start = /^[@/]/.exec(pattern)?.[0];
	const plain =
		sameWord(pattern, 'ALL') || sameWord(pattern, UNKNOWN) || (what === 'user' && sameWord(pattern, 'KNOWN'));
	if (start !== undefined) yield* library.warn(`${pattern}: ${what} name begins with "${start}"`);
	else if (pattern.startsWith('.')) yield* library.warn(`${pattern}: ${what} name begins with dot`);
	else if (pattern.endsWith('.')) yield* library.warn(`${pattern}: ${what} name ends in dot`);
	else if (plain) return true;
	else if (sameWord(pattern, 'FAIL')) yield* obsolete(library);
	else if (isReserved(pattern)) yield* library.warn(`${pattern}: ${what} name may be reserved word`);
	else return false;
	return true;
}

function* obsolete(library: Library): Sys<void> {
	yield* library.warn('FAIL is no longer recognized');
	yield* library.warn('(use EXCEPT or DENY instead)');
}

function* checkUser(library: Library, pattern: ByteText): Sys<void> {
	yield* checkName(library, pattern, 'user');
}

function* checkDaemon({ library, services, inetdConf }: Checker, pattern: ByteText): Sys<void> {
	if (yield* checkName(library, pattern, 'daemon')) return;
	const wrapped = services.get(pattern);
	if (wrapped === 'unknown') yield* library.warn(`${pattern}: no such process name in ${inetdConf ?? '(null)'}`);
	if (wrapped === 'no') yield* library.warn(`${pattern}: service possibly not wrapped`);
	if (wrapped === 'unknown' || wrapped === 'no') services.set(pattern, 'yes');
}

function* checkHost(checker: Checker, pattern: ByteText): Sys<Host> {
	const { library } = checker;
	if (pattern.startsWith('@')) {
		if ((yield* getnetgrent(toText(pattern.slice(1)))).length === 0)
			yield* library.warn(`${pattern.slice(1)}: unknown or empty netgroup`);
		return ONE;
	}
	if (pattern.startsWith('/')) return yield* checkFile(checker, pattern);
	const network = splitAt(pattern, '/');
	if (network) {
		if (!isNetwork(network[0], network[1])) yield* library.warn(`${network[0]}/${network[1]}: bad net/mask pattern`);
		return ONE;
	}
	if (sameWord(pattern, 'FAIL')) yield* obsolete(library);
	else if (!isReserved(pattern) && !isBracketed(pattern)) return yield* checkHostName(checker, pattern);
	return ONE;
}

function* checkHostName(checker: Checker, pattern: ByteText): Sys<Host> {
	const { library } = checker;
	const numeric = looksNumeric(pattern);
	if (numeric && (pattern === '0.0.0.0' || pattern === '255.255.255.255')) return ONE;
	if (pattern.startsWith('.') && numeric) yield* library.warn(`${pattern}: network number begins with dot`);
	else if (pattern.endsWith('.') && !numeric) yield* library.warn(`${pattern}: domain or host name ends in dot`);
	else if (!numeric && !pattern.startsWith('.')) return yield* checkAddresses(checker, pattern);
	else if (numeric && !pattern.endsWith('.')) yield* checkAddresses(checker, pattern);
	return ONE;
}

function isBracketed(pattern: ByteText): boolean {
	return pattern.startsWith('[') && pattern.endsWith(']') && ipv6(pattern.slice(1, -1)) !== undefined;
}

function isNetwork(net: ByteText, mask: ByteText): boolean {
	if (dottedQuad(net) !== undefined && (dottedQuad(mask) !== undefined || prefixMask(mask) !== 0)) return true;
	return isBracketed(net) && atoi(mask) >= 0 && atoi(mask) <= 128;
}

/** Looks up the addresses of a host, and the name of each. */
function* checkAddresses({ library, asksNames }: Checker, host: ByteText): Sys<Host> {
	if (!asksNames) return ONE;
	const addresses = yield* hostAddresses(library, host);
	for (const endpoint of addresses ?? []) {
		const request = new Request(-1, yield* getpid(), toolMethods(library));
		request.client.endpoint = endpoint;
		if (sameWord(yield* request.client.getName(), UNKNOWN))
			yield* library.warn(`host address ${yield* request.client.getAddress()}->name lookup failed`);
	}
	return { addresses: addresses?.length ?? 0, forgets: false };
}

/** A file of patterns; it stays open while they are checked, so files that name each other end. */
function* checkFile(checker: Checker, path: ByteText): Sys<Host> {
	const { library } = checker;
	let fd: number;
	try {
		fd = yield* open(toText(path), O.RDONLY);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (thrown.code !== 'ENOENT') yield* library.warn(`open ${path}: ${strerror(thrown)}`);
		return ONE;
	}
	const before = library.place;
	const text = yield* readOpen(fd);
	const lines = new PhysicalLines(text, BUFFER_LENGTH);
	for (let [line, number] = [lines.next(), 1]; line !== undefined; line = lines.next()) {
		library.place = { file: path, line: number++ };
		for (const word of words(line, /[ \t\r\n]+/)) if ((yield* checkHost(checker, word)).forgets) break;
	}
	library.place = before;
	yield* close(fd);
	return { addresses: 1, forgets: text !== '' };
}
