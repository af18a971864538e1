# on ns
sed -i -e 's/2026030401/2026030402/' -e '/IN NS /a @       IN MX   10 192.168.75.2' /etc/bind/db.example.org
rndc reload
