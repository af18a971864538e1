"""What record_more.py records into smtp-random.jsonl: restrictions of all kinds with arguments drawn by a seeded generator."""
import random
cases = []
R = random.Random(75)
GOOD, BAD, FORGED, NEAR = '198.51.100.25', '198.51.100.66', '198.51.100.67', '192.168.75.10'
QUIT = 'QUIT'
TEXT = ['From: test@example.edu', 'Subject: test', 'Message-Id: <1@outside.example.edu>', '', 'Hello', '.']
ADDRESSES = ['user@example.edu', 'anna@example.org', 'bob@example.net', 'x@nosuch.com', '', 'joe@localhost', 'u@[192.0.2.25]', 'michael', 'a+b@sub.example.edu', 'u@lame.com', 'waiter@vpasta.com', 'x@nullmx.com', '"o o"@example.edu']
RCPTS = ['michael@example.org', 'nosuch@example.org', 'bob@example.net', 'root@halo.example.org', 'anna+x@example.org', 'postmaster', 'x@vpasta.com', 'michael@[192.168.75.2]', 'u@nosuch.com', 'a%example.net@example.org']
HELOS = ['outside.example.edu', 'x', '[198.51.100.25]', 'example.org', 'nosuch.example.edu', 'fake.edu', '192.168.75.2', 'a_b.example.edu', 'localhost']
KEYS = ['example.edu', '.example.edu', 'example.org', 'user@example.edu', 'anna@', 'michael@example.org', 'outside.example.edu', '198.51.100', '198.51.100.66', '192.168.75.10', 'unknown', 'x', 'fake.edu', 'org', 'mail.example.net', 'localhost', '<>']
ACTIONS = ['OK', 'REJECT', 'REJECT not you', 'REJECT 5.7.99 no', 'DEFER', '554 5.7.1 away', '450 4.2.0 busy', 'DUNNO', 'DEFER_IF_PERMIT', 'DEFER_IF_REJECT 4.7.5 x', 'WARN seen', 'INFO seen', 'HOLD', 'DISCARD', 'permit_mynetworks, reject', 'reject_unknown_sender_domain', 'reject_unauth_destination', 'PREPEND X-K: v', 'REDIRECT joe@example.org', 'BCC bob', 'strict', 'HOLD why', 'RELAY', '421 later', '521 5.3.2 out']
PLAIN = ['permit', 'reject', 'defer', 'permit_mynetworks', 'permit_sasl_authenticated', 'permit_inet_interfaces', 'reject_unknown_client_hostname', 'reject_unknown_reverse_client_hostname', 'reject_unknown_forward_client_hostname', 'reject_invalid_helo_hostname', 'reject_non_fqdn_helo_hostname', 'reject_unknown_helo_hostname', 'reject_non_fqdn_sender', 'reject_unknown_sender_domain', 'reject_unlisted_sender', 'reject_sender_login_mismatch', 'reject_non_fqdn_recipient', 'reject_unknown_recipient_domain', 'reject_unlisted_recipient', 'reject_unauth_destination', 'defer_unauth_destination', 'permit_auth_destination', 'permit_mx_backup', 'reject_unauth_pipelining', 'reject_multi_recipient_bounce', 'reject_plaintext_session', 'defer_if_permit', 'defer_if_reject', 'permit_tls_all_clientcerts', 'strict', 'lax',
         'reject_rbl_client rbl.example.com', 'reject_rbl_client rbl.example.com=127.0.0.2', 'reject_rhsbl_sender dbl.rbl.example.com', 'reject_rhsbl_helo dbl.rbl.example.com', 'reject_rhsbl_client dbl.rbl.example.com', 'reject_rhsbl_recipient dbl.rbl.example.com', 'permit_dnswl_client rbl.example.com', 'permit_rhswl_client dbl.rbl.example.com']
