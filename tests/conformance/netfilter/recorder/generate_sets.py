#!/usr/bin/env python3
"""Writes verdict cases about the set match and the SET target, without results: generate_sets.py | record_verdict.py

Sets are made by probes of the kind `sh` before packets come; what they hold afterwards shows in what passes.
"""
import json

HEAD = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
SETS = {
    'ip': ('hash:ip', ['192.168.75.10'], 'src'), 'ip-dst': ('hash:ip', ['192.168.75.1'], 'dst'), 'ip-netmask': ('hash:ip netmask 24', ['192.168.75.99'], 'src'),
    'net': ('hash:net', ['192.168.0.0/16', '192.168.75.0/24 nomatch', '192.168.75.10'], 'src'), 'net-nomatch': ('hash:net', ['192.168.0.0/16', '192.168.75.10 nomatch'], 'src'),
    'ipport': ('hash:ip,port', ['192.168.75.1,tcp:80', '192.168.75.1,udp:53', '192.168.75.1,icmp:8/0'], 'dst,dst'), 'ipport-src': ('hash:ip,port', ['192.168.75.10,tcp:80'], 'src,dst'),
    'netport': ('hash:net,port', ['192.168.75.0/24,tcp:80'], 'src,dst'), 'port': ('bitmap:port range 0-1023', ['80', '53'], 'dst'), 'bitmap': ('bitmap:ip range 192.168.75.0/24', ['192.168.75.10'], 'src'),
    'iface': ('hash:net,iface', ['192.168.75.0/24,eth0'], 'src,src'), 'ipportip': ('hash:ip,port,ip', ['192.168.75.10,tcp:80,192.168.75.1'], 'src,dst,dst'),
    'ipportnet': ('hash:ip,port,net', ['192.168.75.1,tcp:80,192.168.75.0/25', '192.168.75.1,tcp:80,192.168.75.8/29 nomatch'], 'dst,dst,src'), 'short': ('hash:ip,port', ['192.168.75.1,tcp:80'], 'dst'),
    'counters': ('hash:ip counters', ['192.168.75.10'], 'src'), 'timeout': ('hash:ip timeout 600', ['192.168.75.10'], 'src'),
}
OPTIONS = ['', ' --return-nomatch', ' --packets-gt 2', ' ! --update-counters --packets-eq 0', ' --bytes-lt 100']
PACKETS = [{'proto': 'tcp', 'sport': 1000, 'dport': 80, 'flags': 'S'}, {'proto': 'tcp', 'sport': 80, 'dport': 81, 'flags': 'S'}, {'proto': 'udp', 'sport': 1000, 'dport': 53}, {'proto': 'icmp', 'icmp': [8, 0]}, {'proto': '47'}]


def packets():
    return [{'from': 'client', 'type': 'raw', 'dst': '192.168.75.1', **one} for one in PACKETS]


def load(lines):
    text = ''.join(f'-A INPUT{line}\n' for line in lines)
    return {'from': 'host', 'type': 'sh', 'command': "iptables-restore <<'X'\n" + HEAD + text + 'COMMIT\nX'}


def case(name, probes):
    print(json.dumps({'id': f'verdict-sets-{name}', 'kind': 'verdict', 'topic': 'sets', 'topology': 'B', 'rules': {'host': HEAD + 'COMMIT\n'}, 'sysctls': {}, 'services': [], 'probes': probes}))


def sh(*commands):
    return {'from': 'host', 'type': 'sh', 'command': ' && '.join(commands)}


for name, (made, members, ends) in SETS.items():
    fill = [f'ipset create s {made}'] + [f'ipset add s {member}' for member in members]
    for number, options in enumerate(OPTIONS):
        rules = [f' -m set --match-set s {ends}{options} -j DROP']
        case(f'{name}-{number}', [sh(*fill), load(rules), *packets(), *packets()])
    case(f'{name}-not', [sh(*fill), load([f' -m set ! --match-set s {ends} -j DROP']), *packets()])
    case(f'{name}-list', [sh(*fill, 'ipset create l list:set', 'ipset create e hash:ip', 'ipset add l e', 'ipset add l s'), load([f' -m set --match-set l {ends} -j DROP']), *packets()])
for number, (made, ends) in enumerate([('hash:ip', 'src'), ('hash:ip,port', 'src,dst'), ('hash:net', 'src'), ('bitmap:port range 0-100', 'dst'), ('hash:ip timeout 600', 'src'), ('hash:ip maxelem 1', 'dst')]):
    again = [f' -m set --match-set s {ends} -j DROP', f' -j SET --add-set s {ends} --exist']
    case(f'add-{number}', [sh(f'ipset create s {made}'), load(again), *packets(), *packets()])
    case(f'del-{number}', [sh(f'ipset create s {made}'), load([f' -p tcp -j SET --add-set s {ends}', f' -p icmp -j SET --del-set s {ends}', f' -m set --match-set s {ends} -j DROP']), *packets(), *packets()])
