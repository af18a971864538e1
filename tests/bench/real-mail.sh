#!/bin/bash
# Mails a second through two hops with the installed Postfix, for comparison with mail.ts: three instances in a network
# namespace of their own, sendmail at the first, a mailbox at the third. real-mail.sh [COUNT]. Needs root; leaves nothing behind.
set -e
if [ "$1" != inside ]; then exec unshare -n -m -p -f --mount-proc bash "$0" inside "${1:-300}"; fi
count=$2
base=$(mktemp -d /var/tmp/real-mail.XXXXXX)
chmod 755 "$base"
ip link set lo up
ip address add 127.0.0.2/8 dev lo; ip address add 127.0.0.3/8 dev lo
names=(first second third)
log=/var/log/real-mail.$$.log
stop() { for name in "${names[@]}"; do postfix -c "$base/$name" stop >/dev/null 2>&1 || true; done; rm -rf "$base" "$log"; }
trap stop EXIT
mkdir -m 1777 "$base/mail"
touch "$base/mail/games"; chown games:mail "$base/mail/games"
for i in 0 1 2; do
  name=${names[$i]}
  mkdir -p "$base/$name" "$base/q-$name" "$base/d-$name"
  chown postfix "$base/d-$name"
  relay=; [ $i -lt 2 ] && relay="[127.0.0.$((i + 2))]:2525"
  cp /etc/postfix/master.cf /etc/postfix/postfix-files "$base/$name/" 2>/dev/null || cp /usr/share/postfix/master.cf.dist "$base/$name/master.cf"
  sed -i 's/^smtp  *inet .*/2525 inet n - n - - smtpd/; s/^\([a-z-]*  *\(unix\|fifo\|pass\)  *[-yn]  *[-yn]  *\)[-y]/\1n/' "$base/$name/master.cf"
  cat >"$base/$name/main.cf" <<END
compatibility_level = 3.6
myhostname = $name.example.org
mydestination = \$myhostname
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.$((i + 1))
inet_protocols = ipv4
smtp_bind_address = 127.0.0.$((i + 1))
relayhost = $relay
smtp_host_lookup = native
alias_maps =
alias_database =
local_recipient_maps =
queue_directory = $base/q-$name
data_directory = $base/d-$name
mail_spool_directory = $base/mail
maillog_file = $log
multi_instance_name = postfix-$name
END
  postfix -c "$base/$name" start >"$base/out" 2>&1 || cat "$base/out" >&2
done
sleep 2
arrived() { grep -c '^From ' "$base/mail/games" || true; }
send() { for _ in $(seq "$1"); do printf 'Subject: n\n\nhi\n' | MAIL_CONFIG="$base/first" sendmail games@third.example.org; done; }
wait_for() { for _ in $(seq 600); do [ "$(arrived)" -ge "$1" ] && return; sleep 0.05; done; echo "only $(arrived) arrived" >&2; tail -5 "$log" >&2; exit 1; }
send 20; wait_for 20
begin=$(date +%s%N)
send "$count"; wait_for $((count + 20))
end=$(date +%s%N)
echo "mails a second through two hops, real Postfix: $((count * 1000000000 / (end - begin)))"
