# on halo
postconf -e 'hopcount_limit = 5'
postfix reload
