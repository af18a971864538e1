"""What record.py records: hosts, the files that they have in every case, and the cases by topic.

A dialogue is rows of [text to wait for, keys to type then].
"""

HOSTS = {
    "ws": {"hostname": "ws.example.org", "address": "203.0.113.2"},
    "halo": {"hostname": "halo.example.org", "address": "203.0.113.21"},
}

HELLO = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
"""Hello world!"""
SECRET = "$6$abc$IdWKNKTJEb8LxY7CGg8YBXlvtfZzFw7Mp/r6niK9YB2mdvgY..TKjv1T..8RadRt2qvUHYRLr/TsVArtr91iR1"
"""secret"""

PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
michael:x:1000:1000:Michael:/home/michael:/bin/bash
anna:x:1001:1001:Anna:/home/anna:/bin/bash
joe:x:1002:1002:Joe:/home/joe:/bin/bash
guest:x:1003:1003:Guest:/home/guest:/bin/bash
lost:x:1004:1004:Lost:/home/lost:/bin/bash
off:x:1005:1005:Off:/home/off:/usr/sbin/nologin
"""
GROUP = """root:x:0:
daemon:x:1:
adm:x:4:michael
tty:x:5:
mail:x:8:
shadow:x:42:
utmp:x:43:
staff:x:50:michael,anna
users:x:100:
nogroup:x:65534:
michael:x:1000:
anna:x:1001:
joe:x:1002:
guest:x:1003:
lost:x:1004:
off:x:1005:
"""
PASSWORDS = {"root": SECRET, "michael": HELLO, "anna": SECRET, "joe": "!", "guest": "", "lost": SECRET, "off": SECRET}
SHADOW = "".join(f"{line.split(':')[0]}:{PASSWORDS.get(line.split(':')[0], '*')}:19700:0:99999:7:::\n" for line in PASSWD.splitlines())

BASE = {
    "/etc/passwd": PASSWD,
    "/etc/group": GROUP,
    "/etc/shadow": {"text": SHADOW, "mode": "0640", "group": "shadow"},
    "/etc/hosts": "127.0.0.1 localhost\n203.0.113.21 halo.example.org halo\n203.0.113.2 ws.example.org ws\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n",
    "/etc/profile": "PS1='\\u@\\h:\\w\\$ '\n",
    "/etc/bash.bashrc": "PS1='\\u@\\h:\\w\\$ '\n",
    "/etc/motd": "Welcome to the office.\n",
    "/etc/issue": "Debian GNU/Linux 12 \\n \\l\n\n",
    "/etc/issue.net": "Debian GNU/Linux 12\n",
    "/etc/environment": "",
    "/etc/inetd.conf": "telnet stream tcp nowait root /usr/sbin/tcpd /usr/sbin/telnetd\n",
    "/etc/hosts.allow": "",
    "/etc/hosts.deny": "",
    **{f"/home/{name}": {"dir": True, "owner": name} for name in ("michael", "anna", "joe", "guest", "off")},
}


def at(user, *argv, dialogue=(), host="halo", **more):
    return {"host": host, "user": user, "argv": list(argv), "dialogue": [list(row) for row in dialogue], **more}


def su(user, *words, dialogue=(), **more):
    return {"steps": [at(user, "su", *words, dialogue=dialogue)], **more}


PW = "Password: "

BOX = """From michael@example.org  Sun Nov 22 10:00:00 2026
Return-Path: <michael@example.org>
X-Original-To: anna
Delivered-To: anna@example.org
Received: by halo.example.org (Postfix, from userid 1000)
\tid AAAAAAAAAA; Sun, 22 Nov 2026 10:00:00 +0000 (UTC)
To: anna@example.org
Subject: Dinner
Message-Id: <20261122100000.AAAAAAAAAA@halo.example.org>
Date: Sun, 22 Nov 2026 10:00:00 +0000 (UTC)
From: Michael <michael@example.org>

Pasta at eight?

From joe@example.net  Sun Nov 22 11:00:00 2026
Return-Path: <joe@example.net>
Message-Id: <two@example.net>
Date: Sun, 22 Nov 2026 11:00:00 +0000 (UTC)
From: joe@example.net
To: anna, carol@example.org
Cc: michael@example.org
Subject: A very long subject line that goes on and on beyond the width

