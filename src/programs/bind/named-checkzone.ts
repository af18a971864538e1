/**
 * named-checkzone: reads a zone file as named would and says what is wrong with it (named-checkzone(1), BIND 9.18).
 *
 * Exit:  0 when the zone can be loaded, 1 when not, or for a usage error.
 * Lacks: raw and map formats, -J, -t, -l and the lesser used check modes are accepted without effect.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { canonicalName, labelsOf, nameOf, recordType, rdataText, typeNumber, type DnsRecord } from '#wire/dns';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { getaddrinfo, gai_strerror } from '../libc/netdb';
import { print, printError, readAll, writeFile } from '../libc/stdio';
import { decode } from '../libc/text';
import { getcwd } from '../libc/unistd';
import {
	loadZone,
	shownName,
	type Integrity,
	type LoadedZone,
	type OutsideAnswer,
	type OutsideName
} from './load-zone';
import { toColumn } from './message-text';
import type { Zone } from './zone';
import { readZone } from './zone-files';

const USAGE =
	'usage: named-checkzone [-djqvD] [-c class] [-f inputformat] [-F outputformat] [-J filename] [-s (full|relative)] [-t directory] [-w directory] ' +
	'[-k (ignore|warn|fail)] [-m (ignore|warn|fail)] [-n (ignore|warn|fail)] [-r (ignore|warn|fail)] [-i (full|full-sibling|local|local-sibling|none)] ' +
	'[-M (ignore|warn|fail)] [-S (ignore|warn|fail)] [-W (ignore|warn)] [-o filename] zonename [ (filename|-) ]\n';
const OPTIONS = new OptionTable([
	'c=',
	'd',
	'f=',
	'F=',
	'h',
	'i=',
	'j',
	'J=',
	'k=',
	'l=',
	'L=',
	'm=',
	'M=',
	'n=',
	'o=',
	'q',
	'r=',
	's=',
	'S=',
	't=',
	'T=',
	'v',
	'w=',
	'W=',
	'D'
]);
const VERSION = '9.18.49-1~deb12u3-Debian';

export const namedCheckzone: Main = function* (argv) {
	let given;
	try {
		given = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		const letter = /-- '(.)'/.exec(thrown.message)?.[1] ?? '?';
		yield* printError(`named-checkzone: invalid argument -${letter}\n${USAGE}`);
		return 1;
	}
	if (given.has('v')) {
		yield* print(`${VERSION}\n`);
		return 0;
	}
	const [zoneText, path] = given.operands;
	if (zoneText === undefined || given.operands.length > 2) {
		yield* printError(USAGE);
		return 1;
	}
	const labels = labelsOf(zoneText);
	if (!labels || zoneText === '') return 1;
	const origin = nameOf(labels);
	const directory = given.get('w') ?? (yield* getcwd());
	const loaded = yield* loadWithNames(origin, path, directory, (given.get('i') ?? 'full') as Integrity);
	const quiet = given.has('q');
	const dump = given.has('D');
	const output = given.get('o') ?? '-';
	const say = dump && output === '-' ? printError : print;
	if (!quiet) yield* say(loaded.messages.map((message) => `${message}\n`).join(''));
	if (!loaded.zone) return 1;
	if (dump) {
		const text = zoneDump(loaded.zone);
		if (output === '-') yield* print(text);
		else yield* writeFile(output, text);
	}
	if (!quiet) yield* say('OK\n');
	return 0;
};

/** Loads, asks the resolver about the names outside the zone, and loads once more with the answers. */
function* loadWithNames(
	origin: string,
	path: string | undefined,
	directory: string,
	integrity: Integrity
): Sys<LoadedZone> {
	const outside = new Map<string, OutsideAnswer>();
	const text = path === undefined ? '' : path === '-' || path === '/dev/stdin' ? decode(yield* readAll(0)) : undefined;
	for (;;) {
		const options = { integrity, outside };
		const loaded =
			text === undefined
				? yield* readZone(origin, path!, directory, options)
				: loadZone(origin, path ?? '', text, options);
		if (loaded.unknown.length === 0) return loaded;
		for (const name of loaded.unknown) outside.set(canonicalName(name.name), yield* askOutside(name));
	}
}

function* askOutside({ name, asked }: OutsideName): Sys<OutsideAnswer> {
	const host = shownName(name);
	const found = yield* getaddrinfo(host);
	if (found.ok)
		return canonicalName(found.canonicalName) !== canonicalName(host) && !asked.endsWith('/NS')
			? { alias: true }
			: 'found';
	return found.error === 'EAI_NONAME' || found.error === 'EAI_NODATA' ? 'none' : { failure: gai_strerror(found.error) };
}

/**
 * The lines of a zone as named writes it (dns_master_style_full): TTL at column 46, data at 64; names in order, of each the
 * SOA and NS records first, then by the number of the type.
 */
export function zoneDump(zone: Zone): string {
	const rank = (record: DnsRecord) =>
		record.type === 'SOA' ? -2 : record.type === 'NS' ? -1 : typeNumber(recordType(record))!;
	return zone
		.names()
		.flatMap((name) =>
			zone
				.sets(name)
				.flatMap((set) => set.records.map(({ record }) => record))
				.sort((a, b) => rank(a) - rank(b))
		)
		.map((record) => {
			const owner = toColumn(record.name, 46);
			return `${toColumn(`${owner}${record.ttl} IN ${recordType(record)}`, 64)}${rdataText(record)}\n`;
		})
		.join('');
}
