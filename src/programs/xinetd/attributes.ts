/**
 * The attributes of xinetd.conf(5), one row each: how many values it takes, where it may stand, how it is read, and what
 * the editor says of it.
 *
 * As this build has them: the attribute mdns of the manual is not known.
 *
 * Length: the table and the readers of its rows.
 */
import type { Sys } from '#kernel/syscalls';
import { parseIpv6Address } from '#wire/address';
import { getaddrinfo, getprotobyname, getservbyname } from '../libc/netdb';
import { getgrnam, getpwnam } from '../libc/passwd';
import { errnoOf } from '../libc/strerror';
import { PRIORITIES, type Facility, type Priority } from '../libc/syslog';
import { access } from '../libc/unistd';
import { changeList, type Operator } from './addresses';
import type { Place, Report } from './message';
import {
	FAILURE_OPTIONS, FLAGS, SOCKET_TYPES, SUCCESS_OPTIONS, TYPES, UNLIMITED, type ServiceConfig
} from './service-config'; // prettier-ignore
import { addIntervals } from './times';

export interface Reading {
	readonly values: readonly string[];
	readonly config: ServiceConfig;
	readonly operator: Operator;
	readonly place: Place;
	readonly report: Report;
	/** environment of xinetd */
	readonly environment: ReadonlyMap<string, string>;
}

/** @returns false when a service must not run with that value */
type Reader = (reading: Reading) => Sys<boolean>;

export interface Attribute {
	readonly name: string;
	/** exactly so many; or any number; or any number with all operators */
	readonly values: number | 'any' | 'set';
	/** in `defaults`: how many there, when it may stand there */
	readonly inDefaults?: number | 'set';
	readonly notInService?: true;
	readonly read: Reader;
	/** for the editor */
	readonly about: string;
	readonly choices?: readonly string[];
}

/* ---- readers ----------------------------------------------------------------------------------------------------- */

/** A whole number as strtol(3) reads it, within 32 bits. */
export function integer(text: string): number | undefined {
	const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
	return value >= -0x8000_0000 && value <= 0x7fff_ffff ? value : undefined;
}

function unsigned(text: string): number | undefined {
	const value = /^\+?\d+$/.test(text) ? Number(text) : NaN;
	return value <= 0xffff_ffff ? value : undefined;
}

/** `8M`, `100k`: bytes. */
export function size(text: string): number | undefined {
	const match = /^\+?(\d+)([kKmM]?)$/.exec(text);
	if (!match) return undefined;
	return Number(match[1]) * (match[2] === '' ? 1 : /k/i.test(match[2]!) ? 1024 : 1024 * 1024);
}

function* complain({ report, place }: Reading, text: string, priority: Priority = 'err'): Sys<false> {
	yield* report(priority, text, place);
	return false;
}

/**
 * Adds or removes names of a list; one that is not known ends the reading.
 * @param attribute that needs a value, and to which each line adds
 */
function names<T extends string>(
	known: readonly T[],
	of: (config: ServiceConfig) => Set<T>,
	what: string,
	attribute?: string
): Reader {
	return function* (reading) {
		const { values, config, operator } = reading;
		if (attribute !== undefined && values.length === 0) {
			const text = `attribute ${attribute} expects at least 1 value and none was given.`;
			return yield* complain(reading, text, 'warning');
		}
		const set = of(config);
		if (operator === '=' && attribute === undefined) set.clear();
		for (const value of values) {
			const name = known.find((one) => one === value);
			if (name === undefined) return yield* complain(reading, `Bad ${what}: ${value}`, 'warning');
			if (operator === '-=') set.delete(name);
			else set.add(name);
		}
		return true;
	};
}

/** yes or no */
function yesNo(set: (config: ServiceConfig, on: boolean) => void, message: string): Reader {
	return function* (reading) {
		const [value] = reading.values;
		if (value !== 'yes' && value !== 'no') return yield* complain(reading, `${message}: ${value}`);
		set(reading.config, value === 'yes');
		return true;
	};
}