one
two
three

From bob@example.net  Sun Nov 22 12:00:00 2026
Date: Sun, 22 Nov 2026 12:00:00 +0000 (UTC)
From: bob@example.net (Bob Builder)
To: anna@example.org
Status: RO

no subject

"""
"""a mailbox of three messages"""
SENT = {"text": "#!/bin/sh\n(echo sendmail \"$@\"; cat) >>/home/anna/sent\n", "mode": "0755"}

MAIL_HOST = {"/usr/sbin/sendmail": SENT, "/var/mail": {"dir": True, "mode": "2775", "group": "mail"}}


def mail(*lines, words=(), prompt="& ", box=BOX, after=("/var/mail/anna", "/home/anna/mbox", "/home/anna/sent"), **more):
    """Each line of mail's dialogue: what to type at the prompt, or [text to wait for, what to type]."""
    dialogue = [[prompt, line + "\n"] if isinstance(line, str) else list(line) for line in lines]
    files = {**MAIL_HOST, **more.pop("files", {})}
    if box is not None:
        files["/var/mail/anna"] = {"text": box, "owner": "anna", "mode": "0660"}
    return {"steps": [at("anna", "mail", *words, dialogue=dialogue)], "files": {"halo": files}, "after": {"halo": list(after)}, **more}

LETTER = """From joe@example.net  Sun Nov 22 12:00:00 2026
Return-Path: <joe@example.net>
Received: by halo
\tid X
Subject: [list] hello World
From: joe@example.net
To: anna@example.org

body line one
From here money
last
"""


def procmail(rules, then="", words="-a ext"):
    files = {"/home/anna/.procmailrc": {"text": "LOGFILE=$HOME/log\n" + rules, "owner": "anna"}, "/home/anna/letter": {"text": LETTER, "owner": "anna"}, **MAIL_HOST}
    command = f"procmail {words} <letter; echo $?; for f in box md/new/* list copy o /var/mail/anna; do test -s $f && ls -l $f | cut -c1-10 && cat $f; done; {then}"
    return {"steps": [at("anna", "sh", "-c", command)], "files": {"halo": files}, "after": {"halo": ["/home/anna/log", "/home/anna/sent"]}}


