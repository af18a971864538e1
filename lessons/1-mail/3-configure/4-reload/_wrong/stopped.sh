# on halo
postfix stop
