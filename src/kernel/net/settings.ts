/**
 * The kernel's settings under net.* (sysctl, /proc/sys/net).
 *
 * Does: keeps the values as text, checks that a number is one, tells who asked to know about a change.
 * Reads: the table below, defaults of Linux 6.1 (Documentation/networking/ip-sysctl.rst); netfilter adds its own rows
 *        by `declare`. `net.ipv4.conf.NAME.*` exist for `all`, `default` and each interface; a dot in an interface's name
 *        is a slash there, as in sysctl(8).
 * Not simulated: most names of the real tree; an unknown name is ENOENT, as a file that is not there. Obeyed are those
 *        that a file of this folder names; the others (tcp_rmem, tcp_ecn, arp_* …) are only kept.
 */
import { Errno } from '../syscalls';

/** name under net.ipv4 → default */
const IPV4_DEFAULTS: Readonly<Record<string, string>> = {
	ip_forward: '0',
	ip_default_ttl: '64',
	ip_local_port_range: '32768\t60999',
	ip_unprivileged_port_start: '1024',
	ip_nonlocal_bind: '0',
	ip_local_reserved_ports: '',
	ip_no_pmtu_disc: '0',
	ip_dynaddr: '0',
	ip_early_demux: '1',
	ip_forward_use_pmtu: '0',
	ip_forward_update_priority: '1',
	ip_autobind_reuse: '0',
	ipfrag_time: '30',
	ipfrag_high_thresh: '4194304',
	ipfrag_low_thresh: '3145728',
	ipfrag_max_dist: '64',
	fwmark_reflect: '0',
	icmp_echo_ignore_all: '0',
	icmp_echo_ignore_broadcasts: '1',
	icmp_echo_enable_probe: '0',
	icmp_errors_use_inbound_ifaddr: '0',
	icmp_ratelimit: '1000',
	icmp_ratemask: '6168',
	icmp_msgs_per_sec: '1000',
	icmp_msgs_burst: '50',
	igmp_max_memberships: '20',
	igmp_qrv: '2',
	ping_group_range: '0\t2147483647',
	tcp_syncookies: '1',
	tcp_max_syn_backlog: '128',
	tcp_synack_retries: '5',
	tcp_syn_retries: '6',
	tcp_retries1: '3',
	tcp_retries2: '15',
	tcp_orphan_retries: '0',
	tcp_fin_timeout: '60',
	tcp_keepalive_time: '7200',
	tcp_keepalive_intvl: '75',
	tcp_keepalive_probes: '9',
	tcp_timestamps: '1',
	tcp_sack: '1',
	tcp_window_scaling: '1',
	tcp_abort_on_overflow: '0',
	tcp_tw_reuse: '2',
	tcp_congestion_control: 'reno',
	tcp_rmem: '4096\t131072\t6291456',
	tcp_wmem: '4096\t16384\t4194304',
	tcp_ecn: '2',
	tcp_fwmark_accept: '0',
	tcp_challenge_ack_limit: '2147483647',
	tcp_dsack: '1',
	tcp_ecn_fallback: '1',
	tcp_fastopen: '1',
	tcp_invalid_ratelimit: '500',
	tcp_moderate_rcvbuf: '1',
	tcp_mtu_probing: '0',
	tcp_base_mss: '1024',
	tcp_min_snd_mss: '48',
	tcp_no_metrics_save: '0',
	tcp_reflect_tos: '0',
	tcp_reordering: '3',
	tcp_slow_start_after_idle: '1',
	tcp_stdurg: '0',
	tcp_rfc1337: '0',
	tcp_max_tw_buckets: '8192',
	icmp_ignore_bogus_error_responses: '1'
};

