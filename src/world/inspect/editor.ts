/**
 * What the editor asks: marks, completion and hover for a configuration file, from the parsers that its daemon uses. One
 * row a file; any other file may be a table that main.cf names, or is plain text.
 */
import { Errno } from '#kernel/syscalls';
import { completeZone, diagnoseZone, hoverZone, type ReadFile } from '#programs/bind/editor';
import { completeNamedConf, diagnoseNamedConf, hoverNamedConf } from '#programs/bind/editor-conf';
import { completeRules, diagnoseRules, hoverRules, type Surroundings } from '#programs/firewall/editor';
import { completeResolverFile, diagnoseResolverFile, hoverResolverFile } from '#programs/libc/editor';
import { completeInetdConf, diagnoseInetdConf, hoverInetdConf } from '#programs/inetd/editor';
import { completeAccess, diagnoseAccess, hoverAccess, type Surroundings as Host } from '#programs/libwrap/editor';
import { completeMainCf, diagnoseMainCf, hoverMainCf } from '#programs/postfix/editor/main-cf';
import { completeMasterCf, diagnoseMasterCf, hoverMasterCf } from '#programs/postfix/editor/master-cf';
import { completeTable, diagnoseTable, hoverTable, tableUse, type TableUse } from '#programs/postfix/editor/tables';
import { completeXinetdConf, diagnoseXinetdConf, hoverXinetdConf } from '#programs/xinetd/editor';
import type { Completion, Diagnostic, Hover } from '../door';
import type { World } from '../world';

/** Where a file lies: some parsers look at the rest of the host. */
interface Place {
	readonly world: World;
	readonly host: string;
	readonly path: string;
}

interface Language {
	readonly path: RegExp;
	diagnose(text: string, place: Place): readonly Diagnostic[];
	complete(text: string, line: number, column: number, place: Place): readonly Completion[];
	hover(text: string, line: number, column: number, place: Place): Hover | null;
}

const LANGUAGES: readonly Language[] = [
	{ path: /^\/etc\/postfix\/main\.cf$/, diagnose: diagnoseMainCf, complete: completeMainCf, hover: hoverMainCf },
	{
		path: /^\/etc\/postfix\/master\.cf$/,
		diagnose: diagnoseMasterCf,
		complete: completeMasterCf,
		hover: hoverMasterCf
	},
	{
		path: /\/xinetd\.conf$|^\/etc\/xinetd\.d\/[^/]+$/,
		diagnose: (text, place) => diagnoseXinetdConf(text, place.path, hostOf(place)),
		complete: (text, line, column, place) => completeXinetdConf(text, line, column, hostOf(place)),
		hover: (text, line, column) => hoverXinetdConf(text, line, column)
	},
	{
		path: /\.rules$|\/rules\.v[46]$/,
		diagnose: (text, place) => diagnoseRules(text, around(place)),
		complete: (text, line, column, place) => completeRules(text, line, column, around(place)),
		hover: (text, line, column, place) => hoverRules(text, line, column, around(place))
	},
	{
		path: /\/named\.conf[^/]*$/,
		diagnose: (text, place) => diagnoseNamedConf(text, place.path, reader(place)),
		complete: completeNamedConf,
		hover: hoverNamedConf
	},
	{
		path: /\/db\.[^/]*$|\.zone$|^\/etc\/bind\/.*(?<!\.conf|\.key|\.keys)$|^\/var\/(?:lib|cache)\/bind\//,
		diagnose: (text, place) => diagnoseZone(text, place.path, reader(place)),
		complete: (text, line, column, place) => completeZone(text, line, column, place.path, reader(place)),
		hover: (text, line, column, place) => hoverZone(text, line, column, place.path, reader(place))
	},
	{
		path: /^\/etc\/(?:hosts|resolv\.conf|nsswitch\.conf)$/,
		diagnose: (text, { path }) => diagnoseResolverFile(text, path),
		complete: (text, line, column, { path }) => completeResolverFile(text, line, column, path),
		hover: (text, line, column, { path }) => hoverResolverFile(text, line, column, path)
	},
	{
		path: /^\/etc\/hosts\.(?:allow|deny)$/,
		diagnose: (text, place) => diagnoseAccess(text, place.path, hostOf(place)),
		complete: (text, line, column, place) => completeAccess(text, line, column, hostOf(place)),
		hover: (text, line, column, place) => hoverAccess(text, line, column, hostOf(place))
	},
	{
		path: /\/inetd\.conf$/,
		diagnose: (text, place) => diagnoseInetdConf(text, place.path, hostOf(place)),
		complete: (text, line, column, place) => completeInetdConf(text, line, column, hostOf(place)),
		hover: (text, line, column, place) => hoverInetdConf(text, line, column, hostOf(place))
	}
];

function reader({ world, host }: Place): ReadFile {
	const { disk } = world.host(host);
	return (file) => (disk.exists(file) ? disk.readText(file) : undefined);
}

/** Any other file may be a table of Postfix: main.cf says so. */
const TABLE: Language = {
	path: /./,
	diagnose: (text, place) => withUse(place, (use) => diagnoseTable(text, place.path, use)) ?? [],
	complete: (text, line, column, place) => withUse(place, (use) => completeTable(text, line, column, use)) ?? [],
	hover: (text, line, column, place) => withUse(place, (use) => hoverTable(text, line, column, use)) ?? null
};

function withUse<T>({ world, host, path }: Place, then: (use: TableUse) => T): T | undefined {
	const { disk } = world.host(host);
	const main = '/etc/postfix/main.cf';
	const use = disk.exists(main) ? tableUse(path, disk.readText(main)) : null;
	return use ? then(use) : undefined;
}

/** The host of a file, for parsers that ask after others; what cannot be read is not there. */
function hostOf({ world, host }: Place): Host {
	const { disk } = world.host(host);
	const attempt = <T>(read: () => T): T | undefined => {
		try {
			return read();
		} catch (thrown) {
			if (thrown instanceof Errno) return undefined;
			throw thrown;
		}
	};
	return {
		read: (path) => attempt(() => disk.readText(path)),
		stat: (path) => attempt(() => disk.stat(path)),
		list: (path) => attempt(() => disk.readdir(path).map(({ name }) => name)) ?? []
	};
}

function around({ world, host, path }: Place): Surroundings {
	const { disk, firewall, net } = world.host(host);
	return {
		family: /6[^/]*$/.test(path) ? 'ip6' : 'ip',
		read: (file) => (disk.exists(file) ? disk.readText(file) : undefined),
		services: firewall.services,
		interfaces: net.links().map(({ name }) => name)
	};
}

function languageOf(path: string): Language {
	return LANGUAGES.find((language) => language.path.test(path)) ?? TABLE;
}

export function diagnose(world: World, host: string, path: string, text: string): readonly Diagnostic[] {
	return languageOf(path).diagnose(text, { world, host, path });
}

export function complete(
	world: World,
	host: string,
	path: string,
	text: string,
	line: number,
	column: number
): readonly Completion[] {
	return languageOf(path).complete(text, line, column, { world, host, path });
}

export function hover(
	world: World,
	host: string,
	path: string,
	text: string,
	line: number,
	column: number
): Hover | null {
	return languageOf(path).hover(text, line, column, { world, host, path });
}
