# on gate
iptables -D FORWARD 1
# on halo
postfix flush
