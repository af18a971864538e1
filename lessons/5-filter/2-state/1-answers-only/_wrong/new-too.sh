# on gate
iptables -R FORWARD 2 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
