/**
 * /etc/ssh/sshd_config (sshd_config(5)): one row an option; the first value that is given counts.
 *
 * Does: Include, quoted words, `Match User NAMES` and `Match all`; the mistakes in the words of OpenSSH 9.2.
 * Not simulated: other criteria of Match (their blocks never apply), the effect of the options of type "known".
 */
import type { Sys } from '#kernel/syscalls';
import { parseIpv4Address } from '#wire/address';
import { readText } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { readdir } from '../libc/unistd';

type Type = 'yes-no' | 'root' | 'port' | 'number' | 'time' | 'list' | 'text' | 'level' | 'known';

/** name, type, default as `sshd -T` prints it */
const ROWS: readonly (readonly [name: string, type: Type, value: string])[] = [
	['Port', 'port', '22'],
	['ListenAddress', 'text', ''],
	['LoginGraceTime', 'time', '120'],
	['MaxAuthTries', 'number', '6'],
	['PermitRootLogin', 'root', 'prohibit-password'],
	['PubkeyAuthentication', 'yes-no', 'yes'],
	['PasswordAuthentication', 'yes-no', 'yes'],
	['PermitEmptyPasswords', 'yes-no', 'no'],
	['PrintMotd', 'yes-no', 'yes'],
	['PrintLastLog', 'yes-no', 'yes'],
	['StrictModes', 'yes-no', 'yes'],
	['UseDNS', 'yes-no', 'no'],
	['UsePAM', 'yes-no', 'no'],
	['PermitTTY', 'yes-no', 'yes'],
	['Banner', 'text', 'none'],
	['PidFile', 'text', '/run/sshd.pid'],
	['AuthorizedKeysFile', 'list', '.ssh/authorized_keys .ssh/authorized_keys2'],
	['AllowUsers', 'list', ''],
	['DenyUsers', 'list', ''],
	['AllowGroups', 'list', ''],
	['DenyGroups', 'list', ''],
	['ForceCommand', 'text', 'none'],
	['LogLevel', 'level', 'INFO'],
	...(
		'AcceptEnv AddressFamily AllowAgentForwarding AllowTcpForwarding ChrootDirectory Ciphers ClientAliveCountMax ClientAliveInterval Compression GatewayPorts GSSAPIAuthentication GSSAPICleanupCredentials GSSAPIKeyExchange HostbasedAuthentication HostKey IgnoreRhosts IgnoreUserKnownHosts KbdInteractiveAuthentication ChallengeResponseAuthentication KerberosAuthentication KerberosOrLocalPasswd KerberosTicketCleanup KexAlgorithms MACs MaxSessions MaxStartups PermitTunnel PermitUserEnvironment RekeyLimit Subsystem SyslogFacility TCPKeepAlive VersionAddendum X11DisplayOffset X11Forwarding X11UseLocalhost HostKeyAlgorithms PubkeyAcceptedAlgorithms AuthorizedKeysCommand AuthorizedKeysCommandUser AuthorizedPrincipalsFile AuthenticationMethods DebianBanner'.split(
			' '
		) as string[]
	).map((name) => [name, 'known', ''] as const)
];
const OPTIONS = new Map(ROWS.map((row) => [row[0].toLowerCase(), row]));
const REPEATED = ['port', 'listenaddress', 'allowusers', 'denyusers', 'allowgroups', 'denygroups'];
const LEVELS = ['QUIET', 'FATAL', 'ERROR', 'INFO', 'VERBOSE', 'DEBUG', 'DEBUG1', 'DEBUG2', 'DEBUG3'];
const DEPTH = 16;

export class SshdConfig {
	readonly #values = new Map<string, string[]>();
	/** of Match blocks: the users that they are for, and what is set there */
	readonly #matches: { readonly users: readonly string[] | 'all' | 'none'; readonly values: Map<string, string[]> }[] =
		[];

	add(name: string, words: readonly string[]): void {
		const values = this.#matches.at(-1)?.values ?? this.#values;
		const before = values.get(name);
		if (before && !REPEATED.includes(name)) return;
		values.set(name, [...(before ?? []), ...words]);
	}

	match(users: readonly string[] | 'all' | 'none'): void {
		this.#matches.push({ users, values: new Map() });
	}

	/** @param user for whom the Match blocks are asked */
	all(name: string, user?: string): readonly string[] {
		const key = name.toLowerCase();
		for (const { users, values } of this.#matches) {
			const applies = users === 'all' || (users !== 'none' && user !== undefined && matchesName(user, users));
			const value = applies ? values.get(key) : undefined;
			if (value) return value;
		}
		const fallback = OPTIONS.get(key)?.[2] ?? '';
		return this.#values.get(key) ?? (fallback === '' ? [] : fallback.split(' '));
	}

	get(name: string, user?: string): string {
		return this.all(name, user)[0] ?? '';
	}

	is(name: string, user?: string): boolean {
		return this.get(name, user) === 'yes';
	}

	/** Seconds of "2m", "1h30m", "120". */
	seconds(name: string): number {
		const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
		return [...this.get(name).matchAll(/(\d+)([smhdw]?)/gi)].reduce(
			(sum, [, count, unit]) => sum + Number(count) * units[unit!.toLowerCase()]!,
			0
		);
	}

