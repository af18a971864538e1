/**
 * From what was read to services that can be started: which are left out, what is filled in from `defaults` and from
 * /etc/services, and whether each is whole.
 *
 * As the real program: two services of one port are told from each other only when they are bound to addresses; others
 * meet when the second is started, and it fails.
 */
import type { Sys } from '#kernel/syscalls';
import { getprotobyname, getservbyname } from '../libc/netdb';
import { BUILTINS } from './builtins';
import type { Report } from './message';
import type { Configuration } from './parse';
import type { ServiceConfig } from './service-config';

/** Leaves out what is disabled, fills in, checks. */
export function* complete(
	configuration: Configuration,
	environment: ReadonlyMap<string, string>,
	report: Report
): Sys<void> {
	const { defaults } = configuration;
	yield* removeDisabled(configuration, report);
	const whole: ServiceConfig[] = [];
	for (const service of configuration.services) {
		const problem =
			(yield* fill(service, defaults, environment)) ??
			checkUnique(service, whole) ??
			(yield* check(service, report)) ??
			(yield* checkAttributes(service, report));
		if (problem === undefined) whole.push(service);
		else if (problem !== '') yield* report('err', problem);
	}
	configuration.services = whole;
}

function* removeDisabled(configuration: Configuration, report: Report): Sys<void> {
	const { enabled, disabledIds } = configuration.defaults;
	if (enabled) for (const service of configuration.services) service.disabled = !enabled.includes(service.id);
	for (const { disabled, shownName } of configuration.services)
		if (disabled) yield* report('debug', `removing ${shownName}`);
	configuration.services = configuration.services.filter(({ disabled, id }) => !disabled && !disabledIds?.includes(id));
}

/* ---- filling in -------------------------------------------------------------------------------------------------- */

/** Values of `defaults` for what the service does not say itself. */
function takeDefaults(service: ServiceConfig, defaults: ServiceConfig): void {
	const take = (name: string, set: () => void): void => {
		if (service.has(name) || !defaults.has(name)) return;
		set();
		const place = defaults.places.get(name);
		if (place) service.places.set(name, place);
		const written = defaults.written.get(name);
		if (written !== undefined) service.written.set(name, written);
		service.present.add(name);
	};
	take('instances', () => void (service.instances = defaults.instances));
	take('umask', () => {
		service.umask = defaults.umask;
		service.specify('umask');
	});
	take('per_source', () => void (service.perSource = defaults.perSource));
	take('groups', () => void (service.groups = defaults.groups));
	take('cps', () => void (service.cps = defaults.cps));
	take('max_load', () => void (service.maxLoad = defaults.maxLoad));
	take('bind', () => void (service.bind = defaults.bind));
	take('log_on_success', () => void (service.logOnSuccess = defaults.logOnSuccess));
	take('log_on_failure', () => void (service.logOnFailure = defaults.logOnFailure));
	take('log_type', () => void (service.log = defaults.log.type === 'file' ? { type: 'common' } : defaults.log));
}

/** @returns what is wrong */
function* fill(
	service: ServiceConfig,
	defaults: ServiceConfig,
	environment: ReadonlyMap<string, string>
): Sys<string | undefined> {
	if (service.redirect) {
		service.server = '/bin/true';
		service.specify('server');
	}
	const problem = service.internal ? undefined : fillArguments(service);
	if (problem !== undefined) return problem;
	takeDefaults(service, defaults);
	if (!service.flags.has('IPv4') && !service.flags.has('IPv6'))
		service.flags.add(service.bind === undefined ? 'IPv6' : 'IPv4');
	yield* fillProtocol(service);
	const port = yield* fillPort(service);
	if (port !== undefined) return port;
	service.environment = environmentOf(service, defaults, environment);
	return undefined;
}

