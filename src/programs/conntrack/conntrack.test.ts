import { describe, expect, it } from 'vitest';
import { machine, run, start } from '#kernel/fixture';
import type { Main } from '#kernel/syscalls';
import { decode } from '#kernel/text';
import type { Flow } from '#netfilter/conntrack/flow';
import type { ConntrackTable } from '#netfilter/conntrack/table';
import { print, readText } from '../libc/stdio';
import { kill } from '../libc/unistd';
import { conntrack } from './conntrack';

/** prints the file that it is given */
const cat: Main = function* (argv) {
	yield* print(yield* readText(argv[1]!));
	return 0;
};

const interrupt: Main = function* (argv) {
	yield* kill(Number(argv[1]), 2);
	return 0;
};

const FLOW = '-s 192.168.75.10 -d 203.0.113.25 -p udp --sport 40000 --dport 53'.split(' ');

describe('conntrack', () => {
	it('tells of changes until it is interrupted', () => {
		const host = machine({ conntrack, interrupt });
		const events = start(host, 'conntrack', { argv: ['-E', '-o', 'extended'] });
		const change = (...argv: string[]) => run(host, 'conntrack', { argv, limit: 2 });
		change('-I', ...FLOW, '-t', '50');
		change('-U', ...FLOW, '-m', '4');
		change('-D', ...FLOW);
		run(host, 'interrupt', { argv: [String(events.pid)], limit: 2 });
		host.engine.runUntil(host.engine.now + 1e6);
		const lines = decode(events.stdout())
			.split('\n')
			.map((line) => line.replace(/ \[USERSPACE\] portid=\d+ progname=conntrack$/, ' BY'));
		const ends =
			'src=192.168.75.10 dst=203.0.113.25 sport=40000 dport=53 [UNREPLIED] src=203.0.113.25 dst=192.168.75.10 sport=53 dport=40000';
		expect(lines).toEqual([
			`    [NEW] ipv4     2 udp      17 50 ${ends} mark=0 BY`,
			` [UPDATE] ipv4     2 udp      17 49 ${ends} mark=4 BY`,
			`[DESTROY] ipv4     2 udp      17 49 ${ends} mark=4 BY`,
			''
		]);
		expect(decode(events.stderr())).toBe('conntrack v1.4.7 (conntrack-tools): 3 flow events have been shown.\n');
		expect(events.status).toBe(0);
	});

	it('tells of an end by time without a time-out', () => {
		const host = machine({ conntrack, interrupt });
		const events = start(host, 'conntrack', { argv: ['-E', '-e', 'DESTROY'] });
		run(host, 'conntrack', { argv: ['-I', ...FLOW, '-t', '5'], limit: 1 });
		host.engine.runUntil(host.engine.now + 8e6);
		expect(decode(events.stdout())).toMatch(/^\[DESTROY\] udp {6}17 src=/);
	});

	it('tells of expectations', () => {
		const host = machine({ conntrack, interrupt });
		run(host, 'conntrack', { argv: ['-I', ...FLOW, '-t', '50'], limit: 1 });
		const events = start(host, 'conntrack', { argv: ['-E', 'expect'] });
		host.engine.runUntil(host.engine.now + 1e6);
		const table = host.firewall.conntrack as ConntrackTable;
		const master = table.list()[0] as Flow;
		const { original } = master;
		table.expect(
			{
				master,
				helper: 'ftp',
				protocol: 6,
				source: original.source,
				sourcePort: null,
				destination: original.destination,
				destinationPort: 5140,
				saved: null
			},
			300,
			1
		);
		run(host, 'conntrack', { argv: ['-F'], limit: 1 });
		run(host, 'interrupt', { argv: [String(events.pid)], limit: 2 });
		host.engine.runUntil(host.engine.now + 1e6);
		const line =
			'proto=6 src=192.168.75.10 dst=203.0.113.25 sport=0 dport=5140 mask-src=255.255.255.255 mask-dst=255.255.255.255 ' +
			'sport=0 dport=65535 master-src=192.168.75.10 master-dst=203.0.113.25 sport=40000 dport=53 class=0 helper=ftp';
		expect(decode(events.stdout())).toBe(`    [NEW] 300 ${line}\n[DESTROY] 299 ${line}\n`);
		expect(decode(events.stderr())).toBe('conntrack v1.4.7 (conntrack-tools): 2 expectation events have been shown.\n');
	});

	it('is what /proc/net/nf_conntrack says, for root alone', () => {
		const host = machine({ conntrack, cat });
		run(host, 'conntrack', { argv: ['-I', ...FLOW, '-t', '50', '-m', '7'] });
		const file = { argv: ['/proc/net/nf_conntrack'] };
		expect(run(host, 'cat', file).out).toBe(
			'ipv4     2 udp      17 49 src=192.168.75.10 dst=203.0.113.25 sport=40000 dport=53 [UNREPLIED] ' +
				'src=203.0.113.25 dst=192.168.75.10 sport=53 dport=40000 mark=7 zone=0 use=2\n'
		);
		expect(run(host, 'cat', { argv: ['/proc/sys/net/netfilter/nf_conntrack_count'] }).out).toBe('1\n');
		const user = { uid: 1000, gid: 1000 };
		expect(run(host, 'cat', { ...file, user }).status).not.toBe(0);
		expect(run(host, 'conntrack', { argv: ['-L'], user })).toMatchObject({
			status: 1,
			err: 'conntrack v1.4.7 (conntrack-tools): Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this\n'
		});
	});
});