function text(set: (config: ServiceConfig, value: string) => void): Reader {
	return function* ({ values, config }) {
		set(config, values[0]!);
		return true;
	};
}

/** A number, or UNLIMITED. */
function limit(set: (config: ServiceConfig, value: number) => void, message: string): Reader {
	return function* (reading) {
		const value = reading.values[0]!;
		const number = value === 'UNLIMITED' ? UNLIMITED : integer(value);
		if (number === undefined || (number < 0 && value !== 'UNLIMITED'))
			return yield* complain(reading, `${message}: ${value}`);
		set(reading.config, number);
		return true;
	};
}

/** Read and checked; processes have no such limits here. */
function resource(message: string, plain = false): Reader {
	return function* (reading) {
		const value = reading.values[0]!;
		if (value === 'UNLIMITED') return true;
		if (plain ? /^\+?\d+$/.test(value) : size(value) !== undefined) return true;
		return yield* complain(reading, `${message} is invalid: ${value}`);
	};
}

const readSocketType: Reader = function* (reading) {
	const type = SOCKET_TYPES.find((one) => one === reading.values[0]);
	if (!type) return yield* complain(reading, `Bad socket type: ${reading.values[0]}`);
	reading.config.socketType = type;
	return true;
};

const readProtocol: Reader = function* (reading) {
	const name = reading.values[0]!;
	const entry = yield* getprotobyname(name);
	if (!entry) return yield* complain(reading, `Protocol ${name} not in /etc/protocols`);
	reading.config.protocol = { name, number: entry.number };
	return true;
};

const readUser: Reader = function* (reading) {
	const name = reading.values[0]!;
	const { config } = reading;
	if (/^\d+$/.test(name)) {
		if (unsigned(name) === undefined) return yield* complain(reading, `Error parsing user as a number: ${name}`);
		config.uid = config.userGid = Number(name);
		return true;
	}
	const user = yield* getpwnam(name);
	if (!user) return yield* complain(reading, `Unknown user: ${name}`);
	config.uid = user.uid;
	config.userGid = user.gid;
	return true;
};

const readGroup: Reader = function* (reading) {
	const name = reading.values[0]!;
	if (/^\d+$/.test(name)) {
		if (unsigned(name) === undefined) return yield* complain(reading, `Error parsing group as a number: ${name}`);
		reading.config.gid = Number(name);
		return true;
	}
	const group = yield* getgrnam(name);
	if (!group) return yield* complain(reading, `Unknown group: ${name}`);
	reading.config.gid = group.gid;
	return true;
};

const readServer: Reader = function* (reading) {
	const server = reading.values[0]!;
	try {
		yield* access(server, { execute: true });
	} catch (thrown) {
		errnoOf(thrown);
		return yield* complain(reading, `Server ${server} is not executable`);
	}
	reading.config.server = server;
	return true;
};

const readServerArguments: Reader = function* (reading) {
	const { values, config } = reading;
	if (values.length === 0)
		return yield* complain(reading, 'attribute server_args expects at least 1 value and none was given.', 'warning');
	/* the flag has to stand above the arguments */
	config.argv = config.flags.has('NAMEINARGS') ? [...values] : ['', ...values];
	return true;
};

const readCps: Reader = function* (reading) {
	const most = unsigned(reading.values[0]!);
	const rest = unsigned(reading.values[1]!);
	reading.config.cps = { most: 0, rest: 0 };
	if (most === undefined) return yield* complain(reading, 'cps argument not a number');
	if (rest === undefined) return yield* complain(reading, 'cps time argument not a number');
	reading.config.cps = { most, rest };
	return true;
};

const PORT_MAX = 0x10000;

const readPort: Reader = function* (reading) {
	const port = integer(reading.values[0]!);
	if (port === undefined || port < 0 || port >= PORT_MAX) return yield* complain(reading, 'port number is invalid');
	reading.config.port = port;
	return true;
};