TABLES = ['check_client_access', 'check_reverse_client_hostname_access', 'check_helo_access', 'check_sender_access', 'check_recipient_access', 'check_sender_mx_access', 'check_sender_ns_access', 'check_sender_a_access', 'check_recipient_mx_access', 'check_client_a_access', 'check_helo_a_access', 'check_recipient_a_access', 'check_client_mx_access', 'check_reverse_client_hostname_a_access']
OTHER = ['', '', '', 'unknown_client_reject_code = 554\n', 'reject_code = 551\n', 'access_map_reject_code = 571\n', 'soft_bounce = yes\n', 'smtpd_delay_reject = no\n', 'parent_domain_matches_subdomains =\n', 'recipient_delimiter = +\n', 'relay_domains = example.net\n', 'virtual_alias_domains = vpasta.com\nvirtual_alias_maps = inline:{x@vpasta.com=michael}\n', 'smtpd_null_access_lookup_key = nobody\n', 'strict_rfc821_envelopes = yes\n', 'smtpd_reject_unlisted_sender = yes\n', 'unknown_address_reject_code = 554\nunknown_address_tempfail_action = defer\n', 'non_fqdn_reject_code = 540\ninvalid_hostname_reject_code = 541\nunknown_hostname_reject_code = 542\n', 'maps_rbl_reject_code = 564\n', 'smtpd_reject_footer = see https://example.org/$client_address\n', 'defer_code = 452\naccess_map_defer_code = 453\n', 'smtpd_relay_restrictions = permit_mynetworks, defer_unauth_destination\n', 'append_dot_mydomain = yes\n', 'smtpd_helo_required = yes\n', 'plaintext_reject_code = 470\nmulti_recipient_bounce_reject_code = 557\n', 'relay_domains_reject_code = 599\n']


def table():
    kind = R.choice(['inline', 'inline', 'hash', 'regexp', 'cidr', 'static', 'texthash'])
    rows = R.sample(KEYS, 3)
    pairs = [(key, R.choice(ACTIONS)) for key in rows]
    if kind == 'static':
        action = R.choice([a for a in ACTIONS if ' ' not in a])
        return f'static:{action}', None
    if kind == 'inline':
        pairs = [(k, v) for k, v in pairs if k != '<>']
        return 'inline:{ ' + ', '.join('{' + f'{k} = {v}' + '}' for k, v in pairs) + ' }', None
    if kind == 'regexp':
        return 'regexp:/etc/postfix/re', ('/etc/postfix/re', ''.join(f'/{R.choice(["example", "^user@", "org$", "198", "^.*$", "unknown", "mail"])}/ {v}\n' for _, v in pairs))
    if kind == 'cidr':
        return 'cidr:/etc/postfix/ci', ('/etc/postfix/ci', ''.join(f'{R.choice(["198.51.100.0/24", "192.168.75.0/24", "198.51.100.66", "0.0.0.0/0", "!192.0.2.0/24", "203.0.113.0/24"])} {v}\n' for _, v in pairs))
    return f'{kind}:/etc/postfix/ta', ('/etc/postfix/ta', ''.join(f'{k} {v}\n' for k, v in pairs))



