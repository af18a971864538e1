#!/usr/bin/env python3
"""Records the real xinetd (Debian 12: 2.3.15.3) as `live` cases: `record_xinetd.py [FIRST] > xinetd.jsonl`, as root. XINETD
names the program when it is not /usr/sbin/xinetd.

As `record.py` does for inetd, with what these cases have besides:

  pause     seconds to wait before the connection
  keep      the client keeps its connection to the end of the case
  burst     connects so many times in a row; the answers stand one after the other
  port 0    nobody connects: only the signal and the log
  show      files to look at afterwards (`after`); a log file's time stamps become TIME
  ended     the exit status of xinetd, when it had ended by itself before the first connection

In the log durations become N, and process ids PID. Case by case it runs in name spaces of its own, /dev and the processes included.
"""
import ctypes, json, os, re, shutil, signal, socket, subprocess, sys, time
from record import BASE, HELLO, MORE_SERVICES, TAKE, WHO, log_listener, put, record, to
import record as base

PROGRAM = os.environ.get('XINETD', '/usr/sbin/xinetd')
DEFAULTS = 'defaults\n{\n\tlog_type = SYSLOG daemon info\n\tlog_on_success = HOST EXIT\n\tlog_on_failure = HOST\n}\n'
QUIET = 'defaults\n{\n}\n'
HUP, TERM, QUIT, USR1, USR2 = (int(getattr(signal, 'SIG' + s)) for s in 'HUP TERM QUIT USR1 USR2'.split())
COUNT = '#!/bin/sh\necho ready\nread line\necho got $line\n'


def svc(name='hello', server='/usr/sbin/in.hello', drop=(), **more):
    rows = {'socket_type': 'stream', 'protocol': 'tcp', 'wait': 'no', 'user': 'root', 'server': server, **more}
    body = ''.join(f'\t{k} = {v}\n' for k, v in rows.items() if v is not None and k not in drop)
    return f'service {name}\n{{\n{body}}}\n'


def internal(name, kind='stream', **more):
    return svc(name, None, type='INTERNAL', id=f'{name}-{kind}', socket_type=kind, protocol='tcp' if kind == 'stream' else 'udp',
               wait='no' if kind == 'stream' else 'yes', **more)


def entry(*lines, name='hello'):
    return f'service {name}\n{{\n' + ''.join(f'\t{line}\n' for line in lines) + '}\n'


REST = ('socket_type = stream', 'wait = no', 'user = root', 'server = /usr/sbin/in.hello')


def case(topic, conf, connect, argv=('-dontfork',), files=None, **more):
    own = {'/etc/services': MORE_SERVICES + 'tcpmux 1/tcp\n', '/etc/xinetd.conf': conf, '/usr/sbin/in.hello': HELLO,
           '/usr/sbin/in.who': WHO, '/usr/sbin/in.line': COUNT, **(files or {})}
    return {'kind': 'live', 'topic': 'xinetd-' + topic, 'files': own, 'argv': ['xinetd', *argv], 'connect': connect, **more}


HI = to(7777)
OTHER = to(7777, source='192.168.1.8')
LOOK = to(0)


def c(row, **more):
    return {**row, **more}


