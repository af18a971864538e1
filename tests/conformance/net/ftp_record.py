#!/usr/bin/env python3
"""Records ftp.jsonl: the real ftp (inetutils 2.4) and in.ftpd (linux-ftpd 0.17, of ftpd-ssl) in two network namespaces.

    ftp_record.py > ftp.jsonl

Run as root on Debian 12 with inetutils-ftp, ftpd-ssl and openbsd-inetd. in.ftpd runs from inetd with -l -n. README.md tells
the form of a case; the session is standard input of `ftp -nv`, output is standard output.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

SERVER, CLIENT = "fr-server", "fr-client"
HASH = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"  # "Hello world!"
PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
alice:x:1000:1000:Alice:/home/alice:/bin/bash
ftp:x:1001:1001:Ftp:/home/ftp:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
GROUP = "root:x:0:\ndaemon:x:1:\nalice:x:1000:\nftp:x:1001:\nnogroup:x:65534:\n"
SHADOW = "".join(f"{line.split(':')[0]}:{HASH if line[:5] in ('alice', 'root:') else '*'}:19700:0:99999:7:::\n"
                 for line in PASSWD.splitlines())
HOSTS = "127.0.0.1 localhost\n203.0.113.21 ftp.isp.com ftp\n203.0.113.2 ws.example.org ws\n"
PAM = ("auth required pam_listfile.so item=user sense=deny file=/etc/ftpusers onerr=succeed\n"
       "auth sufficient pam_ftp.so\n@include common-auth\n@include common-account\n")
SETUP = """set -e
hostname ftp.isp.com
mount -t tmpfs none /home
for name in ftpusers motd pam.d/ftp; do
	[ -e /etc/$name ] || touch /etc/$name
	mount --bind "$1/$(basename $name)" /etc/$name
