# on halo
postconf -e myhostname=halo 'mydestination=$myhostname localhost.$mydomain localhost $mydomain' 'myorigin=$mydomain'
postconf -X mailbox_command
postfix reload
postqueue -f
