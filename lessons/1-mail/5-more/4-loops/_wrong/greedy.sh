# on halo
postconf -e 'mydestination = $myhostname localhost.$mydomain localhost $mydomain example.com'
postconf -e 'relay_domains ='
postfix reload
