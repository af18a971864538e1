"""What record_more.py records into config-more.jsonl."""
cases = []


def case(main, *commands, **more):
    cases.append({'id': f'config-more-{len(cases) + 1:03}', 'kind': 'config', 'main': main, **more,
                  'steps': [['cmd', command.split(' ') if isinstance(command, str) else command] if not isinstance(command, tuple)
                            else ['cmd', command[0], command[1]] for command in commands]})


# ---- $name, ${name?...}, comparisons
for value in ('${myhostname}', '$(mydomain)x', '${nosuch:none}', '${nosuch?some}', '${relayhost?{via}:{direct}}', '${myhostname:{no}}',
              '$myhostname.$nosuch.end', '$1', '$', 'a$', '${', '${}', '$()', '${myhostname', '$(myhostname', '${myhostname}}', '${my host}',
              '${myhostname?yes:no}', '${myhostname?{yes}:no}', '${myhostname?{yes}{no}}', '${myhostname?{yes} : {no}}', '${nosuch?{yes}:{no}}',
              '${{a} == {a}?{yes}:{no}}', '${{a}=={b}?{yes}:{no}}', '${{a} = {a}?{yes}:{no}}', '${{9} < {10}?{num}:{text}}', '${{9} <= {a}?{y}:{n}}',
              '${{3.6} <level {3.10}?{y}:{n}}', '${{a} ==level {b}?{y}:{n}}', '${{1} >=level {1.0}?{y}:{n}}', '${{a} === {a}?{y}:{n}}',
              '${{a} != {a}:{x}}', '${{a} == {a}}', '${{a} ==  a?{y}:{n}}', '${{a}{b}}', '${{a} <> {b}?{y}:{n}}', '${{ a } == {a}?{y}:{n}}',
              '$$nosuch', '$$$myhostname', '${$myhostname}', '${compatibility_level}', '${{$mydomain} == {example.org}?{a b}:{c, d}}', '$mydestination2',
              '${{${relayhost?{x}}} == {}?{empty}:{full}}', '${myhostname?{$myhostname}:{$mydomain}} $mydomain', '${{x} > {}?{more}:{less}}',
              '${{18446744073709551616} > {2}?{more}:{less}}', '${{-1} < {1}?{less}:{more}}', '${{01} == {1}?{same}:{other}}', '${{a} ~ {b}?{yes}:{no}}',
              '${{a} + {b}?{yes}:{no}}', '${{a}? yes}', '${{a} == {b}?{yes}:{no}}x', '${ myhostname }', '${myhostname ?{yes}:{no}}', '${my-host}', '$my-host', '$my.host', '{}', '}{', '${x1}'):
    case(f'x1 = {value}\nmydestination = $x1\n', 'postconf x1', 'postconf -x x1', topic='expand')

# ---- syntax of main.cf
for text in ('myorigin\n', 'myorigin =\n', '=x\n', ' = x\n', 'myorigin = a\n  # comment\n  b\n', 'myorigin = a\n\t\n  b\n', 'my origin = x\n',
             'myorigin == x\n', 'myorigin = x = y\n', 'myorigin: x\n', 'a-b = c\n', 'MYORIGIN = x\n', '$myorigin = x\n', 'myorigin = a\rb\n', 'myorigin = a\r\n',
             'myorigin = \u00e9xample.org\n', 'myorigin = x', '# only\n   # comments\n', 'myorigin = x\n = y\n', 'myorigin = a\n ,b\n', '{ myorigin = x }\n',
             'myorigin = x\nmyorigin = x\n', 'myorigin = x\nmyorigin = y\nmyorigin = x\n', 'include /etc/postfix/other.cf\n', '\tmyorigin = x\nmydestination = y\n',
             'user_var = x\nmyorigin = $user_var\n', 'user_var = x\nuser_two = $user_var\n', 'foo_destination_concurrency_limit = 3\n', 'smtp_destination_concurrency_limit = 3\n',
             'relay_initial_destination_concurrency = 2\nuucp_destination_recipient_limit = 1\n', 'local_transport_x = y\n', 'default_privs=nobody\nvirtual_alias_map = x\n'):
    case(text, 'postconf -n', 'postconf myorigin', 'postconf -x mydestination', topic='syntax')
for base in ('', ' myhostname = x\n', '\n\n', 'myhostname = halo.example.org\n  \n# c\n  extra\n'):
    case('', 'postconf -n', 'postfix check', base=base, topic='syntax')

