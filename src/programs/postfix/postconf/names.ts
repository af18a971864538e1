/**
 * Which parameter names are valid (postconf_builtin.c, postconf_service.c, postconf_user.c): built in, of a transport in
 * master.cf, or the user's own, which count when some value or `smtpd_restriction_classes` uses them. Also the warnings
 * "undefined parameter", "unused parameter", "read-only parameter assignment".
 *
 * Order: the real program walks hash tables, so the order of several warnings is random there; here it is the file's.
 */
import { scanNames } from '../expand';
import { splitItems, type MainCf } from '../main-cf';
import type { MasterCf, MasterService } from '../master-cf';
import { parameter, parameters, READ_ONLY, serviceParameters } from '../parameters';

export type NameClass = 'builtin' | 'service' | 'user' | 'legacy';

/** Names of former versions: accepted, not shown unless set. */
const LEGACY = [
	'virtual_maps',
	'fallback_relay',
	'authorized_verp_clients',
	'smtpd_client_connection_limit_exceptions',
	'postscreen_dnsbl_ttl',
	'postscreen_blacklist_action',
	'postscreen_dnsbl_whitelist_threshold',
	'postscreen_whitelist_interfaces',
	'lmtp_per_record_deadline',
	'smtp_per_record_deadline',
	'smtpd_per_record_deadline',
	'tlsproxy_client_level',
	'tlsproxy_client_policy'
];

export interface NameValue {
	readonly name: string;
	readonly value: string;
}

/** What main.cf or `-o` sets, by name. */
export type Settings = ReadonlyMap<string, string>;

export class Names {
	readonly classes = new Map<string, NameClass>();
	/** default texts of transports' parameters */
	readonly #service: Map<string, string>;
	/** names that `-o` of one service may set although they are not known elsewhere */
	readonly #local = new Map<MasterService, Set<string>>();

	constructor(
		readonly directory: string,
		readonly master: MasterCf
	) {
		for (const name of parameters().keys()) this.classes.set(name, 'builtin');
		for (const name of LEGACY) this.classes.set(name, 'legacy');
		this.#service = serviceParameters(master.services);
		for (const name of this.#service.keys()) this.classes.set(name, 'service');
	}

	/** Default text; undefined for a name that is not known. The host's own (`myhostname` …) are the caller's. */
	defaultOf(name: string): string | undefined {
		return this.#service.get(name) ?? parameter(name)?.default ?? (this.classes.has(name) ? '' : undefined);
	}

	isRaw(name: string): boolean {
		return parameter(name)?.type === 'raw';
	}

	/**
	 * Finds the user's own parameters.
	 * @param settings what main.cf sets; read-only ones are taken out
	 * @param defaultText with the host's own defaults
	 */
	registerUser(
		settings: Map<string, string>,
		defaultText: (name: string) => string,
		expandValue: (value: string) => string,
		warn: (text: string) => void
	): void {
		for (const service of this.master.services) {
			if (service.overrides.length === 0) continue;
			this.#local.set(service, new Set());
		}
		for (const service of this.#local.keys()) this.#scanService(service, settings, warn);
		for (const name of [...this.classes.keys()])
			if (!settings.has(name) && !this.isRaw(name)) this.#scan(defaultText(name), undefined, settings, warn);
		this.#scanMain(settings, expandValue, warn);
	}

	#scanMain(settings: Map<string, string>, expandValue: (value: string) => string, warn: (text: string) => void): void {
		const classes = settings.get('smtpd_restriction_classes');
		if (classes !== undefined)
			for (const item of splitItems(expandValue(classes))) this.#use(item.text, undefined, settings, warn);
		const known = [...settings].filter(([name]) => this.#isOwn(name));
		const others = [...settings].filter(([name]) => !this.#isOwn(name));
		for (const [name, value] of [...known, ...others]) {
			if (READ_ONLY.has(name) && name !== 'config_directory') {
				warn(`${this.directory}/main.cf: read-only parameter assignment: ${name}=${value}`);
				settings.delete(name);
				continue;
			}
			if (this.classes.get(name) === 'legacy') this.classes.set(name, 'user');
			if (this.isRaw(name)) continue;
			this.#scan(value, undefined, settings, warn);
			if (this.#isOwn(name)) expandValue(value);
		}
	}

	/** Values of these are expanded on the way (tables of databases are looked for in them): a bad one is fatal. */
	#isOwn(name: string): boolean {
		const kind = this.classes.get(name);
		return kind === 'builtin' || kind === 'service';
	}

	#scanService(service: MasterService, settings: Settings, warn: (text: string) => void): void {
		const restrictionClasses = new Set(
			splitItems(settings.get('smtpd_restriction_classes') ?? '').map((item) => item.text)
		);
		for (const { name, value } of service.overrides) {
			if (restrictionClasses.has(name)) this.#local.get(service)!.add(name);
			if (!this.isRaw(name)) this.#scan(value, service, settings, warn);
		}
	}

	#scan(value: string, service: MasterService | undefined, settings: Settings, warn: (text: string) => void): void {
		if (value.includes('$')) scanNames(value, (name) => this.#use(name, service, settings, warn), warn);
	}

	/** `$name` stands somewhere: a setting of that name is no longer unused. */
	#use(name: string, scope: MasterService | undefined, settings: Settings, warn: (text: string) => void): void {
		let supplied = false;
		const sets = (service: MasterService): boolean => service.overrides.some((row) => row.name === name);
		if (scope && sets(scope)) {
			supplied = true;
			this.#local.get(scope)!.add(name);
		} else if (settings.has(name)) {
			supplied = true;
			if (!this.classes.has(name)) this.classes.set(name, 'user');
		}
		if (!scope)
			for (const [service, names] of this.#local)
				if (sets(service)) {
					supplied = true;
					names.add(name);
				}
		if (!supplied && !this.classes.has(name))
			warn(`${this.directory}/${scope ? 'master.cf' : 'main.cf'}: undefined parameter: ${name}`);
	}

	/** Settings whose name means nothing. */
	unusedInMain(settings: Settings): NameValue[] {
		return [...settings].filter(([name]) => !this.classes.has(name)).map(([name, value]) => ({ name, value }));
	}

	unusedInMaster(): NameValue[] {
		return [...this.#local].flatMap(([service, names]) => {
			const last = new Map(service.overrides.map((row) => [row.name, row.value]));
			return [...last]
				.filter(([name]) => !this.classes.has(name) && !names.has(name))
				.map(([name, value]) => ({ name, value }));
		});
	}
}

export function settingsOf(main: MainCf): Map<string, string> {
	return new Map([...main.entries].map(([name, entry]) => [name, entry.value]));
}
