/**
 * named-checkconf: reads named.conf as named would (named-checkconf(1), BIND 9.18).
 *
 * Exit:  0 when named would accept it, 1 when not.
 * Lacks: -p prints nothing but the file's statements as written, -x, -l.
 */
import type { Main } from '#kernel/syscalls';
import { canonicalName } from '#wire/dns';
import { getopt, OptionTable, UsageError } from '../libc/getopt';
import { print, printError } from '../libc/stdio';
import { readNamedConf, readOptional, readZone } from './zone-files';

const USAGE = 'usage: named-checkconf [-achijklvz] [-p [-x]] [-t directory] [named.conf]\n';
const OPTIONS = new OptionTable(['a', 'c', 'h', 'i', 'j', 'k', 'l', 'p', 't=', 'v', 'x', 'z']);

export const namedCheckconf: Main = function* (argv) {
	let given;
	try {
		given = getopt(argv, OPTIONS);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		const letter = /-- '(.)'/.exec(thrown.message)?.[1] ?? '?';
		yield* printError(`named-checkconf: invalid argument -${letter}\n${USAGE}`);
		return 1;
	}
	if (given.has('v')) {
		yield* print('9.18.49-1~deb12u3-Debian\n');
		return 0;
	}
	if (given.has('x') && !given.has('p')) {
		yield* printError('named-checkconf: -x cannot be used without -p\n');
		return 1;
	}
	const path = given.operands[0] ?? '/etc/bind/named.conf';
	const parsed = yield* readNamedConf(path);
	if (!parsed) {
		yield* print(`open: ${path}: file not found\n`);
		return 1;
	}
	const lines = [...parsed.warnings, ...parsed.errors];
	yield* print(lines.map((line) => `${line}\n`).join(''));
	if (!parsed.configuration) return 1;
	if (given.has('p')) yield* print((yield* readOptional(path)) ?? '');
	let status = 0;
	if (given.has('z')) {
		for (const zone of parsed.configuration.zones) {
			if (zone.type !== 'primary' || zone.file === undefined) continue;
			const loaded = yield* readZone(canonicalName(zone.name), zone.file, parsed.configuration.directory);
			yield* print(loaded.messages.map((message) => `${message}\n`).join(''));
			if (loaded.zone) continue;
			status = 1;
			yield* print(
				`_default/${zone.name.replace(/(.)\.$/, '$1')}/IN: ${/failed: (.*)$/.exec(loaded.messages.find((line) => line.includes(' failed: ')) ?? '')?.[1] ?? 'bad zone'}\n`
			);
		}
	}
	return status;
};
