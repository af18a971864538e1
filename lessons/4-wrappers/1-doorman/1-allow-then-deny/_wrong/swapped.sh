# on halo
echo 'in.fingerd: ALL' >> /etc/hosts.deny
echo 'ALL: ALL EXCEPT localhost' >> /etc/hosts.allow
