# on gate
iptables -A FORWARD -p tcp --sport 20 -j ACCEPT
