#!/usr/bin/env python3
"""Writes random verdict cases about connection tracking and NAT for record_verdict.py, in topology C.

    generate_conntrack.py --seed 1 --count 120 | record_verdict.py > ../verdict-conntrack.jsonl

Rules count the states that packets have; probes are single segments both ways, whole connections, errors, fragments, and
FTP conversations with announcements good and bad. Left out: ports that the kernel draws (two recordings differ), and TCP
through a range of one port (whether a finished connection gives way depends on secret sequence numbers).
"""
import argparse
import json
import random

R = random.Random()
LAN1, LAN2, SRV1, SRV2 = '192.168.75.10', '192.168.75.20', '203.0.113.25', '203.0.113.80'
INSIDE, OUTSIDE = '192.168.75.1', '203.0.113.1'
STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID']
NAT_CHAINS = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']
SERVICES = [('srv1', 'tcp', 80), ('srv2', 'tcp', 80), ('srv1', 'tcp', 25), ('srv1', 'udp', 53), ('srv2', 'udp', 53), ('lan1', 'tcp', 8080),
            ('lan2', 'tcp', 22), ('lan2', 'tcp', 80), ('router', 'tcp', 110), ('lan1', 'tcp', 25)]
SOURCE_RULES = [
    '-A POSTROUTING -o eth1 -j MASQUERADE', f'-A POSTROUTING -o eth1 -j SNAT --to-source {OUTSIDE}', f'-A POSTROUTING -s {LAN1} -o eth1 -j SNAT --to-source {OUTSIDE}',
    f'-A POSTROUTING -o eth1 -p udp -j SNAT --to-source {OUTSIDE}:5000', '-A POSTROUTING -o eth1 -j SNAT --to-source 203.0.113.1-203.0.113.6',
    '-A POSTROUTING -o eth1 -j SNAT --to-source 203.0.113.1-203.0.113.6 --persistent', '-A POSTROUTING -o eth1 -s 192.168.75.0/24 -j NETMAP --to 203.0.113.0/24']
DESTINATION_RULES = [
    f'-A PREROUTING -i eth1 -p tcp --dport {port} -j DNAT --to-destination {to}' for port in (80, 22) for to in (LAN1 + ':8080', LAN2, LAN2 + ':22', LAN1)] + [
    '-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 110', f'-A PREROUTING -p udp --dport 53 -j DNAT --to-destination {SRV2}',
    f'-A PREROUTING -i eth1 -d {OUTSIDE} -p tcp -j DNAT --to-destination {LAN1}-{LAN2}', f'-A OUTPUT -p tcp --dport 80 -j DNAT --to-destination {SRV2}',
    '-A PREROUTING -i eth1 -j NETMAP --to 192.168.75.0/24', f'-A PREROUTING -p tcp --dport 8000:8100 -j DNAT --to-destination {SRV1}:80-180/8000',
    '-A INPUT -p tcp --dport 110 -j SNAT --to-source 203.0.113.9']
LAST_PORT = [40000]


def next_port():
    LAST_PORT[0] += 1
    return LAST_PORT[0]


def table(name, chains, rules, policies={}):
    return '\n'.join([f'*{name}', *(f':{chain} {policies.get(chain, "ACCEPT")} [0:0]' for chain in chains), *rules, 'COMMIT', ''])


def filter_table():
    rules = [f'-A FORWARD -m conntrack --ctstate {state}{R.choice(["", "", " -j ACCEPT"])}' for state in R.sample(STATES, 4)]
    if R.random() < .3:
        rules += [f'-A FORWARD -m conntrack --ctstatus {status}' for status in ('ASSURED', 'SEEN_REPLY', 'EXPECTED')]
    if R.random() < .3:
        rules += ['-A FORWARD -m conntrack --ctstate SNAT', '-A FORWARD -m conntrack --ctstate DNAT']
    for state in R.sample(STATES, 2):
        rules += [f'-A INPUT -m state --state {state}', f'-A OUTPUT -m state --state {state}']
    if R.random() < .2:
        rules.append(f'-A FORWARD -p {R.choice(["tcp", "udp"])} --dport {R.choice([9, 80, 53])} -j REJECT{R.choice(["", " --reject-with icmp-host-prohibited"])}')
    return table('filter', ['INPUT', 'FORWARD', 'OUTPUT'], rules)


