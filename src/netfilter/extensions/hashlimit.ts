/**
 * hashlimit: a bucket of tokens for each address, port or pair of them (xt_hashlimit).
 *
 * State: a table of buckets lives under its name; rules of one name share it, and what the first said about keys and rates
 * holds. A bucket unused for --hashlimit-htable-expire is forgotten. `hashlimitFile` is /proc/net/ipt_hashlimit/NAME.
 * Rates in bytes count in pieces of 16 bytes, as the real one does; a full table drops what needs a new bucket.
 * A table goes with the last rule that says its name.
 */
import { formatIpv4Address } from '#wire/address';
import { OptionError, type MatchExtension, type OptionRow, type ParsedOption } from '../extension';
import { numberPrefix, UINT64_MAX } from '../number';
import type { Family } from '../rule';
import type { Services } from '../services';
import type { Skb } from '../skb';
import { cutBytes } from '../text';
import { isProcName } from './proc-name';
import { rateText, UNITS, unitOf } from './rate';

interface HashLimit {
	above: boolean;
	bytes: boolean;
	/** packets: millionths of a second between two; bytes: 2^32 / (pieces of 16 bytes a second) */
	average: number;
	/** packets; of bytes: how many whole seconds' worth may come at once, 0 when not given */
	burst: number;
	/** bits of KEYS */
	mode: number;
	sourceLength: number;
	destinationLength: number;
	name: string;
	size: number;
	max: number;
	/** milliseconds */
	gcInterval: number;
	expire: number;
	rateMatch: boolean;
	/** seconds */
	interval: number;
	/** seconds of the rate's unit, as it was typed */
	unit: number;
}

const TICKS = 1000000;
const USUAL_BURST = 5;
const MOST_BURST = 1000000n;
const USUAL_GC = 1000;
const LONGEST_NAME = 254;
/** htable-expire of rates in bytes, without and with a burst, seconds */
const BYTES_EXPIRE = 15;
const BYTES_BURST_EXPIRE = 60;
const USUAL_MAX = 65536;
const UINT32 = 0xffffffff;

/** in the order in which they are printed */
const KEYS = [
	{ name: 'srcip', bit: 2 },
	{ name: 'srcport', bit: 8 },
	{ name: 'dstip', bit: 1 },
	{ name: 'dstport', bit: 4 }
];
const SOURCE = 2;
const SOURCE_PORT = 8;
const DESTINATION = 1;
const DESTINATION_PORT = 4;

/* ---- as typed ---------------------------------------------------------------------------------------------------- */

/** 2^32 spread over the pieces of 16 bytes in a second */
function bytesToCost(bytes: number): number {
	return Math.floor(UINT32 / ((Math.floor(bytes / 16) % 2 ** 32) + 1));
}

/** Bytes a second. */
function costToBytes(cost: number): number {
	return ((cost === 0 ? UINT32 : Math.floor(UINT32 / cost)) - 1) * 16;
}

const FACTORS: Readonly<Record<string, number>> = { m: 1024 * 1024, k: 1024 };

/** atoll(3), for numbers that fit */
const leadingNumber = (text: string): number => Number(/^\s*([-+]?\d+)/.exec(text)?.[1] ?? 0);

/** "4kb/s". @returns false when it is no rate in bytes. @throws OptionError */
function parseBytes(draft: HashLimit, text: string): boolean {
	const at = text.indexOf('b/s');
	const number = leadingNumber(text);
	if (at <= 0 || number === 0) return false;
	const cost = bytesToCost(number * (FACTORS[text[at - 1]!] ?? 1));
	if (cost === 0) throw new OptionError(`Rate too high "${text}"`);
	Object.assign(draft, { bytes: true, average: cost, unit: BYTES_EXPIRE });
	return true;
}

/** "5/min". @returns false when it is no rate. @throws OptionError */
function parseRate(draft: HashLimit, text: string): boolean {
	const slash = text.indexOf('/');
	const word = slash < 0 ? 'second' : text.slice(slash + 1).toLowerCase();
	const unit = word === '' ? undefined : UNITS.find(({ word: full }) => full.startsWith(word));
	const rate = leadingNumber(text);
	if (!unit || rate === 0) return false;
	const average = rate < 0 ? 0 : Math.floor((TICKS * unit.seconds) / rate);
	if (average === 0) throw new OptionError(`Rate too fast "${text}"`);
	Object.assign(draft, { average, unit: unit.seconds });
	return true;
}

