#!/usr/bin/env python3
"""Records the real openbsd-inetd, tcpd and in.fingerd (Debian 12) as `live` cases: `record.py [FIRST] > inetd.jsonl`, as root.

Each case runs in name spaces of its own: its files lie over an empty /etc, its network is one loopback interface that has
the addresses of server and clients, and a listener on /dev/log collects the log. As `../README.md` describes, with what
these cases have besides:

  protocol "udp"   the client sends one datagram and reads what comes back
  signal           sent to inetd before the connection

Time stamps are cut off, process ids become PID, and the answers of daytime and time become DAYTIME and four T.
"""
import ctypes, json, os, re, shutil, signal, socket, subprocess, sys, threading, time

BASE = {
    '/etc/nsswitch.conf': ''.join(f'{d}: files\n' for d in 'passwd group hosts services protocols netgroup'.split()),
    '/etc/host.conf': 'multi on\n',
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n'
                   'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nanna:x:1001:1001:Anna Bianchi:/home/anna:/bin/sh\n',
    '/etc/group': 'root:x:0:\ndaemon:x:1:\nmail:x:8:\nkmem:x:15:\nnogroup:x:65534:\nanna:x:1001:\n',
    '/etc/services': 'echo 7/tcp\nftp 21/tcp\ntelnet 23/tcp\ntftp 69/udp\nfinger 79/tcp\nauth 113/tcp\nexec 512/tcp\nntalk 518/udp\nhello 7777/tcp\n',
    '/etc/protocols': 'ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n',
}
MORE_SERVICES = BASE['/etc/services'] + ('echo 7/udp\ndiscard 9/tcp\ndiscard 9/udp\ndaytime 13/tcp\ndaytime 13/udp\n'
                                         'chargen 19/tcp\nchargen 19/udp\ntime 37/tcp\ntime 37/udp\n')
HELLO = '#!/bin/sh\necho hello from $0\n'
WHO = '#!/bin/sh\n/usr/bin/id -un; /usr/bin/id -gn; echo "$0 $*"\n'
TAKE = '#!/bin/sh\n/usr/bin/head -n 1 >> /tmp/own-took\n'
LINE = 'hello stream tcp nowait root /usr/sbin/in.hello in.hello\n'


def to(port, send='', source='192.168.1.7', server='192.168.1.1', **more):
    return {'from': source, 'to': server, 'port': port, 'send': send, **more}


def case(topic, conf, connect, argv=(), files=None, **more):
    own = {'/etc/services': MORE_SERVICES, '/etc/inetd.conf': conf, '/usr/sbin/in.hello': HELLO, '/usr/sbin/in.who': WHO, **(files or {})}
    return {'kind': 'live', 'topic': topic, 'files': own, 'argv': ['inetd', '-i', *argv], 'connect': connect, **more}


