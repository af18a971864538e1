"""What record_more.py records into smtp-verify.jsonl: address verification (verify(8)) and the restrictions that use it."""
cases = []
GOOD, NEAR = '198.51.100.25', '192.168.75.10'
EHLO, MAIL, RCPT, QUIT = 'EHLO outside.example.edu', 'MAIL FROM:<user@example.edu>', 'RCPT TO:<michael@example.org>', 'QUIT'


def case(main, turns, source=GOOD, files=None, **more):
    cases.append({'id': f'smtp-verify-{len(cases) + 1:02}', 'kind': 'smtp', 'topic': 'verify', 'main': main, 'files': files or {}, 'steps': [['smtp', source, turns]], **more})


R = 'smtpd_recipient_restrictions = reject_unverified_recipient\n'
S = 'smtpd_sender_restrictions = reject_unverified_sender\n'
case(R, [EHLO, MAIL, RCPT, RCPT, 'RCPT TO:<anna@example.org>', QUIT])
case(R + 'local_recipient_maps =\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', 'RCPT TO:<nosuch@example.org>', QUIT])
case(R + 'local_recipient_maps =\nunverified_recipient_reject_code = 550\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', QUIT])
case(R + 'local_recipient_maps =\nunverified_recipient_reject_code = 550\nunverified_recipient_reject_reason = Address lookup failed\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', RCPT, QUIT])
case(R + 'transport_maps = inline:{ {example.org = retry:4.4.1 not now} }\n', [EHLO, MAIL, RCPT, QUIT])
case(R + 'transport_maps = inline:{ {michael@example.org = retry:4.4.1 not now} }\nunverified_recipient_defer_code = 250\n', [EHLO, MAIL, RCPT, 'RCPT TO:<anna@example.org>', QUIT])
case(R + 'transport_maps = inline:{ {michael@example.org = error:5.7.7 closed} }\nsmtpd_reject_unlisted_recipient = no\nunverified_recipient_reject_code = 577\n', [EHLO, MAIL, RCPT, QUIT])
case(R + 'address_verify_poll_count = 1\n', [EHLO, MAIL, RCPT, {'wait': 2}, RCPT, QUIT])
case(R + 'address_verify_poll_count = 2\naddress_verify_poll_delay = 1s\n', [EHLO, MAIL, RCPT, QUIT])
case(S, [EHLO, 'MAIL FROM:<michael@example.org>', RCPT, 'RSET', 'MAIL FROM:<nosuch@example.org>', RCPT, 'RSET', 'MAIL FROM:<>', RCPT, QUIT])
case(S + 'transport_maps = inline:{ {example.edu = error:5.1.1 nobody there} }\n', [EHLO, MAIL, RCPT, QUIT])
case(S + 'transport_maps = inline:{ {example.edu = retry:4.2.2 later} }\nunverified_sender_tempfail_action = defer\n', [EHLO, MAIL, RCPT, QUIT])
case(S + 'transport_maps = inline:{ {example.edu = retry:4.2.2 later} }\nunverified_sender_defer_code = 451\nunverified_sender_reject_reason = no such sender\n', [EHLO, MAIL, RCPT, 'RCPT TO:<nosuch@example.org>', QUIT])
case(S + 'smtpd_delay_reject = no\ntransport_maps = inline:{ {example.edu = error:nobody there} }\nunverified_sender_reject_code = 554\n', [EHLO, MAIL, RCPT, QUIT])
case('smtpd_restriction_classes = v\nv = reject_unverified_sender, permit\nsmtpd_sender_restrictions = check_sender_access inline:{example.edu=reject_unverified_sender, example.org=v}\ntransport_maps = inline:{ {example.edu = error:5.1.1 nobody there} }\n', [EHLO, MAIL, RCPT, 'RSET', 'MAIL FROM:<anna@example.org>', RCPT, QUIT])
case(R + 'address_verify_sender = postmaster\n', [EHLO, MAIL, RCPT, 'RSET', 'MAIL FROM:<postmaster@example.org>', RCPT, QUIT])
case(R + 'address_verify_sender =\n', [EHLO, MAIL, RCPT, QUIT])
case(R + 'address_verify_sender = $double_bounce_sender\ndouble_bounce_sender = prober\n', [EHLO, MAIL, RCPT, 'RSET', 'MAIL FROM:<prober@halo.example.org>', RCPT, QUIT])
case(R + 'address_verify_transport_maps = inline:{ {michael@example.org = error:5.0.0 probe} }\n', [EHLO, MAIL, RCPT, 'RCPT TO:<anna@example.org>', QUIT])
case(R + 'address_verify_local_transport = error:5.9.9 none\n', [EHLO, MAIL, RCPT, QUIT])
case(R + 'relay_domains = example.net\naddress_verify_relay_transport = error:4.9.9 wait\n', [EHLO, MAIL, 'RCPT TO:<bob@example.net>', QUIT])
case(R + 'address_verify_negative_cache = no\nlocal_recipient_maps =\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', 'RCPT TO:<nosuch@example.org>', QUIT])
case(R + 'address_verify_map =\n', [EHLO, MAIL, RCPT, RCPT, QUIT])
case(R + 'virtual_alias_maps = inline:{sales@example.org=michael, two@example.org=anna}\n', [EHLO, MAIL, 'RCPT TO:<sales@example.org>', 'RCPT TO:<two@example.org>', QUIT])
case(R + 'alias_maps = hash:/etc/aliases\n', [EHLO, MAIL, 'RCPT TO:<postmaster@example.org>', 'RCPT TO:<list@example.org>', 'RCPT TO:<gone@example.org>', QUIT], files={'/etc/aliases': 'postmaster: root\nlist: michael, anna\ngone: nosuch\n'})
case('smtpd_recipient_restrictions = warn_if_reject reject_unverified_recipient\nlocal_recipient_maps =\n', [EHLO, MAIL, 'RCPT TO:<nosuch@example.org>', QUIT])
case(R + 'virtual_mailbox_domains = v.example.org\nvirtual_mailbox_maps = inline:{a@v.example.org=a}\nvirtual_mailbox_base = /var/mail\nvirtual_uid_maps = static:1000\nvirtual_gid_maps = static:1000\n', [EHLO, MAIL, 'RCPT TO:<a@v.example.org>', QUIT])
case(R + 'relay_domains = example.net\n', [EHLO, MAIL, 'RCPT TO:<bob@example.net>', QUIT])
case(R + 'relay_domains = nosuch.com\n', [EHLO, MAIL, 'RCPT TO:<bob@nosuch.com>', QUIT])
case('smtpd_recipient_restrictions = reject_unverified_recipient, reject\nunverified_recipient_tempfail_action = defer_if_permit\ntransport_maps = inline:{ {example.org = retry:4.4.1 not now} }\n', [EHLO, MAIL, RCPT, QUIT])
case('smtpd_data_restrictions = reject_unverified_sender\ntransport_maps = inline:{ {example.edu = error:5.1.1 nobody} }\n', [EHLO, MAIL, RCPT, 'DATA', QUIT])
case(R, [EHLO, MAIL, RCPT, QUIT], note='the cache lives on', steps=[['smtp', GOOD, [EHLO, MAIL, RCPT, QUIT]], ['cmd', ['postfix', 'reload']], ['smtp', GOOD, [EHLO, MAIL, RCPT, QUIT]], ['cmd', ['postmap', '-s', 'btree:/var/lib/postfix/nosuch']]])
