/**
 * Plays `kind: "verdict"`: rules on one host of a small network, probes through it, and what counters, connections and
 * the kernel's log say afterwards (`../netfilter/README.md`, "verdict cases").
 */
import { Errno } from '#kernel/syscalls';
import { difference, fail, PASS, type Player, type Recording } from './case';
import { withoutComments } from './netfilter-cli';
import { parseConntrack, sortTracked, type Tracked } from './netfilter-conntrack';
import { buildTopology, type FirewallLab } from './netfilter-lab';
import { Prober, type Probe, type Service } from './netfilter-probe';
import { Blanks } from './netfilter-random';

interface VerdictCase extends Recording {
	readonly topology: string;
	readonly rules: Readonly<Record<string, string>>;
	readonly sysctls: Readonly<Record<string, string | number>>;
	readonly services: readonly Service[];
	readonly probes: readonly Probe[];
	readonly after: Readonly<Record<string, { readonly 'iptables-save -c'?: string; readonly conntrack?: readonly Tracked[] }>>;
	readonly random?: Readonly<Record<string, string>>;
}

const SAVE = 'iptables-save -c';
const CONNTRACK = ['conntrack', '-L', '-o', 'extended'];
/** a line of the LOG target */
const LOGGED = /IN=\S* OUT=/;

export const playVerdict: Player = (recording) => {
	const played = recording as VerdictCase;
	const lab = buildTopology(played.topology);
	const prober = new Prober(lab, played.topology);
	for (const service of played.services) prober.start(service);
	const refused = prepare(lab, played);
	if (refused) return fail(refused);
	const blanks = new Blanks(played.random ?? {});
	const found = playProbes(lab, prober, played, blanks) ?? compareAfter(lab, played, blanks);
	return found === null ? PASS : fail(found);
};

/** Settings and rules; `net.netfilter.*` exist when the rules do. @returns what went wrong */
function prepare(lab: FirewallLab, { rules, sysctls, topic }: VerdictCase): string | null {
	const isLate = (name: string): boolean => name.startsWith('net.netfilter.');
	const rows = Object.entries(sysctls).map(([name, value]) => [name, String(value)] as const);
	const early = rows.filter(([name]) => !isLate(name));
	const late = rows.filter(([name]) => isLate(name));
	const failed = set(lab, early);
	if (failed) return failed;
	for (const [host, text] of Object.entries(rules)) {
		if (text === '') continue;
		const { exit, stderr } = lab.command(host, ['iptables-restore', '-c'], text);
		if (exit !== 0) return `iptables-restore: exit ${exit}: ${stderr}`;
	}
	if (topic === 'log') set(lab, [['net.netfilter.nf_log_all_netns', '1']]);
	return set(lab, late);
}

function set(lab: FirewallLab, rows: readonly (readonly [name: string, value: string])[]): string | null {
	for (const [name, value] of rows)
		try {
			lab.set(lab.firewall, name, value);
		} catch (thrown) {
			if (thrown instanceof Errno) return `sysctl ${name}=${value}: ${thrown.code}`;
			throw thrown;
		}
	return null;
}

function playProbes(lab: FirewallLab, prober: Prober, { topic, probes }: VerdictCase, blanks: Blanks): string | null {
	let { next } = lab.log(lab.firewall, 0);
	for (const [index, probe] of probes.entries()) {
		const got: Record<string, unknown> = prober.run(probe, index);
		const { result, errno, received, server_sees, accepted_by, seen = {} } = probe;
		const expected: Record<string, unknown> = { result, errno, received, server_sees, accepted_by, seen };
		const logged = lab.log(lab.firewall, next);
		next = logged.next;
		if (topic === 'log') {
			expected.log = probe.log ?? [];
			got.log = logged.lines.filter(({ text }) => LOGGED.test(text));
		}
		const found = difference(defined(expected), blanks.fill(expected, got));
		if (found) return `probe ${index + 1} (${probe.type} ${probe.proto ?? ''} ${probe.dst ?? ''}:${probe.dport ?? ''}) ${found}`;
	}
	return null;
}

function defined(given: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function compareAfter(lab: FirewallLab, { after }: VerdictCase, blanks: Blanks): string | null {
	for (const [host, { [SAVE]: save, conntrack }] of Object.entries(after)) {
		if (save !== undefined) {
			const { stdout } = lab.command(host, SAVE.split(' '));
			const found = difference(tables(save), tables(withoutComments(stdout)), '/after');
			if (found) return found;
		}
		if (conntrack === undefined) continue;
		const listed = sortTracked(parseConntrack(lab.command(host, CONNTRACK).stdout));
		const wanted = sortTracked(conntrack);
		const found = difference(wanted, blanks.fillUnordered(wanted, listed), '/conntrack');
		if (found) return found;
	}
	return null;
}

/** The text of each table. */
function tables(text: string): Record<string, string> {
	return Object.fromEntries(
		text
			.split(/^(?=\*)/m)
			.filter((part) => part !== '')
			.map((part) => [part.split('\n', 1)[0]!, part])
	);
}