function fillArguments(service: ServiceConfig): string | undefined {
	const { server } = service;
	if (server === undefined) return `Must specify a server in ${service.shownName}`;
	if (service.flags.has('NAMEINARGS'))
		return service.has('server_args') ? undefined : 'Must specify server args if using NAMEINARGS flag';
	service.argv = [server.slice(server.lastIndexOf('/') + 1), ...(service.argv ?? []).slice(1)];
	return undefined;
}

const PROTOCOL_OF = { stream: 'tcp', dgram: 'udp' } as const;

/** Each of protocol and socket type from the other. */
function* fillProtocol(service: ServiceConfig): Sys<void> {
	const { socketType, protocol } = service;
	if (!service.has('protocol') && (socketType === 'stream' || socketType === 'dgram')) {
		const entry = yield* getprotobyname(PROTOCOL_OF[socketType]);
		if (entry) {
			service.protocol = { name: PROTOCOL_OF[socketType], number: entry.number };
			service.specify('protocol');
		}
	}
	if (service.has('socket_type') || !protocol) return;
	const type = protocol.name === 'tcp' ? 'stream' : protocol.name === 'udp' ? 'dgram' : undefined;
	if (!type) return;
	service.socketType = type;
	service.specify('socket_type');
}

function* fillPort(service: ServiceConfig): Sys<string | undefined> {
	if (service.has('port') || service.muxClient || service.types.has('RPC')) return undefined;
	const name = service.shownName;
	if (service.types.has('UNLISTED')) return `Unlisted service: ${name} must have a port entry`;
	if (!service.protocol) return `Port not specified for service: ${name} and no protocol given`;
	const entry = yield* getservbyname(name, service.protocol.name);
	if (!entry) return `Port not specified and can't find service: ${name} with getservbyname`;
	service.port = entry.port;
	service.specify('port');
	return undefined;
}

function environmentOf(
	service: ServiceConfig,
	defaults: ServiceConfig,
	own: ReadonlyMap<string, string>
): ReadonlyMap<string, string> {
	const passed = service.has('passenv') ? service.passenv : defaults.has('passenv') ? defaults.passenv : undefined;
	const out = new Map(passed === undefined ? own : passed.map((name) => [name, own.get(name) ?? '']));
	for (const assignment of service.env ?? []) {
		const at = assignment.indexOf('=');
		out.set(assignment.slice(0, at), assignment.slice(at + 1));
	}
	return out;
}

/* ---- checking ---------------------------------------------------------------------------------------------------- */

/** @returns what is wrong */
function checkUnique(service: ServiceConfig, before: readonly ServiceConfig[]): string | undefined {
	for (const other of before) {
		if (other.bind === undefined || service.port !== other.port) continue;
		if (service.protocol?.number !== other.protocol?.number) continue;
		if (service.bind !== undefined && service.bind !== other.bind) continue;
		const own = `service: ${service.shownName} id: ${service.id}`;
		return service.id === other.id
			? `${own} not unique or is a duplicate - DISABLING`
			: `${own} is unique but its identical to service: ${other.shownName} id: ${other.id} - DISABLING`;
	}
	return undefined;
}

/** @returns what is wrong; empty when it has been said */
function* check(service: ServiceConfig, report: Report): Sys<string | undefined> {
	if (service.flags.has('INTERCEPT')) {
		if (service.internal) yield* report('err', `Internal services cannot be intercepted: ${service.id} `);
		if (!service.wait) yield* report('err', `Multi-threaded services cannot be intercepted: ${service.id}`);
		if (service.internal || !service.wait) service.flags.delete('INTERCEPT');
	}
	const sensor = service.flags.has('SENSOR');
	if (sensor) service.types.add('INTERNAL');
	if (service.internal) {
		const name = sensor ? 'sensor' : service.shownName;
		service.builtin = BUILTINS.find((one) => one.name === name && one.type === service.socketType);
		if (!service.builtin)
			return `No such internal service: ${name}/${service.socketType ?? 'Unknown socket type'} - DISABLING`;
	}
	return checkLabels(service) ?? (yield* checkListed(service)) ?? checkRedirect(service) ?? checkArguments(service);
}

