# on gate
iptables -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
iptables -R FORWARD 1 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
