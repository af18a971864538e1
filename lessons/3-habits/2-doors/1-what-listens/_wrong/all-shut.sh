# on halo
sed -i 's/^[a-z]/#&/' /etc/inetd.conf
/etc/init.d/openbsd-inetd reload
cd /etc/rc2.d && mv S14xfs K14xfs && mv S15x11 K15x11
/etc/init.d/xfs stop
/etc/init.d/x11 stop
mv /etc/rc2.d/S12ssh /etc/rc2.d/K12ssh
/etc/init.d/ssh stop
# on ws
sed -i '/disable/s/no/yes/' /etc/xinetd.d/time
/etc/init.d/xinetd reload
