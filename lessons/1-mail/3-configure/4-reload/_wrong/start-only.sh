# on halo
postfix start
