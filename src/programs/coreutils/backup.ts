/** Backups that cp, mv, ln and install make of what they would overwrite (backupfile of gnulib). */
import type { Sys } from '#kernel/syscalls';
import { lstat, rename } from '../libc/unistd';
import { attempt, type Parsed, type Tool, UsageError } from './utility';
import { quote } from './quote';

export type BackupKind = 'none' | 'simple' | 'numbered' | 'existing';

const KINDS: Readonly<Record<string, BackupKind>> = {
	none: 'none', off: 'none', simple: 'simple', never: 'simple', numbered: 'numbered', t: 'numbered', existing: 'existing', nil: 'existing'
}; // prettier-ignore

export function backupOf(tool: Tool, options: Parsed): { kind: BackupKind; suffix: string } {
	const suffix = options.get('suffix') ?? tool.env.get('SIMPLE_BACKUP_SUFFIX') ?? '~';
	if (!options.has('b') && !options.has('backup') && !options.has('suffix')) return { kind: 'none', suffix };
	const word = options.get('backup') ?? tool.env.get('VERSION_CONTROL') ?? 'existing';
	const kind = KINDS[word];
	if (!kind) throw new UsageError(`invalid argument ${quote(word)} for ${quote('backup type')}`);
	return { kind, suffix };
}

/** Moves an existing file out of the way. @returns its new name */
export function* makeBackup(
	path: string,
	{ kind, suffix }: { kind: BackupKind; suffix: string }
): Sys<string | undefined> {
	if (kind === 'none' || !(yield* attempt(lstat(path)))) return undefined;
	let number = 1;
	while (yield* attempt(lstat(`${path}.~${number}~`))) number++;
	const numbered = kind === 'numbered' || (kind === 'existing' && number > 1);
	const name = numbered ? `${path}.~${number}~` : path + suffix;
	yield* rename(path, name);
	return name;
}
