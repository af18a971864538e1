# on gate
iptables -R FORWARD 2 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