HUP = int(signal.SIGHUP)
CASES = [
    case('inetd-echo', 'echo stream tcp nowait root internal\necho dgram udp wait root internal\n',
         [to(7, 'one\ntwo\n'), to(7, 'datagram', protocol='udp')]),
    case('inetd-discard', 'discard stream tcp nowait root internal\ndiscard dgram udp wait root internal\n',
         [to(9, 'into the void\n'), to(9, 'x', protocol='udp')]),
    case('inetd-daytime', 'daytime stream tcp nowait root internal\ndaytime dgram udp wait root internal\n',
         [to(13), to(13, 'x', protocol='udp')]),
    case('inetd-time', 'time stream tcp nowait root internal\ntime dgram udp wait root internal\n', [to(37), to(37, '', protocol='udp')]),
    case('inetd-chargen', 'chargen dgram udp wait root internal\n', [to(19, 'x', protocol='udp'), to(19, 'x', protocol='udp')]),
    case('inetd-hup', LINE, [to(7777), to(23), to(23, replace={'/etc/inetd.conf': 'telnet stream tcp nowait root /usr/sbin/in.hello in.hello\n'}),
                             to(23, signal=HUP), to(7777)]),
    case('inetd-hup', LINE, [to(7777), to(7777, replace={'/etc/inetd.conf': LINE.replace('in.hello in.hello', 'in.who in.who x y').replace('root', 'nobody', 1)}, signal=HUP)]),
    case('inetd-user', 'hello stream tcp nowait nobody /usr/sbin/in.who in.who\ntelnet stream tcp nowait nobody.kmem /usr/sbin/in.who in.who\n'
                       'ftp stream tcp nowait root:kmem /usr/sbin/in.who in.who\nexec stream tcp nowait anna.nosuch /usr/sbin/in.who\n',
         [to(7777), to(23), to(21), to(512)]),
    case('inetd-arguments', 'hello stream tcp nowait root /usr/sbin/in.who\ntelnet stream tcp nowait root /usr/sbin/in.who a b c\n'
                            'ftp stream tcp nowait root /usr/sbin/none none\n', [to(7777), to(23), to(21)]),
    case('inetd-syntax', 'nosuch stream tcp nowait root /usr/sbin/in.hello in.hello\n' + LINE, [to(7777)]),
    case('inetd-syntax', 'hello\nhello stream\nhello stream tcp\nhello stream tcp nowait\nhello stream tcp nowait root\n' + LINE.replace('hello', 'telnet', 1), [to(23), to(7777)]),
    case('inetd-syntax', 'echo dgram tcp nowait root internal\nfoo stream tcp nowait root internal\nhello strea tcp nowait root /usr/sbin/in.hello\n', [to(7777)]),
    case('inetd-syntax', 'hello stream tcp nowait.0 root /usr/sbin/in.hello\ntelnet stream tcp nowait.x root /usr/sbin/in.hello\n', [to(7777), to(23)]),
    case('inetd-syntax', 'hello stream tcp,sndbuf=x nowait root /usr/sbin/in.hello\ntelnet stream tcp4,foo=1k nowait root /usr/sbin/in.hello\n'
                         'ftp stream tcp4,rcvbuf nowait root /usr/sbin/in.hello\nexec stream tcp4,sndbuf=1,rcvbuf=1,x=1 nowait root /usr/sbin/in.hello\n', [to(7777), to(23)]),
    case('inetd-syntax', '# comment\n\n  \nhello stream tcp\n   nowait root\n\t/usr/sbin/in.hello in.hello\n', [to(7777)]),
    case('inetd-syntax', 'hello stream tcp4\n   nowait root\n\t/usr/sbin/in.hello in.hello\n', [to(7777)]),
    case('inetd-address', '192.168.1.2:\n' + LINE + '*:telnet stream tcp4 nowait root /usr/sbin/in.hello\n', [to(7777), to(7777, server='192.168.1.2'), to(23)]),
    case('inetd-address', '192.168.1.2,nosuch.example:hello stream tcp4 nowait root /usr/sbin/in.hello\n', [to(7777), to(7777, server='192.168.1.2')],
         files={'/etc/hosts': '127.0.0.1 localhost\n'}),
    case('inetd-address', 'www:hello stream tcp nowait root /usr/sbin/in.hello\n', [to(7777), to(7777, server='192.168.1.2')],
         files={'/etc/hosts': '192.168.1.2 www\n'}),
    case('inetd-rate', 'telnet stream tcp nowait.3 root /usr/sbin/in.hello\n', [to(23), to(23), to(23), to(23)]),
    case('inetd-rate', 'hello stream tcp nowait.3 root /usr/sbin/in.hello\n', [to(7777), to(7777), to(7777), to(7777)]),
    case('inetd-rate', LINE, [to(7777), to(7777), to(7777)], argv=['-R', '2']),
    case('inetd-rate', LINE, [to(7777)], argv=['-R', 'x']),
    case('inetd-fingerd', 'finger stream tcp nowait nobody /usr/sbin/tcpd /usr/sbin/in.fingerd\n',
         [to(79, '/W anna\r\n'), to(79, '-s anna\r\n'), to(79, 'Bianchi\r\n'), to(79, 'a@b\r\n'), to(79, 'anna root\r\n'), to(79, 'nobody x y\r\n')]),
    case('inetd-fingerd', 'finger stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.fingerd -u -l\n', [to(79, '\r\n'), to(79, 'mail\r\n')]),
    case('inetd-wrapped', 'hello stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.who x\n', [to(7777), to(7777, source='192.168.1.8')],
         argv=['-l'], files={'/etc/hosts.deny': 'in.who: 192.168.1.8\n'}),
    case('inetd-wrapped', 'telnet stream tcp nowait root /usr/sbin/tcpd in.hello\n', [to(23)], argv=['-l']),
    case('inetd-wait', 'ntalk dgram udp wait root /usr/sbin/tcpd /usr/sbin/in.take\n',
         [to(518, 'one\n', protocol='udp', source='192.168.1.8'), to(518, 'two\n', protocol='udp'), to(518, 'three\n', protocol='udp')],
         files={'/etc/hosts.deny': 'in.take: 192.168.1.8\n', '/usr/sbin/in.take': TAKE}, show=['/tmp/own-took']),
]


