import { describe, expect, it } from 'vitest';
import type { Stat } from '#kernel/syscalls';
import { completeXinetdConf, diagnoseXinetdConf, hoverXinetdConf, type Surroundings } from './editor';

const FILES: Readonly<Record<string, string>> = {
	'/etc/services': 'telnet 23/tcp\nfinger 79/tcp\n',
	'/etc/protocols': 'tcp 6 TCP\n',
	'/etc/passwd': 'root:x:0:0::/:/bin/sh\nnobody:x:9:9::/:/bin/sh\n',
	'/etc/group': 'root:x:0:\n',
	'/etc/xinetd.d/other': 'service finger\n{\n\tcolour = red\n}\n'
};
const around: Surroundings = {
	read: (path) => FILES[path],
	stat: (path) =>
		path === '/usr/sbin/in.telnetd'
			? ({ mode: 0o100755 } as Stat)
			: path in FILES
				? ({ mode: 0o100644 } as Stat)
				: undefined,
	list: (path) => (path === '/etc/xinetd.d' ? ['other'] : path === '/usr/sbin' ? ['in.telnetd'] : [])
};

const TELNET = `service telnet
{
	socket_type = stream
	wait = no
	user = root
	server = /usr/sbin/in.telnetd
}
`;

function marks(text: string): (string | number)[][] {
	return diagnoseXinetdConf(text, '/etc/xinetd.conf', around).map(({ line, column, endColumn, severity, message }) => [
		line, column, endColumn, severity, message
	]); // prettier-ignore
}

describe('marks', () => {
	it.each([
		['a good entry', TELNET, []],
		['another file’s mistakes', `includedir /etc/xinetd.d\n${TELNET}`, []],
		['an unknown attribute', TELNET.replace('wait', 'colour'), [[4, 2, 8, 'warning', 'bad service attribute: colour'], [1, 9, 15, 'error', 'Service telnet missing attribute wait - DISABLING']]],
		['a wrong value', TELNET.replace('= no', '= maybe'), [[4, 9, 14, 'error', 'Bad value for wait: maybe'], [4, 2, 6, 'error', 'Error parsing attribute wait - DISABLING SERVICE']]],
		['no operator', TELNET.replace('= no', 'no'), [[4, 2, 6, 'error', 'Bad operator for attribute: wait']]],
		['a program that is not there', TELNET.replace('telnetd', 'x'), [[6, 11, 25, 'error', 'Server /usr/sbin/in.x is not executable'], [6, 2, 8, 'error', 'Error parsing attribute server - DISABLING SERVICE']]],
		['an empty list', TELNET.replace('}', '\tonly_from =\n}'), [[7, 2, 13, 'info', 'The list is empty: nobody may use the service.']]],
		['a log without a type', TELNET.replace('}', '\tlog_on_success = HOST\n}'), [[7, 2, 23, 'info', 'Nothing is logged: there is no log_type, here or in defaults.']]]
	])('%s', (_what, text, expected) => {
		expect(marks(text)).toEqual([...expected].sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1])));
	}); // prettier-ignore

	it('of two services on one port', () => {
		expect(marks(TELNET + TELNET)[0]).toMatchObject([
			8,
			9,
			15,
			'warning',
			expect.stringContaining('taken by telnet (line 1)')
		]);
	});
});

describe('completion', () => {
	const labels = (text: string, line: number, column: number): string[] =>
		completeXinetdConf(text, line, column, around).map(({ label }) => label);

	it.each([
		['outside', '', 1, 1, ['service', 'defaults', 'include', 'includedir']],
		['a service', 'service ', 1, 9, ['telnet', 'finger']],
		['a value', 'service x\n{\n\twait = ', 3, 9, ['yes', 'no']],
		['a user', 'service x\n{\n\tuser = ', 3, 9, ['root', 'nobody']],
		['a comment', 'service x\n{\n\t# w', 3, 5, []]
	])('%s', (_what, text, line, column, expected) => {
		expect(labels(text, line, column)).toEqual(expected);
	});

	it('of attributes, without those that are there', () => {
		const found = labels('service x\n{\n\twait = no\n\t\n}', 4, 2);
		expect(found).toContain('only_from');
		expect(found).not.toContain('wait');
		expect(found).not.toContain('enabled');
		expect(labels('defaults\n{\n\t\n}', 3, 2)).not.toContain('server');
	});
});

it('hover', () => {
	expect(hoverXinetdConf(TELNET, 4, 3)).toMatchObject({ line: 4, column: 2, endColumn: 6 });
	expect(hoverXinetdConf(TELNET, 4, 3)?.paragraphs[0]).toBe('wait');
	expect(hoverXinetdConf(TELNET, 4, 10)?.paragraphs[0]).toBe('wait: no');
	expect(hoverXinetdConf(TELNET, 1, 3)?.paragraphs[0]).toBe('service');
	expect(hoverXinetdConf(TELNET, 2, 1)).toBeNull();
});