# ---- postfix check
for text in ('mydestination = $nosuch\n', 'queue_run_delay = 5x\n', 'queue_run_delay = 5 m\n', 'queue_run_delay = 0\n', 'queue_run_delay =\n', 'maximal_queue_lifetime = 5w\n',
             'message_size_limit = -1\n', 'message_size_limit = 1k\n', 'mailbox_size_limit = 5\n', 'smtpd_recipient_limit = 0\n', 'smtpd_recipient_limit = x\n', 'soft_bounce = 1\n', 'soft_bounce = YES\n', 'soft_bounce =\n',
             'inet_protocols = ipv5\n', 'inet_protocols =\n', 'inet_interfaces =\n', 'inet_interfaces = 10.9.9.9\n', 'inet_interfaces = all, localhost\n', 'mail_owner = nosuch\n', 'mail_owner = root\n', 'mail_owner =\n',
             'default_privs = nosuch\n', 'default_privs = root\n', 'default_privs = postfix\n', 'setgid_group = postfix\n', 'queue_directory = /nosuch\n', 'command_directory = /nosuch\n', 'data_directory = /nosuch/x\n',
             'myhostname = bad host\n', 'myhostname = -x.example.org\n', 'myhostname = 192.168.75.2\n', 'myhostname = halo.example.org.\n', 'mydomain = .example.org\n', 'myhostname = localhost\n',
             'mynetworks_style = none\n', 'mynetworks = 10.0.0.0/33\n', 'compatibility_level = 4\n', 'compatibility_level = x\n', 'compatibility_level = -1\n', 'mail_version = 9\n', 'process_name = x\n', 'export_environment = TZ X Y=1\n',
             'recipient_delimiter = a b\n', 'smtp_bind_address = x\n', 'hash_queue_depth = 0\n', 'hash_queue_depth = 99\n', 'line_length_limit = 1\n', 'default_process_limit = 0\n', 'maximal_backoff_time = 10\n', 'multi_instance_enable = maybe\n', 'alternate_config_directories = relative\n'):
    case(text, 'postconf -n', 'postfix check', topic='check')

# ---- postconf's options
case('', 'postconf -?', 'postconf -Z', 'postconf -c /nosuch -n', 'postconf -c', 'postconf -nd myhostname', 'postconf -n -x', 'postconf -# ', 'postconf -X', 'postconf -e', topic='misc')
case('relayhost = [a]\n', 'postconf -H relayhost myhostname', 'postconf -hH relayhost', 'postconf -h relayhost nosuch', 'postconf -nh', 'postconf -nf', 'postconf -q relayhost nosuch', 'postconf -qh nosuch', 'postconf relayhost relayhost', topic='misc')
case('', 'postconf -C builtin mail_version config_directory', 'postconf -C user', 'postconf -C all mydomain', 'postconf -C bogus', 'postconf -C service', 'postconf -p', topic='misc') if False else None
case('my_class = x\nsmtpd_restriction_classes = strict\nstrict = reject\nuser1 = $strict\n', 'postconf -C user', 'postconf -C bogus', 'postconf -C user strict', 'postconf -n', topic='misc')
case('', 'postconf -a', 'postconf -A', 'postconf -l', 'postconf -m', 'postconf -T compile-version', 'postconf -T bogus', 'postconf -t /nosuch', 'postconf -b /nosuch', topic='misc')
case('', 'postconf -o x=y -n', 'postconf -o nosuch=1 nosuch', 'postconf -o relayhost', 'postconf -o relayhost= relayhost', 'postconf -o mydomain=z.org -x mydestination myorigin', 'postconf -o soft_bounce=maybe soft_bounce', topic='misc')
case('mydestination = $myhostname, localhost.$mydomain, localhost, $mydomain, a.example.org, b.example.org, c.example.org\n', 'postconf -f mydestination', 'postconf -fx mydestination', 'postconf -nf', 'postconf -fh mydestination', topic='misc')
for name in ('smtpd_relay_restrictions', 'smtpd_recipient_restrictions', 'parent_domain_matches_subdomains', 'local_recipient_maps', 'proxy_read_maps', 'smtpd_tls_protocols', 'postscreen_dnsbl_sites', 'unknown_address_tempfail_action',
             'smtp_tls_mandatory_ciphers', 'relay_destination_concurrency_limit', 'default_destination_recipient_limit', 'lmtp_tcp_port', 'html_directory', 'alias_maps', 'command_expansion_filter', 'smtpd_timeout'):
    cases[-1]['steps'].append(['cmd', ['postconf', '-d', name]])
