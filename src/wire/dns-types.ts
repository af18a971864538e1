/**
 * DNS record types, classes and codes: numbers, names, and the fields of each type's data (RFC 1035 3.2, RFC 3596, RFC 2782).
 *
 * A record type is a row of `RECORD_TYPES`: parsing, building, text and zone files all go by that row.
 * Not simulated: the data of NSEC, RRSIG, LOC, WKS, APL, SVCB and other rare types stays bytes (RFC 3597).
 */
import type { Ipv4Address } from './packet';

export type FieldKind =
	| 'ipv4'
	| 'ipv6'
	| 'u8'
	| 'u16'
	| 'u32'
	| 'ttl'
	| 'name'
	| 'plain-name'
	| 'string'
	| 'strings'
	| 'bytes'
	/** a string with its length in front, written without quotes */
	| 'tag'
	/** a string that goes to the end of the data */
	| 'long-string'
	/** bytes to the end of the data, in hexadecimal or base 64 */
	| 'hex'
	| 'base64';

const KEY_FIELDS = [
	['flags', 'u16'],
	['protocol', 'u8'],
	['algorithm', 'u8'],
	['key', 'base64']
] as const;
const DIGEST_FIELDS = [
	['keyTag', 'u16'],
	['algorithm', 'u8'],
	['digestType', 'u8'],
	['digest', 'hex']
] as const;
const CERTIFICATE_FIELDS = [
	['usage', 'u8'],
	['selector', 'u8'],
	['matching', 'u8'],
	['digest', 'hex']
] as const;

/** name → number and the fields of the data; a `name` is compressed, a `plain-name` is not (RFC 3597 4) */
export const RECORD_TYPES = {
	A: { number: 1, fields: [['address', 'ipv4']] },
	NS: { number: 2, fields: [['host', 'name']] },
	CNAME: { number: 5, fields: [['host', 'name']] },
	SOA: {
		number: 6,
		fields: [
			['mname', 'name'],
			['rname', 'name'],
			['serial', 'u32'],
			['refresh', 'ttl'],
			['retry', 'ttl'],
			['expire', 'ttl'],
			['minimum', 'ttl']
		]
	},
	PTR: { number: 12, fields: [['host', 'name']] },
	HINFO: {
		number: 13,
		fields: [
			['cpu', 'string'],
			['os', 'string']
		]
	},
	MX: {
		number: 15,
		fields: [
			['preference', 'u16'],
			['exchange', 'name']
		]
	},
	TXT: { number: 16, fields: [['strings', 'strings']] },
	AAAA: { number: 28, fields: [['address6', 'ipv6']] },
	SRV: {
		number: 33,
		fields: [
			['priority', 'u16'],
			['weight', 'u16'],
			['port', 'u16'],
			['target', 'plain-name']
		]
	},
	MB: { number: 7, fields: [['host', 'name']] },
	MG: { number: 8, fields: [['host', 'name']] },
	MR: { number: 9, fields: [['host', 'name']] },
	MINFO: {
		number: 14,
		fields: [
			['responsible', 'name'],
			['errors', 'name']
		]
	},
	RP: {
		number: 17,
		fields: [
			['responsible', 'plain-name'],
			['errors', 'plain-name']
		]
	},
	AFSDB: {
		number: 18,
		fields: [
			['preference', 'u16'],
			['exchange', 'plain-name']
		]
	},
	X25: { number: 19, fields: [['text', 'string']] },
	KEY: { number: 25, fields: KEY_FIELDS },
	GPOS: {
		number: 27,
		fields: [
			['longitude', 'string'],
			['latitude', 'string'],
			['altitude', 'string']
		]
	},
	NAPTR: {
		number: 35,
		fields: [
			['order', 'u16'],
			['preference', 'u16'],
			['flags', 'string'],
			['services', 'string'],
			['regexp', 'string'],
			['target', 'plain-name']
		]
	},
	KX: {
		number: 36,
		fields: [
			['preference', 'u16'],
			['exchange', 'plain-name']
		]
	},
	DNAME: { number: 39, fields: [['host', 'plain-name']] },
	DS: { number: 43, fields: DIGEST_FIELDS },
	SSHFP: {
		number: 44,
		fields: [
			['algorithm', 'u8'],
			['digestType', 'u8'],
			['digest', 'hex']
		]
	},
	DNSKEY: { number: 48, fields: KEY_FIELDS },
	TLSA: { number: 52, fields: CERTIFICATE_FIELDS },
	SMIMEA: { number: 53, fields: CERTIFICATE_FIELDS },
	CDS: { number: 59, fields: DIGEST_FIELDS },
	CDNSKEY: { number: 60, fields: KEY_FIELDS },
	OPENPGPKEY: { number: 61, fields: [['key', 'base64']] },
	SPF: { number: 99, fields: [['strings', 'strings']] },
	URI: {
		number: 256,
		fields: [
			['priority', 'u16'],
			['weight', 'u16'],
			['value', 'long-string']
		]
	},
	CAA: {
		number: 257,
		fields: [
			['flags', 'u8'],
			['tag', 'tag'],
			['value', 'long-string']
		]
	}
} as const satisfies Record<string, { number: number; fields: readonly (readonly [string, FieldKind])[] }>;

