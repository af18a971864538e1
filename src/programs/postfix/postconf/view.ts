/** What postconf shows of main.cf and master.cf: look-up, expansion, lists of parameters, services and fields. */
import type { Sys } from '#kernel/syscalls';
import { uname, getpid } from '../../libc/unistd';
import { Fatal, type Messages } from '../errors';
import { expand } from '../expand';
import { splitNameValue, type MainCf } from '../main-cf';
import { FIELD_NAMES, type MasterCf, type MasterService } from '../master-cf';
import { networksOf, ownAddresses } from '../mynetworks';
import { Names, settingsOf, type NameClass } from './names';
import { printField, printLine, printService } from './print';

export interface Mode {
	readonly defaults: boolean;
	readonly nonDefault: boolean;
	readonly expand: boolean;
	readonly fold: boolean;
	readonly hideName: boolean;
	readonly hideValue: boolean;
}

export class View {
	readonly names: Names;
	readonly #settings: Map<string, string>;
	readonly #host = new Map<string, string>();
	#warnings: string[] = [];

	constructor(
		readonly directory: string,
		main: MainCf | null,
		master: MasterCf,
		overrides: readonly string[],
		readonly mode: Mode,
		readonly messages: Messages
	) {
		this.names = new Names(directory, master);
		this.#settings = main ? settingsOf(main) : new Map();
		for (const override of overrides) {
			const pair = splitNameValue(override);
			if (typeof pair === 'string') throw new Fatal(`invalid parameter override: ${override}: ${pair}`);
			this.#settings.set(pair.name, pair.value);
		}
	}

