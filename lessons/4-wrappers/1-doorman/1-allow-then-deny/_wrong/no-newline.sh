# on halo
printf 'ALL: ALL EXCEPT localhost' >> /etc/hosts.deny
echo 'in.fingerd: ALL' >> /etc/hosts.allow