def nat_table():
    which = R.random()
    return table('nat', NAT_CHAINS, ([R.choice(SOURCE_RULES)] if which < .5 else []) + ([R.choice(DESTINATION_RULES)] if which > .3 else []))


def segments():
    """Single segments of one connection, both ways; many are none that TCP would send."""
    ends = R.choice([(('lan1', LAN1), ('srv1', SRV1)), (('lan2', LAN2), ('srv2', SRV2)), (('srv1', SRV1), ('lan1', LAN1))])
    ports = [next_port(), R.choice([25, 9, 2000])]
    for _ in range(R.randint(2, 7)):
        back = R.random() < .45
        (host, source), (_, destination) = reversed(ends) if back else ends
        sport, dport = reversed(ports) if back else ports
        probe = {'from': host, 'type': 'raw', 'proto': 'tcp', 'flags': R.choice(['S', 'S', 'SA', 'A', 'A', 'PA', 'FA', 'FA', 'R', 'RA', 'F', '-', 'SF']),
                 'src': source, 'dst': destination, 'sport': sport, 'dport': dport}
        if R.random() < .3:
            probe['payload'] = 'x' * R.choice([1, 100, 1000, 1400])
        if R.random() < .05:
            probe['badcsum'] = 1
        yield probe


def conversation(host):
    name = f'k{next_port()}'
    yield {'from': host, 'type': 'connect', 'proto': 'tcp', 'dst': SRV1, 'dport': 80, 'sport': next_port(), 'keep': name}
    for index in range(R.randint(0, 2)):
        yield {'from': host, 'type': 'say', 'conn': name, 'side': R.choice(['client', 'server']), 'text': f'hello {index}\r\n'}
    yield {'from': host, 'type': R.choice(['abort', 'close']), 'conn': name}


def packet():
    host = R.choice(['lan1', 'lan2'])
    to = R.choice([SRV1, SRV2, SRV1, OUTSIDE, INSIDE])
    which = R.random()
    if which < .2:
        yield {'from': host, 'type': 'connect', 'proto': 'tcp', 'dst': to, 'dport': R.choice([80, 25, 9, 8005, 110]), 'sport': next_port()}
    elif which < .3:
        yield {'from': R.choice(['srv1', 'srv2']), 'type': 'connect', 'proto': 'tcp', 'dst': OUTSIDE, 'dport': R.choice([80, 22, 110]), 'sport': next_port()}
    elif which < .45:
        yield from conversation(host)
    elif which < .6:
        probe = {'from': host, 'type': R.choice(['udp', 'raw']), 'proto': 'udp', 'dst': to, 'dport': R.choice([53, 9]), 'sport': next_port()}
        yield from [dict(probe) for _ in range(R.choice([1, 1, 2]))]
    elif which < .75:
        kind = R.choice([[8, 0], [8, 0], [13, 0], [0, 0], [17, 0], [3, 1], [5, 1], [40, 0]])
        yield {'from': host, 'type': 'raw', 'proto': 'icmp', 'icmp': kind, 'dst': to, 'id': R.randint(1, 60000)}
    elif which < .8:
        kind, proto = R.choice([('connect', 'tcp'), ('udp', 'udp')])
        yield {'from': 'router', 'type': kind, 'proto': proto, 'dst': R.choice([SRV1, SRV2, LAN1]), 'dport': R.choice([80, 53, 9]), 'sport': next_port()}
    elif which < .85:
        yield {'from': host, 'type': 'raw', 'proto': R.choice(['47', '50', '132', '99']), 'dst': to, 'payload': 'abcdefgh12345678'}
    elif which < .9:
        yield {'from': 'srv1', 'type': 'raw', 'proto': 'icmp', 'icmp': R.choice([[8, 0], [3, 3]]), 'dst': OUTSIDE, 'id': 5}
    else:
        probe = {'from': host, 'type': 'raw', 'proto': 'udp', 'dst': SRV1, 'dport': 9, 'sport': next_port(), 'payload': 'y' * 64, 'fragment': R.choice([8, 16, 40])}
        yield probe | ({'only': R.choice([[1, 0], [0]])} if R.random() < .4 else {})


