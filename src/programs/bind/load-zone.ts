/**
 * Loading a zone as named and named-checkzone do: the file is parsed, then the zone is checked as a whole.
 *
 * Says: the lines of dns_zone_log, "zone example.org/IN: …". Errors make the zone unusable, warnings do not.
 * Lacks: check-dup-records, check-spf for anything but SPF records, DNSSEC.
 */
import { canonicalName, isWithin } from '#wire/dns';
import { Zone, type RecordSet } from './zone';
import { parseZoneFile, type FileSource, type ZoneDiagnostic } from './zone-file';

/** How far names are followed (named-checkzone -i): `full` asks the resolver about names outside the zone. */
export type Integrity = 'full' | 'full-sibling' | 'local' | 'local-sibling' | 'none';

/** A name outside the zone that `full` wants to know about. */
export interface OutsideName {
	readonly name: string;
	/** "sub.example.org/NS" */
	readonly asked: string;
}
/** What the resolver said: addresses found, none such, or the words of an error. */
export type OutsideAnswer = 'found' | 'none' | { readonly alias: true } | { readonly failure: string };

export interface LoadedZone {
	/** undefined when it must not be used */
	readonly zone?: Zone;
	readonly messages: readonly string[];
	readonly diagnostics: readonly ZoneDiagnostic[];
	/** files to be read before parsing again */
	readonly missing: readonly string[];
	/** names whose answer was not in `outside` */
	readonly unknown: readonly OutsideName[];
}

export interface LoadOptions {
	readonly integrity?: Integrity;
	readonly files?: FileSource;
	/** by name; for integrity `full` */
	readonly outside?: ReadonlyMap<string, OutsideAnswer>;
}

/** A name as messages show it. */
export function shownName(name: string): string {
	return name === '.' ? '.' : name.replace(/\.$/, '');
}

/** @param text null when there is no such file */
export function loadZone(origin: string, path: string, text: string | null, options: LoadOptions = {}): LoadedZone {
	const title = `zone ${shownName(origin)}/IN`;
	const notLoaded = `${title}: not loaded due to errors.`;
	const failed = (why: string) => [`${title}: loading from master file ${path} failed: ${why}`, notLoaded];
	if (text === null) return { messages: failed('file not found'), diagnostics: [], missing: [], unknown: [] };
	const parsed = parseZoneFile(text, origin, path, options.files);
	const { diagnostics, missing, zone } = parsed;
	if (parsed.failure !== undefined)
		return { messages: [...parsed.messages, ...failed(parsed.failure)], diagnostics, missing, unknown: [] };
	const errors = apexErrors(zone);
	if (errors.length > 0)
		return {
			messages: [...parsed.messages, ...errors.map((error) => `${title}: ${error}`), notLoaded],
			diagnostics,
			missing,
			unknown: []
		};
	const unknown: OutsideName[] = [];
	const warnings = options.integrity === 'none' ? [] : new IntegrityCheck(zone, options, unknown).run();
	const loaded = `${title}: loaded serial ${zone.soa!.record.serial}`;
	return {
		zone,
		messages: [...parsed.messages, ...warnings.map((warning) => `${title}: ${warning}`), loaded],
		diagnostics,
		missing,
		unknown
	};
}

function apexErrors(zone: Zone): string[] {
	const errors: string[] = [];
	if (!zone.soa) errors.push('has 0 SOA records');
	const servers = zone.set(zone.origin, 'NS');
	if (!servers) return [...errors, 'has no NS records'];
	for (const { record } of servers.records) {
		if (record.type !== 'NS' || !isWithin(record.host, zone.origin) || zone.delegation(record.host)) continue;
		const found = addressOf(zone, record.host);
		if (found === 'alias') errors.push(`NS '${shownName(record.host)}' is a CNAME (illegal)`);
		else if (found === 'none') errors.push(`NS '${shownName(record.host)}' has no address records (A or AAAA)`);
	}
	return errors;
}

