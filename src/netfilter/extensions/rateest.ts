/**
 * rateest: compares the rates that RATEEST rules measured, with a number or with one another.
 */
import { OptionError, type MatchExtension, type OptionRow, type ParsedOption, type Place } from '../extension';
import { parseNumber } from '../number';
import type { Services } from '../services';
import { cutBytes } from '../text';
import { estimators } from './estimator';

type Mode = 'eq' | 'lt' | 'gt';

interface Rateest {
	first: string;
	/** null: compared with a number */
	second: string | null;
	mode: Mode | null;
	invert: boolean;
	delta: boolean;
	bps: boolean;
	pps: boolean;
	/** bytes a second */
	bps1: number;
	bps2: number;
	pps1: number;
	pps2: number;
	/** ids that were given, until `finish` */
	seen: readonly string[];
}

const NAME_MAXIMUM = 15;
/** bits a second; in the order in which they are looked up */
const UNITS: readonly (readonly [name: string, bits: number])[] = [
	['bit', 1],
	['kibit', 1024],
	['kbit', 1000],
	['mibit', 1024 ** 2],
	['mbit', 1e6],
	['gibit', 1024 ** 3],
	['gbit', 1e9],
	['tibit', 1024 ** 4],
	['tbit', 1e12],
	['bps', 8],
	['kibps', 8 * 1024],
	['kbps', 8000],
	['mibps', 8 * 1024 ** 2],
	['mbps', 8e6],
	['gibps', 8 * 1024 ** 3],
	['gbps', 8e9],
	['tibps', 8 * 1024 ** 4],
	['tbps', 8e12]
];

/** @returns bytes a second; undefined for no rate */
function parseRate(text: string): number | undefined {
	const found = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(.*)$/i.exec(text);
	if (!found) return undefined;
	const unit = found[2] === '' ? 1 : UNITS.find(([name]) => name === found[2]!.toLowerCase())?.[1];
	return unit === undefined ? undefined : Math.trunc((Number(found[1]) * unit) / 8) >>> 0;
}

function parseMode(draft: Rateest, mode: Mode, { invert }: ParsedOption): void {
	draft.mode = mode;
	draft.invert ||= invert;
}

const FULL_NAMES: Readonly<Record<string, string>> = { first: 'rateest1', second: 'rateest2' };