CASES = [
    case('start', DEFAULTS + svc(), [HI, OTHER]),
    case('start', QUIET + svc(), [HI]),
    case('start', svc(), [HI]),
    case('include', 'includedir /etc/xinetd.d\n' + DEFAULTS, [HI, to(23), to(21)],
         files={'/etc/xinetd.d/hello': svc(), '/etc/xinetd.d/telnet': svc('telnet', disable='no'), '/etc/xinetd.d/ftp.bak': svc('ftp'),
                '/etc/xinetd.d/old~': svc('ftp'), '/etc/xinetd.d/zzz': svc('ftp', disable='yes')}),
    case('include', DEFAULTS + 'include /etc/more\ninclude /etc/nosuch\nincludedir /etc/nodir\n' + svc(), [HI, to(23)],
         files={'/etc/more': svc('telnet', '/usr/sbin/in.who') + 'nonsense\n{\n\tx = y\n}\n'}),
    case('internal', DEFAULTS + ''.join(internal(n) for n in ('echo', 'discard', 'daytime', 'time')),
         [to(7, 'one\ntwo\n'), to(9, 'gone\n'), to(13), to(37)]),
    case('internal', DEFAULTS + ''.join(internal(n, 'dgram') for n in ('echo', 'discard', 'daytime', 'time', 'chargen')),
         [to(7, 'one', protocol='udp'), to(9, 'x', protocol='udp'), to(13, 'x', protocol='udp'), to(37, 'x', protocol='udp'),
          to(19, 'x', protocol='udp'), to(19, 'x', protocol='udp')]),
    case('internal', DEFAULTS + internal('servers', port=9099) + internal('services', 'stream', port=9098) + svc('hello', type='INTERNAL'), [HI]),
    case('tcpmux', DEFAULTS + internal('tcpmux') + svc('hello', type='TCPMUX UNLISTED') + svc('telnet', '/usr/sbin/in.who', type='TCPMUXPLUS UNLISTED'),
         [to(1, 'hello\r\n'), to(1, 'TELNET\r\n'), to(1, 'none\r\n'), to(1, 'x')]),
    case('access', DEFAULTS + svc(only_from='192.168.1.7') + svc('telnet', no_access='192.168.1.7'), [HI, OTHER, to(23), to(23, source='192.168.1.8')]),
    case('access', DEFAULTS + svc(only_from='192.168.1.0', no_access='192.168.1.8') + svc('telnet', only_from='192.168.1.8/29') + svc('ftp', only_from='192.168.1.{7,9}'),
         [HI, OTHER, to(23), to(23, source='192.168.1.8'), to(21), to(21, source='192.168.1.8')]),
    case('access', DEFAULTS + entry(*REST, 'only_from =') + svc('telnet', only_from='.example.org friend') + svc('ftp', only_from='0.0.0.0'),
         [HI, to(23), to(23, source='192.168.1.8'), to(21)], files={'/etc/hosts': '192.168.1.7 www.example.org www\n192.168.1.8 friend\n'}),
    case('access', DEFAULTS + svc(only_from='nosuch.example 192.168.1.7, 192.168.1.8') + svc('telnet', only_from='nosuch.example') + svc('ftp', only_from='10.0.{1,,2}'),
         [HI, to(23), to(21)], files={'/etc/hosts': '127.0.0.1 localhost\n'}),
    case('access', DEFAULTS.replace('}', '\tonly_from = 192.168.1.8\n\tno_access = 10.0.0.0\n}') + entry(*REST, 'only_from += 192.168.1.7')
         + entry(*REST, 'only_from -= 192.168.1.8', name='telnet') + entry(*REST, 'only_from = 192.168.1.7', name='ftp'),
         [HI, OTHER, to(23), to(23, source='192.168.1.8'), to(21), to(21, source='192.168.1.8')]),
    case('access', DEFAULTS + svc(only_from='office') + svc('telnet', only_from='192.168'), [HI, to(23)], files={'/etc/networks': 'office 192.168.1.0\n'}),
    case('times', DEFAULTS + svc(access_times='00:00-23:59') + svc('telnet', access_times='00:01-00:02') + svc('ftp', access_times='0:1-0:2 00:00-23:59'), [HI, to(23), to(21)]),
    case('times', DEFAULTS + svc(access_times='2:00-24:00') + svc('telnet', access_times='9:00-8:00') + svc('ftp', access_times='9-17') + entry(*REST, 'access_times =', name='exec'), [HI]),
    case('libwrap', DEFAULTS + svc() + svc('telnet', '/usr/sbin/in.who', server_args='a b'), [HI, OTHER, to(23)],
         files={'/etc/hosts.deny': 'in.hello: 192.168.1.8\nin.who: ALL\n'}),
    case('libwrap', DEFAULTS + svc(libwrap='other') + svc('telnet', flags='NOLIBWRAP') + svc('ftp', '/usr/sbin/tcpd', flags='NAMEINARGS', server_args='/usr/sbin/in.hello x')
         + internal('echo'), [HI, to(23), to(21), to(7, 'x\n')], files={'/etc/hosts.deny': 'other: ALL\nin.hello: ALL\necho: ALL\n'}),
    case('libwrap', DEFAULTS + svc(), [HI, OTHER], files={'/etc/hosts.allow': 'in.hello: 192.168.1.7: severity mail.notice\nbad line\nin.hello: 192.168.1.8: frobnicate\n'}),
    case('log', svc(log_type='SYSLOG mail notice', log_on_success='PID HOST USERID EXIT DURATION', log_on_failure='ATTEMPT'),
         [c(HI, ident='$PORTS : USERID : UNIX : anna'), HI]),
    case('log', svc(log_type='SYSLOG daemon', log_on_success='USERID', log_on_failure='USERID', only_from='192.168.1.7', flags='IDONLY'),
         [c(HI, ident='$PORTS : USERID : UNIX : anna'), HI, c(HI, ident='$PORTS : ERROR : NO-USER'), c(OTHER, ident='$PORTS : USERID : UNIX : bob')]),
    case('log', 'defaults\n{\n\tlog_type = FILE /run/services.log\n\tlog_on_success = HOST PID EXIT\n\tlog_on_failure = HOST\n}\n'
         + svc() + svc('telnet', log_type='FILE /run/telnet.log', only_from='192.168.1.8'), [HI, to(23)], show=['/run/services.log', '/run/telnet.log']),
    case('log', 'defaults\n{\n\tlog_type = FILE /run/services.log 1M 2M\n\tlog_on_success = HOST\n}\n' + svc(), [HI, HI, HI, HI], show=['/run/services.log']),
    case('log', DEFAULTS + svc(log_type='FILE /nosuch/dir/log') + svc('telnet', log_type='NONE') + svc('ftp', log_type='SYSLOG foo') + svc('exec', log_type='SYSLOG daemon loud')
         + svc('auth', log_type='FILE'), [HI, to(23)]),
    case('log', DEFAULTS + svc('hello', '/usr/sbin/in.fail', log_on_success='EXIT PID') + svc('telnet', '/usr/sbin/in.kill', log_on_success='EXIT'), [HI, to(23)],
         files={'/usr/sbin/in.fail': '#!/bin/sh\nexit 3\n', '/usr/sbin/in.kill': '#!/bin/sh\nkill -9 $$\n'}),
    case('log', DEFAULTS + svc(only_from='192.168.1.7'), [HI, OTHER], argv=('-dontfork', '-filelog', '/run/x.log'), show=['/run/x.log']),
    case('log', DEFAULTS + svc(only_from='192.168.1.7'), [HI], argv=('-dontfork', '-syslog', 'local3')),
    case('log', DEFAULTS + svc(), [HI], argv=('-dontfork', '-syslog', 'nosuch')),
    case('limits', DEFAULTS + svc('hello', '/usr/sbin/in.line', instances='1'), [c(HI, keep=True), OTHER]),
    case('limits', DEFAULTS + svc('hello', '/usr/sbin/in.line', per_source='1', flags='IPv4'), [c(HI, keep=True), HI, OTHER]),
    case('limits', DEFAULTS + svc('hello', '/usr/sbin/in.line', per_source='1'), [c(HI, keep=True), HI, OTHER]),
    case('limits', DEFAULTS + svc('hello', cps='2 60'), [c(HI, burst=4), HI, c(HI, pause=62)]),
    case('limits', DEFAULTS + svc('hello', '/usr/sbin/in.line') + svc('telnet'), [c(HI, keep=True), to(23)], argv=('-dontfork', '-limit', '1')),
    case('limits', DEFAULTS + svc('hello', max_load='1000') + svc('telnet', max_load='0.0'), [HI, to(23)]),
    case('banner', DEFAULTS + svc(banner='/etc/b', banner_success='/etc/ok', banner_fail='/etc/no', only_from='192.168.1.7') + svc('telnet', banner='/etc/nosuch'), [HI, OTHER, to(23)],
         files={'/etc/b': 'hello stranger\n', '/etc/ok': 'come in\n', '/etc/no': 'go away\n'}),
    case('redirect', DEFAULTS + svc(redirect='192.168.1.2 23', server=None, log_on_success='HOST TRAFFIC', bind='192.168.1.1') + svc('telnet', '/usr/sbin/in.line', bind='192.168.1.2'),
         [to(7777, 'abc\n')]),
    case('redirect', DEFAULTS + svc(redirect='192.168.1.2 telnet', server=None) + svc('ftp', redirect='192.168.1.2 nosuch', server=None) + svc('exec', redirect='nosuch.example 23', server=None)
         + svc('echo', None, socket_type='dgram', protocol='udp', wait='yes', redirect='192.168.1.2 23'), [HI, to(21)], files={'/etc/hosts': '127.0.0.1 localhost\n'}),
    case('bind', DEFAULTS + svc(bind='192.168.1.2') + svc('telnet', interface='192.168.1.1') + svc('ftp', bind='www') + svc('exec', bind='10.9.9.9'),
         [HI, to(7777, server='192.168.1.2'), to(23), to(23, server='192.168.1.2'), to(21, server='192.168.1.2')], files={'/etc/hosts': '192.168.1.2 www\n'}),
    case('bind', DEFAULTS.replace('}', '\tbind = 192.168.1.2\n}') + svc() + svc('telnet', bind='192.168.1.1') + svc('ftp', bind='nosuch.example'),
         [HI, to(7777, server='192.168.1.2'), to(23)], files={'/etc/hosts': '127.0.0.1 localhost\n'}),
    case('user', DEFAULTS + svc('hello', '/usr/sbin/in.who', user='nobody', server_args='a b') + svc('telnet', '/usr/sbin/in.who', user='anna', group='kmem')
         + svc('ftp', '/usr/sbin/in.groups', user='anna', groups='yes') + svc('exec', '/usr/sbin/in.groups', user='1001'), [HI, to(23), to(21), to(512)],
         files={'/etc/group': BASE['/etc/group'].replace('mail:x:8:', 'mail:x:8:anna'), '/usr/sbin/in.groups': '#!/bin/sh\n/usr/bin/id -u; /usr/bin/id -G\n'}),
    case('user', DEFAULTS + svc(user='ghost') + svc('telnet', group='ghost') + svc('ftp', drop=('user',)) + svc('exec', '/usr/sbin/none'), [HI, to(23), to(21)]),
    case('environment', DEFAULTS + svc('hello', '/usr/bin/printenv', server_args='A REMOTE_HOST', env='A=1 B=2') + svc('telnet', '/usr/bin/env', passenv='TZ NOSUCH')
         + svc('ftp', '/usr/sbin/in.umask', umask='077') + svc('exec', '/usr/bin/env', passenv='', env='X=y'), [HI, to(23), to(21), to(512)],
         files={'/usr/sbin/in.umask': '#!/bin/sh\numask\n'}),
    case('environment', DEFAULTS + svc(env='A') + svc('telnet', umask='999') + svc('ftp', nice='x') + svc('exec', '/usr/bin/nice', nice='5'), [HI, to(512)]),
    case('wait', DEFAULTS + svc('ntalk', '/usr/sbin/in.take', socket_type='dgram', protocol='udp', wait='yes', only_from='192.168.1.7'),
         [to(518, 'one\n', protocol='udp'), to(518, 'two\n', protocol='udp', source='192.168.1.8'), to(518, 'three\n', protocol='udp')],
         files={'/usr/sbin/in.take': TAKE}, show=['/tmp/own-took']),
    case('hup', DEFAULTS + svc(), [HI, to(23, replace={'/etc/xinetd.conf': DEFAULTS + svc('telnet')}), to(23, signal=HUP), HI]),
    case('hup', DEFAULTS + svc(), [HI, c(OTHER, signal=HUP, replace={'/etc/xinetd.conf': DEFAULTS + svc(only_from='192.168.1.7')}), HI]),
    case('hup', DEFAULTS + svc('hello', '/usr/sbin/in.line'), [c(HI, keep=True), c(LOOK, signal=HUP, replace={'/etc/xinetd.conf': DEFAULTS + svc('hello', '/usr/sbin/in.line', disable='yes')}), HI]),
    case('hup', DEFAULTS + svc(), [c(HI, signal=HUP, replace={'/etc/xinetd.conf': DEFAULTS + svc(port='7778', type='UNLISTED')}), to(7778)]),
    case('hup', DEFAULTS + svc(), [c(HI, signal=USR2, replace={'/etc/xinetd.conf': 'service hello\n{\n'}), HI]),
    case('hup', DEFAULTS + svc(), [c(HI, signal=HUP, replace={'/etc/xinetd.conf': DEFAULTS + svc(bind='192.168.1.2')}), to(7777, server='192.168.1.2')]),
    case('stop', DEFAULTS + svc() + internal('echo'), [c(HI, signal=TERM)]),
    case('stop', DEFAULTS + svc() + internal('echo'), [to(7, 'x\n', keep=True), c(HI, signal=TERM)]),
    case('stop', DEFAULTS + svc(), [c(HI, signal=QUIT)], argv=('-dontfork', '-pidfile', '/run/x.pid'), show=['/run/x.pid']),
    case('none', QUIET, [HI], argv=()),
    case('none', QUIET, [HI], argv=('-stayalive',)),
    case('none', DEFAULTS + svc(disable='yes') + svc('telnet', disable='maybe'), [to(23)], argv=()),
    case('enabled', DEFAULTS.replace('}', '\tdisabled = telnet ftp\n}') + svc() + svc('telnet') + svc('ftp', id='my-ftp'), [HI, to(23), to(21)]),
    case('enabled', DEFAULTS.replace('}', '\tenabled = telnet my-ftp\n\tdisabled = telnet\n}') + svc() + svc('telnet') + svc('ftp', id='my-ftp') + svc('exec', disable='yes'), [HI, to(23), to(21)]),
    case('syntax', DEFAULTS + entry(*REST, 'colour = red', 'mdns = yes', 'port += 3', 'user = root'), [HI]),
    case('syntax', DEFAULTS + entry(*REST, 'nice=3') + entry(*REST, 'nice', name='telnet') + entry(*REST, 'nice 3', name='ftp') + entry(*REST, 'only_from + 1.2.3.4', name='exec'), [HI, to(23)]),
    case('syntax', DEFAULTS + 'servce hello\n{\n\tx = y\n}\nservice\n{\n}\nservice telnet {\n\twait = no\n}\n' + svc(), [HI, to(23)]),
    case('syntax', DEFAULTS + DEFAULTS + svc() + 'service telnet\n{\n\twait = no\n', [HI]),
    case('syntax', DEFAULTS + entry(*REST, 'cps = 1', 'server_args =', 'flags = FAST', 'redirect = x') + entry(*REST, 'wait = perhaps', name='telnet')
         + entry('socket_type = streem', *REST[1:], name='ftp') + entry(*REST, 'protocol = xyz', name='exec'), [HI]),
    case('syntax', DEFAULTS + svc(instances='x') + svc('telnet', per_source='-1') + svc('ftp', cps='a 1') + svc('exec', port='99999') + svc('auth', rlimit_as='x'), [HI]),
    case('syntax', DEFAULTS + entry('socket_type = stream', name='hello') + entry('wait = no', name='telnet') + entry('protocol = tcp', 'wait = no', 'user = root', name='ftp'), [HI]),
    case('syntax', DEFAULTS + svc('nosuch') + svc('hello', port='7778') + svc('nosuch2', port='7779', type='UNLISTED') + svc('nosuch3', type='UNLISTED') + svc('nosuch4', drop=('protocol', 'socket_type')), [to(7779)]),
    case('syntax', DEFAULTS + svc() + svc() + svc(id='hello2') + svc('telnet', flags='INTERCEPT') + svc('ftp', flags='NAMEINARGS') + svc('exec', log_on_success='TRAFFIC'), [HI, to(23)]),
    case('syntax', 'defaults\n{\n\tinstances = many\n}\n' + svc(), [HI]),
    case('syntax', 'defaults\n{\n\tport = 1\n\twait = no\n\tinstances = 5\n\tinstances = 6\n\tlog_type = SYSLOG daemon\n\tlog_on_success = HOST COLOUR\n}\n' + svc(), [HI]),
    case('syntax', '\n# comment\n   # another\nservice   hello\n  {  \n' + ''.join(f'\t\t{r}\n' for r in REST) + '   # inside\n\n } \n', [HI]),
    case('sensor', DEFAULTS + svc('telnet', flags='SENSOR', deny_time='FOREVER', type='INTERNAL') + svc(), [HI, to(23), HI, OTHER]),
    case('compat', DEFAULTS + svc(), [HI, to(23), to(7, 'x\n')], argv=('-dontfork', '-inetd_compat'),
         files={'/etc/inetd.conf': 'telnet stream tcp nowait nobody /usr/sbin/in.who in.who z\necho stream tcp nowait root internal\nhello stream tcp nowait root /usr/sbin/in.who in.who\nexec stream tcp nowait ghost /x x\nauth stream foo nowait root /x x\ndiscard stream tcp nowait root internal\n'}),
    case('wait', DEFAULTS + svc('ntalk', '/usr/sbin/in.take', socket_type='dgram', protocol='udp', wait='yes', access_times='00:01-00:02'),
         [to(518, 'one\n', protocol='udp'), to(518, 'two\n', protocol='udp', replace={'/etc/xinetd.conf': DEFAULTS + svc('ntalk', '/usr/sbin/in.take', socket_type='dgram', protocol='udp', wait='yes')}, signal=HUP)],
         files={'/usr/sbin/in.take': TAKE}, show=['/tmp/own-took']),
    case('names', DEFAULTS + svc(only_from='.example.org friend', flags='IPv4') + svc('telnet', no_access='.org FRIEND', flags='IPv4'),
         [HI, OTHER, to(23), to(23, source='192.168.1.8')], files={'/etc/hosts': '192.168.1.7 www.Example.org www\n192.168.1.8 friend\n'}),
    case('v6', DEFAULTS + svc(flags='IPv6') + svc('telnet', flags='IPv4 IPv6') + svc('ftp', bind='::1') + svc('exec', only_from='::1 fe80::/10 ::ffff:192.168.1.7'), [HI, to(23), to(21), to(512)]),
    case('options', DEFAULTS + svc(), [], argv=('-frob',)),
    case('options', DEFAULTS + svc(), [], argv=('-limit', 'x')),
    case('options', DEFAULTS + svc(), [], argv=('-version',)),
    case('options', DEFAULTS + svc(), [], argv=('extra',)),
    case('options', DEFAULTS + svc(), [], argv=('-syslog', 'daemon', '-filelog', '/run/x')),
    case('options', DEFAULTS + svc(), [HI], argv=('-f', '/etc/nosuch.conf')),
]


