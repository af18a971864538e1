# on halo
anna=$(mailq | awk "/anna@example.org/ { print \$1 }")
joe=$(mailq | awk "/joe@example.org/ { print \$1 }")
mv /var/spool/postfix/deferred/*/$anna /var/spool/postfix/hold/
postsuper -d $joe