case('', 'postconf -M smtp/inet', 'postconf -M smtp', 'postconf -M unix', 'postconf -M nosuch/inet', 'postconf -M smtp/x/y', 'postconf -Mf relay/unix', 'postconf -M */inet', 'postconf -M . ', topic='master')
case('', 'postconf -F smtp/inet/command', 'postconf -F */unix/wakeup', 'postconf -F smtp/inet/bogus', 'postconf -F qmgr', 'postconf -Fh smtp/inet/chroot', 'postconf -FH pickup', topic='master')
case('', 'postconf -P relay/unix', 'postconf -P', 'postconf -P smtp/inet/soft_bounce', ['postconf', '-P', 'smtp/inet/soft_bounce=yes'], 'postconf -P', 'postconf -Ph', 'postconf -PX smtp/inet/soft_bounce', 'postconf -M smtp/inet', 'postconf -MX smtp/inet', 'postconf -M smtp/inet', topic='master')
case('', ['postconf', '-Fe', 'smtp/inet/chroot=y'], ['postconf', '-F', 'smtp/inet/command=smtpd -v -o soft_bounce=yes'], 'postconf -M smtp/inet', ['postconf', '-Fe', 'nosuch/inet/chroot=y'], ['postconf', '-Fe', 'smtp/inet/chroot=maybe'], ['postconf', '-Fe', 'smtp/inet/type=bogus'], 'postconf -M smtp', topic='master')
case('', 'postconf -M#', 'postconf -MX', ['postconf', '-M', 'x/inet=x inet n'], ['postconf', '-M', 'x/inet=y inet n - n - - smtpd'], 'postconf -M y/inet', ['postconf', '-e', '-M', 'bad'], ['postconf', '-Me', '10025/inet=10025 inet n - n - 10 smtpd -o content_filter= -o smtpd_client_restrictions={permit_mynetworks, reject}'], 'postconf -Mf 10025/inet', 'postconf -P 10025/inet', topic='master')
MASTER = 'smtp inet n - n - - smtpd\n'
for text in (MASTER + 'x unix - - n - - pipe flags=R user=nobody argv=/bin/true $x\n', MASTER + '  -o a=b\n  -o c = d\n', MASTER + '  -o {a = b c}\n', MASTER + '  -o nosuch_parameter=1\n', MASTER + '  -o user_x=1 -o myorigin=$user_x\n',
             'smtp bogus n - n - - smtpd\n', 'smtp inet maybe - n - - smtpd\n', 'smtp inet n - n x - smtpd\n', 'smtp inet n - n 60? 0 smtpd\n', 'smtp inet n - n - x smtpd\n', 'smtp inet n - n - -1 smtpd\n', MASTER + MASTER, '  ' + MASTER, '# x\n' + MASTER + '# c\n  -v\n\n', 'smtp inet y - n - - smtpd\n', 'a/b unix n - n - - smtpd\n', 'x fifo n - n - - smtpd\n', 'smtp inet n - n - -\n', 'smtp inet n y y 1 1 /bin/smtpd\n', ''):
    case('', 'postconf -M', 'postconf -Mf', 'postconf -F smtp', 'postconf -P', files={'/etc/postfix/master.cf': text}, topic='master')

# ---- editing
EDIT = '# main.cf\ncompatibility_level = 3.6\nmyhostname = halo.example.org\n\n# where mail goes\nmydestination = $myhostname,\n# inside\n    localhost,\n\n    $mydomain\n#relayhost = [old]\nmynetworks = 127.0.0.0/8\n\nmynetworks = 10.0.0.0/8\n'
for commands in ((['postconf', '-e', 'mydestination=a'], 'postconf -n'), (['postconf', 'mynetworks=a', 'relayhost=b'], 'cat /etc/postfix/main.cf'), (['postconf', '-e', 'x = y'], 'cat /etc/postfix/main.cf', 'postconf -n'),
                 (['postconf', '-e', '= y'], ), (['postconf', '-e', ' relayhost = c'], 'cat /etc/postfix/main.cf'), (['postconf', '-e', '#relayhost = c'], 'cat /etc/postfix/main.cf'), (['postconf', '-e', 'relayhost = a\nb'], 'cat /etc/postfix/main.cf'),
                 (['postconf', '-#', 'mydestination', 'mynetworks'], 'cat /etc/postfix/main.cf'), (['postconf', '-X', 'mydestination', 'nosuch', 'mynetworks'], 'cat /etc/postfix/main.cf'), (['postconf', '-X', 'mydestination=x'], ), (['postconf', '-#', ''], ),
                 (['postconf', '-e', 'mydestination=', 'myhostname = x.example.org'], 'cat /etc/postfix/main.cf', 'postconf -x mydestination'), (['postconf', '-e', 'a b = c'], 'cat /etc/postfix/main.cf'), (['postconf', '-e', 'relayhost = [x]', 'nosuch'], 'cat /etc/postfix/main.cf'),
                 (['postconf', '-ev', 'relayhost = [x]'], ) if False else (['postconf', '-n', 'relayhost = [x]'], 'postconf -n')):
    case('', *commands, base=EDIT, topic='edit')

