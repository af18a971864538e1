# on halo
postconf -e myhostname=halo.example.org 'mydestination=$myhostname localhost.$mydomain localhost $mydomain' 'myorigin=$mydomain'
postfix reload
postqueue -f
