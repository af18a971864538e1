#!/usr/bin/env python3
"""Records deliver-more.jsonl with the installed Postfix 3.7.11: record_deliver.py CASES.py OUT.jsonl [ID...]

Runs in namespaces of its own (mount, network, host name, processes): these are `halo`. A second network namespace behind a
veth pair has the addresses of all other hosts of lab.json, both name servers, and a Postfix instance for each of
mail.example.net, mx2.example.net and relay.isp.com that a case sets up. CASES.py defines `cases`, a list of dictionaries:

    {"id", "main": extra lines of main.cf, "master": extra lines of master.cf, "files": {PATH: text | {"text", "mode", "user"}},
     "hosts": {HOST: extra lines of main.cf}, "masters": {HOST: extra lines of master.cf}, "hostfiles": {HOST: {PATH: ...}},
     "look": [PATH...], "steps": [...]}

a step being ["smtp", FROM, [turn...]] (a turn: a line, a list of lines sent in one piece, {"raw": bytes}, {"wait": seconds})
or ["cmd", argv, {"user", "stdin"}]; `look` are the files to be shown afterwards (`.../*`: the mails of a maildir).
"""
import ctypes
import json
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = json.load(open(os.path.join(HERE, 'lab.json')))
BASE = """compatibility_level = 3.6
myhostname = halo.example.org
mydomain = example.org
myorigin = $mydomain
mydestination = $myhostname, localhost.$mydomain, localhost, $mydomain
mynetworks = 127.0.0.0/8, 192.168.75.0/24
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
"""
REMOTE = {
    'mail.example.net': ('192.0.2.25', '$myhostname, localhost, $mydomain, example.com, tempmx.com, down.com, second.loopmx.com', '127.0.0.0/8', ''),
    'mx2.example.net': ('192.0.2.26', '$myhostname, localhost, $mydomain, tempmx.com', '127.0.0.0/8', ''),
    'relay.isp.com': ('203.0.113.25', '$myhostname, localhost, $mydomain', '127.0.0.0/8, 192.168.75.0/24', 'relay_domains = example.org\n'),
}


def remote_main(host):
    address, destination, networks, more = REMOTE[host]
    domain = host.split('.', 1)[1]
    return (f'compatibility_level = 3.6\nmyhostname = {host}\nmydomain = {domain}\nmyorigin = $mydomain\n'
            f'mydestination = {destination}\nmynetworks = {networks}\n'
            f'alias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n{more}')


BARE = 'compatibility_level = 3.6\nmyhostname = halo.example.org\n'
LOGS, LOCK = {'halo': []}, threading.Lock()
LAST = [time.time()]
libc = ctypes.CDLL(None, use_errno=True)


def sh(command):
    subprocess.run(command, shell=True, check=True)


def into(fd):
    if libc.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), 'setns')


