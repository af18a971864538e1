# on halo
postconf -e 'mydestination = $myhostname localhost.$mydomain localhost $mydomain'
postconf -e 'relay_domains ='
postfix reload