const burstError = (): OptionError =>
	new OptionError(`bad value for option "--hashlimit-burst", or out of range (1-${MOST_BURST}).`);

/** "20", "400kb". @throws OptionError */
function parseBurst(text: string): number {
	const { value, end } = numberPrefix(text);
	if (end === 0 || value < 1n || value > UINT64_MAX || (end === text.length && value > MOST_BURST)) throw burstError();
	return Number(value) * (FACTORS[text[end]!] ?? 1);
}

/** "srcip,dstport"; bars are as good as commas. Undefined for a word that is none. */
function parseMode(text: string): number | undefined {
	let mode = 0;
	for (const word of text.split(/[,|]/)) {
		if (word === '') continue;
		const key = KEYS.find(({ name }) => name === word);
		if (!key) return undefined;
		mode |= key.bit;
	}
	return mode;
}

function parse(draft: HashLimit, option: ParsedOption): void {
	const { id, argument, number, invert } = option;
	// the messages name the first option of those that share an id
	const bad = (name: string): OptionError =>
		new OptionError(`hashlimit: Bad value for "--hashlimit-${name}" option: "${argument}"`);
	switch (id) {
		case 'upto':
		case 'above':
			draft.above = (id === 'above') !== invert;
			if (!parseBytes(draft, argument) && !parseRate(draft, argument)) throw bad(id);
			break;
		case 'burst':
			draft.burst = parseBurst(argument);
			break;
		case 'mode': {
			const mode = parseMode(argument);
			if (mode === undefined) throw bad('mode');
			draft.mode |= mode;
			break;
		}
		case 'name':
			draft.name = cutBytes(argument, LONGEST_NAME);
			break;
		case 'rateMatch':
			draft.rateMatch = true;
			break;
		case 'interval':
			if (leadingNumber(argument) <= 0) throw bad('rate-interval');
			draft.interval = leadingNumber(argument);
			break;
		default:
			draft[id as 'sourceLength' | 'destinationLength' | 'size' | 'max' | 'gcInterval' | 'expire'] = number;
	}
}

/** @throws OptionError */
function finish(draft: HashLimit, seen: ReadonlySet<string>): void {
	if (!seen.has('upto') && !seen.has('above')) throw new OptionError('You have to specify --hashlimit');
	if (!seen.has('expire')) draft.expire = draft.unit * 1000;
	if (draft.bytes) {
		const second = costToBytes(draft.average);
		if (seen.has('burst')) {
			if (draft.burst < second) throw new OptionError(`burst cannot be smaller than ${second}b`);
			if (!seen.has('expire')) draft.expire = BYTES_BURST_EXPIRE * 1000;
		}
		draft.burst = seen.has('burst') && second > 0 ? Math.ceil(draft.burst / second) : 0;
	} else if (draft.burst > Number(MOST_BURST)) throw burstError();
	if (!draft.rateMatch) return;
	if (!draft.bytes) draft.average = Math.floor(draft.average / draft.unit);
	if (draft.interval === 0) draft.interval = draft.bytes ? 1 : draft.unit;
}

/* ---- as printed -------------------------------------------------------------------------------------------------- */

const SIZES = [
	{ letter: 'm', bytes: 1024 * 1024 },
	{ letter: 'k', bytes: 1024 },
	{ letter: '', bytes: 1 }
];

/** "4kb/s"; a letter only where nothing is lost */
function bytesText(average: number): string {
	const bytes = costToBytes(average);
	const size = SIZES.find(
		({ bytes: one }) => one === 1 || (bytes >= one && bytesToCost(bytes - (bytes % one)) === average)
	)!;
	return `${Math.floor(bytes / size.bytes)}${size.letter}b/s`;
}

function burstText(bytes: number): string {
	const size = SIZES.find(({ bytes: one }) => one === 1 || bytes >= one)!;
	return `${Math.floor(bytes / size.bytes)}${size.letter}b`;
}

