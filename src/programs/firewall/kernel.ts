/** Rules from and to the kernel, with what goes wrong on the way told in the variant's words. */
import type { Family, Operation, TableInfo, TableName, Variant } from '#netfilter/rule';
import { Errno, type Sys } from '#kernel/syscalls';
import { filterChange, filterTables } from '../libc/unistd';
import { Exit } from './command';
import type { Draft } from './draft';
import { CommandError } from './request';
import { complaint, errnoText } from './variant';

const LOCK = '/run/xtables.lock';
/** what fits into the message of one commit, bytes */
const MESSAGE_LIMIT = 1023;

/** @throws CommandError, Exit: only root may; legacy fails at its lock file before it asks the kernel */
export function* readTables(variant: Variant, family: Family, name?: TableName): Sys<readonly TableInfo[]> {
	try {
		return yield* filterTables(variant, family, name);
	} catch (thrown) {
		if (!(thrown instanceof Errno)) throw thrown;
		if (variant === 'legacy') throw new Exit(4, `Fatal: can't open lock file ${LOCK}: Permission denied\n`);
		const words = complaint(variant, 'commit', thrown.code);
		throw new CommandError(`Could not fetch rule set generation id: ${words}`, 4);
	}
}

/**
 * All changes of a draft, or none of them.
 * @throws CommandError "RULE_APPEND failed (Invalid argument): rule in chain INPUT"
 */
export function* commitNft(draft: Draft, family: Family): Sys<void> {
	if (draft.operations.length === 0) return;
	let refusal = yield* filterChange('nf_tables', family, draft.operations);
	if (!refusal) return;
	const { operations, blames } = draft;
	let text = '';
	const left = operations.map((operation, index) => ({ operation, index }));
	while (refusal && refusal.index < left.length && text.length < MESSAGE_LIMIT) {
		const [refused] = left.splice(refusal.index, 1);
		const { what, where, line } = blames[refused!.index]!;
		text += `${line > 0 ? `\nline ${line}:` : ''} ${what} failed (${errnoText(refusal.errno)}): ${where}`;
		if (line === 0) break;
		// the kernel tells all that it would refuse; nothing of it is done, since the last operation never is
		const rest: Operation[] = [...left.map(({ operation }) => operation), IMPOSSIBLE];
		refusal = yield* filterChange('nf_tables', family, rest);
	}
	throw new CommandError(text.slice(0, MESSAGE_LIMIT), 4);
}

/** the kernel never does it */
const IMPOSSIBLE: Operation = { do: 'delete', table: 'filter', chain: '', rule: -1 };

/** @returns an errno, null when it was done */
export function* commitLegacy(draft: Draft, family: Family): Sys<string | null> {
	if (draft.operations.length === 0) return null;
	const refusal = yield* filterChange('legacy', family, draft.operations);
	return refusal?.errno ?? null;
}
