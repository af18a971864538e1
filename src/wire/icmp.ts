/** The Internet Control Message Protocol (RFC 792, RFC 1191, RFC 1812 for the codes). */
import { checksum } from './checksum';
import { concat, headerLength, readHeader, writeHeader, type HeaderTable } from './header';
import type { IcmpMessage } from './packet';

export const ICMP_TYPE = {
	echoReply: 0,
	unreachable: 3,
	sourceQuench: 4,
	redirect: 5,
	echoRequest: 8,
	timeExceeded: 11,
	parameterProblem: 12
} as const;

export const ICMP_TYPE_NAMES = {
	0: 'Echo (ping) reply',
	3: 'Destination unreachable',
	4: 'Source quench',
	5: 'Redirect',
	8: 'Echo (ping) request',
	11: 'Time-to-live exceeded',
	12: 'Parameter problem',
	13: 'Timestamp request',
	14: 'Timestamp reply'
};

export const ICMP = [
	{ name: 'type', bits: 8, show: 'decimal', label: 'Type', values: ICMP_TYPE_NAMES },
	{ name: 'code', bits: 8, show: 'decimal', label: 'Code' },
	{ name: 'checksum', bits: 16, show: 'hex', label: 'Checksum' },
	{ name: 'rest', bits: 32, show: 'hidden', label: '' }
] as const satisfies HeaderTable;

/** The second word of an echo, and of other messages. */
export const ICMP_ECHO_REST = [
	{ name: 'identifier', bits: 16, show: 'decimal', label: 'Identifier (BE)' },
	{ name: 'sequence', bits: 16, show: 'decimal', label: 'Sequence Number (BE)' }
] as const satisfies HeaderTable;
export const ICMP_MTU_REST = [
	{ name: 'unused', bits: 16, show: 'hex', label: 'Unused' },
	{ name: 'mtu', bits: 16, show: 'decimal', label: 'MTU of next hop' }
] as const satisfies HeaderTable;
export const ICMP_GATEWAY_REST = [
	{ name: 'gateway', bits: 32, show: 'ipv4', label: 'Gateway Address' }
] as const satisfies HeaderTable;
export const ICMP_UNUSED_REST = [
	{ name: 'unused', bits: 32, show: 'hex', label: 'Unused' }
] as const satisfies HeaderTable;

export const ICMP_LENGTH = headerLength(ICMP);

export function buildIcmp(message: IcmpMessage): Uint8Array {
	const draft = concat(writeHeader(ICMP, { ...message, checksum: 0 }), message.payload);
	const sum = message.checksum ?? checksum(draft);
	draft[2] = sum >> 8;
	draft[3] = sum & 255;
	return draft;
}

export function parseIcmp(bytes: Uint8Array, verify = true): IcmpMessage | undefined {
	if (bytes.length < ICMP_LENGTH) return undefined;
	const { checksum: given, ...header } = readHeader(ICMP, bytes);
	const wrong = verify && checksum(bytes) !== 0;
	return { kind: 'icmp', ...header, payload: bytes.slice(ICMP_LENGTH), ...(wrong ? { checksum: given } : {}) };
}
