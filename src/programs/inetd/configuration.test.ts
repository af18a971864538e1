import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Log } from '../libc/syslog';
import { answer } from '../libwrap/fixture';
import { fieldsOf, readServices } from './configuration';

/** names are looked up in files alone: there is no network here */
const FILES = { '/etc/nsswitch.conf': 'hosts: files\nnetworks: files\n' };

function read(text: string): string[] {
	const log = new Log({ ident: 'inetd', facility: 'daemon' });
	return answer(FILES, readServices(text, log, 256)).map(({ protocol, wait, max, user, group, argv }) =>
		`${protocol} ${wait ? 'wait' : 'nowait'}.${max} ${user}:${group ?? ''} ${argv.join(' ')}`.trim()
	);
}

describe('inetd.conf', () => {
	it.each([
		['finger stream tcp4 nowait nobody /usr/sbin/tcpd in.fingerd -w', ['tcp4 nowait.256 nobody: in.fingerd -w']],
		['finger stream tcp nowait nobody /x/y', ['tcp nowait.256 nobody: y', 'tcp6 nowait.256 nobody: y']],
		['tftp dgram udp4 wait.5 root.tty /x a', ['udp4 wait.5 root:tty a']],
		['tftp dgram udp4 wait.5 root:tty /x a', ['udp4 wait.5 root:tty a']],
		['# finger stream tcp4 nowait nobody /x y', []],
		['finger stream tcp4\n nowait nobody\n\t/x y', ['tcp4 nowait.256 nobody: y']],
		['echo stream tcp4 wait root internal', ['tcp4 nowait.256 root:']],
		['finger stream tcp4 nowait', []],
		// a host that has to be looked up
		['!:! stream ! echo echo echo', []]
	])('%j', (text, expected) => {
		expect(read(`${text}\n`)).toEqual(expected);
	});

	it('any text is read to its end without a throw', () => {
		const word = fc.constantFrom(
			'echo', 'stream', 'dgram', 'tcp', 'udp4', 'unix', 'wait', 'nowait.3', 'root', 'internal', '/x', ':', '*:a', '#', '\n', '\n ', 'tcp,sndbuf=1k', ''
		); // prettier-ignore
		fc.assert(
			fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), (parts) => {
				const text = parts.join(' ');
				expect(fieldsOf(text).every(({ words }) => words.length > 0)).toBe(true);
				read(text);
			}),
			/* about four lines each */
			{ numRuns: Math.ceil(Number(process.env['WRAPPER_RUNS'] ?? 4000) / 4) }
		);
	}, 3_600_000);
});
