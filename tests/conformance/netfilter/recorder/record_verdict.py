#!/usr/bin/env python3
"""Records verdict cases of netfilter (the format of ../README.md, "verdict cases") with the real commands and kernel.

    generate_verdict.py --seed 1 --count 20 | record_verdict.py > more.jsonl

Reads a case a line, without results; writes it with what happened. Each of a case's hosts is a fresh network
namespace; nothing leaves them. Needs root. A case is recorded twice and dropped when the two differ; eight run at a time. Not recorded: the kernel's log (`log`), and ports that the kernel draws (`random`).
"""
import concurrent.futures
import ctypes
import errno
import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ROUTER = {'eth0': ('192.168.75.1', 'left'), 'eth1': ('203.0.113.1', 'right')}
# host → (cards, gateway)
PLANS = {
    'A': ('router', {'client': ({'eth0': ('192.168.75.10', 'left')}, '192.168.75.1'), 'router': (ROUTER, None),
                     'server': ({'eth0': ('203.0.113.25', 'right')}, '203.0.113.1')}),
    'B': ('host', {'client': ({'eth0': ('192.168.75.10', 'left')}, None), 'host': ({'eth0': ('192.168.75.1', 'left')}, None)}),
    'C': ('router', {'lan1': ({'eth0': ('192.168.75.10', 'left')}, '192.168.75.1'), 'lan2': ({'eth0': ('192.168.75.20', 'left')}, '192.168.75.1'),
                     'router': (ROUTER, None), 'srv1': ({'eth0': ('203.0.113.25', 'right')}, None), 'srv2': ({'eth0': ('203.0.113.80', 'right')}, None)}),
}
SETTINGS = ['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0', 'net.ipv4.icmp_ratelimit=0', 'net.ipv4.tcp_synack_retries=0',
            'net.ipv4.conf.all.send_redirects=0', 'net.ipv4.conf.default.send_redirects=0', 'net.ipv6.conf.all.disable_ipv6=1',
            'net.ipv6.conf.default.disable_ipv6=1', 'net.ipv4.tcp_congestion_control=reno']
PATIENCE, OPEN, AFTERWARDS, SPOKEN, HALF_CLOSED = 0.6, 0.06, 0.05, 0.1, 0.12
LETTERS = [('F', 1), ('S', 2), ('R', 4), ('P', 8), ('A', 16), ('U', 32)]
ICMP_NAMES = {(3, 0): 'net-unreachable', (3, 1): 'host-unreachable', (3, 2): 'proto-unreachable', (3, 3): 'port-unreachable', (3, 9): 'net-prohibited',
              (3, 10): 'host-prohibited', (3, 13): 'admin-prohibited', (11, 0): 'ttl-exceeded'}
PROTOCOLS = {'tcp': 6, 'udp': 17, 'icmp': 1}


