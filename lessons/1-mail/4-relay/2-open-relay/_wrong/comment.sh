# on halo
sed -i 's|^mynetworks = .*|mynetworks = 192.168.75.0/28 # colleagues\n  10.150.134.15|' /etc/postfix/main.cf
postfix reload
