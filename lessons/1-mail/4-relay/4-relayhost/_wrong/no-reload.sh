# on halo
echo hello | sendmail -f michael@example.org bob@example.net
sleep 1
postconf -e 'relayhost = [relay.isp.com]'
postfix flush
