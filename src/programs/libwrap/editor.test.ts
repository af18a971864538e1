import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stat } from '#kernel/syscalls';
import { completeInetdConf, diagnoseInetdConf, hoverInetdConf } from '../inetd/editor';
import { completeAccess, diagnoseAccess, hoverAccess, type Surroundings } from './editor';

const FILES: Readonly<Record<string, string>> = {
	'/etc/inetd.conf': 'finger stream tcp nowait nobody /usr/sbin/tcpd in.fingerd\nftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd\n',
	'/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
	'/etc/group': 'root:x:0:\ntty:x:5:\n',
	'/etc/services': 'finger 79/tcp\nftp 21/tcp\nntalk 518/udp\n'
}; // prettier-ignore
const PROGRAMS = ['in.fingerd', 'in.ftpd', 'sshd', 'tcpd'];
const stat = (mode: number): Stat => ({ mode }) as Stat;
const AROUND: Surroundings = {
	read: (path) => FILES[path],
	stat: (path) =>
		PROGRAMS.some((name) => path === `/usr/sbin/${name}`)
			? stat(0o100755)
			: ['/', '/usr', '/usr/sbin', '/etc'].includes(path)
				? stat(0o040755)
				: path in FILES
					? stat(0o100644)
					: undefined,
	list: (path) => (path === '/usr/sbin' ? PROGRAMS : [])
};
const ALLOW = '/etc/hosts.allow';

describe('marks of hosts.allow', () => {
	it.each([
		['in.fingerd: ALL EXCEPT .evil.example : severity auth.info\nsshd: LOCAL\n', []],
		['in.ftpd: ALL\n', ['warning 1:1-8 in.ftpd: service possibly not wrapped']],
		['finger: ALL\n', ['warning 1:1-7 finger: no such process name in /etc/inetd.conf']],
		['ALL: 10.0.0.0/33\n', ['warning 1:6-17 10.0.0.0/33: bad net/mask pattern']],
		['ALL: 10.0.0.5/255.255.255.0\n', ['info 1:6-28 Nothing matches: the network has bits outside of its mask.']],
		['ALL: ALL : sevrity info\n', ['error 1:12-19 bad option name: "sevrity"']],
		['ALL: ALL : user mallory\n', ['error 1:17-24 unknown user: "mallory"']],
		['ALL: ALL : deny : spawn true\n', ['error 1:12-16 option "deny" must be at end']],
		['ALL: ALL EXCEPT\n', ['warning 1:10-16 client list is empty or ends in EXCEPT']],
		['in.fingerd ALL\n', ['warning 1:1-15 missing ":" separator']],
		['ALL: ALL', ['error 1:1-9 missing newline or line too long']],
		['# x\nALL: \\\n  ALL : foo\n', ['error 3:9-12 bad option name: "foo"']],
		['ALL: LOCAL # ours\n', ['info 1:12-18 No comment: behind a rule, these words are patterns of its list.']],
		['ALL: ALL\nsshd: LOCAL\n', ['info 2:1-12 Never asked: line 1 matches every client before.']]
	])('%j', (text, expected) => {
		const marks = diagnoseAccess(text, ALLOW, AROUND);
		expect(marks.map((one) => `${one.severity} ${one.line}:${one.column}-${one.endColumn} ${one.message}`)).toEqual(
			expected
		);
	});
});

describe('marks of inetd.conf', () => {
	it.each([
		[FILES['/etc/inetd.conf']!, []],
		['fingr stream tcp nowait nobody /usr/sbin/tcpd in.fingerd\n', ['error 1:1 fingr/tcp: unknown service']],
		['finger stream tcp nowait\n', ['error 1:1 syntax error in inetd config file']],
		['finger stream tcp nowait nobdy /usr/sbin/tcpd in.fingerd\n', ['error 1:26 nobdy: no user of this host has that name, so nothing is started']],
		['finger stream tcp nowait nobody /usr/sbin/tcpd in.fngerd\n', ['warning 1:48 in.fngerd: not found in /usr/sbin: No such file or directory']],
		['finger stream tcp nowait nobody internal\n', ['error 1:33 internal service finger unknown']]
	])('%j', (text, expected) => {
		const marks = diagnoseInetdConf(text, '/etc/inetd.conf', AROUND);
		expect(marks.map((one) => `${one.severity} ${one.line}:${one.column} ${one.message}`)).toEqual(expected);
	}); // prettier-ignore
});

