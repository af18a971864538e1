"""What record_more.py records into smtp-more.jsonl."""
cases = []
GOOD, BAD, FORGED, NEAR = '198.51.100.25', '198.51.100.66', '198.51.100.67', '192.168.75.10'
EHLO, MAIL, RCPT, QUIT = 'EHLO outside.example.edu', 'MAIL FROM:<user@example.edu>', 'RCPT TO:<michael@example.org>', 'QUIT'
TEXT = ['From: test@example.edu', 'Subject: test', 'Message-Id: <1@outside.example.edu>', '', 'Hello', '.']
SEND = ['DATA', TEXT]


def case(main, turns, source=GOOD, files=None, **more):
    cases.append({'id': f'smtp-more-{len(cases) + 1:03}', 'kind': 'smtp', 'main': main, 'files': files or {}, **more, 'steps': [['smtp', source, turns]]})


def rcpt(main, source=GOOD, files=None, ehlo=EHLO, mail=MAIL, to=RCPT, **more):
    case(main, [ehlo, mail, *([to] if isinstance(to, str) else to), QUIT], source, files, **more)


# ---- protocol
case('', ['EHLO x', 'HELO y', 'NOOP a b', 'RSET x', 'NOOP', 'HELP me', 'EXPN x', 'TURN', 'SEND FROM:<a>', 'STARTTLS', 'AUTH PLAIN', 'XCLIENT NAME=x', 'XFORWARD NAME=x', 'VERB', 'QUIT now'])
case('', ['EHLO x', 'MAIL', 'MAIL FROM', 'MAIL FROM:', 'MAIL FROM:<>', 'RSET', 'MAIL TO:<a@example.edu>', 'MAIL FROM:<a b@example.edu>', 'MAIL FROM:<a@example.edu> FOO', 'MAIL FROM:<a@example.edu> FOO=BAR', 'MAIL FROM:<a@example.edu> BODY=8BITMIME', 'RSET', 'MAIL FROM:<a@example.edu> BODY=x', 'MAIL FROM:<a@example.edu> SMTPUTF8', QUIT])
case('', ['EHLO x', MAIL, 'RCPT', 'RCPT TO', 'RCPT TO:', 'RCPT TO:<>', 'RCPT FROM:<a@example.org>', 'RCPT TO:<michael@example.org> FOO', 'RCPT TO:<michael@example.org> NOTIFY=x', 'RCPT TO:<michael@example.org> NOTIFY=NEVER,SUCCESS', 'RCPT TO:<michael@example.org> ORCPT=x', 'RCPT TO:<michael@example.org> ORCPT=rfc822;a+40b', 'RCPT TO:<michael@example.org> NOTIFY=NEVER NOTIFY=NEVER', QUIT])
case('', ['EHLO x', 'MAIL FROM:<a@example.edu> RET=x', 'MAIL FROM:<a@example.edu> RET=FULL RET=FULL', 'MAIL FROM:<a@example.edu> ENVID=a+zz', 'MAIL FROM:<a@example.edu> ENVID=', 'RSET', 'MAIL FROM:<a@example.edu> SIZE', 'MAIL FROM:<a@example.edu> SIZE=-1', 'MAIL FROM:<a@example.edu> SIZE=99999999999999999999', 'MAIL FROM:<a@example.edu> SIZE=0', QUIT])
case('', ['EHLO x', MAIL, RCPT, 'EHLO y', RCPT, MAIL, 'HELO z', MAIL, RCPT, 'DATA x', 'DATA', TEXT, 'DATA', QUIT])
case('', [[EHLO, MAIL, RCPT, 'DATA'], TEXT, QUIT], note='all in one piece')
case('', [EHLO, [MAIL, RCPT, 'RCPT TO:<nosuch@example.org>', 'DATA'], TEXT, QUIT], note='pipelined as announced')
case('', ['HELO outside.example.edu', [MAIL, RCPT, 'DATA'], TEXT, QUIT], note='pipelining without having been offered it')
case('smtpd_forbid_unauth_pipelining = yes\n', ['HELO outside.example.edu', [MAIL, RCPT, 'DATA'], TEXT, QUIT])
case('smtpd_forbid_unauth_pipelining = yes\n', [[EHLO, MAIL, RCPT], QUIT])
case('', [EHLO, MAIL, RCPT, {'raw': 'BDAT 30\r\nSubject: x\r\nMessage-Id: <b@x>\r\n'[:9] + 'Subject: x\r\nMessage-Id: <b@x>\r\n'[:30]}, 'BDAT 0 LAST', QUIT])
case('', [EHLO, MAIL, RCPT, {'raw': 'BDAT 16 LAST\r\nSubject: x\r\n\r\nb\r\n'}, QUIT], note='last line complete or not')
case('', [EHLO, MAIL, RCPT, {'raw': 'BDAT 5\r\nSubje'}, {'raw': 'BDAT 9\r\nct: x\r\n\r\n'}, {'raw': 'BDAT 4 LAST\r\nabc\n'}, QUIT])
case('', [EHLO, MAIL, RCPT, 'BDAT', 'BDAT x', 'BDAT 1 2', 'BDAT -1', {'raw': 'BDAT 3\r\nabc'}, 'DATA', RCPT, 'RSET', QUIT])
case('', [EHLO, {'raw': 'BDAT 3\r\nabc'}, MAIL, {'raw': 'BDAT 3 LAST\r\nabc'}, QUIT], note='BDAT without recipients')
case('message_size_limit = 100\nmailbox_size_limit = 0\n', [EHLO, MAIL, RCPT, {'raw': 'BDAT 200 LAST\r\n' + 'x' * 198 + '\r\n'}, QUIT])
for words in ('pipelining', 'size, vrfy, etrn', 'dsn', '8bitmime, chunking', 'enhancedstatuscodes smtputf8', 'chunking, silent-discard', 'auth, starttls', 'bogus', 'CHUNKING'):
    case(f'smtpd_discard_ehlo_keywords = {words}\n', [EHLO, 'MAIL FROM:<a@example.edu> RET=HDRS', 'MAIL FROM:<a@example.edu> SIZE=10', 'RSET', 'MAIL FROM:<a@example.edu> SMTPUTF8', 'VRFY michael', 'BDAT 0', QUIT])
