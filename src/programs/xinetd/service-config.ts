/**
 * A service of the configuration, and the entry `defaults`: what the attributes said, with the line where each was said.
 *
 * An attribute is `specified` when the entry itself sets it, `present` when it has a value from anywhere.
 */
import type { Facility, Priority } from '../libc/syslog';
import type { AddressItem } from './addresses';
import type { Builtin } from '../inetd/internal';
import type { Place } from './message';
import type { Interval } from './times';

export const TYPES = ['RPC', 'INTERNAL', 'UNLISTED', 'SPECIAL', 'TCPMUX', 'TCPMUXPLUS'] as const;
export type ServiceType = (typeof TYPES)[number];

export const FLAGS = [
	'REUSE', 'INTERCEPT', 'NORETRY', 'IDONLY', 'NAMEINARGS', 'NODELAY', 'KEEPALIVE', 'NOLIBWRAP', 'SENSOR', 'IPv4', 'IPv6',
	'LABELED'
] as const; // prettier-ignore
export type Flag = (typeof FLAGS)[number];

export const SOCKET_TYPES = ['stream', 'dgram', 'raw', 'seqpacket'] as const;
export type SocketType = (typeof SOCKET_TYPES)[number];

export const SUCCESS_OPTIONS = ['HOST', 'DURATION', 'EXIT', 'PID', 'USERID', 'TRAFFIC'] as const;
export const FAILURE_OPTIONS = ['HOST', 'ATTEMPT', 'USERID'] as const;
export type SuccessOption = (typeof SUCCESS_OPTIONS)[number];
export type FailureOption = (typeof FAILURE_OPTIONS)[number];

export const UNLIMITED = -1;

/** Where a service's log goes. */
export type LogTarget =
	| { readonly type: 'none' }
	| { readonly type: 'syslog'; readonly facility: Facility; readonly level: Priority }
	| { readonly type: 'file'; readonly path: string; readonly limits?: { readonly soft: number; readonly hard: number } }
	/** the file of `defaults` */
	| { readonly type: 'common' };

export class ServiceConfig {
	id = '';
	readonly specified = new Set<string>();
	readonly present = new Set<string>();
	/** where an attribute was last set */
	readonly places = new Map<string, Place>();
	/** what it said there, in words */
	readonly written = new Map<string, string>();

	disabled = false;
	readonly types = new Set<ServiceType>();
	readonly flags = new Set<Flag>();
	socketType: SocketType | undefined;
	protocol: { readonly name: string; readonly number: number } | undefined;
	port = 0;
	wait = false;
	uid = 0;
	gid = 0;
	/** of the user */
	userGid = 0;
	groups = false;
	umask = 0;
	nice = 0;
	server: string | undefined;
	argv: string[] | undefined;
	libwrap: string | undefined;
	builtin: Builtin | undefined;
	redirect: { readonly address: number; readonly port: number } | undefined;
	bind: number | undefined;
	instances = UNLIMITED;
	perSource = UNLIMITED;
	/** connections a second, and seconds of rest */
	cps = { most: 50, rest: 10 };
	maxLoad = 0;
	/** minutes; -1 for ever */
	denyTime = 0;
	onlyFrom: AddressItem[] | undefined;
	noAccess: AddressItem[] | undefined;
	accessTimes: Interval[] | undefined;
	log: LogTarget = { type: 'none' };
	logOnSuccess = new Set<SuccessOption>();
	logOnFailure = new Set<FailureOption>();
	/** name=value */
	env: string[] | undefined;
	passenv: string[] | undefined;
	/** what the server gets, once the configuration is whole */
	environment: ReadonlyMap<string, string> = new Map();
	banner: string | undefined;
	bannerSuccess: string | undefined;
	bannerFail: string | undefined;
	/** of defaults */
	enabled: string[] | undefined;
	disabledIds: string[] | undefined;

	/** @param name undefined: the entry `defaults` */
	constructor(
		readonly name: string | undefined,
		readonly place: Place
	) {}

	specify(attribute: string, place?: Place, text?: string): void {
		this.specified.add(attribute);
		this.present.add(attribute);
		if (place) this.places.set(attribute, place);
		if (text !== undefined) this.written.set(attribute, text);
	}

	has(attribute: string): boolean {
		return this.specified.has(attribute);
	}

	/** as printf(3) shows the name of the entry `defaults` */
	get shownName(): string {
		return this.name ?? '(null)';
	}

	get internal(): boolean {
		return this.types.has('INTERNAL');
	}

	get muxClient(): boolean {
		return this.types.has('TCPMUX') || this.types.has('TCPMUXPLUS');
	}

	/** whether a server is a process of its own */
	get forks(): boolean {
		return !this.internal || this.builtin?.forks === true;
	}

	/** over an IPv6 socket, which takes IPv4 too */
	get dual(): boolean {
		return !this.flags.has('IPv4');
	}
}
