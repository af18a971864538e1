# on halo
kill $(cat /run/inetd.pid) $(cat /run/xfs.pid) $(cat /run/X0.pid)
# on ws
sed -i '/disable/s/no/yes/' /etc/xinetd.d/time
/etc/init.d/xinetd reload
