# on ws
sed -i '/only_from/a\    only_from  += 192.168.1.0/24\n    no_access   = 192.168.1.66' /etc/xinetd.d/finger
/etc/init.d/xinetd reload
