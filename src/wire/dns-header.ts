/** The header of a DNS message, a row a field (RFC 1035 4.1.1, RFC 2535 6.1); labels as Wireshark has them. */
import type { HeaderTable } from './header';

export const DNS_HEADER = [
	{ name: 'id', bits: 16, show: 'hex', label: 'Transaction ID' },
	{
		name: 'response',
		bits: 1,
		show: 'decimal',
		label: 'Response',
		values: { 0: 'Message is a query', 1: 'Message is a response' }
	},
	{
		name: 'opcode',
		bits: 4,
		show: 'decimal',
		label: 'Opcode',
		values: { 0: 'Standard query', 4: 'Zone change notification', 5: 'Dynamic update' }
	},
	{ name: 'authoritative', bits: 1, show: 'flag', label: 'Authoritative' },
	{ name: 'truncated', bits: 1, show: 'flag', label: 'Truncated' },
	{ name: 'recursionDesired', bits: 1, show: 'flag', label: 'Recursion desired' },
	{ name: 'recursionAvailable', bits: 1, show: 'flag', label: 'Recursion available' },
	{ name: 'reserved', bits: 1, show: 'flag', label: 'Z' },
	{ name: 'authenticData', bits: 1, show: 'flag', label: 'Answer authenticated' },
	{ name: 'checkingDisabled', bits: 1, show: 'flag', label: 'Non-authenticated data' },
	{
		name: 'rcode',
		bits: 4,
		show: 'decimal',
		label: 'Reply code',
		values: {
			0: 'No error',
			1: 'Format error',
			2: 'Server failure',
			3: 'No such name',
			4: 'Not implemented',
			5: 'Refused',
			9: 'Not authoritative'
		}
	},
	{ name: 'questions', bits: 16, show: 'decimal', label: 'Questions' },
	{ name: 'answers', bits: 16, show: 'decimal', label: 'Answer RRs' },
	{ name: 'authority', bits: 16, show: 'decimal', label: 'Authority RRs' },
	{ name: 'additional', bits: 16, show: 'decimal', label: 'Additional RRs' }
] as const satisfies HeaderTable;

/** bytes */
export const HEADER_LENGTH = 12;