const readEnv: Reader = function* (reading) {
	const { values, config, operator } = reading;
	if (operator === '-=') return yield* complain(reading, "operator '-=' not supported for env attribute", 'warning');
	config.env = operator === '=' ? [] : (config.env ?? []);
	for (const value of values) {
		if (!value.includes('=')) return yield* complain(reading, `${value} has no '='`);
		config.env.push(value);
	}
	return true;
};

const readPassenv: Reader = function* (reading) {
	const { values, config, operator, environment, report, place } = reading;
	config.passenv = operator === '=' ? [] : (config.passenv ?? []);
	for (const value of values) {
		const at = config.passenv.indexOf(value);
		if (operator === '-=') {
			if (at >= 0) config.passenv.splice(at, 1);
		} else if (at < 0) {
			if (environment.has(value)) config.passenv.push(value);
			else yield* report('warning', `undefined environment variable: ${value}`, place);
		}
	}
	return true;
};

function ids(key: 'enabled' | 'disabledIds'): Reader {
	return function* ({ values, config }) {
		(config[key] ??= []).push(...values);
		return true;
	};
}

function addresses(key: 'onlyFrom' | 'noAccess'): Reader {
	return ({ config, values, operator, place, report }) =>
		changeList((config[key] ??= []), values, operator, place, report);
}

const readAccessTimes: Reader = function* (reading) {
	const { values, config, place, report } = reading;
	config.accessTimes ??= [];
	if (values.length === 0)
		return yield* complain(reading, 'attribute access_times expects at least 1 value and none was given.', 'warning');
	return yield* addIntervals(config.accessTimes, values, place, report);
};

export const SYSLOG_FACILITIES: readonly Facility[] = [
	'daemon', 'auth', 'authpriv', 'user', 'mail', 'lpr', 'news', 'uucp', 'ftp',
	'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'
]; // prettier-ignore

const LOG_EXTRA = { min: 5 * 1024, max: 20 * 1024 };

const readLogType: Reader = function* (reading) {
	const { values, config } = reading;
	const [type, ...rest] = values;
	if (type === undefined)
		return yield* complain(reading, 'attribute log_type expects at least 1 value and none was given.', 'warning');
	if (config.log.type !== 'none') return yield* complain(reading, 'Cannot set more than one log_type attribute');
	if (type === 'FILE') return yield* readFileLog(reading, rest);
	if (type === 'SYSLOG') return yield* readSyslog(reading, rest);
	return yield* complain(reading, `Unknown log type: ${type}`);
};

function* readSyslog(reading: Reading, values: readonly string[]): Sys<boolean> {
	const [name, levelName = 'info'] = values;
	if (name === undefined || values.length > 2) return yield* complain(reading, 'wrong number of arguments');
	const facility = SYSLOG_FACILITIES.find((one) => one === name);
	if (!facility) return yield* complain(reading, `Unknown syslog facility: ${name}`);
	const level = (Object.keys(PRIORITIES) as Priority[]).find((one) => one === levelName);
	if (!level) return yield* complain(reading, `Unknown syslog level: ${levelName}`);
	reading.config.log = { type: 'syslog', facility, level };
	return true;
}

function* readFileLog(reading: Reading, values: readonly string[]): Sys<boolean> {
	const [path, softText, hardText] = values;
	if (path === undefined || values.length > 3) return yield* complain(reading, 'wrong number of arguments');
	if (softText === undefined) {
		reading.config.log = { type: 'file', path };
		return true;
	}
	const soft = size(softText);
	if (soft === undefined) return yield* complain(reading, 'soft limit is invalid');
	const extra = Math.min(Math.max(Math.floor(soft / 100), LOG_EXTRA.min), LOG_EXTRA.max);
	const hard = hardText === undefined ? soft + extra : size(hardText);
	if (hard === undefined) return yield* complain(reading, 'hard limit is invalid');
	if (hard < soft) return yield* complain(reading, `hard limit (${hard}) is less than soft limit (${soft})`);
	reading.config.log = { type: 'file', path, limits: { soft, hard } };
	return true;
}