/** Types that may be asked for but have no records. */
export const QUERY_TYPES = { OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 } as const;
/** Names for types whose data we keep as bytes. */
const NAMED_TYPES = {
	NULL: 10, WKS: 11, ISDN: 20, RT: 21, NSAP: 22, PX: 26, LOC: 29, CERT: 37, APL: 42, RRSIG: 46, NSEC: 47, DHCID: 49,
	NSEC3: 50, NSEC3PARAM: 51, HIP: 55, SVCB: 64, HTTPS: 65, EUI48: 108, EUI64: 109
} as const; // prettier-ignore

export type RecordTypeName = keyof typeof RECORD_TYPES;

export type Rdata =
	| { readonly type: 'A'; readonly address: Ipv4Address }
	| { readonly type: 'NS' | 'CNAME' | 'PTR'; readonly host: string }
	| {
			readonly type: 'SOA';
			readonly mname: string;
			readonly rname: string;
			readonly serial: number;
			/** seconds, like the three after it */
			readonly refresh: number;
			readonly retry: number;
			readonly expire: number;
			readonly minimum: number;
	  }
	| { readonly type: 'HINFO'; readonly cpu: string; readonly os: string }
	| { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
	| { readonly type: 'TXT'; readonly strings: readonly string[] }
	/** RFC 5952 text */
	| { readonly type: 'AAAA'; readonly address6: string }
	| {
			readonly type: 'SRV';
			readonly priority: number;
			readonly weight: number;
			readonly port: number;
			readonly target: string;
	  }
	| { readonly type: 'MB' | 'MG' | 'MR' | 'DNAME'; readonly host: string }
	| { readonly type: 'MINFO' | 'RP'; readonly responsible: string; readonly errors: string }
	| { readonly type: 'AFSDB' | 'KX'; readonly preference: number; readonly exchange: string }
	| { readonly type: 'X25'; readonly text: string }
	| { readonly type: 'GPOS'; readonly longitude: string; readonly latitude: string; readonly altitude: string }
	| {
			readonly type: 'NAPTR';
			readonly order: number;
			readonly preference: number;
			readonly flags: string;
			readonly services: string;
			readonly regexp: string;
			readonly target: string;
	  }
	| {
			readonly type: 'KEY' | 'DNSKEY' | 'CDNSKEY';
			readonly flags: number;
			readonly protocol: number;
			readonly algorithm: number;
			readonly key: Uint8Array;
	  }
	| {
			readonly type: 'DS' | 'CDS';
			readonly keyTag: number;
			readonly algorithm: number;
			readonly digestType: number;
			readonly digest: Uint8Array;
	  }
	| { readonly type: 'SSHFP'; readonly algorithm: number; readonly digestType: number; readonly digest: Uint8Array }
	| {
			readonly type: 'TLSA' | 'SMIMEA';
			readonly usage: number;
			readonly selector: number;
			readonly matching: number;
			readonly digest: Uint8Array;
	  }
	| { readonly type: 'OPENPGPKEY'; readonly key: Uint8Array }
	| { readonly type: 'SPF'; readonly strings: readonly string[] }
	| { readonly type: 'URI'; readonly priority: number; readonly weight: number; readonly value: string }
	| { readonly type: 'CAA'; readonly flags: number; readonly tag: string; readonly value: string }
	| { readonly type: 'unknown'; readonly number: number; readonly bytes: Uint8Array };

export type DnsRecord = { readonly name: string; readonly class: number; /** seconds */ readonly ttl: number } & Rdata;
export type RecordOf<T extends Rdata['type']> = Extract<DnsRecord, { type: T }>;

export const CLASS_IN = 1;
const CLASS_NAMES: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };

