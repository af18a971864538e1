# on halo
postconf -e 'mynetworks ='
postfix reload