const readMaxLoad: Reader = function* (reading) {
	const match = /^[+-]?(\d+\.?\d*|\.\d+)/.exec(reading.values[0]!);
	if (!match) return yield* complain(reading, 'error reading max_load argument');
	reading.config.maxLoad = Number(match[0]);
	if (reading.config.maxLoad === 0) return yield* complain(reading, 'error parsing max_load argument');
	return true;
};

const readRedirect: Reader = function* (reading) {
	const [host, portText] = reading.values as [string, string];
	const number = integer(portText);
	const port = number !== undefined && number > 0 ? number : (yield* getservbyname(portText, 'tcp'))?.port;
	if (port === undefined) return yield* complain(reading, 'port number invalid');
	if (port >= PORT_MAX) return yield* complain(reading, 'port number too large');
	const found = yield* getaddrinfo(host);
	if (!found.ok) return yield* complain(reading, 'bad address');
	reading.config.redirect = { address: found.addresses[0]!.address, port };
	return true;
};

const readBind: Reader = function* (reading) {
	const name = reading.values[0]!;
	const { config } = reading;
	if (name.includes(':')) {
		if (!parseIpv6Address(name)) return yield* complain(reading, 'bad address');
		config.flags.add('IPv6');
		return true;
	}
	const found = yield* getaddrinfo(name, undefined, { numericHost: /^[\d.]*$/.test(name) });
	if (!found.ok) return yield* complain(reading, 'bad address');
	config.bind = found.addresses[0]!.address;
	return true;
};

const readUmask: Reader = function* (reading) {
	const mask = /^[0-7]+$/.test(reading.values[0]!) ? parseInt(reading.values[0]!, 8) : -1;
	if (mask < 0 || mask > 0o777) return yield* complain(reading, 'umask argument is invalid.\n');
	reading.config.umask = mask;
	return true;
};

const readNice: Reader = function* (reading) {
	const nice = integer(reading.values[0]!);
	if (nice === undefined) return yield* complain(reading, `Error parsing: ${reading.values[0]}`);
	reading.config.nice = nice;
	return true;
};

const DENY_WORDS: Readonly<Record<string, number>> = { FOREVER: -1, NEVER: 0 };

const readDenyTime: Reader = function* (reading) {
	const value = reading.values[0]!;
	const minutes = DENY_WORDS[value] ?? integer(value);
	if (minutes === undefined) return yield* complain(reading, `Error parsing: ${value}`);
	reading.config.denyTime = minutes;
	return true;
};

const readWait: Reader = yesNo((config, on) => void (config.wait = on), 'Bad value for wait');

/** Programs of Sun RPC are not started here; the attributes are read. */
const readRpcVersion: Reader = function* (reading) {
	const match = /^(\d+)(?:-(\d+))?$/.exec(reading.values[0]!);
	if (match && Number(match[1]) <= Number(match[2] ?? match[1])) return true;
	return yield* complain(reading, `bad version range: ${reading.values[0]!.replace(/-.*/, '')}`);
};

const readRpcNumber: Reader = function* (reading) {
	if (integer(reading.values[0]!) !== undefined) return true;
	return yield* complain(reading, `Error parsing: ${reading.values[0]}`);
};

/* ---- the table --------------------------------------------------------------------------------------------------- */

const YES_NO = ['yes', 'no'];

