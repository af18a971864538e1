# on halo
iptables -F
iptables -X old
iptables -E tmp web
iptables-save > /etc/iptables/rules.v4