export const RCODE = {
	NOERROR: 0,
	FORMERR: 1,
	SERVFAIL: 2,
	NXDOMAIN: 3,
	NOTIMP: 4,
	REFUSED: 5,
	YXDOMAIN: 6,
	NOTAUTH: 9,
	BADVERS: 16
} as const;
const RCODE_NAMES = [
	'NOERROR',
	'FORMERR',
	'SERVFAIL',
	'NXDOMAIN',
	'NOTIMP',
	'REFUSED',
	'YXDOMAIN',
	'YXRRSET',
	'NXRRSET',
	'NOTAUTH',
	'NOTZONE'
];
const OPCODE_NAMES = ['QUERY', 'IQUERY', 'STATUS', 'RESERVED3', 'NOTIFY', 'UPDATE'];

export function rcodeName(rcode: number): string {
	return RCODE_NAMES[rcode] ?? (rcode === RCODE.BADVERS ? 'BADVERS' : `RESERVED${rcode}`);
}

export function opcodeName(opcode: number): string {
	return OPCODE_NAMES[opcode] ?? `RESERVED${opcode}`;
}

export function className(number: number): string {
	return CLASS_NAMES[number] ?? `CLASS${number}`;
}

/** undefined for text that names no class */
export function classNumber(name: string): number | undefined {
	const upper = name.toUpperCase();
	for (const [number, known] of Object.entries(CLASS_NAMES)) if (known === upper) return Number(number);
	return /^CLASS\d{1,5}$/.test(upper) ? Number(upper.slice(5)) : undefined;
}

const TYPE_NUMBERS = new Map<string, number>([
	...Object.entries(RECORD_TYPES).map(([name, row]): [string, number] => [name, row.number]),
	...Object.entries(QUERY_TYPES),
	...Object.entries(NAMED_TYPES)
]);
const TYPE_NAMES = new Map([...TYPE_NUMBERS].map(([name, number]) => [number, name]));

/** "MX" for 15, "TYPE65280" for one without a name (RFC 3597) */
export function typeName(number: number): string {
	return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** undefined for text that names no type; any case */
export function typeNumber(name: string): number | undefined {
	const upper = name.toUpperCase();
	const known = TYPE_NUMBERS.get(upper);
	if (known !== undefined) return known;
	return /^TYPE\d{1,5}$/.test(upper) && Number(upper.slice(4)) < 65_536 ? Number(upper.slice(4)) : undefined;
}

/** The name of a record's type as it is written: "MX", "TYPE65280". */
export function recordType(record: Rdata): string {
	return record.type === 'unknown' ? typeName(record.number) : record.type;
}

const UNKNOWN_FIELDS = [['bytes', 'bytes']] as const;

/** The fields of a type's data; of one without a row, its bytes. */
export function fieldsOf(type: string): readonly (readonly [string, FieldKind])[] {
	return type in RECORD_TYPES ? RECORD_TYPES[type as RecordTypeName].fields : UNKNOWN_FIELDS;
}

/** The names and kinds of the fields of a type's data; undefined for a type that is kept as bytes. */
export function rdataFields(type: string): readonly (readonly [string, FieldKind])[] | undefined {
	return type in RECORD_TYPES ? RECORD_TYPES[type as RecordTypeName].fields : undefined;
}
