# on halo
newaliases