def write(path, text, mode=0o644, user=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8', errors='surrogateescape', newline='') as out:
        out.write(text)
    os.chmod(path, mode)
    if user:
        shutil.chown(path, user, user)
    os.utime(path, (time.time() - 100,) * 2)


def setup(tmp):
    sh('mount --make-rprivate /; hostname halo.example.org')
    for name in ('etc', 'spool', 'lib', 'mail', 'home', 'dev', 'log', 'root'):
        os.makedirs(f'{tmp}/{name}')
    sh(f'mount -t tmpfs tmpfs {tmp}/spool; mkdir {tmp}/spool/postfix')
    for number in range(0x10000):
        # inode numbers of five hexadecimal digits: queue ids of ten characters
        os.close(os.open(f'{tmp}/spool/x', os.O_CREAT))
        os.unlink(f'{tmp}/spool/x')
    sh(f'cp -a /etc/. {tmp}/etc/; cp -a /var/lib/postfix/. {tmp}/lib/; rm -f {tmp}/lib/*')
    sh(f'mount --bind {tmp}/etc /etc; mount --bind {tmp}/spool /var/spool; mount --bind {tmp}/lib /var/lib/postfix')
    shutil.chown(f'{tmp}/lib', 'postfix', 'postfix')
    sh(f'chmod 2775 {tmp}/mail; chgrp mail {tmp}/mail; mount --bind {tmp}/mail /var/mail; mount --bind {tmp}/home /home')
    sh(f'for d in null zero full random urandom tty; do touch {tmp}/dev/$d; mount --bind /dev/$d {tmp}/dev/$d; done;'
       f'mkdir {tmp}/dev/pts; mount --bind /dev/pts {tmp}/dev/pts; ln -s pts/ptmx {tmp}/dev/ptmx; ln -s /proc/self/fd {tmp}/dev/fd')
    sh(f'mount --rbind {tmp}/dev /dev')
    own = dict(line.split(':')[0:1] + [line.split(':')[2]] for line in open('/etc/group') if ':' in line)
    uid = next(line.split(':')[2] for line in open('/etc/passwd') if line.startswith('postfix:'))
    passwd = LAB['files']['/etc/passwd'].replace('postfix:x:104:106', f"postfix:x:{uid}:{own['postfix']}")
    group = LAB['files']['/etc/group'].replace('postfix:x:106', f"postfix:x:{own['postfix']}").replace('postdrop:x:107', f"postdrop:x:{own['postdrop']}")
    bind = next((line for line in open('/etc/passwd') if line.startswith('bind:')), '')
    passwd = re.sub(r'bind:.*\n', bind, passwd)
    for path, text in LAB['files'].items():
        if path not in ('/etc/passwd', '/etc/group'):
            write(path, text)
    write('/etc/passwd', passwd)
    write('/etc/group', group)
    for user in ('michael', 'anna', 'joe', 'bob', 'carol', 'joeuser'):
        os.makedirs(f'/home/{user}')
        shutil.chown(f'/home/{user}', user, user)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind('/dev/log')
    os.chmod('/dev/log', 0o666)
    threading.Thread(target=listen, args=(log,), daemon=True).start()
    network(tmp)


def network(tmp):
    here = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
    world = subprocess.Popen(['unshare', '-n', 'sleep', '100000'])
    time.sleep(0.3)
    there = os.open(f'/proc/{world.pid}/ns/net', os.O_RDONLY)
    sh(f'ip link add eth0 type veth peer name wire; ip link set wire netns {world.pid}; ip link set lo up;'
       'sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null;'
       'ip addr add 192.168.75.2/24 dev eth0; ip link set eth0 up; ip route add default dev eth0')
    into(there)
    sh('ip link set lo up; ip link set wire up')
    for host in LAB['hosts'].values():
        for address in host['addresses']:
            if address != '192.168.75.2/24':
                sh(f'ip addr add {address} dev wire')
    for name, files in LAB['name_servers'].items():
        directory = f'{tmp}/{name}'
        os.makedirs(f'{directory}/run')
        address = LAB['hosts'][name]['addresses'][0].split('/')[0]
        for path, text in files.items():
            text = text.replace('/etc/bind', directory)
            if path.endswith('named.conf'):
                text = text.replace('options {', f'options {{\n pid-file "{directory}/run/pid"; listen-on {{ {address}; }}; query-source address {address}; session-keyfile "{directory}/run/key";', 1)
                text += f'controls {{ }};\n'
            write(f'{directory}/{os.path.basename(path)}', text)
        subprocess.Popen(['named', '-g', '-u', 'root', '-c', f'{directory}/named.conf'], stderr=open(f'{directory}/log', 'w'))
    global HERE_NS, WORLD_NS
    HERE_NS, WORLD_NS = here, there
    into(here)
    time.sleep(2)


def listen(log):
    while True:
        line = log.recv(65536).decode('utf-8', 'surrogateescape')
        line = re.sub(r'^<\d+>\w{3} [ \d]\d \d\d:\d\d:\d\d ', '', line).rstrip('\n\0')
        line = re.sub(r'^([\w/.-]+)\[\d+\]:', r'\1:', line)
        host = 'halo'
        for name in REMOTE:
            if line.startswith(name):
                host, line = name, 'postfix' + line[len(name):]
        if line.startswith('dovecot:') and DOVECOT:
            host = DOVECOT[0][0]
        if re.match(r'postfix/(anvil|scache):', line) or 'dict_nis_init' in line:
            continue
        with LOCK:
            LOGS.setdefault(host, []).append(line)
            LAST[0] = time.time()


def command(argv, user='root', stdin='', there=False):
    master, slave = pty.openpty()
    import termios
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    env = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'LANG': 'C.UTF-8', 'USER': user, 'LOGNAME': user}
    out = open('/tmp/stdout.%d' % os.getpid(), 'w+b')
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, stderr=slave, env=env, cwd='/', user=user if user != 'root' else None,
                               preexec_fn=(lambda: into(WORLD_NS)) if there else None)
    os.close(slave)
    err = b''
    try:
        process.stdin.write(stdin.encode('latin-1') if all(ord(c) < 256 for c in stdin) else stdin.encode())
        process.stdin.close()
    except BrokenPipeError:
        pass
    end = time.time() + 60
    import select
    while time.time() < end:
        ready, _, _ = select.select([master], [], [], 0.2)
        if ready:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            err += part
        elif process.poll() is not None:
            break
    status = process.wait(timeout=5)
    os.close(master)
    out.seek(0)
    return out.read().decode('utf-8', 'surrogateescape'), err.decode('utf-8', 'surrogateescape'), status


