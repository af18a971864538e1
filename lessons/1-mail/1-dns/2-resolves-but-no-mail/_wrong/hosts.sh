# on halo
echo '192.0.2.25 mail.example.net' >> /etc/hosts
postfix flush
# on ns
sed -i -e 's/2026030401/2026030402/' -e 's/halo.example.org$/halo.example.org./' /etc/bind/db.example.org
rndc reload