def announcement(client, server, port):
    """Who says what, and whether the server opens the data connection."""
    high, low = port >> 8, port & 255
    own, other = server.replace('.', ','), client.replace('.', ',')
    which = R.random()
    if which < .3:
        return [('client', R.choice(['PASV\r\n', 'pasv\r\n'])),
                ('server', R.choice([f'227 Entering Passive Mode ({own},{high},{low})\r\n', f'227 Entering Passive Mode ({own},{high},{low}).\r\n',
                                     f'227 ok {own},{high},{low}\r\n', f'227 (10,0,0,1,{high},{low})\r\n']))]
    if which < .5:
        return [('client', 'EPSV\r\n'), ('server', R.choice([f'229 Entering Extended Passive Mode (|||{port}|)\r\n', f'229 (!!!{port}!)\r\n']))]
    if which < .75:
        return [('client', R.choice([f'PORT {other},{high},{low}\r\n', f'port {other},{high},{low}\r\n', f'PORT 1,2,3,4,{high},{low}\r\n'])), ('server', '200 ok\r\n')]
    return [('client', R.choice([f'EPRT |1|{client}|{port}|\r\n', f'EPRT !1!{client}!{port}!\r\n'])), ('server', '200 ok\r\n')]


def ftp():
    nat = R.choice([None, '-A POSTROUTING -o eth1 -j MASQUERADE', f'-A POSTROUTING -o eth1 -j SNAT --to-source {OUTSIDE}',
                    f'-A PREROUTING -i eth1 -p tcp --dport 21 -j DNAT --to-destination {LAN2}'])
    inbound = nat is not None and 'DNAT' in nat
    client, client_ip, server, server_ip = ('srv1', SRV1, 'lan2', LAN2) if inbound else ('lan1', LAN1, 'srv1', SRV1)
    to = OUTSIDE if inbound else SRV1
    rules = table('raw', ['PREROUTING', 'OUTPUT'], ['-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp'])
    rules += table('nat', NAT_CHAINS, [nat]) if nat else ''
    rules += table('filter', ['INPUT', 'FORWARD', 'OUTPUT'], ['-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT', '-A FORWARD -m conntrack --ctstate RELATED -j ACCEPT',
                                                              '-A FORWARD -p tcp -m tcp --dport 21 -j ACCEPT'], {'FORWARD': 'DROP'})
    probes = [{'from': client, 'type': 'connect', 'proto': 'tcp', 'dst': to, 'dport': 21, 'sport': next_port(), 'keep': 'ctl'}]

    def say(side, text):
        probes.append({'from': client, 'type': 'say', 'conn': 'ctl', 'side': side, 'text': text})

    say('server', '220 ready\r\n')
    say('client', 'USER x\r\n')
    for _ in range(R.randint(1, 3)):
        port = R.choice([50000, 50001, 1025, 60000])
        for side, text in announcement(client_ip, server_ip, port):
            say(side, text)
        if R.random() < .5:
            probes.append({'from': client, 'type': 'connect', 'proto': 'tcp', 'dst': to, 'dport': port, 'sport': next_port()})
        else:
            address = OUTSIDE if nat and not inbound else client_ip
            probes.append({'from': server, 'type': 'connect', 'proto': 'tcp', 'dst': address, 'dport': port, 'sport': 20 if R.random() < .6 else next_port()})
    say('client', 'NOOP\r\n')
    say('server', '200 ok\r\n')
    probes.append({'from': client, 'type': R.choice(['abort', 'close']), 'conn': 'ctl'})
    return rules, probes, [(server, 'tcp', 21)] + [(host, 'tcp', port) for host in (server, client) for port in (50000, 50001)]


def states():
    nat = R.random() < .6
    rules = filter_table() + (nat_table() if nat else '')
    probes = []
    for _ in range(R.randint(2, 5)):
        probes += segments() if R.random() < (.2 if nat else .6) else packet()
    return rules, probes, SERVICES


def settings():
    found = {}
    if R.random() < .15:
        found[R.choice(['net.netfilter.nf_conntrack_tcp_loose', 'net.netfilter.nf_conntrack_checksum'])] = 0
    if R.random() < .1:
        found['net.netfilter.nf_conntrack_tcp_be_liberal'] = 1
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=20)
    given = parser.parse_args()
    R.seed(given.seed)
    for index in range(given.count):
        talks = R.random() < .15
        rules, probes, services = ftp() if talks else states()
        print(json.dumps({
            'id': f'verdict-conntrack-{given.seed}-{index:03d}', 'kind': 'verdict', 'topic': 'conntrack', 'topology': 'C', 'rules': {'router': rules},
            'sysctls': {} if talks else settings(), 'services': [{'host': host, 'proto': proto, 'port': port} for host, proto, port in services], 'probes': probes}))


main()
