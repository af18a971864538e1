/**
 * owner: user and group of the process whose socket sent the packet (xt_owner). Only in OUTPUT and POSTROUTING: what comes in
 * has no sender here. Resets and ICMP errors come from a socket of the kernel's, which no user owns.
 *
 * Not simulated: --suppl-groups compares the first group only; a packet does not carry the others.
 */
import { OptionError, type CommandContext, type MatchExtension } from '../extension';
import { parseLeadingNumber } from '../number';
import type { Skb } from '../skb';
import { checkPlace } from './place';

interface Ids {
	readonly low: number;
	readonly high: number;
	readonly invert: boolean;
}

interface Owner {
	user: Ids | null;
	group: Ids | null;
	/** --socket-exists, and whether inverted */
	socket: { readonly invert: boolean } | null;
	supplementary: boolean;
}

/** one less than 32 bits hold: -1 stands for nobody */
const MOST = 0xfffffffe;

/** "1000", "1000-2000", "0:99". @throws OptionError */
function parseIds(text: string, option: string): readonly [number, number] {
	const bad = (value: string): OptionError => new OptionError(`owner: Bad value for "--${option}" option: "${value}"`);
	const low = parseLeadingNumber(text, 0, MOST);
	if (!low) throw bad(text);
	if (low[1] === '') return [low[0], low[0]];
	if (!/^[-:]/.test(low[1])) throw bad(text);
	const high = parseLeadingNumber(low[1].slice(1), 0, MOST);
	if (!high || high[1] !== '') throw bad(text);
	return [low[0], high[0]];
}

/** -L by name, and the rest by number */
function idText({ low, high }: Ids, nameOf: (id: number) => string | undefined): string {
	if (low !== high) return `${low}-${high}`;
	return nameOf(low) ?? String(low);
}

/** Each item with its sign, in the order of the real one. */
function dump(data: Owner, labels: readonly [string, string, string, string], context: CommandContext | null): string {
	const { user, group, socket, supplementary } = data;
	const sign = (one: { readonly invert: boolean }): string => (one.invert ? ' !' : '');
	const names = context && !context.numeric ? context.names : null;
	return (
		(socket ? `${sign(socket)} ${labels[0]}` : '') +
		(user ? `${sign(user)} ${labels[1]} ${idText(user, (id) => names?.userName(id))}` : '') +
		(group ? `${sign(group)} ${labels[2]} ${idText(group, (id) => names?.groupName(id))}` : '') +
		(supplementary ? ` ${labels[3]}` : '')
	);
}

const holds = ({ low, high, invert }: Ids, id: number): boolean => (id >= low && id <= high) !== invert;

function compile({ user, group, socket }: Owner): (skb: Skb) => boolean {
	// without an owner only what is inverted can match
	const nobody = [user, group].every((one) => one === null || one.invert);
	return (skb) => {
		// what came in by a card and is only passed on has no socket at all
		if (skb.uid < 0 && skb.frame !== null) return nobody && (socket === null || socket.invert);
		if (socket?.invert) return false;
		if (skb.uid < 0) return nobody;
		return (user === null || holds(user, skb.uid)) && (group === null || holds(group, skb.gid));
	};
}

function explain({ user, group }: Owner, skb: Skb): string {
	if (skb.uid < 0) return "no process's socket sent it";
	const words = (what: string, ids: Ids, id: number): string => {
		const inside = id >= ids.low && id <= ids.high;
		return `the sender's ${what} ${id} is ${inside ? '' : 'not '}${idText(ids, () => undefined)}${ids.invert ? ', which is excluded' : ''}`;
	};
	if (user && (!holds(user, skb.uid) || !group)) return words('user', user, skb.uid);
	if (group) return words('group', group, skb.gid);
	return "a process's socket sent it";
}

export const owner: MatchExtension<Owner> = {
	name: 'owner',
	families: ['ip', 'ip6'],
	summary: "user and group of the process that sends; only for the host's own packets",
	options: [
		{ name: 'uid-owner', id: 'user', type: 'string', invert: true, help: 'a name, a number or a range (0-499)' },
		{ name: 'gid-owner', id: 'group', type: 'string', invert: true, help: 'a name, a number or a range (0-499)' },
		{
			name: 'socket-exists',
			id: 'socket',
			type: 'none',
			invert: true,
			help: "a process's socket sent it, not the kernel itself"
		},
		{ name: 'suppl-groups', id: 'supplementary', type: 'none', help: "the sender's further groups count too" }
	],
	init: () => ({ user: null, group: null, socket: null, supplementary: false }),
	parse(draft, { id, name, argument, invert }, { names }) {
		switch (id) {
			case 'user':
			case 'group': {
				const known = id === 'user' ? names.userId(argument) : names.groupId(argument);
				const [low, high] = known === undefined ? parseIds(argument, name) : [known, known];
				draft[id] = { low, high, invert };
				break;
			}
			case 'socket':
				draft.socket = { invert };
				break;
			case 'supplementary':
				if (!draft.group)
					throw new OptionError('owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"');
				draft.supplementary = true;
		}
	},
	finish(_draft, seen) {
		if (seen.size === 0)
			throw new OptionError('owner: At least one of --uid-owner, --gid-owner or --socket-exists is required');
	},
	list: (data, context) =>
		dump(data, ['owner socket exists', 'owner UID match', 'owner GID match', 'incl. suppl. groups'], context),
	save: (data) => dump(data, ['--socket-exists', '--uid-owner', '--gid-owner', '--suppl-groups'], null),
	check({ user, group }, place) {
		if ([user, group].some((ids) => ids && ids.low > ids.high)) return 'EINVAL';
		return checkPlace(place, { hooks: ['OUTPUT', 'POSTROUTING'] });
	},
	compile,
	explain
};
