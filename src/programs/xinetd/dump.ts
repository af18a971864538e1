/**
 * The state of xinetd in words (SIGUSR1), added to /run/xinetd.dump; `service xinetd status` shows it.
 *
 * Lacks: the numbers of descriptors that are no sockets of services.
 */
import type { Sys } from '#kernel/syscalls';
import { formatIpv4Address } from '#wire/address';
import { appendFile } from '../libc/stdio';
import { breakDown, strftime } from '../libc/strftime';
import { time } from '../libc/unistd';
import { peerText } from './access';
import { nameOf, type AddressItem } from './addresses';
import { errorText, type ProgramLog } from './message';
import type { Options } from './options';
import { FLAGS, SUCCESS_OPTIONS, FAILURE_OPTIONS, TYPES, UNLIMITED, type ServiceConfig } from './service-config';
import { isAvailable, type Server, type Service } from './service';

const DUMP_FILE = '/var/run/xinetd.dump';
const DESCRIPTORS = 1_048_576;

/** What is dumped. */
export interface State {
	readonly defaults: ServiceConfig;
	readonly services: readonly Service[];
	readonly servers: readonly Server[];
	readonly options: Options;
	readonly program: ProgramLog;
}

export function* dump(state: State): Sys<void> {
	const clock = (when: number): string => strftime('%a %b %e %H:%M:%S %Y', breakDown(when));
	let out = `INTERNAL STATE DUMP: 2.3.15.3\nCurrent time: ${clock(yield* time())}\n\nServices + defaults:\n`;
	out += yield* describe(state.defaults, '', true);
	for (const service of state.services) out += yield* describeService(service);
	out += 'Server table dump:\n';
	for (const server of state.servers) {
		const { config } = server.service;
		const user = config.logOnSuccess.has('USERID') ? 'YES' : 'NO';
		out += `${config.id} server\npid = ${server.pid}\nstart_time = ${clock(server.started * 1e6)}\nConnection info:\n`;
		out += `\tservice = ${config.id}\n\tdescriptor = ${server.fd}\n\tflags = 0x6\n\tremote_address = ${peerText(server.peer)},0\n`;
		out += `log_remote_user = ${user}\nwrites_to_log = ${user}\n\n`;
	}
	out += '\nRetry table dump:\n\n';
	const sockets = state.services.map(({ fd }) => fd).filter((fd) => fd >= 0);
	out += `Socket mask:${sockets.map((fd) => ` ${fd}`).join('')}\npfds_last = ${sockets.length + 1}\n`;
	out += 'Open descriptors (not in socket mask): 0 1 2\n\n';
	const available = state.services.filter(isAvailable).length;
	out += `active_services = ${state.services.filter((one) => one.state === 'active').length}\n`;
	out += `available_services = ${available}\ndescriptors_free = ${DESCRIPTORS - 8 - available}\n`;
	out += `running_servers = ${state.servers.length}\nLogging service = enabled\n\n`;
	out += `max_descriptors = ${DESCRIPTORS}\nprocess_limit = ${state.options.limit}\nconfig_file = ${state.options.config}\n`;
	try {
		yield* appendFile(DUMP_FILE, out, 0o644);
	} catch (thrown) {
		yield* state.program.write('err', `failed to open ${DUMP_FILE}: ${errorText(thrown)}`);
	}
}

const STATES = {
	'not-started': 'Not started',
	active: 'Active',
	disabled: 'Disabled',
	suspended: 'Suspended'
} as const;

function* describeService(service: Service): Sys<string> {
	const { config, state, running, fd } = service;
	let out = `Service = ${config.shownName}\n\tState = ${STATES[state]}\n`;
	out += yield* describe(config, '\t', false);
	if (state === 'active')
		out += `\trunning servers = ${running}\n\tretry servers = 0\n\tattempts = 0\n\tservice fd = ${fd}\n`;
	return `${out}\n`;
}