case('smtpd_discard_ehlo_keyword_address_maps = hash:/etc/postfix/discard\n', [EHLO, QUIT], files={'/etc/postfix/discard': '198.51.100.25 chunking, dsn\n'})
case('smtputf8_enable = no\n', [EHLO, 'MAIL FROM:<a@example.edu> SMTPUTF8', 'MAIL FROM:<\u00fc@example.edu>', QUIT])
case('strict_rfc821_envelopes = yes\n', [EHLO, 'MAIL FROM: <a@example.edu>', 'MAIL FROM:a@example.edu', 'MAIL FROM:"x" <a@example.edu>', MAIL, 'RCPT TO:michael@example.org', 'RCPT TO:<michael>', 'RCPT TO:<@a,@b:michael@example.org>', QUIT])
case('strict_7bit_headers = yes\n', [EHLO, MAIL, RCPT, 'DATA', ['Subject: \u00e9', '', 'x', '.'], QUIT])
case('strict_8bitmime = yes\n', [EHLO, MAIL, RCPT, 'DATA', ['Subject: x', '', '\u00e9', '.'], QUIT])
case('smtpd_noop_commands = starttls, x-foo\nsmtpd_forbidden_commands = CONNECT, FOO\n', ['X-FOO a', 'STARTTLS', 'foo', QUIT])
for line in ('GET / HTTP/1.0', 'POST /', 'CONNECT a:25', 'Subject: x', 'From: a@b', 'X-Header : y', 'foo: bar', ':'):
    case('', [EHLO, line, QUIT])
