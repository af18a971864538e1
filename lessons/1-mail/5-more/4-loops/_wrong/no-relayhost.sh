# on halo
postconf -e 'relayhost ='
postfix reload
