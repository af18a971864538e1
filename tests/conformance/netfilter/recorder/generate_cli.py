#!/usr/bin/env python3
"""Writes command lines of iptables for record_cli.py: mostly right ones, with every option of the extensions, and wrong ones.

    generate_cli.py --seed 1 --count 100 [--variant legacy] [--wrong 0.2]
"""
import argparse
import json
import random

R = random.Random()
CHAINS = {
    'filter': ['INPUT', 'FORWARD', 'OUTPUT'],
    'nat': ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
    'mangle': ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
    'raw': ['PREROUTING', 'OUTPUT'],
    'security': ['INPUT', 'FORWARD', 'OUTPUT'],
}
ODD = ['', ' ', '-1', '0', 'x', '65536', '4294967296', '0x', '1:2:3', ',', '!', 'a b', '1-', '300.1.1.1', '10.0.0.0/33',
       '1.2.3.4/255.0.255.0', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0xffffffff', '08']


def number(low, high):
    return lambda: R.choice([str(R.randint(low, high)), str(R.randint(low, high)), hex(R.randint(low, high)), str(low), str(high)])


def plain(low, high):
    return lambda: str(R.randint(low, high))


def one(*words):
    return lambda: R.choice(words)


def span(low, high, separator=':', names=()):
    def make():
        a, b = sorted(R.randint(low, high) for _ in range(2))
        return R.choice([str(a), str(a), f'{a}{separator}{b}', f'{a}{separator}', f'{separator}{b}', *names])
    return make


def pair(low, high, separator):
    def make():
        a, b = sorted(R.randint(low, high) for _ in range(2))
        return f'{a}{separator}{b}'
    return make


def masked(high):
    return lambda: R.choice([str(R.randint(0, high)), hex(R.randint(0, high)), f'{hex(R.randint(0, high))}/{hex(R.randint(0, high))}'])


def listed(make, most=6, separator=','):
    return lambda: separator.join(make() for _ in range(R.randint(1, most)))


def subset(*words):
    return lambda: ','.join(R.sample(words, R.randint(1, min(4, len(words)))))


def address():
    host = f'{R.randint(1, 223)}.{R.randint(0, 255)}.{R.randint(0, 255)}.{R.randint(0, 255)}'
    return R.choice([host, host, f'{host}/{R.randint(0, 32)}', f'{host}/255.255.0.0', '10.0.0.0/8', '192.168.0.0/16', 'localhost',
                     '0.0.0.0/0', f'{host},10.1.1.1'])


def host():
    return f'{R.randint(1, 223)}.{R.randint(0, 255)}.{R.randint(0, 255)}.{R.randint(1, 254)}'


def host_range():
    a, b = sorted(R.randint(1, 254) for _ in range(2))
    return f'10.0.{R.randint(0, 9)}.{a}-10.0.{R.randint(10, 19)}.{b}'


def mac():
    return ':'.join(f'{R.randint(0, 255):02x}' for _ in range(6))


PORT_NAMES = ('ssh', 'http', 'domain', 'smtp', 'https', 'ntp')
PORT = span(0, 65535, ':', PORT_NAMES)
FLAGS = subset('SYN', 'ACK', 'FIN', 'RST', 'URG', 'PSH')
ICMP = one('echo-request', 'echo-reply', '8', '0', '3/1', 'any', 'port-unreachable', 'time-exceeded', 'ttl-zero-during-transit', '255', 'ping',
           'destination-unreachable', 'fragmentation-needed', 'redirect', '11/0', 'timestamp-request', 'network-unreachable')
RATE = lambda: f'{R.randint(1, 60)}{R.choice(["", "/s", "/sec", "/second", "/minute", "/m", "/min", "/hour", "/day", "/h"])}'
CLOCK = lambda: f'{R.randint(0, 23):02d}:{R.randint(0, 59):02d}{R.choice(["", ":30"])}'
DATE = lambda: R.choice(['2024-01-01', '2025-06-30T12:00:00', '2023-12', '2026', '2025-02-28T23:59'])
NAME = one('a', 'web', 'list1', 'SSH', 'x_y', 'n-1')
FLAG = None
STATES = ('NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED')
TYPES = ('UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT')
INTERFACE = one('eth0', 'eth1', 'lo', 'ppp0', 'eth+', '+', 'wlan0', 'br-lan', 'a')
TEXT = one('hello', 'two words', "it's", 'a"b', 'semi;colon', 'tab\tx', 'back\\slash', '', 'x' * 60, '#no', 'ünï', '-j')

# module → (protocol that it needs, options: name → value maker or FLAG; a name with ! may be negated)
MATCHES = {
    'tcp': ('tcp', {'!--dport': PORT, '!--sport': PORT, '!--syn': FLAG, '!--tcp-flags': (FLAGS, FLAGS), '!--tcp-option': number(1, 255),
                    '!--destination-port': PORT, '!--source-port': PORT}),
    'udp': ('udp', {'!--dport': PORT, '!--sport': PORT}),
    'udplite': ('udplite', {'!--dport': PORT, '!--sport': PORT}),
    'icmp': ('icmp', {'!--icmp-type': ICMP}),
    'sctp': ('sctp', {'!--dport': PORT, '!--sport': PORT, '!--chunk-types': (one('all', 'any', 'only'), subset('DATA', 'INIT', 'SACK', 'ABORT', 'DATA:Be', 'INIT_ACK'))}),
    'dccp': ('dccp', {'!--dport': PORT, '!--sport': PORT, '!--dccp-types': subset('REQUEST', 'RESPONSE', 'DATA', 'ACK', 'CLOSE', 'INVALID'), '!--dccp-option': number(1, 255)}),
    'esp': ('esp', {'!--espspi': span(0, 4294967295)}),
    'ah': ('ah', {'!--ahspi': span(0, 4294967295)}),
    'multiport': ('tcp', {'!--dports': listed(PORT, 5), '!--sports': listed(PORT, 5), '!--ports': listed(PORT, 5)}),
    'state': (None, {'!--state': subset(*STATES)}),
    'conntrack': (None, {'!--ctstate': subset(*STATES, 'SNAT', 'DNAT'), '!--ctproto': one('tcp', 'udp', '47', 'icmp'), '!--ctorigsrc': address, '!--ctorigdst': address,
                         '!--ctreplsrc': address, '!--ctrepldst': address, '!--ctorigsrcport': PORT, '!--ctorigdstport': PORT, '!--ctreplsrcport': PORT,
                         '!--ctstatus': subset('NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'), '!--ctexpire': span(0, 4294967295), '--ctdir': one('ORIGINAL', 'REPLY')}),
    'limit': (None, {'--limit': RATE, '--limit-burst': number(1, 10000)}),
    'hashlimit': (None, {'--hashlimit-upto': lambda: R.choice([RATE(), '512kb/s', '1mb/s', '100b/s']), '--hashlimit-above': RATE, '--hashlimit-burst': plain(1, 100),
                         '--hashlimit-mode': subset('srcip', 'dstip', 'srcport', 'dstport'), '--hashlimit-name': NAME, '--hashlimit-srcmask': plain(0, 32),
                         '--hashlimit-dstmask': plain(0, 32), '--hashlimit-htable-size': plain(1, 4096), '--hashlimit-htable-max': plain(1, 9000),
                         '--hashlimit-htable-expire': plain(1, 90000), '--hashlimit-htable-gcinterval': plain(1, 90000), '--hashlimit-rate-match': FLAG,
                         '--hashlimit-rate-interval': plain(1, 60)}),
    'recent': (None, {'!--set': FLAG, '!--rcheck': FLAG, '!--update': FLAG, '!--remove': FLAG, '--seconds': plain(1, 600), '--hitcount': plain(1, 20), '--rttl': FLAG,
                      '--reap': FLAG, '--name': NAME, '--rsource': FLAG, '--rdest': FLAG, '--mask': one('255.255.255.0', '255.255.255.255')}),
    'mac': (None, {'!--mac-source': mac}),
    'mark': (None, {'!--mark': masked(0xffffffff)}),
    'connmark': (None, {'!--mark': masked(0xffffffff)}),
    'owner': (None, {'!--uid-owner': one('root', '0', '1000', '0-99', 'nobody', '1000-2000'), '!--gid-owner': one('root', '5', '0-10'), '!--socket-exists': FLAG, '--suppl-groups': FLAG}),
    'comment': (None, {'--comment': TEXT}),
    'iprange': (None, {'!--src-range': host_range, '!--dst-range': host_range}),
    'string': (None, {'--algo': one('bm', 'kmp', 'xx'), '!--string': TEXT, '!--hex-string': one('|de ad|', 'ab|00|c', '|0a', 'plain'), '--from': plain(0, 100), '--to': plain(100, 65535), '--icase': FLAG}),
    'length': (None, {'!--length': span(0, 65535)}),
    'ttl': (None, {'!--ttl-eq': number(0, 255), '--ttl-lt': number(0, 255), '--ttl-gt': number(0, 255)}),
    'tos': (None, {'!--tos': lambda: R.choice([masked(255)(), 'Minimize-Delay', 'Maximize-Throughput', 'Normal-Service'])}),
    'dscp': (None, {'!--dscp': number(0, 63), '!--dscp-class': one('EF', 'AF11', 'CS1', 'BE', 'AF43', 'ef')}),
    'pkttype': (None, {'!--pkt-type': one('unicast', 'broadcast', 'multicast', 'bogus')}),
    'addrtype': (None, {'!--src-type': subset(*TYPES), '!--dst-type': subset(*TYPES), '--limit-iface-in': FLAG, '--limit-iface-out': FLAG}),
    'connlimit': (None, {'--connlimit-above': plain(0, 100), '--connlimit-upto': plain(0, 100), '--connlimit-mask': plain(0, 32), '--connlimit-saddr': FLAG, '--connlimit-daddr': FLAG}),
    'connbytes': (None, {'!--connbytes': span(0, 100000), '--connbytes-dir': one('original', 'reply', 'both'), '--connbytes-mode': one('packets', 'bytes', 'avgpkt')}),
    'time': (None, {'--timestart': CLOCK, '--timestop': CLOCK, '--datestart': DATE, '--datestop': DATE, '!--weekdays': subset('Mon', 'Tue', 'Wed', 'Thu', 'Fri', '6', '7'),
                    '!--monthdays': subset('1', '2', '15', '31', '32'), '--kerneltz': FLAG, '--contiguous': FLAG}),
    'statistic': (None, {'--mode': one('random', 'nth'), '!--probability': one('0.5', '0.33', '1', '0', '.1', '0.00001'), '!--every': plain(1, 10), '--packet': plain(0, 9)}),
    'physdev': (None, {'!--physdev-in': INTERFACE, '!--physdev-out': INTERFACE, '!--physdev-is-in': FLAG, '!--physdev-is-out': FLAG, '!--physdev-is-bridged': FLAG}),
    'socket': (None, {'--transparent': FLAG, '--nowildcard': FLAG, '--restore-skmark': FLAG}),
    'u32': (None, {'!--u32': one('0x0=0x0', '4&0xFF=0x1', '0>>22&0x3C@4=0x29', '6&0xFF=1&&0=2', '0=1:3,5', '8>>2=')}),
    'rpfilter': (None, {'--loose': FLAG, '--validmark': FLAG, '--accept-local': FLAG, '--invert': FLAG}),
    'helper': (None, {'!--helper': one('ftp', 'sip', 'ftp-2121', '')}),
    'tcpmss': ('tcp', {'!--mss': span(0, 65535)}),
    'ecn': ('tcp', {'!--ecn-tcp-cwr': FLAG, '!--ecn-tcp-ece': FLAG, '!--ecn-ip-ect': plain(0, 3)}),
    'cluster': (None, {'--cluster-total-nodes': plain(1, 32), '!--cluster-local-node': plain(1, 16), '!--cluster-local-nodemask': number(1, 255), '--cluster-hash-seed': number(0, 4294967295)}),
    'cpu': (None, {'!--cpu': plain(0, 64)}),
    'realm': (None, {'!--realm': masked(0xffff)}),
    'quota': (None, {'!--quota': plain(0, 1 << 40)}),
    'policy': (None, {'--dir': one('in', 'out'), '--pol': one('ipsec', 'none'), '--strict': FLAG, '!--reqid': plain(0, 9), '!--spi': number(0, 99), '!--proto': one('esp', 'ah', 'ipcomp'),
                      '!--mode': one('tunnel', 'transport'), '!--tunnel-src': host, '!--tunnel-dst': host, '--next': FLAG}),
    'devgroup': (None, {'!--src-group': masked(0xffff), '!--dst-group': masked(0xffff)}),
    'bpf': (None, {'--bytecode': one('1,6 0 0 1', '4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0', '2,6 0 0 1')}),
    'cgroup': (None, {'!--cgroup': plain(0, 99), '!--path': one('/user', 'a/b')}),
    'ipvs': (None, {'!--ipvs': FLAG}),
    'nfacct': (None, {'--nfacct-name': NAME}),
    'set': (None, {'!--match-set': (NAME, one('src', 'dst', 'src,dst'))}),
}
# target → (table, chain and protocol that suit it; None is any, options)
TARGETS = {
    'ACCEPT': (None, None, None, {}),
    'DROP': ('filter', None, None, {}),
    'RETURN': (None, None, None, {}),
    'REJECT': ('filter', None, None, {'--reject-with': one('icmp-port-unreachable', 'icmp-host-unreachable', 'icmp-net-unreachable', 'icmp-proto-unreachable', 'icmp-admin-prohibited',
                                                          'icmp-net-prohibited', 'icmp-host-prohibited', 'tcp-reset', 'host-unreach', 'net-unreach', 'icmp-port', 'bogus')}),
    'LOG': (None, None, None, {'--log-level': one('debug', 'info', 'warning', '4', '7', 'emerg', 'error', 'err', '9', 'warn'), '--log-prefix': TEXT, '--log-tcp-sequence': FLAG,
                               '--log-tcp-options': FLAG, '--log-ip-options': FLAG, '--log-uid': FLAG, '--log-macdecode': FLAG}),
    'NFLOG': (None, None, None, {'--nflog-group': plain(0, 65535), '--nflog-prefix': TEXT, '--nflog-range': plain(0, 99), '--nflog-size': plain(0, 99), '--nflog-threshold': plain(0, 99)}),
    'ULOG': ('filter', None, None, {}),
    'SNAT': ('nat', 'POSTROUTING', 'tcp', {'--to-source': lambda: R.choice([host(), host_range(), f'{host()}:{R.randint(1, 65535)}', f'{host()}:1024-2000', f'{host_range()}:1-9']),
                                           '--random': FLAG, '--random-fully': FLAG, '--persistent': FLAG}),
    'DNAT': ('nat', 'PREROUTING', 'tcp', {'--to-destination': lambda: R.choice([host(), host_range(), f'{host()}:{R.randint(1, 65535)}', f'{host()}:80-90', f'{host()}:80-90/8080', ':8080']),
                                          '--random': FLAG, '--persistent': FLAG}),
    'MASQUERADE': ('nat', 'POSTROUTING', 'tcp', {'--to-ports': span(0, 65535, '-'), '--random': FLAG, '--random-fully': FLAG}),
    'REDIRECT': ('nat', 'PREROUTING', 'tcp', {'--to-ports': span(0, 65535, '-', PORT_NAMES), '--random': FLAG}),
    'NETMAP': ('nat', 'PREROUTING', None, {'--to': address}),
    'MARK': ('mangle', None, None, {'--set-mark': masked(0xffffffff), '--set-xmark': masked(0xffffffff), '--and-mark': number(0, 255), '--or-mark': number(0, 255), '--xor-mark': number(0, 255)}),
    'CONNMARK': ('mangle', None, None, {'--set-mark': masked(0xffffffff), '--set-xmark': masked(0xffff), '--save-mark': FLAG, '--restore-mark': FLAG, '--nfmask': number(0, 255),
                                        '--ctmask': number(0, 255), '--mask': number(0, 255), '--and-mark': number(0, 255), '--or-mark': number(0, 255), '--xor-mark': number(0, 255)}),
    'TOS': ('mangle', None, None, {'--set-tos': lambda: R.choice([masked(255)(), 'Minimize-Cost', 'Normal-Service']), '--and-tos': number(0, 255), '--or-tos': number(0, 255), '--xor-tos': number(0, 255)}),
    'DSCP': ('mangle', None, None, {'--set-dscp': number(0, 63), '--set-dscp-class': one('EF', 'AF21', 'CS7', 'BE', 'zz')}),
    'TTL': ('mangle', None, None, {'--ttl-set': number(0, 255), '--ttl-dec': number(1, 255), '--ttl-inc': number(1, 255)}),
    'TCPMSS': ('mangle', 'FORWARD', 'tcp', {'--set-mss': plain(0, 65535), '--clamp-mss-to-pmtu': FLAG}),
    'TCPOPTSTRIP': ('mangle', None, 'tcp', {'--strip-options': lambda: ','.join(R.sample(['2', '3', 'wscale', 'mss', 'sack', 'timestamp', 'md5', 'sack-permitted', '99'], 2))}),
    'ECN': ('mangle', None, 'tcp', {'--ecn-tcp-remove': FLAG}),
    'CLASSIFY': ('mangle', 'POSTROUTING', None, {'--set-class': one('1:2', '0:0', 'ffff:ffff', '1:', '20')}),
    'NOTRACK': ('raw', None, None, {}),
    'CT': ('raw', None, 'tcp', {'--notrack': FLAG, '--helper': one('ftp', 'nosuch'), '--ctevents': subset('new', 'destroy', 'reply'), '--zone': plain(0, 65535), '--zone-orig': plain(0, 9), '--timeout': NAME}),
    'TRACE': ('raw', None, None, {}),
    'TEE': ('mangle', None, None, {'--gateway': host, '--oif': INTERFACE}),
    'CHECKSUM': ('mangle', None, None, {'--checksum-fill': FLAG}),
    'NFQUEUE': (None, None, None, {'--queue-num': plain(0, 65535), '--queue-balance': pair(0, 65535, ':'), '--queue-bypass': FLAG, '--queue-cpu-fanout': FLAG}),
    'TPROXY': ('mangle', 'PREROUTING', 'tcp', {'--on-port': plain(0, 65535), '--on-ip': host, '--tproxy-mark': masked(255)}),
    'SYNPROXY': ('filter', 'INPUT', 'tcp', {'--sack-perm': FLAG, '--timestamp': FLAG, '--wscale': plain(0, 14), '--mss': plain(1, 9000), '--ecn': FLAG}),
    'SET': (None, None, None, {'--add-set': (NAME, one('src', 'dst'))}),
    'AUDIT': (None, None, None, {'--type': one('accept', 'drop', 'reject', 'x')}),
    'IDLETIMER': (None, None, None, {'--timeout': plain(0, 99), '--label': NAME}),
    'RATEEST': ('mangle', None, None, {'--rateest-name': NAME, '--rateest-interval': one('250ms', '1s'), '--rateest-ewmalog': one('500ms', '2s')}),
    'HMARK': ('mangle', None, None, {'--hmark-tuple': subset('src', 'dst', 'sport'), '--hmark-mod': plain(1, 9), '--hmark-offset': plain(0, 9), '--hmark-rnd': number(0, 99)}),
    'CONNSECMARK': ('security', None, None, {'--save': FLAG, '--restore': FLAG}),
    'SECMARK': ('security', None, None, {'--selctx': one('system_u:object_r:x:s0')}),
    'NOSUCH': (None, None, None, {}),
}


def options(table, most, wrong):
    """Some options of an extension with values; a wrong one now and then."""
    out = []
    for name in R.sample(sorted(table), R.randint(min(1, len(table)), min(most, len(table)))):
        makers = table[name]
        if name[0] == '!':
            name = name[1:]
            if R.random() < 0.2:
                out.append('!')
        elif R.random() < wrong / 8:
            out.append('!')
        out.append(name if R.random() > wrong / 8 else name[:R.randint(3, len(name))])
        for maker in makers if isinstance(makers, tuple) else [makers] if makers else []:
            if R.random() > wrong / 10:
                out.append(R.choice(ODD) if R.random() < wrong / 4 else maker())
    return out


def rule(wrong):
    """@returns table, chain and the words of a rule"""
    target = R.choice(sorted(TARGETS))
    table, chain, protocol, target_options = TARGETS[target]
    if R.random() < 0.5:
        target, table, chain, protocol, target_options = R.choice(['ACCEPT', 'DROP', 'web', '']), 'filter', None, None, {}
    if R.random() < wrong / 4:
        table = chain = None
    table = table or R.choice(['filter'] * 3 + ['mangle'])
    chain = chain or R.choice(CHAINS[table])
    module = R.choice(sorted(MATCHES)) if R.random() < 0.75 else None
    needed, match_options = MATCHES[module] if module else (None, {})
    protocol = needed or protocol
    words = []
    general = []
    if R.random() < 0.3:
        general.append(['-s', address()])
    if R.random() < 0.2:
        general.append(['-d', address()])
    if R.random() < 0.2 and chain in ('INPUT', 'FORWARD', 'PREROUTING'):
        general.append(['-i', INTERFACE()])
    if R.random() < 0.2 and chain in ('OUTPUT', 'FORWARD', 'POSTROUTING'):
        general.append(['-o', INTERFACE()])
    if R.random() < 0.05:
        general.append(['-f'])
    if protocol and R.random() > wrong / 5:
        general.append(['-p', protocol])
    elif R.random() < 0.2:
        general.append(['-p', R.choice(['tcp', 'udp', 'icmp', 'all', '47', 'gre', 'esp', '255', '0', 'TCP', 'nosuch'])])
    R.shuffle(general)
    for part in general:
        if R.random() < 0.12:
            words.append('!')
        words += part
    if module:
        if module not in ('tcp', 'udp', 'icmp') or R.random() < 0.5:
            words += ['-m', module]
        words += options(match_options, 3, wrong)
    if target:
        words += ['-g' if target == 'web' and R.random() < 0.2 else '-j', target]
        if target_options:
            words += options(target_options, 2, wrong)
    return table, chain, words


def of_table(table):
    return [] if table == 'filter' and R.random() < 0.9 else ['-t', table]


def steps(wrong):
    """One command more often than several that build on each other."""
    table, chain, words = rule(wrong)
    out = [{'argv': ['iptables', *of_table(table), '-A', chain, *words]}]
    if 'web' in words and R.random() > wrong / 4:
        out.insert(0, {'argv': ['iptables', *of_table(table), '-N', 'web']})
    for _ in range(R.choice([0, 0, 0, 1, 2, 3])):
        kind = R.randint(0, 11)
        base = ['iptables', *of_table(table)]
        table_chain = R.choice([*CHAINS[table], 'web', 'nochain'])
        index = str(R.choice([1, 1, 2, 0, 99]))
        if kind == 0:
            out.append({'argv': [*base, '-D', chain, *R.choice([words, [index]])]})
        elif kind == 1:
            out.append({'argv': [*base, '-C', chain, *words]})
        elif kind == 2:
            out.append({'argv': [*base, '-I', table_chain, *R.choice([[], [index]]), *words]})
        elif kind == 3:
            out.append({'argv': [*base, '-R', table_chain, index, *words]})
        elif kind == 4:
            out.append({'argv': [*base, R.choice(['-L', '-nL', '-vL', '-S', '-nvL', '--list', '-L', '--list-rules']), *R.choice([[], [table_chain], [table_chain, index]]),
                                 *R.choice([[], ['-n'], ['-v'], ['-x'], ['--line-numbers'], ['-v', '-x', '-n']])]})
        elif kind == 5:
            out.append({'argv': [*base, R.choice(['-F', '-Z', '-X', '-N']), *R.choice([[], [table_chain]])]})
        elif kind == 6:
            out.append({'argv': [*base, '-E', *R.choice([['web', 'www'], ['web', 'INPUT'], ['nochain', 'x'], ['web']])]})
        elif kind == 7:
            out.append({'argv': [*base, '-P', table_chain, R.choice(['DROP', 'ACCEPT', 'REJECT', 'web'])]})
        elif kind == 8:
            out.append({'argv': ['iptables-save', *R.choice([[], ['-c'], ['-t', table], ['-t', 'nosuch']])]})
        else:
            out.append(restore(wrong))
    return out


def quoted(words):
    return ' '.join(f'"{word}"' if ' ' in word or word == '' or '#' in word else word for word in words)


def restore(wrong):
    lines = []
    for table in R.sample(sorted(CHAINS), R.choice([1, 1, 2])):
        lines.append(f'*{table}')
        lines += [f':{chain} {R.choice(["ACCEPT", "DROP", "ACCEPT"])} [{R.randint(0, 9)}:{R.randint(0, 900)}]' for chain in CHAINS[table] if R.random() < 0.7]
        lines.append(':web - [0:0]')
        for _ in range(R.randint(0, 3)):
            own, chain, words = rule(wrong)
            if own == table:
                lines.append(f'{R.choice(["", "", "[3:120] "])}-A {chain} {quoted(words)}')
        if R.random() < wrong / 2:
            lines.insert(R.randint(0, len(lines)), R.choice(['', '# remark', 'nonsense', '-A NOCHAIN -j ACCEPT', ':web DROP [0:0]', '-F', '-N web', ':x', '[1:2', '-A INPUT "unfinished']))
        if R.random() > wrong / 6:
            lines.append('COMMIT')
    argv = ['iptables-restore', *R.choice([[], [], ['-c'], ['-n'], ['--test'], ['-v'], ['-T', 'filter']])]
    return {'argv': argv, 'stdin': '\n'.join(lines) + '\n'}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=100)
    parser.add_argument('--variant')
    parser.add_argument('--wrong', type=float, default=0.2)
    given = parser.parse_args()
    R.seed(given.seed)
    for index in range(given.count):
        case = {'id': f'cli-more-{given.variant or "nft"}-{given.seed}-{index:03d}', 'topic': 'more', 'steps': steps(given.wrong)}
        if given.variant:
            case['variant'] = given.variant
        print(json.dumps(case, ensure_ascii=False))


main()