/** name under net.ipv4.conf.INTERFACE → default */
const INTERFACE_DEFAULTS: Readonly<Record<string, string>> = {
	forwarding: '0',
	rp_filter: '0',
	accept_local: '0',
	accept_redirects: '1',
	send_redirects: '1',
	accept_source_route: '0',
	log_martians: '0',
	secure_redirects: '1',
	shared_media: '1',
	route_localnet: '0',
	src_valid_mark: '0',
	bc_forwarding: '0',
	drop_gratuitous_arp: '0',
	drop_unicast_in_l2_multicast: '0',
	force_igmp_version: '0',
	ignore_routes_with_linkdown: '0',
	medium_id: '0',
	arp_accept: '0',
	arp_announce: '0',
	arp_evict_nocarrier: '1',
	arp_filter: '0',
	arp_ignore: '0',
	arp_notify: '0',
	bootp_relay: '0',
	mc_forwarding: '0',
	promote_secondaries: '0',
	proxy_arp: '0',
	proxy_arp_pvlan: '0',
	tag: '0'
};

const OTHER_DEFAULTS: Readonly<Record<string, string>> = {
	'net.core.somaxconn': '4096',
	'net.core.netdev_max_backlog': '1000',
	'net.core.rmem_default': '212992',
	'net.core.rmem_max': '212992',
	'net.core.wmem_max': '212992',
	'net.core.wmem_default': '212992'
};

const BYTE = [0, 255] as const;
const SWITCH = [0, 1] as const;

/** name under net.ipv4 → the least and greatest number that the kernel takes; others take any 32 bits */
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
	...Object.fromEntries(
		[
			...['ip_nonlocal_bind', 'ip_no_pmtu_disc', 'ip_dynaddr', 'ip_early_demux', 'ip_forward_use_pmtu'],
			...['fwmark_reflect', 'tcp_syncookies', 'tcp_synack_retries', 'tcp_retries1', 'tcp_retries2'],
			...['tcp_orphan_retries', 'tcp_keepalive_probes', 'tcp_timestamps', 'tcp_sack', 'tcp_window_scaling'],
			...['tcp_abort_on_overflow', 'tcp_fwmark_accept', 'tcp_dsack', 'tcp_moderate_rcvbuf', 'tcp_mtu_probing'],
			...['tcp_no_metrics_save', 'tcp_slow_start_after_idle', 'tcp_stdurg', 'tcp_rfc1337']
		].map((name) => [name, BYTE])
	),
	...Object.fromEntries(
		[
			...['ip_forward_update_priority', 'ip_autobind_reuse', 'icmp_echo_ignore_all', 'icmp_echo_ignore_broadcasts'],
			...['icmp_echo_enable_probe', 'icmp_errors_use_inbound_ifaddr', 'icmp_ignore_bogus_error_responses'],
			...['tcp_ecn_fallback', 'tcp_reflect_tos']
		].map((name) => [name, SWITCH])
	),
	ip_default_ttl: [1, 255],
	ip_unprivileged_port_start: [0, 65_535],
	icmp_ratelimit: [0, 2 ** 53],
	tcp_syn_retries: [1, 127],
	tcp_tw_reuse: [0, 2],
	tcp_ecn: [0, 2]
};
const ANY_NUMBER = [-(2 ** 31), 2 ** 32 - 1] as const;

export class Settings {
	#values = new Map<string, string>();
	#numbers = new Map<string, number>();
	#gauges = new Map<string, () => number>();
	#listeners = new Map<string, (value: string) => void>();
	/** the settings that every packet asks for */
	readonly hot = { defaultTtl: 64 };
	#rpFilters = new Map<string, number>();
	#forwarders = new Map<string, boolean>();

	constructor() {
		for (const [name, value] of Object.entries(IPV4_DEFAULTS)) this.#store(`net.ipv4.${name}`, value);
		for (const [name, value] of Object.entries(OTHER_DEFAULTS)) this.#store(name, value);
		this.addInterface('all');
		this.addInterface('default');
	}

	/** The rows of an interface, taken from `default` as they stand. */
	addInterface(name: string): void {
		for (const [row, value] of Object.entries(INTERFACE_DEFAULTS)) {
			const inherited = this.#values.get(`net.ipv4.conf.default.${row}`) ?? value;
			this.#store(ofInterface(name, row), inherited);
		}
	}

