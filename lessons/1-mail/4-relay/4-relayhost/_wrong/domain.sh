# on halo
postconf -e 'relayhost = isp.com'
postfix reload
postfix flush
