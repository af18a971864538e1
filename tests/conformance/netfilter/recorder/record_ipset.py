#!/usr/bin/env python3
"""Records cli cases of ipset (the format of ../README.md) with the real command (7.17) and kernel: record_ipset.py > ../ipset.jsonl

Each case runs in a fresh network namespace. The order of a hash's members and the number that hashes begin with are drawn
by the kernel: members are sorted, `initval` is INITVAL, and the names of sets are in one order. Needs root, ipset,
iptables and unshare; changes nothing outside.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import time

ENVIRONMENT = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'TZ': 'UTC', 'HOME': '/root'}
TYPES = ['hash:ip', 'hash:ip,port', 'hash:ip,port,ip', 'hash:ip,port,net', 'hash:net', 'hash:net,port', 'hash:net,iface']
ELEMENTS = {'hash:ip': '1.1.1.1', 'hash:ip,port': '1.1.1.1,80', 'hash:ip,port,ip': '1.1.1.1,80,2.2.2.2', 'hash:ip,port,net': '1.1.1.1,udp:53,2.2.2.0/24',
            'hash:net': '1.1.1.0/24', 'hash:net,port': '1.1.1.0/24,tcp:22', 'hash:net,iface': '1.1.1.0/24,eth0'}
OPTIONS = ['', 'timeout 600', 'counters', 'comment', 'skbinfo', 'timeout 0 counters comment skbinfo', 'maxelem 1', 'hashsize 100', 'bucketsize 4', 'forceadd', 'netmask 24',
           'bitmask 255.255.0.0', 'family inet6', 'range 1-2', 'timeout', 'timeout x', 'timeout 9999999999', 'size 4', 'bogus', 'family foo', 'bucketsize 1', 'counters counters']
ADDS = ['', 'timeout 99', 'comment hello', 'comment "two words"', 'packets 5 bytes 600', 'nomatch', 'skbmark 0x1 skbprio 1:2 skbqueue 3', 'timeout 0', 'before x', 'bogus', 'timeout x']
PAUSE = 0.01
PORTS = ['80', 'icmp:77/1', '47:0', 'gre:0', 'esp:5', 'esp', 'icmp:foo', 'http', 'domain', 'udp:domain', 'icmp:300/1', 'icmp:3', 'icmp:', '80-', '-80', 'tcp:', ':80', '0', 'udp:0', '6:80', '17:5', '255:0', '256:0', 'udplite:9',
         'tcp:80-tcp:90', 'icmp:8/0', 'icmp:ping', 'sctp:7', 'foo:7', 'tcp:nosuch', '99999', '80,2.2.2.2', '90-91', 'tcp:ssh-smtp', '91-90', 'icmp:Echo-Request', '0x50', '010']
SCRIPTS = {
    'basics': 'create a hash:ip; add a 10.0.0.1; add a 10.0.0.2; list a; save a; test a 10.0.0.1; test a 10.0.0.9; -q test a 10.0.0.9; del a 10.0.0.1; del a 10.0.0.1; -! del a 10.0.0.1; list a; flush a; list a; destroy a; list a; list',
    'twice': 'create a hash:ip; add a 1.1.1.1; add a 1.1.1.1; -! add a 1.1.1.1; add -exist a 1.1.1.1; -q add a 1.1.1.1; create a hash:ip; -! create a hash:ip; -! create a hash:ip timeout 5; -! create a hash:net; list a',
    'ranges': 'create a hash:ip; add a 10.1.0.0/30; add a 10.2.0.1-10.2.0.3; add a 10.2.0.3-10.2.0.5; -! add a 10.2.0.3-10.2.0.5; del a 10.1.0.0/31; list a; add a 10.0.0.0/33; add a 10.0.0.5-10.0.0.1; add a 0.0.0.0; test a 10.2.0.1-10.2.0.2; test a 10.2.0.0/30; add a 300.1.1.1; add a localhost; list a',
    'wrong': 'add; add a; add a 1.1.1.1; create; create a; create a foo; create a hash:ip foo; foo; list a b; list nosuch; save nosuch; flush nosuch; destroy nosuch; test nosuch 1.1.1.1; del nosuch 1.1.1.1; rename nosuch b; swap nosuch b; rename a; swap a; --bogus; -o foo list; -o; version; -V; -v; create toolongname0123456789012345678901234567 hash:ip; add toolongname0123456789012345678901234567 1.1.1.1; help foo',
    'names': 'create a hash:ip; create b hash:ip; create c hash:net; add a 1.1.1.1; add b 2.2.2.2; swap a b; list a; list b; rename a b; rename a d; list -n; swap c d; swap d nosuch; swap d d; destroy d; list -n; -t list; destroy; list -n',
    'aliases': '-N a iphash; -A a 1.1.1.1; -T a 1.1.1.1; -L a; -S a; -D a 1.1.1.1; -F a; -E a b; -X b; n a nethash; a a 1.0.0.0/8; l a; s a; t a 1.1.1.1; d a 1.0.0.0/8; f a; e a b; x b; create p portmap range 1-100; create i ipmap range 10.0.0.0/24; create m macipmap range 10.0.0.0/24; create q ipporthash; create l setlist; list -n',
    'nets': 'create e hash:net; add e 10.0.0.0/8; add e 10.1.0.0/16 nomatch; add e 10.1.2.0/24; add e 1.2.3.4; add e 0.0.0.0/0; add e 10.9.9.9/8; list e; test e 10.0.0.1; test e 10.1.9.9; test e 10.1.2.3; test e 10.1.0.0/16; test e 10.1.0.0/16 nomatch; test e 10.1.0.0/17; test e 10.0.0.0/8; test e 10.0.0.0/9; add e 10.0.0.0-10.0.0.5; list e; del e 10.1.0.0/16; test e 10.1.9.9; add e 10.0.0.0/8 nomatch; -! add e 10.0.0.0/8 nomatch; list e',
    'bitmap-port': 'create p bitmap:port range 0-1024; add p 80; add p ssh; add p 100-103; add p 2000; add p tcp:http; add p udp:domain; list p; del p 101-102; save p; test p 22; test p 23; test p 5000; create q bitmap:port; create q bitmap:port range 20-10; list q; create r bitmap:port range 5; create r bitmap:port range 0-70000; create t bitmap:port range 1-9 timeout 50 counters comment skbinfo; add t 3 comment x packets 3; list t; add p 1020-1030',
    'bitmap-ip': 'create q bitmap:ip range 10.0.0.0/24; add q 10.0.0.5; add q 10.0.1.5; add q 10.0.0.6-10.0.0.8; add q 10.0.0.16/30; list q; create q2 bitmap:ip range 10.0.0.0-10.0.3.255 netmask 28; add q2 10.0.0.17; list q2; create q3 bitmap:ip,mac range 10.0.0.0/28; add q3 10.0.0.1,02:00:0a:0b:0c:0d; add q3 10.0.0.2; add q3 10.0.0.3,zz; list q3; test q3 10.0.0.1; test q3 10.0.0.1,02:00:0a:0b:0c:0d; test q3 10.0.0.1,02:00:0a:0b:0c:0e; save q3; create r bitmap:ip range 10.0.0.0/8; create r bitmap:ip range 1.1.1.1; create r bitmap:ip; test q 11.0.0.1',
    'lists': 'create a hash:ip; create b hash:net; create p bitmap:port range 0-10; create l list:set; add l a; add l b; add l a; add l nosuch; add l l; create l2 list:set; add l l2; add l p before a; list l; del l nosuch; del l p; del l p; test l a; test l p; test l nosuch; save l; list -t a; destroy a; rename a z; flush l; destroy a; add l b; destroy l; destroy b; create s list:set size 2; list s; create s2 list:set size 4 timeout 100 counters comment skbinfo; add s2 p timeout 50 comment hi; list s2; add l2 p before b; add l2 p after b',
    'counters': 'create a hash:ip counters; add a 1.1.1.1; add a 1.1.1.2 packets 5; add a 1.1.1.3 bytes 77; add a 1.1.1.4 packets x; list a; save a; -! add a 1.1.1.2 packets 9 bytes 9; list a; create b hash:ip; add b 1.1.1.1 packets 5; add b 1.1.1.1 comment x; add b 1.1.1.1 timeout 5; add b 1.1.1.1 skbmark 1; create c hash:ip comment; add c 1.1.1.1 comment "a b"; add c 1.1.1.2 comment ""; add c 1.1.1.3 comment \'with " quote\'; list c; save c; -! add c 1.1.1.1 comment new; list c; create d hash:net timeout 500 counters comment; add d 1.0.0.0/8 nomatch timeout 400 packets 1 bytes 2 comment z',
    'skbinfo': 'create s hash:ip skbinfo; add s 1.1.1.1 skbmark 0x10/0xff; add s 1.1.1.2 skbmark 5 skbprio 1:10 skbqueue 3; add s 1.1.1.3 skbprio 10; add s 1.1.1.4; add s 1.1.1.5 skbprio 1:; list s; save s',
    'full': 'create v hash:net maxelem 2; add v 1.1.1.1; add v 1.1.1.2; add v 1.1.1.3; list v; create f hash:ip maxelem 2 forceadd; add f 1.1.1.1; add f 1.1.1.2; list -t f; create t hash:ip timeout 1 maxelem 1; add t 1.1.1.1',
    'six': 'create x hash:ip family inet6; add x ::1; add x fe80::1; add x 1.1.1.1; list x; create y hash:net family inet6; add y fe80::/10; test y fe80::5; list y; create z hash:ip,port family inet6; add z ::1,80; add z ::1,icmpv6:echo-request; list z; create w hash:net -6; list -t w; add x ::/127',
    'iface': 'create y hash:net,iface; add y 10.0.0.0/8,eth0; add y 10.0.0.0/8,physdev:br0; add y 10.0.0.0/8; add y 10.0.0.0/8,averyverylonginterface; list y; create w hash:net,iface; add w 0.0.0.0/0,wlan wildcard; list w; test w 1.1.1.1,wlan0; test w 1.1.1.1,eth0; test y 10.1.1.1,eth0; test y 10.1.1.1,eth2',
    'three': 'create z hash:ip,port,ip; add z 1.1.1.1,80,2.2.2.2; add z 1.1.1.1,80; add z 1.1.1.1; list z; create n hash:ip,port,net; add n 1.1.1.1,80,2.2.2.0/24; add n 1.1.1.1,80,2.2.2.128/25 nomatch; add n 1.1.1.1,udp:5-6,0.0.0.0/0; list n; test n 1.1.1.1,80,2.2.2.3; test n 1.1.1.1,80,2.2.2.200; test n 1.1.1.1,80,2.2.2.0/24; create o hash:net,port; add o 1.0.0.0/8,80-82; list o; test o 1.2.3.4,81; test o 1.2.3.4,udp:81',
    'xml': 'create a hash:ip timeout 900 counters comment; add a 1.1.1.1 timeout 0 comment hi; create p bitmap:port range 1-9; add p 5; create n hash:net; add n 1.0.0.0/8 nomatch; -o xml list; list -o save; -o plain list a; -o xml save p; -o xml -n list; -o xml -t list p; list -n -t',
    'rules': 'create a hash:ip; create b hash:ip,port; create l list:set; add l a; !iptables -A INPUT -m set --match-set a src -j DROP; !iptables -A INPUT -m set ! --match-set b dst,dst --return-nomatch ! --update-counters --packets-gt 3; !iptables -A INPUT -m set --match-set nosuch src; !iptables -A INPUT -m set --match-set l src -j SET --add-set a src --exist --timeout 5; !iptables -A INPUT -j SET --del-set b src,dst; !iptables -A INPUT -m set --match-set b src; !iptables -S; !iptables -L -n; -t list; destroy a; destroy; rename a z; rename b a; swap a l; create c hash:ip; swap a c; !iptables -S; -t list; !iptables -F; -t list; destroy; list -n',
}
RESTORES = {
    'good': 'create r hash:ip\nadd r 1.1.1.1\nadd r 2.2.2.2\n',
    'twice': 'create r hash:ip\nadd r 1.1.1.1\nadd r 1.1.1.1\nadd r 2.2.2.2\n',
    'comment': '# a comment\n\ncreate r hash:ip comment\nadd r 1.1.1.1 comment "two words"\n',
    'unknown': 'create r hash:ip\nfoo\nadd r 1.1.1.1\n',
    'syntax': 'create r hash:ip\nadd r 1.1.1.1\nadd r x\n',
    'missing': 'add r 1.1.1.1\n',
    'more': 'create r hash:ip\ncreate s hash:net\nadd s 1.0.0.0/8 nomatch\nadd r 1.1.1.1\nswap r t\n',
    'option': 'create r hash:ip\nadd r 1.1.1.1 bogus\n',
    'cut': 'create r\n', 'quote': 'create r hash:ip comment\nadd r 1.1.1.1 comment "open\n', 'other': 'create r hash:ip\nadd r 1.1.1.1\ntest r 1.1.1.1\nlist r\n', 'flush': '-N r hash:ip\n-A r 1.1.1.1\nflush r\nadd r 3.3.3.3\ndel r 3.3.3.3\ndestroy r\n',
}


def cases():
    for name, script in SCRIPTS.items():
        yield name, [(line, '') for line in script.split('; ')]
    for name, text in RESTORES.items():
        yield f'restore-{name}', [('restore', text), ('list', ''), ('-! restore', text), ('list', '')]
    for number, port in enumerate(PORTS):
        yield f'port-{number:02}', [('create m hash:ip,port', ''), (f'add m 1.1.1.1,{port}', ''), ('save m', ''), (f'test m 1.1.1.1,{port}', ''), (f'add m 1.1.1.1,{port}', '')]
    for kind in TYPES:
        for number, options in enumerate(OPTIONS):
            yield f'create-{kind}-{number:02}', [(f'create a {kind} {options}', ''), (f'add a {ELEMENTS[kind]}', ''), ('list a', ''), ('save a', '')]
        both = 'timeout 600 counters comment skbinfo'
        for number, options in enumerate(ADDS):
            yield f'add-{kind}-{number:02}', [(f'create a {kind} {both}', ''), (f'add a {ELEMENTS[kind]} {options}', ''), ('list a', ''), (f'test a {ELEMENTS[kind]}', ''), (f'del a {ELEMENTS[kind]}', '')]


def text(raw):
    return raw.decode('utf-8', 'backslashreplace')


def tidy(out):
    """What the kernel draws goes; members are sorted."""
    lines, members = [], []
    for line in re.sub(r'0x[0-9a-f]{8}(?=\n|<)', 'INITVAL', out).split('\n') + [None]:
        listed = line not in (None, '') and (lines[-1:] == ['Members:'] or members)
        if line is not None and (re.match('add |<member>', line) or (listed and not re.match('create |<', line))):
            members.append(line)
            continue
        lines += sorted(members)
        members = []
        if line is not None:
            lines.append(line)
    return '\n'.join(lines)


def record(steps):
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    out = []
    for line, stdin in steps:
        argv = shlex.split(line[1:] if line.startswith('!') else f'ipset {line}') if line != '-! restore' else ['ipset', '-!', 'restore']
        # so that a second has begun that was not there yet when the last command ran
        time.sleep(PAUSE)
        done = subprocess.run(argv, input=stdin.encode(), capture_output=True, env=ENVIRONMENT, timeout=20)
        step = {'argv': argv, 'exit': done.returncode, 'stdout': tidy(text(done.stdout)) if argv[0] == 'ipset' and 'help' not in argv else text(done.stdout), 'stderr': text(done.stderr)}
        out.append({**step, 'stdin': stdin} if stdin else step)
    return out


def main():
    if sys.argv[1:] == ['--inside']:
        print(json.dumps(record(json.load(sys.stdin))))
        return
    for name, steps in cases():
        inner = ['unshare', '-nm', sys.executable, os.path.abspath(__file__), '--inside']
        both = [subprocess.run(inner, input=json.dumps(steps).encode(), capture_output=True) for _ in range(2)]
        if both[0].returncode or both[0].stdout != both[1].stdout:
            print(name, 'differs' if not both[0].returncode else text(both[0].stderr)[-300:], file=sys.stderr)
            continue
        print(json.dumps({'id': f'cli-ipset-{name}', 'kind': 'cli', 'topic': 'ipset', 'steps': json.loads(both[0].stdout), 'final': {}}), flush=True)


main()