QUEUES = ('maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt')


def spool(host):
    return '/var/spool/postfix' + ('' if host == 'halo' else f'-{host}')


def count(queue, host='halo'):
    return sum(len(files) for _, _, files in os.walk(f'{spool(host)}/{queue}'))


def settle(hosts):
    end = time.time() + 60
    while time.time() < end:
        time.sleep(0.1)
        moving = sum(count(queue, host) for host in hosts for queue in ('maildrop', 'incoming', 'active') if RUNNING.get(host))
        if time.time() - LAST[0] > 0.7 and moving == 0:
            return


RUNNING = {}
DOVECOT = []


def start_dovecot(host, files):
    """with a base directory of its own, its socket in that host's queue directory"""
    base = f'/etc/dovecot-{host}'
    for path, text in files.items():
        if path.startswith('/etc/dovecot/'):
            write(path.replace('/etc/dovecot/', f'{base}/'),
                  text.replace('/etc/dovecot/', f'{base}/').replace('/var/spool/postfix/', f'/var/spool/postfix-{host}/'))
    write(f'{base}/dovecot.conf', f'base_dir = /etc/dovecot-run\nstate_dir = /etc/dovecot-run\n' + open(f'{base}/dovecot.conf').read())
    os.makedirs('/etc/dovecot-run', exist_ok=True)
    os.makedirs(f'/var/spool/postfix-{host}/private', exist_ok=True)
    shutil.chown(f'/var/spool/postfix-{host}/private', 'postfix')
    DOVECOT.append((host, f'{base}/dovecot.conf'))
    stdout, stderr, status = command(['dovecot', '-c', f'{base}/dovecot.conf'], there=True)
    if status:
        raise RuntimeError(stderr)


def session(source, turns):
    into(WORLD_NS)
    client = socket.socket()
    into(HERE_NS)
    entries = []
    client.bind((source, 0))
    client.settimeout(20)
    try:
        client.connect(('192.168.75.2', 25))
    except OSError as error:
        return [['E', error.strerror]]
    rest = b''

    def reply():
        nonlocal rest
        lines = 0
        while True:
            while b'\n' in rest:
                line, rest = rest.split(b'\n', 1)
                text = line.rstrip(b'\r').decode('latin-1')
                entries.append(['S', text])
                lines += 1
                if len(text) < 4 or text[3] != '-':
                    return True
            try:
                part = client.recv(65536)
            except socket.timeout:
                entries.append(['T', 'no reply within 20 seconds'])
                return False
            except OSError:
                part = b''
            if not part:
                entries.append(['S-close', ''])
                return False
            rest += part

    def more():
        """further replies to lines sent in one piece"""
        client.settimeout(0.6)
        nonlocal rest
        try:
            while True:
                if b'\n' in rest:
                    reply()
                    continue
                part = client.recv(65536)
                if not part:
                    break
                rest += part
        except OSError:
            pass
        client.settimeout(20)

    try:
        if not reply():
            return entries
        for turn in turns:
            if isinstance(turn, dict) and 'wait' in turn:
                time.sleep(turn['wait'])
                entries.append(['wait', turn['wait']])
                continue
            if isinstance(turn, dict) and 'close' in turn:
                entries.append(['C-close', ''])
                return entries
            if isinstance(turn, dict):
                entries.append(['R', turn['raw']])
                data = turn['raw'].encode('latin-1')
            else:
                lines = turn if isinstance(turn, list) else [turn]
                entries += [['C', line] for line in lines]
                data = ''.join(f'{line}\r\n' for line in lines).encode('latin-1')
            try:
                client.sendall(data)
            except OSError:
                pass
            if isinstance(turn, dict) and turn.get('silent'):
                continue
            if not reply():
                return entries
            if isinstance(turn, (list, dict)):
                more()
        if not any(entry[0] == 'C' and entry[1].upper() == 'QUIT' for entry in entries[-3:]):
            entries.append(['C-close', ''])
        return entries
    finally:
        client.close()


