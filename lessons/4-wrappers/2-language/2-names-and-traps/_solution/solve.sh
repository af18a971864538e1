# on halo
mkdir -p /etc/banners
echo 'No telnet here, %a. Use ssh.' > /etc/banners/in.telnetd
echo 'ALL: PARANOID' > /etc/hosts.deny
echo 'ALL: UNKNOWN : spawn (/bin/echo %a %d >> /var/log/trap) &' >> /etc/hosts.deny
echo 'in.telnetd: ALL : banners /etc/banners' >> /etc/hosts.deny