	/** What `sshd -T` prints of the options that have an effect here. */
	lines(): string[] {
		return ROWS.filter(([, type]) => type !== 'known').flatMap(([name, , fallback]) => {
			const values = this.all(name);
			if (values.length === 0 && fallback === '') return [];
			return REPEATED.includes(name.toLowerCase())
				? values.map((value) => `${name.toLowerCase()} ${value}`)
				: [`${name.toLowerCase()} ${values.join(' ')}`];
		});
	}
}

/** Patterns with * and ?, and a host part behind @ that is not looked at. A ! refuses. */
export function matchesName(name: string, patterns: readonly string[]): boolean {
	let found = false;
	for (const pattern of patterns.flatMap((word) => word.split(','))) {
		const negated = pattern.startsWith('!');
		const glob = pattern.replace(/^!/, '').split('@')[0]!;
		const source = glob
			.replace(/[.+^${}()|[\]\\]/g, '\\$&')
			.replaceAll('*', '.*')
			.replaceAll('?', '.');
		if (!new RegExp(`^${source}$`).test(name)) continue;
		if (negated) return false;
		found = true;
	}
	return found;
}

/** A mistake that ends sshd: the line that it prints. */
export class ConfigError {
	constructor(readonly message: string) {}
}

class MissingArgument {
	constructor(readonly name: string) {}
}

export function* readConfig(path: string): Sys<SshdConfig> {
	const config = new SshdConfig();
	const bad = { count: 0, messages: [] as string[] };
	yield* readInto(config, path, bad, 0);
	if (bad.count > 0) {
		bad.messages.push(`${path}: terminating, ${bad.count} bad configuration options`);
		throw new ConfigError(bad.messages.join('\r\n'));
	}
	return config;
}

function* readInto(
	config: SshdConfig,
	path: string,
	bad: { count: number; messages: string[] },
	depth: number
): Sys<void> {
	let text: string;
	try {
		text = yield* readText(path);
	} catch (thrown) {
		throw new ConfigError(`${path}: ${strerror(errnoOf(thrown))}`);
	}
	for (const [index, line] of text.split('\n').entries()) {
		const words = [...line.replace(/^\s+/, '').matchAll(/"([^"]*)"|([^\s="]+)/g)].map((found) => found[1] ?? found[2]!);
		const [name, ...values] = words;
		if (name === undefined || name.startsWith('#')) continue;
		const comment = values.findIndex((word) => word.startsWith('#'));
		if (comment >= 0) values.splice(comment);
		const key = name.toLowerCase();
		const where = `${path} line ${index + 1}`;
		if (key === 'include') {
			if (depth < DEPTH) for (const file of yield* included(values)) yield* readInto(config, file, bad, depth + 1);
		} else if (key === 'match') config.match(usersOf(values));
		else {
			const row = OPTIONS.get(key);
			if (!row) {
				bad.count++;
				bad.messages.push(`${path}: line ${index + 1}: Bad configuration option: ${name}`);
				continue;
			}
			try {
				config.add(key, checked(row, values, where));
			} catch (thrown) {
				if (!(thrown instanceof MissingArgument)) throw thrown;
				bad.count++;
				bad.messages.push(`${where}: no argument after keyword "${thrown.name}"`);
			}
		}
	}
}

function usersOf([criterion = '', ...values]: readonly string[]): readonly string[] | 'all' | 'none' {
	if (criterion.toLowerCase() === 'all') return 'all';
	return criterion.toLowerCase() === 'user' && values.length === 1 ? values : 'none';
}

function* included(patterns: readonly string[]): Sys<string[]> {
	const files: string[] = [];
	for (const pattern of patterns) {
		const path = pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`;
		const slash = path.lastIndexOf('/');
		try {
			const names = (yield* readdir(path.slice(0, slash) || '/')).map((entry) => entry.name).sort();
			files.push(
				...names
					.filter((name) => matchesName(name, [path.slice(slash + 1)]))
					.map((name) => `${path.slice(0, slash)}/${name}`)
			);
		} catch (thrown) {
			errnoOf(thrown);
		}
	}
	return files;
}

function checked([name, type]: (typeof ROWS)[number], values: readonly string[], where: string): readonly string[] {
	const [value] = values;
	if (value === undefined) throw new MissingArgument(name);
	const allowed: Readonly<Partial<Record<Type, boolean>>> = {
		'yes-no': value === 'yes' || value === 'no',
		root: ['yes', 'no', 'prohibit-password', 'without-password', 'forced-commands-only'].includes(value)
	};
	if (allowed[type] === false) throw new ConfigError(`${where}: unsupported option "${value}".`);
	if (type === 'port' && !(Number(value) > 0 && Number(value) < 65_536))
		throw new ConfigError(`${where}: Badly formatted port number.`);
	if (type === 'number' && !/^\d+$/.test(value)) throw new ConfigError(`${where}: ${name} integer value invalid.`);
	if (type === 'level' && !LEVELS.includes(value.toUpperCase()))
		throw new ConfigError(`${where}: unsupported log level '${value}'`);
	if (name === 'ListenAddress' && parseIpv4Address(value.replace(/:\d+$/, '')) === undefined && !value.includes('::'))
		throw new ConfigError(`bad addr or host: ${value} (Name or service not known)`);
	if (type === 'time' && !/^(\d+[smhdw]?)+$/i.test(value)) throw new ConfigError(`${where}: invalid time value.`);
	return type === 'list' ? values : [value === 'without-password' ? 'prohibit-password' : values.join(' ')];
}
