# on halo
postconf -e inet_interfaces=192.168.75.2
postfix reload
