/**
 * What smtp(8) asks of a host before it hands over mail: TLS (smtp_tls_policy.c) and a login (smtp_sasl_glue.c).
 *
 * Reads: smtp_tls_security_level and its elders, smtp_tls_policy_maps, smtp_tls_CAfile; smtp_sasl_password_maps and what
 *       mechanisms smtp_sasl_security_options and smtp_sasl_mechanism_filter leave.
 * Not simulated: other attributes of a policy than the level, smtp_tls_per_site, DANE; SCRAM, DIGEST-MD5, GSSAPI.
 */
import { Errno, type Sys } from '#kernel/syscalls';
import { hmacMd5 } from '../../dovecot/mechanisms';
import { decodeBase64, encodeBase64 } from '../../libc/base64';
import { readFile } from '../../libc/stdio';
import { decode, encode } from '../../libc/text';
import { parseCertificate, pemBlocks, type Certificate } from '../../libc/x509';
import { DictError, openMaps, type Maps } from '../dict';
import { openStringList, type MatchList } from '../dict/match-list';
import { Fatal } from '../errors';
import type { Daemon } from '../server';
import { TLS_LEVELS, tlsLevel, type TlsLevel } from '../tls';

/** In the order of preference; what each is like is said by the option that excludes it. */
const MECHANISMS: readonly (readonly [name: string, excludedBy: readonly string[]])[] = [
	['CRAM-MD5', ['noactive', 'nodictionary', 'mutual_auth', 'forward_secrecy']],
	['PLAIN', ['noplaintext', 'noactive', 'nodictionary', 'mutual_auth', 'forward_secrecy']],
	['LOGIN', ['noplaintext', 'noactive', 'nodictionary', 'mutual_auth', 'forward_secrecy']]
];

export interface Login {
	readonly user: string;
	readonly password: string;
}

export const atLeast = (level: TlsLevel, other: TlsLevel): boolean =>
	TLS_LEVELS.indexOf(level) >= TLS_LEVELS.indexOf(other);

export class Security {
	private constructor(
		readonly daemon: Daemon,
		readonly level: TlsLevel,
		readonly policies: Maps,
		readonly passwords: Maps | null,
		readonly filter: MatchList,
		readonly authorities: readonly Certificate[]
	) {}

	/** @throws Fatal */
	static *open(daemon: Daemon): Sys<Security> {
		const { config } = daemon;
		const flags = { missing: 'surrogate' } as const;
		const named = config.text('smtp_tls_security_level');
		const level = named === '' ? elderLevel(daemon) : tlsLevel(named);
		if (!level) throw new Fatal(`Invalid TLS level "${named}"`);
		const withLogin = config.flag('smtp_sasl_auth_enable');
		if (withLogin && config.text('smtp_sasl_password_maps') === '')
			throw new Fatal("specify a password table via the `smtp_sasl_password_maps' configuration parameter");
		return new Security(
			daemon,
			level,
			yield* openMaps(config, 'smtp_tls_policy_maps', flags),
			withLogin ? yield* openMaps(config, 'smtp_sasl_password_maps', flags) : null,
			yield* openStringList(config, 'smtp_sasl_mechanism_filter'),
			yield* authoritiesIn(config.text('smtp_tls_CAfile'))
		);
	}

	/** The level for a host; null when the table is wrong, which is logged. */
	*levelFor(nexthop: string, host: string): Sys<TlsLevel | null> {
		const { log } = this.daemon;
		const found = yield* this.#policy(nexthop);
		if (found === null) return this.level;
		const word = found.split(/[\s,]+/)[0]!;
		const level = tlsLevel(word);
		if (level) return level;
		yield* log.warn(`smtp_tls_policy_maps, next-hop destination "${nexthop}": invalid security level "${word}"`);
		yield* log.warn(`TLS policy lookup for ${nexthop}/${host}: client TLS configuration problem`);
		return null;
	}