# ---- the other commands
case('', 'postfix status', 'postfix start', 'postfix start', 'postfix status', 'postfix flush', 'postfix abort', 'postfix -v', 'postfix -c /nosuch status', 'postfix start-fg bogus', 'postfix a b', topic='check') if False else None
case('', 'postfix start', 'postfix start', 'postfix status', 'postfix reload', 'postfix flush', 'postfix abort', 'postfix abort', topic='check')
case('', 'postfix -c /nosuch status', 'postfix a b', 'postfix -x', 'postfix -D', 'postfix tls bogus', 'postfix logrotate', 'postfix set-permissions', 'postfix upgrade-configuration', topic='check')
case('', 'postmulti -l', 'postmulti -x postconf -h myhostname', 'postmulti', 'postmulti -e init', 'postmulti -l -i x', 'postmulti -l -g x', 'postmulti -l -a', 'postmulti -p status', topic='check')
case('', 'postqueue', 'postqueue -x', 'postqueue -i bogus', 'postqueue -s example.org', 'postqueue -p', 'postqueue -j', 'postqueue -f', 'mailq', 'mailq -x', 'postqueue -s', 'postqueue -p x', topic='check')
case('', 'postcat', 'postcat -q bogus', 'postcat -q 0123456789', 'postcat /nosuch', 'postcat -x', 'postcat /etc/passwd', topic='check')
case('', 'postlog -t test', ['postlog', '-p', 'warn', 'hello world'], ['postlog', '-p', 'bogus', 'x'], 'postlog -x', ['postlog', '-i', '-t', 'me', '-p', 'fatal', 'dead'], ['postlog', '-t', 'me', '-p', 'error', 'a', 'b'], topic='check')
case('', 'sendmail -bx', 'sendmail -bt', 'sendmail -bq', 'sendmail -q', 'sendmail -q5', 'sendmail -qx', 'sendmail -bp', 'sendmail -x', 'sendmail -bv', topic='check') if False else None
case('', 'postkick', 'postkick public bogus x', 'postkick public pickup', 'postlock', 'postlock /nosuch', topic='check')
case('', 'postsuper -d', 'postsuper -z', 'postsuper -d bogus', 'postsuper -d 0123456789', 'postsuper -h', topic='check')
for name, hostname in (('', 'halo'), ('myhostname = mail\n', 'halo.example.org'), ('mydomain = x.org\n', 'halo'), ('mydomain = x.org\nmyhostname = y.$mydomain\n', 'halo'), ('myhostname = $mydomain\n', 'halo.example.org'), ('myorigin = $myhostname\nmyhostname = a.b.c\n', 'halo')):
    pass

# ---- tables
TABLE = 'key value\nKey2  second value\n  continued\n# comment\nempty\n\nkey value again\n"quoted key" v\nback\\ slash v\nuser@example.org OK\n.example.org dot\n10.0.0 net\n'
def table(text, *commands, path='/etc/postfix/t', **more):
    case('', *commands, files={path: text}, topic='postmap', **more)