function addressOf(zone: Zone, name: string): 'found' | 'none' | 'alias' {
	const found = zone.find(name);
	const sets: readonly RecordSet[] = found.kind === 'name' ? found.sets : [];
	if (sets.some((set) => set.type === 'A' || set.type === 'AAAA')) return 'found';
	return sets.some((set) => set.type === 'CNAME') ? 'alias' : 'none';
}

/** integrity_checks() of lib/dns/zone.c */
class IntegrityCheck {
	#warnings: string[] = [];
	#reported = new Set<string>();

	constructor(
		readonly zone: Zone,
		readonly options: LoadOptions,
		readonly unknown: OutsideName[]
	) {}

	run(): string[] {
		const { zone } = this;
		const origin = canonicalName(zone.origin);
		for (const name of zone.names()) {
			const cut = zone.delegation(name);
			if (cut && canonicalName(cut.name) !== name) continue;
			for (const set of zone.sets(name)) {
				const owner = shownName(set.name);
				for (const { record } of set.records) {
					if (record.type === 'NS' && name !== origin) this.#checkServer(owner, record.host);
					else if (record.type === 'MX') this.#checkTarget(`${owner}/MX`, record.exchange);
					else if (record.type === 'SRV') this.#checkTarget(`${owner}/SRV`, record.target);
				}
				if (set.type === 'SPF' && !this.#hasSpfText(name))
					this.#warnings.push(
						`'${owner}' found type SPF record but no SPF TXT record found, add matching type TXT record`
					);
			}
		}
		return this.#warnings;
	}

	get #full(): boolean {
		return (this.options.integrity ?? 'local').startsWith('full');
	}

	#hasSpfText(name: string): boolean {
		return (
			this.zone
				.set(name, 'TXT')
				?.records.some(({ record }) => record.type === 'TXT' && record.strings[0]?.startsWith('v=spf1')) ?? false
		);
	}

	/** A name that MX or SRV points at. */
	#checkTarget(asked: string, target: string): void {
		if (target === '.') return;
		if (!isWithin(target, this.zone.origin)) {
			this.#ask(asked, target);
			return;
		}
		if (this.zone.delegation(target)) return;
		const found = addressOf(this.zone, target);
		if (found === 'none') this.#warnings.push(`${asked} '${shownName(target)}' has no address records (A or AAAA)`);
		else if (found === 'alias') this.#warnings.push(`${asked} '${shownName(target)}' is a CNAME (illegal)`);
	}

	/** A delegation's server: zone_check_glue(). */
	#checkServer(owner: string, host: string): void {
		const asked = `${owner}/NS`;
		if (!isWithin(host, this.zone.origin)) {
			this.#ask(asked, host);
			return;
		}
		const cut = this.zone.delegation(host);
		const found = addressOf(this.zone, host);
		if (!cut) {
			if (found === 'none') this.#warnings.push(`${asked} '${shownName(host)}' has no address records (A or AAAA)`);
			else if (found === 'alias') this.#warnings.push(`${asked} '${shownName(host)}' is a CNAME (illegal)`);
			return;
		}
		if (found === 'none') {
			const what = isWithin(host, `${owner}.`) ? 'REQUIRED' : 'SIBLING';
			this.#warnings.push(`${asked} '${shownName(host)}' has no ${what} GLUE address records (A or AAAA)`);
		}
		this.#ask(asked, host);
	}

	/** What the rest of the world says; only named-checkzone asks. */
	#ask(asked: string, name: string): void {
		if (!this.#full) return;
		const answer = this.options.outside?.get(canonicalName(name));
		const host = shownName(name);
		if (answer === undefined) this.unknown.push({ name, asked });
		else if (answer === 'none')
			this.#warnings.push(`${asked} '${host}' (out of zone) has no addresses records (A or AAAA)`);
		else if (answer !== 'found' && 'alias' in answer)
			this.#warnings.push(`${asked} '${host}' (out of zone) is a CNAME '${host}' (illegal)`);
		else if (answer !== 'found' && 'failure' in answer && !this.#reported.has(host)) {
			this.#reported.add(host);
			this.#warnings.push(`getaddrinfo(${host}) failed: ${answer.failure}`);
		}
	}
}
