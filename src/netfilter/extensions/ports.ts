/**
 * A range of ports as tcp, udp, dccp and sctp keep, print and compare it.
 *
 * Trusts: low and high are 0 … 65535; low may exceed high where the command lets it pass (`-p udp --dport 4:3`), and such a
 * range matches nothing.
 */
import type { Names, OptionRow } from '../extension';
import { portText } from '../protocol';

export interface PortRange {
	readonly low: number;
	readonly high: number;
	readonly invert: boolean;
}

export const ANY_PORT: PortRange = { low: 0, high: 65535, invert: false };

/** Says nothing: not printed, not asked. */
export function isAnyPort({ low, high, invert }: PortRange): boolean {
	return low === 0 && high === 65535 && !invert;
}

/** " spt:22", " dpts:!1024:65535", empty for any */
export function listPorts(label: string, range: PortRange, protocol: string, names: Names, numeric: boolean): string {
	if (isAnyPort(range)) return '';
	const low = portText(range.low, protocol, names, numeric);
	const bang = range.invert ? '!' : '';
	if (range.low === range.high) return ` ${label}:${bang}${low}`;
	return ` ${label}s:${bang}${low}:${portText(range.high, protocol, names, numeric)}`;
}

/** " ! --sport 22", empty for any */
export function savePorts(option: string, range: PortRange): string {
	return isAnyPort(range) ? '' : `${range.invert ? ' !' : ''} --${option} ${rangeText(range.low, range.high)}`;
}

/** The same as dccp and sctp save it: a full range that was asked for is kept. */
export function saveAskedPorts(option: string, range: PortRange | null): string {
	if (!range) return '';
	return savePorts(option, range) || `${range.invert ? ' !' : ''} --${option} ${range.low}:${range.high}`;
}

/** "22" or "20:21" */
export function rangeText(low: number, high: number): string {
	return low === high ? String(low) : `${low}:${high}`;
}

/** All ports. nf_tables makes nothing of it even where it is inverted, and so does this. */
export function isFull({ low, high }: PortRange): boolean {
	return low === 0 && high === 65535;
}

/** A port that could not be read (-1) never matches, not even inverted. */
export function portMatches({ low, high, invert }: PortRange, port: number): boolean {
	if (low === 0 && high === 65535) return port >= 0;
	return port >= 0 && (port >= low && port <= high) !== invert;
}

/** "destination port 80 is not 22"; null when it matches */
export function portMismatch(which: string, range: PortRange, port: number): string | null {
	if (isFull(range) || portMatches(range, port)) return null;
	if (port < 0) return `there is no header to read a ${which} port from`;
	const wanted = range.low === range.high ? String(range.low) : `between ${range.low} and ${range.high}`;
	return `${which} port ${port} is ${range.invert ? '' : 'not '}${wanted}${range.invert ? ', which is excluded' : ''}`;
}

/** The options of both ends, each with its short name. */
export function portRows(source: string, destination: string, more: Omit<OptionRow, 'name' | 'id'>): OptionRow[] {
	const row = (name: string, id: string, help: string): OptionRow => ({ name, id, invert: true, help, ...more });
	return [
		row('source-port', source, 'source port or range (1024:65535)'),
		row('sport', source, 'source port or range (1024:65535)'),
		row('destination-port', destination, 'destination port or range'),
		row('dport', destination, 'destination port or range')
	];
}
