# on halo
iptables -D INPUT 1
iptables -R INPUT 2 -p tcp --dport 23 -j DROP
iptables -D INPUT 3
iptables -F old
iptables -X old
iptables -E tmp web