class Names:
    def __init__(self, keep):
        self.ids, self.keep = {}, keep

    def text(self, text):
        if not self.keep:
            digit = '[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]'  # enable_long_queue_ids
            text = re.sub(rf'(?<![0-9A-Za-z])4{digit}{{9}}z{digit}{{3,6}}(?![0-9A-Za-z])', lambda m: self.ids.setdefault(m[0], f'Q{len(self.ids) + 1}'), text)
            text = re.sub(r'(?<![0-9A-Za-z])(?!1[67]\d{8}(?![0-9A-Za-z]))(?=[0-9A-F]*[0-9])[0-9A-F]{10,12}(?![0-9A-Za-z])',
                          lambda m: self.ids.setdefault(m[0], f'Q{len(self.ids) + 1}'), text)
        day, month = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)', '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
        text = re.sub(rf'{day}, +\d{{1,2}} {month} \d{{4}} \d\d:\d\d:\d\d [+-]\d{{4}}(?: \([A-Z]+\))?', 'DATE', text)
        text = re.sub(rf'{day} {month} [ \d]\d \d\d:\d\d:\d\d( \d{{4}})?', lambda m: 'DDD MMM DD HH:MM:SS' + (' YYYY' if m[1] else ''), text)
        text = re.sub(r'\b\d{14}\.(Q\d+@)', r'DATE.\1', text)
        text = re.sub(r'\b(delays?)=[\d./]+', r'\1=D', text)
        text = re.sub(r'(Q\d+)\.\d{10}/', r'\1.TIME/', text)
        text = re.sub(r'((?:deferred|defer)/)[0-9A-F]/(?:[0-9A-F]/)?(?=Q\d)', r'\1X/', text)
        text = re.sub(r'\b(pid|process(?: id)?|PID:?) \d+', r'\1 N', text)
        text = re.sub(r'(message_size: +\d+ +)\d+', r'\1OFFSET', text)
        text = re.sub(r'\b1[67]\d{8}\.P\d+\.', 'TIME.PN.', text)
        return re.sub(r'\b1[67]\d{8}\b', 'TIME', text)


def mailbox(text):
    mails = []
    for part in re.split(r'(?m)^From (?=\S+  \w{3} )', text)[1:]:
        first, _, mail = part.partition('\n')
        head, _, body = mail.partition('\n\n')
        headers = []
        for line in head.split('\n'):
            if line[:1] in ' \t' and headers:
                headers[-1][1] += '\n' + line
            else:
                name, colon, value = line.partition(': ')
                headers.append([name, value] if colon else [None, line])
        mails.append({'envelope_from': first.split(' ')[0], 'headers': headers, 'body': body[:-1] if body.endswith('\n\n') else body})
    return mails


def clean():
    for entry in os.listdir('/var/spool/postfix'):
        shutil.rmtree(f'/var/spool/postfix/{entry}', ignore_errors=True)
    for directory in ('/var/mail', '/var/lib/postfix', '/var/vmail'):
        os.makedirs(directory, exist_ok=True)
        for entry in os.listdir(directory):
            path = f'{directory}/{entry}'
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    shutil.chown('/var/vmail', 5000, 5000)
    for user in ('michael', 'anna', 'joe', 'bob', 'carol', 'joeuser'):
        shutil.rmtree(f'/home/{user}')
        os.makedirs(f'/home/{user}')
        shutil.chown(f'/home/{user}', user, user)
    keep = ('dynamicmaps.cf', 'dynamicmaps.cf.d', 'postfix-files', 'postfix-files.d', 'post-install', 'postfix-script', 'main.cf.proto', 'master.cf.proto', 'makedefs.out', 'sasl')
    for entry in os.listdir('/etc/postfix'):
        if entry not in keep:
            path = f'/etc/postfix/{entry}'
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    for path in ('/etc/aliases', '/etc/aliases.db'):
        if os.path.exists(path):
            os.unlink(path)
    for path in ('/etc/postfix/master.cf', '/etc/aliases'):
        write(path, LAB['files'][path])


