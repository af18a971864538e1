"""The cases that record.py records: id, topic, listeners, steps (host, argv, standard input)."""

SMTP = {
    "name": "smtpd",
    "port": 25,
    "greeting": "220 mail.isp.com ESMTP",
    "replies": [
        ["EHLO", "250-mail.isp.com\n250-PIPELINING\n250 8BITMIME"],
        ["HELO", "250 mail.isp.com"],
        ["MAIL", "250 2.1.0 Ok"],
        ["RCPT TO:<NOBODY", "550 5.1.1 No such user"],
        ["RCPT", "250 2.1.5 Ok"],
        ["DATA", "354 End data with <CR><LF>.<CR><LF>"],
        [".", "250 2.0.0 Ok: queued as ABC"],
        ["RSET", "250 2.0.0 Ok"],
        ["QUIT", "!221 2.0.0 Bye"],
    ],
    "default": "500 5.5.2 Command unknown",
}


def smtp(**replies):
    """The server above with other answers; GREETING replaces the greeting."""
    greeting = replies.pop("GREETING", SMTP["greeting"])
    changed = [[verb.replace("END", "."), reply] for verb, reply in replies.items()]
    return {**SMTP, "greeting": greeting, "replies": [*changed, *SMTP["replies"]]}


CASES = []
COUNT = {}


def add(topic, *steps, listen=None):
    """Steps are command lines (on halo unless HOST: stands before) or (host, argv, stdin)."""
    COUNT[topic] = COUNT.get(topic, 0) + 1
    rows = []
    for step in steps:
        if isinstance(step, str):
            host, line = step.split(": ", 1) if step.split(": ", 1)[0] in ("halo", "gate", "mail") else ("halo", step)
            rows.append((host, line.split() if not any(mark in line for mark in "|;&'\"<>") else ["sh", "-c", line]))
        else:
            rows.append(step)
    CASES.append({"id": f"net-{topic}-{COUNT[topic]:02}", "topic": topic, "listen": listen or {}, "steps": rows})


# ping
for line in (
    "ping -c 2 192.168.75.1", "ping -c 1 mail", "ping -c 1 mail.isp.com", "ping -n -c 1 mail.isp.com", "ping -c 3 -i 0.2 -q 203.0.113.25",
    "ping -c 1 -s 1000 gate", "ping -c 1 -s 8 gate", "ping -c 1 -s 1472 -t 5 mail", "ping -c 1 -t 1 mail", "ping -c 2 -i 0.3 -t 1 -n 203.0.113.25",
    "ping -c 3 192.168.75.99", "ping -c 1 -W 1 192.168.75.99", "ping -c 1 -q 192.168.75.99", "ping -c 1 203.0.113.99", "ping -c 1 198.51.100.1",
    "ping -c 1 nosuch.example.com", "ping", "ping -c 0 gate", "ping -c x gate", "ping -c", "ping -Z gate", "ping -t 256 gate", "ping -c 1 -s 70000 gate",
    "ping -s -1 gate", "ping -c 1 localhost", "ping -c 1 127.0.0.1", "ping -c 1 halo", "ping -c 1 -I eth0 gate", "ping -c 1 -I eth9 gate",
    "ping -c 1 -i x gate", "ping -c 2 -w 1 gate", "ping -V", "ping -c 1 192.168.75.255", "ping -c 1 -b 192.168.75.255", "ping -c 1 300.1.1.1",
):
    add("ping", line)
add("ping", "ip route del default", "ping -c 1 203.0.113.25", "ping -c 1 mail")
add("ping", "ip link set eth0 down", "ping -c 1 gate", "ping -c 1 127.0.0.1")
add("ping", "gate: ip link set eth1 down", "ping -c 1 mail")
add("ping", "ip route add unreachable 203.0.113.0/24", "ping -c 1 mail", "ip route del unreachable 203.0.113.0/24", "ip route add prohibit 203.0.113.0/24", "ping -c 1 mail")
add("ping", "ip route add blackhole 203.0.113.0/24", "ping -c 1 mail")
add("ping", "gate: sysctl -w net.ipv4.ip_forward=0", "ping -c 1 -W 1 mail")

