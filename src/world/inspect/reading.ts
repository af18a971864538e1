/**
 * Which processes run which version of a configuration file: what an edit has and has not reached.
 *
 * Reads the trace's `config-read` events (each with a digest of what was read) and the living processes.
 */
import type { ConfigReadEvent } from '#programs/postfix/config';
import type { Reading } from '../door';
import type { World } from '../world';
import { diagnose } from './editor';

/** Commands read the file too, but live for a moment only; those that stay are asked after. */
export function readingOf(world: World, host: string, path: string): Reading {
	const machine = world.host(host);
	const changed = machine.disk.exists(path) ? machine.disk.stat(path).mtime : 0;
	const living = new Map(machine.processes().map((process) => [process.pid, process]));
	const reads = new Map<number, { program: string; time: number }>();
	for (const { time, event } of world.engine.trace.since()) {
		if (event.kind !== 'postfix.config-read' || event.host !== host) continue;
		const read = event as ConfigReadEvent;
		if (read.paths.includes(path) && living.has(read.pid)) reads.set(read.pid, { program: read.program, time });
	}
	const processes = [...reads].map(([pid, { program, time }]) => ({
		program,
		pid,
		since: time,
		current: time >= changed
	}));
	if (processes.length === 0) return { state: 'nobody', since: null, processes, remedy: null };
	const text = machine.disk.readText(path);
	const refused = diagnose(world, host, path, text).some((mark) => mark.severity === 'error');
	const stale = processes.some((process) => !process.current);
	return {
		state: refused ? 'refused' : stale ? 'stale' : 'current',
		since: Math.max(...processes.map((process) => process.since)),
		processes,
		remedy: stale ? 'postfix reload' : null
	};
}
