# on gate
iptables -D INPUT 1
iptables -N to-ns
iptables -A to-ns -j DROP
iptables -A to-ns -p udp --dport 53 -j ACCEPT
iptables -A FORWARD -s 192.168.75.200 -d 192.168.75.3 -j to-ns