case('', [EHLO, 'a' * 3000, QUIT], note='a long line')
case('line_length_limit = 50\n', [EHLO, 'NOOP ' + 'a' * 60, MAIL, RCPT, 'DATA', ['Subject: ' + 'x' * 100, 'Message-Id: <1@x>', '', 'y' * 120, '.'], QUIT])
case('', [EHLO, MAIL, RCPT, 'DATA', ['Subject: x'] + ['Received: from a'] * 55 + ['', '.'], QUIT], note='too many hops')
case('hopcount_limit = 2\n', [EHLO, MAIL, RCPT, 'DATA', ['Received: from a', 'Received: from b', 'Received: from c', 'Message-Id: <1@x>', '', '.'], QUIT])
case('header_size_limit = 100\n', [EHLO, MAIL, RCPT, 'DATA', ['Subject: ' + 'x' * 300, 'Message-Id: <1@x>', '', 'b', '.'], QUIT])
case('', [EHLO, MAIL, RCPT, 'DATA', ['Delivered-To: michael@example.org', 'Message-Id: <1@x>', '', 'b', '.'], QUIT])
case('smtpd_error_sleep_time = 0\nsmtpd_soft_error_limit = 2\n', [EHLO, 'A', 'B', 'C', QUIT])
case('smtpd_hard_error_limit = 1\n', [EHLO, 'A', 'B', QUIT])
case('smtpd_hard_error_limit = 2\nsmtpd_junk_command_limit = 1\n', [EHLO, 'NOOP', 'RSET', 'VRFY michael', 'NOOP', 'NOOP', 'NOOP', QUIT])
case('smtpd_junk_command_limit = 2\nsmtpd_hard_error_limit = 4\n', [EHLO] + [MAIL, RCPT, 'RSET'] * 5 + [QUIT])
case('smtpd_recipient_limit = 2\nsmtpd_recipient_overshoot_limit = 1\n', [EHLO, MAIL] + [RCPT] * 6 + ['DATA', TEXT, QUIT])
case('smtpd_recipient_limit = 2\nsmtpd_hard_error_limit = 3\nsmtpd_recipient_overshoot_limit = 0\n', [EHLO, MAIL] + [RCPT] * 7)
case('', [EHLO, MAIL, RCPT, {'close': 1}])
case('', [EHLO, MAIL, RCPT, 'DATA', {'raw': 'Subject: x\r\n\r\nhalf', 'silent': 1}, {'wait': 1}, {'close': 1}], note='hangs up in the text')
case('', [{'close': 1}], note='says nothing')
case('', [{'raw': 'EHLO x', 'silent': 1}, {'wait': 1}, {'close': 1}], note='half a command')
case('smtpd_timeout = 2s\n', [EHLO, {'wait': 4}, QUIT])
case('smtpd_timeout = 2s\n', [EHLO, MAIL, RCPT, 'DATA', {'raw': 'Subject: x\r\n', 'silent': 1}, {'wait': 4}, QUIT])
case('smtpd_banner = $myhostname\n', [QUIT]) if False else None
case('smtpd_banner = x y\nmyhostname = other.example.org\n', ['EHLO a', QUIT])
case('disable_vrfy_command = yes\nsmtpd_helo_required = yes\n', ['VRFY michael', 'ETRN example.org', 'RCPT TO:<a>', 'DATA', 'EHLO x', 'VRFY michael', 'VRFY', QUIT])
case('', [EHLO, 'VRFY root', 'VRFY postmaster', 'VRFY "michael"', 'VRFY <a b>', 'VRFY michael@nosuch.com', 'VRFY @', 'VRFY x@', 'VRFY x@example.org', 'VRFY <>', QUIT])
case('smtpd_reject_footer = \\c. Ask $client_address\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', 'RCPT TO:<x@example.net>', 'FOO', QUIT])
case('smtpd_reject_footer = line one\\nline two $server_name $recipient\nsmtpd_reject_footer_maps =\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', 'VRFY nosuch', 'MAIL', QUIT])
case('smtpd_reject_footer_maps = regexp:{{/unknown/ {See $myhostname}}}\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', QUIT])
case('smtpd_command_filter = regexp:/etc/postfix/cf\n', ['HELO x', 'LIST', 'MAIL FROM:<a@example.edu', 'RSET', MAIL, RCPT, 'BAD', QUIT], files={'/etc/postfix/cf': '/^LIST/ NOOP\n/^(MAIL FROM:<[^>]*)$/ $1>\n/^BAD/ FOO bar\n'})
case('smtpd_client_connection_count_limit = 1\nsmtpd_client_message_rate_limit = 1\n', [EHLO, MAIL, RCPT, 'RSET', MAIL, RCPT, 'RSET', QUIT])
case('smtpd_client_recipient_rate_limit = 2\n', [EHLO, MAIL, RCPT, RCPT, RCPT, RCPT, QUIT])
case('smtpd_client_message_rate_limit = 1\n', [EHLO, MAIL, RCPT, 'RSET', MAIL, QUIT], NEAR, note='own networks are not limited')
cases.append({'id': f'smtp-more-{len(cases) + 1:03}', 'kind': 'smtp', 'main': 'smtpd_client_connection_rate_limit = 2\n', 'steps': [['smtp', GOOD, [EHLO, QUIT]], ['smtp', GOOD, [QUIT]], ['smtp', GOOD, [EHLO, QUIT]], ['smtp', BAD, [QUIT]]]})
cases.append({'id': f'smtp-more-{len(cases) + 1:03}', 'kind': 'smtp', 'main': 'smtpd_authorized_xclient_hosts = 192.168.75.10\n', 'steps': [['smtp', NEAR, [EHLO, 'XCLIENT NAME=spike.example.com ADDR=168.100.189.2', EHLO, MAIL, RCPT, 'XCLIENT FOO=bar', 'RSET', 'XCLIENT ADDR=999', 'XCLIENT', 'XCLIENT HELO=a PROTO=SMTP', MAIL, RCPT, 'DATA', TEXT, QUIT]], ['smtp', GOOD, [EHLO, 'XCLIENT NAME=x', QUIT]]]})
cases.append({'id': f'smtp-more-{len(cases) + 1:03}', 'kind': 'smtp', 'main': 'smtpd_authorized_xclient_hosts = 192.168.75.10\n', 'steps': [['smtp', NEAR, [EHLO, 'XCLIENT NAME=[UNAVAILABLE] ADDR=10.1.1.1 PORT=77', 'HELO z', MAIL, 'RCPT TO:<bob@example.net>', 'XCLIENT NAME=[TEMPUNAVAIL] REVERSE_NAME=r.example.com', MAIL, 'RCPT TO:<bob@example.net>', QUIT]]]})
cases.append({'id': f'smtp-more-{len(cases) + 1:03}', 'kind': 'smtp', 'main': 'smtpd_authorized_xforward_hosts = 192.168.75.10\n', 'steps': [['smtp', NEAR, [EHLO, 'XFORWARD NAME=spike.example.com ADDR=168.100.189.2', 'XFORWARD PROTO=ESMTP HELO=h.example.com IDENT=ABC SOURCE=REMOTE', 'XFORWARD FOO=1', 'XFORWARD', MAIL, RCPT, 'DATA', TEXT, QUIT]], ['smtp', GOOD, [EHLO, 'XFORWARD NAME=x', QUIT]]]})
case('enable_long_queue_ids = yes\n', [EHLO, MAIL, RCPT, *SEND, QUIT]) if False else None
case('smtpd_delay_open_until_valid_rcpt = no\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', RCPT, QUIT])
case('smtpd_delay_reject = no\nsmtpd_client_restrictions = reject\n', [EHLO, MAIL, 'HELP', 'RSET', QUIT])
case('smtpd_delay_reject = no\nsmtpd_client_restrictions = check_client_access inline:{198.51.100.25=421}\n', [EHLO, MAIL, QUIT])
case('smtpd_delay_reject = no\nsmtpd_helo_restrictions = reject_non_fqdn_helo_hostname\nsmtpd_sender_restrictions = reject_unknown_sender_domain\n', ['EHLO x', MAIL, 'HELO y.example.edu', 'MAIL FROM:<a@nosuch.com>', MAIL, RCPT, QUIT])
case('soft_bounce = yes\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', 'RCPT TO:<@@>', 'MAIL', 'VRFY nosuch', *SEND, QUIT])
case('notify_classes = protocol, policy, software, resource, bounce\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', 'FOO', QUIT])
case('notify_classes = policy\n', [EHLO, MAIL, 'RCPT TO:<x@example.net>', 'FOO', QUIT])
case('message_drop_headers = subject, foo\nalways_add_missing_headers = yes\n', [EHLO, MAIL, RCPT, 'DATA', ['Subject: x', 'Foo: y', '', 'b', '.'], QUIT])
case('local_header_rewrite_clients = permit_mynetworks\nremote_header_rewrite_domain = domain.invalid\n', [EHLO, MAIL, RCPT, 'DATA', ['From: joe', 'To: anna@x', 'Message-Id: <1@x>', '', 'b', '.'], QUIT])
case('header_checks = regexp:/etc/postfix/hc\nbody_checks = regexp:{{/bad/ REJECT no bad words}}\n', [EHLO, MAIL, RCPT, 'DATA', ['Subject: ok', 'X-A: 1', 'Message-Id: <1@x>', '', 'b', '.'], MAIL, RCPT, 'DATA', ['Subject: spam', '', 'b', '.'], MAIL, RCPT, 'DATA', ['Subject: ok', '', 'bad', '.'], QUIT], files={'/etc/postfix/hc': '/^Subject: spam/ REJECT 5.7.9 no spam\n/^X-A/ WARN seen\n'})