	/** The next hop as it is written; a domain also by its parents, with a dot in front. */
	*#policy(nexthop: string): Sys<string | null> {
		if (this.policies.dicts.length === 0) return null;
		for (let key = nexthop; ;) {
			const found = yield* this.policies.find(key);
			if (found) return found.value;
			const dot = key.indexOf('.', 1);
			if (dot < 0 || /[[\]:]/.test(nexthop)) return null;
			key = key.slice(dot);
		}
	}

	/** "Trusted": an authority that is known signed it (by the names: nothing is computed). */
	isTrusted(certificate: Certificate | null): boolean {
		return certificate !== null && this.authorities.some(({ subject }) => subject === certificate.issuer);
	}

	/** Whether the certificate is for one of the names that the level takes. */
	matches(certificate: Certificate | null, level: TlsLevel, nexthop: string, host: string): boolean {
		if (!certificate) return false;
		const parameter = level === 'secure' ? 'smtp_tls_secure_cert_match' : 'smtp_tls_verify_cert_match';
		const domain = nexthop.replace(/^\[|\]?(:\w+)?$/g, '');
		const names = certificate.alternativeNames.length > 0 ? certificate.alternativeNames : [certificate.name];
		return this.daemon.config.items(parameter).some(({ text }) => {
			const wanted = text
				.replace(/hostname$/, host)
				.replace(/nexthop$/, domain)
				.replace(/^dot-/, '.')
				.toLowerCase();
			return names.some((name) => {
				const own = name.toLowerCase();
				if (wanted.startsWith('.')) return own.endsWith(wanted);
				return own === wanted || (own.startsWith('*.') && wanted.slice(wanted.indexOf('.')) === own.slice(1));
			});
		});
	}

	/** Whose password is said to a host; null for nobody's. @throws DictError */
	*loginFor(nexthop: string, host: string): Sys<Login | null> {
		if (!this.passwords) return null;
		const found = (yield* this.passwords.find(host)) ?? (yield* this.passwords.find(nexthop));
		if (!found) return null;
		const [user = '', ...rest] = found.value.split(':');
		return { user, password: rest.join(':') };
	}

	/** Those offered that the filter leaves. */
	*filtered(offered: readonly string[]): Sys<string[]> {
		if (this.daemon.config.text('smtp_sasl_mechanism_filter') === '') return [...offered];
		const out: string[] = [];
		for (const name of offered) if ((yield* this.filter.match(name)).matched) out.push(name);
		return out;
	}

	/** The best of them that the options allow; undefined: none is worthy. */
	choose(offered: readonly string[], isEncrypted: boolean): string | undefined {
		const parameter = isEncrypted ? 'smtp_sasl_tls_security_options' : 'smtp_sasl_security_options';
		const options = this.daemon.config.items(parameter).map(({ text }) => text.toLowerCase());
		return MECHANISMS.find(
			([name, excludedBy]) => offered.includes(name) && !excludedBy.some((option) => options.includes(option))
		)?.[0];
	}
}

function elderLevel({ config }: Daemon): TlsLevel {
	if (config.flag('smtp_enforce_tls')) return config.flag('smtp_tls_enforce_peername') ? 'verify' : 'encrypt';
	return config.flag('smtp_use_tls') ? 'may' : 'none';
}

function* authoritiesIn(path: string): Sys<Certificate[]> {
	if (path === '') return [];
	try {
		return pemBlocks(decode(yield* readFile(path)))
			.map(({ bytes }) => parseCertificate(bytes))
			.filter((one) => one !== null);
	} catch (thrown) {
		if (thrown instanceof Errno || thrown instanceof DictError) return [];
		throw thrown;
	}
}

const base64 = (text: string): string => encodeBase64(encode(text));

/** What a client says first, behind the mechanism's name; null: nothing before the host has asked. */
export const firstResponse = (mechanism: string, { user, password }: Login): string | null =>
	mechanism === 'PLAIN' ? base64(`\0${user}\0${password}`) : null;

/** The answer to the host's question. @param round 0 for the first */
export function nextResponse(mechanism: string, { user, password }: Login, challenge: string, round: number): string {
	if (mechanism === 'LOGIN') return base64(round === 0 ? user : password);
	if (mechanism !== 'CRAM-MD5') return '';
	const asked = decodeBase64(challenge) ?? new Uint8Array(0);
	return base64(`${user} ${hmacMd5(encode(password), asked)}`);
}