table(TABLE, 'postmap /etc/postfix/t', 'postmap -s /etc/postfix/t', 'postmap -q key /etc/postfix/t', 'postmap -q KEY2 hash:/etc/postfix/t', ['postmap', '-q', 'quoted key', '/etc/postfix/t'], ['postmap', '-q', 'back\\ slash', '/etc/postfix/t'], 'postmap -q user@example.org /etc/postfix/t')
table(TABLE, 'postmap -w /etc/postfix/t', 'postmap -r /etc/postfix/t', 'postmap -q key /etc/postfix/t', 'postmap -n /etc/postfix/t', 'postmap -N /etc/postfix/t', 'postmap -o /etc/postfix/t', 'postmap -U /etc/postfix/t', 'postmap -z /etc/postfix/t')
table(TABLE, 'postmap btree:/etc/postfix/t', 'postmap -s btree:/etc/postfix/t', 'postmap -d key btree:/etc/postfix/t', 'postmap -d key btree:/etc/postfix/t', 'postmap -q key btree:/etc/postfix/t', (['postmap', '-d', '-', 'btree:/etc/postfix/t'], {'stdin': 'key2\nnosuch\n'}), 'postmap -s btree:/etc/postfix/t')
table(TABLE, 'postmap -q key texthash:/etc/postfix/t', 'postmap -s texthash:/etc/postfix/t', 'postmap texthash:/etc/postfix/t', 'postmap -d key texthash:/etc/postfix/t', 'postmap -i texthash:/etc/postfix/t')
table(TABLE, 'postmap -q key hash:/etc/postfix/t', 'postmap -d key hash:/etc/postfix/t', 'postmap -s hash:/etc/postfix/t', (['postmap', '-i', '/etc/postfix/t'], {'stdin': 'new value\nnew other\n'}), 'postmap -s /etc/postfix/t', (['postmap', '-q', '-', '/etc/postfix/t'], {'stdin': 'new\nNEW\nold\n'}))
table('1.2.3.4 one\n1.2.0.0/16 net\n!10.0.0.0/8 not ten\n', *[f'postmap -q {key} cidr:/etc/postfix/t' for key in ('1.2.3.4', '1.2.9.9', '10.1.1.1', '11.1.1.1', '::1', '1.2.3', '')])
table('if 10.0.0.0/8\n10.1.0.0/16 a\n if !10.2.0.0/16\n10.0.0.0/8 rest\nendif\nendif\nendif\n0.0.0.0/0 all\n', *[f'postmap -q {key} cidr:/etc/postfix/t' for key in ('10.1.1.1', '10.2.1.1', '10.3.1.1', '9.9.9.9')])
table('10.0.0.0/8\n10.0.0.1/8 x\n10.0.0.0/40 y\n300.1.1.1 z\n10.0.0 w\n::1 six\n2001:db8::/32 net six\n2001:db8::1/32 bad\nif x\nif 10.0.0.0/8 text\nendif x\n10.0.0.0/8 fine\n', *[f'postmap -q {key} cidr:/etc/postfix/t' for key in ('10.1.1.1', '::1', '2001:db8::5', '1.1.1.1')])
table('0.0.0.0/0 any4\n::/0 any6\n', *[f'postmap -q {key} cidr:/etc/postfix/t' for key in ('10.1.1.1', '::1', 'name')], 'postmap -s cidr:/etc/postfix/t', 'postmap cidr:/etc/postfix/t')
RE = '/^(.*)@example\\.org$/  ${1}@other $1x\n/[A-Z]+/x  upper\n/abc/ abc\n!/z/ noz\n'
for kind in ('regexp', 'pcre'):
    table(RE, *[f'postmap -q {key} {kind}:/etc/postfix/t' for key in ('joe@example.org', 'ABC', 'zzz', 'q', 'JOE@EXAMPLE.ORG')], f'postmap -s {kind}:/etc/postfix/t', f'postmap {kind}:/etc/postfix/t')
    table('/a(b)?c/ [$1]\n/(x)(y)/ $2$1 $$ ${2}z\n/d/ $1\n/e/ $(1)\n/f/ $\n/g/ $x\n/(h)/ $0\n', *[f'postmap -q {key} {kind}:/etc/postfix/t' for key in ('ac', 'abc', 'xy', 'd', 'e', 'f', 'g', 'h')])
    table('/abc\n/abc/\nabc x\n/abc/q x\n/[/ x\n/(/ x\n/a{2,1}/ x\n/*/ x\n#c\n |pipe| x\n|pipe|i y\n/ok/ fine\n', *[f'postmap -q {key} {kind}:/etc/postfix/t' for key in ('ok', 'PIPE', 'abc')])
    table('if /a/\n/b/ ab\nif !/c/\n/d/ ad-c\nendif\nendif\n/b/ b\nif /x/ trailing\nendif\nendif\n', *[f'postmap -q {key} {kind}:/etc/postfix/t' for key in ('ab', 'b', 'ad', 'adc', 'x')])
    table('/a.b/ i\n/c.d/i noi\n/e$f/m m\n/^h$/ h\n/\\/x/ slash\n/a\\.b\\/c/ path\n', *[['postmap', '-q', key, f'{kind}:/etc/postfix/t'] for key in ('AxB', 'CxD', 'cxd', 'h', '/x', 'a.b/c', 'h\nh')])
    table('if /a/\n/b/ c\n', f'postmap -q ab {kind}:/etc/postfix/t', f'postmap -q b {kind}:/etc/postfix/t', f'postmap -q a {kind}:/nosuch')