# telnet
SERVER = {"mail": [SMTP]}
DAY = {"mail": [{"name": "daytime", "port": 13, "greeting": "!Sun Nov 22 16:00:00 2026", "replies": []}]}
TALK = "(sleep 0.5; printf 'EHLO halo\\n'; sleep 0.5; printf 'FOO\\n'; sleep 0.5; printf 'QUIT\\n'; sleep 1)"
add("telnet", f"{TALK} | telnet mail 25", listen=SERVER)
add("telnet", f"{TALK} | telnet 203.0.113.25 25", listen=SERVER)
add("telnet", f"{TALK} | telnet mail.isp.com smtp", listen=SERVER)
add("telnet", "sleep 0.5 | telnet mail 25", listen=SERVER)
add("telnet", "(sleep 0.5; printf 'HELO x\\n'; sleep 0.5) | telnet mail 25; echo status $?", listen=SERVER)
add("telnet", "sleep 1 | telnet mail 13; echo status $?", listen=DAY)
add("telnet", "sleep 1 | telnet mail daytime", listen=DAY)
for line in ("telnet mail 26", "telnet 203.0.113.25 26", "telnet nosuch.example.com 25", "telnet mail nosuchservice", "telnet mail", "telnet localhost 25",
             "telnet 192.168.75.99 25", "telnet 203.0.113.99 25", "telnet -Z mail", "telnet --nosuch mail", "telnet mail 25 extra"):
    add("telnet", line)
add("telnet", "ip route del default", "telnet mail 25")
add("telnet", "ip route add prohibit 203.0.113.25", "telnet mail 25")
add("telnet", "(sleep 0.5; printf 'EHLO x\\nMAIL FROM:<a@b>\\nRCPT TO:<anna@isp.com>\\nRCPT TO:<nobody@isp.com>\\nDATA\\n'; sleep 0.5; printf 'Subject: x\\n\\nhello\\n.\\nQUIT\\n'; sleep 0.5) | telnet mail 25", listen=SERVER)

# ip
for line in (
    "ip addr", "ip addr show", "ip a", "ip addr show dev eth0", "ip addr show eth0", "ip -br addr", "ip -br a show eth0", "ip -br link", "ip link",
    "ip link show eth0", "ip l sh lo", "ip route", "ip r", "ip route show default", "ip route get 203.0.113.25", "ip route get 192.168.75.1",
    "ip route get 127.0.0.1", "ip route get 192.168.75.2", "ip neigh", "ip -4 addr show eth0", "ip -o addr", "ip -o link show eth0", "ip -V",
    "ip addr show eth9", "ip link show eth9", "ip nosuch", "ip addr nosuch", "ip link nosuch", "ip route nosuch", "ip neigh nosuch", "ip addr show dev",
    "ip route show table local", "ip -o -4 addr show dev eth0", "ip addr show up", "ip route get 300.1.1.1",
):
    add("ip", line)
add("ip", "gate: ip addr", "gate: ip route", "gate: ip -br a")
add("ip", "ip addr add 10.0.0.1/8 dev eth0", "ip addr show eth0", "ip route", "ip addr del 10.0.0.1/8 dev eth0", "ip route")
add("ip", "ip addr add 192.168.75.3/24 dev eth0", "ip addr show eth0", "ip addr add 192.168.75.3/24 dev eth0", "ip addr del 192.168.75.4/24 dev eth0")
add("ip", "ip addr add 10.0.0.1 dev eth0", "ip addr show dev eth0", "ip route")
add("ip", "ip addr add 10.0.0.1/8 dev eth9", "ip addr add 10.0.0.1/8", "ip addr add 10.0.0.300/8 dev eth0", "ip addr add dev eth0", "ip addr del 10.0.0.1/8 dev eth9")
add("ip", "ip addr add 10.0.0.1/24 brd + dev eth0", "ip addr add 10.0.1.1/24 brd 10.0.1.255 dev eth0", "ip addr show eth0", "ip addr flush dev eth0", "ip addr show eth0", "ip route")
add("ip", "ip addr flush", "ip addr add 127.0.0.2/8 dev lo", "ip addr show lo")
add("ip", "ip link set eth0 down", "ip link show eth0", "ip addr show eth0", "ip -br link", "ip route", "ip link set eth0 up", "ip route")
add("ip", "ip link set eth0 mtu 1400", "ip link show eth0", "ip link set eth9 up", "ip link set", "ip link set dev eth0 mtu x")
add("ip", "ip route add 10.0.0.0/8 via 192.168.75.1", "ip route", "ip route add 10.0.0.0/8 via 192.168.75.1", "ip route del 10.0.0.0/8", "ip route del 10.0.0.0/8", "ip route")
add("ip", "ip route add 10.0.0.0/8 dev eth0", "ip route add 10.1.2.3 via 192.168.75.1 dev eth0", "ip route add 10.9.0.0/16 via 192.168.75.1 metric 5", "ip route")
add("ip", "ip route add default via 192.168.75.9", "ip route replace default via 192.168.75.9", "ip route", "ip route add 10.0.0.0/8 via 198.18.0.1", "ip route del default", "ip route", "ip route add 10.0.0.0/8 via 198.18.0.1", "ip route get 203.0.113.25")
add("ip", "ip route add 10.0.0.0/8 dev eth9", "ip route add 10.0.0.0/8", "ip route add 10.0.0.1/8 via 192.168.75.1", "ip route add nosuch via 192.168.75.1", "ip route add 10.0.0.0/8 via nosuch", "ip route add", "ip route del")
add("ip", "ip route add unreachable 10.0.0.0/8", "ip route add blackhole 10.1.0.0/16", "ip route add prohibit 10.2.0.0/16", "ip route", "ip route get 10.0.0.1", "ip route get 10.1.0.1", "ip route get 10.2.0.1")
add("ip", "ping -c 1 -q gate", "ip neigh", "ip n show dev eth0", "ip neigh del 192.168.75.1 dev eth0", "ip neigh del 192.168.75.77 dev eth0", "ip neigh del 192.168.75.1")
add("ip", "ping -c 1 -q 192.168.75.99", "ip neigh")
add("ip", "ip neigh add 192.168.75.50 lladdr 02:00:00:00:00:50 dev eth0", "ip neigh", "arp -an", "arp -n", "ip neigh flush all", "ip neigh")
add("ip", "ping -c 1 -q gate", "ip neigh flush dev eth0", "ip neigh flush")
add("ip", "ip route add 10.0.0.0/8 via 192.168.75.1", "ip route show dev eth0", "ip route show 10.0.0.0/8", "ip route show via 192.168.75.1", "ip route show proto kernel", "ip route flush 10.0.0.0/8", "ip route")

