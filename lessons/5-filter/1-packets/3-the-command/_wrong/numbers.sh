# on halo
iptables -D INPUT 1
iptables -D INPUT 3
iptables -A INPUT -p tcp --dport 23 -j DROP
iptables -F old
iptables -X old
iptables -E tmp web
iptables-save > /etc/iptables/rules.v4
