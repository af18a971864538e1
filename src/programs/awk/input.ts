/** The main input: the files and assignments in ARGV, or standard input (the second half of mawk's fin.c). */
import type { Sys } from '#kernel/syscalls';
import { close } from '../libc/unistd';
import { FatalError } from './errors';
import { assignment } from './assignment';
import type { Interpreter } from './interpreter';
import { InputStream, openInput } from './streams';
import { toNumber } from './value';

export class Input {
	/** null: there is no more */
	#stream: InputStream | null | undefined;
	#argument = 1;

	constructor(readonly awk: Interpreter) {}

	/** The next record; counts NR and FNR. */
	*next(): Sys<string | null> {
		if (this.#stream === undefined) yield* this.#open(true);
		while (this.#stream) {
			const text = yield* this.#stream.record(this.awk.text(this.awk.record.rs), this.awk.cache);
			if (text !== null) {
				for (const name of ['NR', 'FNR']) {
					const counter = this.awk.cell(name);
					counter.value = toNumber(counter.value) + 1;
				}
				return text;
			}
			yield* this.skip();
		}
		return null;
	}

	/** On to the next file. */
	*skip(): Sys<void> {
		if (this.#stream && this.#stream.fd > 2) yield* close(this.#stream.fd);
		yield* this.#open(false);
	}

	*#open(first: boolean): Sys<void> {
		const { awk } = this;
		const argv = awk.array(awk.program.globals.get('ARGV')!);
		while (this.#argument < toNumber(awk.cell('ARGC').value)) {
			const cell = argv.find(this.#argument++, false, awk.record.convfmt);
			const name = cell ? awk.text(cell.value) : '';
			if (name === '' || assignment(awk, name)) continue;
			const fd = yield* openInput(name);
			if (typeof fd === 'string') throw new FatalError(`cannot open ${name} (${fd})`);
			this.#begin(name, fd);
			return;
		}
		if (first) this.#begin('-', 0);
		else this.#stream = null;
	}

	#begin(name: string, fd: number): void {
		this.#stream = new InputStream(fd);
		// without operands FILENAME stays as messages show it
		this.awk.cell('FILENAME').value = name;
		this.awk.cell('FNR').value = 0;
	}
}