# netstat
BOTH = {"mail": [SMTP, {"name": "pop", "port": 110, "address": "127.0.0.1", "greeting": "+OK", "replies": []}]}
for line in ("netstat -an", "netstat -ant", "netstat -tln", "netstat -tl", "netstat -tlnp", "netstat -lnt4", "netstat -tlne", "netstat -at", "netstat -aun", "netstat -tn", "netstat -ltunp"):
    add("netstat", f"mail: {line}", listen=BOTH)
for line in ("netstat -rn", "netstat -r", "netstat -nr", "netstat -i", "netstat --nosuch", "netstat -Z", "netstat -V", "netstat -an", "netstat -w -an", "netstat -tlnu", "netstat -anx"):
    add("netstat", line)
add("netstat", "gate: netstat -tuln", "gate: netstat -ulnp", "gate: netstat -rn", "gate: netstat -i")
add("netstat", "sleep 3 | telnet mail 25 >/dev/null & sleep 1; netstat -tn; netstat -ant; netstat -t; netstat -tnp; wait", listen=SERVER)

# route
for line in ("route", "route -n", "route -Z", "route nosuch", "route add", "route del default", "route -ne", "route del -net 10.0.0.0/8", "route add default gw 198.18.0.1",
             "route add -net 10.0.0.0/8 gw 198.18.0.1", "route add -net 10.0.0.1 netmask 255.0.0.0 gw 192.168.75.1", "route add -net 10.0.0.0/8 eth9",
             "route add -host nosuch.example.com gw 192.168.75.1", "route add -net 10.0.0.0/8"):
    add("route", line)
add("route", "route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.168.75.1", "route -n", "ip route", "route del -net 10.0.0.0 netmask 255.0.0.0", "route -n", "route del -net 10.0.0.0 netmask 255.0.0.0")
add("route", "route add -host 10.1.2.3 gw gate", "route add 10.1.2.4 gw 192.168.75.1", "route -n", "route", "route add -host 10.1.2.3 gw gate", "route del 10.1.2.3", "route del -host 10.1.2.4", "route -n")
add("route", "route del default", "route -n", "route add default gw 192.168.75.1", "route -n", "ip route")
add("route", "route add -net 10.0.0.0/8 dev eth0", "route add -net 10.9.0.0/16 gw 192.168.75.1 metric 5", "route add -net 10.8.0.0/16 reject", "route -n", "netstat -rn", "ip route")
add("route", "gate: route -n", "gate: route")

# arp, ifconfig
for line in ("arp", "arp -n", "arp -an", "arp -a", "arp -Z", "arp nosuch", "arp -n 192.168.75.77", "arp -d 192.168.75.77"):
    add("arp", line)
add("arp", "ping -c 1 -q gate", "arp", "arp -n", "arp -an", "arp -a", "arp gate", "arp -n 192.168.75.1", "arp -a gate", "arp -d gate", "arp -an")
add("arp", "ping -c 1 -q 192.168.75.99", "arp -n", "arp -an")
for line in ("ifconfig", "ifconfig -a", "ifconfig eth0", "ifconfig lo", "ifconfig eth9", "ifconfig eth9 up", "ifconfig -s", "ifconfig eth0 10.0.0.300", "ifconfig -Z", "ifconfig eth0 mtu x"):
    add("ifconfig", line)
