/**
 * The settings of connection tracking: every name under net.netfilter of a 6.x kernel with its default
 * (Documentation/networking/nf_conntrack-sysctl.rst). Time-outs in seconds.
 *
 * Not simulated: the frag6 and SCTP rows and `buckets` are only kept.
 */

/** full name → default */
export const CONNTRACK_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
	Object.entries({
		acct: '0',
		buckets: '262144',
		checksum: '1',
		count: '0',
		events: '2',
		expect_max: '4096',
		frag6_high_thresh: '4194304',
		frag6_low_thresh: '3145728',
		frag6_timeout: '60',
		generic_timeout: '600',
		gre_timeout: '30',
		gre_timeout_stream: '180',
		icmp_timeout: '30',
		icmpv6_timeout: '30',
		log_invalid: '0',
		max: '262144',
		sctp_timeout_closed: '10',
		sctp_timeout_cookie_echoed: '3',
		sctp_timeout_cookie_wait: '3',
		sctp_timeout_established: '210',
		sctp_timeout_heartbeat_sent: '30',
		sctp_timeout_shutdown_ack_sent: '3',
		sctp_timeout_shutdown_recd: '3',
		sctp_timeout_shutdown_sent: '3',
		tcp_be_liberal: '0',
		tcp_ignore_invalid_rst: '0',
		tcp_loose: '1',
		tcp_max_retrans: '3',
		tcp_timeout_close: '10',
		tcp_timeout_close_wait: '60',
		tcp_timeout_established: '432000',
		tcp_timeout_fin_wait: '120',
		tcp_timeout_last_ack: '30',
		tcp_timeout_max_retrans: '300',
		tcp_timeout_syn_recv: '60',
		tcp_timeout_syn_sent: '120',
		tcp_timeout_time_wait: '120',
		tcp_timeout_unacknowledged: '300',
		timestamp: '0',
		udp_timeout: '30',
		udp_timeout_stream: '120'
	}).map(([name, value]) => [`net.netfilter.nf_conntrack_${name}`, value])
);