# ---- relay control
for nets in ('127.0.0.0/8', '198.51.100.0/24', '!198.51.100.25, 198.51.100.0/24', '198.51.100', '198.51.100.25/32', '[198.51.100.25]', '/etc/postfix/nosuch', 'hash:/etc/postfix/nosuch', 'cidr:{{198.51.100.0/24 x}}', '198.51.100.0/33', 'example.edu', 'outside.example.edu', '.example.edu', 'static:all', '!static:all', '198.51.100.1 - 198.51.100.99', '::1 [2001:db8::]/32', '2001:db8::/32', 'regexp:{{/198/ x}}', '$nosuch', '[::ffff:198.51.100.25]'):
    rcpt(f'mynetworks = {nets}\n', to=['RCPT TO:<bob@example.net>'], topic='relay')
for domains in ('example.net', '.example.net', 'hash:/etc/postfix/rd', '/etc/postfix/rd', '!mail.example.net, example.net', 'static:x', 'com', '[192.0.2.25]', '*', '$mydomain, example.net'):
    rcpt(f'relay_domains = {domains}\n', to=['RCPT TO:<bob@example.net>', 'RCPT TO:<bob@mail.example.net>', 'RCPT TO:<a@[192.0.2.25]>', 'RCPT TO:<a%example.net@example.org>'], files={'/etc/postfix/rd': 'example.net OK\n'} if 'rd' in domains else None, topic='relay')
rcpt('relay_domains = example.net\nrelay_recipient_maps = hash:/etc/postfix/rr\n', to=['RCPT TO:<bob@example.net>', 'RCPT TO:<nobody@example.net>', 'RCPT TO:<postmaster@example.net>'], files={'/etc/postfix/rr': 'bob@example.net x\n'}, topic='relay')
for restrictions in ('reject_unauth_destination', 'permit_mynetworks, permit_auth_destination, defer', 'permit_mx_backup, reject_unauth_destination', 'check_relay_domains', 'reject', 'defer', 'defer_if_permit, reject_unauth_destination', 'permit_tls_all_clientcerts, permit_tls_clientcerts, permit_sasl_authenticated, reject_unauth_destination',
                     'permit_inet_interfaces, reject_unauth_destination', 'warn_if_reject reject_unauth_destination, reject', 'warn_if_reject reject_unauth_destination', 'reject_plaintext_session', 'permit_naked_ip_address, reject', 'defer_unauth_destination, reject', 'reject_unauth_destination, sleep 1', 'Reject_Unauth_Destination', 'reject_unauth_destination permit', 'strict\nsmtpd_restriction_classes = strict\nstrict = reject_unauth_destination', 'static:reject', 'static:OK, reject_unauth_destination', 'hash:/etc/postfix/ra, reject_unauth_destination'):
    rcpt(f'smtpd_relay_restrictions = {restrictions}\n', to=[RCPT, 'RCPT TO:<bob@example.net>', 'RCPT TO:<x@vpasta.com>'], files={'/etc/postfix/ra': 'bob@ OK\nexample.org REJECT\n'} if 'ra,' in restrictions else None, topic='relay')
