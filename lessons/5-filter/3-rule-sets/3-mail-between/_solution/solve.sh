# on gate
cat > /etc/iptables/rules.v4 <<'RULES'
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:bad - [0:0]
-A FORWARD -s 192.168.75.0/24 -i eth1 -j bad
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -d 192.168.75.2 -i eth1 -p tcp --dport 25 -j ACCEPT
-A FORWARD -s 192.168.75.2 -p tcp --dport 25 -j ACCEPT
-A FORWARD -s 192.168.75.3 -p udp --dport 53 -j ACCEPT
-A FORWARD -s 192.168.75.3 -p tcp --dport 53 -j ACCEPT
-A FORWARD -s 192.168.75.0/28 -p tcp -m multiport --dports 22,80,443 -j ACCEPT
-A FORWARD -m limit --limit 3/min -j LOG --log-prefix "fw: "
-A bad -m limit --limit 3/min -j LOG --log-prefix "bad: "
-A bad -j DROP
COMMIT
RULES
iptables-restore --test /etc/iptables/rules.v4 && iptables-restore /etc/iptables/rules.v4
