# on halo
iptables -A INPUT -p tcp --sport 80 -j REJECT