describe('completion', () => {
	const labels = (line: string): string[] =>
		completeAccess(line, line.split('\n').length, line.length - line.lastIndexOf('\n'), AROUND).map(
			({ label }) => label
		);

	it('offers what may stand there', () => {
		expect(labels('in.')).toEqual(['in.fingerd', 'in.ftpd']);
		expect(labels('in.fingerd, ')).toContain('EXCEPT');
		expect(labels('in.fingerd: ')).toEqual(['ALL', 'LOCAL', 'KNOWN', 'UNKNOWN', 'PARANOID']);
		expect(labels('in.fingerd: ALL EX')).toEqual(['EXCEPT']);
		expect(labels('in.fingerd: \\\n.example.org P')).toEqual(['PARANOID']);
		expect(labels('ALL: ALL: s')).toEqual(['spawn', 'setenv', 'severity']);
		expect(labels('ALL: ALL: severity auth.w')).toEqual(['auth.warning']);
		expect(labels('ALL: ALL: user n')).toEqual(['nobody']);
		expect(labels('ALL: ALL: spawn (echo %')).toContain('%c');
		expect(labels('ALL: ALL: spawn (echo ')).toEqual([]);
	});

	it('knows the fields of inetd.conf', () => {
		const fields = (line: string): string[] =>
			completeInetdConf(line, 1, line.length + 1, AROUND).map(({ label }) => label);
		expect(fields('f')).toEqual(['finger', 'ftp']);
		expect(fields('finger stream tcp ')).toEqual(['nowait', 'wait']);
		expect(fields('finger stream tcp nowait r')).toEqual(['root']);
		expect(fields('finger stream tcp nowait root /usr/sbin/t')).toEqual(['/usr/sbin/tcpd']);
		expect(fields('finger stream tcp nowait root /usr/sbin/tcpd in.fi')).toEqual(['in.fingerd']);
	});
});

describe('hover', () => {
	it('says what a word is', () => {
		const line = 'in.fingerd: .example.org EXCEPT joe@PARANOID : spawn (echo %c)';
		const at = (word: string): readonly string[] | undefined =>
			hoverAccess(`${line}\n`, 1, line.indexOf(word) + 2, AROUND)?.paragraphs;
		expect(at('in.fingerd')?.[1]).toBe('inetd starts it for the service finger, line 1 of inetd.conf');
		expect(at('.example.org')).toEqual(['.example.org', 'hosts whose name ends in this']);
		expect(at('EXCEPT')?.[0]).toBe('EXCEPT');
		expect(at('joe@')?.[1]).toMatch(/^the user joe/);
		expect(at('spawn')?.[1]).toBe('runs a command beside the service');
		expect(at('%c')?.[0]).toBe('%c');
		expect(hoverInetdConf('finger stream tcp nowait root /x y', 1, 3, AROUND)?.paragraphs[2]).toBe('Port 79/tcp.');
	});
});

it('no text, at no place, makes any of it throw', () => {
	const word = fc.constantFrom(
		'ALL', 'EXCEPT', ':', '\\:', ' ', ',', '%', '%c', '\n', '\\\n', '#', '[', ']', '@', '/etc/x', '1.2.3.4/8', 'spawn', 'severity', 'user root', '=',
		'finger', 'stream', 'tcp', 'nowait.3', 'root', 'internal', '/usr/sbin/tcpd', '\0', '\t'
	); // prettier-ignore
	const text = fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 30 }).map((parts) => parts.join(''));
	fc.assert(
		fc.property(text, fc.nat(6), fc.nat(40), (file, line, column) => {
			for (const mark of [
				...diagnoseAccess(file, ALLOW, AROUND),
				...diagnoseInetdConf(file, '/etc/inetd.conf', AROUND)
			]) {
				expect(mark.line).toBeGreaterThan(0);
				expect(mark.endLine).toBeGreaterThanOrEqual(mark.line);
				expect(mark.endLine).toBeLessThanOrEqual(file.split('\n').length);
			}
			completeAccess(file, line + 1, column + 1, AROUND);
			completeInetdConf(file, line + 1, column + 1, AROUND);
			hoverAccess(file, line + 1, column + 1, AROUND);
			hoverInetdConf(file, line + 1, column + 1, AROUND);
		}),
		{ numRuns: Number(process.env['WRAPPER_RUNS'] ?? 500) }
	);
});