function parse(draft: Rateest, option: ParsedOption): void {
	const { id, argument, second, invert } = option;
	const again = draft.seen.includes(id);
	draft.seen = [...draft.seen, id];
	if (id === 'eq' || id === 'lt' || id === 'gt') {
		if (again) throw new OptionError("rateest: can't specify lt/gt/eq twice");
		parseMode(draft, id, option);
		return;
	}
	const name = id === 'first' || id === 'second' ? 'rateest' : `rateest-${id.replace(/\d/, '')}`;
	if (invert) throw new OptionError(`rateest: ${name} can't be inverted`);
	if (again) throw new OptionError(`rateest: can't specify --${FULL_NAMES[id] ?? `rateest-${id}`} twice`);
	if (id === 'first') draft.first = cutBytes(argument, NAME_MAXIMUM);
	else if (id === 'second') draft.second = cutBytes(argument, NAME_MAXIMUM);
	else if (id === 'delta') draft.delta = true;
	else if (id === 'bps1' || id === 'bps2') {
		draft.bps = true;
		if (second === undefined) return;
		const rate = parseRate(second);
		if (rate === undefined) throw new OptionError(`rateest: could not parse rate \`${second}'`);
		draft[id] = rate;
	} else {
		draft.pps = true;
		if (second === undefined) return;
		const rate = parseNumber(second);
		if (rate === undefined) throw new OptionError(`rateest: could not parse pps \`${second}'`);
		draft[id as 'pps1' | 'pps2'] = rate;
	}
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

function rateText(rate: number, numeric: boolean): string {
	const bits = rate * 8;
	if (numeric) return ` ${rate}`;
	if (bits >= 1e9) return ` ${(bits / 1e6).toFixed(0)}Mbit`;
	return bits >= 1e6 ? ` ${(bits / 1e3).toFixed(0)}Kbit` : ` ${bits}bit`;
}

const modeText = ({ mode, invert }: Rateest, dashes: string): string => `${invert ? ' !' : ''} ${dashes}${mode}`;

function list(data: Rateest, numeric: boolean): string {
	const { delta, bps, pps, second } = data;
	let text = ` rateest match ${data.first}${delta ? ' delta' : ''}`;
	if (bps) {
		text += ` bps${delta ? rateText(data.bps1, numeric) : ''}`;
		if (second === null) text += rateText(data.bps2, numeric) + modeText(data, '');
	}
	if (pps) {
		text += ` pps${delta ? ` ${data.pps1}` : ''}`;
		if (second === null) text += `${modeText(data, '')} ${data.pps2}`;
	}
	if (second === null) return text;
	text += `${modeText(data, '')} ${second}`;
	if (bps) text += ` bps${delta ? rateText(data.bps2, numeric) : ''}`;
	return pps ? `${text} pps${delta ? ` ${data.pps2}` : ''}` : text;
}

function save(data: Rateest): string {
	const rates = (name: 'bps' | 'pps'): string => {
		const numeric = name === 'pps';
		const [first, second] = [data[`${name}1`], data[`${name}2`]];
		const mode = modeText(data, '--rateest-');
		const asked = data.second === null || data.delta ? rateText(second, numeric) : '';
		if (!data.delta) return `${mode} --rateest-${name}${asked}`;
		return ` --rateest-${name}1${rateText(first, numeric)}${mode} --rateest-${name}2${asked}`;
	};
	const both = (data.bps ? rates('bps') : '') + (data.pps ? rates('pps') : '');
	const delta = data.delta ? ' --rateest-delta' : '';
	if (data.second === null) return `${delta} --rateest ${data.first}${both}`;
	return `${delta} --rateest1 ${data.first}${both} --rateest2 ${data.second}`;
}

/* ---- the kernel's half ------------------------------------------------------------------------------------------- */

function check(data: Rateest, { services }: Place): string | null {
	if ((!data.bps && !data.pps) || data.mode === null) return 'EINVAL';
	for (const name of [data.first, data.second]) if (name !== null && !estimators(services).has(name)) return 'ENOENT';
	return null;
}

function compare(data: Rateest, services: Services): boolean {
	const now = services.now();
	const rateOf = (name: string) => estimators(services).get(name)?.rate(now) ?? { bytes: 0, packets: 0 };
	const one = rateOf(data.first);
	const other = data.second === null ? null : rateOf(data.second);
	const difference = (limit: number, rate: number): number => (data.delta ? Math.max(0, limit - rate) : rate);
	const holds = (name: 'bytes' | 'packets', first: number, second: number): boolean => {
		const left = difference(first, one[name]);
		const right = other ? difference(second, other[name]) : second;
		return data.mode === 'eq' ? left === right : data.mode === 'lt' ? left < right : left > right;
	};
	let result = true;
	if (data.bps) result &&= holds('bytes', data.bps1, data.bps2);
	if (data.pps) result &&= holds('packets', data.pps1, data.pps2);
	return result !== data.invert;
}

const row = (name: string, id: string, more: Partial<OptionRow>): OptionRow => ({
	name: name === '' ? 'rateest' : name,
	id,
	type: 'none',
	invert: true,
	multiple: true,
	...more
});

export const rateest: MatchExtension<Rateest> = {
	name: 'rateest',
	families: ['ip', 'ip6'],
	summary: 'compares rates that RATEEST rules measured',
	options: [
		row('rateest1', 'first', { type: 'string', help: 'name of an estimator' }),
		row('rateest', 'first', { type: 'string', help: 'name of an estimator' }),
		row('rateest2', 'second', { type: 'string', help: 'another one to compare with' }),
		row('rateest-bps1', 'bps1', { second: true, help: 'compares bytes; the first limit' }),
		row('rateest-pps1', 'pps1', { second: true, help: 'compares packets; the first limit' }),
		row('rateest-bps2', 'bps2', { second: true, help: 'compares bytes; the second limit' }),
		row('rateest-pps2', 'pps2', { second: true, help: 'compares packets; the second limit' }),
		row('rateest-bps', 'bps2', { second: true, help: 'compares bytes a second: 100kbit' }),
		row('rateest-pps', 'pps2', { second: true, help: 'compares packets a second' }),
		row('rateest-delta', 'delta', { help: 'compares how much is left to the limit' }),
		row('rateest-lt', 'lt', { help: 'less than' }),
		row('rateest-gt', 'gt', { help: 'greater than' }),
		row('rateest-eq', 'eq', { help: 'equal to' })
	],
	init: () => ({
		first: '',
		second: null,
		mode: null,
		invert: false,
		delta: false,
		bps: false,
		pps: false,
		bps1: 0,
		bps2: 0,
		pps1: 0,
		pps2: 0,
		seen: []
	}),
	parse,
	finish(draft) {
		draft.seen = [];
	},
	list: (data, { numeric }) => list(data, numeric),
	save,
	check,
	compile: (data, services) => () => compare(data, services),
	explain: ({ first }, _skb, matched) => `the rate "${first}" is ${matched ? '' : 'not '}as asked`
};