def mac(address):
    return '02:00:' + ':'.join(f'{int(part):02x}' for part in address.split('.'))


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def craft(probe, source, ident):
    proto = PROTOCOLS.get(probe['proto']) or int(probe['proto'])
    src, dst = socket.inet_aton(probe.get('src', source)), socket.inet_aton(probe['dst'])
    payload = probe.get('payload', '').encode('latin-1')
    ports = struct.pack('!HH', probe.get('sport', 0), probe.get('dport', 0))
    if proto == 6:
        flags = sum(bit for letter, bit in LETTERS if letter in probe.get('flags', ''))
        opts = bytes(probe.get('tcpopts', []))
        opts += b'\0' * (-len(opts) % 4)
        inside = ports + struct.pack('!IIBBHHH', 1000, 2000 if flags & 16 else 0, (5 + len(opts) // 4) << 4, flags, 1024, 0, 0) + opts + payload
        at = 16
    elif proto == 17:
        inside, at = ports + struct.pack('!HH', 8 + len(payload), 0) + payload, 6
    elif proto == 1:
        kind, code = probe['icmp']
        if 'inner' in probe:
            inside = struct.pack('!BBHI', kind, code, 0, 0) + bytes.fromhex(probe['inner'])
        else:
            inside = struct.pack('!BBHHH', kind, code, 0, probe.get('id', 0x4e46), probe.get('icmp_seq', 1)) + (payload if 'payload' in probe else b'abcdefgh')
        at = 2
    else:
        inside, at = payload or b'abcdefgh', None
    if at is not None:
        pseudo = b'' if proto == 1 else src + dst + struct.pack('!BBH', 0, proto, len(inside))
        total = checksum(pseudo + inside) or (0xffff if proto == 17 else 0)
        if probe.get('badcsum'):
            total ^= 0x5555
        inside = inside[:at] + struct.pack('!H', total) + inside[at + 2:]

    def packet(data, offset, more):
        head = struct.pack('!BBHHHBBH4s4s', 0x45, probe.get('tos', 0), 20 + len(data), ident, (more << 13) | offset // 8, probe.get('ttl', 64), proto, 0, src, dst)
        return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + data

    if 'fragment' in probe:
        cut = probe['fragment']
        both = [packet(inside[:cut], 0, 1), packet(inside[cut:], cut, 0)]
        out = [both[i] for i in probe.get('only', [0, 1])]
    else:
        out = [packet(inside, 0, 0)]
    return out * probe.get('count', 1)


def describe(packet):
    tos, length, frag, ttl, proto = packet[1], *struct.unpack('!H', packet[2:4]), *struct.unpack('!H', packet[6:8]), packet[8], packet[9]
    src, dst = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
    data = packet[(packet[0] & 15) * 4:length]
    offset, more = (frag & 0x1fff) * 8, frag & 0x2000
    tail = f'ttl={ttl} len={length}' + (f' tos={tos:#x}' if tos else '')
    if offset:
        return f'fragment proto {proto} {src} > {dst} offset={offset} {tail}'
    first = 'first fragment of ' if more else ''
    if proto == 6 and len(data) >= 20:
        sport, dport = struct.unpack('!HH', data[:4])
        flags = ''.join(letter for letter, bit in LETTERS if data[13] & bit) or '-'
        size, at, mss = (data[12] >> 4) * 4, 20, ''
        while at < size and data[at]:
            if data[at] == 1:
                at += 1
                continue
            if data[at] == 2:
                mss = f' mss={struct.unpack("!H", data[at + 2:at + 4])[0]}'
            at += max(data[at + 1], 2)
        rest = f' data={len(data) - size}' if len(data) > size else ''
        return f'{first}tcp {src}:{sport} > {dst}:{dport} {flags} {tail}{mss}{rest}'
    if proto == 17 and len(data) >= 8:
        sport, dport = struct.unpack('!HH', data[:4])
        return f'{first}udp {src}:{sport} > {dst}:{dport} {tail}'
    if proto == 1 and len(data) >= 8:
        kind, code = data[0], data[1]
        more_text = ''
        if kind in (0, 8):
            more_text = ' id=%d seq=%d' % struct.unpack('!HH', data[4:8])
        elif kind in (3, 4, 5, 11, 12) and len(data) >= 28 and data[8] >> 4 == 4:
            quoted = data[8:]
            a, b, p = socket.inet_ntoa(quoted[12:16]), socket.inet_ntoa(quoted[16:20]), quoted[9]
            if p in (6, 17) and len(quoted) >= 24:
                x, y = struct.unpack('!HH', quoted[20:24])
                more_text = f' about {"tcp" if p == 6 else "udp"} {a}:{x} > {b}:{y}'
            else:
                more_text = f' about proto {p} {a} > {b}'
        return f'{first}icmp {src} > {dst} type={kind} code={code} {tail}{more_text}'
    return f'{first}proto {proto} {src} > {dst} {tail}'


def result_of(packet, syn):
    data = packet[(packet[0] & 15) * 4:]
    if packet[9] == 17:
        return 'reply'
    if packet[9] == 1:
        key = (data[0], data[1])
        return 'echo-reply' if key == (0, 0) else 'icmp:' + ICMP_NAMES.get(key, f'{key[0]}/{key[1]}')
    flags = data[13]
    if flags & 4:
        return 'refused' if syn else 'reset'
    return 'open' if flags & 2 else 'tcp'


class Lab:
    def __init__(self, case):
        self.case = case
        self.firewall, self.hosts = PLANS[case['topology']]
        self.spaces, self.holders, self.taps, self.arrived = {}, [], {}, []
        self.listeners, self.answerers, self.accepted, self.kept = {}, {}, [], {}
        home = os.open('/proc/self/ns/net', os.O_RDONLY)
        for name in [*self.hosts, 'switch']:
            LIBC.unshare(CLONE_NEWNET)
            self.spaces[name] = os.open('/proc/self/ns/net', os.O_RDONLY)
            self.holders.append(subprocess.Popen(['sleep', '120'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            LIBC.setns(home, CLONE_NEWNET)
        self.pids = dict(zip(self.spaces, (holder.pid for holder in self.holders)))
        self.build()

    def enter(self, host):
        if LIBC.setns(self.spaces[host], CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), 'setns')

    def do(self, host, *argv, stdin=''):
        self.enter(host)
        return subprocess.run(argv, input=stdin, capture_output=True, text=True)

    def must(self, host, *argv):
        done = self.do(host, *argv)
        if done.returncode:
            raise RuntimeError(f'{argv}: {done.stderr}')

    def build(self):
        for wire in ('left', 'right'):
            self.must('switch', 'ip', 'link', 'add', wire, 'type', 'bridge', 'mcast_snooping', '0')
            self.must('switch', 'ip', 'link', 'set', wire, 'up')
        self.must('switch', 'sysctl', '-q', '-w', 'net.ipv6.conf.all.disable_ipv6=1')
        for host, (cards, gateway) in self.hosts.items():
            self.must(host, 'sysctl', '-q', '-w', *SETTINGS)
            self.must(host, 'ip', 'link', 'set', 'lo', 'up')
            for card, (address, wire) in cards.items():
                peer = f'{host}{card[-1]}'
                self.must(host, 'ip', 'link', 'add', card, 'address', mac(address), 'type', 'veth', 'peer', 'name', peer, 'netns', str(self.pids['switch']))
                self.must('switch', 'ip', 'link', 'set', peer, 'master', wire, 'up')
                self.must(host, 'ip', 'addr', 'add', f'{address}/24', 'dev', card)
                self.must(host, 'ip', 'link', 'set', card, 'up')
                for other, (others, _) in self.hosts.items():
                    for there, at in others.values():
                        if at == wire and other != host:
                            self.must(host, 'ip', 'neigh', 'add', there, 'lladdr', mac(there), 'dev', card, 'nud', 'permanent')
                tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
                tap.bind((card, 0x0800))
                tap.setblocking(False)
                self.taps[tap] = host
            if gateway:
                self.must(host, 'ip', 'route', 'add', 'default', 'via', gateway)
        if len(ROUTER) == len(self.hosts[self.firewall][0]):
            self.must(self.firewall, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
        for service in self.case['services']:
            self.serve(**service)
        self.rules()

    def rules(self):
        late = [row for row in self.case['sysctls'].items() if row[0].startswith('net.netfilter.')]
        for name, value in self.case['sysctls'].items():
            if (name, value) not in late:
                self.must(self.firewall, 'sysctl', '-q', '-w', f'{name}={value}')
        for host, text in self.case['rules'].items():
            if text:
                done = self.do(host, 'iptables-restore', '-c', stdin=text)
                if done.returncode:
                    raise RuntimeError(done.stderr + text)
        for name, value in late:
            self.must(self.firewall, 'sysctl', '-q', '-w', f'{name}={value}')

    def serve(self, host, proto, port, banner='', reply='pong'):
        self.enter(host)
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(('0.0.0.0', port))
        sock.setblocking(False)
        if proto == 'tcp':
            sock.listen(100)
            self.listeners[sock] = (f'{host}:{port}', banner)
        else:
            self.answerers[sock] = reply

    def pump(self, seconds, done=lambda: False):
        end = time.monotonic() + seconds
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                return
            ready, _, _ = select.select([*self.taps, *self.listeners, *self.answerers], [], [], left)
            for sock in ready:
                self.handle(sock)

    def handle(self, sock):
        try:
            if sock in self.taps:
                packet, where = sock.recvfrom(65536)
                if where[2] == 0:
                    self.arrived.append((self.taps[sock], packet))
            elif sock in self.listeners:
                client, peer = sock.accept()
                by, banner = self.listeners[sock]
                if banner:
                    client.sendall(banner.encode())
                self.accepted.append((client, f'{peer[0]}:{peer[1]}', by))
            else:
                _, peer = sock.recvfrom(65536)
                if self.answerers[sock]:
                    sock.sendto(self.answerers[sock].encode(), peer)
        except OSError:
            pass

    def came(self, host, syn):
        first = next((packet for there, packet in self.arrived if there == host), None)
        return result_of(first, syn) if first else None

    def await_answer(self, host):
        self.pump(PATIENCE, lambda: any(there == host for there, _ in self.arrived))
        self.pump(AFTERWARDS)

    def source(self, host, dst):
        out = self.do(host, 'ip', 'route', 'get', dst).stdout
        found = re.search(r' src (\S+)', out)
        return found[1] if found else next(iter(self.hosts[host][0].values()))[0]

    def probe(self, probe, index):
        self.pump(0.005)
        self.arrived.clear()
        self.accepted.clear()
        found = getattr(self, 'probe_' + probe['type'])(probe, index)
        seen = {}
        for host, packet in self.arrived:
            if host != self.firewall:
                seen.setdefault(host, []).append(describe(packet))
        probe.update(found)
        if seen:
            probe['seen'] = seen

    def probe_sh(self, probe, _):
        return {'result': f"exit {self.do(probe['from'], 'sh', '-c', probe['command']).returncode}"}

    def probe_raw(self, probe, index):
        packets = craft(probe, self.source(probe['from'], probe['dst']), 1000 + index)
        self.enter(probe['from'])
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        try:
            for packet in packets:
                sock.sendto(packet, (probe['dst'], 0))
        except OSError as error:
            return {'result': 'send-error:' + errno.errorcode[error.errno]}
        finally:
            sock.close()
        self.await_answer(probe['from'])
        flags = probe.get('flags', '')
        return {'result': self.came(probe['from'], 'S' in flags and 'A' not in flags) or 'timeout'}

    def probe_udp(self, probe, _):
        self.enter(probe['from'])
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((probe.get('src', '0.0.0.0'), probe['sport']))
        try:
            sock.sendto(b'ping', (probe['dst'], probe['dport']))
        except OSError as error:
            sock.close()
            return {'result': 'send-error:' + errno.errorcode[error.errno]}
        self.await_answer(probe['from'])
        got = self.read(sock)
        sock.close()
        return {'result': self.came(probe['from'], False) or ('reply' if got else 'timeout')}

    def read(self, sock):
        sock.setblocking(False)
        got = b''
        try:
            while part := sock.recv(65536):
                got += part
        except OSError:
            pass
        return got.decode('utf-8', 'backslashreplace')

    def probe_connect(self, probe, _):
        self.enter(probe['from'])
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        sock.bind((probe.get('src', '0.0.0.0'), probe['sport']))
        sock.setblocking(False)
        code = sock.connect_ex((probe['dst'], probe['dport']))
        if code == errno.EINPROGRESS:
            self.pump(PATIENCE, lambda: bool(select.select([], [sock], [], 0)[1]))
            ready = select.select([], [sock], [], 0)[1]
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if ready else errno.ETIMEDOUT
        name = 'OK' if code == 0 else errno.errorcode[code]
        out = {'errno': name}
        if code == 0:
            self.pump(OPEN)
            if got := self.read(sock):
                out['received'] = got
        if code == 0 and 'keep' in probe:
            self.kept[probe['keep']] = (sock, self.accepted[0][0] if self.accepted else None)
        else:
            sock.close()
        self.pump(AFTERWARDS)
        came = self.came(probe['from'], True)
        local = probe['dst'].startswith('127.') or any(probe['dst'] == at for at, _ in self.hosts[probe['from']][0].values())
        out['result'] = came or (('open' if local else 'timeout') if code == 0 else 'timeout' if name == 'ETIMEDOUT' else f'send-error:{name}')
        if self.accepted:
            out['server_sees'], out['accepted_by'] = self.accepted[0][1:]
        if 'keep' not in probe:
            for client, _, _ in self.accepted:
                client.close()
        return out

    def probe_say(self, probe, _):
        pair = self.kept[probe['conn']]
        writer, reader = pair if probe['side'] == 'client' else pair[::-1]
        writer.send(probe['text'].encode())
        self.pump(SPOKEN)
        got = self.read(reader)
        return {'received': got, 'result': 'delivered' if got else 'timeout'}

    def probe_abort(self, probe, _):
        client, server = self.kept.pop(probe['conn'])
        client.close()
        self.pump(AFTERWARDS)
        server.close()
        return {'result': 'done'}

    def probe_close(self, probe, _):
        client, server = self.kept.pop(probe['conn'])
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 0, 0))
        client.close()
        self.pump(HALF_CLOSED)
        server.close()
        self.pump(AFTERWARDS)
        return {'result': 'done'}

    def probe_sleep(self, probe, _):
        self.pump(probe['seconds'])
        return {'result': 'done'}

    def probe_iptables(self, probe, _):
        return {'result': f'exit {self.do(probe["from"], *probe["argv"]).returncode}'}

    def after(self):
        saved = self.do(self.firewall, 'iptables-save', '-c').stdout
        listed = self.do(self.firewall, 'conntrack', '-L', '-o', 'extended').stdout
        entries = sorted(map(tracked, filter(None, listed.split('\n'))), key=lambda entry: json.dumps([entry['proto'], entry['orig'], entry['reply']]))
        return {self.firewall: {'iptables-save -c': re.sub(r'^#.*\n', '', saved, flags=re.M), 'conntrack': entries}}


def tracked(line):
    words = line.split()
    state = next((word for word in words[3:] if re.fullmatch('[A-Z][A-Z_0-9]+', word)), None)
    tuples, rest = [], {}
    for word in words:
        key, equals, value = word.partition('=')
        if key == 'src':
            tuples.append({})
        if key in ('mark', 'zone', 'helper'):
            rest[key] = value
        elif equals and tuples and key not in ('use', 'packets', 'bytes'):
            tuples[-1][key] = value
    out = {'proto': words[2], 'state': state, 'orig': tuples[0], 'reply': tuples[1], 'flags': re.findall(r'\[([A-Z_]+)\]', line)}
    return out | {key: value for key, value in rest.items() if value != '0'}


def record(case):
    lab = Lab(case)
    try:
        for index, probe in enumerate(case['probes']):
            lab.probe(probe, index)
        case['after'] = lab.after() if any(case['rules'].values()) else {}
    finally:
        for holder in lab.holders:
            holder.kill()
    return case


def once(line):
    inner = ['unshare', '-nm', sys.executable, os.path.abspath(__file__), '--inside']
    done = subprocess.run(inner, input=line.encode(), capture_output=True, timeout=100)
    return done.stdout.decode().strip() if done.returncode == 0 else None, done.stderr.decode()[-300:]


def twice(line):
    (first, trouble), (second, _) = once(line), once(line)
    return first if first == second else None, trouble or 'differs from run to run'


def main():
    if sys.argv[1:] == ['--inside']:
        print(json.dumps(record(json.load(sys.stdin))))
        return
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        lines = list(sys.stdin)
        for line, (recorded, trouble) in zip(lines, pool.map(twice, lines)):
            if recorded:
                print(recorded, flush=True)
            else:
                print(json.loads(line)['id'], trouble, file=sys.stderr)


main()
