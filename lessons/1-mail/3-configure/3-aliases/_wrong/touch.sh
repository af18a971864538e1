# on halo
touch /etc/aliases.db