rcpt('permit_mx_backup_networks = 192.0.2.0/24\nsmtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination\n', to=['RCPT TO:<x@vpasta.com>', 'RCPT TO:<x@second.loopmx.com>', 'RCPT TO:<x@first.loopmx.com>', 'RCPT TO:<x@example.net>', 'RCPT TO:<x@nosuch.com>', 'RCPT TO:<x@lame.com>'], topic='relay')
rcpt('smtpd_relay_before_recipient_restrictions = no\nsmtpd_recipient_restrictions = check_recipient_access inline:{michael@example.org=REJECT}\n', to=[RCPT, 'RCPT TO:<bob@example.net>'], topic='relay')
rcpt('relay_domains_reject_code = 550\n', to=['RCPT TO:<bob@example.net>'], topic='relay')
rcpt('relay_domains_reject_code = 571\nsmtpd_relay_restrictions = reject_unauth_destination\n', to=['RCPT TO:<bob@example.net>'], topic='relay')

# ---- restrictions
for helo in ('EHLO', 'HELO x', 'HELO [198.51.100.25]', 'HELO [999.1.1.1]', 'HELO [x', 'HELO x_y.example.edu', 'HELO example.edu.', 'HELO .example.edu', 'HELO 1.2.3', 'HELO a..b', 'HELO nosuch.example.edu', 'HELO example.com', 'HELO nullmx.com', 'HELO [IPv6:::1]', 'HELO a@b.c', 'HELO example.net', 'HELO ' + 'a' * 70 + '.org', 'HELO xn--a.org', 'HELO b\u00fccher.example'):
    if helo != 'EHLO':
        rcpt('smtpd_helo_restrictions = warn_if_reject reject_invalid_helo_hostname, warn_if_reject reject_non_fqdn_helo_hostname, warn_if_reject reject_unknown_helo_hostname, reject_unknown_helo_hostname\n', ehlo=helo, topic='restriction')
SENDERS = ['u@nosuch.com', 'u@example.net', 'u@lame.com', 'u@nullmx.com', 'u@noaddr.com', 'u@badmx.com', 'u@cnamemx.com', 'u@x', 'u', '', 'u@[1.2.3.4]', 'u@example.org', 'nosuch@example.org', 'u@www.example.net', 'u@real.wild.com', 'u@down.com', 'u@-bad.com', 'u@a..b', 'u@example.com.', 'u@localhost']
case('smtpd_sender_restrictions = reject_unknown_sender_domain, reject_non_fqdn_sender, reject_unlisted_sender\n', [EHLO] + [turn for sender in SENDERS for turn in (f'MAIL FROM:<{sender}>', RCPT, 'RSET')] + [QUIT], topic='restriction')
case('unknown_address_reject_code = 550\nunknown_address_tempfail_action = defer\nsmtpd_sender_restrictions = reject_unknown_sender_domain\n', [EHLO] + [turn for sender in SENDERS[:7] for turn in (f'MAIL FROM:<{sender}>', RCPT, 'RSET')] + [QUIT], topic='restriction')
case('smtpd_recipient_restrictions = reject_unknown_recipient_domain, reject_non_fqdn_recipient, reject_unlisted_recipient\nsmtpd_hard_error_limit = 50\n', [EHLO, 'MAIL FROM:<a@example.org>'] + [f'RCPT TO:<{sender or "x@"}>' for sender in SENDERS] + [QUIT], NEAR, topic='restriction')
for source in (GOOD, BAD, FORGED, NEAR):
    for name in ('reject_unknown_client_hostname', 'reject_unknown_reverse_client_hostname', 'reject_unknown_forward_client_hostname', 'permit_mynetworks, reject', 'permit_inet_interfaces, reject', 'reject_rbl_client rbl.example.com', 'permit_dnswl_client rbl.example.com, reject', 'reject_rhsbl_client dbl.rbl.example.com, reject_rhsbl_reverse_client dbl.rbl.example.com',
                 'check_client_access inline:{outside.example.edu=REJECT, 198.51.100=550 net, ws.example.org=DEFER, unknown=REJECT unknown}', 'check_reverse_client_hostname_access inline:{forged.example.edu=REJECT forged, example.edu=REJECT edu}', 'check_client_a_access inline:{198.51.100.25=REJECT}', 'check_client_mx_access static:reject, check_client_ns_access static:reject', 'check_ccert_access static:reject, reject'):
        rcpt(f'smtpd_client_restrictions = {name}\n', source, topic='restriction')
for name in ('reject_rbl_client rbl.example.com=127.0.0.10', 'reject_rbl_client rbl.example.com=127.0.0.[2..9]', 'reject_rbl_client rbl.example.com=127.0.0.x', 'reject_rbl_client', 'reject_rbl_client nosuch.example.com', 'permit_dnswl_client rbl.example.com=127.0.0.[2;10], reject', 'permit_rhswl_client dbl.rbl.example.com, reject', 'reject_rhsbl_helo dbl.rbl.example.com', 'reject_rhsbl_recipient dbl.rbl.example.com', 'reject_rhsbl_sender dbl.rbl.example.com=127.0.1.2', 'reject_rbl rbl.example.com', 'reject_maps_rbl'):
    rcpt(f'smtpd_sender_restrictions = {name}\n', BAD, ehlo='EHLO fake.edu', mail='MAIL FROM:<u@fake.edu>', topic='restriction')
    rcpt(f'smtpd_sender_restrictions = {name}\n', FORGED, ehlo='EHLO x.fake.edu', mail='MAIL FROM:<u@x.fake.edu>', topic='restriction') if 'rhs' in name or '=' in name else None
