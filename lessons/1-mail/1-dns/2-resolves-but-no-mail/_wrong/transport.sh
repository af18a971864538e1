# on halo
echo 'nameserver 192.168.75.3' > /etc/resolv.conf
echo 'example.com smtp:[192.0.2.80]' > /etc/postfix/transport
postmap /etc/postfix/transport
postconf -e 'transport_maps = hash:/etc/postfix/transport'
postfix reload
postfix flush
# on ns
sed -i -e 's/2026030401/2026030402/' -e 's/halo.example.org$/halo.example.org./' /etc/bind/db.example.org
rndc reload
