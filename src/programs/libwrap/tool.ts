/** What tcpdmatch and tcpdchk share: output, options, the library in trying-out mode. */
import { Errno, type Sys } from '#kernel/syscalls';
import { STDERR, STDOUT } from '../libc/stdio';
import { tcgetattr, write } from '../libc/unistd';
import { fromText, toBytes, type ByteText } from './bytes';
import { Library } from './library';

/** stdio: by lines on a terminal, else all at the end. What options write to descriptor 1 overtakes it. */
export class Output {
	#text: ByteText = '';

	constructor(readonly byLines: boolean) {}

	static *open(): Sys<Output> {
		try {
			yield* tcgetattr(STDOUT);
			return new Output(true);
		} catch (thrown) {
			if (thrown instanceof Errno) return new Output(false);
			throw thrown;
		}
	}

	*print(text: ByteText): Sys<void> {
		this.#text += text;
		if (this.byLines && text.endsWith('\n')) yield* this.flush();
	}

	*flush(): Sys<void> {
		const text = this.#text;
		this.#text = '';
		if (text !== '') yield* write(STDOUT, toBytes(text));
	}
}

export function* printWarning(text: ByteText): Sys<void> {
	yield* write(STDERR, toBytes(text));
}

/** A program that did not call openlog(3): its name, facility user, no process id. */
export function toolLibrary(name: string, output: Output, verbose: number): Library {
	const ident = name.slice(name.lastIndexOf('/') + 1);
	return new Library({ ident, facility: 'user', pid: false, verbose, dryRun: true, atExit: () => output.flush() });
}

export function byteArguments(argv: readonly string[]): ByteText[] {
	return argv.map((word) => fromText(word));
}
