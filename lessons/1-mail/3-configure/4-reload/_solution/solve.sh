# on halo
postfix stop
postfix start