def log_listener(lines):
    path = '/dev/log'
    if os.path.lexists(path):
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(path)
    os.chmod(path, 0o666)
    facilities = 'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp 12 13 14 15 local0 local1 local2 local3 local4 local5 local6 local7'.split()
    severities = 'emerg alert crit err warning notice info debug'.split()

    def run():
        while True:
            text = sock.recv(65536).decode().rstrip('\0')
            code, rest = re.match(r'<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d (.*)', text, re.S).groups()
            rest = re.sub(r'^([^\[:]+)\[\d+\]:', r'\1[PID]:', rest.rstrip('\n'))
            lines.append(f'{facilities[int(code) >> 3]}.{severities[int(code) & 7]} {rest}')
    threading.Thread(target=run, daemon=True).start()


def normal(data):
    text = data.decode('utf-8', 'backslashreplace') if len(data) != 4 else 'TTTT'
    return re.sub(r'^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\r\n$', 'DAYTIME\r\n', text)


def talk(row, wait=2):
    kind = socket.SOCK_DGRAM if row.get('protocol') == 'udp' else socket.SOCK_STREAM
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((row['from'], row['from_port']))
    sock.settimeout(wait if row['port'] in (7, 9) or kind == socket.SOCK_DGRAM else 7)
    data, end = b'', 'open'
    try:
        if kind == socket.SOCK_DGRAM:  # not connected: over loopback the answer comes from another address
            sock.sendto(row['send'].encode(), (row['to'], row['port']))
        else:
            sock.connect((row['to'], row['port']))
            sock.sendall(row['send'].encode())
        while True:
            part = sock.recv(65536)
            if not part and kind == socket.SOCK_STREAM:
                end = 'closed'
                break
            data += part
    except ConnectionRefusedError:
        end = 'refused'
    except ConnectionResetError:
        end = 'reset'
    except socket.timeout:
        pass
    sock.close()
    return normal(data), end


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write(text)
    os.chmod(path, 0o755 if path.startswith('/usr/') else 0o644)


def play(one, lines):
    for path, text in {**BASE, **one['files']}.items():
        put(path, text)
    env = {'LC_ALL': 'C', 'TZ': 'UTC', 'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}
    daemon = subprocess.Popen(['/usr/sbin/' + one['argv'][0], *one['argv'][1:]], env=env, cwd='/', stdin=subprocess.DEVNULL)
    time.sleep(0.7)
    start, lines[:] = list(lines), []
    if start:
        one['log_start'] = start
    for i, row in enumerate(one['connect']):
        row['from_port'] = 41000 + i
        for path, text in row.get('replace', {}).items():
            put(path, text)
        if 'signal' in row:
            daemon.send_signal(row['signal'])
        time.sleep(0.5)
        row['received'], row['end'] = talk(row)
        time.sleep(6 if 'wait' in one['topic'] else 0.5)
        row['log'], lines[:] = list(lines), []
    if 'show' in one:
        one['after'] = {path: open(path).read() if os.path.exists(path) else None for path in one['show']}
    daemon.kill()
    daemon.wait()
    for path in one.get('show', ()):
        if os.path.exists(path):
            os.unlink(path)
    os.unlink('/dev/log')
    return one


def isolated(one):
    """In a child with mount and network name spaces of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000 | 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    run = lambda *argv: subprocess.run(argv, check=True)
    run('mount', '--make-rprivate', '/')
    shutil.rmtree('/tmp/own-sbin', ignore_errors=True)
    os.makedirs('/tmp/own-sbin')
    for name in ('tcpd', 'tcpdchk', 'tcpdmatch', 'in.fingerd', 'inetd', 'safe_finger', 'try-from'):
        shutil.copy(f'/usr/sbin/{name}', '/tmp/own-sbin/')
    run('ip', 'link', 'set', 'lo', 'up')
    for address in ('192.168.1.1', '192.168.1.2', '192.168.1.7', '192.168.1.8'):
        run('ip', 'addr', 'add', f'{address}/32', 'dev', 'lo')
    run('mount', '--bind', '/tmp/own-sbin', '/usr/sbin')
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/etc')
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/run')
    lines = []
    log_listener(lines)
    print(json.dumps(play(one, lines)), flush=True)


def record(cases, prefix):
    for number, one in enumerate(cases):
        if len(sys.argv) > 1 and number + 1 < int(sys.argv[1]):
            continue
        one = {'id': f'{prefix}-{number + 1:02}', **one}
        pid = os.fork()
        if pid == 0:
            isolated(one)
            os._exit(0)
        os.waitpid(pid, 0)


if __name__ == '__main__':
    record(CASES, 'own-inetd')
