#!/usr/bin/env python3
"""Writes verdict cases about the bpf match, without results: generate_bpf.py --seed 3 --count 40 | record_verdict.py

First programs of one use each, then random sound ones; each rule only counts.
"""
import argparse
import json
import random

HEAD = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
PLAIN = ['6 0 0 1', '6 0 0 0', '48 0 0 9,21 0 1 6,6 0 0 65535,6 0 0 0', '48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0', '177 0 0 0,72 0 0 2,21 0 1 80,6 0 0 1,6 0 0 0', '32 0 0 12,21 0 1 3232254730,6 0 0 1,6 0 0 0',
         '128 0 0 0,37 0 1 30,6 0 0 1,6 0 0 0', '40 0 0 1000,6 0 0 1', '0 0 0 7,2 0 0 3,96 0 0 3,22 0 0 0', '0 0 0 8,20 0 0 8,22 0 0 0', '0 0 0 5,132 0 0 0,22 0 0 0', '1 0 0 0,0 0 0 5,60 0 0 0,6 0 0 1',
         '129 0 0 0,135 0 0 0,53 0 1 40,6 0 0 1,6 0 0 0', '32 0 0 4294963200,21 0 1 2048,6 0 0 1,6 0 0 0', '32 0 0 4294963220,21 0 1 0,6 0 0 1,6 0 0 0', '48 0 0 4293918729,21 0 1 6,6 0 0 1,6 0 0 0',
         '48 0 0 33,69 0 1 2,6 0 0 1,6 0 0 0', '5 0 0 1,6 0 0 1,6 0 0 0', '48 0 0 8,36 0 0 67108865,116 0 0 26,22 0 0 0', '48 0 0 9,148 0 0 5,22 0 0 0', '48 0 0 9,52 0 0 7,22 0 0 0', '80 0 0 9,164 0 0 6,22 0 0 0']
LOADS = ['48 0 0 {b}', '40 0 0 {b}', '32 0 0 {b}', '177 0 0 0', '80 0 0 {b}', '0 0 0 {n}', '1 0 0 {s}', '128 0 0 0', '7 0 0 0', '135 0 0 0']
SUMS = ['4 0 0 {n}', '12 0 0 0', '20 0 0 {n}', '28 0 0 0', '36 0 0 {n}', '84 0 0 {n}', '76 0 0 0', '164 0 0 {n}', '100 0 0 {s}', '116 0 0 {s}', '52 0 0 {p}', '148 0 0 {p}', '132 0 0 0', '60 0 0 0']
TESTS = ['21 {t} {f} {n}', '37 {t} {f} {n}', '53 {t} {f} {n}', '69 {t} {f} {n}', '29 {t} {f} 0', '45 {t} {f} 0']
PACKETS = [{'proto': 'tcp', 'sport': 1000, 'dport': 80, 'flags': 'S'}, {'proto': 'udp', 'sport': 1000, 'dport': 53, 'payload': 'abc'}, {'proto': 'icmp', 'icmp': [8, 0]}, {'proto': '47', 'ttl': 9, 'tos': 16}]


def program(dice):
    out = []
    for _ in range(dice.randint(2, 7)):
        template = dice.choice(LOADS + LOADS + SUMS + TESTS)
        out.append(template.format(b=dice.choice([0, 2, 8, 9, 12, 20, 22, 33, 39, 60]), n=dice.choice([0, 1, 6, 17, 20, 64, 80, 255, 65535, 4294967295]), s=dice.randint(0, 31), p=dice.randint(1, 99), t=dice.randint(0, 1), f=dice.randint(0, 1)))
    return ','.join(out + ['22 0 0 0', '6 0 0 0'])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--count', type=int, required=True)
    args = parser.parse_args()
    dice = random.Random(args.seed)
    groups = [PLAIN] + [[program(dice) for _ in range(12)] for _ in range(args.count)]
    for number, group in enumerate(groups):
        rules = ''.join(f'-A INPUT -m bpf --bytecode "{one.count(",") + 1},{one}"\n' for one in group)
        print(json.dumps({'id': f'verdict-bpf-{number:02}', 'kind': 'verdict', 'topic': 'bpf', 'topology': 'B', 'rules': {'host': HEAD + rules + 'COMMIT\n'}, 'sysctls': {}, 'services': [],
                          'probes': [{'from': 'client', 'type': 'raw', 'dst': '192.168.75.1', **one} for one in PACKETS]}))


main()
