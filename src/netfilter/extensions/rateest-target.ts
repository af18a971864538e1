/**
 * RATEEST: counts packets into a rate estimator, which `-m rateest` asks by name.
 */
import { OptionError, VERDICT, type Place, type TargetExtension } from '../extension';
import { cutBytes } from '../text';
import { Estimator, estimators } from './estimator';

interface Rateest {
	name: string;
	/** microseconds as typed, until `finish` turns them into logarithms */
	interval: number;
	average: number;
	intervalLog: number;
	averageLog: number;
}

const SECOND = 1_000_000;
const NAME_MAXIMUM = 15;
const UNITS: Readonly<Record<string, number>> = {
	'': 1,
	s: SECOND,
	sec: SECOND,
	secs: SECOND,
	ms: 1000,
	msec: 1000,
	msecs: 1000,
	us: 1,
	usec: 1,
	usecs: 1
};

/** undefined for no time */
function parseTime(text: string): number | undefined {
	const found = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(.*)$/i.exec(text);
	const unit = UNITS[found?.[2]?.toLowerCase() ?? '?'];
	return unit === undefined ? undefined : Math.trunc(Number(found![1]) * unit) >>> 0;
}

function timeText(time: number): string {
	if (time >= SECOND) return `${(time / SECOND).toFixed(1)}s`;
	return time >= 1000 ? `${(time / 1000).toFixed(1)}ms` : `${time}us`;
}

function text(data: Rateest, dashes: string): string {
	const interval = (SECOND / 4) * 2 ** data.intervalLog;
	const average = interval * 2 ** data.averageLog;
	return ` ${dashes}name ${data.name} ${dashes}interval ${timeText(interval)} ${dashes}ewmalog ${timeText(average)}`;
}

function finish(draft: Rateest): void {
	let intervalLog = 0;
	while (intervalLog <= 5 && draft.interval > 2 ** intervalLog * (SECOND / 4)) intervalLog++;
	if (intervalLog > 5) throw new OptionError('RATEEST: interval value is too large');
	let averageLog = 1;
	while (averageLog < 32 && draft.interval / -Math.log(1 - 1 / 2 ** averageLog) <= draft.average) averageLog++;
	averageLog--;
	if (averageLog === 0 || averageLog >= 31) throw new OptionError('RATEEST: ewmalog value is out of range');
	draft.intervalLog = intervalLog;
	draft.averageLog = averageLog;
	draft.interval = draft.average = 0;
}

/** A second rule may feed the same estimator if it asks for the same. */
function check({ name, intervalLog, averageLog }: Rateest, { services }: Place): string | null {
	const known = estimators(services).get(name);
	if (!known) {
		estimators(services).set(name, new Estimator({ intervalLog, averageLog }, services.now()));
		return null;
	}
	const { parameters } = known;
	return parameters.intervalLog === intervalLog && parameters.averageLog === averageLog ? null : 'EINVAL';
}

export const rateestTarget: TargetExtension<Rateest> = {
	name: 'RATEEST',
	families: ['ip', 'ip6'],
	summary: 'counts packets into a rate that the rateest match asks for',
	options: [
		{ name: 'rateest-name', id: 'name', type: 'string', mandatory: true, help: 'name of the estimator' },
		{ name: 'rateest-interval', id: 'interval', type: 'string', mandatory: true, help: 'how often to measure: 250ms' },
		{ name: 'rateest-ewmalog', id: 'average', type: 'string', mandatory: true, help: 'time to average over: 2s' }
	],
	init: () => ({ name: '', interval: 0, average: 0, intervalLog: 0, averageLog: 0 }),
	parse(draft, option) {
		if (option.id === 'name') {
			draft.name = cutBytes(option.argument, NAME_MAXIMUM);
			return;
		}
		const time = parseTime(option.argument);
		const what = option.id === 'interval' ? 'interval' : 'ewmalog';
		if (time === undefined) throw new OptionError(`RATEEST: bad ${what} value "${option.argument}"`);
		draft[option.id as 'interval' | 'average'] = time;
	},
	finish,
	list: (data) => text(data, ''),
	save: (data) => text(data, '--rateest-'),
	check,
	compile(data, services) {
		const estimator = estimators(services).get(data.name);
		return (skb) => {
			estimator?.count(skb.length, services.now());
			return VERDICT.continue;
		};
	},
	explain: ({ name }) => `counts the packet into the rate "${name}"`
};