function checkLabels(service: ServiceConfig): string | undefined {
	if (!service.flags.has('LABELED')) return undefined;
	const cannot = (who: string): string => `${who} cannot support labeled networking: ${service.id}`;
	if (service.internal) return cannot('Internal services');
	if (service.socketType !== 'stream') return cannot('Non-stream socket types');
	if (service.wait) return cannot('Tcp wait services');
	return service.redirect ? cannot('Redirected services') : undefined;
}

function* checkListed(service: ServiceConfig): Sys<string | undefined> {
	const name = service.shownName;
	const unlisted = service.types.has('UNLISTED');
	if (service.muxClient) {
		if (!unlisted) return `Service: ${name} (tcpmux) should have UNLISTED in type.`;
		if (service.protocol?.name !== 'tcp') return `Service: ${name} (tcpmux) should have tcp in protocol.`;
	}
	if (service.types.has('RPC') && !unlisted) return `unknown RPC service: ${name}`;
	if (unlisted) return undefined;
	if (!service.protocol) return `A protocol or a socket_type must be specified for service: ${name}.`;
	const entry = yield* getservbyname(name, service.protocol.name);
	if (!entry) return `service/protocol combination not in /etc/services: ${name}/${service.protocol.name}`;
	if (service.has('port') && service.port !== entry.port)
		return `Service ${name} expects port ${entry.port}, not ${service.port}`;
	return undefined;
}

function checkRedirect(service: ServiceConfig): string | undefined {
	const name = service.shownName;
	if (!service.has('redirect')) {
		const traffic = service.logOnSuccess.has('TRAFFIC');
		return traffic ? `Service ${name} should not have TRAFFIC flag set since its not redirected` : undefined;
	}
	if (service.socketType !== 'stream') return `Only tcp sockets are supported for redirected service ${name}`;
	if (service.wait) return `Redirected service ${name} must not wait`;
	return service.flags.has('NAMEINARGS') ? `Redirected service ${name} should not have NAMEINARGS flag set` : undefined;
}

function checkArguments(service: ServiceConfig): string | undefined {
	if (!service.flags.has('NAMEINARGS')) return undefined;
	const name = service.shownName;
	if (service.internal) return `Service ${name} is INTERNAL and has NAMEINARGS flag set`;
	return service.has('server_args') ? undefined : `Service ${name} has NAMEINARGS flag set and no server_args`;
}

/** In the order in which the real program names what is missing. */
const NECESSARY: readonly { readonly name: string; readonly when: (service: ServiceConfig) => boolean }[] = [
	{ name: 'wait', when: () => true },
	{ name: 'socket_type', when: () => true },
	{ name: 'protocol', when: (one) => one.types.has('RPC') || (!one.internal && one.types.has('UNLISTED')) },
	{ name: 'user', when: (one) => !one.internal },
	{ name: 'server', when: (one) => !one.internal && !one.has('redirect') },
	{ name: 'rpc_version', when: (one) => one.types.has('RPC') },
	{
		name: 'port',
		when: (one) => !one.internal && one.types.has('UNLISTED') && !one.muxClient && !one.types.has('RPC')
	},
	{ name: 'rpc_number', when: (one) => one.types.has('RPC') && one.types.has('UNLISTED') }
];

/** @returns empty when something is missing, which has been said */
function* checkAttributes(service: ServiceConfig, report: Report): Sys<string | undefined> {
	if (service.flags.has('IPv4') && service.flags.has('IPv6')) {
		yield* report('info', `Service ${service.shownName} will use IPv6 or fallback to IPv4`);
		service.flags.delete('IPv4');
	}
	const missing = NECESSARY.filter(({ name, when }) => when(service) && !service.has(name));
	for (const { name } of missing) yield* report('err', `Service ${service.id} missing attribute ${name} - DISABLING`);
	return missing.length === 0 ? undefined : '';
}
