/**
 * connbytes: how many bytes or packets a connection has carried, or how long its packets are on average (xt_connbytes).
 */
import { OptionError, type MatchExtension } from '../extension';
import { UINT64_MAX } from '../number';
import type { Connection } from '../conntrack/connection';
import type { Skb } from '../skb';

const MODES = ['packets', 'bytes', 'avgpkt'] as const;
const DIRECTIONS = ['original', 'reply', 'both'] as const;

/** turned on by the first rule, for connections that begin later */
const ACCOUNTING = 'net.netfilter.nf_conntrack_acct';

interface ConnBytes {
	/** `from` above `to` means: outside of to … from */
	from: bigint;
	to: bigint;
	mode: (typeof MODES)[number];
	direction: (typeof DIRECTIONS)[number];
}

function dump({ from, to, mode, direction }: ConnBytes, words: readonly [string, string, string]): string {
	const invert = from > to;
	const [low, high] = invert ? [to, from] : [from, to];
	const end = high !== 0n && high < UINT64_MAX ? `:${high}` : '';
	return `${invert ? ' !' : ''} ${words[0]} ${low}${end} ${words[1]} ${mode} ${words[2]} ${direction}`;
}

function amount({ mode, direction }: ConnBytes, { packets, bytes }: Connection): number {
	const sum = ([original, reply]: readonly [number, number]): number =>
		direction === 'original' ? original : direction === 'reply' ? reply : original + reply;
	if (mode === 'packets') return sum(packets);
	if (mode === 'bytes') return sum(bytes);
	return sum(packets) === 0 ? 0 : Math.floor(sum(bytes) / sum(packets));
}

function compile(data: ConnBytes): (skb: Skb) => boolean {
	const [from, to] = [Number(data.from), Number(data.to)];
	return ({ connection }) => {
		if (!connection?.accounted) return false;
		const found = amount(data, connection);
		return to >= from ? found >= from && found <= to : found < to || found > from;
	};
}

export const connbytes: MatchExtension<ConnBytes> = {
	name: 'connbytes',
	families: ['ip', 'ip6'],
	summary: 'bytes or packets that the connection has carried so far',
	conntrack: true,
	options: [
		{
			name: 'connbytes',
			id: 'range',
			type: 'uint64-range',
			mandatory: true,
			invert: true,
			help: 'from:to; no end means no limit'
		},
		{ name: 'connbytes-dir', id: 'direction', type: 'string', mandatory: true, help: 'original, reply or both' },
		{
			name: 'connbytes-mode',
			id: 'mode',
			type: 'string',
			mandatory: true,
			help: 'packets, bytes or avgpkt (bytes a packet)'
		}
	],
	init: () => ({ from: 0n, to: 0n, mode: 'packets', direction: 'original' }),
	parse(draft, { id, argument, bigRange, invert }) {
		if (id === 'range') {
			const [from, last] = bigRange;
			const to = argument.includes(':') ? last : UINT64_MAX;
			if (to < from) throw new OptionError(`${from} should be less than ${to}`);
			draft.from = invert ? to : from;
			draft.to = invert ? from : to;
		} else if (id === 'direction') {
			const direction = DIRECTIONS.find((name) => name === argument);
			if (!direction) throw new OptionError(`Unknown --connbytes-dir \`${argument}'`);
			draft.direction = direction;
		} else {
			const mode = MODES.find((name) => name === argument);
			if (!mode) throw new OptionError(`Unknown --connbytes-mode \`${argument}'`);
			draft.mode = mode;
		}
	},
	list: (data) => dump(data, ['connbytes', 'connbytes mode', 'connbytes direction']),
	save: (data) => dump(data, ['--connbytes', '--connbytes-mode', '--connbytes-dir']),
	check(_data, { services }) {
		if (services.setting(ACCOUNTING) === 0) services.changeSetting(ACCOUNTING, '1');
		return null;
	},
	compile,
	explain(data, { connection }, matched) {
		if (connection === null) return 'the packet belongs to no connection';
		if (!connection.accounted) return `the connection began before ${ACCOUNTING} was on`;
		const words = dump(data, ['', '', '']).trim().split(' ')[0];
		return `the connection has ${amount(data, connection)} (${data.mode}, ${data.direction}), ${matched ? 'within' : 'not within'} ${words}`;
	}
};