/** The rate and burst, and the expiry that goes without saying (milliseconds). */
function rateWords(
	data: HashLimit,
	period: number,
	burst: string
): { readonly text: string; readonly quantum: number } {
	if (!data.bytes)
		return {
			text: ` ${rateText(period, TICKS)} ${burst} ${data.burst}`,
			quantum: unitOf(period, TICKS).seconds * 1000
		};
	const rate = ` ${bytesText(data.average)}`;
	if (data.burst === 0) return { text: rate, quantum: BYTES_EXPIRE * 1000 };
	const bytes = costToBytes(data.average) * data.burst;
	return { text: `${rate} ${burst} ${burstText(bytes)}`, quantum: BYTES_BURST_EXPIRE * 1000 };
}

const modeWords = (mode: number, separator: string): string =>
	KEYS.filter(({ bit }) => mode & bit)
		.map(({ name }) => name)
		.join(separator);

const fullLength = (family: Family): number => (family === 'ip' ? 32 : 128);

function tail(data: HashLimit, prefix: string, quantum: number, family: Family): string {
	const full = fullLength(family);
	const part = (show: boolean, name: string, value: number): string => (show ? ` ${prefix}${name} ${value}` : '');
	return (
		part(data.size !== 0, 'htable-size', data.size) +
		part(data.max !== 0, 'htable-max', data.max) +
		part(data.gcInterval !== USUAL_GC, 'htable-gcinterval', data.gcInterval) +
		part(data.expire !== quantum, 'htable-expire', data.expire) +
		part(data.sourceLength !== full, 'srcmask', data.sourceLength) +
		part(data.destinationLength !== full, 'dstmask', data.destinationLength) +
		(data.rateMatch ? ` ${prefix}rate-match` : '') +
		part(data.rateMatch && data.interval !== 1, 'rate-interval', data.interval)
	);
}

function list(data: HashLimit, family: Family): string {
	const { text, quantum } = rateWords(data, data.average * (data.interval || 1), 'burst');
	const mode = data.mode === 0 ? '' : ` mode ${modeWords(data.mode, '-')}`;
	return ` limit: ${data.above ? 'above' : 'up to'}${text}${mode}${tail(data, '', quantum, family)}`;
}

function save(data: HashLimit, family: Family): string {
	const { text, quantum } = rateWords(data, data.average, '--hashlimit-burst');
	const mode = data.mode === 0 ? '' : ` --hashlimit-mode ${modeWords(data.mode, ',')}`;
	const rest = tail(data, '--hashlimit-', quantum, family);
	return ` --hashlimit-${data.above ? 'above' : 'upto'}${text}${mode} --hashlimit-name ${data.name}${rest}`;
}

/* ---- in the kernel ----------------------------------------------------------------------------------------------- */

interface Bucket {
	/** microseconds of uptime */
	expires: number;
	last: number;
	/** microseconds of waiting, of rates in bytes millionths of a second's worth */
	credit: number;
	/** seconds' worth of bytes that the burst still allows */
	bursts: number;
	/** --hashlimit-rate-match: seen in this window; whether the last one was over */
	seen: number;
	over: boolean;
}

interface Table {
	/** of the rule that made it */
	readonly config: HashLimit;
	readonly buckets: Map<string, Bucket>;
}

const SECOND = 1e6;
const lengthMask = (length: number): number => (length === 0 ? 0 : -1 << (32 - length));
const HAS_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

/** Null when there ought to be ports and none can be read. */
function keyMaker({ mode, sourceLength, destinationLength }: HashLimit): (skb: Skb) => string | null {
	const sourceMask = mode & SOURCE ? lengthMask(sourceLength) : 0;
	const destinationMask = mode & DESTINATION ? lengthMask(destinationLength) : 0;
	const wantsPorts = (mode & (SOURCE_PORT | DESTINATION_PORT)) !== 0;
	return (skb) => {
		let sourcePort = 0;
		let destinationPort = 0;
		if (wantsPorts && HAS_PORTS.has(skb.protocol)) {
			if (skb.sourcePort < 0) return null;
			if (mode & SOURCE_PORT) sourcePort = skb.sourcePort;
			if (mode & DESTINATION_PORT) destinationPort = skb.destinationPort;
		}
		return `${(skb.source & sourceMask) >>> 0}:${sourcePort} ${(skb.destination & destinationMask) >>> 0}:${destinationPort}`;
	};
}

function freshBucket({ average, burst, bytes }: HashLimit, now: number): Bucket {
	return {
		expires: 0,
		last: now,
		credit: bytes ? SECOND : average * burst,
		bursts: bytes ? burst : 0,
		seen: 0,
		over: false
	};
}

