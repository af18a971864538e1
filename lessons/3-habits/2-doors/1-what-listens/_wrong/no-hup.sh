# on halo
sed -i 's/^[a-z]/#&/' /etc/inetd.conf
cd /etc/rc2.d && mv S14xfs K14xfs && mv S15x11 K15x11
/etc/init.d/xfs stop
/etc/init.d/x11 stop
# on ws
sed -i '/disable/s/no/yes/' /etc/xinetd.d/time
