"""Cases of deliver-more.jsonl (record_deliver.py): ends of commands, reports that were asked for, pipe(8), addresses on their way out."""
MAIL = 'Subject: test\n\nHello\n'
ALIASES = """postmaster: root
root: michael
sig: "|kill -9 $$"
st67: "|exit 67"
st75: "|exit 75"
st64: "|echo usage; exit 64"
st3: "|echo hello there; echo two; exit 3"
stdsn: "|echo 4.7.9 later please; exit 1"
cmd: "|cat >/dev/null"
fl: /var/mail/x
one: anna
two: anna, joe
ext: bob@example.net
"""
VIRTUAL = """virtual_mailbox_domains = vpasta.com
virtual_mailbox_maps = hash:/etc/postfix/vmbox
virtual_mailbox_base = /var/vmail
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
"""
VMBOX = {'/etc/postfix/vmbox': 'chef@vpasta.com chef/\nwaiter@vpasta.com waiter\nx@vpasta.com sub/x/\n'}
TAKE = {'text': '#!/bin/sh\n( echo "args: $*"; id -un; cat ) >> /tmp/pipe.out\nexit ${1:-0}\n', 'mode': '755'}
PIPES = """p1  unix  -       n       n       -       -       pipe
  flags=DRhuX user=michael argv=/usr/local/bin/take 0 ${sender} ${recipient} ${user} ${extension} ${domain} ${nexthop} ${size}
p2  unix  -       n       n       -       -       pipe
  flags=Fq. user=michael:mail argv=/usr/local/bin/take 0 -f$sender -- $recipient
p3  unix  -       n       n       -       -       pipe
  user=michael argv=/usr/local/bin/take 75
p4  unix  -       n       n       -       -       pipe
  user=michael argv=/usr/local/bin/take 67
p6  unix  -       n       n       -       -       pipe
  user=michael argv=/usr/local/bin/take 3
"""
TRANSPORT = 'p1.com p1:hop\np2.com p2:\np3.com p3:\np4.com p4:\np6.com p6:\ndi.com discard:gone\ner.com error:5.7.9 go away\nre.com retry:try later\n'


def send(*argv, user='michael', stdin=MAIL):
    return ['cmd', ['sendmail', *argv], {'user': user, 'stdin': stdin}]


def root(*argv):
    return ['cmd', list(argv)]


cases = []


def case(*steps, **more):
    cases.append({'id': f'deliver-more-{len(cases) + 1:02d}', **more, 'steps': list(steps)})


def aliased(*steps, **more):
    case(*steps, files={'/etc/aliases': ALIASES}, **more)


for name in ('sig', 'st67', 'st75', 'st64', 'st3', 'stdsn'):
    aliased(send(name), topic='command')
case(send('-N', 'success', 'anna'), topic='dsn')
case(send('-N', 'never', 'nosuch'), topic='dsn')
case(send('-V', 'envid-1', '-R', 'hdrs', 'nosuch'), topic='dsn')
for name in ('one', 'two', 'cmd'):
    aliased(send('-N', 'success', name), topic='dsn')
for name in ('one', 'cmd', 'fl', 'ext', 'nosuch'):
    aliased(send('-bv', name), topic='probe')
for name in ('two', 'nosuch', 'x@alldown.com'):
    aliased(send('-v', name), topic='verbose')
for name in ('chef', 'no'):
    case(send('-bv', f'{name}@vpasta.com'), main=VIRTUAL, files=VMBOX, topic='probe')
case(send('waiter@vpasta.com'), main=VIRTUAL, files=VMBOX, look=['/var/vmail/waiter'], topic='virtual')
case(send('x@vpasta.com'), main=VIRTUAL, files=VMBOX, look=['/var/vmail/sub/x/new/*'], topic='virtual')
case(send('nosuch'), main='notify_classes = bounce, 2bounce\n', topic='notify')
case(send('-f', '<>', 'nosuch'), main='notify_classes = bounce, 2bounce\n', topic='notify')
PIPED = {'/etc/postfix/transport': TRANSPORT, '/usr/local/bin/take': TAKE}
MAIN = 'transport_maps = hash:/etc/postfix/transport\np1_destination_recipient_limit = 1\nrecipient_delimiter = +\n'
case(send('Joe+x@p1.com'), main=MAIN, master=PIPES, files=PIPED, look=['/tmp/pipe.out'], topic='pipe')
case(send('a@p2.com', 'b@p2.com', stdin='Subject: x\n\nFrom me\n.dot\n'), main=MAIN, master=PIPES, files=PIPED, look=['/tmp/pipe.out'], topic='pipe')
for name in ('p3', 'p4', 'p6', 'di', 'er', 're'):
    case(send(f'a@{name}.com'), main=MAIN, master=PIPES, files=PIPED, topic='pipe')
case(send('bob@example.net', 'anna'), root('mailq'), main='defer_transports = smtp\nalways_bcc = joe\nsender_bcc_maps = inline:{ michael@example.org=carol }\nrecipient_bcc_maps = inline:{ anna@example.org=root }\n', topic='bcc')
case(send('nosuch'), main='luser_relay = joe+$local\nrecipient_delimiter = +\nlocal_recipient_maps =\n', topic='luser')
cases.append(None)  # a number that is not used
case(send('-B', 'foo', 'anna'), send('-N', 'bogus', 'anna'), send('-R', 'bogus', 'anna'), send('-bx', 'anna'), send('-qSfoo'), send('-h'), topic='sendmail')
case(send('-t', '-i', stdin='To: anna, "Joe X" <joe>\nCc: carol\nResent-To: bob\nSubject: t\n\nbody\n.\nmore\n'), send('-t', 'anna', stdin='To: joe\nSubject: t\n\nb\n'), topic='sendmail')
case(send('-f', 'other@x.y', '-F', 'Other Name', 'anna'), send('anna,joe', '<carol>', 'bob (comment)'), topic='sendmail')
case(send('anna'), main='content_filter = scan:[127.0.0.1]:10026\n', topic='filter', master='scan      unix  -       -       n       -       10      smtp\n  -o disable_dns_lookups=yes\n127.0.0.1:10026 inet n - n - - smtpd\n  -o content_filter=\n  -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks\n')
case(send('bob@example.net', stdin='From: michael\nTo: bob@example.net, Anna <anna@example.org>\nSubject: secret plans\nX-Internal: 1\nX-P: 2\nX-W: 3\n\nHello anna@example.org\n'), hosts={'mail.example.net': ''}, topic='generic', main='smtp_generic_maps = inline:{ {@example.org = joeuser@isp.com} {michael@example.org = mm@isp.com} }\nsmtp_header_checks = regexp:/etc/postfix/shc\nsmtp_helo_name = mail.isp.com\nsmtp_discard_ehlo_keywords = pipelining, size\n', files={'/etc/postfix/shc': '/^Subject: secret/ REPLACE Subject: public\n/^X-Internal/ IGNORE\n/^X-P/ PREPEND X-Before: p\n/^X-W/ WARN seen\n'})
case(send('-bv', 'bob@example.net', 'nosuch@example.net'), hosts={'mail.example.net': ''}, topic='probe')

cases = [one for one in cases if one]
