/**
 * SET: puts the packet's addresses or ports into a set (ipset), takes them out, or marks the packet by what the set says.
 */
import { OptionError, VERDICT, type Place, type TargetExtension } from '../extension';
import { ipSets } from '../ipset/sets';
import { parseNumber, UINT32_MAX } from '../number';
import { checkPlace } from './place';
import { parseSetUse, setUseText, type SetUse } from './ip-sets';

interface SetTarget {
	add: SetUse | null;
	del: SetUse | null;
	map: SetUse | null;
	exist: boolean;
	/** seconds; null for the set's own */
	timeout: number | null;
	mapMark: boolean;
	mapPriority: boolean;
	mapQueue: boolean;
}

function text(data: SetTarget, dashes: '' | '--'): string {
	let text = data.add ? ` ${dashes}add-set ${setUseText(data.add)}` : '';
	if (data.exist) text += ` ${dashes}exist`;
	if (data.timeout !== null) text += ` ${dashes}timeout ${data.timeout}`;
	if (data.del) text += ` ${dashes}del-set ${setUseText(data.del)}`;
	if (data.map) text += ` ${dashes}map-set ${setUseText(data.map)}`;
	if (data.mapMark) text += ` ${dashes}map-mark`;
	if (data.mapPriority) text += ` ${dashes}map-prio`;
	return data.mapQueue ? `${text} ${dashes}map-queue` : text;
}

const FLAGS = { exist: 'exist', 'map-mark': 'mapMark', 'map-prio': 'mapPriority', 'map-queue': 'mapQueue' } as const;
const SETS = { 'add-set': 'add', 'del-set': 'del', 'map-set': 'map' } as const;

function finish(draft: SetTarget): void {
	if (!draft.add && !draft.del && !draft.map)
		throw new OptionError("You must specify either `--add-set' or `--del-set' or `--map-set'");
	if (!draft.add && draft.exist) throw new OptionError("Flag `--exist' can be used with `--add-set' only");
	if (!draft.add && draft.timeout !== null)
		throw new OptionError("Option `--timeout' can be used with `--add-set' only");
	const maps = [
		[draft.mapMark, 'map-mark'],
		[draft.mapPriority, 'map-prio'],
		[draft.mapQueue, 'map-queue']
	] as const;
	for (const [given, name] of maps)
		if (given && !draft.map) throw new OptionError(`Flag \`--${name}' can be used with \`--map-set' only`);
	if (draft.map && !maps.some(([given]) => given))
		throw new OptionError("You must specify flags `--map-mark' or '--map-prio` or `--map-queue'");
}

function check(data: SetTarget, place: Place): string | null {
	const sets = ipSets(place.services);
	for (const use of [data.add, data.del, data.map]) if (use && !sets.find(use.name)) return 'ENOENT';
	if (!data.map) return null;
	const priority = data.mapPriority || data.mapQueue;
	return checkPlace(place, {
		tables: ['mangle'],
		...(priority ? { hooks: ['FORWARD', 'OUTPUT', 'POSTROUTING'] } : {})
	});
}

const many = { multiple: true, invert: true } as const;

export const setTarget: TargetExtension<SetTarget> = {
	name: 'SET',
	families: ['ip', 'ip6'],
	summary: "puts the packet's addresses or ports into a set, or takes them out",
	notSimulated: '--map-set finds nothing to take over: there are no hardware queues and traffic classes here.',
	options: [
		{ name: 'add-set', id: 'add-set', type: 'string', second: true, ...many, help: 'set and ends to put in: bad src' },
		{ name: 'del-set', id: 'del-set', type: 'string', second: true, ...many, help: 'set and ends to take out' },
		{ name: 'exist', id: 'exist', type: 'none', ...many, help: 'an entry that is there begins its time anew' },
		{ name: 'timeout', id: 'timeout', type: 'string', ...many, help: 'seconds that the entry stays' },
		{ name: 'map-set', id: 'map-set', type: 'string', second: true, ...many, help: 'set whose entries carry marks' },
		{ name: 'map-mark', id: 'map-mark', type: 'none', ...many, help: "takes the entry's mark" },
		{ name: 'map-prio', id: 'map-prio', type: 'none', ...many, help: "takes the entry's priority" },
		{ name: 'map-queue', id: 'map-queue', type: 'none', ...many, help: "takes the entry's hardware queue" }
	],
	init: () => ({
		add: null,
		del: null,
		map: null,
		exist: false,
		timeout: null,
		mapMark: false,
		mapPriority: false,
		mapQueue: false
	}),
	parse(draft, option, context) {
		const { id } = option;
		if (id === 'timeout') {
			const timeout = parseNumber(option.argument, 0, UINT32_MAX - 1);
			if (timeout === undefined)
				throw new OptionError(`Invalid value for option --timeout or out of range 0-${UINT32_MAX - 1}`);
			draft.timeout = timeout;
		} else if (id in FLAGS) draft[FLAGS[id as keyof typeof FLAGS]] = true;
		else {
			const field = SETS[id as keyof typeof SETS];
			if (draft[field]) throw new OptionError(`--${id} can be specified only once`);
			draft[field] = parseSetUse(option, context);
		}
	},
	finish,
	list: (data) => text(data, ''),
	save: (data) => text(data, '--'),
	check,
	compile(data, services) {
		const sets = ipSets(services);
		const { add, del, exist, timeout } = data;
		return (skb) => {
			if (add) sets.find(add.name)?.changeByPacket('add', skb, add.fromSource, exist, timeout);
			if (del) sets.find(del.name)?.changeByPacket('del', skb, del.fromSource, false, null);
			return VERDICT.continue;
		};
	},
	explain(data) {
		if (data.add) return `puts it into the set ${data.add.name}`;
		return data.del ? `takes it out of the set ${data.del.name}` : 'marks it by what the set says';
	}
};
