/**
 * nmap(1), 7.93 of Debian 12: which hosts are there, and in which state their ports are.
 *
 * Does: reads the options, spreads out the targets, asks which hosts are up, scans their ports, reports host by host.
 * Reads: /etc/hosts and DNS for names, its own table of services (`services.ts`).
 * Not simulated: detection of versions and operating systems, scripts, IPv6, idle, FTP and SCTP scans, decoys, fragments,
 *       XML output, keys pressed while it runs.
 */
import { Errno, type Main, type Sys } from '#kernel/syscalls';
import { formatIpv4Address, parseIpv4Address } from '#wire/address';
import { getnameinfo, parseHosts } from '../libc/netdb';
import { print, printError, readText } from '../libc/stdio';
import { strerror } from '../libc/strerror';
import { breakDown, strftime } from '../libc/strftime';
import { getcred, getrandom, links, neighbours, routeTo, time } from '../libc/unistd';
import { ConnectScan } from './connect-scan';
import { ArpScan, DEFAULT_PINGS, pingProbes, PingScan, USER_PINGS } from './discovery';
import { fatal, NmapExit, parseOptions, type NmapOptions } from './options';
import { Output } from './output';
import type { Probe } from './packets';
import { METHODS, PortScan, portQuestions } from './port-scan';
import { formatPorts, portsToScan, type PortLists } from './ports';
import type { RawSettings, Traffic } from './raw-scan';
import { givenName, nameAndAddress, Report } from './report';
import { HostScan, Question, type Pace, type Scan } from './scan';
import { frequentPorts, type PortProtocol } from './services';
import { addressesOf, parseTarget, type TargetName } from './targets';
import type { Target } from './target';
import { RoundTrip, TEMPLATES } from './timing';
import { NMAP_USAGE } from './usage';

const SECOND = 1_000_000;
/** hosts that are looked for, and hosts that are scanned, at once */
const PING_GROUP = 256;
const SCAN_GROUP = 64;
const POPULAR = 25;

export const nmap: Main = function* (argv) {
	try {
		if (argv.length === 1) throw new NmapExit(255, '', true);
		return yield* new Nmap(argv, parseOptions(argv.slice(1))).run();
	} catch (thrown) {
		if (!(thrown instanceof NmapExit)) throw thrown;
		if (thrown.usage) yield* print(NMAP_USAGE);
		yield* print(thrown.stdout);
		yield* printError(thrown.stderr);
		return thrown.status;
	}
};

class Nmap {
	readonly #output = new Output();
	readonly #traffic: Traffic = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0 };
	readonly #pace: Pace;
	#isRoot = false;
	#start = 0;
	#lists: PortLists = { tcp: [], udp: [] };
	#scanned = 0;
	#up = 0;
	#dataRead = false;
	#hostsFile: ReturnType<typeof parseHosts> = [];
	#excluded = new Set<number>();

	constructor(
		readonly argv: readonly string[],
		readonly options: NmapOptions
	) {
		this.#pace = paceOf(options);
		if (options.debug > 0) options.verbose = Math.max(options.verbose, options.debug);
	}

	*run(): Sys<number> {
		const { options } = this;
		this.#isRoot = options.privileged ?? (yield* getcred()).euid === 0;
		yield* this.#checkOptions();
		const listed = yield* this.#inputList();
		this.#start = yield* time();
		yield* this.#output.open(options);
		yield* this.#opening();
		const { lists, warnings } = portsToScan(options);
		this.#lists = lists;
		this.#dataRead = !options.noPortScan;
		yield* printError(warnings);
		yield* this.#checkDevice();
		yield* this.#portsComment();
		this.#hostsFile = parseHosts(yield* optionalText('/etc/hosts'));
		yield* this.#exclude();
		yield* this.#allTargets([...listed, ...options.targets]);
		yield* this.#closing();
		return 0;
	}

	/* ---- before anything is sent ----------------------------------------------------------------------------------- */

