"""Cases of deliver-mime.jsonl (record_deliver.py): which lines of a MIME message are headers, and which checks they meet."""
MAIN = """header_checks = regexp:/etc/postfix/h
mime_header_checks = regexp:/etc/postfix/m
nested_header_checks = regexp:/etc/postfix/n
body_checks = regexp:/etc/postfix/b
"""
FILES = {
    '/etc/postfix/h': '/^(\\S+: .*)/ INFO primary $1\n',
    '/etc/postfix/m': '/exe/ REJECT program\n/^X-Gone/ IGNORE\n/^X-New/ REPLACE X-Other: 1\n/^X-Before/ PREPEND X-Put: here\n/^(\\S+: .*)/ INFO mime $1\n',
    '/etc/postfix/n': '/^(\\S+: .*)/ INFO nested $1\n',
    '/etc/postfix/b': '/^(.+)/ INFO body $1\n',
}
cases = []


def mail(text, main='', **more):
    cases.append({'id': f'deliver-mime-{len(cases) + 1:02d}', 'topic': 'mime', 'main': MAIN + main, 'files': FILES,
                  'steps': [['cmd', ['sendmail', '-i', 'anna'], {'user': 'michael', 'stdin': text}]], **more})


TOP = 'Subject: t\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
mail(TOP + 'head\n--b\nContent-Type: text/plain;\n\tname="a.txt"\nX-Gone: 1\nX-New: 2\nX-Before: 3\n\none\nX-Not: a header\n--b--\nafter\n--b\nX-After: 1\n')
mail(TOP + '--b\nContent-Type: application/octet-stream; name="invoice.exe"\n\nTVqQ\n--b--\n')
mail(TOP + '--b\nContent-Type: message/rfc822\n\nSubject: in\nX-In: 1\nContent-Type: text/plain\n\ntext in\n--b--\n')
mail(TOP + '--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nSubject: in\n\ntext\n--b--\n')
mail(TOP + '--b\nContent-Type: multipart/alternative; boundary=c c\n\n--c\nX-One: 1\n\nt\n--c--\nbetween\n--b\nX-Two: 2\n\nu\n--b--\n')
mail('Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\ntext\n--b\nContent-Type: text/plain\n\nSubject: no\n--b--\n')
mail(TOP + '--b\nno header here\nX-Late: 1\n\nt\n--b\n--b\nX-Three: 3\n')
mail('Content-Type: multipart/mixed; boundary=b\n\n--b\nX-One: 1\n\nt\n--bc\nX-Longer: 1\n\nt\n--b --\nX-Blank: 1\n\n', main='')
mail('Content-Type: message/rfc822\n\nSubject: in\nTo: x\n\ntext\n')
mail('Content-Type: multipart/mixed\n\n--b\nX-One: 1\n\nt\n')
mail(TOP + '--b\nX-One: 1\n\nt\n--b--\n', main='disable_mime_input_processing = yes\n')
mail('Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-B: 1\n\nt\n--b\nX-B: 2\n\n--b--\n--a\nX-A: 1\n\n', main='mime_nesting_limit = 1\n')
