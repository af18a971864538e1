# on halo
postconf -e 'relayhost = [relay.isp.com]'
postfix reload
postfix flush
