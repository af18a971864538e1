#!/usr/bin/env python3
"""Records what the commands of the packet filter say for -h (the format of ../README.md, "cli cases"; `final` is empty).

    record_help.py > help.jsonl

A case is one extension of one family, asked by `-m NAME -h` or `-j NAME -h`: the names are those of the libraries that
the real package brings. The two variants print the same but for their name; the recorder stops when they do not, and
records legacy only for every tenth. Then come -h of the commands themselves, and -h among other options. Needs root,
iptables 1.8.9, conntrack 1.4.7, ipset 7.17, nft and unshare; changes nothing outside.
"""
import json
import os
import re
import subprocess
import sys

LIBRARIES = '/usr/lib/x86_64-linux-gnu/xtables'
FAMILIES = {'iptables': ('libxt_', 'libipt_'), 'ip6tables': ('libxt_', 'libip6t_')}
ENVIRONMENT = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'TZ': 'UTC', 'HOME': '/root'}
LEGACY_EVERY = 10

COMMANDS = [
    [[f'{family}{command}', option]]
    for family in FAMILIES
    for command in ('', '-save', '-restore')
    for option in ('-h', '--help')
] + [
    [['conntrack', '-h']],
    [['conntrack', '--help']],
    [['conntrack']],
    [['conntrack', '-V']],
    [['ipset', 'help']],
    [['ipset', '-h']],
    [['ipset', '--help']],
    [['ipset', 'version']],
    [['ipset', 'help', 'nosuch']],
    [['ipset', 'help', 'hash:ip', 'more']],
    [['ipset', 'help', 'iphash']],
    [['ipset', '-h', 'hash:mac']],
    [['ipset', '-h', '-!', 'list']],
    [['ipset', '-help']],
    [['ipset', 'help', 'create']],
]

SET_TYPES = [
    *(f'bitmap:{element}' for element in ('ip', 'ip,mac', 'port')),
    *(f'hash:{element}' for element in ('ip', 'ip,mac', 'ip,mark', 'ip,port', 'ip,port,ip', 'ip,port,net', 'mac')),
    *(f'hash:{element}' for element in ('net', 'net,iface', 'net,net', 'net,port', 'net,port,net')),
    'list:set',
]

AMONG_OTHERS = [
    'iptables -p tcp -h',
    'iptables -p udp -h',
    'iptables -p icmp -h',
    'iptables -p tcp -m tcp -h',
    'iptables -p tcp -m multiport -h',
    'iptables -p sctp -h',
    'iptables -p 6 -h',
    'iptables -p gre -h',
    'iptables -p all -h',
    'iptables -m state -m limit -h',
    'iptables -m limit -m state -m limit -h',
    'iptables -m tcp -j REJECT -h',
    'iptables -j REJECT -m tcp -h',
    'iptables -j ACCEPT -h',
    'iptables -j DROP -h',
    'iptables -j RETURN -h',
    'iptables -j nochain -h',
    'iptables -j NOSUCH -h',
    'iptables -m nosuch -h',
    'iptables -A INPUT -p tcp --dport 22 -j LOG -h',
    'iptables -h icmp',
    'iptables -h -m tcp',
    'iptables -A INPUT -h -j',
    'iptables -p tcp -j REJECT --help',
    'iptables -L -h',
    'iptables -m NOTRACK -h',
    'iptables -j tcp -h',
    'iptables -j mark -h',
    'iptables -m MARK -h',
    'iptables -m SET -h',
    'iptables -g FOO -h',
    'ip6tables -p icmpv6 -h',
    'ip6tables -p ipv6-icmp -h',
    'ip6tables -p tcp -h',
    'ip6tables -m icmpv6 -h',
    'ip6tables -m ipv6-icmp -h',
    'ip6tables -m icmp -h',
    'iptables -m icmp6 -h',
    'iptables -m ttl -j TTL -h',
    'ip6tables -m hl -j HL -h',
]


def extensions(prefixes):
    """Each name of a family with the letter that asks for it."""
    for file in sorted(os.listdir(LIBRARIES)):
        for prefix in prefixes:
            if file.startswith(prefix):
                name = file[len(prefix):-len('.so')]
                yield ('-j' if name.isupper() else '-m'), name


def inside(argv, legacy=False):
    """Runs the command in namespaces of its own."""
    program = re.sub(r'^(ip6?tables)', r'\1-legacy', argv[0]) if legacy else argv[0]
    inner = 'ip link set lo up; A=$1; P=$2; shift 2; exec bash -c \'A=$1; P=$2; shift 2; exec -a "$A" "$P" "$@"\' - "$A" "$P" "$@"'
    found = subprocess.run(['which', program], capture_output=True, env=ENVIRONMENT, text=True).stdout.strip()
    done = subprocess.run(
        ['unshare', '-n', 'bash', '-c', inner, '-', argv[0], found, *argv[1:]],
        stdin=subprocess.DEVNULL, capture_output=True, env=ENVIRONMENT, timeout=20,
    )
    out, err = (raw.decode('utf-8', 'backslashreplace') for raw in (done.stdout, done.stderr))
    return {'argv': argv, 'exit': done.returncode, 'stdout': out, 'stderr': err}


def case(name, argvs, legacy=False):
    made = {'id': f'help-{name}', 'kind': 'cli', 'topic': 'help', 'steps': [inside(argv, legacy) for argv in argvs]}
    if legacy:
        made['id'] += '-legacy'
        made['variant'] = 'legacy'
    made['final'] = {}
    print(json.dumps(made, ensure_ascii=False), flush=True)
    return made


def told(made):
    named = [[step[key].replace('(legacy)', '(nf_tables)') for key in ('stdout', 'stderr')] for step in made['steps']]
    return named, [step['exit'] for step in made['steps']]


def main():
    count = 0
    for family, prefixes in FAMILIES.items():
        for letter, name in extensions(prefixes):
            argvs = [[family, letter, name, '-h']]
            made = case(f'{family}-{name}', argvs)
            legacy = [inside(argv, True) for argv in argvs]
            if told(made) != told({'steps': legacy}):
                sys.exit(f'{made["id"]}: legacy differs: {legacy}')
            count += 1
            if count % LEGACY_EVERY == 0:
                case(f'{family}-{name}', argvs, True)
    for argvs in COMMANDS:
        case(f'command-{"".join(argvs[0])}', argvs)
        if argvs[0][0].startswith('ip') and argvs[0][0] != 'ipset':
            case(f'command-{"".join(argvs[0])}', argvs, True)
    for name in SET_TYPES:
        case(f'set-{name}', [['ipset', 'help', name]])
    for number, line in enumerate(AMONG_OTHERS):
        case(f'among-{number:03}', [line.split()])
        case(f'among-{number:03}', [line.split()], True)


main()
