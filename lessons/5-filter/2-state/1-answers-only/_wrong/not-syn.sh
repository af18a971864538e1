# on gate
iptables -R FORWARD 2 -p tcp ! --syn -j ACCEPT
