/** For tests of this folder: the decision about one client, with tables and files that lie on no disk. */
import type { Sys } from '#kernel/syscalls';
import { offline } from '../libc/offline';
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

/** Answers the calls of a program from the files; there is no log, no network, no other process. */
export function answer<T>(files: Readonly<Record<string, string>>, program: Sys<T>): T {
	return offline({ read: (path) => files[path] }, program)!;
}
