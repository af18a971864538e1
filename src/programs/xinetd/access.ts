/**
 * Who may come in, as xinetd itself decides: how often, how many, when, from where. hosts.allow and hosts.deny are asked
 * after that (child.ts).
 *
 * Tells: the watcher, as `xinetd.decision`, what was asked in which order, with the line of each attribute.
 */
import type { Decision, Reason, Source } from '#engine/decision';
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { breakDown } from '../libc/strftime';
import { time, trace } from '../libc/unistd';
import { findItem, type AddressItem, type Peer } from './addresses';
import type { Place, ProgramLog } from './message';
import { UNLIMITED, type ServiceConfig } from './service-config';

/** The words of a FAIL line. */
export type Refusal =
	| 'address' | 'time' | 'fork' | 'service_limit' | 'per_source_limit' | 'process_limit' | 'libwrap' | 'load'
	| 'connections per second'; // prettier-ignore

export interface XinetdEvent {
	readonly kind: 'xinetd.decision';
	readonly host: string;
	readonly service: string;
	readonly client: string;
	readonly refusal?: Refusal;
	readonly decision: Decision;
}

/** Who connects, as it stands in the log: an IPv6 socket shows IPv4 in IPv6's clothes. */
export function peerText(peer: Peer | undefined): string {
	if (!peer) return '<no address>';
	return `${peer.mapped ? '::ffff:' : ''}${formatIpv4Address(peer.address)}`;
}

/** The reasons of one connection, in order. */
export class Walk {
	readonly reasons: Reason[] = [];

	constructor(
		readonly config: ServiceConfig,
		readonly peer: Peer | undefined
	) {}

	/** For the same client at another service. */
	of(config: ServiceConfig): Walk {
		return new Walk(config, this.peer);
	}

	/** @param attribute whose line is the source; without one the value is the built-in one */
	add(check: string, outcome: Reason['outcome'], text: string, attribute = check, value = ''): void {
		const place = this.config.places.get(attribute);
		const source: Source | undefined = place
			? sourceOf(place)
			: value === ''
				? undefined
				: { kind: 'default', parameter: attribute, value };
		this.reasons.push({ check, outcome, text, ...(source && { source }) });
	}

	/** @param other on which the reason rests too */
	addItem(check: string, outcome: Reason['outcome'], text: string, item: AddressItem, other?: AddressItem): void {
		const place = (one: AddressItem): Source => ({ ...sourceOf(one.place), item: one.text });
		this.reasons.push({ check, outcome, text, source: place(item), ...(other && { because: [place(other)] }) });
	}

	*tell(refusal?: Refusal): Sys<void> {
		const { config, reasons, peer } = this;
		const client = peer ? formatIpv4Address(peer.address) : 'a client that it has not accepted';
		const end: Reason = {
			check: 'xinetd',
			outcome: 'decided',
			text: 'nothing in its configuration keeps the client out',
			source: sourceOf(config.place)
		};
		const event: XinetdEvent = {
			kind: 'xinetd.decision',
			host: '',
			service: config.id,
			client,
			...(refusal && { refusal }),
			decision: {
				verdict: refusal ? 'refused' : 'accepted',
				subject: `${config.id} for ${client}`,
				...(refusal && { reply: `FAIL: ${config.id} ${refusal} from=${peerText(peer)}` }),
				reasons: refusal ? [...reasons] : [...reasons, end]
			}
		};
		yield* trace(event);
	}
}

function sourceOf({ file, line }: Place): Extract<Source, { kind: 'file' }> {
	return { kind: 'file', host: '', path: file, line };
}

/** What xinetd knows of its servers when somebody comes. */
export interface Load {
	/** of this service */
	readonly running: number;
	/** of this service, for this client */
	readonly own: number;
	readonly all: number;
	/** -limit; 0: none */
	readonly processLimit: number;
	/** one minute */
	readonly average: number;
}

/** What is asked before a server is started; the rate of connections was asked before. */
export function* mayStart(walk: Walk, load: Load): Sys<Refusal | undefined> {
	const { config } = walk;
	if (config.maxLoad !== 0) {
		const refused = load.average >= config.maxLoad;
		walk.add('max_load', refused ? 'decided' : 'passed', `the load is ${load.average}, the limit ${config.maxLoad}`);
		if (refused) return 'load';
	}
	if (config.accessTimes && !(yield* isOpen(walk))) return 'time';
	if (config.instances !== UNLIMITED) {
		const refused = load.running >= config.instances;
		const text = `${load.running} of at most ${config.instances} servers run`;
		walk.add('instances', refused ? 'decided' : 'passed', text);
		if (refused) return 'service_limit';
	}
	if (config.perSource !== UNLIMITED && walk.peer) {
		const refused = load.own >= config.perSource;
		const text = `the client has ${load.own} of at most ${config.perSource} servers`;
		walk.add('per_source', refused ? 'decided' : 'passed', text);
		if (refused) return 'per_source_limit';
	}
	if (load.processLimit > 0 && load.all + 1 > load.processLimit) {
		walk.add('-limit', 'decided', `${load.all} of at most ${load.processLimit} servers run`);
		return 'process_limit';
	}
	return undefined;
}

function* isOpen(walk: Walk): Sys<boolean> {
	const { hour, minute } = breakDown(yield* time());
	const now = hour * 60 + minute;
	const intervals = walk.config.accessTimes!;
	const found = intervals.find(({ start, end }) => start <= now && now <= end);
	const clock = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
	const text = found
		? `${clock} lies in ${found.text}`
		: `${clock} lies in none of ${intervals.map((one) => one.text).join(', ')}`;
	walk.add('access_times', found ? 'passed' : 'decided', text);
	return found !== undefined;
}

/** only_from and no_access. Both lists matching is a mistake in the entry, and refuses. */
export function* mayEnter(walk: Walk, program: ProgramLog): Sys<boolean> {
	const { config, peer } = walk;
	const { noAccess, onlyFrom } = config;
	const denied = noAccess && (yield* findItem(noAccess, peer));
	const allowed = onlyFrom && (yield* findItem(onlyFrom, peer));
	const who = peer ? formatIpv4Address(peer.address) : 'the client, whose address is not known yet,';
	if (denied && allowed) {
		const text = `${denied.text} of no_access and ${allowed.text} of only_from both stand for ${who}: that refuses`;
		walk.addItem('no_access', 'decided', text, denied, allowed);
	} else if (denied) walk.addItem('no_access', 'decided', `${denied.text} stands for ${who}`, denied);
	else if (noAccess) walk.add('no_access', 'passed', `${listed(noAccess)} does not stand for ${who}`);
	if (allowed && !denied) walk.addItem('only_from', 'passed', `${allowed.text} stands for ${who}`, allowed);
	else if (onlyFrom && !denied) walk.add('only_from', 'decided', `${listed(onlyFrom)} does not stand for ${who}`);
	if (denied && allowed) {
		const text = `Service=${config.id}: only_from list and no_access list match equally the address ${peerText(peer)}`;
		yield* program.write('err', text);
	}
	return !denied && (onlyFrom === undefined || allowed !== undefined);
}

function listed(items: readonly AddressItem[]): string {
	return items.length === 0 ? 'the empty list' : [...new Set(items.map(({ text }) => text))].join(', ');
}