add("ifconfig", "ifconfig eth0 down", "ifconfig", "ifconfig -a", "ifconfig eth0", "route -n", "ifconfig eth0 up", "ifconfig eth0", "route -n")
add("ifconfig", "ifconfig eth0 10.0.0.1", "ifconfig eth0", "ip addr show eth0", "route -n")
add("ifconfig", "ifconfig eth0 192.168.75.9 netmask 255.255.255.0", "ip addr show eth0", "ifconfig eth0 172.16.0.1/24", "ip addr show eth0", "route -n")
add("ifconfig", "ifconfig eth0 192.168.75.9 netmask 255.255.255.128 broadcast 192.168.75.127 mtu 1400 up", "ifconfig eth0")
add("ifconfig", "gate: ifconfig")

# swaks
S = "swaks --server mail --to anna@isp.com --from michael@example.org"
for stage in ("connect", "banner", "first-helo", "first-ehlo", "helo", "ehlo", "mail", "from", "rcpt", "to", "data", "nosuch", "auth", "quit"):
    add("swaks", f"{S} --quit-after {stage}", listen=SERVER)
add("swaks", S, listen=SERVER)
add("swaks", "swaks -s mail -t anna@isp.com -f michael@example.org -q RCPT", listen=SERVER)
add("swaks", "swaks --to anna@mail.isp.com", listen=SERVER)
add("swaks", "swaks --to anna@isp.com --server 203.0.113.25:25 -q helo", "swaks --to anna@isp.com --server 203.0.113.25 --port 25 -q helo", "swaks --to anna@isp.com --server mail:smtp -q helo", listen=SERVER)
for changed in (
    {"GREETING": "554 go away"}, {"GREETING": "!421 busy"}, {"GREETING": "!"}, {"EHLO": "502 no"}, {"EHLO": "502 no", "HELO": "550 no"}, {"EHLO": "!421 no"},
    {"MAIL": "550 5.7.1 no"}, {"MAIL": "!"}, {"RCPT": "554 5.7.1 Relay access denied"}, {"RCPT": "450-4.7.1 later\n450 4.7.1 please"}, {"RCPT": "!421 gone"},
    {"DATA": "554 no"}, {"DATA": "250 odd"}, {"END": "550 5.7.1 spam"}, {"END": "!"}, {"QUIT": "!"}, {"QUIT": "500 never"},
):
    add("swaks", S, listen={"mail": [smtp(**changed)]})
add("swaks", "swaks -s mail -f a@example.org -t anna@isp.com,nobody@isp.com,joe@isp.com", listen=SERVER)
add("swaks", "swaks -s mail -f a@example.org -t anna@isp.com -t nobody@isp.com", "swaks -s mail -f a@example.org -t nobody@isp.com,nobody@example.org", listen=SERVER)
for extra in (
    "--header 'Subject: hello'", "--header 'X-A: 1' --header 'X-B: 2'", "--add-header 'Subject: second'", "--h-Subject hello", "--h-X-Thing some", "--body 'short text'",
    "--body 'one\\ntwo\\n.\\n..three'", "--body @/etc/resolv.conf", "--data 'Subject: mine\\n\\nbody'", "--data 'From: %FROM_ADDRESS%\\nTo: %TO_ADDRESS%\\nX: y\\n\\n%BODY%\\n' --body z",
    "--silent", "--silent 1", "--silent 2", "--silent 3", "--hide-all", "--hide-send", "--hide-receive", "--hide-informational", "--helo my.name", "--ehlo my.name", "--protocol SMTP -q rcpt",
    "--from '<>' -q rcpt", "--suppress-data", "--nosuch", "--show-raw-text -q helo", "--timeout 5 -q helo", "--hide-data", "--header", "--no-data-fixup --data 'x'",
    "--local-interface 192.168.75.2 -q helo", "--no-hints -q rcpt", "--no-info-hints -q rcpt", "--no-send-hints -q rcpt", "--no-receive-hints -q rcpt", "--quiet",
):
    add("swaks", f"{S} {extra}", listen=SERVER)
for extra in ("--silent 1", "--silent 2", "--silent 3", "--hide-all"):
    add("swaks", f"{S} {extra}", listen={"mail": [smtp(RCPT="550 5.7.1 no")]})
add("swaks", ("halo", S.split() + ["--data", "-"], "Subject: from stdin\n\nhello\n.dot\n"), listen=SERVER)
add("swaks", ("halo", S.split() + ["--body", "-"], "hello\n.dot\n"), listen=SERVER)
for line in (S, f"{S} --silent 1", f"{S} --silent 2", f"{S} --silent 3", f"{S} --hide-all", "swaks --server nosuch.example.com --to a@isp.com", "swaks --server 192.168.75.99 --to a@isp.com",
             "swaks --version", "swaks --server 203.0.113.99 --to a@isp.com", "swaks --to a@nosuch.example.com"):
    add("swaks", line)
add("swaks", "ip route del default", S)
