# on halo
rm /etc/aliases.db