function* describe(config: ServiceConfig, indent: string, isDefaults: boolean): Sys<string> {
	const lines = isDefaults ? [] : identityLines(config);
	const yesNo = (on: boolean): string => (on ? 'yes' : 'no');
	const line = (attribute: string, text: string): void => {
		if (config.has(attribute)) lines.push(text);
	};
	line('instances', `Instances = ${config.instances === UNLIMITED ? 'UNLIMITED' : config.instances}`);
	line('wait', `wait = ${yesNo(config.wait)}`);
	line('user', `user = ${config.uid}`);
	line('group', `group = ${config.gid}`);
	if (!isDefaults || config.has('groups')) lines.push(`Groups = ${yesNo(config.groups)}`);
	line('umask', `umask = ${config.umask.toString(8)}`);
	line('nice', `Nice = ${config.nice}`);
	line('cps', `CPS = max conn:${config.cps.most} wait:${config.cps.rest}`);
	if (!isDefaults || config.has('per_source')) lines.push(`PER_SOURCE = ${config.perSource}`);
	lines.push(
		config.bind === undefined
			? 'Bind = All addresses.'
			: `Bind = ${(yield* nameOf({ address: config.bind, mapped: false })) ?? formatIpv4Address(config.bind)}`
	);
	if (!isDefaults) lines.push(...(yield* serverLines(config)));
	lines.push(`Only from: ${listed(config.onlyFrom, 'All sites')}`);
	lines.push(`No access: ${listed(config.noAccess, 'No blocked sites')}`);
	if (config.flags.has('SENSOR')) lines.push(`Deny Time: ${config.denyTime}`);
	lines.push(...logLines(config));
	if (config.passenv) lines.push(`Passenv =${config.passenv.map((name) => ` ${name}`).join('')}`);
	if (config.env) lines.push('Environment additions:', ...config.env.map((text) => `\t${text}`));
	const title = isDefaults ? 'Service defaults' : `Service configuration: ${config.shownName}`;
	return `${indent}${title}\n${lines.map((text) => `${indent}\t${text}\n`).join('')}`;
}

function identityLines(config: ServiceConfig): string[] {
	const { flags, types, protocol } = config;
	const lines = [`id = ${config.id}`];
	const chosen = (all: readonly string[], set: ReadonlySet<string>): string =>
		all.filter((one) => set.has(one)).join(' ');
	if (flags.size > 0) lines.push(`flags = ${chosen(FLAGS, flags)}`);
	if (types.size > 0) lines.push(`type = ${chosen(TYPES, types)}`);
	lines.push(`socket_type = ${config.socketType}`, `Protocol (name,number) = (${protocol?.name},${protocol?.number})`);
	if (config.has('port')) lines.push(`port = ${config.port}`);
	return lines;
}

function* serverLines(config: ServiceConfig): Sys<string[]> {
	const lines: string[] = [];
	if (!config.internal && !config.redirect)
		lines.push(`Server = ${config.server}`, `Server argv =${(config.argv ?? []).map((word) => ` ${word}`).join('')}`);
	if (config.libwrap !== undefined) lines.push(`Libwrap = ${config.libwrap}`);
	if (config.redirect) {
		const { address, port } = config.redirect;
		lines.push(`Redirect = ${(yield* nameOf({ address, mapped: false })) ?? formatIpv4Address(address)}:${port}`);
	}
	if (config.has('access_times'))
		lines.push(`Access times =${config.accessTimes!.map(({ text }) => ` ${text}`).join('')}`);
	return lines;
}

function listed(items: readonly AddressItem[] | undefined, nothing: string): string {
	if (!items || items.length === 0) return nothing;
	return items
		.map(({ kind, text, address, mask }) => {
			if (kind === 'HOST') return ` ${text}(HOST)`;
			if (kind === 'IPV6') return ` ${text}(NUMERIC)`;
			return kind === 'NET'
				? ` ${formatIpv4Address(address)}/${formatIpv4Address(mask)}(NET)`
				: ` ${formatIpv4Address(address)}(NUMERIC)`;
		})
		.join('');
}

function logLines({ log, logOnSuccess, logOnFailure }: ServiceConfig): string[] {
	if (log.type === 'none') return ['No logging'];
	const flags = (all: readonly string[], set: ReadonlySet<string>): string =>
		all.map((one) => (set.has(one) ? ` ${one}` : '')).join('');
	const limits = (file: typeof log): string =>
		file.type === 'file' && file.limits ? ` (soft=${file.limits.soft} hard=${file.limits.hard})` : ' (no limits)';
	const where =
		log.type === 'common'
			? 'Logging to common log file'
			: log.type === 'file'
				? `Logging to file: ${log.path}${limits(log)}`
				: `Logging to syslog. Facility = ${log.facility}, level = ${log.level}`;
	return [
		where,
		`Log_on_success flags =${flags(SUCCESS_OPTIONS, logOnSuccess)}`,
		`Log_on_failure flags =${flags(FAILURE_OPTIONS, logOnFailure)}`
	];
}
