/** The lesson's traffic as pcapng: Wireshark reads it without a complaint. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from '../../src/lesson/scripts';
import { runChecks } from '../../src/lesson/check';
import { capture } from '../../src/world/inspect/packet';
import { World } from '../../src/world/world';
import { lessonAt, OPEN_RELAY } from './lesson-world';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const COMPLAINTS =
	'_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.analysis.retransmission || tcp.analysis.lost_segment || tcp.analysis.out_of_order || icmp.checksum.status == 0';

function lessonTraffic(host?: string): string {
	const lesson = lessonAt(OPEN_RELAY);
	const world = World.ofLesson(lesson.start);
	runScript(world, lesson.solution, 'solve.sh');
	runChecks(world, lesson.start);
	world.runUntil(world.now + 120_000_000);
	const file = join(mkdtempSync(join(tmpdir(), 'postern-')), 'lesson.pcapng');
	writeFileSync(file, capture(world, host));
	return file;
}

function tshark(file: string, ...args: string[]): string {
	const checks = ['tcp', 'ip', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
	return execFileSync('tshark', ['-r', file, ...checks, ...args], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
		maxBuffer: 64 * 2 ** 20
	});
}

describe.skipIf(!hasTshark)('the capture of a solved lesson', () => {
	it('has mail and look-ups in it', () => {
		const file = lessonTraffic();
		expect(tshark(file, '-Y', 'smtp.req.command == "RCPT"').split('\n').length).toBeGreaterThan(5);
		expect(tshark(file, '-Y', 'dns').split('\n').length).toBeGreaterThan(5);
		expect(tshark(file, '-Y', 'arp').split('\n').length).toBeGreaterThan(5);
	});

	/* one host's own view: a wire further on shows the same packet again */
	it('has no malformed packet, bad checksum or unexpected retransmission', () => {
		expect(tshark(lessonTraffic('halo'), '-Y', COMPLAINTS)).toBe('');
	});
});