rcpt('rbl_reply_maps = inline:{ {rbl.example.com = 521 4.7.1 Blocked $rbl_what at $rbl_domain: $rbl_txt / $rbl_reason / $client_name $client_address $recipient_domain $sender_name} }\nsmtpd_client_restrictions = reject_rbl_client rbl.example.com\n', BAD, topic='restriction')
rcpt('default_rbl_reply = xxx $rbl_code\nmaps_rbl_reject_code = 450\nsmtpd_client_restrictions = reject_rbl_client rbl.example.com\n', BAD, topic='restriction')
rcpt('maps_rbl_domains = rbl.example.com\nsmtpd_client_restrictions = reject_maps_rbl\n', BAD, topic='restriction')
ACTIONS = ('OK', 'ok then', 'REJECT', 'REJECT go away', 'REJECT 5.7.8 go', 'reject', 'DEFER', 'DEFER later', 'DEFER_IF_PERMIT', 'DEFER_IF_PERMIT 4.7.9 hm', 'DEFER_IF_REJECT x', 'DUNNO', 'DUNNO x', '550', '550 no', '450 5.1.1 wrong class', '554 5.1.1 addr', '421 bye', '521 drop', '5', '999 x', '200 x', '550-multi', 'WARN', 'WARN hello', 'INFO hello', 'HOLD', 'HOLD for you', 'DISCARD', 'DISCARD gone', 'FILTER smtp:[192.168.75.10]', 'FILTER', 'FILTER bogus', 'REDIRECT anna@example.org', 'REDIRECT', 'REDIRECT anna', 'BCC anna@example.org', 'PREPEND X-A: b', 'PREPEND', 'PREPEND nocolon', 'BOGUS', 'permit', 'reject_unauth_destination', 'strict', 'warn_if_reject reject', 'permit_mynetworks, reject', 'check_sender_access static:reject', 'SLEEP 1', '12345', '0', 'a@b', 'STRIP x')
for action in ACTIONS:
    rcpt(f'smtpd_restriction_classes = strict\nstrict = reject_unknown_sender_domain, reject\nsmtpd_recipient_restrictions = check_recipient_access regexp:{{{{/michael/ {action}}}}}, reject_unknown_client_hostname\n' , to=[RCPT, 'RCPT TO:<bob@example.net>'] + (SEND if action.split(' ')[0] in ('HOLD', 'DISCARD', 'REDIRECT', 'BCC', 'PREPEND', 'WARN', 'INFO', 'FILTER') else []), topic='restriction')
for table, address in (('anna@example.org REJECT a', 'anna@example.org'), ('anna@ REJECT a', 'anna@example.net'), ('example.edu REJECT d', 'x@sub.example.edu'), ('.example.edu REJECT d', 'x@sub.example.edu'), ('edu REJECT d', 'x@example.edu'), ('<> REJECT null', ''), ('anna REJECT', 'anna'), ('anna@ REJECT l', 'anna'), ('anna@example.org REJECT x', 'ANNA@Example.ORG'), ('anna@example.org REJECT x', 'anna+tag@example.org'), ('anna+tag@example.org REJECT x', 'anna+tag@example.org'), ('1.2.3 REJECT n', 'x@[1.2.3.4]'), ('[1.2.3.4] REJECT n', 'x@[1.2.3.4]'), ('"a b"@example.edu REJECT q', '"a b"@example.edu'), ('a b@example.edu REJECT q', '"a b"@example.edu')):
    rcpt('recipient_delimiter = +\nsmtpd_sender_restrictions = check_sender_access hash:/etc/postfix/s\n', mail=f'MAIL FROM:<{address}>', files={'/etc/postfix/s': table + '\n'}, topic='restriction')
for name in ('check_sender_mx_access inline:{mail.example.net=REJECT mx}', 'check_sender_mx_access cidr:{{192.0.2.0/24 REJECT mxnet}}', 'check_sender_ns_access inline:{ns.isp.com=REJECT ns}', 'check_sender_ns_access cidr:{{203.0.113.0/24 REJECT nsnet}}', 'check_sender_a_access cidr:{{192.0.2.80 REJECT a}}', 'check_recipient_mx_access inline:{halo.example.org=REJECT r}', 'check_recipient_ns_access inline:{ns.example.org=REJECT r}', 'check_recipient_a_access cidr:{{192.168.75.2 REJECT r}}', 'check_helo_mx_access static:REJECT', 'check_helo_ns_access static:REJECT', 'check_helo_a_access cidr:{{198.51.100.25 REJECT h}}', 'check_sender_mx_access static:OK, reject'):
    rcpt(f'smtpd_recipient_restrictions = {name}\n', mail='MAIL FROM:<u@example.net>', topic='restriction')
    rcpt(f'smtpd_recipient_restrictions = {name}\n', mail='MAIL FROM:<u@nosuch.com>', ehlo='HELO nosuch.com', topic='restriction') if 'sender' in name or 'helo' in name else None