def normal(data):
    text = data.decode('utf-8', 'backslashreplace') if len(data) != 4 else 'TTTT'
    return re.sub(r'^\d\d [A-Z]{3} \d{4} \d\d:\d\d:\d\d UTC\r\n$', 'DAYTIME\r\n', text)


def plain(line):
    line = re.sub(r'^(\S+\.crit xinetd\[PID\]: )\d+ ', r'\1PID ', line)
    line = re.sub(r'duration=\d+', 'duration=N', line)
    line = re.sub(r'\bpid=[1-9]\d*', 'pid=PID', line)
    line = re.sub(r'unknown child process \d+', 'unknown child process PID', line)
    return re.sub(r'(Sending signal \d+ to \S+ server) \d+', r'\1 PID', line)


def file_text(path):
    if not os.path.exists(path):
        return None
    text = open(path).read()
    if path.endswith('.pid'):
        return 'PID\n'
    return ''.join(re.sub(r'^\d\d/\d+/\d+@\d\d:\d\d:\d\d( xinetd\[)?(?(1)\d+)', r'TIME\1' , plain(line)) for line in text.splitlines(True))


class Ident:
    """Answers one question."""
    def __init__(self, answer, address):
        import threading
        self.asked = []
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((address, 113))
        self.sock.listen()

        def run():
            try:
                one, _ = self.sock.accept()
                asked = one.recv(1000).decode().strip()
                self.asked.append(asked)
                one.sendall((answer.replace('$PORTS', asked) + '\r\n').encode())
                one.close()
            except OSError:
                pass
        threading.Thread(target=run, daemon=True).start()

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


