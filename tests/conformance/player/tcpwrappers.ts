/**
 * Plays `kind: "tcpdmatch"` and `"tcpdchk"` (`../tcpwrappers/README.md`): the tool as Debian has it, whose messages go to
 * the system log, and once more on a screen that shows the messages where they occur.
 */
import type { Host } from '#kernel/host';
import type { Main, Request } from '#kernel/syscalls';
import { decode } from '#kernel/text';
import { PROGRAMS } from '#programs/index';
import type { MessageEvent } from '#programs/libwrap/library';
import { parseIpv4Address } from '#wire/address';
import { difference, fail, PASS, type Outcome, type Recording } from './case';
import { caseFiles, ENVIRONMENT, LogCollector, makeEngine, makeMachine, runToEnd } from './tcpwrappers-machine';

interface ToolCase extends Recording {
	readonly files: Record<string, string>;
	readonly modes?: Record<string, string>;
	readonly cwd?: string;
	readonly argv: readonly string[];
	readonly stdout: string;
	readonly stderr: string;
	readonly exit: number;
	readonly syslog: readonly string[];
	readonly screen: string;
}

const LIMIT = 60;

/** what the recordings have for a process id */
const PID = 8_070_605;

export function playWrapperTool(recording: Recording): Outcome {
	const played = recording as ToolCase;
	const plain = run(played, false);
	const { stdout, stderr, exit, syslog } = played;
	const found = difference({ stdout, stderr, exit, syslog }, plain.got) ?? difference(played.screen, screenOf(played, plain), '/screen');
	return found ? fail(found) : PASS;
}

interface Run {
	readonly got: { readonly stdout: string; readonly stderr: string; readonly exit: number | null; readonly syslog: string[] };
	/** what was written to standard output, and the library's messages, in order */
	readonly seen: readonly Piece[];
	/** the last thing that it did was to write: what was buffered */
	readonly flushed: boolean;
}

interface Piece {
	readonly kind: 'output' | 'message';
	readonly text: string;
}

/**
 * Standard output with the library's messages among its lines. As it was recorded through a pipe, what an option writes
 * itself (a banner) comes before all lines of the tool, which are buffered.
 */
function screenOf(played: ToolCase, plain: Run): string {
	const { seen } = run(played, true);
	const written = ({ seen }: { seen: readonly Piece[] }): string[] => seen.flatMap(({ kind, text }) => (kind === 'output' ? [text] : []));
	const early = written(plain);
	if (plain.flushed) early.pop();
	const banners = [...early];
	const rest = seen.filter(({ kind, text }) => {
		if (kind !== 'output' || text !== banners[0]) return true;
		banners.shift();
		return false;
	});
	return [...early, ...rest.map(({ text }) => text)].join('');
}

/** @param terminal whether standard output is one */
function run(played: ToolCase, terminal: boolean): Run {
	const engine = makeEngine();
	const host = makeMachine(engine, 'server', caseFiles(played.files, played.modes));
	plug(host);
	const log = new LogCollector(host);
	engine.runUntil(engine.now + 1000);
	const watched = watch(PROGRAMS.get(`/usr/sbin/${played.argv[0]}`)!.main, terminal);
	const path = `/usr/sbin/${played.argv[0]}`;
	const process = host.spawn({ path, argv: played.argv, env: ENVIRONMENT, cwd: played.cwd ?? '/', main: watched.main });
	runToEnd(engine, process, LIMIT);
	const normal = (text: string): string => text.replaceAll(String(PID), 'PID');
	const got = {
		stdout: normal(decode(process.stdout())),
		stderr: normal(decode(process.stderr())),
		exit: process.status,
		syslog: log.lines.map(normal)
	};
	return { got, seen: watched.seen.map(({ kind, text }) => ({ kind, text: normal(text) })), flushed: watched.last() === 'write' };
}

/** The addresses of the server; everything else is behind a router. */
function plug(host: Host): void {
	host.net.addInterface({ name: 'eth0', mac: 0x0200_c0a8_0101 });
	for (const address of ['192.168.1.1', '192.168.1.2', '192.168.10.1', '10.0.0.1'])
		host.net.addAddress('eth0', parseIpv4Address(address)!, 24);
	host.net.setLink('eth0', { up: true });
	const gateway = parseIpv4Address('192.168.1.254')!;
	host.net.addRoute({ destination: 0, prefix: 0, gateway, interface: 'eth0', metric: 0, scope: 'global', protocol: 'static' });
}

/** A program whose output and messages are seen in the order in which they occur. */
function watch(tool: Main, terminal: boolean): { main: Main; seen: Piece[]; last: () => string } {
	const seen: Piece[] = [];
	let last = '';
	const see = (request: Request): void => {
		if (request.call !== 'exit') last = request.call;
		if (request.call === 'write' && request.args[0] === 1) seen.push({ kind: 'output', text: decode(request.args[1]) });
		const event = request.call === 'trace' ? (request.args[0] as MessageEvent) : undefined;
		if (event?.kind === 'libwrap.message') seen.push({ kind: 'message', text: `${event.text}\n` });
	};
	const main: Main = function* (argv, env) {
		const running = tool(argv, env);
		let step = running.next();
		while (!step.done) {
			const request = step.value;
			see(request);
			if (request.call === 'getpid') step = running.next(PID);
			else if (terminal && request.call === 'tcgetattr') step = running.next({});
			else {
				let answer: unknown;
				try {
					answer = yield request;
				} catch (thrown) {
					step = running.throw(thrown);
					continue;
				}
				step = running.next(answer);
			}
		}
		return step.value;
	};
	return { main, seen, last: () => last };
}