/** Packets or bytes a second that the rule allows. */
const ratePerSecond = ({ bytes, average }: HashLimit): number =>
	bytes ? costToBytes(average) : Math.floor(TICKS / average);

function refill(bucket: Bucket, config: HashLimit, now: number): void {
	const passed = now - bucket.last;
	if (config.rateMatch) {
		if (passed < config.interval * SECOND) return;
		bucket.over = bucket.seen * config.interval * SECOND > passed * ratePerSecond(config);
		bucket.seen = 0;
	} else {
		const most = config.bytes ? SECOND : config.average * config.burst;
		bucket.credit = Math.min(most, bucket.credit + passed);
	}
	bucket.last = now;
}

/** Whether the packet is within the rate; takes what it costs. */
function spend(bucket: Bucket, config: HashLimit, length: number): boolean {
	if (config.rateMatch) {
		bucket.seen += config.bytes ? length : 1;
		const rate = ratePerSecond(config);
		const allowed = config.bytes ? (config.burst > 0 ? config.burst * rate : rate) : config.burst + rate;
		return !bucket.over && bucket.seen <= allowed;
	}
	let cost = config.average;
	if (config.bytes) {
		cost = Math.min(SECOND, ((Math.floor(length / 16) + 1) * config.average * SECOND) / 2 ** 32);
		if (bucket.credit < cost && bucket.bursts > 0) {
			bucket.bursts--;
			bucket.credit = SECOND;
		}
	}
	if (bucket.credit < cost) return false;
	bucket.credit -= cost;
	return true;
}

type Tables = Map<string, Table>;

const allTables = (services: Services): Tables => services.shared<Tables>('hashlimit', () => new Map());

function tableOf(data: HashLimit, services: Services): Table {
	const tables = allTables(services);
	let table = tables.get(data.name);
	if (!table) tables.set(data.name, (table = { config: data, buckets: new Map() }));
	return table;
}

function compile(data: HashLimit, services: Services): (skb: Skb) => boolean {
	const { config, buckets } = tableOf(data, services);
	const keyOf = keyMaker(config);
	const most = config.max || Math.max(USUAL_MAX, config.size);
	return (skb) => {
		const key = keyOf(skb);
		if (key === null) return dropped(skb);
		const now = services.uptime();
		let bucket = buckets.get(key);
		if (bucket && bucket.expires <= now) bucket = undefined;
		if (!bucket) {
			if (buckets.size >= most) collect(buckets, now);
			if (buckets.size >= most) return dropped(skb);
			buckets.set(key, (bucket = freshBucket(config, now)));
		} else refill(bucket, config, now);
		bucket.expires = now + config.expire * 1000;
		return spend(bucket, config, skb.length) !== data.above;
	};
}

/** Without a bucket the real one drops the packet. */
function dropped(skb: Skb): boolean {
	skb.hotDrop = true;
	return false;
}

function collect(buckets: Map<string, Bucket>, now: number): void {
	for (const [key, { expires }] of buckets) if (expires <= now) buckets.delete(key);
}

/** The kernel's limits: masks, intervals, a name that can be a file's, credits within 64 bits. */
function check(data: HashLimit, family: Family): string | null {
	const full = fullLength(family);
	if (data.gcInterval === 0 || data.expire === 0) return 'EINVAL';
	if (data.sourceLength > full || data.destinationLength > full) return 'EINVAL';
	if (!isProcName(data.name)) return 'EINVAL';
	if (data.bytes || data.rateMatch) return null;
	const credits = (ticks: bigint): bigint => (ticks * CREDITS_A_TICK) & UINT64_MAX;
	const average = BigInt(data.average);
	return credits(average * BigInt(data.burst)) < credits(average) ? 'ERANGE' : null;
}

/** 250 jiffies a second of 2^39 credits each, for a millionth of a second */
const CREDITS_A_TICK = (250n * 2n ** 39n) / 1000000n;

/* ---- /proc/net/ipt_hashlimit ------------------------------------------------------------------------------------- */

/** The files of that directory. */
export function hashlimitNames(services: Services): string[] {
	return [...allTables(services).keys()];
}

