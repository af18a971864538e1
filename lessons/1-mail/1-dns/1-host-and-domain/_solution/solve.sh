# on ns
sed -i -e 's/2026030401/2026030402/' -e '/IN NS /a @       IN MX   10 halo.example.org.' /etc/bind/db.example.org
rndc reload