	/** A further setting; `changed` hears every write. */
	declare(name: string, value: string, changed?: (value: string) => void): void {
		this.#store(name, value);
		if (changed) this.#listeners.set(name, changed);
	}

	/** A number that is only read: how full a table is. */
	declareGauge(name: string, read: () => number): void {
		this.#store(name, '0');
		this.#gauges.set(name, read);
	}

	names(): readonly string[] {
		return [...this.#values.keys()];
	}

	has(name: string): boolean {
		return this.#values.has(name);
	}

	/** @throws Errno ENOENT */
	get(name: string): string {
		const value = this.#values.get(name);
		if (value === undefined) throw new Errno('ENOENT');
		const gauge = this.#gauges.get(name);
		return gauge ? String(gauge()) : value;
	}

	/** Reverse path filter of an interface: 0 off, 1 strict, 2 loose. Asked for every packet, so remembered. */
	rpFilter(name: string): number {
		const known = this.#rpFilters.get(name);
		if (known !== undefined) return known;
		const mode = this.interfaceMaximum(name, 'rp_filter');
		this.#rpFilters.set(name, mode);
		return mode;
	}

	/** Whether packets that come in by that interface are passed on. */
	forwards(name: string): boolean {
		const known = this.#forwarders.get(name);
		if (known !== undefined) return known;
		const on = this.number(ofInterface(name, 'forwarding')) !== 0;
		this.#forwarders.set(name, on);
		return on;
	}

	/** A value that is one whole number; ours to ask for, so an unknown name is 0. */
	number(name: string): number {
		return this.#numbers.get(name) ?? 0;
	}

	/** For an interface: the larger of the setting for all and its own (ip-sysctl.rst on rp_filter). */
	interfaceMaximum(name: string, row: string): number {
		return Math.max(this.number(`net.ipv4.conf.all.${row}`), this.number(ofInterface(name, row)));
	}

	/** @throws Errno ENOENT for an unknown name, EINVAL for text that is no number where one belongs, EACCES for a gauge */
	set(name: string, text: string): void {
		const old = this.get(name);
		if (this.#gauges.has(name)) throw new Errno('EACCES');
		const words = text.trim().split(/\s+/);
		const count = old.split(/\s+/).length;
		const numeric = /^-?\d+$/;
		if (
			old.split(/\s+/).every((word) => numeric.test(word)) &&
			!(words.length === count && words.every((word) => numeric.test(word)))
		)
			throw new Errno('EINVAL');
		const [low, high] = RANGES[name.replace(/^net\.ipv4\./, '')] ?? ANY_NUMBER;
		if (words.some((word) => numeric.test(word) && (Number(word) < low || Number(word) > high)))
			throw new Errno('EINVAL');
		this.#store(name, words.join('\t'));
		if (name === 'net.ipv4.ip_forward' || name === 'net.ipv4.conf.all.forwarding') this.#forwardEverywhere(words[0]!);
		this.#listeners.get(name)?.(words.join('\t'));
	}

	/** ip_forward and conf.all.forwarding are one switch, and it sets every interface's. */
	#forwardEverywhere(value: string): void {
		this.#store('net.ipv4.ip_forward', value);
		for (const name of this.#values.keys())
			if (/^net\.ipv4\.conf\.[^.]+\.forwarding$/.test(name)) this.#store(name, value);
	}

	#store(name: string, value: string): void {
		this.#values.set(name, value);
		this.#numbers.set(name, Number.parseInt(value, 10) || 0);
		this.#rpFilters.clear();
		this.#forwarders.clear();
		this.hot.defaultTtl = this.number('net.ipv4.ip_default_ttl');
	}
}

function ofInterface(name: string, row: string): string {
	return `net.ipv4.conf.${name.replaceAll('.', '/')}.${row}`;
}
