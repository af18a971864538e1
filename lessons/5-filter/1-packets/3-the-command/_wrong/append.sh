# on halo
iptables -A INPUT -p tcp --dport 25 -j ACCEPT
iptables -R INPUT 3 -p tcp --dport 23 -j DROP
iptables -D INPUT 4
iptables -F old
iptables -X old
iptables -E tmp web
iptables-save > /etc/iptables/rules.v4
