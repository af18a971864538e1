# on halo
postconf -e myhostname=halo.example.org 'mydestination=$myhostname localhost.$mydomain localhost $mydomain example.com'  'myorigin=$mydomain'
postconf -X mailbox_command
postfix reload
postqueue -f
