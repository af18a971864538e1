# on ws
echo 'in.fingerd: 192.168.1.40' >> /etc/hosts.allow
sed -i '/only_from/a\    no_access   = 192.168.1.66' /etc/xinetd.d/finger
/etc/init.d/xinetd reload
