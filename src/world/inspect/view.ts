/**
 * From events of the trace to what panels draw. One row a kind; an event without a row is not shown.
 */
import type { Recorded, TraceEvent } from '#engine/trace';
import { formatIpv4Address } from '#wire/address';
import { label, protocolName } from '#wire/label';
import { summary } from '#wire/summary';
import type { Frame } from '#wire/packet';
import { frameLength } from '#wire/length';
import type { Decision, Input, ViewEvent } from '../door';
import type { FrameEvent } from '../link';
import type { WalkEvent } from '#netfilter/walk';
import { walkDecision } from './walk';
import type { World } from '../world';
import { nameOfUid } from '../users';

type Shown<K extends ViewEvent['kind']> = Omit<Extract<ViewEvent, { kind: K }>, 'sequence' | 'time' | 'host'>;
type Row = (event: never, world: World) => Shown<ViewEvent['kind']> | null;

function frameView(event: FrameEvent): Shown<'frame'> {
	const { frame } = event;
	return {
		kind: 'frame',
		to: event.to,
		link: event.link,
		arrival: event.arrival,
		label: label(frame),
		protocol: protocolName(frame),
		...ends(frame),
		length: frameLength(frame),
		summary: summary(frame),
		...(event.lost && { lost: event.lost })
	};
}

function ends({ payload }: Frame): { source: string; destination: string } {
	if (payload.kind === 'ipv4')
		return { source: formatIpv4Address(payload.source), destination: formatIpv4Address(payload.destination) };
	if (payload.kind === 'arp')
		return { source: formatIpv4Address(payload.senderIp), destination: formatIpv4Address(payload.targetIp) };
	return { source: '', destination: '' };
}

/** A client that only tcpdmatch speaks of has not come. */
function doormanView(event: TraceEvent & { decision: Decision; dryRun?: boolean }): Shown<'decision'> | null {
	return event.dryRun === true ? null : { kind: 'decision', decision: event.decision };
}

const ROWS: Readonly<Record<string, Row>> = {
	'link.frame': frameView as Row,
	'smtpd.decision': (event: TraceEvent & { decision: Decision }) => ({ kind: 'decision', decision: event.decision }),
	'smtpd.line': (event: TraceEvent & { session: string; client: string; from: 'client' | 'server'; text: string }) => ({
		kind: 'smtp',
		session: event.session,
		client: event.client,
		from: event.from,
		text: event.text
	}),
	'postfix.mail': ({ host: _host, kind: _kind, ...rest }: TraceEvent & Omit<Shown<'mail'>, 'kind'>) => ({
		kind: 'mail',
		...rest
	}),
	'netfilter.walk': (event: WalkEvent) => {
		const decision = walkDecision(event);
		return decision ? { kind: 'decision', decision } : { kind: 'walk', hook: event.hook };
	},
	'libwrap.decision': doormanView as Row,
	'xinetd.decision': doormanView as Row,
	'syslog.line': (event: TraceEvent & { path: string; text: string }) => ({
		kind: 'log',
		path: event.path,
		text: event.text
	}),
	'process.exec': (event: TraceEvent & { pid: number; path: string }) => ({
		kind: 'process',
		pid: event.pid,
		name: event.path.slice(event.path.lastIndexOf('/') + 1),
		what: 'exec'
	}),
	'process.exit': (event: TraceEvent & { pid: number; name: string }) => ({
		kind: 'process',
		pid: event.pid,
		name: event.name,
		what: 'exit'
	}),
	'file.changed': (event: TraceEvent & { path: string; uid: number }, world: World) => ({
		kind: 'file',
		path: event.path,
		user: nameOfUid(world.host(event.host), event.uid)
	}),
	'postfix.config-read': (event: TraceEvent & { program: string; pid: number; paths: readonly string[] }) => ({
		kind: 'config-read',
		program: event.program,
		pid: event.pid,
		paths: event.paths
	}),
	'world.input': (event: TraceEvent & { input: Input }) => ({ kind: 'input', input: event.input })
};

export function viewOf(recorded: Recorded, world: World): ViewEvent | null {
	const row = ROWS[recorded.event.kind];
	const shown = row?.(recorded.event as never, world);
	if (!shown) return null;
	return { sequence: recorded.sequence, time: recorded.time, host: recorded.event.host, ...shown } as ViewEvent;
}