for name in ('reject_sender_login_mismatch', 'reject_authenticated_sender_login_mismatch', 'reject_unauthenticated_sender_login_mismatch', 'reject_known_sender_login_mismatch'):
    rcpt(f'smtpd_sender_login_maps = inline:{{user@example.edu=joe}}\nsmtpd_sender_restrictions = {name}\n', topic='restriction')
for lists in ('smtpd_data_restrictions = reject', 'smtpd_data_restrictions = reject_unauth_pipelining, reject_multi_recipient_bounce', 'smtpd_end_of_data_restrictions = reject', 'smtpd_end_of_data_restrictions = check_sender_access static:DISCARD', 'smtpd_data_restrictions = check_recipient_access static:REJECT', 'smtpd_data_restrictions = static:REJECT', 'smtpd_etrn_restrictions = reject', 'smtpd_etrn_restrictions = check_etrn_access static:REJECT', 'smtpd_etrn_restrictions = static:DEFER', 'smtpd_client_restrictions = permit, reject', 'smtpd_helo_restrictions = permit\nsmtpd_sender_restrictions = reject', 'smtpd_sender_restrictions = bogus:x', 'smtpd_sender_restrictions = check_sender_access', 'smtpd_sender_restrictions = check_sender_access bogus', 'smtpd_sender_restrictions = check_sender_access fail:x', 'smtpd_sender_restrictions = reject_foo, reject', 'smtpd_sender_restrictions = permit_auth_destination, reject', 'smtpd_sender_restrictions = sleep, reject', 'smtpd_sender_restrictions = sleep x', 'smtpd_sender_restrictions = warn_if_reject', 'smtpd_sender_restrictions = warn_if_reject, warn_if_reject reject, reject', 'smtpd_sender_restrictions = check_policy_service inet:127.0.0.1:9', 'smtpd_sender_restrictions = check_policy_service unix:private/nosuch', 'smtpd_sender_restrictions = check_policy_service bogus', 'smtpd_sender_restrictions = check_policy_service { inet:127.0.0.1:9, default_action=DUNNO }',
              'smtpd_sender_restrictions = defer_if_reject, reject', 'smtpd_sender_restrictions = defer_if_permit, permit', 'smtpd_sender_restrictions = defer_if_permit\nsmtpd_recipient_restrictions = permit', 'smtpd_sender_restrictions = defer_if_reject\nsmtpd_recipient_restrictions = reject', 'reject_code = 559\ndefer_code = 459\nsmtpd_sender_restrictions = reject', 'defer_code = 459\nsmtpd_sender_restrictions = defer', 'access_map_defer_code = 455\nsmtpd_sender_restrictions = check_sender_access static:DEFER', 'reject_code = 300\nsmtpd_sender_restrictions = reject', 'smtpd_sender_restrictions = { reject }', 'smtpd_sender_restrictions = check_sender_access { hash:/x }', 'smtpd_reject_unlisted_recipient = no', 'smtpd_sender_restrictions = reject_unverified_sender', 'smtpd_recipient_restrictions = reject_unverified_recipient', 'smtpd_sender_restrictions = $nosuch, reject', 'smtpd_sender_restrictions = all', 'smtpd_sender_restrictions = generic, reject'):
    case(lists + '\n', [EHLO, 'ETRN example.org', MAIL, RCPT, 'DATA', TEXT, QUIT] if 'data' in lists or 'etrn' in lists or 'DISCARD' in lists else [EHLO, MAIL, RCPT, QUIT], topic='restriction')

# ---- recipients
RECIPIENTS = ['michael', 'michael@', '@example.org', 'michael@example.org.', 'MICHAEL@EXAMPLE.ORG', 'michael@[192.168.75.2]', 'michael@[127.0.0.1]', 'michael@192.168.75.2', 'nosuch@example.org', 'michael+x@example.org', '"michael"@example.org', '"mi\\chael"@example.org', 'michael @example.org', 'michael@example..org', 'michael@.example.org', 'michael@-x.org', 'root@localhost', 'postmaster', 'POSTMASTER', 'abuse@example.org', 'mailer-daemon@example.org', 'double-bounce@example.org', 'a!michael', 'michael%example.org', 'michael%x@example.org', 'x!y@example.org', '@a:michael@example.org', 'michael(c)@example.org', 'michael@example.org (c)', '<michael@example.org>', 'a,b@example.org', 'michael;x', '.michael@example.org', 'michael.@example.org', 'mi..chael@example.org', '-michael@example.org', '/michael@example.org', '|michael@example.org', ':include:/x@example.org', 'michael@example.org@example.org', 'm\u00fcller@example.org', 'x' * 70 + '@example.org', 'vmail@example.org', 'daemon@ws.example.org', 'x@sub.example.org', 'x@lists.example.org']
for start in range(0, len(RECIPIENTS), 12):
    for source in (GOOD, NEAR):
        rcpt('smtpd_hard_error_limit = 50\n', source, to=[f'RCPT TO:<{one}>' for one in RECIPIENTS[start:start + 12]], topic='recipient')
