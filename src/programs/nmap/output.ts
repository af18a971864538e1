/** Where nmap's words go: the screen, the file of -oN, the file of -oG. */
import { Errno, O, type Sys } from '#kernel/syscalls';
import { STDOUT } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { encode } from '../libc/text';
import { open, write } from '../libc/unistd';
import { NmapExit, type NmapOptions } from './options';

export class Output {
	#screen = true;
	#normal = -1;
	#grepable = -1;

	/** @throws NmapExit for a file that cannot be written */
	*open({ normalFile, grepableFile, append }: NmapOptions): Sys<void> {
		this.#normal = yield* this.#openFile(normalFile, append, 'normal');
		this.#grepable = yield* this.#openFile(grepableFile, append, 'machine');
	}

	*#openFile(path: string | undefined, append: boolean, format: string): Sys<number> {
		if (path === undefined) return -1;
		if (path === '-') {
			this.#screen = false;
			return STDOUT;
		}
		try {
			return yield* open(path, O.WRONLY | O.CREAT | (append ? O.APPEND : O.TRUNC), 0o644);
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			throw new NmapExit(
				1,
				`Failed to open ${format} output file ${path} for writing: ${strerror(thrown)} (${thrown.code === 'ENOENT' ? 2 : thrown.code === 'EACCES' ? 13 : 21})\nQUITTING!\n`
			);
		}
	}

	/** Only for the one who watches. */
	*screen(text: string): Sys<void> {
		if (this.#screen) yield* write(STDOUT, encode(text));
	}

	/** Screen and -oN. */
	*plain(text: string): Sys<void> {
		yield* this.screen(text);
		yield* this.normal(text);
	}

	*normal(text: string): Sys<void> {
		if (this.#normal >= 0 && text !== '') yield* write(this.#normal, encode(text));
	}

	*grepable(text: string): Sys<void> {
		if (this.#grepable >= 0) yield* write(this.#grepable, encode(text));
	}
}