	/** `-c` shows as a setting. */
	setDirectory(): void {
		if (!this.#settings.has('config_directory')) this.#settings.set('config_directory', this.directory);
	}

	*flush(): Sys<void> {
		const texts = this.#warnings;
		this.#warnings = [];
		for (const text of texts) yield* this.messages.warn(text);
	}

	/** Finds out the defaults that depend on the host, each only when main.cf does not set it. */
	*learnHost(programName: string): Sys<void> {
		const { nodename } = yield* uname();
		this.#host.set('process_name', programName);
		this.#host.set('process_id', String(yield* getpid()));
		this.#host.set('config_directory', this.directory);
		this.#host.set('service_name', '');
		const domain = this.#settings.get('mydomain');
		const hostname = nodename.includes('.')
			? nodename
			: `${nodename}.${domain === undefined ? 'localdomain' : this.expandText(domain)}`;
		this.#host.set('myhostname', hostname);
		const own = this.#settings.get('myhostname');
		const name = own === undefined ? hostname : this.expandText(own);
		const dot = name.indexOf('.');
		this.#host.set('mydomain', dot < 0 ? 'localdomain' : name.slice(dot + 1));
	}

	/** The default of mynetworks: read from the interfaces only when something asks for it. */
	*learnNetworks(): Sys<void> {
		if (this.#host.has('mynetworks')) return;
		const value = (name: string): string => {
			const set = this.mode.defaults ? undefined : this.#settings.get(name);
			return this.expandText(set ?? this.defaultOf(name) ?? '');
		};
		const style = value('mynetworks_style');
		const own = yield* ownAddresses(value('inet_interfaces'), value('inet_protocols'));
		this.#host.set('mynetworks', networksOf(style, own));
	}

	defaultOf(name: string): string | undefined {
		return this.#host.get(name) ?? this.names.defaultOf(name);
	}

	/** @param scope a service whose own settings come first */
	lookup(name: string, nonDefault: boolean, scope?: MasterService): string | undefined {
		if (this.mode.defaults) return this.defaultOf(name);
		if (scope && name === 'process_name') return scope.command.replace(/^.*\//, '');
		if (scope && name === 'service_name') return scope.name;
		const local = scope?.overrides.findLast((row) => row.name === name)?.value;
		return local ?? this.#settings.get(name) ?? (nonDefault ? undefined : this.defaultOf(name));
	}

	/** Throws `Fatal`; the warnings of the expansion go with it. */
	expandText(text: string, scope?: MasterService): string {
		const warnings: string[] = [];
		const result = expand(text, {
			lookup: (name) => this.lookup(name, false, scope),
			warn: (what) => warnings.push(what)
		});
		if (result.error) throw new Fatal('macro processing error', 1, warnings);
		return result.text;
	}

	*registerUser(): Sys<void> {
		if (!this.#settings.has('mynetworks')) yield* this.learnNetworks();
		this.names.registerUser(
			this.#settings,
			(name) => this.defaultOf(name) ?? '',
			(value) => this.expandText(value),
			(text) => this.#warnings.push(text)
		);
		yield* this.flush();
	}

	*parameters(requested: readonly string[], classes: ReadonlySet<NameClass>): Sys<string> {
		let out = '';
		if (requested.length === 0) {
			const sorted = [...this.names.classes].filter(([, kind]) => classes.has(kind)).map(([name]) => name);
			for (const name of sorted.sort((a, b) => (a < b ? -1 : 1))) out += yield* this.#parameter(name);
			return out;
		}
		for (const name of requested) {
			if (this.names.classes.has(name)) out += yield* this.#parameter(name);
			else yield* this.messages.warn(`${name}: unknown parameter`);
		}
		return out;
	}

	*#parameter(name: string): Sys<string> {
		const { mode } = this;
		if (mode.defaults || !this.#settings.has('mynetworks')) yield* this.learnNetworks();
		let value = this.lookup(name, mode.nonDefault);
		if (value === undefined) return '';
		if (mode.hideValue) return printLine(name, mode.fold);
		if (mode.expand && !this.names.isRaw(name)) value = this.expandText(value);
		return printLine(mode.hideName ? value : `${name} = ${value}`, mode.fold);
	}

	*unused(): Sys<void> {
		for (const { name, value } of this.names.unusedInMain(this.#settings))
			yield* this.messages.warn(`${this.directory}/main.cf: unused parameter: ${name}=${value}`);
		yield* this.unusedInMaster();
	}

	*unusedInMaster(): Sys<void> {
		for (const { name, value } of this.names.unusedInMaster())
			yield* this.messages.warn(`${this.directory}/master.cf: unused parameter: ${name}=${value}`);
	}

	/* ---- master.cf ------------------------------------------------------------------------------------------------ */

	/** Calls `show` for each service that a pattern names, or for all; warns of patterns that name none. */
	*#services(
		requested: readonly string[],
		most: number,
		usage: string,
		show: (service: MasterService, pattern: readonly string[]) => string | null
	): Sys<string> {
		const patterns = requested.map((text) => {
			const pattern = servicePattern(text, 1, most);
			if (!pattern) throw new Fatal(usage);
			return { text, pattern, hits: 0 };
		});
		for (const { pattern } of patterns) if (most === 3 && usage.startsWith('-F')) fieldNumber(pattern[2]!);
		let out = '';
		for (const service of this.names.master.services) {
			if (patterns.length === 0) out += show(service, ['*', '*', '*']) ?? '';
			for (const request of patterns) {
				if (!matchesService(request.pattern, service)) continue;
				const text = show(service, request.pattern);
				if (text === null) continue;
				request.hits++;
				out += text;
			}
		}
		for (const { text, hits } of patterns) if (hits === 0) yield* this.messages.warn(`unmatched request: "${text}"`);
		return out;
	}

	*services(requested: readonly string[]): Sys<string> {
		return yield* this.#services(requested, 2, '-M option requires service_name[/type]', (service) =>
			printService(service.words, this.mode.fold, this.#expander(service))
		);
	}

	*fields(requested: readonly string[]): Sys<string> {
		return yield* this.#services(requested, 3, '-F option requires service_name[/type[/field]]', (service, pattern) => {
			const number = fieldNumber(pattern[2]!);
			const fields = number < 0 ? FIELD_NAMES.map((_, index) => index) : [number];
			return fields.map((field) => printField(service.words, field, this.mode, this.#expander(service))).join('');
		});
	}

	*serviceParameters(requested: readonly string[]): Sys<string> {
		return yield* this.#services(
			requested,
			3,
			'-P option requires service_name[/type[/parameter]]',
			(service, pattern) => {
				const values = new Map(service.overrides.map((row) => [row.name, row.value]));
				if (values.size === 0) return null;
				const wanted = pattern[2] === '*' ? [...values.keys()].sort((a, b) => (a < b ? -1 : 1)) : [pattern[2]!];
				if (!values.has(wanted[0]!)) return null;
				return wanted.map((name) => this.#serviceParameter(service, name, values.get(name)!)).join('');
			}
		);
	}

	#serviceParameter(service: MasterService, name: string, value: string): string {
		const { mode } = this;
		const place = `${service.name}/${service.type}/${name}`;
		if (mode.hideValue) return printLine(place, mode.fold);
		const text = mode.expand ? this.expandText(value, service) : value;
		return printLine(mode.hideName ? text : `${place} = ${text}`, mode.fold);
	}

	#expander(service: MasterService): (value: string) => string {
		return this.mode.expand ? (value) => this.expandText(value, service) : (value) => value;
	}
}

/** "smtp/inet" as its parts, missing ones `*`; undefined for what is no pattern. */
export function servicePattern(text: string, least: number, most: number): string[] | undefined {
	if (text.startsWith('/')) return undefined;
	const parts = text.split('/').filter((part) => part !== '');
	if (parts.length < least || parts.length > most) return undefined;
	if (parts.some((part) => part !== '*' && part.includes('*'))) return undefined;
	while (parts.length < most) parts.push('*');
	return parts;
}

export function matchesService(
	pattern: readonly string[],
	service: { readonly name: string; readonly type: string }
): boolean {
	return (pattern[0] === '*' || pattern[0] === service.name) && (pattern[1] === '*' || pattern[1] === service.type);
}

/** -1 for `*` */
export function fieldNumber(name: string): number {
	if (name === '*') return -1;
	const index = FIELD_NAMES.findIndex((field) => field === name);
	if (index < 0) throw new Fatal(`invalid service attribute name: "${name}"`);
	return index;
}
