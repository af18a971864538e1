# on halo
postfix reload
