# on halo
echo 'in.fingerd: spaghetti.vpasta.com, 192.168.1.' > /etc/hosts.allow
echo 'in.fingerd: .vpizza.com EXCEPT oven.vpizza.com' >> /etc/hosts.allow
