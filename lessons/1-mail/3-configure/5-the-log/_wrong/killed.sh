# on halo
grep 'reject:' /var/log/maillog | egrep -o 'from [^ ]+\[[0-9.]+\]' | sort | uniq -c | sort -n | tail -n 1 > /root/worst
sed -i 's|/var/log/maillog|-/var/log/maillog|' /etc/syslog.conf
killall syslogd
