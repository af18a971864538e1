/**
 * Where hosts and wires stand on the network's picture. A lesson fixes the places (units of a 100 × 60 plane); this turns
 * them into pixels for a pane, and says along which line a packet travels.
 */
import type { HostView, LinkView } from '#world/door';

export interface Point {
	readonly x: number;
	readonly y: number;
}

export interface Wire {
	readonly link: LinkView;
	/** SVG path */
	readonly path: string;
	/** the way from a host of the link to the point where its wires meet */
	readonly legs: ReadonlyMap<string, readonly Point[]>;
	/** where a label of the link stands */
	readonly middle: Point;
	/** a small mark where three or more wires meet without a router there */
	readonly knot: Point | null;
}

export interface Zone {
	readonly link: LinkView;
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export interface Picture {
	readonly width: number;
	readonly height: number;
	readonly nodes: ReadonlyMap<string, Point>;
	readonly wires: readonly Wire[];
	readonly zones: readonly Zone[];
	readonly size: NodeSize;
	/** half of a host's node, pixels */
	readonly half: Point;
}

/** A host's node shows icon, name and address; name and address; or its name only. */
export type NodeSize = 'full' | 'medium' | 'compact';

const HALVES: readonly { readonly size: NodeSize; readonly half: Point }[] = [
	{ size: 'full', half: { x: 78, y: 24 } },
	{ size: 'medium', half: { x: 62, y: 23 } },
	{ size: 'compact', half: { x: 50, y: 15 } }
];
/** on a narrow screen: no icon, tall enough for a finger */
const TOUCH: { size: NodeSize; half: Point } = { size: 'compact', half: { x: 46, y: 22 } };
const NARROW = 460;
/** half of a router's node */
const SMALL = { x: 36, y: 24 };
const EDGE = 10;
const PLANE = { x: 100, y: 60 };

export const isSmall = (host: HostView): boolean => host.kind === 'router' || host.kind === 'internet';

/**
 * @param width, height of the pane in pixels; the picture is larger when its nodes would cover each other
 * @param scale of the page's letters, and so of the nodes: 1 where a rem is 16 pixels
 */
export function layOut(
	hosts: readonly HostView[],
	links: readonly LinkView[],
	width: number,
	height: number,
	scale = 1
): Picture {
	const halves = HALVES.map(({ size, half }) => ({ size, half: { x: half.x * scale, y: half.y * scale } }));
	let [w, h] = [width, height];
	const { size, half } =
		width < NARROW
			? TOUCH
			: (halves.find((each) => !collides(hosts, place(hosts, w, h, each.half), each.half)) ?? halves.at(-1)!);
	let nodes = place(hosts, w, h, half);
	for (let i = 0; i < 8 && collides(hosts, nodes, half); i++) {
		w *= 1.15;
		h *= 1.15;
		nodes = place(hosts, w, h, half);
	}
	const wires = links.map((link) => wire(link, hosts, nodes)).filter((each) => each !== null);
	return { width: w, height: h, nodes, wires, zones: zones(links, hosts, nodes, half), size, half };
}

function place(hosts: readonly HostView[], width: number, height: number, half: Point): Map<string, Point> {
	// the plane's used part fills the pane
	const xs = hosts.map((host) => host.at[0]);
	const ys = hosts.map((host) => host.at[1]);
	const [left, right] = [Math.min(...xs, PLANE.x / 2), Math.max(...xs, PLANE.x / 2)];
	const [top, bottom] = [Math.min(...ys, PLANE.y / 2), Math.max(...ys, PLANE.y / 2)];
	const scale = (value: number, from: number, to: number, size: number, margin: number): number =>
		to === from ? size / 2 : margin + ((value - from) / (to - from)) * Math.max(0, size - 2 * margin);
	return new Map(
		hosts.map((host) => [
			host.name,
			{
				x: scale(host.at[0], left, right, width, half.x + EDGE),
				y: scale(host.at[1], top, bottom, height, half.y + EDGE + 8)
			}
		])
	);
}

function collides(hosts: readonly HostView[], nodes: ReadonlyMap<string, Point>, half: Point): boolean {
	const size = (host: HostView): Point => (isSmall(host) ? { x: SMALL.x, y: half.y } : half);
	return hosts.some((a, i) =>
		hosts.slice(i + 1).some((b) => {
			const [p, q] = [nodes.get(a.name)!, nodes.get(b.name)!];
			return Math.abs(p.x - q.x) < size(a).x + size(b).x + 4 && Math.abs(p.y - q.y) < size(a).y + size(b).y + 6;
		})
	);
}

/** A link of two is a line. One of more has a trunk through the router that is on it, or through the middle. */
function wire(link: LinkView, hosts: readonly HostView[], nodes: ReadonlyMap<string, Point>): Wire | null {
	const members = link.hosts.filter((name) => nodes.has(name));
	const points = members.map((name) => nodes.get(name)!);
	if (points.length < 2) return null;
	const kinds = new Map(hosts.map((host) => [host.name, host.kind]));
	if (points.length === 2) {
		const middle = { x: (points[0]!.x + points[1]!.x) / 2, y: (points[0]!.y + points[1]!.y) / 2 };
		return {
			link,
			path: line([points[0]!, points[1]!]),
			legs: new Map(members.map((name, i) => [name, [points[i]!, middle]])),
			middle,
			knot: null
		};
	}
	const hubs = members.filter((name) => kinds.get(name) === 'internet' || kinds.get(name) === 'router');
	const hub = hubs.length === 1 ? nodes.get(hubs[0]!)! : null;
	const mean = {
		x: points.reduce((sum, p) => sum + p.x, 0) / points.length,
		y: points.reduce((sum, p) => sum + p.y, 0) / points.length
	};
	const spread = {
		x: Math.max(...points.map((p) => p.x)) - Math.min(...points.map((p) => p.x)),
		y: Math.max(...points.map((p) => p.y)) - Math.min(...points.map((p) => p.y))
	};
	if (spread.x > 260 && spread.y > 160) {
		// all around: a star
		const knot = hub ?? mean;
		return {
			link,
			path: points.map((point) => line([point, knot])).join(''),
			legs: new Map(members.map((name, i) => [name, [points[i]!, knot]])),
			middle: knot,
			knot: hub ? null : knot
		};
	}
	// the trunk follows the routers when there are two, else the longer side
	const ends = hubs.length === 2 ? hubs.map((name) => nodes.get(name)!) : null;
	const upright = ends ? Math.abs(ends[0]!.y - ends[1]!.y) > Math.abs(ends[0]!.x - ends[1]!.x) : spread.y >= spread.x;
	const rest = ends ?? points.filter((_, i) => !hubs.includes(members[i]!));
	const trunk = upright
		? rest.reduce((sum, p) => sum + p.x, 0) / rest.length
		: rest.reduce((sum, p) => sum + p.y, 0) / rest.length;
	const meet = hub ?? mean;
	const middle = upright ? { x: trunk, y: meet.y } : { x: meet.x, y: trunk };
	const legs = new Map(
		members.map((name, i) => [
			name,
			[points[i]!, upright ? { x: trunk, y: points[i]!.y } : { x: points[i]!.x, y: trunk }, middle]
		])
	);
	return { link, path: [...legs.values()].map(line).join(''), legs, middle, knot: null };
}

const line = (points: readonly Point[]): string =>
	'M' + points.map((p) => `${Math.round(p.x * 10) / 10} ${Math.round(p.y * 10) / 10}`).join('L');

/** A frame around a local wire, when nothing foreign stands in it. */
function zones(
	links: readonly LinkView[],
	hosts: readonly HostView[],
	nodes: ReadonlyMap<string, Point>,
	half: Point
): Zone[] {
	const result: Zone[] = [];
	for (const link of links) {
		const inside = hosts.filter((host) => link.hosts.includes(host.name) && !isSmall(host));
		if (link.hosts.length < 3 || inside.length < 2) continue;
		const points = inside.map((host) => nodes.get(host.name)!);
		const pad = { x: half.x + 8, y: half.y + 10 };
		const x = Math.min(...points.map((p) => p.x)) - pad.x;
		const y = Math.min(...points.map((p) => p.y)) - pad.y;
		const zone = {
			link,
			x,
			y,
			width: Math.max(...points.map((p) => p.x)) + pad.x - x,
			height: Math.max(...points.map((p) => p.y)) + pad.y + 14 - y
		};
		const foreign = hosts.some((host) => {
			const p = nodes.get(host.name)!;
			const covers = p.x > zone.x - 20 && p.x < zone.x + zone.width - 20 && p.y > zone.y && p.y < zone.y + zone.height;
			return covers && !link.hosts.includes(host.name);
		});
		if (!foreign) result.push(zone);
	}
	return result;
}

/** The way of a frame, as a line of points; null when one end is not on the picture. */
export function route(wire: Wire | undefined, from: string, to: string): readonly Point[] | null {
	const start = wire?.legs.get(from);
	if (!wire || !start) return null;
	const end = to === '*' ? undefined : wire.legs.get(to);
	return end ? [...start, ...[...end].reverse()] : start;
}

/** The point at `part` (0 … 1) of the way. */
export function along(way: readonly Point[], part: number): Point {
	const lengths = way.slice(1).map((point, i) => Math.hypot(point.x - way[i]!.x, point.y - way[i]!.y));
	let left = lengths.reduce((sum, each) => sum + each, 0) * Math.min(1, Math.max(0, part));
	for (let i = 0; i < lengths.length; i++) {
		const length = lengths[i]!;
		if (left <= length && length > 0) {
			const [a, b] = [way[i]!, way[i + 1]!];
			return { x: a.x + ((b.x - a.x) * left) / length, y: a.y + ((b.y - a.y) * left) / length };
		}
		left -= length;
	}
	return way.at(-1) ?? { x: 0, y: 0 };
}

/** The nearest node in the direction of an arrow key. */
export function neighbour(nodes: ReadonlyMap<string, Point>, from: string, key: string): string | null {
	const here = nodes.get(from);
	const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
	if (!here || !direction) return null;
	let best: string | null = null;
	let least = Infinity;
	for (const [name, point] of nodes) {
		const [dx, dy] = [point.x - here.x, point.y - here.y];
		const ahead = dx * direction[0]! + dy * direction[1]!;
		const aside = Math.abs(dx * direction[1]!) + Math.abs(dy * direction[0]!);
		const cost = ahead + aside * 2;
		if (name !== from && ahead > 1 && cost < least) [best, least] = [name, cost];
	}
	return best;
}
