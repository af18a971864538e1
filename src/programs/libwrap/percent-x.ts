/**
 * The `%` letters of hosts_access(5) in shell commands, banners and values of options. What they print is made safe for a
 * shell: other bytes than letters, digits and !@%-_=+:,./ become underscores, and stay so in the request.
 *
 * Trusts: nobody; the names come from whoever connects.
 */
import type { Sys } from '#kernel/syscalls';
import { exit, sleep } from '../libc/unistd';
import type { ByteText } from './bytes';
import type { Library } from './library';
import type { Cell, Endpoint, Request } from './request';

const UNSAFE = /[^0-9A-Za-z!@%\-_=+:,./]/g;
/** microseconds that the real function waits before it gives up */
const GIVE_UP = 5_000_000;

type Expansion = (request: Request) => Sys<Cell>;

/** Each letter with what it stands for; the editor shows the second column. */
export const LETTERS: ReadonlyMap<string, readonly [expand: Expansion, meaning: string]> = new Map<
	string,
	readonly [Expansion, string]
>([
	['a', [(request) => request.client.addressCell(), 'address of the client']],
	['A', [(request) => request.server.addressCell(), 'address of the server']],
	[
		'c',
		[(request) => request.clientInfo(), 'what is known about the client: user@host, user@address, host or address']
	],
	['d', [daemon, 'name of the daemon']],
	['h', [(request) => request.client.info(), 'name of the client if it is known, else its address']],
	['H', [(request) => request.server.info(), 'name of the server if it is known, else its address']],
	['n', [(request) => hostName(request, 'client'), 'name of the client, "unknown" or "paranoid"']],
	['N', [(request) => hostName(request, 'server'), 'name of the server, "unknown" or "paranoid"']],
	['p', [processId, 'process id of the daemon']],
	['r', [(request) => port(request.client.endpoint), 'port of the client']],
	['R', [(request) => port(request.server.endpoint), 'port of the server']],
	['s', [(request) => request.serverInfo(), 'daemon@host, daemon@address or the daemon']],
	['u', [user, 'name of the user on the client, or "unknown"']],
	['%', [percent, 'a percent sign']]
]);

function* daemon(request: Request): Sys<Cell> {
	return { value: request.daemon, keep: (value) => void (request.daemon = value) };
}

function* user(request: Request): Sys<Cell> {
	return { value: yield* request.getUser(), keep: (value) => void (request.user = value) };
}

function* hostName(request: Request, end: 'client' | 'server'): Sys<Cell> {
	yield* request[end].getName();
	return request[end].nameCell();
}

function* processId(request: Request): Sys<Cell> {
	return { value: String(request.pid) };
}

function* port(endpoint: Endpoint | undefined): Sys<Cell> {
	return { value: String(endpoint?.port ?? 0) };
}

function* percent(): Sys<Cell> {
	return { value: '%' };
}

/**
 * Expands the letters. A result that does not fit ends the process, as the real function does.
 * @param limit size of the buffer, bytes
 */
export function* percentX(library: Library, request: Request, text: ByteText, limit: number): Sys<ByteText> {
	let out = '';
	for (let at = 0; at < text.length;) {
		let part = text[at++]!;
		if (part === '%' && at < text.length) part = yield* expand(library, request, text[at++]!);
		if (out.length + part.length >= limit - 1) {
			yield* library.warn(`percent_x: expansion too long: ${out.slice(0, 30)}...`);
			yield* sleep(GIVE_UP);
			yield* library.options.atExit?.() ?? nothing();
			return yield* exit(0);
		}
		out += part;
	}
	return out;
}

function* expand(library: Library, request: Request, letter: string): Sys<ByteText> {
	const row = LETTERS.get(letter);
	if (!row) {
		yield* library.warn(`unrecognized %${letter}`);
		return '';
	}
	const cell = yield* row[0](request);
	const safe = cell.value.replace(UNSAFE, '_');
	if (safe !== cell.value) cell.keep?.(safe);
	return safe;
}

function* nothing(): Sys<void> {}
