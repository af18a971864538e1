/** try-from(8): prints what the library knows about whoever is at the other end of standard input. */
import type { Main } from '#kernel/syscalls';
import { STDIN } from '../libc/stdio';
import { getpid } from '../libc/unistd';
import { fromText } from './bytes';
import { Library } from './library';
import { percentX } from './percent-x';
import { Request } from './request';
import { fromSocket, socketMethods } from './sock-host';
import { BUFFER_LENGTH } from './table';
import { Output } from './tool';

const LINES = [
	'client address  (%%a): %a',
	'client hostname (%%n): %n',
	'client username (%%u): %u',
	'client info     (%%c): %c',
	'server address  (%%A): %A',
	'server hostname (%%N): %N',
	'server process  (%%d): %d',
	'server info     (%%s): %s'
];

export const tryFrom: Main = function* (argv) {
	const name = argv[0]!.slice(argv[0]!.lastIndexOf('/') + 1);
	const output = yield* Output.open();
	const library = new Library({ ident: name, facility: 'user', pid: false, atExit: () => output.flush() });
	const request = new Request(STDIN, yield* getpid(), socketMethods(library));
	request.setDaemon(fromText(name));
	yield* fromSocket(library, request);
	for (const line of LINES) yield* output.print(`${yield* percentX(library, request, line, BUFFER_LENGTH)}\n`);
	yield* output.flush();
	return 0;
};