def draw(seed, first):
    R.seed(seed)
    for number in range(first, first + 100):
        files, main = {}, 'smtpd_restriction_classes = strict, lax\nstrict = reject_non_fqdn_helo_hostname, reject_unknown_client_hostname\nlax = permit_mynetworks, warn_if_reject reject_unknown_reverse_client_hostname\nsmtpd_hard_error_limit = 60\n' + R.choice(OTHER)
        for name in R.sample(['client', 'helo', 'sender', 'recipient', 'recipient', 'relay', 'data', 'end_of_data', 'etrn'], R.randint(1, 3)):
            parameter = f'smtpd_{name}_restrictions'
            if parameter in main:
                continue
            items = []
            for _ in range(R.randint(1, 3)):
                item = R.choice(PLAIN)
                if R.random() < 0.5:
                    text, file = table()
                    if not (file and file[0] in files):
                        item = f'{R.choice(TABLES)} {text}'
                        if file:
                            files[file[0]] = file[1]
                items.append(('warn_if_reject ' if R.random() < 0.15 else '') + item)
            if name == 'relay':
                items.append('reject_unauth_destination')
            main += f'{parameter} = {", ".join(items)}\n'
        source = R.choice([GOOD, GOOD, BAD, FORGED, NEAR])
        turns = [R.choice(['EHLO ', 'EHLO ', 'HELO ']) + R.choice(HELOS)]
        for _ in range(R.randint(2, 3)):
            turns += [f'MAIL FROM:<{R.choice(ADDRESSES)}>', *[f'RCPT TO:<{one}>' for one in R.sample(RCPTS, R.randint(1, 3))]]
            turns += R.choice([['RSET'], ['RSET'], ['VRFY ' + R.choice(RCPTS), 'RSET'], ['DATA', TEXT]]) if 'DATA' not in turns else ['RSET']
        if 'etrn' in main:
            turns.append('ETRN ' + R.choice(['example.org', 'example.net', 'x']))
        if 'DATA' in turns:
            # the text is sent whether DATA was taken or not: only where it surely is
            at = turns.index('DATA')
            turns[at:at + 2] = ['DATA'] if 'data_restrictions' in main else ['RSET']
            if turns[at] == 'DATA':
                turns = turns[:at + 1] + ['.', QUIT]
                cases.append({'id': f'smtp-random-{number:03}', 'kind': 'smtp', 'topic': 'random', 'main': main, 'files': files, 'steps': [['smtp', source, turns]]})
                continue
        cases.append({'id': f'smtp-random-{number:03}', 'kind': 'smtp', 'topic': 'random', 'main': main, 'files': files, 'steps': [['smtp', source, [*turns, QUIT]]]})

draw(75, 1)
for extra in ('check_sender_access { inline:{user@example.edu=REJECT} }', 'check_sender_access { inline:{user@example.edu=REJECT}, { search = sender } }', '{ inline:{user@example.edu=REJECT} }', 'check_client_access { inline:{outside.example.edu=REJECT} }', 'check_helo_access { static:REJECT }'):
    cases.append({'id': f'smtp-random-{len(cases) + 1:03}', 'kind': 'smtp', 'topic': 'random', 'main': f'smtpd_sender_restrictions = {extra}\n', 'files': {}, 'steps': [['smtp', GOOD, ['EHLO outside.example.edu', 'MAIL FROM:<user@example.edu>', 'RCPT TO:<michael@example.org>', QUIT]]]})
for raw, main in ((['Subject: \u00e9\u00e9', 'X-Long: a', ' b\u00fc', '', 'x', '.'], 'strict_7bit_headers = yes\n'), (['Content-Transfer-Encoding: 8bit', 'MIME-Version: 1.0', '', '\u00e9', '.'], 'strict_8bitmime_body = yes\n'), (['Subject: \u00e9', '', '\u00e9', '\u00fc', '.'], 'strict_8bitmime = yes\n'), (['Subject: \u00e9', '', '\u00e9', '.'], 'strict_8bitmime = yes\ndisable_mime_input_processing = yes\n'), (['Subject: ' + 'y' * 200, ' ' + 'z' * 50, 'X: 1', '', 'b', '.'], 'header_size_limit = 230\n'), (['Subject: a', 'b', '', '.'], 'strict_7bit_headers = yes\nheader_checks = regexp:{{/^Subject/ WARN w}}\n')):
    cases.append({'id': f'smtp-random-{len(cases) + 1:03}', 'kind': 'smtp', 'topic': 'random', 'main': main, 'files': {}, 'steps': [['smtp', GOOD, ['EHLO outside.example.edu', 'MAIL FROM:<user@example.edu>', 'RCPT TO:<michael@example.org>', 'DATA', raw, QUIT]]]})
draw(76, 201)
