/**
 * ssh(1) of OpenSSH 9.2p1: a shell or a command at another host, over packets that cannot be read on the wire
 * (`transport.ts` says how little that means here).
 *
 *     ssh [-46AaCfGgKkMNnqsTtVvXxYy] … [-l login_name] [-o option] [-p port] [-i identity_file] destination [command …]
 *
 * Does: the question about an unknown host's key and known_hosts, keys of ~/.ssh, three tries for a password; a terminal, the
 *       exit status; ~. at the beginning of a line hangs up.
 * Reads: ~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts, keys, ~/.ssh/config and /etc/ssh/ssh_config (HostName, Port, User,
 *       IdentityFile, StrictHostKeyChecking).
 * Not simulated: forwarding, multiplexing, jumps, agents, -v beyond the first lines, further escapes of ~.
 */
import type { Main, Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { getopt, OptionTable, UsageError, type Parsed } from '../libc/getopt';
import { gai_strerror, getaddrinfo } from '../libc/netdb';
import { getpwuid } from '../libc/passwd';
import { printError } from '../libc/stdio';
import { errnoOf, strerror } from '../libc/strerror';
import { close, connect, getcred, socket } from '../libc/unistd';
import { clientConfig, type ClientSettings } from './client-config';
import { prove } from './client-auth';
import { runClient } from './client-session';
import { checkHostKey, learnHostKeys } from './known-hosts';
import { field, MSG, PeerGone, Transport, VERSION } from './transport';

const OPTIONS = new OptionTable([
	'1', '2', '4', '6', 'a', 'A', 'C', 'f', 'g', 'G', 'k', 'K', 'M', 'N', 'n', 'q', 's', 't', 'T', 'v', 'V', 'x', 'X', 'y', 'Y',
	'B=', 'b=', 'c=', 'D=', 'E=', 'e=', 'F=', 'I=', 'i=', 'J=', 'L=', 'l=', 'm=', 'O=', 'o=', 'p=', 'Q=', 'R=', 'S=', 'W=', 'w='
]); // prettier-ignore
const RELEASE = 'OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026';
const USAGE = `usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]
           [-b bind_address] [-c cipher_spec] [-D [bind_address:]port]
           [-E log_file] [-e escape_char] [-F configfile] [-I pkcs11]
           [-i identity_file] [-J [user@]host[:port]] [-L address]
           [-l login_name] [-m mac_spec] [-O ctl_cmd] [-o option] [-p port]
           [-Q query_option] [-R address] [-S ctl_path] [-W host:port]
           [-w local_tun[:remote_tun]] destination [command [argument ...]]
`;

/** Ends the program with status 255; the message is written, if there is one. */
export class Fatal {
	constructor(readonly message = '') {}
}

/** A line of the log, as ssh writes it to standard error. */
export function* say(text: string): Sys<void> {
	yield* printError(`${text}\r\n`);
}

/** One call of ssh. */
export interface Call {
	readonly parsed: Parsed;
	readonly settings: ClientSettings;
	/** as it was typed: "halo" */
	readonly host: string;
	/** "203.0.113.21" */
	readonly address: string;
	readonly command: string | undefined;
	readonly home: string;
	readonly env: ReadonlyMap<string, string>;
	readonly transport: Transport;
}

export const ssh: Main = function* (argv, env) {
	let parsed: Parsed;
	try {
		parsed = getopt(argv, OPTIONS, { posix: true });
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		yield* printError(
			`${thrown.message
				.replace("'", '')
				.replace("'", '')
				.replace(/^invalid option/, 'unknown option')}\n${USAGE}`
		);
		return 255;
	}
	if (parsed.has('V')) {
		yield* printError(`${RELEASE}\n`);
		return 0;
	}
	const [destination, ...words] = parsed.operands;
	if (destination === undefined) {
		yield* printError(USAGE);
		return 255;
	}
	try {
		return yield* call(parsed, destination, words, env);
	} catch (thrown) {
		if (!(thrown instanceof Fatal)) throw thrown;
		if (thrown.message !== '') yield* say(thrown.message);
		return 255;
	}
};

function* call(
	parsed: Parsed,
	destination: string,
	words: readonly string[],
	env: ReadonlyMap<string, string>
): Sys<number> {
	const { uid } = yield* getcred();
	const self = yield* getpwuid(uid);
	if (!self) throw new Fatal(`No user exists for uid ${uid}`);
	const [, user, host = ''] = /^(?:ssh:\/\/)?(?:(.*)@)?([^@]*?)$/.exec(destination) ?? [];
	const settings = yield* clientConfig(parsed, host, user ?? parsed.get('l'), self);
	const verbose = parsed.has('v');
	const debug = function* (text: string): Sys<void> {
		if (verbose) yield* say(`debug1: ${text}`);
	};
	if (verbose) yield* say(RELEASE);
	const found = yield* getaddrinfo(settings.hostname, String(settings.port), { protocol: 'tcp' });
	if (!found.ok) throw new Fatal(`ssh: Could not resolve hostname ${settings.hostname}: ${gai_strerror(found.error)}`);
	const fd = yield* reach(
		settings,
		found.addresses.map(({ address }) => address),
		debug
	);
	yield* debug('Connection established.');
	const transport = new Transport(fd.fd, 'client');
	const it: Call = {
		parsed,
		settings,
		host: settings.hostname,
		address: formatIpv4Address(fd.address),
		command: words.length > 0 ? words.join(' ') : undefined,
		home: self.home,
		env,
		transport
	};
	yield* debug(`Local version string ${VERSION}`);
	return yield* speak(it, debug);
}

function* reach(
	{ hostname, port }: ClientSettings,
	addresses: readonly number[],
	debug: (text: string) => Sys<void>
): Sys<{ fd: number; address: number }> {
	let why = '';
	for (const address of addresses) {
		yield* debug(`Connecting to ${hostname} [${formatIpv4Address(address)}] port ${port}.`);
		const fd = yield* socket('inet', 'stream');
		try {
			yield* connect(fd, { family: 'inet', address, port });
			return { fd, address };
		} catch (thrown) {
			why = strerror(errnoOf(thrown));
			yield* close(fd);
		}
	}
	throw new Fatal(`ssh: connect to host ${hostname} port ${port}: ${why}`);
}

function* speak(it: Call, debug: (text: string) => Sys<void>): Sys<number> {
	const { transport, settings, address, host } = it;
	const where = `${address} port ${settings.port}`;
	try {
		yield* transport.sendVersion();
		if (!(yield* transport.readVersion()))
			throw new Fatal(`kex_exchange_identification: ${notSsh(transport.peerVersion)}`);
	} catch (thrown) {
		if (!(thrown instanceof PeerGone)) throw thrown;
		const closed = thrown.how === 'closed';
		yield* say(
			`kex_exchange_identification: ${closed ? 'Connection closed by remote host' : 'read: Connection reset by peer'}`
		);
		throw new Fatal(`Connection ${closed ? 'closed' : 'reset'} by ${where}`);
	}
	yield* debug(
		`Remote protocol version 2.0, remote software version ${transport.peerVersion.slice('SSH-2.0-'.length)}`
	);
	yield* debug(`Authenticating to ${host}:${settings.port} as '${settings.user}'`);
	try {
		const hostKey = yield* transport.exchangeKeys(undefined);
		const learns = yield* checkHostKey(it, hostKey);
		yield* transport.takeKeys();
		yield* transport.send(MSG.SERVICE_REQUEST, 'ssh-userauth');
		yield* transport.receive();
		const method = yield* prove(it);
		if (it.parsed.has('v')) yield* say(`Authenticated to ${host} ([${address}]:${settings.port}) using "${method}".`);
		const keys = yield* transport.receive();
		if (learns)
			yield* learnHostKeys(
				it,
				keys.fields.slice(1).map((_, index) => field(keys, index + 1))
			);
		return yield* runClient(it);
	} catch (thrown) {
		if (!(thrown instanceof PeerGone)) throw thrown;
		throw new Fatal(`Connection ${thrown.how === 'reset' ? 'reset' : 'closed'} by ${where}`);
	}
}

function notSsh(line: string): string {
	return line.startsWith('SSH-')
		? `Protocol major versions differ: 2 vs. ${line[4]}`
		: 'Connection closed by remote host';
}
