"""Cases of deliver-tls.jsonl (record_deliver.py): STARTTLS between two hosts, a client that logs in, what smtpd says about both."""
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIDFzCCAf+gAwIBAgIUBLKqrjXI/v3yDWVVIBtP82gqTlwwDQYJKoZIhvcNAQEL
BQAwGzEZMBcGA1UEAwwQbWFpbC5leGFtcGxlLm5ldDAeFw0yNjExMjMwMzEwNDZa
Fw0zNjExMjAwMzEwNDZaMBsxGTAXBgNVBAMMEG1haWwuZXhhbXBsZS5uZXQwggEi
MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQDeK08HlWSzQSWQL4fQdqV/xitx
i87a9INu3eeqKCqwFQaUPCvXAZU5Ds7Qrnx0DBL/qX8EmPfH7S+SLOUKV9aLXHob
2W6HY4iOKYrXhP3o3in1yK2fDZhGClA9Ur+uzuf3kjGPzL9MyvWtvdHa3dc9tiK6
hx7MRnMmZZYeA8CrxXwHyTRgeJ+2rWG+bt7OKXDUaLcdzB42+vEUv+VlMgFNZXQ7
FMqgVrlCRY4Pl7QhxsVKqRPNNIFqMGysYcdlrhUtxEiGdiHnrtTM1471/eJOZE8m
ZUF3ORd5/CRM7DEo+n2MUAPWoIZFc8wfNvD83RA+x3dAJ/mw5uLcC5TzauR5AgMB
AAGjUzBRMB0GA1UdDgQWBBSP1k9XlxpcJ7th9zEd2qxBBhll+TAfBgNVHSMEGDAW
gBSP1k9XlxpcJ7th9zEd2qxBBhll+TAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
DQEBCwUAA4IBAQCr43tTdIzRssUJV3D8ve39H+uz3slYfPAvzdbJx8UicLw22THA
4cbs6UyoUfqX2gtx7ZWTVbyumYxx/5viaMDDxgbUtPgrF2ICsZyBlJcl/06mr9s6
6CkVebhknmBykPyYl39eFZ06cYmUGC826FZlnL8CpX02LzFt6d6PvIaVihDQdflR
xwu6yOFClAPiMzvgSEyBiQxzNhNVp127kzYVh8Nw6sGyrvvXLSpDSc8+Z6SAjGIN
tbHZIgnSJ1aW1sgeJGXOqeGr9jcVDlVgWgXr4rHXRqedE2oRNBDFh+tG48vaV4Gw
qqUjc4YEw0Y0y9wqC0lGMQ2iIPaOJgUIkUzV
-----END CERTIFICATE-----
"""
KEY = """-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDeK08HlWSzQSWQ
L4fQdqV/xitxi87a9INu3eeqKCqwFQaUPCvXAZU5Ds7Qrnx0DBL/qX8EmPfH7S+S
LOUKV9aLXHob2W6HY4iOKYrXhP3o3in1yK2fDZhGClA9Ur+uzuf3kjGPzL9MyvWt
vdHa3dc9tiK6hx7MRnMmZZYeA8CrxXwHyTRgeJ+2rWG+bt7OKXDUaLcdzB42+vEU
v+VlMgFNZXQ7FMqgVrlCRY4Pl7QhxsVKqRPNNIFqMGysYcdlrhUtxEiGdiHnrtTM
1471/eJOZE8mZUF3ORd5/CRM7DEo+n2MUAPWoIZFc8wfNvD83RA+x3dAJ/mw5uLc
C5TzauR5AgMBAAECggEADos6wfYVcMelwB3gb/ToaigsrWL34G0L0pzrvr+g5cSG
mPskao+Tt3fA8bfOdWFZ+AseQcyKwfeEuva96rKr3JUp+DtAaVQKezX8fRXbclxi
1lB0Dzq6WnFv5cfOPREV7ebP4EhIyKvrr9tCiuelYMiU1u2kBj7haGTTkjTwLr5g
YfifkkXcl77IreU9MFL2mZGh1jIZQvhH/eqJL/hf7nG8WHdfuPwVoF0UPBvyQytK
U3sKHNmR9c6MnyimiA/9tipi+wB3aL0mninHiFN22qfu6u1Xeqx2Lc/kKVLnmRzi
5P6KWMKXGUqhxhDiNrW7u5oPf5q740z51rv3Pqon9QKBgQDvTonFxEpVsHmf/+kf
tCgXntmPHcIt3Y5/YgLYNOXbHQoLl5yHqkpCTBpco+giXhfWOdB19F+2MpPh0Ryn
WSlpNJzvLGKuf6PVFtVYXubjlR7WgHPAi61+ns/NCP3ZlUI0cZsBwXLqtBEsBNDi
esoOv1/mVVQYUZK4LoXVBP6hDQKBgQDtqruO9R+LMU5rQarfCUneANd3nEYtr6jN
hNIUPoo96yjV/K2zKhe0tVrKAED2pRWU7shSMRozmkaMCZpDYDgg32pCqz7Z7CYv
67AnsjmbnolyNlCX939u5ETK1Wr7m/wwlkXhxK/U1BkA4FhYflkXhpttrBXkFdaR
TElhMne+HQKBgD+YF3S+3SI4a5nhYApUzfK4/AfUWK3nmt6vJSJfrFW2Od0qxSYo
UuObZcYIqL+5UYxUgNlXv7ejaTkxYPP39dFHcgz9Npw4v0j5cGizj5gbIL7QE/Kv
K8PiYEaUhSE1UQquxgqJZgiJIacZAImvJ9MTeGC1fEuaIetgMaCSWzhhAoGAdQ/b
QhbKaqzmiz3VA/Z3Q7n2Zxu6FVaoNlJthzsmrEjf3EaQ5+abto59IXHujY3Si4Dx
ekplNXWPufog2X7TJp3koOHoGz6NsJzOLz9B0LzNxkuqdq+ZPO2CVMW55CR4mxXp
ZcKTOKkfh6b43N2e1E+gzuwr/CQlg3unyRAqmqECgYBvHeJBSyjWCdsX1vwDqOEU
U49SNlRh9qfiFsjl0tqYPND0JxPatPVRZ70pypyaUDHCB0gjW2XQXn41cGrOdwsi
nm2UmEV4XKK6YFUW+r8lzHR22/KzfhAkwgcCrKhvd398FzbblCG/4LMDIOWaS8qF
2LecuV7e5Q4eW3kDKrkESA==
-----END PRIVATE KEY-----
"""
MAIL = 'Subject: test\n\nHello\n'
SEND = ['cmd', ['sendmail', 'bob@example.net'], {'user': 'michael', 'stdin': MAIL}]
NET = 'mail.example.net'
FILES = {'/etc/ssl/mail.pem': CERTIFICATE, '/etc/ssl/mail.key': KEY}
CERT = 'smtpd_tls_cert_file = /etc/ssl/mail.pem\nsmtpd_tls_key_file = /etc/ssl/mail.key\n'
MAY = CERT + 'smtpd_tls_security_level = may\n'
DOVECOT = """protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = %s
log_path =
syslog_facility = mail
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%%u /etc/dovecot/users
}
userdb {
  driver = passwd
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
"""
SASLD = 'smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n'
SASL = 'smtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd\n'
cases = []


def tls(main, there, topic='tls', steps=[SEND], files={}, master=None, masters=None, **more):
    cases.append({'id': f'deliver-tls-{len(cases) + 1:02d}', 'topic': topic, 'main': main, 'hosts': {NET: there}, 'files': files,
                  'hostfiles': {NET: {**FILES, **more.pop('hostfiles', {})}}, 'steps': steps, **more,
                  **({'master': master} if master else {}), **({'masters': {NET: masters}} if masters else {})})


def sasl(password, mechanisms='plain login', main='', there='', **more):
    tls(SASL + main, SASLD + there, topic='sasl', files={'/etc/postfix/sasl_passwd': password},
        hostfiles={'/etc/dovecot/dovecot.conf': DOVECOT % mechanisms, '/etc/dovecot/users': 'michael:geheim::::::\n'}, **more)


def smtpd(main, turns, files=FILES, source='198.51.100.25', **more):
    cases.append({'id': f'deliver-tls-{len(cases) + 1:02d}', 'topic': 'smtpd', 'main': main, 'files': files, 'steps': [['smtp', source, turns]], **more})


LOG = 'smtp_tls_loglevel = 1\n'
tls(LOG + 'smtp_tls_security_level = may\n', MAY + 'smtpd_tls_received_header = yes\nsmtpd_tls_loglevel = 1\n')
tls('smtp_tls_security_level = may\n', MAY)
tls(LOG + 'smtp_tls_security_level = may\n', '')
tls('smtp_tls_security_level = encrypt\n', '')
tls(LOG + 'smtp_tls_security_level = encrypt\n', MAY)
tls('', MAY.replace('= may', '= encrypt'))
tls(LOG + 'smtp_use_tls = yes\n', CERT + 'smtpd_use_tls = yes\nsmtpd_tls_received_header = yes\n')
tls(LOG + 'smtp_enforce_tls = yes\n', CERT + 'smtpd_enforce_tls = yes\n')
tls(LOG + 'smtp_tls_security_level = verify\n', MAY)
tls(LOG + 'smtp_tls_security_level = secure\n', MAY)
tls(LOG + 'smtp_tls_security_level = verify\nsmtp_tls_CAfile = /etc/ssl/ca.pem\n', MAY, files={'/etc/ssl/ca.pem': CERTIFICATE})
tls('smtp_tls_note_starttls_offer = yes\n', MAY)
tls('smtp_tls_note_starttls_offer = yes\nsmtp_tls_security_level = none\n', MAY)
tls(LOG + 'smtp_tls_security_level = may\nsmtp_tls_policy_maps = inline:{{example.net = encrypt}}\n', '')
tls(LOG + 'smtp_tls_security_level = encrypt\nsmtp_tls_policy_maps = inline:{{example.net = none}}\n', MAY)
tls(LOG + 'smtp_tls_policy_maps = inline:{{example.net = bogus}}\n', MAY)
tls(LOG + 'smtp_tls_security_level = bogus\n', MAY)
tls(LOG + 'smtp_tls_security_level = may\n', 'smtpd_tls_security_level = may\n')
tls(LOG + 'smtp_tls_security_level = may\n', 'smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /etc/ssl/nosuch.pem\n')
tls(LOG + 'smtp_tls_security_level = may\nsmtp_tls_policy_maps = hash:/etc/postfix/tlsp\nrelayhost = [mail.example.net]\n', MAY, files={'/etc/postfix/tlsp': '[mail.example.net] encrypt protocols=TLSv1.3\n'})
tls(LOG + 'smtp_tls_wrappermode = yes\nsmtp_tls_security_level = encrypt\nrelayhost = [mail.example.net]:465\n', CERT + 'smtpd_tls_loglevel = 1\n', masters='465 inet n - n - - smtpd\n  -o syslog_name=mail.example.net/smtps\n  -o smtpd_tls_wrappermode=yes\n')
tls(LOG + 'smtp_tls_wrappermode = yes\nrelayhost = [mail.example.net]:465\n', CERT)
tls('smtp_tls_security_level = encrypt\n', MAY, steps=[['cmd', ['sendmail', 'nosuch@example.net'], {'user': 'michael', 'stdin': MAIL}]])

sasl('example.net michael:geheim\n', main='smtp_sasl_security_options = noanonymous\n')
sasl('mail.example.net michael:geheim\n', main='smtp_sasl_security_options = noanonymous\n')
sasl('example.net michael:wrong\n', main='smtp_sasl_security_options = noanonymous\n')
sasl('example.net michael:wrong\n', main='smtp_sasl_security_options = noanonymous\nsmtp_sasl_auth_soft_bounce = no\n')
sasl('example.net michael:geheim\n')
sasl('example.net michael:geheim\n', 'plain login cram-md5')
sasl('other.example michael:geheim\n', main='smtp_sasl_security_options = noanonymous\n')
sasl('example.net michael:geheim\n', main='smtp_sasl_security_options = noanonymous\nsmtp_sasl_mechanism_filter = login\n')
sasl('example.net michael:geheim\n', main='smtp_sasl_security_options = noanonymous\nsmtp_sasl_mechanism_filter = cram-md5\n')
sasl('example.net michael:geheim\n', 'cram-md5', main='smtp_sasl_security_options = noanonymous\n')
sasl('example.net michael:geheim\n', main='smtp_sasl_tls_security_options = noanonymous\nsmtp_tls_security_level = encrypt\n', there=MAY + 'smtpd_tls_auth_only = yes\n')
sasl('example.net michael:geheim\n', main='smtp_sasl_security_options = noanonymous\n', there=MAY + 'smtpd_tls_auth_only = yes\n')
sasl('example.net michael\n', main='smtp_sasl_security_options = noanonymous\n')
sasl('[mail.example.net]:25 michael:geheim\n', main='smtp_sasl_security_options = noanonymous\nrelayhost = [mail.example.net]:25\n', there='smtpd_relay_restrictions = permit_sasl_authenticated, reject\n')
tls(SASL + 'relayhost = [mail.example.net]\n', '', files={'/etc/postfix/sasl_passwd': '[mail.example.net] michael:geheim\n'}, topic='sasl')
tls('smtp_sasl_auth_enable = yes\n', '', topic='sasl')

EHLO, MF, RT, QUIT = 'EHLO outside.example.edu', 'MAIL FROM:<user@example.edu>', 'RCPT TO:<michael@example.org>', 'QUIT'
smtpd(MAY, [EHLO, QUIT])
smtpd(MAY, [EHLO, 'STARTTLS x', MF, 'STARTTLS', 'RSET', 'STARTTLS', {'close': 1}])
smtpd(MAY, [EHLO, ['STARTTLS', 'EHLO x'], {'close': 1}], note='something follows at once')
smtpd(MAY + 'smtpd_tls_loglevel = 1\n', [EHLO, 'STARTTLS', {'raw': 'EHLO x\r\n', 'silent': 1}, {'wait': 1}, {'close': 1}], note='no TLS follows')
smtpd('', [EHLO, 'STARTTLS', QUIT])
smtpd(MAY.replace('= may', '= encrypt'), ['HELO x', EHLO, 'NOOP', MF, 'VRFY michael', 'ETRN x', 'AUTH PLAIN', 'RSET', RT, 'DATA', 'FOO', 'XCLIENT a', QUIT])
smtpd('smtpd_tls_security_level = may\n', [EHLO, 'STARTTLS', QUIT])
smtpd('smtpd_tls_security_level = encrypt\n', [EHLO, MF, 'STARTTLS', QUIT])
smtpd('smtpd_tls_security_level = bogus\n' + CERT, [EHLO, MF, 'STARTTLS', QUIT])
smtpd('smtpd_tls_security_level = none\nsmtpd_use_tls = yes\n' + CERT, [EHLO, 'STARTTLS', QUIT])
smtpd('smtpd_tls_security_level = verify\n' + CERT, [EHLO, MF, 'STARTTLS', QUIT])
smtpd('smtpd_discard_ehlo_keywords = starttls\n' + MAY, [EHLO, 'STARTTLS', {'close': 1}])
smtpd(MAY + 'smtpd_helo_required = yes\nsmtpd_client_restrictions = reject\nsmtpd_delay_reject = no\n', [EHLO, 'STARTTLS', QUIT])
smtpd('smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /etc/ssl/mail.pem\nsmtpd_tls_key_file = /etc/ssl/nosuch.key\n', [EHLO, 'STARTTLS', QUIT])
smtpd('smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /etc/ssl/mail.pem\n', [EHLO, 'STARTTLS', QUIT])
smtpd(MAY, [EHLO, 'STARTTLS', QUIT], files={**FILES, '/etc/ssl/mail.pem': 'nonsense\n'})
smtpd(MAY + 'smtpd_tls_auth_only = yes\n' , [EHLO, 'AUTH PLAIN x', QUIT])
smtpd(MAY, ['STARTTLS', {'close': 1}])
smtpd(MAY + 'smtpd_helo_required = yes\n', ['STARTTLS', {'close': 1}])
smtpd(MAY.replace('mail.pem', 'nosuch.pem'), [EHLO, 'STARTTLS', QUIT])
smtpd(MAY, [EHLO, 'STARTTLS', QUIT], files={**FILES, '/etc/ssl/mail.key': 'nonsense\n'})
smtpd('smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /etc/ssl/mail.pem\n', [EHLO, 'STARTTLS', QUIT], files={'/etc/ssl/mail.pem': 'nonsense\n'})
smtpd('smtpd_tls_security_level = may\nsmtpd_tls_chain_files = /etc/ssl/mail.key, /etc/ssl/mail.pem\n', [EHLO, 'STARTTLS', QUIT])
smtpd('smtpd_tls_security_level = may\nsmtpd_tls_cert_file = none\n', [EHLO, 'STARTTLS', QUIT])
cases.append({'id': 'deliver-tls-64', 'topic': 'queue', 'main': 'enable_long_queue_ids = yes\ndefer_transports = local, smtp\n',
              'steps': [['cmd', ['sendmail', 'anna', 'bob@example.net'], {'user': 'michael', 'stdin': MAIL}], ['cmd', ['mailq']], ['cmd', ['postqueue', '-j']],
                        ['cmd', ['postsuper', '-h', 'ALL']], ['cmd', ['mailq']], ['cmd', ['postsuper', '-d', 'ALL']]]})
