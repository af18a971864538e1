# on halo
postconf -e 'mynetworks = 192.168.75.0/28 10.150.134.15'