CASES = {
    "procmail": [
        procmail(""),
        procmail(":0:\n* ^Subject:.*\\[list\\]\nlist\n"),
        procmail(":0 B:\n* money\n* !^nothing\n* > 100\n* < 50\nbox\n\n:0 HB:\n* ^From: joe\n* last\nlist\n"),
        procmail(":0 c\n* ^FROM_DAEMON\n/dev/null\n\n:0 c:\ncopy\n\n:0\n! bob@example.net joe\n"),
        procmail(":0 fw\n| sed s/World/WORLD/\n\n:0 w\n| cat >$HOME/out; exit 3\n\n:0 w\n| cat >$HOME/box\n"),
        procmail(":0\n* ^Subject:\n{\n X=list\n :0 D\n * hello world\n box\n :0 D:\n * hello World\n $X\n}\n"),
        procmail("EXITCODE=67\nHOST\n"),
        procmail("DEFAULT=$HOME/box\nORGMAIL=/x\n"),
        procmail("LOGABSTRACT=no\nDEFAULT=/nonexist/x\n"),
        procmail("LOGABSTRACT=no\n:0\n* ^TO_anna\n$HOME/md/\n"),
        procmail(":0 hcw\n| cat >$HOME/copy\n:0 bw\n| cat >$HOME/box\n"),
        procmail(":0\n* ^Subject: nope\n/dev/null\n:0 E\nbox\n"),
        procmail(":0\n* ^Subject: hello\nlist\n:0 A\ncopy\n:0\n/dev/null\n"),
        procmail("LOGABSTRACT=all\nLOG=\"hi $1\n\"\n:0 c\ncopy\n"),
        procmail("X=`echo a b`\nY=\"$X c\"\n:0 w\n* ^Subject: \\/.*\n| echo \"$MATCH $Y\" >$HOME/o\n"),
        procmail(":0\n* LOGNAME ?? joe\nlist\n:0\n* ? test -f /etc/nosuch\ncopy\n:0\n* ? test -f /etc/passwd\n* B ?? money\nbox\n"),
        procmail(":0 fw\n|false\n:0 w\n| grep -q nosuch\n:0 W\n| grep -q nosuch\n:0\nbox\n"),
        procmail(":0\n* ^TO_bob\nlist\n:0\n* ^(From|Sender):.*joe@\n/dev/null\n"),
    ],
    "mail": [
        mail(box=None),
        mail(box=""),
        mail("1", "h", "", "", "n", "x"),
        mail("p", "d 3", "h", "u 3", "=", "q"),
        mail("d 1-2", "d 1", "p 9", "$", "+", "-", "u 1", "d *", "p", "h", "q"),
        mail("s 1 out", "s 2 out", "w 3 w3", "s", "h", "q", after=("/var/mail/anna", "/home/anna/out", "/home/anna/w3")),
        mail("r 1", ("8bit\r\n\r\n", "Fine!\n~p\n"), ("(continue)", "\n.\n"), ("Cc: ", "\n"), "x"),
        mail("R 2", ("8bit\r\n\r\n", "no\n"), ("no\r\n", ".\n"), ("Cc: ", "joe\n"), "x"),
        mail("m michael bob", ("Subject: ", "Later\n"), ("Later\r\n", "text\n"), ("text\r\n", "."), (".", "\n"), ("Cc: ", "\n"), "q"),
        mail("pre 1", "mbox 3", "f *", "f :n", "size *", "folder", "file", "unread 1", "f", "q"),
        mail("foo", "set", "alias x a b", "alias", "version", "echo a b", "top 1", "| wc", "cd /tmp", "!pwd", "z", "z-", "x"),
        mail("d joe", "p /dinner", "dt", "dp", "p :r", "f nobody", "p :x", "q"),
        mail(("& ", "\x03"), "n", ("& ", "\x04")),
        mail(words=("-N",), *["x"]),
        mail(words=("-H",)),
        mail(words=("-f", "/nonexistent")),
        mail(words=("-u", "michael")),
        mail(words=("-u", "nosuch")),
        mail(words=("-s", "x")),
        mail(("body\r\n", "."), (".", "\n"), ("Cc: ", "\n"), words=("-s", "Hi", "joe@x.org")) if False else
        mail(("", "body\n.\n"), ("Cc: ", "\n"), words=("-s", "Hi", "joe@x.org")),
        mail(("Subject: ", "Sub\n"), ("Sub\r\n", "body\n~s New\n~t t1 t2\n~b bb\n~~x\n"), ("~~x\r\n", "\x04"), ("Cc: ", "cc\n"), words=("joe", "bob")),
        mail(("", "body\n"), ("body\r\n", "\x03"), ("letter)", "more\n"), ("more\r\n", "\x03"), ("letter)", "\x03"), words=("-s", "S", "joe"), after=("/home/anna/dead.letter",)),
        mail(("", "abc\n~q\n"), words=("-s", "S", "joe"), after=("/home/anna/dead.letter", "/home/anna/sent")),
        mail(("", ".\n"), ("Cc: ", "\n"), words=("-s", "S", "joe")),
        mail("d 1", "q", words=("-f", "box"), box=None, files={"/home/anna/box": {"text": BOX, "owner": "anna"}}, after=("/home/anna/box",)),
        mail("d *", "q", words=("-f", "box"), box=None, files={"/home/anna/box": {"text": BOX, "owner": "anna"}}, after=("/home/anna/box",)),
    ] + [
        {"steps": [at("anna", "sh", "-c", command + "; echo $?")], "files": {"halo": {**MAIL_HOST, "/var/mail/anna": {"text": BOX, "owner": "anna", "mode": "0660"}}}, "after": {"halo": ["/home/anna/sent", "/var/mail/anna"]}}
        for command in (
            "echo body | mail -s 'a b' -c c1,c2 -b b1 -r from@x.org -a 'X-Foo: bar' joe",
            "printf '~s x\\n.\\nafter\\n' | mail -r 'Foo <from@x.org>' joe 'Bob <bob@x>'",
            "mail -s empty joe </dev/null; mail joe </dev/null; mail -E joe </dev/null",
            "echo b | mail -v -s x joe; echo b | mail -d -s x joe; echo b | LANG=C mail a,b c",
            "printf 'p\\nd\\nq\\n' | mail",
            "printf 'd\\n\\nd\\nq\\n' | mail",
            "echo 'alias friends joe bob' >.mailrc; echo x | mail friends carol",
        )
    ],
    "su": [
        su("michael", "anna", "-c", "id", dialogue=[(PW, "secret\n")]),
        su("michael", "anna", "-c", "id", dialogue=[(PW, "wrong\n")]),
        su("michael", dialogue=[(PW, "secret\n"), ("# ", "id -un; tty; exit 3\n")]),
        su("michael", "-", dialogue=[(PW, "secret\n"), ("# ", "pwd; echo $LOGNAME $PATH; logout\n")]),
        su("michael", "-l", "anna", dialogue=[(PW, "secret\n"), ("$ ", "pwd; echo $MAIL\n"), ("$ ", "\x04")]),
        su("michael", "joe", "-c", "id", dialogue=[(PW, "secret\n")]),
        su("michael", "guest", "-c", "id -un"),
        su("michael", "nosuch", "-c", "id"),
        su("michael", "off", dialogue=[(PW, "secret\n")]),
        su("michael", "michael", "-c", "id -un", dialogue=[(PW, "Hello world!\n")]),
        su("root", "anna", "-c", "tty; id -un"),
        su("michael", "anna", "-c", "exit 7", dialogue=[(PW, "secret\n")]),
        su("michael", "anna", dialogue=[(PW, "\x03")]),
        su("michael", "anna", "-c", "id", dialogue=[(PW, "\x04")]),
        su("michael", "-", "lost", "-c", "pwd", dialogue=[(PW, "secret\n")]),
        su("michael", "anna", "-c", "id", dialogue=[(PW, "secrex\x7ft\n")]),
    ],
    "login": [
        {"steps": [at("root", "login", dialogue=dialogue, cwd="/")], **more}
        for dialogue, more in (
            ([("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "id; tty; pwd\n"), ("$ ", "exit\n")], {}),
            ([("login: ", "anna\n"), (PW, "wrong\n"), ("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "logout\n")], {}),
            ([("login: ", "nosuch\n"), (PW, "x\n"), ("login: ", "root\n"), (PW, "secret\n"), ("# ", "echo $PATH $HOME $SHELL $TERM $LOGNAME $MAIL $HUSHLOGIN\n"), ("# ", "exit\n")], {}),
            ([("login: ", "a\n"), (PW, "x\n"), ("login: ", "b\n"), (PW, "x\n"), ("login: ", "c\n"), (PW, "x\n"), ("login: ", "d\n"), (PW, "x\n"), ("login: ", "e\n"), (PW, "x\n")], {}),
            ([("login: ", "\n"), (PW, "x\n"), ("login: ", "\x04")], {}),
            ([("login: ", "off\n"), (PW, "secret\n")], {}),
            ([("login: ", "lost\n"), (PW, "secret\n"), ("$ ", "pwd; exit\n")], {}),
            ([("login: ", "guest\n"), ("$ ", "exit\n")], {}),
            ([("login: ", "joe\n"), (PW, "secret\n"), ("login: ", "\x03")], {}),
            ([("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "exit\n")], {"files": {"halo": {"/home/anna/.hushlogin": {"text": "", "owner": "anna"}}}}),
            ([("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "exit\n")], {"files": {"halo": {"/var/mail/anna": {"text": "From x\n\nhi\n", "owner": "anna", "mode": "0600"}}}}),
            ([("login: ", "anna\n"), ("login: ", "root\n"), (PW, "secret\n"), ("# ", "exit\n")], {"files": {"halo": {"/etc/nologin": "Closed for the night.\n"}}}),
        )
    ] + [
        {"steps": [at("root", "login", "anna", dialogue=[(PW, "secret\n"), ("$ ", "exit\n")], cwd="/"),
                   at("root", "login", "anna", dialogue=[(PW, "secret\n"), ("$ ", "exit\n")], cwd="/")]},
        {"steps": [at("root", "login", "-f", "anna", dialogue=[("$ ", "exit\n")], cwd="/")]},
        {"steps": [at("root", "login", "-h", "ws.example.org", "-p", dialogue=[("login: ", "anna\n"), (PW, "no\n"), ("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "exit\n")], cwd="/"),
                   at("root", "login", "-f", "anna", dialogue=[("$ ", "exit\n")], cwd="/")]},
        {"steps": [at("michael", "login", "anna")]},
    ],
    "passwd": [
        {"steps": [at("root", "passwd", "anna", dialogue=[("New password: ", "Tr0ub4dor&3\n"), ("Retype new password: ", "Tr0ub4dor&3\n")])], "after": {"halo": ["/etc/shadow"]}},
        {"steps": [at("root", "passwd", dialogue=[("New password: ", "abc\n"), ("Retype new password: ", "abd\n")])]},
        {"steps": [at("michael", "passwd", dialogue=[("Current password: ", "Hello world!\n"), ("New password: ", "moonrise over 9 lakes\n"), ("Retype new password: ", "moonrise over 9 lakes\n")]),
                   at("anna", "su", "michael", "-c", "id -un", dialogue=[(PW, "moonrise over 9 lakes\n")])]},
        {"steps": [at("michael", "passwd", dialogue=[("Current password: ", "nope\n")])]},
        {"steps": [at("michael", "passwd", dialogue=[("Current password: ", "Hello world!\n"), ("New password: ", "abc\n"), ("Retype new password: ", "abc\n"), ("New password: ", "michael\n"), ("Retype new password: ", "michael\n"), ("New password: ", "Hello world!\n"), ("Retype new password: ", "Hello world!\n")])]},
        {"steps": [at("michael", "passwd", dialogue=[("Current password: ", "Hello world!\n"), ("New password: ", "racecar\n"), ("Retype new password: ", "racecar\n"), ("New password: ", "!dlrow olleH\n"), ("Retype new password: ", "!dlrow olleH\n"), ("New password: ", "good grief 7\n"), ("Retype new password: ", "good grief 8\n")])]},
        {"steps": [at("michael", "passwd", "anna"), at("michael", "passwd", "-S"), at("michael", "passwd", "-S", "anna"), at("michael", "passwd", "-l"), at("root", "passwd", "nosuch")]},
        {"steps": [at("root", "passwd", "-S", "anna"), at("root", "passwd", "-l", "anna"), at("root", "passwd", "-S", "anna"), at("root", "passwd", "-u", "anna"), at("root", "passwd", "-S", "anna"), at("root", "passwd", "-d", "anna"), at("root", "passwd", "-S", "anna"), at("root", "passwd", "-e", "anna"), at("root", "passwd", "-S", "anna"), at("root", "passwd", "-u", "anna"), at("root", "passwd", "-u", "joe")], "after": {"halo": ["/etc/shadow"]}},
        {"steps": [at("root", "passwd", "-S", "-a"), at("root", "passwd", "--bogus"), at("root", "passwd", "-q", "-x", "30", "-n", "2", "-w", "5", "anna"), at("root", "passwd", "-S", "anna")], "after": {"halo": ["/etc/shadow"]}},
        {"steps": [at("michael", "passwd", dialogue=[("Current password: ", "\x03")])]},
        {"steps": [at("root", "sh", "-c", "echo anna:newpass1 | chpasswd; echo status $?; echo nosuch:x | chpasswd; echo status $?"), at("michael", "su", "anna", "-c", "id -un", dialogue=[(PW, "newpass1\n")])], "after": {"halo": ["/etc/shadow"]}},
    ],
    "telnet": [
        {"steps": [at("michael", "telnet", *words, "halo", host="ws", dialogue=dialogue)], "start": {"halo": ["inetd -i"]}, **more}
        for words, dialogue, more in (
            ((), [("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "tty; echo $TERM\n"), ("$ ", "exit\n")], {}),
            ((), [("login: ", "root\n"), (PW, "nope\n"), ("login: ", "anna\n"), (PW, "nope\n"), ("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "logout\n")], {}),
            ((), [("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "cat\n"), ("cat\r\n", "one\n"), ("one\r\none", "\x03"), ("$ ", "sleep 99\n"), ("99\r\n", "\x1a"), ("$ ", "fg\n"), ("sleep 99\r\n", "\x03"), ("$ ", "exit\n")], {}),
            ((), [("login: ", "anna\n"), (PW, "secret\n"), ("$ ", "\x1d"), ("telnet> ", "status\n"), ("'^]'.", "\n"), ("$ ", "\x1d"), ("telnet> ", "quit\n")], {}),
            ((), [("login: ", "anna\n"), (PW, "secret\n"), ("# ", "exit\n")], {"files": {"halo": {"/etc/passwd": PASSWD.replace("anna:x:1001:1001", "anna:x:0:0")}}}),
            ((), [], {"files": {"halo": {"/etc/hosts.deny": "telnetd: ALL\n"}}}),
            ((), [], {"files": {"halo": {"/etc/hosts.deny": "telnetd: ALL: twist /bin/echo Go away, %h\n"}}}),
            (("-E",), [("login: ", "x\n"), (PW, "x\n"), ("login: ", "x\n"), (PW, "x\n"), ("login: ", "x\n"), (PW, "x\n"), ("login: ", "x\n"), (PW, "x\n"), ("login: ", "x\n"), (PW, "x\n")], {}),
            ((), [("login: ", "\x1d"), ("telnet> ", "?\n"), ("telnet> ", "nix\n"), ("telnet> ", "send ayt\n"), ("[Yes]", "\x1d"), ("telnet> ", "close\n")], {}),
        )
    ],
    "ssh": [
        {"steps": [at("michael", "ssh", *words, host="ws", dialogue=dialogue)], "start": {"halo": ["/usr/sbin/sshd"]}, **more}
        for words, dialogue, more in (
            (("anna@halo",), [("? ", "yes\n"), ("password: ", "secret\n"), ("$ ", "tty; echo $TERM $SSH_CONNECTION; id -un\n"), ("$ ", "exit\n")], {}),
            (("anna@halo", "id; exit 3"), [("? ", "yes\n"), ("password: ", "secret\n")], {}),
            (("anna@halo", "id"), [("? ", "yes\n"), ("password: ", "a\n"), ("password: ", "b\n"), ("password: ", "c\n")], {}),
            (("anna@halo", "id"), [("? ", "no\n")], {}),
            (("anna@halo", "id"), [("? ", "perhaps\n"), (": ", "yes\n"), ("password: ", "secret\n")], {}),
            (("root@halo", "id"), [("? ", "yes\n"), ("password: ", "secret\n"), ("password: ", "secret\n"), ("password: ", "secret\n")], {}),
            (("-l", "nosuch", "halo"), [("? ", "yes\n"), ("password: ", "x\n"), ("password: ", "x\n"), ("password: ", "x\n")], {}),
            (("halo", "id"), [], {"files": {"halo": {"/etc/hosts.deny": "sshd: ALL\n"}}}),
            (("-p", "2222", "halo"), [], {}),
            (("nosuch.example.org",), [], {}),
            (("anna@halo", "id"), [("? ", "yes\n"), ("password: ", "secret\n")], {"files": {"halo": {"/etc/ssh/sshd_config.d/x.conf": "Banner /etc/issue.net\nAllowUsers michael\n"}}}),
            (("root@halo", "id -un"), [("? ", "yes\n"), ("password: ", "secret\n")], {"files": {"halo": {"/etc/ssh/sshd_config.d/x.conf": "PermitRootLogin yes\n"}}}),
            (("anna@halo",), [("? ", "yes\n")], {"files": {"halo": {"/etc/ssh/sshd_config.d/x.conf": "PasswordAuthentication no\n"}}}),
            (("anna@halo",), [("? ", "yes\n"), ("password: ", "a\n"), ("password: ", "a\n")], {"files": {"halo": {"/etc/ssh/sshd_config.d/x.conf": "MaxAuthTries 2\n"}}}),
            (("anna@halo",), [("? ", "yes\n"), ("password: ", "secret\n")], {"files": {"halo": {"/etc/ssh/sshd_config.d/x.conf": "DenyUsers anna\n"}}}),
            (("-V",), [], {}),
            (("-t", "anna@halo", "tty"), [("? ", "yes\n"), ("password: ", "secret\n")], {}),
            (("off@halo",), [("? ", "yes\n"), ("password: ", "secret\n")], {}),
            (("lost@halo", "pwd"), [("? ", "yes\n"), ("password: ", "secret\n")], {}),
            (("anna@halo",), [("? ", "yes\n"), ("password: ", "secret\n"), ("$ ", "~."), ], {}),
            (("anna@halo",), [("? ", "yes\n"), ("password: ", "\x03")], {}),
            (("anna@halo",), [("? ", "yes\n"), ("password: ", "secret\n"), ("$ ", "sleep 99\n"), ("99\r\n", "\x03"), ("$ ", "exit 5\n")], {}),
            ((), [], {}),
            (("-o", "StrictHostKeyChecking=yes", "anna@halo"), [], {}),
            (("-o", "StrictHostKeyChecking=no", "anna@halo", "echo hi; echo err >&2"), [("password: ", "secret\n")], {}),
        )
    ] + [
        {"steps": [at("michael", "ssh", "anna@halo", "true", host="ws", dialogue=[("? ", "yes\n"), ("password: ", "secret\n")]),
                   at("michael", "ssh", "anna@halo", host="ws", dialogue=[("password: ", "secret\n"), ("$ ", "exit\n")]),
                   at("michael", "ssh", "anna@halo", host="ws", dialogue=[("password: ", "secret\n"), ("$ ", "exit\n")]),
                   at("michael", "sh", "-c", "cut -d' ' -f2 .ssh/known_hosts; ls -la .ssh | tail -n +3 | cut -c1-10", host="ws"),
                   at("michael", "ssh-keygen", "-R", "halo", host="ws"),
                   at("michael", "ssh-keygen", "-F", "halo", host="ws")], "start": {"halo": ["/usr/sbin/sshd"]}},
        {"steps": [at("michael", "ssh", "halo", host="ws")]},
        {"steps": [at("root", "sh", "-c", "cd /etc/ssh; t() { echo \"$*\" > sshd_config; sshd -t; echo $?; }; t Bogus yes; t Port x; t PermitRootLogin maybe; t MaxAuthTries x; t MaxAuthTries; t ListenAddress 1.2.3.4.5; t LogLevel loud; t UsePAM perhaps; t LoginGraceTime x; t 'Match User anna'; t 'AllowUsers a b'; sshd; echo $?; sshd -V")]},
        {"steps": [at("michael", "ssh", "anna@halo", "true", host="ws", dialogue=[("? ", "yes\n"), ("password: ", "secret\n")]),
                   at("root", "sh", "-c", "rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; kill -HUP $(cat /run/sshd.pid); sleep 1"),
                   at("michael", "ssh", "anna@halo", host="ws")], "start": {"halo": ["/usr/sbin/sshd"]}},
        {"steps": [at("michael", "sh", "-c", "mkdir -m 700 .ssh; ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519; ls .ssh; cat .ssh/id_ed25519.pub | ssh -o StrictHostKeyChecking=no anna@halo 'mkdir -m 700 .ssh; cat > .ssh/authorized_keys'", host="ws", dialogue=[("password: ", "secret\n")]),
                   at("michael", "ssh", "anna@halo", "id -un", host="ws"),
                   at("root", "chmod", "666", "/home/anna/.ssh/authorized_keys"),
                   at("michael", "ssh", "-o", "BatchMode=yes", "anna@halo", "id -un", host="ws"),
                   at("michael", "sh", "-c", "chmod 644 .ssh/id_ed25519; ssh -o BatchMode=yes anna@halo id -un", host="ws")], "start": {"halo": ["/usr/sbin/sshd"]}},
        {"steps": [at("michael", "sh", "-c", "printf 'hello\\n' | nc -q 2 halo 22; nc -q 1 halo 22 </dev/null; nc -z halo 22", host="ws")], "start": {"halo": ["/usr/sbin/sshd"]}},
        {"steps": [at("root", "sh", "-c", "kill $(cat /run/sshd.pid); sleep 1; ls /run/sshd.pid; cd /; /usr/sbin/sshd; sleep 1; /usr/sbin/sshd; echo $?")], "start": {"halo": ["/usr/sbin/sshd"]}},
    ],
    "users": [
        {"steps": [at("root", "sh", "-c", command)], "after": {"halo": ["/etc/passwd", "/etc/group", "/etc/shadow"]}}
        for command in (
            "useradd tom; echo $?; ls -ld /home/tom; id tom",
            "useradd -m -s /bin/bash -c 'Tom W' -G staff,adm tom; echo $?; ls -A /home/tom; id tom",
            "useradd anna; echo $?; useradd 'Bad Name'; echo $?; useradd -u 1000 tom; echo $?; useradd -g nogrp tom; echo $?; useradd -G nogrp tom; echo $?",
            "useradd -r sys1; echo $?; useradd -N -g 50 -d /srv/tom -e 2030-01-01 tom; echo $?; useradd -u 1500 -o -M x1; echo $?; useradd; echo $?; useradd -p XX -U y1; echo $?",
            "usermod -L anna; usermod -s /bin/sh -c New anna; usermod -aG adm anna; id anna; usermod -G users anna; id anna; usermod -U joe; usermod nosuch; echo $?",
            "usermod -l ann -d /home/ann -m anna; echo $?; id ann; ls -d /home/*; usermod -u 1500 -g 50 joe; id joe; stat -c '%U %G %a' /home/joe",
            "userdel joe; echo $?; ls -d /home/joe; userdel -r guest; echo $?; ls -d /home/guest; userdel nosuch; echo $?; userdel -r lost; echo $?",
            "groupadd web; echo $?; groupadd web; echo $?; groupadd -g 50 x; echo $?; groupadd -f web; echo $?; groupadd 'B d'; echo $?; groupadd -r srv; groupadd -g 2000 two; groupdel web; echo $?; groupdel nosuch; echo $?; groupdel anna; echo $?",
            "groupmod -n crew staff; echo $?; groupmod -g 77 crew; groupmod -n root crew; echo $?; groupmod nosuch; echo $?; gpasswd -a joe crew; gpasswd -d anna crew; gpasswd -d joe crew; gpasswd -d joe crew; echo $?",
            "adduser --disabled-password --gecos 'Tom,,,' tom; echo $?; id tom; adduser tom staff; adduser tom staff; echo $?; adduser anna; echo $?; deluser tom staff; deluser tom; echo $?; ls -d /home/tom",
            "addgroup web; echo $?; addgroup web; echo $?; adduser --system --no-create-home daemon1; echo $?; delgroup web; echo $?; delgroup nosuch; echo $?; deluser nosuch; echo $?",
            "chsh -s /bin/sh anna; chsh -s /bin/none anna; echo $?; chfn -f 'Anna B' anna; chage -l anna; chage -E 2030-01-01 -M 90 anna; chage -l anna",
        )
    ] + [
        {"steps": [at("michael", "sh", "-c", "useradd x; echo $?; usermod -aG adm michael; echo $?; userdel joe; echo $?; groupadd x; echo $?; groupdel x; echo $?; adduser x; echo $?; deluser joe; echo $?; chpasswd </dev/null; echo $?")]},
        {"steps": [at("root", "adduser", "tom", dialogue=[("New password: ", "pw one 11\n"), ("Retype new password: ", "pw one 11\n"), ("[]: ", "Tom\n"), ("[]: ", "\n"), ("[]: ", "\n"), ("[]: ", "\n"), ("[]: ", "\n"), ("[Y/n] ", "y\n")])], "after": {"halo": ["/etc/passwd", "/etc/group", "/etc/shadow"]}},
        {"steps": [at("michael", "chsh", "-s", "/bin/sh", dialogue=[(PW, "Hello world!\n")]), at("michael", "chsh", "-s", "/bin/sh", dialogue=[(PW, "bad\n")])], "after": {"halo": ["/etc/passwd"]}},
    ],
}
