/**
 * cgroup: the control group of the process that sent the packet.
 *
 * Not simulated: control groups; every process is in the root group, with class 0.
 */
import type { MatchExtension, Place } from '../extension';
import { cutBytes, quoted } from '../text';
import { checkPlace } from './place';

interface Cgroup {
	path: string | null;
	invertPath: boolean;
	classId: number | null;
	invertClassId: boolean;
}

const PATH_MAXIMUM = 511;

function check({ path, classId }: Cgroup, place: Place): string | null {
	if ((path === null) === (classId === null)) return 'EINVAL';
	if (path !== null && path !== '/' && path !== '') return 'EINVAL';
	return checkPlace(place, { hooks: ['INPUT', 'OUTPUT', 'POSTROUTING'] });
}

export const cgroup: MatchExtension<Cgroup> = {
	name: 'cgroup',
	families: ['ip', 'ip6'],
	summary: 'control group of the process that sent the packet',
	notSimulated: 'Every process is in the root group, with class 0.',
	options: [
		{ name: 'path', id: 'path', type: 'string', invert: true, help: 'the group or one above it' },
		{ name: 'cgroup', id: 'class', type: 'uint32', invert: true, help: 'the class of net_cls' }
	],
	init: () => ({ path: null, invertPath: false, classId: null, invertClassId: false }),
	parse(draft, { id, argument, number, invert }) {
		if (id === 'path') {
			draft.path = cutBytes(argument, PATH_MAXIMUM);
			draft.invertPath = invert;
		} else {
			draft.classId = number;
			draft.invertClassId = invert;
		}
	},
	list({ path, invertPath, classId, invertClassId }) {
		const group = path === null ? '' : ` ${invertPath ? '! ' : ''}${path}`;
		return ` cgroup${group}${classId === null ? '' : ` ${invertClassId ? '! ' : ''}${classId}`}`;
	},
	save({ path, invertPath, classId, invertClassId }) {
		const group = path === null ? '' : `${invertPath ? ' !' : ''} --path ${quoted(path)}`;
		return group + (classId === null ? '' : `${invertClassId ? ' !' : ''} --cgroup ${classId}`);
	},
	check,
	compile:
		({ path, invertPath, classId, invertClassId }) =>
		(skb) => {
			if (skb.uid < 0) return false;
			return path === null ? (classId === 0) !== invertClassId : !invertPath;
		},
	explain: (_data, skb) =>
		skb.uid < 0 ? 'no process of this host sent the packet' : 'its process is in the root group, with class 0'
};
