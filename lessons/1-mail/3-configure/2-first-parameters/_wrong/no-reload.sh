# on halo
postconf -e myhostname=halo.example.org 'mydestination=$myhostname localhost.$mydomain localhost $mydomain' 'myorigin=$mydomain'
postconf -X mailbox_command
postqueue -f