/** A file's text: seconds left, key, credit, its most, cost of a packet; undefined when there is no such table. */
export function hashlimitFile(services: Services, name: string): string | undefined {
	const table = allTables(services).get(name);
	if (!table) return undefined;
	const now = services.uptime();
	const { config } = table;
	let text = '';
	for (const [key, bucket] of table.buckets) {
		if (bucket.expires <= now) continue;
		refill(bucket, config, now);
		const [source, destination] = key.split(' ').map((end) => {
			const [address, port] = end.split(':');
			return `${formatIpv4Address(Number(address))}:${port}`;
		});
		text += `${Math.floor((bucket.expires - now) / 1e6)} ${source}->${destination} ${figures(bucket, config)}\n`;
	}
	return text;
}

function figures({ credit, bursts }: Bucket, { bytes, average, burst }: HashLimit): string {
	if (bytes) {
		// of 2^24 credits a jiffy
		const second = 250 * 2 ** 24;
		return `${Math.floor((credit / SECOND) * second)} ${bursts} ${Math.floor((average * second) / 2 ** 32)}`;
	}
	const credits = (ticks: number): bigint => BigInt(Math.floor(ticks)) * CREDITS_A_TICK;
	return `${credits(credit)} ${credits(average * burst)} ${credits(average)}`;
}

/* ---- the match --------------------------------------------------------------------------------------------------- */

const row = (
	name: string,
	id: string,
	type: OptionRow['type'],
	help: string,
	more: Partial<OptionRow> = {}
): OptionRow => ({
	name: `hashlimit${name}`,
	id,
	type,
	help,
	...more
});

export const hashlimit: MatchExtension<HashLimit> = {
	name: 'hashlimit',
	families: ['ip', 'ip6'],
	summary: 'a rate for each address or port by itself',
	stateful: true,
	options: [
		row('-upto', 'upto', 'string', 'matches up to this rate: 5/min, 10/sec, 512kb/s', {
			invert: true,
			exclude: ['above']
		}),
		row('-above', 'above', 'string', 'matches what is over this rate', { invert: true, exclude: ['upto'] }),
		row('', 'upto', 'string', 'older name of --hashlimit-upto', { invert: true, exclude: ['above'] }),
		row('-srcmask', 'sourceLength', 'prefix-length', 'source addresses of one network share a bucket'),
		row('-dstmask', 'destinationLength', 'prefix-length', 'destination addresses of one network share a bucket'),
		row('-burst', 'burst', 'string', 'packets that may come at once (5 if not given)'),
		row('-htable-size', 'size', 'uint32', "rows of the kernel's table"),
		row('-htable-max', 'max', 'uint32', 'buckets at most'),
		row('-htable-gcinterval', 'gcInterval', 'uint32', 'milliseconds between two looks for unused buckets'),
		row('-htable-expire', 'expire', 'uint32', 'milliseconds until an unused bucket is forgotten'),
		row('-mode', 'mode', 'string', 'what has a bucket of its own: srcip, srcport, dstip, dstport, with commas'),
		row('-name', 'name', 'string', 'name of the table, seen in /proc/net/ipt_hashlimit', { mandatory: true, min: 1 }),
		row('-rate-match', 'rateMatch', 'none', 'compares the rate of a whole interval'),
		row('-rate-interval', 'interval', 'string', 'that interval, seconds')
	],
	init: ({ family }) => ({
		above: false,
		bytes: false,
		average: 0,
		burst: USUAL_BURST,
		mode: 0,
		sourceLength: fullLength(family),
		destinationLength: fullLength(family),
		name: '',
		size: 0,
		max: 0,
		gcInterval: USUAL_GC,
		expire: 0,
		rateMatch: false,
		interval: 0,
		unit: 1
	}),
	parse,
	finish,
	list: (data, { family }) => list(data, family),
	save: (data, { family }) => save(data, family),
	check(data, { family, services }) {
		const errno = check(data, family);
		// there as soon as the first rule is
		if (errno === null) tableOf(data, services);
		return errno;
	},
	sharedName: ({ name }) => name,
	retain(services, names) {
		const tables = allTables(services);
		for (const name of tables.keys()) if (!names.has(name)) tables.delete(name);
	},
	compile,
	explain(data, skb, matched) {
		const within = matched !== data.above;
		const { text } = rateWords(data, data.average, 'burst');
		const mode = data.mode === 0 ? 'all packets together' : `its bucket (${modeWords(data.mode, ', ')})`;
		return `${mode} ${formatIpv4Address(skb.packet.source)} → ${formatIpv4Address(skb.packet.destination)}: ${within ? 'within' : 'over'} the rate of${text}`;
	}
};
