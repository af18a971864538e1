/** What iptables, iptables-save and iptables-restore share: their kinds, how they end, what they say at last. */
import type { Family, Variant } from '#netfilter/rule';
import type { Sys } from '#kernel/syscalls';
import { print, printError } from '../libc/stdio';
import { Failure } from './draft';
import { Answered, CommandError } from './request';
import { complaint, VERSION } from './variant';

export interface Kind {
	readonly family: Family;
	readonly variant: Variant;
}

/** What iptables-save and iptables-restore call themselves: legacy does not look at how it was called. */
export function programName(argv: readonly string[], { family, variant }: Kind, suffix: '-save' | '-restore'): string {
	if (variant === 'legacy') return (family === 'ip' ? 'iptables' : 'ip6tables') + suffix;
	return argv[0]!.slice(argv[0]!.lastIndexOf('/') + 1);
}

/** Ends the program with these lines. */
export class Exit {
	constructor(
		readonly status: number,
		readonly text: string
	) {}
}

const TRY = (program: string): string => `Try \`${program} -h' or '${program} --help' for more information.\n`;

/**
 * The lines of a refused command line.
 * @param line of the restored text; null on the command line
 */
export function errorLines(error: CommandError, kind: Kind, program: string, line: number | null): string {
	let text = error.bare;
	if (error.text !== null) text += `${program} v${VERSION} (${kind.variant}): ${error.text}\n`;
	if (error.status === 2) text += (line === null ? '' : `Error occurred at line: ${line}\n`) + TRY(program);
	if (error.status === 3) text += `Perhaps ${program} or your kernel needs to be upgraded.\n`;
	return text;
}

/** "iptables: No chain/target/match by that name." */
export function failureLine({ doing, errno }: Failure, kind: Kind, program: string): string {
	const hint = errno === 'EINVAL' ? " Run `dmesg' for more information." : '';
	return `${program}: ${complaint(kind.variant, doing, errno)}.${hint}\n`;
}

/** Runs it and turns what it throws into lines and a status. */
export function* ending(kind: Kind, program: string, body: () => Sys<number>, line?: () => number): Sys<number> {
	try {
		return yield* body();
	} catch (thrown) {
		if (thrown instanceof Answered) {
			yield* print(thrown.text);
			return 0;
		}
		if (thrown instanceof Exit) {
			yield* printError(thrown.text);
			return thrown.status;
		}
		if (thrown instanceof CommandError) {
			yield* printError(errorLines(thrown, kind, program, line?.() ?? null));
			return thrown.status;
		}
		if (thrown instanceof Failure) {
			yield* printError(failureLine(thrown, kind, program));
			return thrown.errno === 'EAGAIN' ? 4 : 1;
		}
		throw thrown;
	}
}
