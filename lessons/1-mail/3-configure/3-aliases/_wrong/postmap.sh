# on halo
postmap /etc/aliases
