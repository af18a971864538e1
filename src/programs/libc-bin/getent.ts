/**
 * getent: asks the databases of nsswitch.conf (getent(1), glibc 2.36).
 *
 * Knows:  ahosts, ahostsv4, group, hosts, passwd, protocols, services.
 * Exit:   0, 1 for an unknown database, 2 when a key was not found, 3 when a database cannot be listed.
 * Lacks:  the other databases, -s, -i.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import {
	getaddrinfo,
	gethostbyaddr,
	gethostbyname2,
	getprotobyname,
	getprotobynumber,
	getservbyname,
	getservbyport,
	parseHosts,
	type HostEntry
} from '../libc/netdb';
import { getgrent, getpwent, type GroupEntry, type PasswdEntry } from '../libc/passwd';
import { print, printError, readText } from '../libc/stdio';

/** The lines for one key; undefined: not found. Without a key all lines; null: cannot be listed. */
interface Database {
	find(key: string): Sys<string | undefined>;
	all?(): Sys<string>;
}

function hostLine({ addresses, name, aliases }: HostEntry): string {
	return addresses.map((address) => `${address.padEnd(15)} ${[name, ...aliases].join(' ')}\n`).join('');
}

function passwdLine(entry: PasswdEntry): string {
	return `${entry.name}:x:${entry.uid}:${entry.gid}:${entry.gecos}:${entry.home}:${entry.shell}\n`;
}

function groupLine(entry: GroupEntry): string {
	return `${entry.name}:x:${entry.gid}:${entry.members.join(',')}\n`;
}

function tableLine(name: string, value: string, aliases: readonly string[]): string {
	return `${name.padEnd(21)} ${[value, ...aliases].join(' ')}\n`;
}

function* findHost(key: string): Sys<string | undefined> {
	const address = parseIpv4Address(key);
	if (address !== undefined) {
		const found = yield* gethostbyaddr(address);
		return found.ok ? hostLine(found.entry) : undefined;
	}
	for (const family of ['inet6', 'inet'] as const) {
		const found = yield* gethostbyname2(key, family);
		if (found.ok) return hostLine(found.entry);
	}
	return undefined;
}

function* findAddresses(key: string): Sys<string | undefined> {
	const found = yield* getaddrinfo(key);
	if (!found.ok) return undefined;
	const line = (address: string, kind: string, name: string) =>
		`${address.padEnd(15)} ${kind.padEnd(6)} ${name}`.trimEnd() + '\n';
	return found.addresses
		.map(({ address }, i) => {
			const text = formatIpv4Address(address);
			return line(text, 'STREAM', i === 0 ? found.canonicalName : '') + line(text, 'DGRAM', '') + line(text, 'RAW', '');
		})
		.join('');
}

const DATABASES: Readonly<Record<string, Database>> = {
	hosts: {
		find: findHost,
		*all() {
			return parseHosts(yield* readText('/etc/hosts'))
				.map(({ address, names }) => hostLine({ addresses: [address], name: names[0]!, aliases: names.slice(1) }))
				.join('');
		}
	},
	ahosts: { find: findAddresses },
	ahostsv4: { find: findAddresses },
	passwd: {
		*find(key) {
			const entry = (yield* getpwent()).find(
				(one) => one.name === key || (/^\d+$/.test(key) && one.uid === Number(key))
			);
			return entry && passwdLine(entry);
		},
		*all() {
			return (yield* getpwent()).map(passwdLine).join('');
		}
	},
	group: {
		*find(key) {
			const entry = (yield* getgrent()).find(
				(one) => one.name === key || (/^\d+$/.test(key) && one.gid === Number(key))
			);
			return entry && groupLine(entry);
		},
		*all() {
			return (yield* getgrent()).map(groupLine).join('');
		}
	},
	services: {
		*find(key) {
			const [name, protocol] = key.split('/');
			const entry = /^\d+$/.test(name!)
				? yield* getservbyport(Number(name), protocol)
				: yield* getservbyname(name!, protocol);
			return entry && tableLine(entry.name, `${entry.port}/${entry.protocol}`, entry.aliases);
		}
	},
	protocols: {
		*find(key) {
			const entry = /^\d+$/.test(key) ? yield* getprotobynumber(Number(key)) : yield* getprotobyname(key);
			return entry && tableLine(entry.name, String(entry.number), entry.aliases);
		}
	}
};

export const getent: Main = function* (argv) {
	const [name, ...keys] = argv.slice(1).filter((word) => !word.startsWith('-'));
	const hint = "Try `getent --help' or `getent --usage' for more information.\n";
	if (name === undefined) {
		yield* printError(`getent: wrong number of arguments\n${hint}`);
		return 1;
	}
	const database = DATABASES[name];
	if (!database) {
		yield* printError(`Unknown database: ${name}\n${hint}`);
		return 1;
	}
	if (keys.length === 0) {
		if (!database.all) {
			yield* printError(`Enumeration not supported on ${name}\n`);
			return 3;
		}
		yield* print(yield* database.all());
		return 0;
	}
	let status = 0;
	for (const key of keys) {
		const lines = yield* database.find(key);
		if (lines === undefined) status = 2;
		else yield* print(lines);
	}
	return status;
};