kept = []


def talk(row, port):
    kind = socket.SOCK_DGRAM if row.get('protocol') == 'udp' else socket.SOCK_STREAM
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((row['from'], port))
    sock.settimeout(2 if row['port'] in (7, 9) or kind == socket.SOCK_DGRAM or row.get('keep') else 7)
    data, end = b'', 'open'
    try:
        if kind == socket.SOCK_DGRAM:
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
    except (ConnectionResetError, BrokenPipeError):
        end = 'reset'
    except socket.timeout:
        pass
    if row.get('keep'):
        kept.append(sock)
    else:
        sock.close()
    return data, end


def play(one, lines):
    for path, text in {**BASE, **one['files']}.items():
        put(path, text)
    env = {'LC_ALL': 'C', 'TZ': 'UTC', 'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}
    daemon = subprocess.Popen(['/usr/sbin/xinetd', *one['argv'][1:]], env=env, cwd='/', stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(0.8)
    taken = lambda: [plain(line) for line in lines]
    start, lines[:] = taken(), []
    if start:
        one['log_start'] = start
    if daemon.poll() is not None:
        one['ended'] = daemon.returncode
        one['stderr'] = daemon.stderr.read().decode()
    one['connect'] = [dict(row) for row in one['connect']]
    for i, row in enumerate(one['connect']):
        row['from_port'] = 41000 + 10 * i
        time.sleep(row.get('pause', 0))
        for path, text in row.get('replace', {}).items():
            put(path, text)
        if 'signal' in row:
            daemon.send_signal(row['signal'])
            time.sleep(2.5)
        time.sleep(0.3)
        ident = Ident(row['ident'], row['from']) if 'ident' in row else None
        data = b''
        if row['port']:
            for n in range(row.get('burst', 1)):
                part, row['end'] = talk(row, row['from_port'] + n)
                data += part
            row['received'] = normal(data)
        time.sleep(0.7)
        if ident:
            row['ident_asked'] = ident.asked
            ident.close()
        row['log'], lines[:] = taken(), []
    if 'show' in one:
        one['after'] = {path: file_text(path) for path in one['show']}
    return one


def isolated(one):
    """In a child with mount, network and process name spaces of its own; all its processes end with it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000 | 0x40000000 | 0x20000000) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    run = lambda *argv: subprocess.run(argv, check=True)
    run('mount', '--make-rprivate', '/')
    shutil.rmtree('/tmp/own-sbin', ignore_errors=True)
    os.makedirs('/tmp/own-sbin')
    shutil.copy(PROGRAM, '/tmp/own-sbin/xinetd')
    shutil.copy('/usr/sbin/tcpd', '/tmp/own-sbin/')
    run('ip', 'link', 'set', 'lo', 'up')
    for address in ('192.168.1.1', '192.168.1.2', '192.168.1.7', '192.168.1.8'):
        run('ip', 'addr', 'add', f'{address}/32', 'dev', 'lo')
    run('mount', '--bind', '/tmp/own-sbin', '/usr/sbin')
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/etc')
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/run')
    run('mount', '-t', 'proc', 'none', '/proc')
    os.makedirs('/run/devices')
    run('mount', '--bind', '/dev', '/run/devices')
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/dev')
    for name in ('null', 'zero', 'tty', 'urandom'):
        open(f'/dev/{name}', 'w').close()
        run('mount', '--bind', f'/run/devices/{name}', f'/dev/{name}')
    run('umount', '/run/devices')
    if os.path.exists('/tmp/own-took'):
        os.unlink('/tmp/own-took')
    lines = []
    log_listener(lines)
    print(json.dumps(play(one, lines)), flush=True)
    os._exit(0)


if __name__ == '__main__':
    base.isolated = isolated
    record(CASES, 'own-xinetd')
