/**
 * What a Postfix program checks of its configuration when it starts (mail_params_init(3) and the program's own tables):
 * types and limits in the order of the real tables, names, users and groups, own addresses.
 *
 * Throws `Fatal` in Postfix's words.
 */
import type { Sys } from '#kernel/syscalls';
import { getgrent, getpwent } from '../libc/passwd';
import type { Config } from './config';
import { Fatal } from './errors';
import { hostnameComplaint } from './hostname';
import { parameters, type Parameter } from './parameters';

export function* checkAll(config: Config): Sys<void> {
	void config.compatibilityLevel;
	const common = [...parameters().values()].filter((row) => row.programs.length === 0);
	const own = [...parameters().values()].filter((row) => row.programs.includes(config.program));
	yield* checkNames(config);
	for (const type of ['nbool', 'string', 'int', 'nint', 'long', 'bool', 'time', 'raw'] as const)
		for (const row of common) if (row.type === type && row.name !== 'mynetworks') checkValue(config, row);
	yield* checkUsers(config);
	yield* config.learnAddresses();
	checkConflicts(config);
	for (const row of own) checkValue(config, row);
	if (config.text('proxy_interfaces') !== '') yield* config.learnProxyAddresses();
}

/** One parameter against its row. */
export function checkValue(config: Config, row: Parameter): void {
	const { name, minimum, maximum } = row;
	switch (row.type) {
		case 'bool':
		case 'nbool':
			config.flag(name);
			return;
		case 'int':
		case 'nint':
		case 'long': {
			const value = config.number(name);
			if (minimum && value < minimum) throw new Fatal(`invalid ${name} parameter value ${value} < ${minimum}`);
			if (maximum && value > maximum) throw new Fatal(`invalid ${name} parameter value ${value} > ${maximum}`);
			return;
		}
		case 'time': {
			const value = config.seconds(name);
			if (minimum && value < minimum) throw new Fatal(`invalid ${name}: ${value} (min ${minimum})`);
			if (maximum && value > maximum) throw new Fatal(`invalid ${name}: ${value} (max ${maximum})`);
			return;
		}
		default: {
			const value = config.text(name);
			if (minimum && value.length < minimum)
				throw new Fatal(`bad string length ${value.length} < ${minimum}: ${name} = ${value}`);
			if (maximum && value.length > maximum)
				throw new Fatal(`bad string length ${value.length} > ${maximum}: ${name} = ${value}`);
		}
	}
}

function* checkNames(config: Config): Sys<void> {
	for (const name of ['myhostname', 'mydomain']) {
		const value = config.earlyText(name);
		if (value === '') throw new Fatal(`bad string length 0 < 1: ${name} = `);
	}
	for (const name of ['myhostname', 'mydomain']) {
		const value = config.text(name);
		const complaint = hostnameComplaint(value);
		if (complaint)
			throw new Fatal(`file ${config.path}: parameter ${name}: bad parameter value: ${value}`, 1, [complaint]);
	}
}

function* checkUsers(config: Config): Sys<void> {
	const users = yield* getpwent();
	const groups = yield* getgrent();
	const complain = (name: string, what: string): never => {
		throw new Fatal(`file ${config.path}: parameter ${name}: ${what}`);
	};
	for (const name of ['default_privs', 'mail_owner']) {
		const value = config.text(name);
		const user = users.find((row) => row.name === value) ?? complain(name, `unknown user name value: ${value}`);
		if (user.uid === 0) complain(name, `user ${value} has privileged user ID`);
		if (user.gid === 0) complain(name, `user ${value} has privileged group ID`);
		const same = name === 'mail_owner' && users.find((row) => row.uid === user.uid);
		if (same && same.name !== value) complain(name, `user ${value} has same user ID as ${same.name}`);
	}
	const group = config.text('setgid_group');
	const found = groups.find((row) => row.name === group) ?? complain('setgid_group', `unknown group name: ${group}`);
	if (found.gid === 0) complain('setgid_group', `group ${group} has privileged group ID`);
	const same = groups.find((row) => row.gid === found.gid);
	if (same && same.name !== group) complain('setgid_group', `group ${group} has same group ID as ${same.name}`);
	const privs = users.find((row) => row.name === config.text('default_privs'))!;
	const owner = users.find((row) => row.name === config.text('mail_owner'))!;
	checkOverlap(config, privs, owner, { name: group, gid: found.gid });
}

function checkOverlap(
	config: Config,
	privs: { name: string; uid: number; gid: number },
	owner: { name: string; uid: number; gid: number },
	group: { name: string; gid: number }
): void {
	const complain = (names: string, what: string): never => {
		throw new Fatal(`file ${config.path}: parameters ${names}${what}`);
	};
	const both = 'default_privs and mail_owner';
	if (privs.name === owner.name) complain(both, ` specify the same user ${privs.name}`);
	if (privs.uid === owner.uid)
		complain(both, `: users ${privs.name} and ${owner.name} have the same user ID: ${privs.uid}`);
	if (privs.gid === owner.gid)
		complain(both, `: users ${privs.name} and ${owner.name} have the same group ID: ${privs.gid}`);
	if (privs.gid === group.gid)
		complain(
			'default_privs and setgid_group',
			`: user ${privs.name} and group ${group.name} have the same group ID: ${privs.gid}`
		);
	if (owner.gid === group.gid)
		complain(
			'mail_owner and setgid_group',
			`: user ${owner.name} and group ${group.name} have the same group ID: ${owner.gid}`
		);
}

function checkConflicts(config: Config): void {
	const hostname = config.text('myhostname');
	if (hostname.toLowerCase() === config.text('relayhost').toLowerCase())
		throw new Fatal(`myhostname and relayhost parameter settings must not be identical: ${hostname}`);
	const origin = config.text('myorigin');
	if (/[,\s]/.test(origin)) throw new Fatal(`myorigin parameter setting must not contain multiple values: ${origin}`);
	const delimiters = config.text('verp_delimiter_filter');
	const bad = [...config.text('default_verp_delimiters')].find((char) => !delimiters.includes(char));
	if (bad !== undefined)
		throw new Fatal(
			`file ${config.path}: parameters default_verp_delimiters and verp_delimiter_filter: bad VERP delimiter character: "${bad}"`
		);
}