def start_remote(host, extra, master='', files={}):
    address = REMOTE[host][0]
    for name in ('spool/postfix', 'lib/postfix', 'mail'):
        path = f'/var/{name}-{host}'
        shutil.rmtree(path, ignore_errors=True)
        if name == 'spool/postfix':
            path = f'/var/spool/postfix-{host}'
            shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
    shutil.chown(f'/var/lib/postfix-{host}', 'postfix', 'postfix')
    os.chmod(f'/var/mail-{host}', 0o2775)
    shutil.chown(f'/var/mail-{host}', None, 'mail')
    write(f'/etc/postfix-{host}/main.cf', remote_main(host) + extra
          + f'queue_directory = /var/spool/postfix-{host}\ndata_directory = /var/lib/postfix-{host}\nsyslog_name = {host}\n'
          + f'inet_interfaces = {address}\nsmtp_bind_address = {address}\nmail_spool_directory = /var/mail-{host}\n'
          + 'multi_instance_enable = no\n')
    write(f'/etc/postfix-{host}/master.cf', LAB['files']['/etc/postfix/master.cf'] + master)
    for path, text in files.items():
        if not path.startswith('/etc/dovecot/'):
            write(path, text)
    if '/etc/dovecot/dovecot.conf' in files:
        start_dovecot(host, files)
    return command(['postfix', '-c', f'/etc/postfix-{host}', 'start'], there=True)


def boxes(host, names):
    directory = '/var/mail' + ('' if host == 'halo' else f'-{host}')
    return {name: mailbox(names.text(open(f'{directory}/{name}', errors='surrogateescape').read())) for name in sorted(os.listdir(directory))
            if os.path.isfile(f'{directory}/{name}')}


def look(path, names):
    if path.endswith('/*'):
        mails = []
        for name in sorted(os.listdir(path[:-2])) if os.path.isdir(path[:-2]) else []:
            text = names.text(open(f'{path[:-2]}/{name}', errors='surrogateescape').read())
            found = mailbox('From x  Mon \n' + text + '\n')[0]
            del found['envelope_from']
            mails.append(found)
        return mails
    if not os.path.exists(path):
        return None
    text = names.text(open(path, errors='surrogateescape').read())
    return mailbox(text) if text.startswith('From ') and not path.endswith('log') else text