	*#checkOptions(): Sys<void> {
		const { options } = this;
		const special = options.tcp !== undefined || options.udp;
		if (options.noPortScan && special)
			throw fatal('-sL and -sn (skip port scan) are not valid with any other scan types');
		if (!this.#isRoot) yield* this.#checkUser();
		else if (options.fragment) throw fatal('nmap: -f (fragments) is not simulated here.');
		else if (options.osDetection) throw fatal('nmap: -O (detection of operating systems) is not simulated here.');
		if (!options.noPortScan && !special) options.tcp = this.#isRoot ? 'syn' : 'connect';
		if (options.noPing && options.verbose > 0)
			yield* printError(
				"Host discovery disabled (-Pn). All addresses will be marked 'up' and scan times may be slower.\n"
			);
	}

	*#checkUser(): Sys<void> {
		const { options } = this;
		if ((options.tcp !== undefined && options.tcp !== 'connect') || options.udp)
			throw fatal('You requested a scan type which requires root privileges.');
		if (options.osDetection) throw fatal('TCP/IP fingerprinting (for OS scan) requires root privileges.');
		if (options.fragment) throw fatal('Sorry, but fragscan requires root privileges.');
		if (options.pings.some(({ kind }) => kind !== 'syn' && kind !== 'ack'))
			yield* printError('Warning:  You are not root -- using TCP pingscan rather than ICMP\n');
		if (options.sourcePort !== undefined)
			yield* printError(
				'WARNING: -g is incompatible with the default connect() scan (-sT).  Use a raw scan such as -sS if you want to set the source port.\n'
			);
		if (options.rawWanted)
			yield* printError(
				'You have specified some options that require raw socket access.\nThese options will not be honored without the necessary privileges.\n'
			);
	}

	/** The targets that a file of -iL names. */
	*#inputList(): Sys<string[]> {
		const { inputList } = this.options;
		if (inputList === undefined) return [];
		try {
			const text = yield* readText(inputList === '-' ? '/dev/stdin' : inputList);
			return text
				.split('\n')
				.flatMap((line) => line.replace(/#.*/, '').split(/\s+/))
				.filter((word) => word !== '');
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			const number = thrown.code === 'EACCES' ? 13 : 2;
			throw new NmapExit(1, `Failed to open input file ${inputList} for reading: ${strerror(thrown)} (${number})\n`);
		}
	}

	*#checkDevice(): Sys<void> {
		const { device, sourceAddress } = this.options;
		const cards = yield* links();
		if (device !== undefined && sourceAddress === undefined && !cards.some(({ name }) => name === device))
			throw fatal(`I cannot figure out what source address to use for device ${device}, does it even exist?`);
		if (sourceAddress === undefined) return;
		const own = parseIpv4Address(sourceAddress);
		if (own === undefined)
			throw fatal(
				`Failed to resolve/decode supposed IPv4 source address "${sourceAddress}": Name or service not known`
			);
		if (device === undefined) yield* printError(SPOOF_WARNING);
		if (!this.#isRoot) yield* printError(SPOOF_CONNECT_WARNING);
		const isOwn = cards.some(({ addresses }) => addresses.some(({ address }) => address === own));
		if (device === undefined && !isOwn) throw fatal(NO_DEVICE);
	}

	*#opening(): Sys<void> {
		const tm = breakDown(this.#start);
		yield* this.#output.screen(`Starting Nmap 7.93 ( https://nmap.org ) at ${strftime('%Y-%m-%d %H:%M', tm)} UTC\n`);
		const initiated = `# Nmap 7.93 scan initiated ${strftime('%a %b %e %H:%M:%S %Y', tm)} as: ${this.argv.join(' ')}\n`;
		yield* this.#output.normal(initiated);
		yield* this.#output.grepable(initiated);
	}

	*#portsComment(): Sys<void> {
		if (this.options.verbose === 0) return;
		const { tcp, udp } = this.#lists;
		const list = (ports: readonly number[]): string => `(${ports.length};${formatPorts(ports)})`;
		yield* this.#output.grepable(`# Ports scanned: TCP${list(tcp)} UDP${list(udp)} SCTP(0;) PROTOCOLS(0;)\n`);
	}

	*#exclude(): Sys<void> {
		for (const text of this.options.excludes?.split(',') ?? []) {
			const { group } = yield* parseTarget(text, false);
			if (group)
				for (const { address } of addressesOf(group)) if (this.#excluded.size < 0x10000) this.#excluded.add(address);
		}
	}

	/* ---- targets --------------------------------------------------------------------------------------------------- */

	*#allTargets(specifications: readonly string[]): Sys<void> {
		let batch: Target[] = [];
		for (const text of specifications) {
			const { group, complaint } = yield* parseTarget(text, this.options.ipv6);
			yield* printError(complaint);
			if (!group) continue;
			for (const name of addressesOf(group)) {
				if (this.#excluded.has(name.address)) continue;
				const target = yield* this.#target(name);
				if (!target) continue;
				const first = batch[0];
				if (first && (!samePing(first, target) || batch.length >= PING_GROUP)) {
					yield* this.#batch(batch);
					batch = [];
				}
				batch.push(target);
			}
		}
		if (batch.length > 0) yield* this.#batch(batch);
		yield* this.#scanGroup();
	}

	*#target({ address, name, others }: TargetName): Sys<Target | null> {
		const target: Target = {
			address,
			name,
			others,
			isLocal: false,
			isDirect: false,
			device: '',
			source: 0,
			reverseName: '',
			up: false,
			evidence: { reason: 'no-response', ttl: 0 },
			mac: undefined,
			roundTrip: new RoundTrip(this.#pace),
			ports: [],
			startedAt: 0,
			endedAt: 0,
			timedOut: false
		};
		if (!this.#isRoot || this.options.listScan) return target;
		try {
			const route = yield* routeTo(address);
			const isLocal = route.interface === 'lo';
			const { device, sourceAddress } = this.options;
			if (device !== undefined && sourceAddress !== undefined && !isLocal) {
				// with -S nmap looks for a route of that address by itself, and finds none that is not its own
				const own = (yield* links()).some(({ addresses }) =>
					addresses.some((row) => row.address === parseIpv4Address(sourceAddress))
				);
				if (!own && route.gateway !== undefined) throw new Errno('ENETUNREACH');
			}
			return {
				...target,
				isLocal,
				isDirect: !isLocal && route.gateway === undefined,
				device: route.interface,
				source: isLocal ? address : route.source
			};
		} catch (thrown) {
			if (!(thrown instanceof Errno)) throw thrown;
			yield* printError(`setup_target: failed to determine route to ${nameAndAddress(target)}\n`);
			return null;
		}
	}

	#group: Target[] = [];

	/** Hosts that can be looked for in one go. */
	*#batch(batch: Target[]): Sys<void> {
		const { options } = this;
		this.#scanned += batch.length;
		if (!options.listScan) yield* this.#discover(batch);
		const named = batch.filter(({ up }) => up || options.listScan || options.resolve === 'always');
		if (options.resolve !== 'never') yield* this.#resolve(named);
		for (const target of batch) {
			if (options.listScan) yield* this.#listed(target);
			else if (!target.up) yield* this.#isDown(target);
			else {
				this.#up++;
				if (options.noPortScan) yield* this.#report(target);
				else this.#group.push(target);
			}
			if (this.#group.length >= SCAN_GROUP) yield* this.#scanGroup();
		}
	}

	*#listed(target: Target): Sys<void> {
		const { name, reverseName, address } = target;
		yield* this.#output.plain(`Nmap scan report for ${nameAndAddress(target)}\n`);
		if (name !== undefined && reverseName !== '' && reverseName !== name)
			yield* this.#output.plain(`rDNS record for ${formatIpv4Address(address)}: ${reverseName}\n`);
		yield* this.#output.grepable(`${grepableHost(target)}\tStatus: Unknown\n`);
	}

	*#isDown(target: Target): Sys<void> {
		if (this.options.verbose === 0 || this.options.openOnly) return;
		const why = new Report(target, this.options).showsReasons ? `, received ${target.evidence.reason}` : '';
		yield* this.#output.plain(`Nmap scan report for ${nameAndAddress(target)} [host down${why}]\n`);
		yield* this.#output.grepable(`${grepableHost(target)}\tStatus: Down\n`);
	}

	/* ---- discovery ------------------------------------------------------------------------------------------------- */

	*#discover(batch: Target[]): Sys<void> {
		const { options } = this;
		const [{ isLocal, isDirect, device }] = batch as [Target];
		const byArp = isDirect && !options.sendIp && !options.disableArp;
		const mark = (reason: string): void => {
			for (const target of batch) {
				target.up = true;
				target.evidence = { reason, ttl: 0 };
			}
		};
		if (isLocal) return mark('localhost-response');
		if (byArp) {
			const hosts = batch.map((target) => new HostScan(target, [new Question({ kind: 'arp' })], this.#pace));
			yield* this.#phase('ARP Ping Scan', new ArpScan(hosts, this.#pace, this.#traffic, device), hosts, 'hosts');
			if (batch.some(({ mac }) => mac !== undefined)) this.#dataRead = true;
			return;
		}
		if (options.noPing) return mark('user-set');
		const probes = this.#isRoot ? this.#rawPings() : this.#connectPings();
		const hosts = batch.map((target) => {
			const own = probes.map((probe) => new Question(probe));
			return new HostScan(target, own, this.#pace);
		});
		const scan = this.#isRoot
			? new PingScan(hosts, this.#pace, this.#rawSettings(), this.#traffic)
			: new ConnectScan(hosts, this.#pace, true);
		yield* this.#phase('Ping Scan', scan, hosts, 'hosts');
		if (isDirect) yield* this.#neighbourMacs(batch);
	}

	/** What the kernel knows from ARP of hosts that were asked by IP. */
	*#neighbourMacs(batch: readonly Target[]): Sys<void> {
		const known = yield* neighbours();
		for (const target of batch)
			if (target.up) target.mac = known.find(({ address }) => address === target.address)?.mac;
	}

	#rawPings(): Probe[] {
		const { pings } = this.options;
		return pingProbes(pings.length > 0 ? pings : DEFAULT_PINGS);
	}

	#connectPings(): Probe[] {
		const asked = this.options.pings.flatMap(({ kind, ports }) => (kind === 'syn' || kind === 'ack' ? ports : []));
		return (asked.length > 0 ? asked : USER_PINGS).map((port) => ({ kind: 'connect', port }));
	}

	#rawSettings(): RawSettings {
		const { sourcePort, sourceAddress, ttl, dataLength, badSum } = this.options;
		const source = sourceAddress === undefined ? undefined : parseIpv4Address(sourceAddress);
		return { sourcePort, source, ttl, dataLength, badSum };
	}

	/** Runs a scan and tells of its beginning and end. */
	*#phase(title: string, scan: Scan, hosts: readonly HostScan[], what: 'hosts' | 'ports'): Sys<void> {
		const { verbose } = this.options;
		const output = this.#output;
		const begin = yield* time();
		const each = hosts[0]?.questions.length ?? 0;
		if (verbose > 0) {
			const whom = hosts.length === 1 ? givenName(hosts[0]!.target) : `${hosts.length} hosts`;
			const ports = `[${each} port${each === 1 ? '' : 's'}${hosts.length === 1 ? '' : '/host'}]`;
			yield* output.screen(`Initiating ${title} at ${clock(begin)}\nScanning ${whom} ${ports}\n`);
		}
		scan.say = (text) => output.plain(text);
		yield* scan.run();
		if (verbose === 0) return;
		const end = yield* time();
		const total = what === 'hosts' ? hosts.length : each * hosts.length;
		const elapsed = ((end - begin) / SECOND).toFixed(2);
		yield* output.screen(`Completed ${title} at ${clock(end)}, ${elapsed}s elapsed (${total} total ${what})\n`);
	}

	/** Names of addresses: /etc/hosts, then the name servers. */
	*#resolve(targets: readonly Target[]): Sys<void> {
		const unknown: Target[] = [];
		for (const target of targets) {
			const text = formatIpv4Address(target.address);
			const entry = this.#hostsFile.find(({ address }) => address === text);
			if (entry) target.reverseName = entry.names[0]!;
			else unknown.push(target);
		}
		if (unknown.length === 0) return;
		const { verbose } = this.options;
		const begin = yield* time();
		const what = `Parallel DNS resolution of ${unknown.length} host${unknown.length === 1 ? '' : 's'}.`;
		if (verbose > 0) yield* this.#output.screen(`Initiating ${what} at ${clock(begin)}\n`);
		for (const target of unknown) {
			const found = yield* getnameinfo(target.address);
			if (found.ok) target.reverseName = found.name;
		}
		const end = yield* time();
		const elapsed = ((end - begin) / SECOND).toFixed(2);
		if (verbose > 0) yield* this.#output.screen(`Completed ${what} at ${clock(end)}, ${elapsed}s elapsed\n`);
	}

	/* ---- ports ----------------------------------------------------------------------------------------------------- */

	*#scanGroup(): Sys<void> {
		const group = this.#group;
		this.#group = [];
		if (group.length === 0) return;
		const { tcp, udp, scanFlags, verbose } = this.options;
		if (tcp === 'connect') yield* this.#connectScan(group);
		else if (tcp !== undefined) yield* this.#packetScan(group, tcp, scanFlags);
		if (udp) yield* this.#packetScan(group, 'udp', undefined);
		const end = yield* time();
		for (const target of group) {
			target.startedAt ||= end;
			target.endedAt ||= end;
			const report = new Report(target, this.options);
			if (report.isWorthShowing || verbose > 0) yield* this.#report(target);
		}
	}

	*#connectScan(group: readonly Target[]): Sys<void> {
		const ports = yield* this.#order('tcp');
		if (ports.length === 0) return;
		const hosts = group.map(
			(target) =>
				new HostScan(
					target,
					ports.map((port) => new Question({ kind: 'connect', port })),
					this.#pace
				)
		);
		yield* this.#phase('Connect Scan', new ConnectScan(hosts, this.#pace, false), hosts, 'ports');
	}

	*#packetScan(group: readonly Target[], kind: keyof typeof METHODS, flags: number | undefined): Sys<void> {
		const method = METHODS[kind];
		const ports = yield* this.#order(method.protocol);
		const alive = group.filter(({ timedOut }) => !timedOut);
		if (ports.length === 0 || alive.length === 0) return;
		const hosts = alive.map((target) => {
			const host = new HostScan(target, portQuestions(method, ports, flags), this.#pace);
			host.pingProbe = this.#pingProbeOf(target);
			return host;
		});
		const scan = new PortScan(hosts, this.#pace, this.#rawSettings(), this.#traffic, method, this.options.verbose > 0);
		yield* this.#phase(method.title, scan, hosts, 'ports');
	}

	/** What found the host asks later whether it is still there. */
	#pingProbeOf({ evidence }: Target): Probe | undefined {
		if (evidence.reason === 'echo-reply') return { kind: 'icmp', type: 8 };
		return evidence.reason === 'timestamp-reply' ? { kind: 'icmp', type: 13 } : undefined;
	}

	/** By chance, the most frequent ones first; with -r as they are numbered. */
	*#order(protocol: PortProtocol): Sys<number[]> {
		const ports = [...this.#lists[protocol]];
		if (this.options.sequential) return ports;
		const popular = new Set(frequentPorts(protocol, POPULAR));
		const first = ports.filter((port) => popular.has(port));
		const rest = ports.filter((port) => !popular.has(port));
		return [...(yield* shuffle(first)), ...(yield* shuffle(rest))];
	}

	/* ---- what is said ---------------------------------------------------------------------------------------------- */

	*#report(target: Target): Sys<void> {
		const { options } = this;
		const report = new Report(target, options);
		const output = this.#output;
		const host = grepableHost(target);
		yield* output.grepable(`${host}\tStatus: Up\n`);
		yield* output.plain(report.title());
		let text = report.header();
		if (target.timedOut) {
			yield* output.plain(`${text}Skipping host ${nameAndAddress(target)} due to host timeout\n`);
			yield* output.grepable(`${host}\tStatus: Timeout\n`);
			return;
		}
		if (options.noPortScan) {
			yield* output.plain(text + report.mac());
			return;
		}
		if (options.verbose > 1) text += report.scannedAt();
		text += report.ports() + report.mac();
		yield* output.plain(text);
		yield* output.plain('\n');
		yield* output.grepable(`${host}\t${report.grepable()}\n`);
	}

	*#closing(): Sys<void> {
		const { options } = this;
		const output = this.#output;
		const end = yield* time();
		const elapsed = ((end - this.#start) / SECOND).toFixed(2);
		if (this.#scanned === 0) yield* printError('WARNING: No targets were specified, so 0 hosts scanned.\n');
		if (options.verbose > 0 && this.#dataRead) yield* output.screen('Read data files from: /usr/bin/../share/nmap\n');
		if (this.#scanned === 1 && this.#up === 0 && !options.listScan && !options.noPing)
			yield* output.screen('Note: Host seems down. If it is really up, but blocking our ping probes, try -Pn\n');
		const addresses = `${this.#scanned} IP address${this.#scanned === 1 ? '' : 'es'}`;
		const hosts = `${this.#up} host${this.#up === 1 ? '' : 's'} up`;
		const done = `${addresses} (${hosts}) scanned in ${elapsed} seconds`;
		yield* output.screen(`Nmap done: ${done}\n`);
		const { sentPackets, sentBytes, receivedPackets, receivedBytes } = this.#traffic;
		if (options.verbose > 0 && this.#isRoot && sentPackets > 0)
			yield* output.screen(
				`           Raw packets sent: ${sentPackets} (${byteCount(sentBytes)}) | Rcvd: ${receivedPackets} (${byteCount(receivedBytes)})\n`
			);
		const line = `# Nmap done at ${strftime('%a %b %e %H:%M:%S %Y', breakDown(end))} -- ${done}\n`;
		yield* output.normal(line);
		yield* output.grepable(line);
	}
}

const SPOOF_WARNING =
	'WARNING: If -S is being used to fake your source address, you may also have to use -e <interface> and -Pn .  If you are using it to specify your real source address, you can ignore this warning.\n';
const SPOOF_CONNECT_WARNING =
	"WARNING: -S will only affect the source address used in a connect() scan if you specify one of your own addresses.  Use -sS or another raw scan if you want to completely spoof your source address, but then you need to know what you're doing to obtain meaningful results.\n";
const NO_DEVICE =
	'Could not figure out what device to send the packet out on with the source address you gave me!  If you are trying to sp00f your scan, this is normal, just give the -e eth0 or -e ppp0 or whatever.  Otherwise you can still use -e, but I find it kind of fishy.';

function paceOf(options: NmapOptions): Pace {
	const template = TEMPLATES[options.timing]!;
	return {
		...template,
		level: options.timing,
		initialRtt: options.initialRtt ?? Math.min(template.initialRtt, options.maxRtt ?? Infinity),
		minRtt: options.minRtt ?? template.minRtt,
		maxRtt: options.maxRtt ?? template.maxRtt,
		maxRetries: options.maxRetries ?? template.maxRetries,
		scanDelay: options.scanDelay || template.scanDelay,
		hostTimeout: options.hostTimeout || template.hostTimeout,
		least: options.minParallelism,
		most: options.maxParallelism,
		minRate: options.minRate,
		maxRate: options.maxRate
	};
}

function samePing(a: Target, b: Target): boolean {
	return a.isLocal === b.isLocal && a.isDirect === b.isDirect && a.device === b.device;
}

function grepableHost({ address, reverseName, name }: Target): string {
	return `Host: ${formatIpv4Address(address)} (${reverseName === '' ? (name ?? '') : reverseName})`;
}

function clock(now: number): string {
	return strftime('%H:%M', breakDown(now));
}

function byteCount(bytes: number): string {
	if (bytes < 1000) return `${bytes}B`;
	return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(3)}KB` : `${(bytes / 1_000_000).toFixed(3)}MB`;
}

function* shuffle(items: number[]): Sys<number[]> {
	let view: DataView = new DataView(new ArrayBuffer(0));
	let at = 0;
	for (let i = items.length - 1; i > 0; i--) {
		if (at >= view.byteLength) {
			const bytes = yield* getrandom(1024);
			view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
			at = 0;
		}
		const j = view.getUint32(at) % (i + 1);
		at += 4;
		[items[i], items[j]] = [items[j]!, items[i]!];
	}
	return items;
}

function* optionalText(path: string): Sys<string> {
	try {
		return yield* readText(path);
	} catch (thrown) {
		if (thrown instanceof Errno) return '';
		throw thrown;
	}
}
