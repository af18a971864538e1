/**
 * The account files as their programs change them (passwd(5), shadow(5), group(5)): read whole, changed line by line,
 * written anew with the old text kept in FILE-; /etc/.pwd.lock is there from the first change on.
 *
 * Not simulated: /etc/gshadow, /etc/subuid; the locks themselves (nothing runs between reading and writing).
 */
import { O, type Sys } from '#kernel/syscalls';
import { readText } from '../libc/stdio';
import { errnoOf } from '../libc/strerror';
import { encode } from '../libc/text';
import { chmod, chown, close, open, rename, stat, write } from '../libc/unistd';

export const FILES = { passwd: '/etc/passwd', shadow: '/etc/shadow', group: '/etc/group' } as const;
export type FileName = keyof typeof FILES;
const LOCK = '/etc/.pwd.lock';

/** The lines of one file in their fields. */
export class Table {
	changed = false;

	constructor(
		readonly file: FileName,
		readonly text: string,
		readonly rows: string[][]
	) {}

	find(name: string): string[] | undefined {
		return this.rows.find((row) => row[0] === name);
	}

	add(...fields: readonly string[]): void {
		this.rows.push([...fields]);
		this.changed = true;
	}

	/** @returns the row, with the field changed */
	set(name: string, field: number, value: string): void {
		const row = this.find(name);
		if (!row || row[field] === value) return;
		row[field] = value;
		this.changed = true;
	}

	remove(name: string): void {
		const index = this.rows.findIndex((row) => row[0] === name);
		if (index < 0) return;
		this.rows.splice(index, 1);
		this.changed = true;
	}
}

export type Tables = Readonly<Record<FileName, Table>>;

/** @returns undefined when the caller may not read it */
export function* readTable(file: FileName): Sys<Table | undefined> {
	try {
		const text = yield* readText(FILES[file]);
		const lines = text.split('\n').filter((line) => line !== '');
		return new Table(
			file,
			text,
			lines.map((line) => line.split(':'))
		);
	} catch (thrown) {
		errnoOf(thrown);
		return undefined;
	}
}

/** Whether the caller may change accounts at all: it makes the lock. */
export function* lockAccounts(): Sys<boolean> {
	try {
		yield* close(yield* open(LOCK, O.WRONLY | O.CREAT, 0o600));
		return true;
	} catch (thrown) {
		errnoOf(thrown);
		return false;
	}
}

export function* readTables(): Sys<Tables> {
	const empty = (file: FileName): Table => new Table(file, '', []);
	return {
		passwd: (yield* readTable('passwd')) ?? empty('passwd'),
		shadow: (yield* readTable('shadow')) ?? empty('shadow'),
		group: (yield* readTable('group')) ?? empty('group')
	};
}

export function* saveTables(tables: Tables): Sys<void> {
	for (const file of ['passwd', 'shadow', 'group'] as const) yield* saveTable(tables[file]);
}

/** Writes a changed table: the new file takes the old one's place, with its owner and mode. */
export function* saveTable(table: Table): Sys<void> {
	if (!table.changed) return;
	const path = FILES[table.file];
	yield* put(`${path}-`, table.text, path);
	yield* put(`${path}+`, table.rows.map((row) => `${row.join(':')}\n`).join(''), path);
	yield* rename(`${path}+`, path);
	table.changed = false;
}

function* put(path: string, text: string, like: string): Sys<void> {
	const { mode, uid, gid } = yield* stat(like);
	const fd = yield* open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o600);
	yield* write(fd, encode(text));
	yield* close(fd);
	yield* chown(path, uid, gid);
	yield* chmod(path, mode & 0o7777);
}
