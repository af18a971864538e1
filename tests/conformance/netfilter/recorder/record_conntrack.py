#!/usr/bin/env python3
"""Records conntrack.jsonl: the real conntrack command (conntrack-tools 1.4.7), as `cli` cases of ../README.md.

    record_conntrack.py > ../conntrack.jsonl

Needs root. Each case starts in a fresh network namespace with `lo` up. Entries are made by `conntrack -I`, so that
nothing depends on traffic. Normalised: ids of entries (`id=ID`, `<id>ID</id>`), the second processor's line of -S. The
rows of a list with more than one entry are in the kernel's hash order, so lists have one entry or are of one kind.
"""
import ctypes
import json
import os
import re
import subprocess
import sys

CLONE_NEWNET = 0x40000000
ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'TZ': 'UTC'}

UDP = '-I -s 192.168.75.10 -d 203.0.113.25 -p udp --sport 40000 --dport 53 -t 50'
TCP = '-I -s 192.168.75.10 -d 203.0.113.25 -p tcp --sport 40000 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 500'
ICMP = '-I -s 192.168.75.10 -d 203.0.113.25 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 99 -t 20'
SNAT = '-I -s 192.168.75.10 -d 203.0.113.25 -p udp --sport 40001 --dport 9 -n 203.0.113.1 -t 50 -m 7'
DNAT = '-I -s 203.0.113.25 -d 203.0.113.1 -p tcp --sport 40001 --dport 80 -g 192.168.75.10:8080 --state SYN_SENT -t 50'

TUPLE = '-s 192.168.75.10 -d 203.0.113.25 -p udp --sport 40000 --dport 53'

CASES = {
    'empty': ['-L', '-C', '-F', '-L expect', '-C expect', '-F expect', '-D', '-L dying', '-L unconfirmed', '-L -o xml', '-L expect -o xml',
              '-V', '--version', '-S'],
    'udp': [UDP, '-L', '-L -o extended', '-L -o id', '-L -o extended,id', '-L -o xml', '-L -o save', '-L -o timestamp', '-L -o ktimestamp',
            f'-G {TUPLE}', f'-G {TUPLE} -o extended', '-C', UDP, f'-U {TUPLE} -m 3', '-L -m 3', '-L -m 4', '-L -m 1/1', '-D -p udp --sport 40000', '-L', '-D'],
    'tcp': [TCP, '-L', '-L -p tcp', '-L -p udp', '-L -p tcp --state ESTABLISHED', '-L -p tcp --state CLOSE', '-L -p tcp --dport 80', '-L -p tcp --sport 80',
            '-L -u ASSURED', '-L -u UNREPLIED', '-L -o xml', '-L -o save', '-L -s 192.168.75.0/24', '-L -s 10.0.0.0/8', '-L -d 203.0.113.25',
            '-L -r 203.0.113.25 -q 192.168.75.10', '-L -r 1.2.3.4', '-L -f ipv4', '-L -f ipv6', '-L -p tcp --orig-port-dst 80', '-L -p tcp --reply-port-src 80',
            '-D -s 192.168.75.10 -o extended', '-C'],
    'icmp': [ICMP, '-L', '-L -p icmp', '-L -p icmp --icmp-type 8', '-L -p icmp --icmp-type 0', '-L -p icmp --icmp-id 99', '-L -o save', '-L -o xml', '-D -p icmp'],
    'other': ['-I -s 192.168.75.10 -d 203.0.113.25 -p 99 -t 50', '-L', '-L -o extended', '-L -o save', '-L -o xml', '-F', '-L',
              '-I -r 192.168.75.10 -q 203.0.113.25 -p udp --reply-port-src 5 --reply-port-dst 6 -t 50', '-L', '-D -p udp',
              '-I -s 192.168.75.10 -d 203.0.113.25 -p tcp --sport 1 --dport 2 --state LISTEN -t 50', '-L', '-D -p tcp --state LISTEN', '-L'],
    'snat': [SNAT, '-L', '-L -n', '-L -g', '-L -j', '-L -n 203.0.113.1', '-L -n 203.0.113.2', '-L -o save', '-L -j 203.0.113.1', '-D -n'],
    'dnat': [DNAT, '-L', '-L -n', '-L -g', '-L -g 192.168.75.10', '-L -g 192.168.75.10:8080', '-L -g 192.168.75.10:80', '-L -o save', '-D -g 192.168.75.10'],
    'zone': [UDP + ' -w 7', '-L', '-L -w 7', '-L -w 8', '-L -o save', '-L -o xml', '-D -w 7'],
    'add': ['-A ' + UDP[3:], '-A ' + UDP[3:], '-L', '-F'],
    'errors': ['-X', '-L -X', '--foo', '-L foo', '-L -o foo', '-L -p foo', '-L -p tcp --state FOO', '-L --sport 12', '-L -s 1.1.1.x', '-L -s 1.1.1.0/33', '-L -f foo',
               '-L -D', '-L -s', '-L --src', '-L -t 5', '-F -p tcp', '-C -p tcp', '-L -e NEW', '-E -e FOO', '-E -o foo', '-E -t 5', '-L -u FOO', '-L -o id,',
               '-L -o save,xml', '-I', '-I -p udp', '-I -p udp -t 50', '-I -s 1.1.1.1 -d 2.2.2.2', '-I -s 1.1.1.1 -d 2.2.2.2 -p udp -t 50',
               '-I -s 1.1.1.1 -d 2.2.2.2 -p tcp --sport 1 --dport 2 -t 50', '-I -s 1.1.1.1 -d 2.2.2.2 -p icmp -t 50', '-I -s 1.1.1.1 -d 2.2.2.2 -p gre -t 50',
               '-G -p udp', '-G -s 1.1.1.1', '-D expect', '-U expect', '-F dying', '-D unconfirmed', '-L expect -p tcp', '-V -L', '-s 1.2.3.4', '-F extra', '-L junk -p',
               '-G -p udp --sport 1 --dport 2 -s 1.1.1.1 -d 2.2.2.2', '-U -m 3', '-L --mask-src 1.1.1.1', '-L -j 1.1.1.1 -n 2.2.2.2', '-R /nonexistent', '-L -n x'],
    'help': ['-h', '', 'junk'],
}


def run(words):
    done = subprocess.run(['conntrack', *words], capture_output=True, env=ENVIRONMENT, cwd='/', stdin=subprocess.DEVNULL, timeout=20)
    stdout = done.stdout.decode()
    stdout = re.sub(r'\bid=\d+$', 'id=ID', stdout, flags=re.M) if 'id' in ' '.join(words[1:]) and '-o' in words else stdout
    stdout = re.sub(r'<id>\d+</id>', '<id>ID</id>', stdout)
    stdout = re.sub(r'^cpu=[1-9].*\n', '', stdout, flags=re.M)
    return {'argv': ['conntrack', *words], 'exit': done.returncode, 'stdout': stdout, 'stderr': done.stderr.decode()}


for name, lines in CASES.items():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        sys.exit('unshare: ' + os.strerror(ctypes.get_errno()))
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    steps = [run(line.split()) for line in lines]
    print(json.dumps({'id': f'conntrack-{name}', 'kind': 'cli', 'topic': 'conntrack', 'steps': steps, 'final': {}}))
