/** For tests of this folder: the decision about one client, with tables and files that lie on no disk. */
import { Errno, type Request as Call, type Sys } from '#kernel/syscalls';
import { encode } from '../libc/text';
import { fromText } from './bytes';
import { hostsAccess, type Access } from './hosts-access';
import { Library } from './library';
import { Request } from './request';

export interface Client {
	readonly daemon: string;
	readonly name: string;
	readonly address: string;
	readonly user?: string;
}

/** What the library reported, and what it decided. */
export interface Tried extends Access {
	readonly diagnostics: readonly string[];
}

/** @param files by path; others do not exist */
export function decide(files: Readonly<Record<string, string>>, client: Client): Tried {
	const library = new Library({ ident: 'test', facility: 'user', pid: false, dryRun: true });
	const request = new Request(1, 1, undefined);
	request.setDaemon(fromText(client.daemon));
	request.setUser(fromText(client.user ?? 'unknown'));
	request.client.setName(fromText(client.name));
	request.client.setAddress(fromText(client.address));
	const access = answer(files, hostsAccess(library, request));
	return { ...access, diagnostics: library.diagnostics.map(({ text }) => text) };
}

const CALLS_MOST = 100_000;

/** Answers the calls of a program from the files; there is no log, no network, no other process. */
export function answer<T>(files: Readonly<Record<string, string>>, program: Sys<T>): T {
	const open: (Uint8Array | undefined)[] = [];
	const reply = (call: Call): unknown => {
		switch (call.call) {
			case 'open': {
				const text = files[call.args[0]];
				if (text === undefined) throw new Errno('ENOENT');
				return open.push(encode(text)) - 1;
			}
			case 'read': {
				const rest = open[call.args[0]]!;
				open[call.args[0]] = new Uint8Array(0);
				return rest;
			}
			case 'close':
			case 'trace':
			case 'umask':
				return undefined;
			case 'getcwd':
				return '/';
			case 'time':
			case 'getpid':
				return 0;
			default:
				throw new Errno('ENOSYS');
		}
	};
	let step = program.next();
	for (let i = 0; !step.done; i++) {
		if (i > CALLS_MOST) throw new Error('the program does not end');
		let value: unknown;
		try {
			value = reply(step.value);
		} catch (thrown) {
			step = program.throw(thrown);
			continue;
		}
		step = program.next(value);
	}
	return step.value;
}
