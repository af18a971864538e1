# on halo
iptables -A INPUT -p tcp --dport 80 -j REJECT
