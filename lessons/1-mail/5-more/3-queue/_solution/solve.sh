# on halo
echo '*/30 * * * * /usr/sbin/sendmail -q' | crontab -
sendmail -q
sleep 40
postsuper -d $(mailq | awk '/^[0-9A-F]/ {id = $1} /bob@exmaple/ {sub(/[*!]/, "", id); print id}')
