# on halo
echo '*/30 * * * * /usr/sbin/sendmail -q' | crontab -
sendmail -q
sleep 40
postsuper -d ALL
