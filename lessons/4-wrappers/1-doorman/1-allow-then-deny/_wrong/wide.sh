# on halo
echo 'ALL: ALL EXCEPT localhost' >> /etc/hosts.deny
echo 'ALL: ALL' >> /etc/hosts.allow
