/**
 * What ssh goes by: the command line first, then ~/.ssh/config, then /etc/ssh/ssh_config; of each option the first value
 * counts (ssh_config(5)).
 *
 * Not simulated: Match, Include, tokens (%h), options beyond those of SETTINGS.
 */
import type { Sys } from '#kernel/syscalls';
import type { Parsed } from '../libc/getopt';
import type { PasswdEntry } from '../libc/passwd';
import { optional } from './connection';
import { matchesName } from './sshd-config';

export interface ClientSettings {
	readonly hostname: string;
	readonly port: number;
	readonly user: string;
	readonly identities: readonly string[];
	/** yes, no, ask, accept-new */
	readonly strict: string;
	/** no questions: BatchMode */
	readonly batch: boolean;
	readonly tries: number;
	readonly password: boolean;
	readonly publickey: boolean;
}

const IDENTITIES = ['id_rsa', 'id_ecdsa', 'id_ed25519'];
const TRIES = 3;

function parse(text: string, host: string): [string, string][] {
	const rows: [string, string][] = [];
	let applies = true;
	for (const line of text.split('\n')) {
		const found = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)"?(.*?)"?\s*$/.exec(line);
		if (!found || line.trimStart().startsWith('#')) continue;
		const [, name = '', value = ''] = found;
		if (name.toLowerCase() === 'host') applies = matchesName(host, value.split(/\s+/));
		else if (name.toLowerCase() === 'match') applies = false;
		else if (applies) rows.push([name.toLowerCase(), value]);
	}
	return rows;
}

export function* clientConfig(
	parsed: Parsed,
	host: string,
	user: string | undefined,
	self: PasswdEntry
): Sys<ClientSettings> {
	const rows: [string, string][] = parsed.all('o').flatMap((text) => parse(text, host));
	const own = parsed.get('F') ?? `${self.home}/.ssh/config`;
	for (const path of parsed.has('F') ? [own] : [own, '/etc/ssh/ssh_config'])
		rows.push(...parse((yield* optional(path)) ?? '', host));
	const get = (name: string): string | undefined => rows.find(([key]) => key === name)?.[1];
	const files = [...parsed.all('i'), ...rows.filter(([key]) => key === 'identityfile').map(([, value]) => value)];
	return {
		hostname: get('hostname') ?? host,
		port: Number(parsed.get('p') ?? get('port') ?? 22),
		user: user ?? get('user') ?? self.name,
		identities: (files.length > 0 ? files : IDENTITIES.map((name) => `~/.ssh/${name}`)).map((path) =>
			path.replace(/^~/, self.home)
		),
		strict: (get('stricthostkeychecking') ?? 'ask').toLowerCase(),
		batch: get('batchmode') === 'yes',
		tries: Number(get('numberofpasswordprompts') ?? TRIES),
		password: get('passwordauthentication') !== 'no',
		publickey: get('pubkeyauthentication') !== 'no'
	};
}