rcpt('myorigin = $myhostname\nappend_at_myorigin = no\nappend_dot_mydomain = yes\n', NEAR, to=['RCPT TO:<michael>', 'RCPT TO:<michael@halo>', 'RCPT TO:<x@foo>'], topic='recipient')
rcpt('resolve_dequoted_address = no\nallow_percent_hack = yes\n', NEAR, to=['RCPT TO:<"a@b"@example.org>', 'RCPT TO:<"a%example.net"@example.org>', 'RCPT TO:<a%example.net@example.org>'], topic='recipient')
rcpt('resolve_null_domain = yes\nresolve_numeric_domain = yes\n', NEAR, to=['RCPT TO:<michael@>', 'RCPT TO:<michael@192.168.75.2>', 'RCPT TO:<michael@1.2.3.4>'], topic='recipient')
rcpt('allow_untrusted_routing = yes\nrelay_domains = example.net\n', to=['RCPT TO:<a%example.com@example.net>', 'RCPT TO:<a!b@example.net>', 'RCPT TO:<a@b@example.net>'], topic='recipient')
rcpt('local_recipient_maps =\n', to=['RCPT TO:<nosuch@example.org>'], topic='recipient')
rcpt('local_recipient_maps = fail:x\n', to=['RCPT TO:<nosuch@example.org>', 'RCPT TO:<postmaster@example.org>'], topic='recipient')
rcpt('show_user_unknown_table_name = no\nunknown_local_recipient_reject_code = 553\n', to=['RCPT TO:<nosuch@example.org>'], topic='recipient')
rcpt('luser_relay = anna\nlocal_recipient_maps = $alias_maps\n', to=['RCPT TO:<michael@example.org>', 'RCPT TO:<postmaster@example.org>'], topic='recipient')
VIRTUAL = {'/etc/postfix/v': 'vpasta.com x\nwaiter@vpasta.com michael\n@cat.com anna\njoe bob@example.net\nmichael@example.org michael, anna\n'}
rcpt('virtual_alias_maps = hash:/etc/postfix/v\n', to=['RCPT TO:<waiter@vpasta.com>', 'RCPT TO:<nosuch@vpasta.com>', 'RCPT TO:<x@cat.com>', 'RCPT TO:<joe@example.org>', RCPT], files=VIRTUAL, topic='recipient')
rcpt('virtual_alias_maps = hash:/etc/postfix/v\nvirtual_alias_domains = cat.com\nunknown_virtual_alias_reject_code = 559\n', to=['RCPT TO:<waiter@vpasta.com>', 'RCPT TO:<x@cat.com>', 'RCPT TO:<x@sub.cat.com>'], files=VIRTUAL, topic='recipient')
rcpt('virtual_mailbox_domains = vpasta.com\nvirtual_mailbox_maps = inline:{a@vpasta.com=x, @all.com=y}\nunknown_virtual_mailbox_reject_code = 559\n', to=['RCPT TO:<a@vpasta.com>', 'RCPT TO:<A@VPASTA.com>', 'RCPT TO:<b@vpasta.com>', 'RCPT TO:<postmaster@vpasta.com>'], topic='recipient')
rcpt('relocated_maps = inline:{ {anna@example.org = anna@new.example.com}, {@gone.org = nowhere} }\n', to=['RCPT TO:<anna@example.org>', RCPT], topic='recipient')
rcpt('transport_maps = inline:{ {example.org = error:5.7.7 closed}, {bob@example.net = retry:4.0.0 later}, {x.org = error:} }\nrelay_domains = example.net, x.org\n', to=[RCPT, 'RCPT TO:<bob@example.net>', 'RCPT TO:<a@x.org>'], topic='recipient')
rcpt('canonical_maps = inline:{nosuch=michael, other@example.org=anna}\nrecipient_canonical_maps = inline:{third@example.org=joe}\n', to=['RCPT TO:<nosuch@example.org>', 'RCPT TO:<other@example.org>', 'RCPT TO:<third@example.org>', 'RCPT TO:<fourth@example.org>'], topic='recipient')
rcpt('mydestination = hash:/etc/postfix/d\n', to=[RCPT, 'RCPT TO:<michael@d.example.net>', 'RCPT TO:<michael@example.net>'], files={'/etc/postfix/d': 'd.example.net x\nexample.org y\n'}, topic='recipient')
rcpt('mydestination = regexp:{{/org$/ x}}\n', to=[RCPT, 'RCPT TO:<michael@foo.org>', 'RCPT TO:<michael@example.net>'], topic='recipient')
rcpt('mydestination = /etc/postfix/nosuch\n', to=[RCPT], topic='recipient')
rcpt('mydestination = fail:x\n', to=[RCPT], topic='recipient')
rcpt('mydestination =\n', to=[RCPT, 'RCPT TO:<postmaster>'], topic='recipient')
rcpt('inet_interfaces = 127.0.0.1, 192.168.75.2\nproxy_interfaces = 192.0.2.77\n', to=['RCPT TO:<michael@[192.0.2.77]>', 'RCPT TO:<michael@[192.168.75.2]>', 'RCPT TO:<michael@[192.0.2.78]>'], topic='recipient')
cases = [one for one in cases if one]
