# on gate
iptables -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