export const ATTRIBUTES: readonly Attribute[] = [
	{ name: 'socket_type', values: 1, read: readSocketType, choices: SOCKET_TYPES, about: 'How the service talks: stream for TCP, dgram for UDP.' },
	{ name: 'protocol', values: 1, read: readProtocol, choices: ['tcp', 'udp'], about: 'A protocol of /etc/protocols. Without it the one that goes with socket_type.' },
	{ name: 'wait', values: 1, read: readWait, choices: YES_NO, about: 'yes: the server takes the socket itself, and no other is started until it ends. no: a server for each connection.' },
	{ name: 'user', values: 1, read: readUser, about: 'The user of the server, by name or number. Every service that is not internal needs one.' },
	{ name: 'group', values: 1, read: readGroup, about: 'The group of the server; without it the one of the user.' },
	{ name: 'server', values: 1, read: readServer, about: 'The program that is started.' },
	{ name: 'server_args', values: 'any', read: readServerArguments, about: 'Arguments of the program, without its name (see the flag NAMEINARGS).' },
	{ name: 'instances', values: 1, inDefaults: 1, read: limit((config, n) => void (config.instances = n), 'Number of instances is invalid'), choices: ['UNLIMITED'], about: 'How many servers may run at the same time.' },
	{ name: 'log_on_success', values: 'set', inDefaults: 'set', read: names(SUCCESS_OPTIONS, (c) => c.logOnSuccess, 'log_on_success flag'), choices: SUCCESS_OPTIONS, about: 'What is logged when a server starts and ends. Nothing is, without log_type.' },
	{ name: 'log_on_failure', values: 'set', inDefaults: 'set', read: names(FAILURE_OPTIONS, (c) => c.logOnFailure, 'log_on_failure flag'), choices: FAILURE_OPTIONS, about: 'What is logged when somebody is turned away. Nothing is, without log_type.' },
	{ name: 'log_type', values: 'any', inDefaults: 'set', read: readLogType, choices: ['SYSLOG', 'FILE'], about: 'SYSLOG facility [level], or FILE path [soft limit [hard limit]].' },
	{ name: 'only_from', values: 'set', inDefaults: 'set', read: addresses('onlyFrom'), about: 'Who may come in: addresses (zeros at the end stand for anything), networks with /bits, host names, .domains. An empty list lets nobody in.' },
	{ name: 'no_access', values: 'set', inDefaults: 'set', read: addresses('noAccess'), about: 'Who is turned away; written like only_from.' },
	{ name: 'access_times', values: 'any', read: readAccessTimes, about: 'When the service may be used: hour:min-hour:min, any number of them.' },
	{ name: 'type', values: 'any', read: names(TYPES, (c) => c.types, 'service type', 'type'), choices: ['INTERNAL', 'UNLISTED', 'TCPMUX', 'TCPMUXPLUS', 'RPC'], about: 'INTERNAL: xinetd answers itself. UNLISTED: not in /etc/services, so it needs port and protocol.' },
	{ name: 'rpc_version', values: 1, read: readRpcVersion, about: 'Version of an RPC program, or a range of them.' },
	{ name: 'rpc_number', values: 1, read: readRpcNumber, about: 'Number of an unlisted RPC program.' },
	{ name: 'id', values: 1, read: text((config, value) => void (config.id = value)), about: 'The name in the log and for enabled and disabled; without it the name of the service. Two services need two.' },
	{ name: 'env', values: 'set', read: readEnv, about: 'Variables name=value for the server, beside those of xinetd.' },
	{ name: 'port', values: 1, read: readPort, about: 'The port; for a service of /etc/services only the one that stands there.' },
	{ name: 'passenv', values: 'set', inDefaults: 'set', read: readPassenv, about: 'Which of its own variables xinetd hands on; without it all.' },
	{ name: 'flags', values: 'any', read: names(FLAGS, (c) => c.flags, 'service flag', 'flags'), choices: FLAGS, about: 'NAMEINARGS: the first of server_args is the name. NOLIBWRAP: hosts.allow and hosts.deny are not asked. IDONLY: only who can be identified. SENSOR: a trap.' },
	{ name: 'nice', values: 1, read: readNice, about: 'Priority of the server.' },
	{ name: 'redirect', values: 2, read: readRedirect, about: 'Address and port to which a TCP connection is handed on.' },
	{ name: 'banner', values: 1, inDefaults: 1, read: text((c, value) => void (c.banner = value)), about: 'A file that everybody gets first.' },
	{ name: 'bind', values: 1, inDefaults: 1, read: readBind, about: 'The address of this host at which the service listens; without it all.' },
	{ name: 'interface', values: 1, inDefaults: 1, read: readBind, about: 'The same as bind.' },
	{ name: 'per_source', values: 1, inDefaults: 1, read: limit((config, n) => void (config.perSource = n), 'Number of per source instances is invalid'), choices: ['UNLIMITED'], about: 'How many servers one client may have.' },
	{ name: 'groups', values: 1, inDefaults: 1, read: yesNo((c, on) => void (c.groups = on), 'Bad value for groups'), choices: YES_NO, about: 'yes: the server has all groups of its user.' },
	{ name: 'banner_success', values: 1, inDefaults: 1, read: text((c, value) => void (c.bannerSuccess = value)), about: 'A file for those who are let in.' },
	{ name: 'banner_fail', values: 1, inDefaults: 1, read: text((c, value) => void (c.bannerFail = value)), about: 'A file for those who are turned away.' },
	{ name: 'cps', values: 2, inDefaults: 2, read: readCps, about: 'Connections a second, and for how many seconds the service closes when there are more. Without it 50 and 10.' },
	{ name: 'disable', values: 1, read: yesNo((c, on) => void (c.disabled = on), 'Bad value'), choices: YES_NO, about: 'yes: the service is not offered.' },
	{ name: 'max_load', values: 1, inDefaults: 1, read: readMaxLoad, about: 'The load average at which nobody is let in any more.' },
	{ name: 'rlimit_as', values: 1, read: resource('Address space limit'), choices: ['UNLIMITED'], about: 'Memory of the server, bytes (K, M).' },
	{ name: 'rlimit_cpu', values: 1, read: resource('CPU limit', true), choices: ['UNLIMITED'], about: 'CPU seconds of the server.' },
	{ name: 'rlimit_data', values: 1, read: resource('Data limit'), choices: ['UNLIMITED'], about: 'Data of the server, bytes (K, M).' },
	{ name: 'rlimit_files', values: 1, read: resource('Max files limit'), choices: ['UNLIMITED'], about: 'Files that the server may have open.' },
	{ name: 'rlimit_rss', values: 1, read: resource('RSS limit'), choices: ['UNLIMITED'], about: 'Resident memory of the server, bytes (K, M).' },
	{ name: 'rlimit_stack', values: 1, read: resource('Stack limit'), choices: ['UNLIMITED'], about: 'Stack of the server, bytes (K, M).' },
	{ name: 'v6only', values: 1, inDefaults: 1, read: yesNo(() => undefined, 'Bad value for v6only'), choices: YES_NO, about: 'The socket takes IPv6 alone.' },
	{ name: 'deny_time', values: 1, read: readDenyTime, choices: ['FOREVER', 'NEVER'], about: 'Minutes for which a SENSOR shuts out who touched it.' },
	{ name: 'umask', values: 1, inDefaults: 1, read: readUmask, about: 'Octal umask of the server.' },
	{ name: 'libwrap', values: 1, read: text((c, value) => void (c.libwrap = value)), about: 'The daemon name for hosts.allow and hosts.deny; without it the name of the server program.' },
	{ name: 'disabled', values: 'set', inDefaults: 'set', notInService: true, read: ids('disabledIds'), about: 'Ids of services that are not offered.' },
	{ name: 'enabled', values: 'set', inDefaults: 'set', notInService: true, read: ids('enabled'), about: 'Ids of services that are offered; all others are not.' }
]; // prettier-ignore

export function serviceAttribute(name: string): Attribute | undefined {
	return ATTRIBUTES.find((one) => one.name === name && !one.notInService);
}

export function defaultsAttribute(name: string): Attribute | undefined {
	return ATTRIBUTES.find((one) => one.name === name && one.inDefaults !== undefined);
}
