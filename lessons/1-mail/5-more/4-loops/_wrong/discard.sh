# on halo
echo 'example.org discard:' > /etc/postfix/transport
postmap /etc/postfix/transport
postconf -e 'transport_maps = hash:/etc/postfix/transport'
postfix reload