def record(case):
    clean()
    files = dict(case.get('files', {}))
    files.setdefault('/etc/postfix/main.cf', case.get('base', BASE) + case.get('main', ''))
    if 'master' in case:
        files['/etc/postfix/master.cf'] = LAB['files']['/etc/postfix/master.cf'] + case['master']
    for path, what in files.items():
        if isinstance(what, dict):
            write(path, what['text'], int(what.get('mode', '644'), 8), what.get('user'))
        else:
            write(path, what)
    remotes = case.get('hosts', {})
    hostfiles, masters = case.get('hostfiles', {}), case.get('masters', {})
    hosts = ['halo', *remotes]
    out = {'id': case['id'], 'kind': 'deliver', 'topic': case.get('topic', 'more')}
    if case.get('note'):
        out['note'] = case['note']
    out['config'] = {'halo': files, **{host: {'/etc/postfix/main.cf': remote_main(host) + extra, **hostfiles.get(host, {}),
                                         **({'/etc/postfix/master.cf': LAB['files']['/etc/postfix/master.cf'] + masters[host].replace(f'syslog_name={host}/', 'syslog_name=postfix/')} if host in masters else {})}
                                 for host, extra in remotes.items()}}
    out['zones'] = 'standard'
    names = Names(False)
    out['prepare'] = []
    with LOCK:
        LOGS.clear()
        LOGS['halo'] = []
    prepare = [['newaliases']]
    text = '\n'.join(what if isinstance(what, str) else what['text'] for path, what in files.items() if path.startswith('/etc/postfix'))
    for path in sorted(set(re.findall(r'hash:(/etc/postfix/[\w.-]+)', text))):
        if path in files:
            prepare.append(['postmap', path])
    prepare.append(['postfix', 'start'])
    RUNNING.clear()
    if os.path.exists('/tmp/pipe.out'):
        os.unlink('/tmp/pipe.out')
    for argv in prepare:
        stdout, stderr, status = command(argv)
        out['prepare'].append({'host': 'halo', 'argv': argv, **({'stderr': stderr} if stderr else {}), **({'exit': status} if status else {})})
    RUNNING['halo'] = True
    for host, extra in remotes.items():
        out['prepare'].append({'host': host, 'argv': ['newaliases']})
        if '/etc/dovecot/dovecot.conf' in hostfiles.get(host, {}):
            out['prepare'].append({'host': host, 'argv': ['dovecot']})
        stdout, stderr, status = start_remote(host, extra, masters.get(host, ''), hostfiles.get(host, {}))
        if status:
            raise RuntimeError(stderr)
        RUNNING[host] = True
        out['prepare'].append({'host': host, 'argv': ['postfix', 'start'], 'stderr': 'postfix/postfix-script: starting the Postfix mail system\n'})
    time.sleep(0.5)
    settle(hosts)
    with LOCK:
        out['startlog'] = {'halo': [names.text(line) for line in LOGS['halo']]}
        for lines in LOGS.values():
            lines.clear()
    out['steps'] = []
    for step in case['steps']:
        if step[0] == 'smtp':
            entries = session(step[1], step[2])
            place = 'client' if step[1] == '192.168.75.10' else 'spammer'
            entry = {'host': place, 'do': 'smtp', 'to': '192.168.75.2', 'from': step[1],
                     'session': [[kind, names.text(value) if kind == 'S' else value] for kind, value in entries]}
        else:
            options = step[2] if len(step) > 2 else {}
            argv = []
            for word in step[1]:
                number = re.fullmatch(r'@halo/Q(\d+)', word)
                if number:
                    ids = sorted({name for directory, _, found in os.walk('/var/spool/postfix') if '/defer/' not in directory + '/'
                                  for name in found if re.fullmatch('[0-9A-F]{8,12}', name)})
                    word = ids[int(number[1]) - 1] if len(ids) >= int(number[1]) else 'NOSUCHID'
                argv.append(word)
            stdout, stderr, status = command(argv, **options)
            if argv[:2] in (['postfix', 'stop'], ['postfix', 'start']):
                RUNNING['halo'] = argv[1] == 'start'
            entry = {'host': 'halo', 'do': 'command', 'argv': step[1], **options,
                     'stdout': names.text(stdout), 'stderr': names.text(stderr), 'exit': status}
        settle(hosts)
        out['steps'].append(entry)
    out['after'] = {}
    for host in hosts:
        with LOCK:
            lines = [names.text(line) for line in LOGS.get(host, [])]
        if host != 'halo' and not lines:
            continue
        out['after'][host] = {'maillog': lines, 'mailboxes': boxes(host, names), 'queues': {queue: count(queue, host) for queue in QUEUES}}
        if host == 'halo' and case.get('look'):
            out['after'][host]['files'] = {path: look(path, names) for path in case['look']}
    out['log_order'] = 'any'
    while DOVECOT:
        subprocess.run(['doveadm', '-c', DOVECOT[0][1], 'stop'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        DOVECOT.pop()
    for host in remotes:
        try:
            pid = int(open(f'{spool(host)}/pid/master.pid').read())
            os.killpg(os.getpgid(pid), 9)
        except (OSError, ValueError):
            pass
    for host in hosts:
        subprocess.run(['postfix', *([] if host == 'halo' else ['-c', f'/etc/postfix-{host}']), 'abort'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    return out


def main():
    if os.environ.get('RECORD_INSIDE') != '1':
        os.environ['RECORD_INSIDE'] = '1'
        inner = ' '.join(f"'{word}'" for word in [sys.executable, os.path.abspath(__file__), *[os.path.abspath(path) for path in sys.argv[1:3]], *sys.argv[3:]])
        os.execvp('unshare', ['unshare', '-m', '-n', '-u', '-p', '-f', '--mount-proc', 'sh', '-c', f'{inner}; exit $?'])
    import tempfile
    tmp = tempfile.mkdtemp(prefix='record')
    os.chmod(tmp, 0o755)
    setup(tmp)
    scope = {}
    exec(open(sys.argv[1]).read(), scope)
    sh('mkdir -p /var/mail /var/vmail')
    wanted = sys.argv[3:]
    with open(sys.argv[2], 'w') as out:
        for case in scope['cases']:
            if wanted and case['id'] not in wanted:
                continue
            try:
                recorded = record(case)
            except Exception as error:
                print(f"{case['id']}: {error!r}", file=sys.stderr)
                subprocess.run(['postfix', 'abort'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                continue
            out.write(json.dumps(recorded, ensure_ascii=False) + '\n')
            out.flush()


main()
