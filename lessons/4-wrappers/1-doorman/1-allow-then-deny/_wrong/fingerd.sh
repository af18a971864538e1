# on halo
echo 'ALL: ALL EXCEPT localhost' >> /etc/hosts.deny
echo 'fingerd: ALL' >> /etc/hosts.allow
