/**
 * Names of services, protocols, hosts, users and groups for the parser and the printer, which are plain functions: what
 * they ask for and is not known yet is looked up, and they run once more.
 *
 * Reads:  /etc/services, /etc/protocols, /etc/hosts, the DNS, /etc/passwd, /etc/group and files by path; each when it is first
 *         asked for, and once for a command.
 *         The kernel's sets (ipset).
 */
import { formatAddress, parseAddress } from '#netfilter/address';
import type { Names } from '#netfilter/extension';
import { findSetType } from '#netfilter/ipset/set-type';
import type { Address, Family } from '#netfilter/rule';
import { Errno, type Sys } from '#kernel/syscalls';
import {
	getnameinfo,
	gethostbyname2,
	parseHosts,
	parseProtocols,
	parseServices,
	type ProtocolEntry,
	type ServiceEntry
} from '../libc/netdb';
import { parseGroup, parsePasswd, type GroupEntry, type PasswdEntry } from '../libc/passwd';
import { readText } from '../libc/stdio';
import { setList } from '../libc/unistd';

/** Thrown to the one who can look it up. */
class Wanted {
	constructor(
		readonly what: 'file' | 'host' | 'address' | 'set',
		readonly key: string,
		readonly family: Family
	) {}
}

export class NameTables {
	readonly #files = new Map<string, string | undefined>();
	readonly #hosts = new Map<string, readonly Address[]>();
	readonly #addresses = new Map<string, string | undefined>();
	readonly #sets = new Map<string, number | undefined>();
	readonly #parsed = new Map<string, unknown>();
	readonly #read: ((path: string) => string | undefined) | undefined;

	/** @param read answers for files at once, for those who may look at a disk from outside; nobody asks the DNS then */
	constructor(read?: (path: string) => string | undefined) {
		this.#read = read;
	}

	readonly names: Names = {
		servicePort: (name, protocol) =>
			this.#services().find(
				(entry) => entry.protocol === protocol && (entry.name === name || entry.aliases.includes(name))
			)?.port,
		serviceName: (port, protocol) =>
			this.#services().find((entry) => entry.port === port && entry.protocol === protocol)?.name,
		protocolNumber: (name) =>
			this.#protocols().find((entry) => entry.name === name || entry.aliases.includes(name))?.number,
		protocolName: (number) => this.#protocols().find((entry) => entry.number === number)?.name,
		hostAddresses: (name, family) => this.#known(this.#hosts, 'host', `${family} ${name}`, family)!,
		hostName: (address, family) =>
			this.#known(this.#addresses, 'address', `${family} ${formatAddress(address, family)}`, family),
		userId: (name) => this.#users().find((entry) => entry.name === name)?.uid,
		groupId: (name) => this.#groups().find((entry) => entry.name === name)?.gid,
		userName: (id) => this.#users().find((entry) => entry.uid === id)?.name,
		groupName: (id) => this.#groups().find((entry) => entry.gid === id)?.name,
		file: (path) => this.#known(this.#files, 'file', path, 'ip'),
		setDimension: (name) => this.#known(this.#sets, 'set', name, 'ip')
	};

	/** Runs `task`, as often as names come up that it asks for. It must change nothing outside of itself. */
	*with<T>(task: () => T): Sys<T> {
		for (;;) {
			try {
				return task();
			} catch (thrown) {
				if (!(thrown instanceof Wanted)) throw thrown;
				yield* this.#lookUp(thrown);
			}
		}
	}

	#known<T>(map: ReadonlyMap<string, T>, what: Wanted['what'], key: string, family: Family): T | undefined {
		if (map.has(key)) return map.get(key);
		if (!this.#read) throw new Wanted(what, key, family);
		return this.#atOnce(this.#read, what, key, family) as T | undefined;
	}

	#atOnce(read: (path: string) => string | undefined, what: Wanted['what'], key: string, family: Family): unknown {
		if (what === 'file') return read(key);
		if (what === 'address') return undefined;
		// who looks from outside sees no sets: all may be there
		if (what === 'set') return 1;
		const name = key.slice(key.indexOf(' ') + 1);
		const lines = parseHosts(read('/etc/hosts') ?? '').filter(({ names }) => names.includes(name));
		return lines.flatMap(({ address }) => parseAddress(address, family) ?? []);
	}

	*#lookUp({ what, key, family }: Wanted): Sys<void> {
		const text = key.slice(key.indexOf(' ') + 1);
		if (what === 'set') this.#sets.set(key, yield* dimensionOf(key));
		else if (what === 'file') this.#files.set(key, yield* readOptional(key));
		else if (what === 'host') this.#hosts.set(key, yield* addressesOf(text, family));
		else this.#addresses.set(key, yield* nameOf(text, family));
	}

	#table<T>(path: string, parse: (text: string) => T[]): readonly T[] {
		const there = this.#parsed.get(path) as T[] | undefined;
		if (there) return there;
		const made = parse(this.names.file(path) ?? '');
		this.#parsed.set(path, made);
		return made;
	}

	#services(): readonly ServiceEntry[] {
		return this.#table('/etc/services', parseServices);
	}

	#protocols(): readonly ProtocolEntry[] {
		return this.#table('/etc/protocols', parseProtocols);
	}

	#users(): readonly PasswdEntry[] {
		return this.#table('/etc/passwd', parsePasswd);
	}

	#groups(): readonly GroupEntry[] {
		return this.#table('/etc/group', parseGroup);
	}
}

function* dimensionOf(name: string): Sys<number | undefined> {
	try {
		const [set] = yield* setList(name);
		return set && findSetType(set.type)?.dimensions.length;
	} catch (thrown) {
		if (thrown instanceof Errno) return undefined;
		throw thrown;
	}
}

function* readOptional(path: string): Sys<string | undefined> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return undefined;
		throw thrown;
	}
}

function* addressesOf(name: string, family: Family): Sys<readonly Address[]> {
	if (name === '') return [];
	const found = yield* gethostbyname2(name, family === 'ip' ? 'inet' : 'inet6');
	if (!found.ok) return [];
	return found.entry.addresses.flatMap((text) => parseAddress(text, family) ?? []);
}

/** Without a name it is told as number. IPv6 addresses have none here. */
function* nameOf(text: string, family: Family): Sys<string | undefined> {
	if (family === 'ip6') return undefined;
	const found = yield* getnameinfo(Number(parseAddress(text, 'ip')));
	return found.ok ? found.name : undefined;
}
