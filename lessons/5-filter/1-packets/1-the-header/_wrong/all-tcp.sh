# on halo
iptables -A INPUT -p tcp -j REJECT
