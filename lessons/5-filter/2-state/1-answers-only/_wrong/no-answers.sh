# on gate
iptables -D FORWARD 2