table('/^a+?b/ lazy\n/(?i)case/ inner\n/\\d+/ digits\n/x(?=y)/ ahead\n/(?<n>q)w/ named\n/(a)\\1/ back\n/u/U u\n/X/x spaced # c\n', *[f'postmap -q {key} pcre:/etc/postfix/t' for key in ('aab', 'CASE', '123', 'xy', 'qw', 'aa', 'u', 'X')])
for name in ('inline:{a=b}', 'inline:{a=b,c=d}', 'inline:{ {a = b c}, {d = e} }', 'inline:{a}', 'inline:{}', 'inline:a=b', 'inline:{a=b', 'inline:{a=}', 'inline:{=b}', 'static:x', 'static:{a b}', 'static:', 'static:{', 'randmap:{x}', 'randmap:x', 'randmap:{}', 'unionmap:{static:a,inline:{a=c}}', 'unionmap:{static}', 'unionmap:static:a', 'unionmap:{}',
             'pipemap:{inline:{a=b},inline:{b=c}}', 'pipemap:{inline:{a=b},inline:{x=c}}', 'pipemap:{nosuch:x}', 'fail:x', 'internal:x', 'unix:passwd.byname', 'unix:group.byname', 'unix:nosuch', 'environ:', 'environ:x', 'proxy:static:a', 'nis:x', 'bogus:x', 'regexp:{{/a/ x},{/b/ y}}', 'cidr:{{1.2.3.4 x}}', 'pcre:{/a/ x}', 'regexp:{}', 'memcache:/nosuch', 'ldap:x', 'mysql:/x', 'sqlite:/x', 'lmdb:/etc/postfix/x', 'sdbm:/x', 'cdb:/x', 'dbm:/x', 'tcp:127.0.0.1:1', 'socketmap:inet:127.0.0.1:1:n'):
    if name.startswith(('tcp', 'socketmap', 'memcache', 'nis', 'proxy')):
        continue
    case('', ['postmap', '-q', 'a', name], ['postmap', '-q', 'root', name], ['postmap', '-s', name], topic='postmap')
case('', 'postmap', 'postmap -q', 'postmap -q a', 'postmap /nosuch', 'postmap hash:', 'postmap :x', 'postmap -q a -d b hash:/x', 'postmap -s a b', 'postmap -c /nosuch x', 'postmap -q a nocolon', 'postmap hash:/nosuch/x', topic='postmap')
case('', 'postalias', 'postalias /nosuch', 'postalias -q', 'newaliases -x', 'postalias -z', 'postalias -s hash:/etc/aliases', topic='alias')
ALIASES = ('a: b\n', 'A: b, c\n  d\n', '"quoted name": x\n', 'a : b\n', 'a b: c\n', 'a:\n', ': b\n', 'a: "|/bin/x y", /dir/file, :include:/f\n', 'a: |cmd\n', 'a: b:c\n', 'a@x: b\n', 'a: b@c, <d@e>, "F G" <h@i>\n', 'a: b; c\n', 'a: (comment) b\n', 'a: group: x, y;\n', '# c\na: b # not comment\n', '  a: b\n', 'a: b\na: c\n', 'A: b\na: c\n', 'a: "unclosed\n', 'a\n', 'owner-a: b\na: c\na-request: d\n', 'a,b: c\n', '\\root: x\n', 'a: \\b\n', 'a: ,,b,,\n', 'a: b c\n', '<a>: b\n', 'a: \u00e9\n', '\u00e9: b\n')
for text in ALIASES:
    case('alias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n', 'newaliases', 'postalias -s hash:/etc/aliases', 'postalias -q a hash:/etc/aliases', 'postalias -q A hash:/etc/aliases', files={'/etc/aliases': text}, topic='alias')
