# on gate
iptables -A FORWARD -p tcp --dport 1024: -j ACCEPT
