/**
 * The filter of the packet list: a small part of Wireshark's display filter language.
 *
 *   tcp    dns    ip.addr == 192.0.2.25    tcp.port == 25 && !(ip.src == 10.1.2.3)    frame.len > 100    "RCPT"
 *
 * Does: parse to a test over frame events; an error carries the column where it was met.
 * Lacks: everything that needs the packet's fields; addresses, ports, lengths and words come from the summary line.
 */
import type { FrameEvent } from '../door/session.svelte';

export type Filter = (frame: FrameEvent) => boolean;

export class FilterError extends Error {
	/** 1-based */
	readonly column: number;
	constructor(message: string, column: number) {
		super(message);
		this.column = column;
	}
}

interface Token {
	readonly text: string;
	readonly column: number;
	readonly quoted: boolean;
}

type Compare = (value: string | number, operator: string, wanted: string) => boolean;

/** field → its values in a frame */
const FIELDS: Readonly<Record<string, (frame: FrameEvent) => readonly (string | number)[]>> = {
	'ip.src': (frame) => [address(frame.source)],
	'ip.dst': (frame) => [address(frame.destination)],
	'ip.addr': (frame) => [address(frame.source), address(frame.destination)],
	'ip.host': (frame) => [frame.host, frame.to],
	'tcp.port': (frame) => (isOver('tcp', frame) ? ports(frame) : []),
	'tcp.srcport': (frame) => (isOver('tcp', frame) ? ports(frame).slice(0, 1) : []),
	'tcp.dstport': (frame) => (isOver('tcp', frame) ? ports(frame).slice(1) : []),
	'udp.port': (frame) => (isOver('udp', frame) ? ports(frame) : []),
	'frame.len': (frame) => [frame.length],
	'frame.number': (frame) => [frame.sequence],
	'frame.host': (frame) => [frame.host, frame.to],
	'frame.link': (frame) => [frame.link]
};

const PROTOCOLS = ['arp', 'ip', 'icmp', 'tcp', 'udp', 'dns', 'smtp', 'lost'];

/** "192.0.2.25.25" or "192.0.2.25:25" or "192.0.2.25" → "192.0.2.25" */
const address = (text: string): string => /^\d+\.\d+\.\d+\.\d+/.exec(text)?.[0] ?? text;

/** source and destination port, from the line as tcpdump prints it */
function ports(frame: FrameEvent): number[] {
	const found = /(\d+\.\d+\.\d+\.\d+)\.(\d+) > \d+\.\d+\.\d+\.\d+\.(\d+)/.exec(frame.summary);
	return found ? [Number(found[2]), Number(found[3])] : [];
}

function isOver(protocol: 'tcp' | 'udp', frame: FrameEvent): boolean {
	const own = frame.protocol.toLowerCase();
	if (own === protocol) return true;
	const flags = /Flags \[/.test(frame.summary);
	return ports(frame).length > 0 && (protocol === 'tcp' ? flags || own === 'smtp' : !flags && own !== 'smtp');
}

function hasProtocol(name: string, frame: FrameEvent): boolean {
	if (name === 'lost') return frame.lost !== undefined;
	if (name === 'ip') return frame.protocol.toLowerCase() !== 'arp';
	if (name === 'tcp' || name === 'udp') return isOver(name, frame);
	return frame.protocol.toLowerCase() === name;
}

const compare: Compare = (value, operator, wanted) => {
	const [a, b] = typeof value === 'number' ? [value, Number(wanted)] : [value.toLowerCase(), wanted.toLowerCase()];
	switch (operator) {
		case '==':
			return a === b;
		case '!=':
			return a !== b;
		case '>':
			return a > b;
		case '<':
			return a < b;
		case '>=':
			return a >= b;
		case '<=':
			return a <= b;
		default:
			return String(a).includes(String(b));
	}
};

const OPERATORS = ['==', '!=', '>=', '<=', '>', '<', 'contains'];

function tokens(text: string): Token[] {
	const result: Token[] = [];
	const pattern = /\s+|"([^"]*)"|&&|\|\||==|!=|>=|<=|[()!<>]|[^\s()!<>=&|"]+|(.)/gy;
	for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
		if (found[2]) throw new FilterError(`${found[2]} is not understood here`, found.index + 1);
		if (found[0].trim() || found[1] !== undefined)
			result.push({ text: found[1] ?? found[0], column: found.index + 1, quoted: found[1] !== undefined });
	}
	return result;
}

/** @throws FilterError */
export function parseFilter(text: string): Filter {
	const all = tokens(text);
	if (all.length === 0) return () => true;
	let at = 0;
	const end = text.length + 1;
	const word = (...texts: string[]): boolean => {
		const token = all[at];
		if (!token || token.quoted || !texts.includes(token.text)) return false;
		at++;
		return true;
	};
	const or = (): Filter => {
		let left = and();
		while (word('||', 'or')) left = both(left, and(), (a, b) => a || b);
		return left;
	};
	const and = (): Filter => {
		let left = not();
		while (word('&&', 'and')) left = both(left, not(), (a, b) => a && b);
		return left;
	};
	const both =
		(a: Filter, b: Filter, join: (a: boolean, b: boolean) => boolean): Filter =>
		(frame) =>
			join(a(frame), b(frame));
	const not = (): Filter => {
		if (word('!', 'not')) {
			const inner = not();
			return (frame) => !inner(frame);
		}
		if (word('(')) {
			const inner = or();
			if (!word(')')) throw new FilterError('a ) is missing', all[at]?.column ?? end);
			return inner;
		}
		return test();
	};
	const test = (): Filter => {
		const token = all[at++];
		if (!token) throw new FilterError('something to look for is missing', end);
		if (token.quoted) return contains(token.text);
		const name = token.text.toLowerCase();
		const field = FIELDS[name];
		if (!field) {
			if (PROTOCOLS.includes(name)) return (frame) => hasProtocol(name, frame);
			if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return (frame) => FIELDS['ip.addr']!(frame).includes(name);
			throw new FilterError(`${token.text} is no field or protocol`, token.column);
		}
		const operator = all[at];
		if (!operator || operator.quoted || !OPERATORS.includes(operator.text)) return (frame) => field(frame).length > 0;
		at++;
		const value = all[at++];
		if (!value) throw new FilterError(`${operator.text} needs a value`, end);
		// as in Wireshark 4: "!=" holds when no value equals
		if (operator.text === '!=') return (frame) => field(frame).every((each) => compare(each, '!=', value.text));
		return (frame) => field(frame).some((each) => compare(each, operator.text, value.text));
	};
	const contains =
		(wanted: string): Filter =>
		(frame) =>
			`${frame.label} ${frame.summary}`.toLowerCase().includes(wanted.toLowerCase());
	const filter = or();
	const rest = all[at];
	if (rest) throw new FilterError(`${rest.text} is one too many`, rest.column);
	return filter;
}
