# on halo
echo 'in.fingerd: spaghetti.vpasta.com, .vpizza.com EXCEPT oven.vpizza.com, 192.168.1.' > /etc/hosts.allow
