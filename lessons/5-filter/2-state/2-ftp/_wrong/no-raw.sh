# on gate
iptables -R FORWARD 1 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
