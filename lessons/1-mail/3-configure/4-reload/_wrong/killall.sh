# on halo
swaks --server 127.0.0.1 --to michael@example.org --quit-after EHLO
killall smtpd
