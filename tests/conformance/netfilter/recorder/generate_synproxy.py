#!/usr/bin/env python3
"""Writes verdict cases about SYNPROXY, without results, for record_verdict.py: generate_synproxy.py | record_verdict.py

Every option of the target, in FORWARD and in INPUT, with and without NOTRACK for the SYN, services that are there, silent or
closed, data both ways, cookies that nobody was given, and connections that are opened again.
"""
import json

SPORT = 41000


def rules(hook, options, dport='80', notrack=True, loose='INVALID,UNTRACKED', more='', out=''):
    raw = f'*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp -m tcp --dport {dport} --syn -j CT --notrack\nCOMMIT\n'
    return (raw if notrack else '') + (
        f'*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n{more}'
        f'-A {hook} -i eth0 -p tcp -m tcp --dport {dport} -m conntrack --ctstate {loose} -j SYNPROXY{options}\n'
        f'-A {hook} -m conntrack --ctstate INVALID -j DROP\n{out}COMMIT\n')


def case(name, topology, text, probes, services, **sysctls):
    firewall = 'router' if topology == 'A' else 'host'
    settings = {'net.netfilter.nf_conntrack_tcp_loose': '0', **{key.replace('__', '.'): value for key, value in sysctls.items()}}
    print(json.dumps({'id': f'verdict-synproxy-{name}', 'kind': 'verdict', 'topic': 'synproxy', 'topology': topology, 'rules': {firewall: text},
                      'sysctls': settings, 'services': services, 'probes': probes}))


def connect(dst, sport=SPORT, dport=80, **more):
    return {'from': 'client', 'type': 'connect', 'dst': dst, 'dport': dport, 'sport': sport, **more}


def raw(dst, flags, sport=SPORT, dport=80, **more):
    return {'from': 'client', 'type': 'raw', 'proto': 'tcp', 'dst': dst, 'sport': sport, 'dport': dport, 'flags': flags, **more}


COUNT = '-A OUTPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK -m conntrack --ctstate {0}\n'
STATES = ''.join(COUNT.format(state) for state in ('NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED'))
STATES += ''.join(COUNT.format(state).replace('SYN,ACK SYN,ACK', 'SYN,ACK SYN') for state in ('NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED'))
STATES += ''.join(COUNT.format(state).replace('SYN,ACK SYN,ACK', 'SYN,ACK ACK') for state in ('NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED'))
OPTIONS = ['', ' --mss 1460', ' --sack-perm --mss 1460', ' --timestamp --wscale 7 --mss 1460', ' --sack-perm --timestamp --wscale 7 --mss 1460',
           ' --sack-perm --timestamp --mss 536', ' --sack-perm --timestamp --wscale 7 --mss 1300 --ecn', ' --wscale 9 --mss 1400', ' --timestamp --mss 1460']
number = 0
for topology, hook, dst, host in (('A', 'FORWARD', '203.0.113.25', 'server'), ('B', 'INPUT', '192.168.75.1', 'host')):
    web = [{'host': host, 'proto': 'tcp', 'port': 80, 'banner': 'hello\n'}]
    quiet = [{'host': host, 'proto': 'tcp', 'port': 80}]
    for options in OPTIONS:
        number += 1
        talk = [{'from': 'client', 'type': 'say', 'conn': 'a', 'side': 'client', 'text': 'one\n'}, {'from': 'client', 'type': 'say', 'conn': 'a', 'side': 'server', 'text': 'second\n'},
                {'from': 'client', 'type': 'close', 'conn': 'a'}]
        # with time stamps the server's end does not open by itself, so it cannot be spoken to
        more = [connect(dst, SPORT + 1)] if '--timestamp' in options else [connect(dst, SPORT + 1, keep='a'), *talk]
        case(f'{topology}-options-{number:02}', topology, rules(hook, options, out=STATES), [connect(dst), *more], web)
    best = OPTIONS[4]
    case(f'{topology}-closed', topology, rules(hook, best), [connect(dst), connect(dst)], [])
    case(f'{topology}-quiet', topology, rules(hook, best), [connect(dst), raw(dst, 'S', SPORT + 1), raw(dst, 'S', SPORT + 2, tcpopts=[2, 4, 4, 0])], quiet)
    case(f'{topology}-strangers', topology, rules(hook, best),
         [raw(dst, flags, SPORT + at) for at, flags in enumerate(['A', 'PA', 'SA', 'R', 'RA', 'FA', 'F', '-', 'FPU', 'SF', 'SR', 'SP', 'AU'])] +
         [raw(dst, 'A', SPORT + 20, payload='x'), raw(dst, 'S', SPORT + 21, payload='xyz'), raw(dst, 'S', SPORT + 22, badcsum=True)], quiet)
    case(f'{topology}-tracked-syn', topology, rules(hook, best, notrack=False, loose='INVALID,UNTRACKED,NEW'), [connect(dst), connect(dst, SPORT + 1)], web)
    case(f'{topology}-not-loose-1', topology, rules(hook, best), [connect(dst), connect(dst, SPORT + 1)], web, net__netfilter__nf_conntrack_tcp_loose='1')
    case(f'{topology}-again', topology, rules(hook, best), [connect(dst), connect(dst), {'from': 'client', 'type': 'sleep', 'seconds': 0.2}, connect(dst)], web)
    case(f'{topology}-other-port', topology, rules(hook, best), [connect(dst), connect(dst, SPORT + 1, dport=81), connect(dst, SPORT + 2, dport=22)],
         web + [{'host': host, 'proto': 'tcp', 'port': 81, 'banner': 'other\n'}])
    case(f'{topology}-output-drop', topology, rules(hook, best, out='-A OUTPUT -p tcp -m tcp --sport 80 --tcp-flags SYN,ACK SYN,ACK -j DROP\n'), [connect(dst)], web)
    case(f'{topology}-accounting', topology, rules(hook, OPTIONS[2]), [connect(dst, keep='a'), {'from': 'client', 'type': 'abort', 'conn': 'a'}], web, net__netfilter__nf_conntrack_acct='1')
    case(f'{topology}-bare-accept', topology, rules(hook, OPTIONS[1], more='-A {0} -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A {0} -p tcp -m tcp --tcp-flags SYN,ACK SYN -m conntrack --ctstate NEW\n'.format(hook)),
         [connect(dst), connect(dst, SPORT + 1, keep='a'), {'from': 'client', 'type': 'say', 'conn': 'a', 'side': 'client', 'text': 'hello there\n'}], web)
case('A-dnat', 'A', '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 --syn -j CT --notrack\nCOMMIT\n'
     '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n'
     '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
     '-A FORWARD -i eth0 -p tcp -m tcp --dport 80 -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460\n'
     '-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n',
     [connect('203.0.113.25'), connect('203.0.113.25', SPORT + 1)], [{'host': 'server', 'proto': 'tcp', 'port': 80, 'banner': 'hello\n'}])
