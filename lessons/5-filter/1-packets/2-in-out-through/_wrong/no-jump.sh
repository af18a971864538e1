# on gate
iptables -D INPUT 1
iptables -N to-ns
iptables -A to-ns -p udp --dport 53 -j ACCEPT
iptables -A to-ns -j DROP
