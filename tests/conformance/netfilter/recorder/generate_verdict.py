#!/usr/bin/env python3
"""Writes random verdict cases for record_verdict.py: rule sets over all tables and probes that meet them.

    generate_verdict.py --seed 1 --count 20
"""
import argparse
import json
import random

R = random.Random()
CLIENT, SERVER, ROUTER, OUTSIDE = '192.168.75.10', '203.0.113.25', '192.168.75.1', '203.0.113.1'
CHAINS = {'raw': ['PREROUTING', 'OUTPUT'], 'mangle': ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
          'nat': ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'], 'filter': ['INPUT', 'FORWARD', 'OUTPUT'], 'security': ['INPUT', 'FORWARD', 'OUTPUT']}
PORTS = [25, 110, 53, 9, 80, 2000]
REJECTS = ['icmp-port-unreachable', 'icmp-host-unreachable', 'icmp-net-unreachable', 'icmp-proto-unreachable', 'icmp-admin-prohibited',
           'icmp-net-prohibited', 'icmp-host-prohibited']
STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']


def maybe(share, text):
    return text if R.random() < share else ''


def not_(share=0.15):
    return maybe(share, '! ')


def matches():
    """One match; with its protocol."""
    port = R.choice(PORTS)
    return R.choice([
        lambda: f'-p tcp -m tcp {not_()}--dport {port}',
        lambda: f'-p tcp -m tcp {not_()}--sport 40000:65535',
        lambda: f'-p udp -m udp {not_()}--dport {R.choice([f"{port}", "1:100", "50:60"])}',
        lambda: f'-p tcp -m tcp {not_()}--tcp-flags SYN,ACK,FIN,RST {R.choice(["SYN", "ACK", "SYN,ACK", "FIN", "RST", "NONE"])}',
        lambda: f'-p tcp -m tcp {not_()}--syn',
        lambda: f'-p tcp -m tcp {not_()}--tcp-option {R.choice([2, 3, 8])}',
        lambda: f'-p icmp -m icmp {not_()}--icmp-type {R.choice(["8", "0", "3", "3/3", "any", "11"])}',
        lambda: f'-p tcp -m multiport {not_()}--{R.choice(["dports", "sports", "ports"])} 25,80:110,2000',
        lambda: f'-m state --state {",".join(R.sample(STATES, R.randint(1, 3)))}',
        lambda: f'-m conntrack {not_()}--ctstate {",".join(R.sample(STATES + ["DNAT", "SNAT"], R.randint(1, 3)))}',
        lambda: f'-m conntrack {R.choice(["--ctproto tcp", f"--ctorigsrc {CLIENT}", f"--ctorigdst {SERVER}", "--ctdir REPLY", "--ctdir ORIGINAL", "--ctstatus SEEN_REPLY", "--ctstatus ASSURED", "--ctstatus CONFIRMED", "--ctstatus NONE", "--ctexpire 1:100"])}',
        lambda: f'{not_()}-s {R.choice([CLIENT, SERVER, "192.168.75.0/24", "203.0.113.0/24", "10.0.0.0/8"])}',
        lambda: f'{not_()}-d {R.choice([CLIENT, SERVER, ROUTER, OUTSIDE, "203.0.113.0/24"])}',
        lambda: f'{not_()}-p {R.choice(["tcp", "udp", "icmp", "47"])}',
        lambda: f'-m length {not_()}--length {R.choice(["40", "0:50", "36", "60:"])}',
        lambda: f'-m ttl --ttl-{R.choice(["eq", "lt", "gt"])} {R.choice([1, 9, 63, 64, 128])}',
        lambda: f'-m tos {not_()}--tos {R.choice(["0x10", "0x00", "0x10/0x3f"])}',
        lambda: f'-m dscp {not_()}--dscp {R.choice([0, 4, 46])}',
        lambda: f'-m mark {not_()}--mark {R.choice(["0x1", "0x2/0x2", "0x0"])}',
        lambda: f'-m connmark {not_()}--mark {R.choice(["0x1", "0x0", "0x2/0x3"])}',
        lambda: f'-m iprange --src-range 192.168.75.5-192.168.75.{R.choice([9, 10, 20])}',
        lambda: f'-m addrtype {not_(.3)}--{R.choice(["dst", "src"])}-type {R.choice(["LOCAL", "UNICAST", "BROADCAST"])}',
        lambda: f'-m pkttype {not_()}--pkt-type {R.choice(["unicast", "broadcast"])}',
        lambda: f'-m string --string {R.choice(["xxx", "ping", "220", "abcd"])} --algo {R.choice(["bm", "kmp"])} {maybe(.3, "--from 28 ")}--to {R.choice([40, 100, 65535])}',
        lambda: f'-m statistic --mode nth --every {R.randint(2, 3)} --packet {R.randint(0, 1)}',
        lambda: f'-m limit --limit 1/hour --limit-burst {R.randint(1, 4)}',
        lambda: f'-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst {R.randint(1, 3)} --hashlimit-mode {R.choice(["srcip", "dstip", "srcip,dstport"])} --hashlimit-name h{R.randint(0, 99)}',
        lambda: f'-m recent --name r {R.choice(["--set", "--rcheck", "--update --seconds 60", "--rcheck --hitcount 2", "--remove"])}',
        lambda: f'-p tcp -m connlimit --connlimit-above {R.randint(0, 2)}',
        lambda: f'-m connbytes --connbytes {R.choice(["1", "2:4", "0:100"])} --connbytes-dir {R.choice(["original", "reply", "both"])} --connbytes-mode {R.choice(["packets", "bytes", "avgpkt"])}',
        lambda: f'-m u32 --u32 {R.choice(["6&0xFF=6", "6&0xFF=17", "8>>24=0:10", "0>>22&0x3C@0>>16=25", "4&0x1FFF=0"])}',
        lambda: '-f',
        lambda: f'-m quota --quota {R.choice([50, 100, 200])}',
        lambda: f'-m comment --comment "c{R.randint(0, 9)}"',
        lambda: f'-p tcp -m tcpmss --mss {R.choice(["1460", "1:500", "536"])}',
        lambda: f'-m rpfilter{maybe(.3, " --loose")}{maybe(.3, " --invert")}',
    ])()


def interfaces(table, chain, router):
    out = ''
    if chain in ('PREROUTING', 'INPUT', 'FORWARD') and R.random() < 0.2:
        out += f'{not_()}-i {R.choice(["eth0", "eth1", "eth+", "lo"])} '
    if chain in ('OUTPUT', 'POSTROUTING', 'FORWARD') and R.random() < 0.2:
        out += f'{not_()}-o {R.choice(["eth0", "eth1", "lo"])} '
    return out


def target(table, chain, protocol, users):
    common = ['-j ACCEPT', '-j DROP', '', '-j RETURN', '-j LOG', '-j ACCEPT'] + [f'-{R.choice("jjg")} {user}' for user in users]
    if table == 'filter':
        common += [f'-j REJECT --reject-with {R.choice(REJECTS)}', '-j REJECT', '-j DROP']
        if protocol == 'tcp':
            common += ['-j REJECT --reject-with tcp-reset'] * 3
    if table == 'mangle':
        common = ['-j MARK --set-mark 0x1', '-j MARK --or-mark 0x2', '-j CONNMARK --save-mark', '-j CONNMARK --restore-mark', '-j CONNMARK --set-mark 0x1',
                  '-j TTL --ttl-set 33', '-j TTL --ttl-dec 1', '-j TTL --ttl-inc 2', '-j TOS --set-tos 0x10', '-j DSCP --set-dscp 46', '', '-j ACCEPT', '-j DROP']
        if protocol == 'tcp':
            common += ['-j ECN --ecn-tcp-remove']
    if table == 'raw':
        common = ['-j NOTRACK', '-j CT --notrack', '', '-j ACCEPT', '-j DROP', '-j MARK --set-mark 0x1'][:5]
    if table == 'nat':
        common = ['', '-j ACCEPT']
        if chain == 'PREROUTING':
            common += [f'-j DNAT --to-destination {R.choice([SERVER, ROUTER, SERVER + ":25"]) if protocol in ("tcp", "udp") else SERVER}', '-j REDIRECT', f'-j NETMAP --to 203.0.113.0/24']
            if protocol == 'tcp':
                common += [f'-j REDIRECT --to-ports {R.choice([25, 110])}', f'-j DNAT --to-destination {SERVER}:110']
        elif chain == 'POSTROUTING':
            common += ['-j MASQUERADE', f'-j SNAT --to-source {OUTSIDE}', f'-j SNAT --to-source {R.choice([OUTSIDE, "203.0.113.7"])}']
        elif chain == 'OUTPUT':
            common += [f'-j DNAT --to-destination {SERVER}']
    return R.choice(common)


def protocol_of(text):
    for name in ('tcp', 'udp', 'icmp'):
        if f'-p {name}' in text and f'! -p {name}' not in text:
            return name
    return None


def rule_set(topology):
    tables = R.sample(['raw', 'mangle', 'nat'], R.choice([0, 0, 1, 1, 2])) + ['filter'] * (R.random() < 0.9)
    out = ''
    for table in tables or ['filter']:
        users = R.sample(['u1', 'u2'], R.choice([0, 0, 1, 2])) if table == 'filter' else []
        out += f'*{table}\n'
        for chain in CHAINS[table]:
            policy = 'DROP' if table == 'filter' and R.random() < 0.2 else 'ACCEPT'
            out += f':{chain} {policy} [0:0]\n'
        out += ''.join(f':{user} - [0:0]\n' for user in users)
        main = {'filter': ['FORWARD', 'FORWARD', 'INPUT', 'OUTPUT'] if topology != 'B' else ['INPUT', 'INPUT', 'OUTPUT'],
                'nat': ['PREROUTING', 'POSTROUTING', 'OUTPUT']}.get(table, CHAINS[table])
        for index in range(R.randint(1, 7)):
            chain = R.choice(main + users)
            text = interfaces(table, chain, topology != 'B')
            parts = [matches() for _ in range(R.choice([0, 1, 1, 2]))]
            if len([part for part in parts if '-p ' in part]) < 2 and len({part.split(' -')[0] for part in parts}) == len(parts):
                text += ' '.join(parts)
            elif parts:
                text += parts[0]
            verdict = target(table, chain, protocol_of(text), users if chain not in users else users[users.index(chain) + 1:])
            out += ' '.join(f'-A {chain} {text} {verdict}'.split()) + '\n'
        out += 'COMMIT\n'
    return out


def raw(probe, destination):
    kind = R.random()
    if kind < 0.45:
        probe.update(proto='tcp', flags=R.choice(['S', 'S', 'S', 'A', 'SA', 'R', 'F', '-', 'FA', 'PA', 'FPU', 'SF', 'RA']), dport=R.choice(PORTS), sport=R.choice([NEXT(), 53, 1024]))
        if R.random() < 0.2:
            probe['tcpopts'] = R.choice([[2, 4, 5, 180], [2, 4, 1, 244], [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0]])
    elif kind < 0.75:
        probe.update(proto='udp', dport=R.choice(PORTS), sport=R.choice([NEXT(), 53, 1024]), payload='x' * R.choice([0, 8, 8, 40]))
    elif kind < 0.95:
        probe.update(proto='icmp', icmp=R.choice([[8, 0], [8, 0], [8, 0], [0, 0], [3, 3], [13, 0], [11, 0]]))
    else:
        probe.update(proto=R.choice(['47', '50', '132']))
    if R.random() < 0.2:
        probe['ttl'] = R.choice([1, 2, 9, 128])
    if R.random() < 0.12:
        probe['tos'] = R.choice([0x10, 0xb8, 3])
    if R.random() < 0.1:
        probe['src'] = R.choice(['10.0.0.5', '203.0.113.99', SERVER, '192.168.75.77'])
    if R.random() < 0.08:
        probe['badcsum'] = 1
    if probe['proto'] == 'udp' and len(probe['payload']) == 40 and R.random() < 0.5:
        probe['fragment'] = R.choice([8, 16, 24])
        if R.random() < 0.4:
            probe['only'] = R.choice([[0], [1], [1, 0]])


PORT = [40000]


def NEXT():
    PORT[0] += 1
    return PORT[0]


def probes(topology, hosts, firewall):
    out = []
    keeps = 0
    for _ in range(R.randint(3, 9)):
        host = R.choice(hosts + hosts[:1] * 2)
        own = {CLIENT: 'client', SERVER: 'server'}
        inside = [CLIENT, ROUTER] if topology == 'B' else [CLIENT, SERVER, SERVER, ROUTER, OUTSIDE]
        choices = [one for one in inside if own.get(one) != host and not (host == firewall and one in (ROUTER, OUTSIDE))]
        destination = R.choice(choices + (['127.0.0.1'] if host == firewall else []))
        probe = {'from': host, 'type': R.choice(['connect', 'connect', 'raw', 'raw', 'raw', 'udp']), 'dst': destination}
        if destination == '127.0.0.1':
            probe['type'] = 'connect'
        if probe['type'] == 'raw':
            raw(probe, destination)
        else:
            probe.update(proto='udp' if probe['type'] == 'udp' else 'tcp', dport=R.choice(PORTS[:4]), sport=NEXT())
        out.append(probe)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=20)
    given = parser.parse_args()
    R.seed(given.seed)
    for index in range(given.count):
        topology = R.choice('AAAB')
        firewall = 'router' if topology == 'A' else 'host'
        far = 'server' if topology == 'A' else 'host'
        services = [{'host': far, 'proto': 'tcp', 'port': 25}, {'host': far, 'proto': 'tcp', 'port': 110}, {'host': far, 'proto': 'udp', 'port': 53}]
        if topology == 'A':
            services += [{'host': 'router', 'proto': 'tcp', 'port': 110}, {'host': 'client', 'proto': 'tcp', 'port': 25}]
        hosts = ['client', 'server', 'router'] if topology == 'A' else ['client', 'host']
        case = {'id': f'verdict-more-{given.seed}-{index:03d}', 'kind': 'verdict', 'topic': 'more', 'topology': topology, 'rules': {firewall: rule_set(topology)},
                'sysctls': {}, 'services': services, 'probes': probes(topology, hosts, firewall)}
        print(json.dumps(case))


main()
