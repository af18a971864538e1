# on halo
iptables -A INPUT --dport 80 -j REJECT
