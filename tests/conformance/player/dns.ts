/** Plays `kind: "dns"`: commands against the lab's name servers (`../dns/README.md`). */
import { difference, fail, PASS, type Outcome, type Recording } from './case';
import { buildLab, runCommand, type CaseConfig, type CaseZones, type CommandStep } from './lab';

interface DnsCase extends Recording {
	readonly config?: CaseConfig;
	readonly zones: CaseZones;
	/** false: the cache keeps what it learnt from one command to the next */
	readonly flush?: boolean;
	readonly steps: readonly (CommandStep & { stdout: string; stderr: string; exit: number })[];
}

export function playDns(recording: Recording): Outcome {
	const played = recording as DnsCase;
	const world = buildLab(played.config ?? {}, played.zones);
	for (const [index, step] of played.steps.entries()) {
		/* the resolver's cache was emptied before every command */
		if (played.flush !== false) world.command('ns', ['rndc', 'flush']);
		const result = runCommand(world, step);
		const got = {
			stdout: normalise(Buffer.from(result.stdout).toString('utf8')),
			stderr: normalise(Buffer.from(result.stderr).toString('utf8')),
			exit: result.exit
		};
		const found = difference({ stdout: step.stdout, stderr: step.stderr, exit: step.exit }, got, `/steps/${index}`);
		if (found) return fail(found);
	}
	return PASS;
}

function normalise(text: string): string {
	return text
		.replace(/\bid: \d+/g, 'id: N')
		.replace(/Query time: \d+ msec/g, 'Query time: N msec')
		.replace(/^;; WHEN: .*$/gm, ';; WHEN: DATE')
		.replace(/^; COOKIE: [0-9a-f]+/gm, '; COOKIE: N')
		.replace(/\bin \d+ ms\b/g, 'in N ms')
		.replace(/client @0x[0-9a-f]+/g, 'client @0xN')
		.replace(/(client @0xN \d+\.\d+\.\d+\.\d+)#\d+/g, '$1#N')
		.replace(/using \d+\.\d+\.\d+\.\d+#\d+/g, 'using N')
		.replace(/\d+\.\d+ secs \(\d+ bytes\/sec\)/g, 'N secs (N bytes/sec)');
}