done
mkdir -p /home/ftp/pub /home/alice/mail
head -c 5000 /dev/zero | tr '\\0' x > /home/ftp/pub/big.bin
printf 'hello\\nworld\\n' > /home/ftp/pub/README
printf 'one\\ntwo\\n' > /home/alice/notes.txt
chown -R 1000:1000 /home/alice
touch -d '2026-11-20 10:00:00Z' /home/ftp/pub/* /home/alice/notes.txt
exec /usr/sbin/inetd -i "$1/inetd.conf"
"""
GUEST = ["user ftp me@ws"]
ALICE = ['user alice "Hello world!"']
CASES = {
    "greeting": [],
    "before-login": ["quote TYPE I", "quote PWD", "quote NOOP", "quote FOO", "quote PASS x", "quote PORT 1,2,3",
                     "quote HELP RETR", "quote HELP ACCT", "quote HELP xx", "quote NOOP x", "quote SITE IDLE"],
    "help": ["rhelp", "rhelp site", "quote HELP SITE"],
    "guest": [*GUEST, "pwd", "system", "rstatus", "cd pub", "pwd", "cd nix", "cdup", "user alice"],
    "refused-users": ["user root secret", "user zoe secret", "user alice wrong", *ALICE, "pwd"],
    "types": [*GUEST, "quote TYPE E", "quote TYPE L 8", "quote TYPE L 7", "quote TYPE X", "quote STRU R",
              "quote MODE B", "quote STRU F", "quote MODE S", "quote ALLO 5", "quote TYPE A N", "quote TYPE A T"],
    "ports": [*GUEST, "quote PORT 1,2,3", "quote PORT 10,0,0,1,9,9", "quote PORT 203,0,113,2,0,22",
              "quote PORT 203,0,113,2,300,22", "quote EPRT |2|::1|99|", "quote EPRT foo", "quote EPSV 2", "quote ABOR",
              "quote PORT 203,0,113,2,40,22", "rstatus"],
    "active": [*GUEST, "cd pub", "nlist", "binary", "get README /tmp/ftp-r", "ascii", "get README /tmp/ftp-r",
               "get nix", "size README", "modtime README", "modtime nix"],
    "passive": [*GUEST, "passive", "cd pub", "nlist", "binary", "hash", "get big.bin /tmp/ftp-b", "ascii",
                "get README /tmp/ftp-r"],
    "extended": [*GUEST, "epsv4", "cd pub", "nlist", "passive", "nlist"],
    "files": [*ALICE, "dir notes.txt", "put /etc/hosts.none", "mkdir d", "mkdir d", "rename d e", "rename x y",
              "rmdir e", "rmdir e", "delete nix", "delete notes.txt", "umask", "idle", "idle 60", "chmod 600 nix",
              "quote RNTO a", "quote REST 3", "cd /root", "cd /etc/passwd"],
    "not-connected": ["close", "pwd", "ls", "close", "status", "foo", "q", "lcd /", "verbose", "prompt", "hash"],
    "switches": [*GUEST, "status", "type", "type foo", "passive", "binary", "status", "debug", "cd pub", "bell",
                 "glob", "sendport", "form", "mode", "struct"],
    "local-help": ["help", "help get", "help nix", "? passive"],
}


def on(namespace, *words, **more):
    return subprocess.run(["ip", "netns", "exec", namespace, *words], capture_output=True, **more)


def build(folder):
    for name in (SERVER, CLIENT):
        where = pathlib.Path("/etc/netns", name)
        where.mkdir(parents=True, exist_ok=True)
        (where / "hosts").write_text(HOSTS)
        (where / "nsswitch.conf").write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\n")
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
    for name, text in (("passwd", PASSWD), ("group", GROUP), ("shadow", SHADOW)):
        pathlib.Path("/etc/netns", SERVER, name).write_text(text)
    subprocess.run(["ip", "-n", SERVER, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", CLIENT],
                   check=True)
    for name, address in ((SERVER, "203.0.113.21/24"), (CLIENT, "203.0.113.2/24")):
        subprocess.run(["ip", "-n", name, "address", "add", address, "dev", "eth0"], check=True)
        subprocess.run(["ip", "-n", name, "link", "set", "eth0", "up"], check=True)
    (folder / "ftpusers").write_text("root\n")
    (folder / "motd").write_text("")
    (folder / "ftp").write_text(PAM)
    (folder / "inetd.conf").write_text("ftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd -l -n\n")


def remove():
    for name in (SERVER, CLIENT):
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)
        subprocess.run(["rm", "-rf", f"/etc/netns/{name}"])


def normalised(text):
    """What no two runs share: ports of data connections, how long a transfer took."""
    text = re.sub(r"(Passive Mode \((?:\d+,){4})\d+,\d+\)", r"\1P,P)", text)
    text = re.sub(r"\(\|\|\|\d+\|\)", "(|||PORT|)", text)
    text = re.sub(r"(---> PORT (?:\d+,){4})\d+,\d+", r"\1P,P", text)
    return re.sub(r"in \S+ seconds \([^)]*\)", "in T seconds (RATE)", text)


def record(name, lines, folder):
    server = subprocess.Popen(["ip", "netns", "exec", SERVER, "unshare", "-m", "-u", "sh", "-c", SETUP, "sh", folder],
                              stdout=subprocess.DEVNULL, stderr=sys.stderr)
    time.sleep(1)
    text = "".join(line + "\n" for line in [*lines, "quit"])
    ran = on(CLIENT, "inetutils-ftp", "-nv", "ftp.isp.com", input=text.encode(), timeout=120,
             env={**os.environ, "LC_ALL": "C", "HOME": "/root"}, cwd="/tmp")
    server.terminate()
    server.wait()
    return {"id": f"ftp-{name}", "kind": "ftp", "topic": "ftp", "stdin": text,
            "stdout": normalised(ran.stdout.decode()), "exit": ran.returncode}


if __name__ == "__main__":
    remove()
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        build(pathlib.Path(path))
        try:
            for case, session in CASES.items():
                print(json.dumps(record(case, session, path)), flush=True)
        finally:
            remove()
